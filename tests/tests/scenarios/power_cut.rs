//! The power is cut behind every operation of publish-and-record, on three kinds of disk. What is found is the old state
//! or the new one, never a mixture; and once the program could say "published", it is the new one.

use std::path::{Path, PathBuf};
use std::process::Command;

use rootcast_host::clock::now;
use rootcast_host::disk::RealDisk;
use rootcast_online::gate::{judge_object, receipt};
use rootcast_online::publication::{ReceiptKind, Snapshot, State, StateError};
use rootcast_online::reception::assembly::{Assemblies, CompleteObject};
use rootcast_protocol::manifest::ItemKind;
use rootcast_tests::crash_disk::{CrashDisk, Cut};
use rootcast_tests::forged;
use rootcast_tests::scratch::{Scratch, tree};
use rootcast_tests::seeds::chance;
use rootcast_tests::sides::Sides;

/// Random subsets tried behind each operation.
const SUBSETS: usize = 6;

/// The object with these items, put together from its frames in a folder of its own.
fn complete(scratch: &Scratch, items: &[(ItemKind, &str, &[u8])]) -> CompleteObject {
    let bytes = forged::object_of(items);
    let mut assemblies = Assemblies::open(&scratch.subfolder("symbols"), now()).unwrap();
    for frame in forged::frames_of(&bytes, 0, 40) {
        assemblies.hear("file:test", &frame, now()).unwrap();
        for object in assemblies.ready() {
            if let Some(complete) = assemblies.attempt(&object, now(), &|| false).unwrap() {
                return complete;
            }
        }
    }
    panic!("40 frames were not enough");
}

fn judge(state: &mut State, object: &CompleteObject) {
    judge_object(state, object, &["file:test".to_owned()], now()).unwrap();
}

fn published(state: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    tree(&state.join("published"))
}

/// Cuts the power behind every operation of `during`, beginning from `before`.
fn cut_everywhere(name: &str, before: &Path, object: &CompleteObject, new_crl: &[u8]) {
    let mut chance = chance(name);
    let old = published(before);
    let disk = CrashDisk::over(before);
    let mut state = State::open(before, Box::new(disk.clone()), "a test").unwrap();
    judge(&mut state, object);
    drop(state);
    let new = published(before);
    assert!(old != new && new.iter().any(|(_, bytes)| bytes == new_crl), "nothing was published");
    let operations = disk.operations();
    assert!(operations.len() > 10, "{} operations", operations.len());
    let (mut old_found, mut new_found) = (0, 0);
    for count in 0..=operations.len() {
        let mut cuts = vec![Cut::KeepsAll, Cut::KeepsSynced];
        cuts.extend((0..SUBSETS).map(|_| Cut::KeepsSome(chance.bits())));
        for cut in cuts {
            let left = Scratch::new();
            disk.left_after(count, cut, left.folder());
            let last = count.checked_sub(1).map_or_else(|| "nothing".to_owned(), |last| operations[last].to_string());
            let at = format!("{cut:?} behind operation {count} ({last})");
            let snapshot = Snapshot::read(left.folder()).unwrap_or_else(|e| panic!("{at}: {e}"));
            let found = published(left.folder());
            assert!(found == old || found == new, "{at}: a mixture");
            let is_new = found == new;
            if is_new {
                new_found += 1
            } else {
                old_found += 1
            }
            // What the state remembers goes with what is published.
            let remembers_new = snapshot.record().crls.iter().any(|crl| crl.number == "2");
            assert_eq!(remembers_new, is_new, "{at}: state and published tree differ");
            assert!(count < operations.len() || is_new, "{at}: said to be published, and forgotten");
            // And the next run goes on from there.
            let mut again =
                State::open(left.folder(), Box::new(RealDisk), "a test").unwrap_or_else(|e| panic!("{at}: {e}"));
            judge(&mut again, object);
            drop(again);
            assert_eq!(published(left.folder()), new, "{at}: receiving again did not heal it");
        }
    }
    assert!(old_found > 0 && new_found > 0, "{old_found} old, {new_found} new: the cuts proved nothing");
}

#[test]
fn a_renewed_crl_is_published_whole_or_not_at_all() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    let recording = sides.record("one.frames", &[file]);
    sides.receive_recording(&recording).exits(0);
    let crl = sides.crl(2).sign();
    let intermediate = sides.root.intermediate("Example Issuing CA 1").sign();
    let items: [(ItemKind, &str, &[u8]); 2] =
        [(ItemKind::Certificate, "issuing.crt", &intermediate), (ItemKind::Crl, "root.crl", &crl)];
    let object = complete(&sides.scratch, &items);
    cut_everywhere("renewed_crl", &sides.online, &object, &crl);
}

#[test]
fn the_first_crl_is_published_whole_or_not_at_all() {
    let sides = Sides::enrolled();
    let crl = sides.crl(2).sign();
    let object = complete(&sides.scratch, &[(ItemKind::Crl, "root.crl", &crl)]);
    cut_everywhere("first_crl", &sides.online, &object, &crl);
}

#[test]
fn a_publication_is_not_disturbed_by_what_a_cut_left_before() {
    // The power fails in the middle; the next run publishes; the power fails again anywhere in that.
    let sides = Sides::enrolled();
    let crl = sides.crl(2).sign();
    let object = complete(&sides.scratch, &[(ItemKind::Crl, "root.crl", &crl)]);
    let copy = sides.scratch.path("copy");
    let copied = Command::new("cp").arg("-a").arg(&sides.online).arg(&copy).status().unwrap();
    assert!(copied.success());
    let disk = CrashDisk::over(&copy);
    let mut state = State::open(&copy, Box::new(disk.clone()), "a test").unwrap();
    judge(&mut state, &object);
    drop(state);
    let operations = disk.operations().len();
    for count in (1..operations).step_by(4) {
        let left = Scratch::new();
        disk.left_after(count, Cut::KeepsAll, left.folder());
        if !published(left.folder()).iter().any(|(_, bytes)| *bytes == crl) {
            cut_everywhere("disturbed", left.folder(), &object, &crl);
        }
    }
}

#[test]
fn a_first_enrolment_that_was_cut_is_made_or_can_be_made_again() {
    let sides = Sides::enrolled();
    let root = Snapshot::read(&sides.online).unwrap().record().roots[0].clone();
    let enrol = |state: &mut State| {
        let mut draft = state.draft();
        draft.enrol(root.clone(), &sides.root.certificate);
        state.commit(draft, receipt(ReceiptKind::Enrol, &[], now()), now()).unwrap();
    };
    let fresh = sides.scratch.subfolder("fresh");
    let disk = CrashDisk::over(&fresh);
    enrol(&mut State::open_for_enrolment(&fresh, Box::new(disk.clone()), "a test").unwrap());
    let operations = disk.operations();
    let mut chance = chance("first_enrolment");
    let (mut none, mut made) = (0, 0);
    for count in 0..=operations.len() {
        let mut cuts = vec![Cut::KeepsAll, Cut::KeepsSynced];
        cuts.extend((0..SUBSETS / 2).map(|_| Cut::KeepsSome(chance.bits())));
        for cut in cuts {
            let left = Scratch::new();
            disk.left_after(count, cut, left.folder());
            let last = count.checked_sub(1).map_or_else(|| "nothing".to_owned(), |last| operations[last].to_string());
            let at = format!("{cut:?} behind operation {count} ({last})");
            match Snapshot::read(left.folder()) {
                Ok(snapshot) => assert_eq!(snapshot.record().roots, std::slice::from_ref(&root), "{at}"),
                Err(StateError::NotEnrolled(_)) => {
                    none += 1;
                    assert!(count < operations.len(), "{at}: said to be enrolled, and forgotten");
                    let opened = State::open_for_enrolment(left.folder(), Box::new(RealDisk), "a test");
                    enrol(&mut opened.unwrap_or_else(|e| panic!("{at}: {e}")));
                    continue;
                }
                Err(error) => panic!("{at}: {error}"),
            }
            made += 1;
            State::open(left.folder(), Box::new(RealDisk), "a test").unwrap_or_else(|e| panic!("{at}: {e}"));
        }
    }
    assert!(none > 0 && made > 0, "{none} not enrolled, {made} enrolled: the cuts proved nothing");
}

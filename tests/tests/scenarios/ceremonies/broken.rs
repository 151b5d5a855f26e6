//! What goes wrong in a ceremony.

use std::sync::atomic::{AtomicUsize, Ordering};

use rootcast_host::disk::{DiskError, RealDisk};
use rootcast_offline::ceremony::key::SignatureScheme;
use rootcast_offline::ceremony::key::rehearsal_key::RehearsalKey;
use rootcast_offline::ceremony::signing::{SigningError, recover};
use rootcast_offline::store::journal::Chain;
use rootcast_offline::store::state::BurnedRecord;
use rootcast_tests::corpora::skipped;
use rootcast_tests::crash_disk::{CrashDisk, Cut};
use rootcast_tests::pty::Seat;
use rootcast_tests::seeds::chance;

use super::super::bad_files::SmallDisk;
use super::*;

/// A key that notes how much the disk had done when it was used.
struct WatchedKey<'a> {
    key: RehearsalKey,
    operations: &'a dyn Fn() -> usize,
    used_after: Vec<usize>,
}

impl SigningKey for WatchedKey<'_> {
    type Error = KeyError;
    fn spki(&self) -> &[u8] {
        self.key.spki()
    }
    fn description(&self) -> String {
        self.key.description()
    }
    fn is_rehearsal(&self) -> bool {
        true
    }
    fn sign(&mut self, to_be_signed: &[u8], scheme: SignatureScheme) -> Result<Vec<u8>, KeyError> {
        self.used_after.push((self.operations)());
        self.key.sign(to_be_signed, scheme)
    }
}

/// A disk that fails at one operation and at every one after it.
struct FailingDisk {
    good: AtomicUsize,
}

impl FailingDisk {
    fn done(&self, path: &Path, does: impl FnOnce(&RealDisk) -> Result<(), DiskError>) -> Result<(), DiskError> {
        let left = self.good.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |good| good.checked_sub(1));
        let full = || DiskError::new("write", path, std::io::Error::from(std::io::ErrorKind::StorageFull));
        left.map_err(|_| full()).and_then(|_| does(&RealDisk))
    }
}

impl Disk for FailingDisk {
    fn create_dir(&self, path: &Path) -> Result<(), DiskError> {
        self.done(path, |disk| disk.create_dir(path))
    }
    fn write_new(&self, path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
        self.done(path, |disk| disk.write_new(path, bytes))
    }
    fn append(&self, path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
        self.done(path, |disk| disk.append(path, bytes))
    }
    fn truncate(&self, path: &Path, length: u64) -> Result<(), DiskError> {
        self.done(path, |disk| disk.truncate(path, length))
    }
    fn sync_file(&self, path: &Path) -> Result<(), DiskError> {
        self.done(path, |disk| disk.sync_file(path))
    }
    fn sync_dir(&self, path: &Path) -> Result<(), DiskError> {
        self.done(path, |disk| disk.sync_dir(path))
    }
    fn hard_link(&self, from: &Path, to: &Path) -> Result<(), DiskError> {
        self.done(to, |disk| disk.hard_link(from, to))
    }
    fn symlink(&self, target: &Path, link: &Path) -> Result<(), DiskError> {
        self.done(link, |disk| disk.symlink(target, link))
    }
    fn rename(&self, from: &Path, to: &Path) -> Result<(), DiskError> {
        self.done(to, |disk| disk.rename(from, to))
    }
    // Removing needs no room.
    fn remove_file(&self, path: &Path) -> Result<(), DiskError> {
        RealDisk.remove_file(path)
    }
    fn remove_dir_all(&self, path: &Path) -> Result<(), DiskError> {
        RealDisk.remove_dir_all(path)
    }
}

#[test]
fn a_disk_that_fails_at_any_step_releases_nothing_half_and_loses_no_number() {
    let room = Room::after_the_first();
    room.csr();
    room.scratch.file("second.toml", room.next_request("first", room.now - 60, &room.certificate()));
    room.rehearse("second.toml", "second").exits(0);
    let [unused, burned_only, released] = fail_at_every_step(&room, "second", 2, &["root.crl", "issuing.crt"]);
    assert!(
        unused > 0 && burned_only > 5 && released > 8,
        "{unused} unused, {burned_only} burned, {released} released"
    );
}

#[test]
fn a_first_ceremony_whose_disk_fails_after_the_release_enrols_its_root_when_run_again() {
    let room = Room::with_rehearsal_key();
    room.run(&["keygen", "--site", "SITE.toml", "first.toml"]).exits(0);
    room.rehearse("first.toml", "first").exits(0);
    let [_, _, released] = fail_at_every_step(&room, "first", 1, &["root.crt", "root.crl"]);
    assert!(released > 8, "{released} released");
}

/// Signs the rehearsal `name`, of `number`, on disks that fail after one operation more each time, until one does not
/// fail. What was released is written down by the same command on a disk that works. Gives how many runs left the number
/// unused, burned, and the objects released.
fn fail_at_every_step(room: &Room, name: &str, number: u64, objects: &[&str]) -> [usize; 3] {
    let mut counts = [0; 3];
    for good in 0..200 {
        let copy = format!("copy-{good}");
        fs::create_dir(room.path(&copy)).unwrap();
        room.tool(true, "cp", &["-r", "state", name, &copy]);
        let (folder, state_folder) = (room.path(&copy).join(name), room.path(&copy).join("state"));
        let disk = FailingDisk { good: AtomicUsize::new(good) };
        let opened = RehearsalFolder::open(&folder).unwrap();
        let issuer = Digest::of(&opened.inputs.signer.spki);
        let rehearsal = Digest::of(&opened.listing);
        let key = RehearsalKey::read(&room.path("demo.p8")).unwrap();
        let mut key = WatchedKey { key, operations: &|| 0, used_after: Vec::new() };
        let outcome = room.signed_by(&mut key, &disk, &folder, &state_folder);
        let found = State::look(&RealDisk, &state_folder).unwrap();
        let burned = found.record.burned_number(&issuer) == Some(number.into());
        assert!(burned || key.used_after.is_empty(), "used and not burned, after {good} operations");
        let is_there = folder.join("signed").exists();
        match &outcome {
            Ok(_) => assert!(is_there),
            Err(SigningError::Afterwards { .. }) => assert!(is_there, "it says that it was released"),
            Err(error) => {
                assert!(!is_there, "it says that nothing was released: {error}");
                let said = error.diagnosis(Some(&number.to_string())).to_string();
                assert!(
                    said.contains("storage-failed") && said.contains("burned") && said.contains("released"),
                    "{said}"
                );
            }
        }
        if is_there {
            for name in objects {
                assert!(!fs::read(folder.join("signed").join(name)).unwrap().is_empty());
                assert!(!fs::read(folder.join("signed").join(format!("{name}.pem"))).unwrap().is_empty());
            }
            // The same command, on a disk that works: with or without anything left to do, all is written down.
            let state = room.path(&copy).join("state");
            let again = offline(["ceremony", "sign", "--site", "SITE.toml", "--yes"]).arg(&folder).state(&state);
            let ended = again.within(room.scratch.folder()).run();
            assert!(ended.code == Some(2) || (ended.code == Some(0) && outcome.is_err()), "{ended}");
            ended.says(if ended.code == Some(0) { "No key was used now" } else { "output-exists" });
            remembers(&state, &folder, &issuer, objects, &ended);
        } else {
            let mut journal = Journal::open(&RealDisk, &state_folder).unwrap();
            recover(&found, &mut journal, room.now).unwrap();
        }
        let chain = Chain::read(&state_folder.join("journal.jsonl")).unwrap();
        assert_eq!(chain.ended_ceremonies().any(|ended| *ended == rehearsal), burned);
        assert_eq!(chain.has_released(&rehearsal), is_there);
        counts[usize::from(burned) + usize::from(is_there)] += 1;
        if outcome.is_ok() {
            break;
        }
    }
    counts
}

/// Asserts that the state has exactly what is in `signed/`.
fn remembers(state: &Path, folder: &Path, issuer: &Digest, objects: &[&str], said: &Ended) {
    let state = State::look(&RealDisk, state).unwrap();
    let record = &state.record;
    for name in objects {
        let sha256 = Digest::of(&fs::read(folder.join("signed").join(name)).unwrap());
        let known = match *name {
            "root.crt" => record.roots.iter().any(|root| root.sha256 == sha256),
            "root.crl" => record.signed_crls.iter().any(|crl| crl.issuer == *issuer && crl.sha256 == sha256),
            _ => record.signed_certificates.iter().any(|known| known.sha256 == sha256),
        };
        assert!(known && state.item(&sha256).is_ok(), "the state does not have {name}\n{said}");
    }
}

#[test]
fn a_crl_that_only_the_journal_says_was_released_is_not_gone_back_behind() {
    let room = Room::after_the_first();
    let state = || fs::read(room.path("state/state.json")).unwrap();
    let before = state();
    room.scratch.file("second.toml", room.next_request("first", room.now - 600, ""));
    room.rehearse("second.toml", "second").exits(0);
    room.sign("second").exits(0);
    // The state is that of before, as from a backup; the journal is not.
    fs::write(room.path("state/state.json"), before).unwrap();
    let sha256 = Digest::of(&fs::read(room.path("second/signed/root.crl")).unwrap());
    fs::remove_file(room.path(&format!("state/items/{sha256}.der"))).unwrap();
    room.rehearse("second.toml", "third").exits(3).says("REQ-PREVIOUS").says("number 2 was released since");
    room.scratch.file("third.toml", room.next_request("second", room.now - 300, ""));
    room.rehearse("third.toml", "third").exits(0).says("2 -> 3");
    // A state that has the burned number and not the CRL: what was signed is made known to it, without the key.
    let mut behind = State::open(&RealDisk, &room.path("state"), "a test").unwrap();
    let listing = Digest::of(&fs::read(room.path("second/to-be-signed.txt")).unwrap());
    let first = behind.record.burned[0].clone();
    behind.record.burned.push(BurnedRecord {
        number: Some(rootcast_pki::crl_number::CrlNumber::from(2)),
        rehearsal: listing,
        ..first
    });
    behind.commit().unwrap();
    drop(behind);
    room.sign("second").exits(0).says("No key was used now");
    room.rehearse("second.toml", "fourth").exits(3).says("REQ-PREVIOUS").says("signed or sent here since");
    room.sign("second").exits(2).says("output-exists");
}

#[test]
fn a_power_cut_at_every_step_leaves_a_gap_and_never_a_number_to_use_again() {
    let room = Room::after_the_first();
    room.csr();
    room.scratch.file("second.toml", room.next_request("first", room.now - 60, &room.certificate()));
    room.rehearse("second.toml", "second").exits(0);
    let folder = room.scratch.folder();
    let disk = CrashDisk::over(folder);
    let opened = RehearsalFolder::open(&room.path("second")).unwrap();
    let key = RehearsalKey::read(&room.path("demo.p8")).unwrap();
    let operations = || disk.operations().len();
    let mut key = WatchedKey { key, operations: &operations, used_after: Vec::new() };
    room.signed_by(&mut key, &disk, &room.path("second"), &room.path("state")).unwrap();
    let first_use = key.used_after[0];
    assert_eq!(key.used_after.len(), 2, "one use for each object");
    let operations = disk.operations().len();
    let issuer = Digest::of(&opened.inputs.signer.spki);
    let mut chance = chance("a_power_cut_at_every_step_leaves_a_gap_and_never_a_number_to_use_again");
    let (mut released, mut gaps) = (0, 0);
    for count in 0..=operations {
        for cut in [Cut::KeepsAll, Cut::KeepsSynced, Cut::KeepsSome(chance.bits()), Cut::KeepsSome(chance.bits())] {
            let left = Scratch::new();
            disk.left_after(count, cut, left.folder());
            let found = State::look(&RealDisk, &left.path("state")).unwrap();
            let burned = found.record.burned_number(&issuer).unwrap();
            if count >= first_use {
                assert_eq!(burned, 2_u64.into(), "used, so burned: after {count} of {operations}, {cut:?}");
            }
            // What is released is whole.
            if left.path("second/signed").exists() {
                released += 1;
                assert!(count > first_use);
                for name in ["root.crl", "root.crl.pem", "issuing.crt", "issuing.crt.pem"] {
                    let path = format!("second/signed/{name}");
                    assert_eq!(fs::read(left.path(&path)).unwrap(), fs::read(room.path(&path)).unwrap(), "{cut:?}");
                }
            } else if burned == 2_u64.into() {
                gaps += 1;
            }
            // The folder opens, and the journal goes on; every burned number has its end there.
            RehearsalFolder::open(&left.path("second")).unwrap();
            let disk: &dyn Disk = &RealDisk;
            let mut journal = Journal::open(disk, &left.path("state")).unwrap();
            recover(&found, &mut journal, room.now).unwrap();
            let chain = Chain::read(&left.path("state/journal.jsonl")).unwrap();
            let ended: Vec<&Digest> = chain.ended_ceremonies().collect();
            assert!(found.record.burned.iter().all(|one| ended.contains(&&one.rehearsal)));
        }
    }
    assert!(released > 0 && gaps > 0, "{released} released, {gaps} gaps");
}

#[test]
fn a_full_disk_is_found_before_the_number_is_burned() {
    let room = Room::after_the_first();
    room.scratch.file("second.toml", room.next_request("first", room.now - 60, ""));
    room.rehearse("second.toml", "second").exits(0);
    let dir = room.scratch.subfolder("blocked");
    let Some(disk) = SmallDisk::mount(&dir) else {
        return skipped("a full disk while signing: a small tmpfs cannot be mounted here (needs root)");
    };
    room.tool(true, "cp", &["-r", "second", "blocked/second"]);
    let filler = dir.join("filler");
    let _ = fs::write(&filler, vec![0_u8; 300 * 1024]);
    room.sign("blocked/second").exits(8).says("storage-failed").says("no number burned");
    // Room for the approvals, and not for what would be released.
    let length = fs::metadata(&filler).unwrap().len();
    fs::File::options().write(true).open(&filler).unwrap().set_len(length - 8 * 1024).unwrap();
    room.sign("blocked/second").exits(8).says("storage-failed").says("no number burned").says("approvals/room");
    assert!(!dir.join("second/approvals/room").exists(), "the test for a full disk fills it");
    assert!(!dir.join("second/signed").exists());
    assert!(!room.journal().contains("CRL number 2"), "{}", room.journal());
    fs::remove_file(&filler).unwrap();
    let signed = room.sign("blocked/second").arg("--json").exits(0).json();
    assert_eq!(signed["number"], "2");
    drop(disk);
}

#[test]
fn what_is_not_as_it_was_approved_is_refused_and_journalled() {
    let room = Room::after_the_first();
    room.scratch.file("second.toml", room.next_request("first", room.now - 60, ""));
    room.rehearse("second.toml", "second").exits(0);
    let utc = |time: i64| {
        room.run(&["sign", "--site", "SITE.toml", "second", "--yes", "--utc", &at(time)]).args(room.paper_head())
    };
    utc(room.now - 3600).exits(3).says("REQ-CLOCK").says("they differ by");
    utc(room.now + 3600).exits(3).says("REQ-CLOCK");
    // Nobody can be asked for the head, the time or the words.
    room.run(&["sign", "--site", "SITE.toml", "second"]).exits(2).says("not-confirmed");
    let now = at(rootcast_host::clock::now());
    let sign = room.run(&["sign", "--site", "SITE.toml", "second", "--utc", &now]).args(room.paper_head());
    sign.exits(2).says("not-confirmed");
    let site = fs::read_to_string(room.path("SITE.toml")).unwrap();
    fs::write(room.path("SITE.toml"), format!("{site}# a note\n")).unwrap();
    room.sign("second").exits(3).says("inputs/site.toml").says("rehearsal-changed");
    fs::write(room.path("SITE.toml"), site).unwrap();
    let tbs = room.path("second/to-be-signed/root.crl.tbs");
    let bytes = fs::read(&tbs).unwrap();
    fs::write(&tbs, b"other").unwrap();
    room.sign("second").exits(3).says("SIGN-REHEARSED");
    fs::write(&tbs, bytes).unwrap();
    let journal = room.journal();
    assert_eq!(journal.matches("ceremony-refused").count(), 6, "{journal}");
    assert!(!journal.contains("CRL number 2"), "{journal}");
    // Two rehearsals of one number: the first to be signed takes it. Made in one second they would be the same one.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    room.rehearse("second.toml", "other").exits(0);
    room.sign("second").exits(0);
    room.sign("second").exits(2).says("output-exists");
    room.sign("other").exits(3).says("REQ-NUMBER").says("2 was burned since");
}

#[test]
fn ctrl_c_at_every_question_signs_nothing_and_burns_nothing() {
    let room = Room::after_the_first();
    room.scratch.file("second.toml", room.next_request("first", room.now - 60, ""));
    room.rehearse("second.toml", "second").exits(0);
    let now = at(rootcast_host::clock::now());
    let head = head_on_paper(&room.path("state")).unwrap();
    for (arguments, prompt) in [
        (&[][..], "Type the words of the journal's head"),
        (&["--head", &head], "Type the time in UTC"),
        (&["--head", &head, "--utc", &now], "Type the 8 words"),
    ] {
        let program = room.run(&[&["sign", "--site", "SITE.toml", "second"][..], arguments].concat());
        let mut seat = Seat::start(&program, 120, 40);
        seat.wait_for_text(prompt);
        seat.running.interrupt();
        seat.wait_for_text("error[interrupted]");
        let screen = seat.screen();
        assert_eq!(seat.running.wait().code, Some(130), "{screen}");
    }
    // Wrong words, then the right ones and a typed time.
    let listing = fs::read(room.path("second/to-be-signed.txt")).unwrap();
    let words = rootcast_protocol::words::spell(Digest::of(&listing).as_bytes(), rootcast_protocol::words::SHORT);
    for (typed, code) in [("adult adult adult", 2), (words.to_uppercase().as_str(), 0)] {
        let mut seat = Seat::start(&room.run(&["sign", "--site", "SITE.toml", "second"]), 120, 40);
        seat.wait_for_text("Type the words of the journal's head");
        let head: Digest = head.parse().unwrap();
        let paper = rootcast_protocol::words::spell(head.as_bytes(), rootcast_protocol::words::SHORT);
        seat.type_keys(&format!("{}\n", paper.to_uppercase()));
        seat.wait_for_text("Type the time in UTC");
        seat.type_keys(&format!("{}\n", at(rootcast_host::clock::now())));
        seat.wait_for_text("Type the 8 words");
        // Wrong words are asked for three times.
        seat.type_keys(&if code == 0 { format!("{typed}\n") } else { format!("{typed}\n{typed}\n\n") });
        seat.wait_for_text(if code == 0 { "Wrote second/signed" } else { "error[not-confirmed]" });
        assert_eq!(seat.running.wait().code, Some(code));
    }
    assert_eq!(room.journal().matches("number-burned").count(), 2, "{}", room.journal());
}

/// The rehearsal showed that nothing would be held. Then another key of the same CA was certified.
#[test]
fn what_the_online_side_would_hold_since_the_rehearsal_is_not_signed() {
    let room = Room::after_the_first();
    for name in ["one", "two"] {
        room.csr();
        fs::rename(room.path("issuing.csr"), room.path(&format!("{name}.csr"))).unwrap();
        let certificate = room.certificate().replace("issuing.csr", &format!("{name}.csr"));
        room.scratch.file(&format!("{name}.toml"), format!("issuer = \"first/signed/root.crt\"\n{certificate}"));
        let rehearsed = room.rehearse(&format!("{name}.toml"), name).arg("--json").exits(0);
        assert_eq!(rehearsed.json()["objects"][0]["verdict"], "accepted", "{rehearsed}");
    }
    room.sign("two").exits(0);
    let refused = room.sign("one").exits(3);
    refused.says("the online side would now hold it for CERT-SKI, which the rehearsal did not show");
    refused.says("no number burned").says("rehearse again");
    // Rehearsed again, it is shown, approved and signed.
    room.rehearse("one.toml", "again").exits(0).says("CERT-SKI");
    room.sign("again").exits(0);
}

/// A file of a rehearsal, with its line in the listing, as if the rehearsal had written it so.
fn rewrite(folder: &Path, name: &str, text: &str) {
    let old = Digest::of(&fs::read(folder.join(name)).unwrap());
    let new = Digest::of(text.as_bytes());
    let line = |sha256: &Digest| {
        let words = rootcast_protocol::words::spell(sha256.as_bytes(), rootcast_protocol::words::SHORT);
        format!("{sha256}  {words}  {name}\n")
    };
    let listing = fs::read_to_string(folder.join("to-be-signed.txt")).unwrap();
    assert!(listing.contains(&line(&old)), "{listing}");
    fs::write(folder.join("to-be-signed.txt"), listing.replace(&line(&old), &line(&new))).unwrap();
    fs::write(folder.join(name), text).unwrap();
}

#[test]
fn a_rehearsal_of_an_older_version_that_says_nothing_of_holds_is_not_signed() {
    let room = Room::after_the_first();
    room.scratch.file("second.toml", room.next_request("first", room.now - 60, ""));
    room.rehearse("second.toml", "second").exits(0);
    let path = room.path("second/rehearsal.json");
    let mut choices: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    choices.as_object_mut().unwrap().remove("holds").unwrap();
    rewrite(&room.path("second"), "rehearsal.json", &format!("{choices:#}\n"));
    let refused = room.sign("second").exits(3);
    refused.says("an older version rehearsed this").says("SIGN-REHEARSED").says("no number burned");
}

/// A pipe in the place of a file was waited for, for ever.
#[test]
fn a_pipe_in_a_ceremony_folder_is_not_waited_for() {
    let room = Room::after_the_first();
    for (name, command) in [("journal.jsonl", "record"), ("signed/root.crl", "record"), ("journal.jsonl", "sign")] {
        let path = format!("first/{name}");
        fs::rename(room.path(&path), room.path("kept")).unwrap();
        room.tool(true, "mkfifo", &[&path]);
        let ended = if command == "record" { room.run(&["record", "first"]) } else { room.sign("first") };
        let ended = ended.patience(std::time::Duration::from_secs(20)).run();
        assert_ne!(ended.code, None, "{ended}");
        fs::remove_file(room.path(&path)).unwrap();
        fs::rename(room.path("kept"), room.path(&path)).unwrap();
    }
}

#[test]
fn a_new_journal_needs_somebody_who_decides_and_a_reason() {
    let room = Room::after_the_first();
    fs::remove_file(room.path("state/journal.jsonl")).unwrap();
    let begin = |by: &str, because: &str| {
        offline(["journal", "begin", "--by", by, "--because", because]).state(&room.path("state"))
    };
    begin(" ", "the disk broke").exits(2).says("--by is empty");
    begin("O. Operator", &"x".repeat(501)).exits(2).says("--because is empty or longer");
    assert!(!room.path("state/journal.jsonl").exists());
    begin("O. Operator", "the disk broke").exits(0);
}

//! The chain: what an edit, a move, a cut and a power failure do to it.

use rootcast_host::disk::RealDisk;
use rootcast_pki::policy_change::{PolicyChange, WholePolicy};
use rootcast_pki::profile::Profile;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::object::ObjectId;
use rootcast_protocol::words;

use super::entry::INTERRUPTED;
use super::pending;
use super::pending::Intent;
use super::{Chain, Event, Head, HeadPlace, Journal, JournalError, TransmissionRecord};
use crate::store::layout::{JOURNAL, PENDING};

fn enrolment(number: u8) -> Event {
    Event::Enrol {
        subject: format!("CN=Root {number}"),
        sha256: Digest([number; 32]),
        words: "aardvark".to_owned(),
        profile: "private".to_owned(),
        choices: Vec::new(),
        policies: Vec::new(),
    }
}

/// A journal of five entries: its folder, and its bytes.
fn journal_of_five() -> (tempfile::TempDir, Vec<u8>) {
    let state = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(&RealDisk, state.path()).unwrap();
    for number in 0..5 {
        journal.append(1_795_219_200 + i64::from(number), enrolment(number)).unwrap();
    }
    let bytes = std::fs::read(state.path().join(JOURNAL)).unwrap();
    (state, bytes)
}

fn broken_entry(bytes: &[u8]) -> u64 {
    match Chain::from_bytes(bytes) {
        Err(JournalError::Broken { entry, .. }) => entry,
        other => panic!("the chain was taken for good: {other:?}"),
    }
}

#[test]
fn what_was_appended_is_read_back() {
    let (state, bytes) = journal_of_five();
    let chain = Chain::read(&state.path().join(JOURNAL)).unwrap();
    assert_eq!(chain.count(), 5);
    assert_eq!(chain.entries[3].event, enrolment(3));
    assert_eq!(chain.entries[3].time, "2026-11-21T00:00:03Z");
    assert_eq!(chain.entries[3].previous, chain.entries[2].digest);
    assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count(), 5);
    assert_eq!(Chain::read(&state.path().join("none")).unwrap(), Chain::default());
}

#[test]
fn any_changed_byte_is_found_in_its_entry() {
    let (_state, bytes) = journal_of_five();
    let ends: Vec<usize> = bytes.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at).collect();
    for at in 0..bytes.len() - 1 {
        if ends.contains(&at) {
            continue;
        }
        let mut edited = bytes.clone();
        edited[at] ^= 1;
        let line = ends.iter().filter(|end| **end < at).count() as u64;
        let found = broken_entry(&edited);
        assert_eq!(found, line, "byte {at} changed");
    }
}

#[test]
fn an_edited_entry_with_a_digest_of_its_own_is_found_in_the_next() {
    let (_state, bytes) = journal_of_five();
    let text = String::from_utf8(bytes).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let (covered, _) = lines[2].split_once(",\"digest\"").unwrap();
    let covered = covered.replace("Root 2", "Root 9") + "}";
    let digest = Digest::of(covered.as_bytes());
    lines[2] = format!("{},\"digest\":\"{digest}\"}}", covered.strip_suffix('}').unwrap());
    assert_eq!(broken_entry((lines.join("\n") + "\n").as_bytes()), 3);
}

#[test]
fn entries_moved_removed_or_repeated_are_found() {
    let (_state, bytes) = journal_of_five();
    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let joined = |order: &[usize]| order.iter().map(|at| format!("{}\n", lines[*at])).collect::<String>();
    assert_eq!(broken_entry(joined(&[0, 2, 1, 3, 4]).as_bytes()), 1);
    assert_eq!(broken_entry(joined(&[0, 1, 3, 4]).as_bytes()), 2);
    assert_eq!(broken_entry(joined(&[1, 2, 3, 4]).as_bytes()), 0);
    assert_eq!(broken_entry(joined(&[0, 1, 1, 2, 3, 4]).as_bytes()), 2);
    assert_eq!(broken_entry(b"\n"), 0);
}

#[test]
fn a_cut_tail_is_found_only_against_a_head_kept_elsewhere() {
    let (_state, bytes) = journal_of_five();
    let whole = Chain::from_bytes(&bytes).unwrap();
    let end = bytes.iter().enumerate().filter(|(_, b)| **b == b'\n').nth(2).unwrap().0;
    let cut = Chain::from_bytes(&bytes[..=end]).unwrap();
    for length in [words::SHORT, words::LONG] {
        let spelled = words::spell(whole.head().as_bytes(), length).to_uppercase().replace(' ', ", ");
        let head: Head = spelled.parse().unwrap();
        assert_eq!(whole.place_of(&head), HeadPlace::Last);
        assert_eq!(cut.place_of(&head), HeadPlace::Missing);
    }
    let old: Head = cut.head().to_string().parse().unwrap();
    assert_eq!(whole.place_of(&old), HeadPlace::Earlier { since: 2 });
    let short: Head = whole.head().to_string()[..16].parse().unwrap();
    assert_eq!(whole.place_of(&short), HeadPlace::Last);
    for wrong in ["", "abcd", "abc", "aardvark", "no such words at all here to read"] {
        assert!(wrong.parse::<Head>().is_err(), "{wrong:?}");
    }
    // At a prompt nobody needs quotes; on a command line, several words do.
    let seven = words::spell(whole.head().as_bytes(), 7);
    assert_eq!(seven.parse::<Head>().unwrap_err().to_string(), "7 words; 8 are needed");
    assert!(Head::of_argument(&seven).unwrap_err().contains("in quotes"));
}

#[test]
fn a_torn_last_line_is_ignored_and_cut_off_before_the_next_entry() {
    let (state, bytes) = journal_of_five();
    let path = state.path().join(JOURNAL);
    let last = bytes.len() - bytes[..bytes.len() - 1].iter().rev().position(|b| *b == b'\n').unwrap() - 1;
    for end in last + 1..bytes.len() {
        std::fs::write(&path, &bytes[..end]).unwrap();
        let mut journal = Journal::open(&RealDisk, state.path()).unwrap();
        assert_eq!((journal.chain().count(), journal.chain().torn), (4, (end - last) as u64));
        journal.append(0, enrolment(7)).unwrap();
        let chain = Chain::read(&path).unwrap();
        assert_eq!((chain.count(), chain.torn), (5, 0));
        assert_eq!(chain.entries[4].event, enrolment(7));
    }
}

fn transmission(index: u32) -> TransmissionRecord {
    TransmissionRecord {
        object: ObjectId([7; 16]),
        length: 1000,
        symbol_size: 176,
        source_symbols: 6,
        manifest_number: 1,
        link: "file:x".to_owned(),
        transmission: index,
        first_esi: 0,
        symbols_per_frame: 6,
        frames: Some(3),
        passes: Some(3.0),
        design_loss: 0.05,
        failure_odds: Some(1.25e-4),
        started: "2026-11-21T00:00:00Z".to_owned(),
        interface: None,
        sound: None,
        ended: "complete".to_owned(),
        items: Vec::new(),
        switched_off: vec!["CRL-EMPTY-LIST is switched off".to_owned()],
        configuration: None,
    }
}

#[test]
fn a_killed_transmission_becomes_one_entry_at_the_next_start() {
    let state = tempfile::tempdir().unwrap();
    std::fs::create_dir(state.path().join(PENDING)).unwrap();
    Intent::declare(&RealDisk, state.path(), &transmission(4)).unwrap();
    let mut journal = Journal::open(&RealDisk, state.path()).unwrap();
    let next = |journal: &Journal<'_>| pending::next_transmission(state.path(), journal.chain(), &ObjectId([7; 16]));
    assert_eq!(next(&journal).unwrap(), 5, "an open intent counts");
    assert_eq!(pending::recover(&RealDisk, state.path(), &mut journal, 0).unwrap(), 1);
    assert_eq!(pending::recover(&RealDisk, state.path(), &mut journal, 0).unwrap(), 0, "and only once");
    let Event::Transmission(record) = &journal.chain().entries[0].event else { panic!("no transmission") };
    assert_eq!((record.frames, record.ended.as_str(), record.transmission), (None, INTERRUPTED, 4));
    assert_eq!(next(&journal).unwrap(), 5);
}

#[test]
fn an_intent_left_beside_its_entry_or_torn_adds_nothing() {
    let state = tempfile::tempdir().unwrap();
    let folder = state.path().join(PENDING);
    std::fs::create_dir(&folder).unwrap();
    let mut journal = Journal::open(&RealDisk, state.path()).unwrap();
    Intent::declare(&RealDisk, state.path(), &transmission(0)).unwrap();
    journal.append(0, Event::Transmission(transmission(0))).unwrap();
    std::fs::write(folder.join("torn.json"), "{\"object\":").unwrap();
    assert_eq!(pending::recover(&RealDisk, state.path(), &mut journal, 0).unwrap(), 0);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    let chain = Chain::read(&state.path().join(JOURNAL)).unwrap();
    assert_eq!((chain.count(), chain.next_transmission(&ObjectId([7; 16]))), (1, 1));
    assert_eq!(chain.entries[0].event, Event::Transmission(transmission(0)), "floats survive too");
}

/// The entry of a `trust` that switched these rules off.
fn trust_without(rules: &[&str]) -> Event {
    let mut after = WholePolicy::of_profile(Profile::default());
    after.switched_off = rules.iter().map(|rule| (*rule).to_owned()).collect();
    let root = Digest([1; 32]).to_string();
    let Event::Enrol { subject, sha256, words, profile, choices, .. } = enrolment(1) else { panic!("an enrolment") };
    let (change, _) = PolicyChange::new(root, None, after).unwrap();
    Event::Enrol { subject, sha256, words, profile, choices, policies: vec![change] }
}

/// A run that was cut short changed the state and wrote no entry: the next one sees that its policy is not recorded.
#[test]
fn a_policy_is_recorded_if_the_last_entry_of_its_root_has_it() {
    let state = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(&RealDisk, state.path()).unwrap();
    let (plain, weak) = (trust_without(&[]), trust_without(&["CRL-VALIDITY"]));
    assert!(!journal.chain().has_recorded(&plain), "no entry at all");
    journal.append(1_795_219_200, enrolment(1)).unwrap();
    assert!(journal.chain().has_recorded(&weak), "an entry of an earlier version says nothing of the whole policy");
    journal.append(1_795_219_201, plain.clone()).unwrap();
    assert!(journal.chain().has_recorded(&plain) && !journal.chain().has_recorded(&weak));
    journal.append(1_795_219_202, weak.clone()).unwrap();
    assert!(journal.chain().has_recorded(&weak) && !journal.chain().has_recorded(&plain));
    let read = Chain::read(&state.path().join(JOURNAL)).unwrap();
    assert_eq!(read.recorded_policy(&Digest([1; 32])).unwrap().switched_off, ["CRL-VALIDITY"]);
    assert_eq!(read.recorded_policy(&Digest([2; 32])), None);
}

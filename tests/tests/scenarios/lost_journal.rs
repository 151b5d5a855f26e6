//! The offline journal after somebody took it away, emptied it or put another in its place.

use std::fs;

use rootcast_host::disk::RealDisk;
use rootcast_offline::store::state::State;
use rootcast_tests::program::offline;
use rootcast_tests::sides::Sides;

fn sent_once() -> Sides {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    let _ = sides.record("one.frames", &[file]);
    sides
}

/// Every command that looks at the journal refuses it, and none writes a new one.
fn every_command_refuses(sides: &Sides) {
    let journal = sides.offline.join("journal.jsonl");
    let before = fs::read(&journal).ok();
    let (file, _) = sides.crl_file(2);
    let target = sides.scratch.path("never.frames");
    let link = format!("file:{}", target.display());
    let root = sides.scratch.path("root.crt");
    let bundle = sides.scratch.path("never.bundle");
    for program in [
        sides.send(&link, &[&file]),
        offline(["plan"]).state(&sides.offline).link(&link).arg(&file),
        offline(["bundle", "-o"]).arg(&bundle).state(&sides.offline).arg(&file),
        offline(["check"]).state(&sides.offline).arg(&file),
        offline(["journal", "verify"]).state(&sides.offline),
        offline(["journal", "show"]).state(&sides.offline),
        offline(["enrol", "--yes"]).state(&sides.offline).arg("--root").arg(&root),
    ] {
        program.exits(8).says("journal-broken").says("state remembers");
    }
    assert_eq!(fs::read(&journal).ok(), before);
    assert!(!target.exists() && !bundle.exists());
}

#[test]
fn a_journal_that_is_gone_is_no_fresh_start() {
    let sides = sent_once();
    fs::remove_file(sides.offline.join("journal.jsonl")).unwrap();
    every_command_refuses(&sides);
}

#[test]
fn an_emptied_or_shortened_journal_is_found_without_a_head() {
    let sides = sent_once();
    let journal = sides.offline.join("journal.jsonl");
    let whole = fs::read_to_string(&journal).unwrap();
    assert!(whole.lines().count() >= 3, "{whole}");
    for kept in 0..whole.lines().count() {
        let lines: Vec<&str> = whole.lines().take(kept).collect();
        fs::write(&journal, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        every_command_refuses(&sides);
    }
    fs::write(&journal, &whole).unwrap();
    offline(["journal", "verify"]).state(&sides.offline).exits(0);
}

#[test]
fn the_journal_of_another_state_is_refused() {
    let sides = sent_once();
    let other = sides.fresh_offline("other");
    let (file, _) = sides.crl_file(1);
    for name in ["a", "b", "c"] {
        let link = format!("file:{}", sides.scratch.path(name).display());
        sides.send_from(&other, &link, &[&file]).exits(0);
    }
    fs::copy(other.join("journal.jsonl"), sides.offline.join("journal.jsonl")).unwrap();
    every_command_refuses(&sides);
}

/// `ceremony keygen` makes the state before it asks for the PIN: killed there, it leaves a record and no journal.
#[test]
fn a_state_that_was_only_begun_has_no_journal_to_miss() {
    let sides = Sides::enrolled();
    let (made, begun) = (sides.scratch.path("made"), sides.scratch.path("begun"));
    State::create_or_open(&RealDisk, &made, "a test", &[]).unwrap().commit().unwrap();
    // A copy, whose lock this process never had.
    for name in ["items", "intents"] {
        let _ = sides.scratch.subfolder(&format!("begun/{name}"));
    }
    fs::copy(made.join("state.json"), begun.join("state.json")).unwrap();
    let (file, _) = sides.crl_file(1);
    let link = format!("file:{}", sides.scratch.path("never.frames").display());
    for program in [offline(["plan"]).link(&link), offline(["check"])] {
        program.state(&begun).arg(&file).exits(3).says("ITEM-ISSUER-UNKNOWN");
    }
    for arguments in [&["journal", "verify"][..], &["journal", "show"], &["link", "report"]] {
        offline(arguments).state(&begun).exits(0);
    }
    let begin = offline(["journal", "begin", "--by", "O. Operator", "--because", "a test"]).state(&begun);
    begin.exits(2).says("it has every entry that the state remembers");
}

#[test]
fn enrolling_again_keeps_the_profile_unless_another_is_named() {
    let sides = Sides::enrolled();
    let root = sides.scratch.path("root.crt");
    let enrol = || offline(["enrol", "--yes"]).state(&sides.offline).arg("--root").arg(&root);
    enrol().args(["--profile", "webpki"]).exits(0).says("profile webpki");
    enrol().exits(0).says("Trusted already").says("profile webpki");
    enrol().args(["--profile", "private"]).exits(0).says("profile private");
}

//! What contradicts what was published before: exit 6, and nothing changes.

use rootcast_protocol::manifest::ItemKind;
use rootcast_tests::forged;
use rootcast_tests::sides::Sides;
use rootcast_tests::throwaway_ca::DAY;

/// Publishes `first`, then receives `second`, which has to exit with `code` naming `rule` and change nothing.
fn second_after_first(sides: &Sides, first: &[u8], second: &[u8], code: i32, rule: &str) {
    receive(sides, first, "first.frames").exits(0);
    sides.assert_published(first);
    let before = sides.published();
    receive(sides, second, "second.frames").exits(code).says(rule);
    assert_eq!(sides.published(), before, "{rule} changed what is published");
}

fn receive(sides: &Sides, crl: &[u8], name: &str) -> rootcast_tests::program::Program {
    let recording = sides.scratch.path(name);
    forged::record(&forged::object_of(&[(ItemKind::Crl, "root.crl", crl)]), &recording);
    sides.receive_recording(&recording).arg("--once")
}

#[test]
fn an_older_crl_from_a_fresh_offline_state_is_refused() {
    let sides = Sides::enrolled();
    let (older, _) = sides.crl_file(4);
    let (newer, crl) = sides.crl_file(5);
    let recording = sides.record("newer.frames", &[newer]);
    sides.receive_recording(&recording).arg("--once").exits(0);
    let before = sides.published();
    let fresh = sides.fresh_offline("fresh");
    let recording = sides.scratch.path("older.frames");
    sides.send_from(&fresh, &format!("file:{}", recording.display()), &[older]).exits(0);
    let ended = sides.receive_recording(&recording).arg("--once").exits(6);
    ended.says("CRL-NUMBER-LOWER").says("next:");
    assert_eq!(sides.published(), before);
    sides.assert_published(&crl);
}

#[test]
fn the_offline_side_does_not_send_an_older_crl_either() {
    let sides = Sides::enrolled();
    let (older, _) = sides.crl_file(4);
    let (newer, _) = sides.crl_file(5);
    let _ = sides.record("newer.frames", &[newer]);
    let recording = sides.scratch.path("older.frames");
    sides.send(&format!("file:{}", recording.display()), &[older]).exits(3).says("CRL-NUMBER-LOWER");
    assert!(!recording.exists());
}

#[test]
fn one_number_with_two_contents_is_equivocation() {
    let sides = Sides::enrolled();
    let first = sides.crl(5).sign();
    let mut draft = sides.crl(5);
    draft.revoke(77, sides.root.now - 40 * DAY);
    second_after_first(&sides, &first, &draft.sign(), 6, "CRL-EQUIVOCATION");
}

#[test]
fn a_crl_that_was_issued_earlier_than_the_one_before_is_refused() {
    let sides = Sides::enrolled();
    let mut draft = sides.crl(6);
    draft.issued_at(sides.root.now - 60 * DAY, sides.root.now + 180 * DAY);
    second_after_first(&sides, &sides.crl(5).sign(), &draft.sign(), 6, "CRL-THISUPDATE-BACK");
}

#[test]
fn an_entry_of_a_known_certificate_that_vanishes_is_refused() {
    let sides = Sides::enrolled();
    let certificate = sides.root.intermediate("Example Issuing CA 1");
    let object = forged::object_of(&[(ItemKind::Certificate, "issuing.crt", &certificate.sign())]);
    let recording = sides.scratch.path("certificate.frames");
    forged::record(&object, &recording);
    sides.receive_recording(&recording).exits(0);
    let mut with_entry = sides.crl(5);
    let entry = rootcast_tests::throwaway_ca::EntryDraft::of(&certificate.serial, sides.root.now - 40 * DAY, Some(4));
    with_entry.entries.push(entry);
    second_after_first(&sides, &with_entry.sign(), &sides.crl(6).sign(), 6, "CRL-ENTRY-VANISHED");
}

#[test]
fn an_entry_of_an_unknown_certificate_that_vanishes_is_held() {
    let sides = Sides::enrolled();
    let mut with_entry = sides.crl(5);
    with_entry.revoke(0x4a00_0000_0000_0001, sides.root.now - 40 * DAY);
    second_after_first(&sides, &with_entry.sign(), &sides.crl(6).sign(), 9, "CRL-ENTRY-VANISHED");
}

#[test]
fn a_floor_given_at_enrolment_counts_like_a_crl() {
    let scratch = rootcast_tests::scratch::Scratch::new();
    let root = rootcast_tests::sides::fresh_root("Example Root");
    let certificate = scratch.file("root.crt", &root.certificate);
    let state = scratch.path("online");
    let enrol = rootcast_tests::program::online(["enrol", "--yes", "--first-number", "7"]).state(&state);
    enrol.arg("--root").arg(&certificate).exits(0);
    let recording = scratch.path("old.frames");
    let older = rootcast_tests::sides::crl_of(&root, 6).sign();
    forged::record(&forged::object_of(&[(ItemKind::Crl, "root.crl", &older)]), &recording);
    let receive = rootcast_tests::program::online(["receive"]).state(&state);
    receive.link(format!("file:{}", recording.display())).exits(6).says("CRL-NUMBER-LOWER");
}

#[test]
fn a_crl_in_use_given_at_enrolment_is_the_one_before() {
    let scratch = rootcast_tests::scratch::Scratch::new();
    let root = rootcast_tests::sides::fresh_root("Example Root");
    let certificate = scratch.file("root.crt", &root.certificate);
    let in_use = scratch.file("last.crl", rootcast_tests::sides::crl_of(&root, 7).sign());
    let state = scratch.path("online");
    let enrol = rootcast_tests::program::online(["enrol", "--yes"]).state(&state).arg("--root").arg(&certificate);
    enrol.arg("--crl").arg(&in_use).exits(0);
    for (number, code) in [(6, 6), (8, 0)] {
        let recording = scratch.path(&format!("{number}.frames"));
        let crl = rootcast_tests::sides::crl_of(&root, number).sign();
        forged::record(&forged::object_of(&[(ItemKind::Crl, "root.crl", &crl)]), &recording);
        let receive = rootcast_tests::program::online(["receive"]).state(&state);
        receive.link(format!("file:{}", recording.display())).exits(code);
    }
}

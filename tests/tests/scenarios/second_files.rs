//! Other files with the same signed content: of an ECDSA signature (r, s) anybody can write (r, n − s). The identity of an
//! item is its issuer and what is signed, so such a file replaces nothing, stops nothing and rings no alarm.

use std::fs;
use std::path::PathBuf;

use rootcast_pki::item;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::manifest::ItemKind;
use rootcast_protocol::words;
use rootcast_tests::forged;
use rootcast_tests::program::{Program, offline, online};
use rootcast_tests::scratch::tree;
use rootcast_tests::sides::Sides;
use rootcast_tests::throwaway_ca::{DAY, mirrored};

fn receive(sides: &Sides, kind: ItemKind, der: &[u8]) -> Program {
    let recording = sides.scratch.path("second.frames");
    let _ = fs::remove_file(&recording);
    forged::record(&forged::object_of(&[(kind, "item", der)]), &recording);
    sides.receive_recording(&recording)
}

fn signed_words(der: &[u8]) -> String {
    words::spell(Digest::of(item::tbs(der).unwrap()).as_bytes(), words::SHORT)
}

fn file(sides: &Sides, name: &str, der: &[u8]) -> PathBuf {
    sides.scratch.file(name, der)
}

#[test]
fn a_copy_that_comes_first_does_not_stop_the_true_crl() {
    let sides = Sides::enrolled();
    let crl = sides.crl(1).sign();
    let copy = mirrored(&crl);
    assert_ne!(crl, copy);
    receive(&sides, ItemKind::Crl, &copy).exits(0).says("accepted");
    let before = sides.published();
    let ended = receive(&sides, ItemKind::Crl, &crl).arg("--json").exits(0);
    let document = ended.says("SIG-COPY").json();
    assert_eq!(document["objects"][0]["items"][0]["verdict"], "no-op", "{document}");
    assert_eq!(sides.published(), before, "nothing is replaced");
    // The next CRL continues it, whichever file was published.
    let next = sides.crl(2).sign();
    receive(&sides, ItemKind::Crl, &next).exits(0);
    sides.assert_published(&next);
}

#[test]
fn a_copy_of_the_published_crl_rings_no_alarm() {
    let sides = Sides::enrolled();
    let crl = sides.crl(1).sign();
    receive(&sides, ItemKind::Crl, &crl).exits(0);
    let before = sides.published();
    receive(&sides, ItemKind::Crl, &mirrored(&crl)).exits(0).says("no-op").says("SIG-COPY").says("signed   ");
    assert_eq!(sides.published(), before);
}

#[test]
fn a_copy_of_a_certificate_that_comes_first_uses_no_serial_number_up() {
    let sides = Sides::enrolled();
    let certificate = sides.root.intermediate("Sub").sign();
    let copy = mirrored(&certificate);
    receive(&sides, ItemKind::Certificate, &copy).exits(0);
    sides.assert_published(&copy);
    let before = sides.published();
    receive(&sides, ItemKind::Certificate, &certificate).exits(0).says("no-op").says("SIG-COPY");
    assert_eq!(sides.published(), before, "the name is that of the bytes that were published first");
}

#[test]
fn a_crl_that_was_signed_twice_is_a_no_op_and_on_record() {
    let sides = Sides::enrolled();
    let draft = sides.crl(1);
    let (first, second) = (draft.sign(), draft.sign());
    assert_ne!(first, second, "ECDSA draws a new r each time");
    receive(&sides, ItemKind::Crl, &first).exits(0);
    let receipts = || tree(&sides.online.join("receipts"));
    let before = receipts().len();
    receive(&sides, ItemKind::Crl, &second).exits(0).says("SIG-SECOND");
    sides.assert_published(&first);
    let after = receipts();
    assert_eq!(after.len(), before + 1, "only the holder of the key can have made it");
    assert!(String::from_utf8_lossy(&after.last().unwrap().1).contains("SIG-SECOND"));
    online(["status"]).state(&sides.online).exits(10).says("second-signature").says("the key signed it a second time");
    // A copy that anybody can write rings nothing.
    receive(&sides, ItemKind::Crl, &mirrored(&second)).exits(0);
    let list = online(["alarm", "list", "--json"]).state(&sides.online).exits(0).json();
    assert_eq!(list["alarms"].as_array().unwrap().len(), 1, "{list}");
}

#[test]
fn a_held_item_is_not_spoiled_by_its_copy() {
    let sides = Sides::enrolled();
    receive(&sides, ItemKind::Crl, &sides.crl(1).sign()).exits(0);
    let mut draft = sides.root.crl(5000);
    draft.issued_at(sides.root.now - 60, sides.root.now + 180 * DAY);
    let held = draft.sign();
    let copy = mirrored(&held);
    receive(&sides, ItemKind::Crl, &held).exits(9);
    let list = || online(["held", "list", "--json"]).state(&sides.online).exits(0).json()["held"].clone();
    let before = list();
    assert_eq!(before[0]["tbs_sha256"], Digest::of(item::tbs(&held).unwrap()).to_string());
    receive(&sides, ItemKind::Crl, &copy).exits(9).says("SIG-COPY");
    assert_eq!(list(), before, "one item, the same id, the first bytes");
    let id = before[0]["id"].as_str().unwrap();
    online(["held", "accept", id]).args(["--by", "A. Auditor", "--because", "a test"]).state(&sides.online).exits(0);
    sides.assert_published(&held);
    assert_eq!(list().as_array().unwrap().len(), 0);
}

#[test]
fn both_sides_show_the_words_of_what_is_signed_and_they_agree_for_a_copy() {
    let sides = Sides::enrolled();
    let crl = sides.crl(1).sign();
    let copy = file(&sides, "copy.crl", &mirrored(&crl));
    let (signed, original) = (signed_words(&crl), file(&sides, "original.crl", &crl));
    offline(["check"]).arg(&original).state(&sides.offline).exits(0).says(&format!("signed   {signed}"));
    online(["check"]).arg(&copy).state(&sides.online).exits(0).says(&format!("signed   {signed}"));
    let document = online(["check", "--json"]).arg(&copy).state(&sides.online).exits(0).json();
    assert_eq!(document["files"][0]["tbs_words"], signed);
}

#[test]
fn check_takes_a_copy_of_the_previous_crl_for_what_it_is() {
    let sides = Sides::enrolled();
    let crl = sides.crl(1).sign();
    let (previous, copy) = (file(&sides, "previous.crl", &crl), file(&sides, "copy.crl", &mirrored(&crl)));
    for program in [offline(["check"]), online(["check"])] {
        let check = program.arg(&copy).arg("--issuer").arg(sides.scratch.path("root.crt"));
        check.arg("--previous").arg(&previous).exits(0).says("SIG-COPY");
    }
}

#[test]
fn a_copy_of_the_trusted_roots_certificate_is_not_a_second_root() {
    let sides = Sides::enrolled();
    let root = fs::read(sides.scratch.path("root.crt")).unwrap();
    let root = item::read(&root).unwrap().der.into_owned();
    let copy = file(&sides, "copy.crt", &mirrored(&root));
    for (program, state) in [(offline(["trust"]), &sides.offline), (online(["trust"]), &sides.online)] {
        program.arg("--yes").arg("--root").arg(&copy).state(state).exits(0).says("trusted already by another file");
    }
    let status = online(["status", "--json"]).state(&sides.online).run().json();
    assert_eq!(status["roots"].as_array().unwrap().len(), 1, "{status}");
}

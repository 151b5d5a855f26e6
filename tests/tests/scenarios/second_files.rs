//! Other files with the same signed content: of an ECDSA signature (r, s) anybody can write (r, n − s). The identity of an
//! item is its issuer and what is signed, so such a file replaces nothing, stops nothing and rings no alarm.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rootcast_pki::item;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::manifest::ItemKind;
use rootcast_protocol::words;
use rootcast_tests::forged;
use rootcast_tests::program::{Program, offline, online};
use rootcast_tests::scratch::tree;
use rootcast_tests::sides::Sides;
use rootcast_tests::throwaway_ca::{DAY, mirrored, wrapped_again};
use serde_json::Value;

fn receive(sides: &Sides, kind: ItemKind, der: &[u8]) -> Program {
    let recording = sides.scratch.path("second.frames");
    let _ = fs::remove_file(&recording);
    forged::record(&forged::object_of(&[(kind, "item", der)]), &recording);
    sides.receive_recording(&recording)
}

fn signed_words(der: &[u8]) -> String {
    words::spell(Digest::of(item::tbs(der).unwrap()).as_bytes(), words::SHORT)
}

fn held_list(sides: &Sides) -> Vec<Value> {
    let list = online(["held", "list", "--json"]).state(&sides.online).exits(0).json();
    list["held"].as_array().unwrap().clone()
}

/// In the order of their content.
fn by_content(mut held: Vec<Value>) -> Vec<Value> {
    held.sort_by_key(|held| held["tbs_sha256"].to_string());
    held
}

fn accept(sides: &Sides, id: &str) -> Program {
    online(["held", "accept", id]).args(["--by", "A. Auditor", "--because", "a test"]).state(&sides.online)
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
    receive(&sides, ItemKind::Crl, &mirrored(&crl)).exits(0).says("no-op").says("SIG-COPY").says("content  ");
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
    let before = held_list(&sides);
    assert_eq!(before[0]["tbs_sha256"], Digest::of(item::tbs(&held).unwrap()).to_string());
    receive(&sides, ItemKind::Crl, &copy).exits(9).says("SIG-COPY");
    assert_eq!(held_list(&sides), before, "one item, the same id, the first bytes");
    accept(&sides, before[0]["id"].as_str().unwrap()).exits(0);
    sides.assert_published(&held);
    assert!(held_list(&sides).is_empty());
}

/// Of two held CRLs of one number, each names the other one. A copy is no other one: it changed what was shown, and the id.
#[test]
fn two_held_crls_of_one_number_are_not_spoiled_by_a_copy_of_one() {
    let sides = Sides::enrolled();
    receive(&sides, ItemKind::Crl, &sides.crl(1).sign()).exits(0);
    let held = |minute: i64| {
        let mut draft = sides.root.crl(5000);
        draft.issued_at(sides.root.now - 60 * minute, sides.root.now + 180 * DAY);
        draft.sign()
    };
    let (one, two) = (held(2), held(1));
    receive(&sides, ItemKind::Crl, &one).exits(9);
    receive(&sides, ItemKind::Crl, &two).exits(6).says("CRL-EQUIVOCATION");
    let before = held_list(&sides);
    receive(&sides, ItemKind::Crl, &mirrored(&two)).exits(6).says("SIG-COPY");
    assert_eq!(
        by_content(held_list(&sides)),
        by_content(before.clone()),
        "the same ids, the same texts, the first bytes"
    );
    let of_two = before.iter().find(|held| held["sha256"] == Digest::of(&two).to_string().as_str()).unwrap();
    accept(&sides, of_two["id"].as_str().unwrap()).exits(0);
    sides.assert_published(&two);
}

#[test]
fn a_held_certificate_that_was_signed_twice_is_on_record_and_a_copy_rings_nothing() {
    let sides = Sides::enrolled();
    let mut draft = sides.root.intermediate("Sub");
    draft.not_before = (sides.root.now + DAY).into();
    let (first, second) = (draft.sign(), draft.sign());
    receive(&sides, ItemKind::Certificate, &first).exits(9).says("CERT-VALIDITY");
    let before = held_list(&sides);
    receive(&sides, ItemKind::Certificate, &mirrored(&first)).exits(9).says("SIG-COPY");
    online(["alarm", "list"]).state(&sides.online).exits(0).says("no alarms");
    receive(&sides, ItemKind::Certificate, &second).exits(9).says("SIG-SECOND");
    assert_eq!(held_list(&sides), before, "one item, the same id, the first bytes");
    let list = online(["alarm", "list", "--json"]).state(&sides.online).exits(0).json();
    assert_eq!(list["alarms"][0]["kind"], "second-signature", "{list}");
}

/// Two sides, and the export key by which the offline side signs its manifests.
struct Signed {
    sides: Sides,
    key: PathBuf,
}

impl Signed {
    fn new() -> Self {
        let sides = Sides::enrolled();
        let (key, public) = (sides.scratch.path("export.pem"), sides.scratch.path("export.pub"));
        let openssl = |arguments: &[&str]| {
            let ended = Command::new("openssl").args(arguments).current_dir(sides.scratch.folder()).output();
            assert!(ended.expect("openssl: run `make deps`").status.success());
        };
        openssl(&["genpkey", "-algorithm", "ed25519", "-out", "export.pem"]);
        openssl(&["pkey", "-in", "export.pem", "-pubout", "-out", "export.pub"]);
        let trust = online(["trust", "--yes"]).state(&sides.online).arg("--root").arg(sides.scratch.path("root.crt"));
        trust.arg("--export-key").arg(public).exits(0);
        Self { sides, key }
    }

    /// A recording of this certificate with a signed manifest.
    fn record(&self, name: &str, certificate: &[u8]) -> PathBuf {
        let (recording, item) =
            (self.sides.scratch.path(&format!("{name}.frames")), file(&self.sides, name, certificate));
        let send = self.sides.send(&format!("file:{}", recording.display()), &[item]);
        send.arg("--export-key").arg(&self.key).exits(0);
        recording
    }

    /// Receives it; gives the rules by which there was something to say of its manifest.
    fn manifest_rules(&self, recording: &Path, code: i32) -> Vec<String> {
        let document = self.sides.receive_recording(recording).arg("--json").exits(code).json();
        let findings = document["objects"][0]["manifest"]["findings"].as_array().unwrap().clone();
        findings.iter().map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
    }
}

/// The offline side counts the true file. What is published is the copy that was held first.
#[test]
fn a_copy_that_was_held_first_is_nothing_withheld() {
    let signed = Signed::new();
    let root = &signed.sides.root;
    let first = root.intermediate("Sub").sign();
    assert!(signed.manifest_rules(&signed.record("first.crt", &first), 0).is_empty());
    // A new key of a known CA is held online.
    let rekeyed = root.intermediate("Sub").sign();
    let copy = mirrored(&rekeyed);
    receive(&signed.sides, ItemKind::Certificate, &copy).exits(9).says("CERT-SKI");
    assert!(signed.manifest_rules(&signed.record("rekeyed.crt", &rekeyed), 9).is_empty());
    let held = held_list(&signed.sides);
    assert_eq!((held.len(), held[0]["sha256"].as_str()), (1, Some(&*Digest::of(&copy).to_string())));
    accept(&signed.sides, held[0]["id"].as_str().unwrap()).exits(0);
    signed.sides.assert_published(&copy);
    let next = signed.record("next.crt", &root.intermediate("Next").sign());
    assert!(signed.manifest_rules(&next, 0).is_empty());
}

#[test]
fn a_late_manifest_names_the_true_file_of_a_published_copy_once() {
    let signed = Signed::new();
    let root = &signed.sides.root;
    let certificate = root.intermediate("First").sign();
    receive(&signed.sides, ItemKind::Certificate, &mirrored(&certificate)).exits(0);
    let late = signed.record("first.crt", &certificate);
    let second = signed.record("second.crt", &root.intermediate("Second").sign());
    assert_eq!(signed.manifest_rules(&second, 0), ["MAN-WITHHELD"], "the true file was not named yet");
    let receipts = || tree(&signed.sides.online.join("receipts")).len();
    let before = receipts();
    for _ in 0..3 {
        assert_eq!(signed.manifest_rules(&late, 0), ["MAN-LATE"]);
    }
    assert_eq!(receipts(), before + 1, "noted once, however often it is played");
    let third = signed.record("third.crt", &root.intermediate("Third").sign());
    assert!(signed.manifest_rules(&third, 0).is_empty());
}

#[test]
fn both_sides_show_the_words_of_what_is_signed_and_they_agree_for_a_copy() {
    let sides = Sides::enrolled();
    let crl = sides.crl(1).sign();
    let copy = file(&sides, "copy.crl", &mirrored(&crl));
    let (signed, original) = (signed_words(&crl), file(&sides, "original.crl", &crl));
    offline(["check"]).arg(&original).state(&sides.offline).exits(0).says(&format!("content  {signed}"));
    online(["check"]).arg(&copy).state(&sides.online).exits(0).says(&format!("content  {signed}"));
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

/// Nobody signs the outer AlgorithmIdentifier, so everybody can write a thousand files around one signature.
#[test]
fn a_file_with_another_outer_algorithm_is_nobodys_rings_nothing_and_leaves_no_receipt() {
    let sides = Sides::enrolled();
    let (old, published, next) = (sides.crl(1).sign(), sides.crl(2).sign(), sides.crl(3).sign());
    receive(&sides, ItemKind::Crl, &published).exits(0);
    let before = (sides.published(), tree(&sides.online.join("receipts")).len());
    for (name, crl) in [("of an old CRL", &old), ("of the published one", &published), ("of the next one", &next)] {
        for parameter in [&b"a"[..], b"b"] {
            let again = wrapped_again(crl, parameter);
            assert_eq!(item::signature(&again), item::signature(crl));
            let ended = receive(&sides, ItemKind::Crl, &again).arg("--json").exits(5);
            ended.says("CRL-ALGORITHM-MATCH");
            assert_eq!(ended.json()["alarms"], serde_json::json!([]), "{name}");
        }
    }
    assert_eq!((sides.published(), tree(&sides.online.join("receipts")).len()), before);
    online(["status"]).state(&sides.online).exits(0);
    // Beside the true one, it changes no exit code.
    let both = forged::object_of(&[
        (ItemKind::Crl, "again.crl", &wrapped_again(&next, b"c")),
        (ItemKind::Crl, "root.crl", &next),
    ]);
    let recording = sides.scratch.path("both.frames");
    forged::record(&both, &recording);
    sides.receive_recording(&recording).exits(0);
    sides.assert_published(&next);
}

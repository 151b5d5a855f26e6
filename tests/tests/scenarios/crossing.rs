//! The main job: what was signed on one side is published, byte for byte, on the other.

use std::fs;

use rootcast_tests::openssl::{OpensslRoot, der};
use rootcast_tests::program::{offline, online};
use rootcast_tests::scratch::Scratch;
use rootcast_tests::seeds::chance;
use rootcast_tests::sides::{Sides, fresh_root};
use rootcast_tests::throwaway_ca::{KeyKind, ThrowAwayCa, pem};

#[test]
fn a_crl_and_an_intermediate_are_published_as_they_were_signed() {
    let sides = Sides::enrolled();
    let (crl_file, crl) = sides.crl_file(1);
    let (intermediate_file, intermediate) = sides.intermediate_file("Example Issuing CA 1");
    let recording = sides.record("crossing.frames", &[crl_file, intermediate_file]);
    sides.receive_recording(&recording).arg("--once").exits(0);
    sides.assert_published(&crl);
    sides.assert_published(&intermediate);
}

#[test]
fn the_published_names_are_those_of_the_contract() {
    let sides = Sides::enrolled();
    let (crl_file, crl) = sides.crl_file(1);
    let (intermediate_file, intermediate) = sides.intermediate_file("Example Issuing CA 1");
    let recording = sides.record("names.frames", &[crl_file, intermediate_file]);
    sides.receive_recording(&recording).exits(0);
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let issuer = hex(&sides.root.key.key_id());
    let digest = rootcast_protocol::digest::Digest::of(&intermediate).to_string();
    let published = sides.online.join("published");
    assert_eq!(fs::read(published.join(format!("crl/{issuer}.crl"))).unwrap(), crl);
    assert_eq!(fs::read(published.join(format!("ca/{digest}.crt"))).unwrap(), intermediate);
    let crl_pem = fs::read_to_string(published.join(format!("crl/{issuer}.crl.pem"))).unwrap();
    assert_eq!(crl_pem.replace('\r', ""), pem("X509 CRL", &crl));
    let certificate_pem = fs::read_to_string(published.join(format!("ca/{digest}.crt.pem"))).unwrap();
    assert_eq!(certificate_pem.replace('\r', ""), pem("CERTIFICATE", &intermediate));
    let inventory = fs::read(published.join("inventory.json")).unwrap();
    serde_json::from_slice::<serde_json::Value>(&inventory).unwrap();
    assert!(fs::symlink_metadata(&published).unwrap().is_symlink());
}

#[test]
fn what_openssl_made_crosses_and_the_older_crl_does_not_come_back() {
    let scratch = Scratch::new();
    let root = OpensslRoot::new(&scratch.subfolder("ca"), "Example Root");
    let intermediate = root.intermediate("issuing-1");
    let older = root.crl(1, 180);
    // A second apart: thisUpdate has whole seconds, and an equal one is held.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    root.revoke(&root.intermediate("issuing-2"));
    let newer = root.crl(2, 180);
    let (from, to) = (scratch.path("offline"), scratch.path("online"));
    offline(["enrol", "--yes"]).state(&from).arg("--root").arg(root.certificate()).exits(0);
    online(["enrol", "--yes"]).state(&to).arg("--root").arg(root.certificate()).exits(0);
    let link = |name: &str| format!("file:{}", scratch.path(name).display());
    offline(["send", "--yes"]).state(&from).link(link("new")).args([&newer, &intermediate]).exits(0);
    online(["receive", "--once"]).state(&to).link(link("new")).exits(0);
    let published = rootcast_tests::scratch::tree(&to.join("published"));
    for file in [&newer, &intermediate] {
        assert!(published.iter().any(|(_, bytes)| *bytes == der(file)), "{}", file.display());
    }
    let fresh = scratch.path("fresh");
    offline(["enrol", "--yes"]).state(&fresh).arg("--root").arg(root.certificate()).exits(0);
    offline(["send", "--yes"]).state(&fresh).link(link("old")).arg(&older).exits(0);
    online(["receive", "--once"]).state(&to).link(link("old")).exits(6).says("CRL-NUMBER-LOWER");
    assert_eq!(rootcast_tests::scratch::tree(&to.join("published")), published);
}

#[test]
fn roots_with_every_kind_of_key_cross() {
    for kind in [KeyKind::EcdsaP384, KeyKind::EcdsaP521, KeyKind::Rsa3072, KeyKind::Ed25519] {
        let root = ThrowAwayCa::with("Example Root", kind, rootcast_host::clock::now());
        let sides = Sides::of(root);
        let (file, crl) = sides.crl_file(1);
        let recording = sides.record("root.frames", &[file]);
        sides.receive_recording(&recording).exits(0);
        sides.assert_published(&crl);
    }
}

#[test]
fn both_sides_show_the_same_words_for_the_same_file() {
    let sides = Sides::enrolled();
    let (file, crl) = sides.crl_file(1);
    let words = rootcast_protocol::words::spell(rootcast_protocol::digest::Digest::of(&crl).as_bytes(), 8);
    let recording = sides.scratch.path("words.frames");
    sides.send(&format!("file:{}", recording.display()), &[file]).exits(0).says(&words);
    sides.receive_recording(&recording).exits(0).says(&words);
}

#[test]
fn pem_files_are_sent_as_the_der_inside() {
    let sides = Sides::enrolled();
    let crl = sides.crl(1).sign();
    let file = sides.scratch.file("root.crl.pem", pem("X509 CRL", &crl));
    let recording = sides.record("pem.frames", &[file]);
    sides.receive_recording(&recording).exits(0);
    sides.assert_published(&crl);
}

#[test]
fn a_bundle_made_before_is_sent_like_its_items() {
    let sides = Sides::enrolled();
    let (file, crl) = sides.crl_file(1);
    let bundle = sides.scratch.path("root.bundle");
    offline(["bundle"]).state(&sides.offline).arg("-o").arg(&bundle).arg(&file).exits(0);
    let recording = sides.record("bundle.frames", &[bundle]);
    sides.receive_recording(&recording).exits(0);
    sides.assert_published(&crl);
}

#[test]
fn sending_the_same_items_again_makes_the_same_object_with_other_symbols() {
    let sides = Sides::enrolled();
    let mut chance = chance("sending_the_same_items_again");
    let (file, _) = sides.long_crl_file(1, 400, &mut chance);
    let first = rootcast_tests::recordings::frames(&sides.record("one.frames", &[&file]));
    let second = rootcast_tests::recordings::frames(&sides.record("two.frames", &[&file]));
    let of = |frames: &[Vec<u8>]| {
        let frame = rootcast_protocol::frame::Frame::parse(&frames[0]).unwrap();
        (frame.object, frame.first.get())
    };
    assert_eq!(of(&first).0, of(&second).0);
    assert_eq!(of(&first).1, 0, "the first transmission begins with the source symbols");
    assert!(second.iter().all(|frame| !first.contains(frame)), "two transmissions should not say the same thing");
}

#[test]
fn a_crl_of_700_bytes_is_one_frame_of_at_most_1200_bytes() {
    let sides = Sides::enrolled();
    let mut chance = chance("a_crl_of_700_bytes");
    let crl = sides.crl_of_bytes(700, &mut chance);
    let file = sides.scratch.file("root.crl", &crl);
    let frames = rootcast_tests::recordings::frames(&sides.record("one.frames", &[file]));
    assert!(frames.iter().all(|frame| frame.len() <= 1200), "{} bytes", frames[0].len());
    assert!(frames.iter().all(|frame| *frame == frames[0]), "every frame should carry the whole object");
    let one = sides.scratch.path("only-one.frames");
    rootcast_tests::recordings::write(&one, &frames[..1]);
    sides.receive_recording(&one).exits(0);
    sides.assert_published(&crl);
}

#[test]
fn the_same_bytes_again_are_nothing_new() {
    let sides = Sides::enrolled();
    let (file, crl) = sides.crl_file(1);
    let recording = sides.record("once.frames", &[file]);
    sides.receive_recording(&recording).exits(0);
    let before = sides.published();
    sides.receive_recording(&recording).exits(0);
    assert_eq!(sides.published(), before);
    sides.assert_published(&crl);
}

#[test]
fn a_renewed_crl_takes_the_place_of_the_one_before() {
    let sides = Sides::enrolled();
    let (one, first) = sides.crl_file(1);
    let (two, second) = sides.crl_file(2);
    for (name, file) in [("one.frames", one), ("two.frames", two)] {
        let recording = sides.record(name, &[file]);
        sides.receive_recording(&recording).exits(0);
    }
    sides.assert_published(&second);
    assert!(!sides.is_published(&first));
}

#[test]
fn two_roots_share_one_online_host() {
    let sides = Sides::enrolled();
    let other = fresh_root("Another Root");
    let certificate = sides.scratch.file("other.crt", &other.certificate);
    offline(["enrol", "--yes"]).state(&sides.offline).arg("--root").arg(&certificate).exits(0);
    online(["enrol", "--yes"]).state(&sides.online).arg("--root").arg(&certificate).exits(0);
    let (file, crl) = sides.crl_file(1);
    let other_crl = rootcast_tests::sides::crl_of(&other, 9).sign();
    let other_file = sides.scratch.file("other.crl", &other_crl);
    for (name, file) in [("one.frames", file), ("two.frames", other_file)] {
        let recording = sides.record(name, &[file]);
        sides.receive_recording(&recording).exits(0);
    }
    sides.assert_published(&crl);
    sides.assert_published(&other_crl);
}

#[test]
fn json_on_standard_output_is_one_document_for_every_command() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    let recording = sides.scratch.path("json.frames");
    let link = format!("file:{}", recording.display());
    for command in ["check", "plan"] {
        let mut program = offline([command, "--json"]).state(&sides.offline);
        if command == "plan" {
            program = program.link(&link);
        }
        let document = program.arg(&file).exits(0).json();
        assert!(document.is_object(), "{command}: {document}");
    }
    assert!(sides.send(&link, &[&file]).arg("--json").exits(0).json().is_object());
    assert!(offline(["journal", "show", "--json"]).state(&sides.offline).exits(0).json().is_object());
    assert!(offline(["journal", "verify", "--json"]).state(&sides.offline).exits(0).json().is_object());
    assert!(sides.receive_recording(&recording).arg("--json").exits(0).json().is_object());
    assert!(online(["status", "--json"]).state(&sides.online).exits(0).json().is_object());
    assert!(online(["held", "list", "--json"]).state(&sides.online).exits(0).json().is_object());
    let wrong = online(["status", "--json"]).state(&sides.scratch.path("nowhere")).exits(2).json();
    assert_eq!(wrong["error"]["label"], "not-enrolled", "{wrong}");
}

#[test]
fn check_answers_with_the_document_of_the_contract() {
    let sides = Sides::enrolled();
    let mut draft = sides.crl(1);
    draft.next_update = None;
    let file = sides.scratch.file("bad.crl", draft.sign());
    let document = online(["check", "--json"]).state(&sides.online).arg(&file).exits(5).json();
    let verdict = &document["files"][0];
    assert_eq!(verdict["file"], file.display().to_string());
    assert_eq!((verdict["kind"].as_str(), verdict["verdict"].as_str()), (Some("crl"), Some("rejected")));
    let findings = verdict["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["rule"] == "CRL-NEXTUPDATE-MISSING").expect("the rule broken");
    assert_eq!((found["severity"].as_str(), found["count"].as_u64()), (Some("reject"), Some(1)), "{found}");
    assert!(found["text"].is_string() && found["reference"].is_string(), "{found}");
}

//! What anybody can send who reaches a link but has no key: items that only name the root, empty bundles, replays.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rootcast_protocol::manifest::ItemKind;
use rootcast_tests::forged;
use rootcast_tests::program::{offline, online};
use rootcast_tests::sides::Sides;

/// A CRL that names the root and was not signed by it.
fn forged_crl(sides: &Sides, number: u32) -> Vec<u8> {
    let mut der = sides.crl(number).sign();
    *der.last_mut().unwrap() ^= 1;
    der
}

fn recording(sides: &Sides, name: &str, items: &[(ItemKind, &str, &[u8])]) -> PathBuf {
    let path = sides.scratch.path(name);
    forged::record(&forged::object_of(items), &path);
    path
}

fn joined(sides: &Sides, name: &str, parts: &[&Path]) -> PathBuf {
    let bytes: Vec<u8> = parts.iter().flat_map(|part| fs::read(part).unwrap()).collect();
    sides.scratch.file(name, bytes)
}

fn receipts(sides: &Sides) -> usize {
    fs::read_dir(sides.online.join("receipts")).unwrap().count()
}

#[test]
fn an_item_that_only_names_the_root_ends_no_run_and_leaves_no_trace() {
    let sides = Sides::enrolled();
    let false_crl = forged_crl(&sides, 9);
    let forged = recording(&sides, "forged.frames", &[(ItemKind::Crl, "root.crl", &false_crl)]);
    let before = receipts(&sides);
    let ended = sides.receive_recording(&forged).arg("--json").exits(5);
    assert_eq!(ended.says("CRL-SIGNATURE").json()["objects"][0]["of_enrolled_issuer"], false, "{ended}");
    assert_eq!(receipts(&sides), before);
    online(["status", "--json"]).state(&sides.online).exits(0).says("\"last_contact\": null");
    // The real one behind it in the same recording is still waited for, and published.
    let crl = sides.crl(1).sign();
    let real = recording(&sides, "real.frames", &[(ItemKind::Crl, "root.crl", &crl)]);
    let both = joined(&sides, "both.frames", &[&forged, &real]);
    sides.receive_recording(&both).arg("--once").exits(5);
    sides.assert_published(&crl);
    assert_eq!(receipts(&sides), before + 1);
}

#[test]
fn a_replay_in_many_wrappings_leaves_one_receipt() {
    let sides = Sides::enrolled();
    let (old, new) = (sides.crl(1).sign(), sides.crl(2).sign());
    let first = recording(&sides, "new.frames", &[(ItemKind::Crl, "root.crl", &new)]);
    sides.receive_recording(&first).exits(0);
    let before = receipts(&sides);
    let mut parts = Vec::new();
    for wrapping in 0..40 {
        let name = format!("replay-{wrapping}.crl");
        parts.push(recording(&sides, &format!("{wrapping}.frames"), &[(ItemKind::Crl, &name, &old)]));
    }
    let parts: Vec<&Path> = parts.iter().map(PathBuf::as_path).collect();
    let all = joined(&sides, "all.frames", &parts);
    let ended = sides.receive_recording(&all).arg("--json").exits(6);
    assert!(ended.json()["objects"].as_array().unwrap().len() >= 10, "{ended}");
    assert_eq!(receipts(&sides), before + 1, "the replay is on record, once");
}

#[test]
fn an_empty_bundle_is_not_what_was_waited_for() {
    let sides = Sides::enrolled();
    let empty = recording(&sides, "empty.frames", &[]);
    sides.receive_recording(&empty).exits(4).says("no item of an enrolled root");
    // Beside a transfer that is not complete it says how far that is.
    let (file, _) = sides.long_crl_file(1, 600, &mut rootcast_tests::seeds::chance("empty_bundle"));
    let pass = sides.scratch.path("pass.frames");
    sides.send(&format!("file:{}", pass.display()), &[&file]).args(["--passes", "1"]).exits(0);
    let bytes = fs::read(&pass).unwrap();
    let cut = sides.scratch.file("cut.frames", &bytes[..bytes.len() - 10]);
    let both = joined(&sides, "both.frames", &[&cut, &empty]);
    sides.receive_recording(&both).exits(4).says("symbols");
}

#[test]
fn a_pipe_in_the_place_of_a_file_is_refused_at_once() {
    let sides = Sides::enrolled();
    let pipe = sides.scratch.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let link = format!("file:{}", sides.scratch.path("never.frames").display());
    for program in [
        sides.receive_recording(&pipe),
        online(["check"]).state(&sides.online).arg(&pipe),
        offline(["check"]).state(&sides.offline).arg(&pipe),
        sides.send(&link, &[&pipe]),
    ] {
        let ended = program.patience(Duration::from_secs(10)).exits(2);
        ended.says("file-unreadable").says("a pipe");
    }
}

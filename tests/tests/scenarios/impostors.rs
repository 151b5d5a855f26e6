//! What anybody can send who reaches a link but has no key: items that only name the root, empty bundles, replays.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rootcast_protocol::manifest::ItemKind;
use rootcast_tests::forged;
use rootcast_tests::program::{offline, online};
use rootcast_tests::sides::Sides;
use rootcast_tests::throwaway_ca::DAY;

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
    online(["status", "--json"]).state(&sides.online).exits(0).says("\"last_contact\":null");
    // The real one behind it in the same recording is still waited for, and published; the forged one then counts no more.
    let crl = sides.crl(1).sign();
    let real = recording(&sides, "real.frames", &[(ItemKind::Crl, "root.crl", &crl)]);
    let both = joined(&sides, "both.frames", &[&forged, &real]);
    sides.receive_recording(&both).arg("--once").exits(0);
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
    sides.receive_recording(&empty).exits(4).says("without an item of a trusted root");
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
    let pipe = sides.scratch.pipe("pipe");
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

/// A frame of 500 bytes was half a minute of work: each of 64 items of nobody had every held CRL read and inspected before its
/// signature was looked at, and a held CRL of 300,000 entries took half a second each time.
#[test]
fn items_of_nobody_cost_no_reading_of_what_is_held_and_replays_one() {
    let sides = Sides::enrolled();
    let crl = |number: u64, seconds_ago: i64, entries: u64| {
        let mut draft = sides.root.crl(number);
        draft.issued_at(sides.root.now - seconds_ago, sides.root.now + 180 * DAY);
        (0..entries).for_each(|serial| draft.revoke(0x1000_0000 + serial, sides.root.now - 90 * DAY));
        draft.sign()
    };
    let file = |name, items: &[Vec<u8>]| {
        let items: Vec<_> = items.iter().map(|bytes| (ItemKind::Crl, "root.crl", bytes.as_slice())).collect();
        recording(&sides, name, &items)
    };
    let first = crl(1, 7200, 0);
    sides.receive_recording(&file("first.frames", std::slice::from_ref(&first))).exits(0);
    sides.receive_recording(&file("held.frames", &[crl(5000, 3600, 200_000)])).exits(9);
    let false_one = forged_crl(&sides, 9);
    let replays: Vec<Vec<u8>> = (0..64).map(|second| crl(0, 9000 + second, 0)).collect();
    for (name, items, code) in [
        ("nobody.frames", vec![false_one.clone(); 64], 5),
        ("false.frames", falsified(&false_one), 5),
        ("old.frames", replays, 6),
    ] {
        let recording = file(name, &items);
        let begun = std::time::Instant::now();
        let ended = sides.receive_recording(&recording).arg("--json").exits(code);
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(6), "{name}: {took:?}");
        let object = &ended.json()["objects"][0];
        let listed = object["items"].as_array().unwrap().iter().map(|item| item["times"].as_u64().unwrap_or(1));
        assert_eq!(listed.sum::<u64>() + object["items_left_out"].as_u64().unwrap_or(0), 64, "{ended}");
    }
    sides.assert_published(&first);
}

/// 64 CRLs that differ in their signatures only.
fn falsified(crl: &[u8]) -> Vec<Vec<u8>> {
    let change = |byte: u8| {
        let mut changed = crl.to_vec();
        let at = changed.len() - 2;
        changed[at] ^= byte;
        changed
    };
    (1..=64).map(change).collect()
}

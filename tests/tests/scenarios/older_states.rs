//! States that an older program made are read, and gone on with, by this one.
//!
//! `tests/states/DATE.tar.gz` was made by the program of that date and is never changed; each newer layout adds one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rootcast_tests::program::{offline, online};
use rootcast_tests::scratch::Scratch;
use rootcast_tests::sides::fresh_root;

/// Every stored pair of states, unpacked.
fn stored(scratch: &Scratch) -> Vec<(String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("states");
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).expect("stored states") {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().replace(".tar.gz", "");
        let into = scratch.subfolder(&name);
        let unpacked = Command::new("tar").arg("-xzf").arg(&path).arg("-C").arg(&into).status().expect("tar");
        assert!(unpacked.success(), "{}", path.display());
        found.push((name, into));
    }
    assert!(!found.is_empty(), "no state is stored in {}", folder.display());
    found
}

#[test]
fn states_of_older_programs_are_read_and_gone_on_with() {
    let scratch = Scratch::new();
    for (name, folder) in stored(&scratch) {
        let (sender, receiver) = (folder.join("offline"), folder.join("online"));
        // The head as it was written down on that day.
        let head = match name.as_str() {
            "2026-11-21" => "cleanup Babylon Scotland outfielder willow passenger Pluto inception",
            other => panic!("the head of the journal of {other} stands nowhere"),
        };
        let verify = || offline(["journal", "verify", "--head", head]).state(&sender).exits(0);
        verify().says("the head given is its last entry");
        offline(["link", "report"]).state(&sender).exits(0).says("No link was opened yet");
        let before = online(["status", "--receipts", "--json"]).state(&receiver).run();
        // What was published then ends some day; that calls for attention and is no fault of the state.
        assert!(matches!(before.code, Some(0 | 10)), "{before}");
        let document = before.json();
        assert_eq!((&document["receipts_verified"], &document["generation"]), (&2.into(), &2.into()), "{before}");
        assert_eq!(document["crls"].as_array().map(Vec::len), Some(1), "{before}");

        let root = fresh_root("Example Root of a Later Year");
        let certificate = scratch.file("later.crt", &root.certificate);
        offline(["enrol", "--yes"]).state(&sender).arg("--root").arg(&certificate).exits(0);
        online(["enrol", "--yes"]).state(&receiver).arg("--root").arg(&certificate).exits(0);
        verify().says("1 entry came since");
        let after = online(["status", "--receipts", "--json"]).state(&receiver).run().json();
        assert_eq!((&after["receipts_verified"], &after["crls"]), (&3.into(), &document["crls"]));
    }
}

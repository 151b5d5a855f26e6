//! State that is used by somebody else, is gone, or was edited; and the journal.

use std::fs;
use std::path::{Path, PathBuf};

use rootcast_tests::faults::ByteFaults;
use rootcast_tests::program::{offline, online};
use rootcast_tests::scratch::tree;
use rootcast_tests::sides::Sides;
use rootcast_tests::wire::Wire;

fn published_once() -> (Sides, PathBuf) {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    let recording = sides.record("one.frames", &[file]);
    sides.receive_recording(&recording).exits(0);
    (sides, recording)
}

/// A command that waited for somebody to write into a pipe would hang for ever, deaf to signals.
#[test]
fn a_pipe_or_a_link_in_the_place_of_a_file_of_the_state_is_refused_at_once() {
    for name in ["enrolled", "receipts/00000001.json", "published/inventory.json"] {
        for kind in ["pipe", "link"] {
            let sides = Sides::enrolled();
            let path = sides.online.join(name);
            let kept = sides.scratch.path("kept");
            fs::rename(&path, &kept).unwrap();
            if kind == "pipe" {
                rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RUSR).unwrap();
            } else {
                std::os::unix::fs::symlink(&kept, &path).unwrap();
            }
            let status = online(["status"]).state(&sides.online).patience(std::time::Duration::from_secs(20));
            status.exits(8).says(if kind == "pipe" { "not a regular file" } else { "symbolic link" });
        }
    }
    for name in ["state.json", "journal.jsonl"] {
        let sides = Sides::enrolled();
        let path = sides.offline.join(name);
        fs::remove_file(&path).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RUSR).unwrap();
        let verify = offline(["journal", "verify"]).state(&sides.offline).patience(std::time::Duration::from_secs(20));
        verify.exits(8).says("not a regular file");
    }
}

#[test]
fn state_in_use_is_refused_and_says_by_whom() {
    let (sides, recording) = published_once();
    let wires = [(); 2].map(|()| Wire::new(115_200, ByteFaults::none()));
    let mut receivers = wires.each_ref().map(|wire| {
        let mut one = sides.receive(&[format!("serial:{}", wire.far().display())]).start();
        one.wait_for_text("sandboxed by seccomp");
        one
    });
    assert!(receivers.iter_mut().all(|one| one.runs()));
    let third = sides.receive_recording(&recording).exits(8);
    third.says("state-locked");
    receivers.iter().for_each(|one| _ = third.says(&one.id().to_string()));
    // Looking is allowed meanwhile.
    online(["status"]).state(&sides.online).exits(0);
    for one in receivers {
        one.terminate();
        assert_eq!(one.wait().code, Some(130));
    }
    sides.receive_recording(&recording).exits(0);
}

#[test]
fn offline_state_in_use_is_refused_and_says_by_whom() {
    let sides = Sides::enrolled();
    let wire = Wire::new(9600, ByteFaults::none());
    let (file, _) = sides.crl_file(1);
    let mut first = sides.send(&format!("serial:{},baud=9600", wire.near().display()), &[&file]);
    first = first.args(["--for", "60s"]);
    let mut first = first.start();
    std::thread::sleep(std::time::Duration::from_millis(800));
    assert!(first.runs());
    let link = format!("file:{}", sides.scratch.path("second.frames").display());
    sides.send(&link, &[&file]).exits(8).says("state-locked").says(&first.id().to_string());
    first.terminate();
    let _ = first.wait();
}

#[test]
fn nothing_enrolled_is_a_usage_error() {
    let (sides, recording) = published_once();
    let nowhere = sides.scratch.path("nowhere");
    let link = format!("file:{}", recording.display());
    online(["receive"]).state(&nowhere).link(&link).exits(2).says("not-enrolled");
    online(["status"]).state(&nowhere).exits(2).says("not-enrolled");
    let (file, _) = sides.crl_file(2);
    let out = format!("file:{}", sides.scratch.path("out.frames").display());
    offline(["send", "--yes"]).state(&nowhere).link(&out).arg(&file).exits(2).says("not-enrolled");
    assert!(!nowhere.exists(), "a refused command made a state");
}

#[test]
fn state_that_is_gone_after_enrolment_is_lost_and_no_fresh_start() {
    let (sides, recording) = published_once();
    fs::remove_file(sides.online.join("published")).unwrap();
    sides.receive_recording(&recording).exits(8).says("state-lost");
    online(["status"]).state(&sides.online).exits(8).says("state-lost");
    let root = sides.scratch.path("root.crt");
    online(["enrol", "--yes"]).state(&sides.online).arg("--root").arg(root).exits(8).says("state-lost");
}

#[test]
fn any_edited_or_missing_file_of_the_state_is_found() {
    let (sides, recording) = published_once();
    let target = fs::canonicalize(sides.online.join("published")).unwrap();
    let generation = target.parent().unwrap().to_owned();
    let files = tree(&generation);
    assert!(files.len() >= 4, "{files:#?}");
    for (name, bytes) in files {
        let path = generation.join(&name);
        let mut edited = bytes.clone();
        let at = edited.len() / 2;
        edited[at] ^= 1;
        write_through(&path, &edited);
        let ended = online(["status"]).state(&sides.online).run();
        assert_eq!(ended.code, Some(8), "{} was edited\n{ended}", name.display());
        let ended = sides.receive_recording(&recording).run();
        assert_eq!(ended.code, Some(8), "{} was edited\n{ended}", name.display());
        fs::remove_file(&path).unwrap();
        let ended = sides.receive_recording(&recording).run();
        assert_eq!(ended.code, Some(8), "{} is missing\n{ended}", name.display());
        write_through(&path, &bytes);
    }
    sides.receive_recording(&recording).exits(0);
}

/// Files of a generation may be write-protected and have second names; this replaces the name.
fn write_through(path: &Path, bytes: &[u8]) {
    let _ = fs::remove_file(path);
    fs::write(path, bytes).unwrap();
}

#[test]
fn enrolling_again_adds_and_never_resets() {
    let (sides, recording) = published_once();
    let before = tree(&sides.online.join("published/crl"));
    let root = sides.scratch.path("root.crt");
    online(["enrol", "--yes"]).state(&sides.online).arg("--root").arg(&root).exits(0);
    assert_eq!(tree(&sides.online.join("published/crl")), before);
    sides.receive_recording(&recording).exits(0);
    let digest = rootcast_protocol::digest::Digest::of(&sides.root.certificate).to_string();
    online(["enrol", "--sha256", &digest]).state(&sides.online).arg("--root").arg(&root).exits(0);
    let wrong = "00".repeat(32);
    let ended = online(["enrol", "--sha256", &wrong]).state(&sides.online).arg("--root").arg(&root).run();
    assert!(matches!(ended.code, Some(2 | 5)), "{ended}");
}

#[test]
fn enrolment_asks_somebody() {
    let sides = Sides::enrolled();
    let root = sides.scratch.path("root.crt");
    let fresh = sides.scratch.path("fresh");
    // Nobody is there to confirm.
    online(["enrol"]).state(&fresh).arg("--root").arg(&root).exits(2).says("not-confirmed");
    offline(["enrol"]).state(&fresh).arg("--root").arg(&root).exits(2).says("not-confirmed");
    let (file, _) = sides.crl_file(1);
    let link = format!("file:{}", sides.scratch.path("out.frames").display());
    offline(["send"]).state(&sides.offline).link(link).arg(file).exits(2).says("not-confirmed");
    assert!(!sides.scratch.path("out.frames").exists());
}

/// A receiver in the wrong hands is locked in, but it can write into the state: what it leaves there must not carry the
/// next run, which opens the state before it is locked in itself, to folders and files elsewhere.
#[test]
fn links_left_in_the_state_lead_no_run_out_of_it() {
    let (sides, recording) = published_once();
    let elsewhere = sides.scratch.path("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    for name in ["generations", "receipts", "symbols"] {
        let (folder, aside) = (sides.online.join(name), sides.scratch.path("aside"));
        fs::rename(&folder, &aside).unwrap();
        for (from, bytes) in tree(&aside) {
            let to = elsewhere.join(from);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(to, bytes).unwrap();
        }
        fs::create_dir_all(elsewhere.join("precious")).unwrap();
        fs::write(elsewhere.join("precious/file"), "somebody's").unwrap();
        std::os::unix::fs::symlink(&elsewhere, &folder).unwrap();
        let before = tree(&elsewhere);
        sides.receive_recording(&recording).exits(8).says("state-broken").says(name);
        assert_eq!(tree(&elsewhere), before, "{name}");
        fs::remove_file(&folder).unwrap();
        fs::rename(&aside, &folder).unwrap();
    }
    let lock = sides.online.join("lock");
    fs::remove_file(&lock).unwrap();
    std::os::unix::fs::symlink(elsewhere.join("precious/file"), &lock).unwrap();
    sides.receive_recording(&recording).exits(8).says("storage-failed");
    assert_eq!(fs::read(elsewhere.join("precious/file")).unwrap(), b"somebody's");
    fs::remove_file(&lock).unwrap();
    // A folder it only left a link to is none that the next run may reach.
    std::os::unix::fs::symlink(&elsewhere, sides.online.join("more")).unwrap();
    let ended = sides.receive_recording(&recording).exits(0);
    assert!(!ended.stderr.contains(&elsewhere.display().to_string()), "{ended}");
}

fn journal_of(state: &Path) -> PathBuf {
    let journal = state.join("journal.jsonl");
    assert!(journal.is_file(), "{}", journal.display());
    journal
}

#[test]
fn the_journal_notices_edits_reordering_and_a_cut_tail() {
    let sides = Sides::enrolled();
    let state = sides.offline.join("state.json");
    let mut earlier = Vec::new();
    for number in 1..=3 {
        earlier = fs::read(&state).unwrap();
        let (file, _) = sides.crl_file(number);
        let _ = sides.record(&format!("{number}.frames"), &[file]);
    }
    let journal = journal_of(&sides.offline);
    let whole = fs::read_to_string(&journal).unwrap();
    let verify = || offline(["journal", "verify"]).state(&sides.offline);
    verify().exits(0).says("internally consistent");
    let shown = offline(["journal", "show", "--json"]).state(&sides.offline).exits(0);
    let lines: Vec<&str> = whole.lines().collect();
    let last: serde_json::Value = serde_json::from_str(lines.last().unwrap()).unwrap();
    let head = last["digest"].as_str().unwrap_or_else(|| panic!("{last}")).to_owned();
    assert!(shown.stdout.contains(&head), "{shown}");
    verify().args(["--head", &head]).exits(0);
    for at in 0..lines.len() {
        let mut edited: Vec<String> = lines.iter().map(ToString::to_string).collect();
        edited[at] = edited[at].replacen("2026", "2025", 1).replacen("rootcast", "rootcost", 1);
        if edited[at] == lines[at] {
            edited[at] = edited[at].replacen('a', "b", 1);
        }
        fs::write(&journal, edited.join("\n") + "\n").unwrap();
        verify().exits(8).says("journal-broken");
    }
    let mut swapped = lines.clone();
    swapped.swap(1, 2);
    fs::write(&journal, swapped.join("\n") + "\n").unwrap();
    verify().exits(8);
    let mut missing = lines.clone();
    missing.remove(1);
    fs::write(&journal, missing.join("\n") + "\n").unwrap();
    verify().exits(8);
    fs::write(&journal, lines[..lines.len() - 1].join("\n") + "\n").unwrap();
    verify().exits(8).says("was cut");
    // Whoever puts back an older state as well is found by the head on paper only.
    fs::write(&state, earlier).unwrap();
    verify().exits(0).says("That does not show that nobody rewrote or cut the journal.").says("--head WORDS");
    verify().args(["--head", &head]).exits(8).says("journal-broken");
    fs::write(&journal, &whole).unwrap();
    verify().args(["--head", &head]).exits(0);
}

#[test]
fn every_transmission_is_one_journal_entry() {
    let sides = Sides::enrolled();
    let count = || fs::read_to_string(journal_of(&sides.offline)).unwrap().matches("\"kind\":\"transmission\"").count();
    let (file, _) = sides.crl_file(1);
    let _ = sides.record("one.frames", &[&file]);
    assert_eq!(count(), 1);
    let (two, three) = (sides.scratch.path("two.frames"), sides.scratch.path("three.frames"));
    let both = sides.send(&format!("file:{}", two.display()), &[&file]);
    both.link(format!("file:{}", three.display())).exits(0);
    assert_eq!(count(), 3, "one entry a link");
    let never = format!("file:{}", sides.scratch.path("never.frames").display());
    let garbage = sides.scratch.file("garbage", "garbage");
    sides.send(&never, &[garbage]).exits(3);
    assert_eq!(count(), 3, "what was refused was not transmitted");
}

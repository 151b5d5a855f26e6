//! Modes and owners of what the programs make: the umask and the user of one run must not spoil the state for the next.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use rootcast_tests::corpora::skipped;
use rootcast_tests::program::{Program, offline, online};
use rootcast_tests::scratch::tree;
use rootcast_tests::sides::Sides;

/// Somebody who owns nothing here.
const NOBODY: u32 = 65_534;

/// Everything below a folder and the folder itself, without the links.
fn everything(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    let mut next = 0;
    while let Some(path) = found.get(next).cloned() {
        next += 1;
        if path.is_dir() {
            let inside = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
            found.extend(inside.filter(|path| !path.is_symlink()));
        }
    }
    found
}

fn assert_modes(folder: &Path, umask: &str) {
    for path in everything(folder) {
        let mode = path.metadata().unwrap().permissions().mode() & 0o777;
        let expected = if path.is_dir() { 0o755 } else { 0o644 };
        assert_eq!(mode, expected, "{} under umask {umask}: {mode:o}", path.display());
    }
}

/// What the web server could read became unreadable at the next publication, or writable for everybody.
#[test]
fn the_modes_of_what_is_made_do_not_depend_on_the_umask() {
    for umask in ["077", "000", "027"] {
        let sides = Sides::enrolled();
        let root = sides.scratch.path("root.crt");
        let (on, off) = (sides.scratch.path("on"), sides.scratch.path("off"));
        online(["trust", "--yes"]).state(&on).arg("--root").arg(&root).umask(umask).exits(0);
        offline(["trust", "--yes"]).state(&off).arg("--root").arg(&root).umask(umask).exits(0);
        for number in 1..=2 {
            let (file, _) = sides.crl_file(number);
            let pictures = sides.scratch.path(&format!("pictures-{number}"));
            let link = format!("qr:png={}", pictures.display());
            let recording = sides.scratch.path(&format!("{number}.frames"));
            let sent = sides.send_from(&off, &link, &[file]).link(format!("file:{}", recording.display()));
            sent.umask(umask).exits(0);
            let link = format!("file:{}", recording.display());
            online(["receive"]).state(&on).link(link).umask(umask).exits(0);
            assert_modes(&pictures, umask);
        }
        assert_modes(&on, umask);
        assert_modes(&off, umask);
    }
}

/// An earlier version made files as the umask had it: unchanged ones went on into every later generation as they were.
#[test]
fn files_that_an_earlier_version_made_unreadable_are_readable_after_the_next_publication() {
    let sides = Sides::enrolled();
    let (first, _) = sides.crl_file(1);
    let certificate = sides.intermediate_file("Issuing CA").0;
    let recording = sides.record("one.frames", &[first, certificate]);
    sides.receive_recording(&recording).exits(0);
    let published = std::fs::canonicalize(sides.online.join("published")).unwrap();
    for path in everything(published.parent().unwrap()).into_iter().filter(|path| path.is_file()) {
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o600)).unwrap();
    }
    let recording = sides.record("two.frames", &[sides.crl_file(2).0]);
    sides.receive_recording(&recording).exits(0);
    assert_modes(&std::fs::canonicalize(sides.online.join("published")).unwrap(), "022");
}

/// A log may be more private than the state, and belongs to the user. It stays as the umask had it.
#[test]
fn a_log_is_as_private_as_the_umask_of_its_user_wants_it() {
    let sides = Sides::enrolled();
    for (umask, mode) in [("077", 0o600), ("027", 0o640), ("000", 0o644)] {
        let log = sides.scratch.path(&format!("log-{umask}"));
        online(["status"]).state(&sides.online).arg("--log").arg(&log).umask(umask).exits(0);
        assert_eq!(log.metadata().unwrap().permissions().mode() & 0o777, mode, "{umask}");
    }
}

#[test]
fn a_log_that_is_a_symbolic_link_is_refused_and_nothing_is_done() {
    let sides = Sides::enrolled();
    // Nor may a link in a folder above it lead among the published files.
    let folder = sides.scratch.path("folder");
    std::os::unix::fs::symlink(sides.online.join("published"), &folder).unwrap();
    let status = online(["status"]).state(&sides.online).arg("--log").arg(folder.join("log"));
    status.exits(2).says("among the files of the state");
    let (log, other) = (sides.scratch.path("log"), sides.scratch.file("other", "somebody's"));
    std::os::unix::fs::symlink(&other, &log).unwrap();
    let recording = sides.record("one.frames", &[sides.crl_file(1).0]);
    let received = sides.receive_recording(&recording).arg("--log").arg(&log);
    received.exits(8).says("storage-failed").says("symbolic link");
    assert_eq!(std::fs::read(&other).unwrap(), b"somebody's");
    assert!(sides.published().iter().all(|(path, _)| !path.starts_with("crl")));
}

/// A line of a log at the end of the journal would break the chain.
#[test]
fn a_log_is_never_written_among_the_files_of_a_state() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    sides.receive_recording(&sides.record("one.frames", &[&file])).exits(0);
    for (folder, names) in [
        (&sides.offline, ["journal.jsonl", "state.json", "new.jsonl", "items/new.jsonl", "./lock"]),
        (&sides.online, ["enrolled", "contact.json", "new.jsonl", "receipts/new.jsonl", "../online/new.jsonl"]),
    ] {
        let before = tree(folder);
        let link = sides.scratch.path("link");
        std::os::unix::fs::symlink(folder, &link).unwrap();
        for log in names.iter().map(|name| folder.join(name)).chain([link.join("new.jsonl")]) {
            for program in [offline(["check"]), online(["check"])] {
                let refused = program.state(folder).arg("--log").arg(&log).arg(&file).exits(2);
                refused.says("error[usage]").says("among the files of the state").says("Name a file outside");
            }
        }
        assert_eq!(tree(folder), before);
        std::fs::remove_file(&link).unwrap();
    }
    offline(["journal", "verify"]).state(&sides.offline).exits(0);
}

/// A run as root left files that the service's user could not read, change or remove.
#[test]
fn a_state_of_another_user_is_refused_before_anything_is_written() {
    if !rustix::process::geteuid().is_root() {
        return skipped("another user's state: only root can give a state away");
    }
    let sides = Sides::enrolled();
    let recording = sides.record("one.frames", &[sides.crl_file(1).0]);
    let (root, link) = (sides.scratch.path("root.crt"), format!("file:{}", sides.scratch.path("never").display()));
    for state in [&sides.online, &sides.offline] {
        everything(state).iter().for_each(|path| chown(path, Some(NOBODY), Some(NOBODY)).unwrap());
    }
    let before = [tree(&sides.online), tree(&sides.offline)];
    let commands: [Program; 5] = [
        sides.receive_recording(&recording),
        online(["trust", "--yes"]).state(&sides.online).arg("--root").arg(&root),
        sides.send(&link, &[sides.crl_file(2).0]),
        offline(["trust", "--yes"]).state(&sides.offline).arg("--root").arg(&root),
        offline(["bundle", "-o"]).arg(sides.scratch.path("bundle")).state(&sides.offline).arg(sides.crl_file(2).0),
    ];
    for command in commands {
        let ended = command.exits(8);
        ended.says("other-user").says("belongs to user number 65534").says("user number 0 (root)").says("#65534");
    }
    assert_eq!([tree(&sides.online), tree(&sides.offline)], before);
    // A log that root made could not be written by that user.
    let log = sides.scratch.path("log");
    sides.receive_recording(&recording).arg("--log").arg(&log).exits(8).says("other-user").says("would be root's");
    assert!(!log.exists());
    for state in [&sides.online, &sides.offline] {
        let owners: Vec<u32> = everything(state).iter().map(|path| path.metadata().unwrap().uid()).collect();
        assert!(owners.iter().all(|owner| *owner == NOBODY), "{owners:?}");
    }
    // Looking writes nothing.
    online(["status"]).state(&sides.online).exits(0);
    assert!(!sides.scratch.path("never").exists() && !sides.scratch.path("bundle").exists());
}

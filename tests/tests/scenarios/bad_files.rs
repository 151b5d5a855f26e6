//! Files that are not there, are not files, or are far too large; and a disk that is full.

use std::path::Path;
use std::process::Command;

use rootcast_tests::corpora::skipped;
use rootcast_tests::program::{offline, online};
use rootcast_tests::seeds::chance;
use rootcast_tests::sides::Sides;

#[test]
fn a_missing_file_a_directory_and_a_huge_file_are_usage_errors() {
    let sides = Sides::enrolled();
    let huge = sides.scratch.path("huge.crl");
    std::fs::File::create(&huge).unwrap().set_len(10_000_000_000).unwrap();
    let directory = sides.scratch.subfolder("directory.crl");
    let missing = sides.scratch.path("missing.crl");
    let link = format!("file:{}", sides.scratch.path("never.frames").display());
    for (file, label) in [(&huge, "file-too-large"), (&directory, "file-unreadable"), (&missing, "file-unreadable")] {
        let runs = [
            sides.send(&link, &[file]),
            offline(["check"]).state(&sides.offline).arg(file),
            offline(["plan"]).state(&sides.offline).link(&link).arg(file),
            offline(["bundle"]).state(&sides.offline).arg("-o").arg(sides.scratch.path("never.bundle")).arg(file),
            offline(["enrol", "--yes"]).state(&sides.scratch.path("new-offline")).arg("--root").arg(file),
            online(["check"]).state(&sides.online).arg(file),
            online(["enrol", "--yes"]).state(&sides.scratch.path("new-online")).arg("--root").arg(file),
        ];
        for run in runs {
            let ended = run.exits(2);
            ended.says(label).says(&file.file_name().unwrap().to_string_lossy()).says("next:");
            assert!(ended.took.as_secs() < 5, "{ended}");
        }
    }
    assert!(!sides.scratch.path("never.frames").exists() && !sides.scratch.path("never.bundle").exists());
}

#[test]
fn links_that_are_not_there_are_told_apart() {
    let sides = Sides::enrolled();
    let directory = sides.scratch.subfolder("directory");
    let file = sides.scratch.file("file", "x");
    for (link, code) in [
        (format!("file:{}", sides.scratch.path("none.frames").display()), 2),
        (format!("file:{}", directory.display()), 2),
        (format!("qr:images={}", sides.scratch.path("none").display()), 2),
        (format!("qr:images={}", file.display()), 4),
        (format!("serial:{}", sides.scratch.path("ttyNONE").display()), 7),
        (format!("serial:{}", file.display()), 7),
        ("pigeon:coop".to_owned(), 2),
        ("serial".to_owned(), 2),
    ] {
        sides.receive(&[link]).args(["--timeout", "5s"]).exits(code).says("next:");
    }
}

#[test]
fn outputs_that_exist_are_not_overwritten() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    let taken = sides.scratch.file("taken", "precious");
    sides.send(&format!("file:{}", taken.display()), &[&file]).exits(2).says("output-exists");
    offline(["bundle"]).state(&sides.offline).arg("-o").arg(&taken).arg(&file).exits(2).says("output-exists");
    assert_eq!(std::fs::read(&taken).unwrap(), b"precious");
}

#[test]
fn a_recording_of_noise_is_incomplete_and_quick() {
    let sides = Sides::enrolled();
    let noise = sides.scratch.file("noise.frames", chance("a_recording_of_noise").bytes(20_000_000));
    let ended = sides.receive_recording(&noise).exits(4);
    assert!(ended.took.as_secs() < 20 && ended.peak_kib < 150_000, "{} KiB\n{ended}", ended.peak_kib);
}

/// A small file system of its own, unmounted when dropped.
pub(super) struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    pub(super) fn mount(at: &'a Path) -> Option<Self> {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=300k", "tmpfs"]).arg(at).output();
        mounted.is_ok_and(|ended| ended.status.success()).then_some(Self(at))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).output();
    }
}

#[test]
fn a_full_disk_changes_nothing_and_is_healed_by_receiving_again() {
    let sides = Sides::enrolled();
    let mount = sides.scratch.subfolder("small-disk");
    let Some(_disk) = SmallDisk::mount(&mount) else {
        return skipped("a full disk: a small tmpfs cannot be mounted here (needs root)");
    };
    let state = mount.join("online");
    let certificate = sides.scratch.path("root.crt");
    online(["enrol", "--yes"]).state(&state).arg("--root").arg(&certificate).exits(0);
    let (one, first) = sides.crl_file(1);
    let recording = sides.record("one.frames", &[one]);
    let receive = |recording: &Path| online(["receive"]).state(&state).link(format!("file:{}", recording.display()));
    receive(&recording).exits(0);
    let before = rootcast_tests::scratch::tree(&state.join("published"));
    // Fill it to the last page.
    let ballast = mount.join("ballast");
    let mut size = 300 * 1024;
    while std::fs::write(&ballast, vec![1; size]).is_err() {
        size -= 4096;
    }
    let (two, second) = sides.long_crl_file(2, 1500, &mut chance("a_full_disk"));
    let recording = sides.record("two.frames", &[two]);
    receive(&recording).exits(8).says("next:");
    assert_eq!(rootcast_tests::scratch::tree(&state.join("published")), before);
    assert!(before.iter().any(|(_, bytes)| *bytes == first));
    online(["status"]).state(&state).exits(0);
    std::fs::remove_file(&ballast).unwrap();
    receive(&recording).exits(0);
    let after = rootcast_tests::scratch::tree(&state.join("published"));
    assert!(after.iter().any(|(_, bytes)| *bytes == second));
}

#[test]
fn an_output_on_a_full_disk_is_a_storage_error() {
    let sides = Sides::enrolled();
    let mount = sides.scratch.subfolder("small-disk");
    let Some(_disk) = SmallDisk::mount(&mount) else {
        return skipped("output to a full disk: a small tmpfs cannot be mounted here (needs root)");
    };
    std::fs::write(mount.join("ballast"), vec![1; 290 * 1024]).unwrap();
    let (file, _) = sides.long_crl_file(1, 1500, &mut chance("output_on_a_full_disk"));
    sides.send(&format!("file:{}", mount.join("out.frames").display()), &[&file]).exits(8).says("next:");
    sides.send(&format!("qr:png={}", mount.join("pictures").display()), &[&file]).exits(8).says("next:");
    for kind in ["gif", "html", "pdf"] {
        let link = format!("qr:{kind}={},ec=H", mount.join(format!("out.{kind}")).display());
        sides.send(&link, &[&file]).exits(8).says("next:");
    }
}

#[test]
fn a_recording_that_is_none_is_named_with_one_thing_to_do() {
    let sides = Sides::enrolled();
    let (crl, der) = sides.crl_file(1);
    let pem = format!("-----BEGIN X509 CRL-----\n{}\n", "MIIB".repeat(12));
    for (file, said, next) in [
        (crl.clone(), "It is a CRL", "rootcast-online check"),
        (sides.scratch.file("pem.crl", pem), "It is a CRL", "rootcast-online check"),
        (sides.scratch.file("root.crt", &sides.root.certificate), "It is a certificate", "rootcast-online check"),
        (sides.scratch.file("root.frames.gz", [&[0x1f, 0x8b, 8][..], &der].concat()), "gzip", "gunzip"),
        (sides.scratch.file("a.png", b"\x89PNG\r\n\x1a\n"), "It is a picture", "qr:images=FILE"),
        (sides.scratch.file("a.wav", b"RIFF\x24\0\0\0WAVEfmt "), "It is a WAV file", "audio:wav=FILE"),
    ] {
        let ended = sides.receive(&[format!("file:{}", file.display())]).exits(2);
        ended.says("file-unreadable").says("is no recording").says(said).says(next);
        assert_eq!(ended.stderr.matches("next:").count(), 1, "{ended}");
    }
    // A recording whose beginning is damaged is one.
    let recording = sides.record("one.frames", &[crl]);
    let whole = std::fs::read(&recording).unwrap();
    std::fs::write(&recording, [&[0x1f, 0x8b, 8][..], &whole].concat()).unwrap();
    sides.receive_recording(&recording).exits(0);
    sides.assert_published(&der);
}

#[test]
fn a_file_system_without_links_is_found_when_a_root_is_trusted() {
    if !Command::new("strace").arg("true").output().is_ok_and(|ended| ended.status.success()) {
        return skipped("a file system without links: `strace` is not installed, or tracing is not permitted here");
    }
    let sides = Sides::enrolled();
    let root = sides.scratch.path("root.crt");
    for (calls, said) in [("link,linkat", "has no hard links"), ("symlink,symlinkat", "has no symbolic links")] {
        let inject = format!("inject={calls}:error=EPERM");
        let trace = format!("trace={calls}");
        let state = sides.scratch.path(calls);
        let trust = online(["trust", "--yes"]).state(&state).arg("--root").arg(&root);
        let strace = ["strace", "-f", "-o", "/dev/null", "-e", &trace, "-e", &inject];
        let ended = trust.started_by(strace).exits(8);
        ended.says("storage-failed").says(said).says("ext4").says("Trust is unchanged");
        // On a file system that has them the same command succeeds, whatever was left.
        online(["trust", "--yes"]).state(&state).arg("--root").arg(&root).exits(0);
    }
}

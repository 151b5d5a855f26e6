//! What cannot be written: a result, a log, an output, a bundle. It is told, and what can be undone is undone.

use std::fs;
use std::process::{Command, Stdio};

use rootcast_tests::program::{Program, offline, online};
use rootcast_tests::sides::Sides;

/// Runs a program under `sh` after `before`, its line followed by `after`; gives the exit code and standard error.
fn under_shell(before: &str, program: &Program, after: &str) -> (Option<i32>, String) {
    let path = format!("{}:{}", rootcast_tests::program::folder().display(), std::env::var("PATH").unwrap());
    let line = format!("{before} {} {after}", program.line());
    let command = Command::new("bash")
        .args(["-c", &line])
        .env("PATH", path)
        .env("COLUMNS", "1000")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (command.status.code(), format!("$ {line}\n{}", String::from_utf8_lossy(&command.stderr)))
}

#[test]
fn a_result_that_cannot_be_printed_is_a_storage_failure() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    let recording = sides.record("one.frames", &[&file]);
    sides.receive_recording(&recording).exits(0);
    for program in [
        offline(["journal", "show"]).state(&sides.offline),
        offline(["check", "--json"]).state(&sides.offline).arg(&file),
        online(["status", "--json"]).state(&sides.online),
    ] {
        let (code, text) = under_shell("", &program, ">/dev/full");
        assert_eq!(code, Some(8), "{text}");
        assert!(text.contains("storage-failed"), "{text}");
        // Whoever stops reading is no failure: head(1) does.
        let (code, text) = under_shell("set -o pipefail;", &program, "| true");
        assert!(matches!(code, Some(0)), "{text}");
    }
}

#[test]
fn a_log_that_cannot_be_written_is_a_storage_failure_on_both_sides() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    let recording = sides.record("one.frames", &[&file]);
    sides.receive_recording(&recording).args(["--log", "/dev/full"]).exits(8).says("log");
    assert!(sides.published().iter().any(|(path, _)| path.starts_with("crl")), "the log stopped the publication");
    for program in [offline(["journal", "verify"]).state(&sides.offline), online(["status"]).state(&sides.online)] {
        program.args(["--log", "/nowhere/log"]).exits(8).says("storage-failed");
    }
}

#[test]
fn a_file_size_limit_is_told_and_does_not_kill() {
    let sides = Sides::enrolled();
    let (file, _) = sides.long_crl_file(1, 2_000, &mut rootcast_tests::seeds::chance("file_size_limit"));
    let target = sides.scratch.path("large.frames");
    let send = sides.send(&format!("file:{}", target.display()), &[&file]);
    let (code, text) = under_shell("ulimit -f 40;", &send, "");
    assert_eq!(code, Some(8), "{text}");
    assert!(text.contains("storage-failed"), "{text}");
    let recording = sides.record("whole.frames", &[&file]);
    let (code, text) = under_shell("ulimit -f 20;", &sides.receive_recording(&recording), "");
    assert_eq!(code, Some(8), "{text}");
    assert!(text.contains("storage-failed"), "{text}");
    sides.receive_recording(&recording).exits(0);
}

#[test]
fn a_low_limit_of_open_files_is_raised_or_told_once() {
    let sides = Sides::enrolled();
    let (file, crl) = sides.crl_file(1);
    let recording = sides.scratch.path("sent.frames");
    let sent = sides.send(&format!("file:{}", recording.display()), &[&file]);
    let (code, text) = under_shell("ulimit -n 100;", &sent, "");
    assert_eq!(code, Some(8), "{text}");
    assert!(text.contains("at most 100 files may be open (ulimit -n): links need 256"), "{text}");
    let (code, text) = under_shell("ulimit -Sn 20;", &sent, "");
    assert_eq!(code, Some(0), "{text}");

    let pictures = sides.scratch.path("pictures");
    sides.send(&format!("qr:png={},version=20", pictures.display()), &[&file]).exits(0);
    let receive = sides.receive(&[format!("qr:images={}", pictures.display())]);
    let (code, text) = under_shell("ulimit -n 100;", &receive, "");
    assert_eq!(code, Some(7), "{text}");
    assert!(text.contains("at most 100 files may be open (ulimit -n): links need 256"), "{text}");
    assert!(!text.contains("not a readable picture"), "{text}");
    let (code, text) = under_shell("ulimit -Sn 20;", &receive, "");
    assert_eq!(code, Some(0), "{text}");
    sides.assert_published(&crl);
}

#[test]
fn an_output_that_failed_before_its_first_frame_is_not_in_the_way() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    let target = sides.scratch.path("pictures");
    // The first picture is too large for the limit; state and journal stay far below it.
    let link = |scale: u32| format!("qr:png={},version=40,scale={scale}", target.display());
    let (code, text) = under_shell("ulimit -f 10;", &sides.send(&link(40), &[&file]), "");
    assert_eq!(code, Some(8), "{text}");
    assert!(text.contains("before its first frame"), "{text}");
    // A program that is locked in may not remove the folder it made; empty, it is in nobody's way.
    assert_eq!(fs::read_dir(&target).unwrap().count(), 0, "{text}");
    sides.send(&link(40), &[&file]).exits(0);
}

#[test]
fn a_bundle_that_cannot_be_written_uses_no_number() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    let nowhere = sides.scratch.path("nowhere/c.bundle");
    let bundle = |path: &std::path::Path| offline(["bundle", "-o"]).arg(path).state(&sides.offline).arg(&file);
    let ended = bundle(&nowhere).exits(8);
    ended.says("No manifest number was used");
    let journal = fs::read_to_string(sides.offline.join("journal.jsonl")).unwrap();
    assert!(!journal.contains("\"kind\":\"bundle\""), "{journal}");
    let made = bundle(&sides.scratch.path("c.bundle")).arg("--json").exits(0).json();
    assert_eq!(made["manifest_number"], 1, "{made}");
}

/// What was begun on a full disk would be in the way of the next try, and be taken for a whole file.
#[test]
fn a_new_file_that_cannot_be_finished_is_taken_away_again() {
    let sides = Sides::enrolled();
    let (file, _) = sides.long_crl_file(1, 2_000, &mut rootcast_tests::seeds::chance("unfinished"));
    let path = |name: &str| sides.scratch.path(name);
    sides.scratch.file("SITE.toml", "[key]\nrehearsal_key = \"made.p8\"\n[approvals]\nrequired = 0\n");
    let request = "[root]\nkey = \"ecdsa-p384\"\nsubject = \"CN=Example Root,O=Example,C=CH\"\n\
                   not_before = \"2026-11-21T00:00:00Z\"\nnot_after = \"2046-11-21T00:00:00Z\"\n";
    sides.scratch.file("first.toml", request);
    // Blocks of 1,024 bytes: fewer than each file has, and as many as what else is written.
    for (blocks, output, program) in [
        (8, "made.bundle", offline(["bundle", "-o"]).arg(path("made.bundle")).state(&sides.offline).arg(&file)),
        (1, "new.toml", offline(["ceremony", "new", "-o"]).arg(path("new.toml"))),
        (1, "audit.pdf", offline(["journal", "audit", "--pdf"]).arg(path("audit.pdf")).state(&sides.offline)),
        (0, "made.key", offline(["key", "new", "-o"]).arg(path("made.key"))),
        (0, "online.key", online(["key", "new", "-o"]).arg(path("online.key"))),
        (0, "made.p8", offline(["ceremony", "keygen", "--site"]).arg(path("SITE.toml")).arg(path("first.toml"))),
    ] {
        let (code, text) = under_shell(&format!("ulimit -f {blocks};"), &program, "");
        assert!(matches!(code, Some(7 | 8)) && text.contains("File too large"), "{output}: {code:?}\n{text}");
        assert!(!path(output).exists(), "{output} is left\n{text}");
    }
    offline(["key", "new", "-o"]).arg(path("made.key")).exits(0);
}

#[test]
fn a_transmission_that_its_time_ended_too_early_is_not_called_complete() {
    let sides = Sides::enrolled();
    let (file, _) = sides.long_crl_file(1, 2_000, &mut rootcast_tests::seeds::chance("ended_early"));
    let link = format!("file:{}", sides.scratch.path("short.frames").display());
    let ended = sides.send(&link, &[&file]).args(["--for", "100ms"]).exits(0);
    ended.says("NOT ENOUGH").says("ended by its time");
    let shown = offline(["journal", "show"]).state(&sides.offline).exits(0);
    shown.says("fewer than the");
    assert!(!shown.stdout.contains("complete"), "{shown}");
    sides.send(&link, &[&file]).args(["--for", "0s"]).exits(2);
}

#[test]
fn a_refused_command_line_is_a_json_document_too() {
    for program in [
        online(["--json", "status", "--state", "x", "--warn", "30"]),
        online(["--json", "receive", "--state", "x"]),
        online(["--json", "--bogus"]),
        online(["--json", "held"]),
        online(["--json"]),
        offline(["--json", "--bogus"]),
    ] {
        let ended = program.exits(2);
        assert_eq!(ended.json()["error"]["label"], "usage", "{ended}");
    }
}

#[test]
fn names_with_invisible_characters_are_escaped_in_json_and_in_the_log() {
    let sides = Sides::enrolled();
    let name = "a\u{9b}2J\u{202e}b.crl";
    let file = sides.scratch.file(name, "no item");
    let log = sides.scratch.path("log.jsonl");
    for program in
        [online(["check", "--json"]).state(&sides.online), offline(["check", "--json"]).state(&sides.offline)]
    {
        let ended = program.arg(&file).arg("--log").arg(&log).run();
        assert!(ended.json().to_string().contains(name), "the document says something else\n{ended}");
        let logged = fs::read_to_string(&log).unwrap();
        for text in [&ended.stdout, &ended.stderr, &logged] {
            assert!(!text.contains(['\u{9b}', '\u{202e}']), "{text:?}");
        }
    }
}

//! What hurt whoever took the tools to an existing root for the first time: a comparison that nobody made and no paper
//! told, warnings that scrolled away, files taken for folders, and advice that could not be followed.

use rootcast_protocol::words::{SHORT, spell};
use rootcast_tests::pty::Seat;

use super::super::bad_files::SmallDisk;
use super::pinned::PeopleRoom;
use super::*;

/// The record of the ceremony in `folder`, and its rows of facts alone.
fn record(room: &Room, folder: &str) -> (String, String) {
    let text = fs::read_to_string(room.path(folder).join("record.md")).unwrap();
    let facts = text.split("## ").find(|part| part.starts_with("Facts")).unwrap().to_owned();
    (text, facts)
}

/// A room with a request for a certificate, in `second.toml`.
fn room_with_a_csr() -> Room {
    let room = Room::after_the_first();
    room.csr();
    room.scratch.file("second.toml", room.next_request("first", room.now - 60, &room.certificate()));
    room
}

/// The last `lines` lines of a text.
fn last_lines(ended: &str, lines: usize) -> String {
    let all: Vec<&str> = ended.trim_end().lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

#[test]
fn a_certification_request_whose_words_nobody_compared_is_told_up_to_the_first_page_of_the_record() {
    let room = room_with_a_csr();
    let ended = room.rehearse("second.toml", "second").exits(0);
    let warning = "WARNING: REQ-CSR: the words of issuing.csr were NOT COMPARED with paper";
    assert!(last_lines(&ended.stderr, 3).contains(warning), "{ended}");
    room.sign("second").exits(0).says("WARNING: REQ-CSR: issuing.csr: words NOT COMPARED with paper");
    let (text, facts) = record(&room, "second");
    assert!(facts.contains("| certification request | issuing.csr: words NOT COMPARED with paper |"), "{text}");
    assert!(text.contains("  - words, NOT COMPARED with paper: "), "a box to tick would say the opposite\n{text}");
    assert!(!text.contains("[ ] words, NOT COMPARED"), "{text}");
}

#[test]
fn a_certification_request_whose_words_were_typed_is_told_so_in_the_record() {
    let room = room_with_a_csr();
    room.tool(true, "openssl", &["req", "-in", "issuing.csr", "-outform", "DER", "-out", "issuing.der"]);
    let digest = Digest::of(&fs::read(room.path("issuing.der")).unwrap());
    let words = spell(digest.as_bytes(), SHORT);
    let mut seat = Seat::start(&room.rehearse("second.toml", "second"), 160, 60);
    seat.wait_for_text("Type the 8 words of issuing.csr");
    seat.type_keys(&format!("{words}\n"));
    seat.wait_for_text("Next: each approver signs");
    let screen = seat.screen();
    assert_eq!(seat.running.wait().code, Some(0), "{screen}");
    let signed = room.sign("second").exits(0);
    assert!(!signed.stderr.contains("NOT COMPARED"), "{signed}");
    let (text, facts) = record(&room, "second");
    let row = "| certification request | issuing.csr: words compared with paper at the rehearsal |";
    assert!(facts.contains(row), "{text}");
    assert!(text.contains(&format!("  - [ ] words, typed from paper: {words}")), "{text}");
}

#[test]
fn a_rehearsal_that_would_not_be_signed_ends_with_why_and_not_with_the_next_step() {
    let room = Room::after_the_first();
    room.scratch.file("second.toml", room.next_request("first", room.now - 60, ""));
    // A token that is not there, and no pinned key.
    let site = "[key]\nmodule = \"none.so\"\ntoken_label = \"root\"\ntoken_serial = \"1\"\nkey_label = \"root\"\n[approvals]\nrequired = 0\n";
    room.scratch.file("OTHER.toml", site);
    let rehearse =
        |site: &str, folder: &str| room.run(&["rehearse", "--site", site, "second.toml", "-o", folder]).exits(0);
    let refused = rehearse("OTHER.toml", "refused");
    let end = last_lines(&refused.stderr, 12);
    for text in
        ["`ceremony sign` would refuse this rehearsal now", "none.so", "no public_key_sha256", "Next: put this right"]
    {
        assert!(end.contains(text), "{text}\n{refused}");
    }
    assert!(!refused.stdout.contains("Next: each approver signs"), "{refused}");
    assert!(refused.stdout.contains("The listing. Nobody signs it yet"), "{refused}");
    let ready = rehearse("SITE.toml", "ready");
    assert!(ready.stdout.contains("Next: each approver signs") && !ready.stderr.contains("would refuse"), "{ready}");
    for (site, folder, count) in [("OTHER.toml", "refused-json", 2), ("SITE.toml", "ready-json", 0)] {
        let arguments = ["rehearse", "--site", site, "second.toml", "-o", folder, "--json"];
        let document = room.run(&arguments).exits(0).json();
        assert_eq!(document["would_refuse"].as_array().map(Vec::len), Some(count), "{document}");
    }
}

#[test]
fn a_file_for_a_folder_or_the_two_exchanged_is_a_typing_error_and_no_refused_attempt() {
    let room = Room::after_the_first();
    let before = room.journal();
    let sign = |site: &str, folder: &str| room.run(&["sign", "--site", site, folder, "--yes"]).exits(2);
    let untouched = "Nothing was signed. No key was used, no number burned, nothing sent.";
    sign("SITE.toml", "first/to-be-signed.txt").says("error[usage]").says("Give the folder: first").says(untouched);
    sign("SITE.toml", "SITE.toml").says("a folder is expected").says(untouched);
    sign("first", "SITE.toml").says("Exchange the two: --site SITE.toml first").says(untouched);
    sign("first", "first").says("--site is first. It is a directory; a file is expected.").says(untouched);
    room.run(&["record", "SITE.toml"]).exits(2).says("error[usage]").says("a folder is expected");
    room.run(&["rehearse", "--site", "first", "first.toml", "-o", "no"]).exits(2).says("Give the file: --site FILE");
    let folder = room.run(&["rehearse", "--site", "SITE.toml", "first", "-o", "no"]).exits(2);
    folder.says("REQUEST is first. It is a directory").says("Give the path of a file in the place of REQUEST.");
    let inside = room.run(&["record", "to-be-signed.txt"]).within(&room.path("first")).exits(2);
    inside.says("Give the folder that you are in: .");
    room.run(&["record", "."]).within(&room.path("first")).exits(0);
    let missing = room.run(&["sign", "--site", "none.toml", "first", "--yes"]).exits(2);
    missing.says("Could not read none.toml. Nothing was signed or sent.");
    assert_eq!(room.journal(), before, "a typing error is no attempt to sign");
    // A second value without its option.
    let values = ["sign", "--site", "SITE.toml", "first", "--approval", "alice.sig", "bob.sig"];
    room.run(&values).exits(2).says("Give --approval before each of its values.");
}

#[test]
fn an_attempt_on_a_folder_that_somebody_changed_is_in_its_record() {
    let room = Room::with_rehearsal_key();
    room.run(&["keygen", "--site", "SITE.toml", "first.toml"]).exits(0);
    room.rehearse("first.toml", "first").exits(0);
    let ended = room.run(&["record", "first"]).exits(0);
    assert!(ended.stdout.contains("do not sign it") && !ended.stdout.contains("Print"), "{ended}");
    let dump = room.path("first/dump.txt");
    let right = fs::read(&dump).unwrap();
    fs::write(&dump, [&right[..], b"more"].concat()).unwrap();
    room.sign("first").exits(3).says("rehearsal-changed");
    fs::write(&dump, right).unwrap();
    room.sign("first").exits(0);
    let (text, facts) = record(&room, "first");
    assert!(text.contains("ceremony-refused: rehearsal-changed: SIGN-REHEARSED: dump.txt has the SHA-256"), "{text}");
    assert!(facts.contains("Distances of time count from the signing, 20"), "{text}");
    assert!(facts.contains("| CRL number | 1, extension cRLNumber |") && !facts.contains("| cRLNumber |"), "{text}");
    room.run(&["record", "first"]).exits(0).says("Print, tick and sign it.");
}

#[test]
fn who_approved_is_said_of_each_step_in_the_record_and_why_an_approval_does_not_count_once_on_the_screen() {
    let Some(this) = PeopleRoom::before_the_first() else { return };
    let room = &this.0;
    this.rule(2, &["alice", "bob"], &[]);
    room.run(&["keygen", "--site", "SITE.toml", "first.toml"]).exits(0);
    room.rehearse("first.toml", "first").exits(0);
    let alice = this.approvals("first", &["alice"]);
    let wrong = room.sign("first").args(&alice).args(["--approval", "alice.pub"]).exits(3);
    assert_eq!(wrong.stderr.matches("this is a public key, and no signature").count(), 1, "{wrong}");
    wrong
        .says("approval first-alice.sig: alice")
        .says("Give every signature file that exists, with --approval before each");
    this.sign("first", &["alice", "bob"]).exits(0);
    let (text, _) = record(room, "first");
    let happened = text.split("## ").find(|part| part.starts_with("What happened")).unwrap();
    let steps: Vec<&str> = happened.split("\n- ").skip(1).collect();
    for step in &steps {
        // The key was made before anybody approved, and the journal has no approvals of what it trusts by itself.
        let has_none = step.contains(", key-made: ") || step.contains(", enrol: ");
        assert_eq!(step.contains("  - approved by alice and bob"), !has_none, "{step}\n{text}");
    }
    assert!(steps.iter().any(|step| step.contains("key-made")) && steps.len() > 4, "{text}");
    assert!(!text.contains("the steps below"), "{text}");
    let refused = text.split("## ").find(|part| part.starts_with("Refused attempts")).unwrap();
    assert!(refused.contains("approved by alice\n"), "{text}");
    assert!(!refused.contains('…'), "{text}");
}

#[test]
fn what_is_given_for_a_certification_request_is_named() {
    let room = room_with_a_csr();
    room.scratch
        .file("alice.pub", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFjOOR3jl2sU5VQXlx4uHGX0l2SVzN3tr0biGah alice\n");
    // Not by its own name: that is the file of the root itself.
    fs::copy(room.path("first/signed/root.crt"), room.path("old.crt")).unwrap();
    fs::copy(room.path("first/signed/root.crl"), room.path("old.crl")).unwrap();
    for (file, says) in [
        ("old.crt", "it is a certificate, not a request (PKCS#10). Give the request (.csr). For a renewal, name the"),
        ("old.crl", "it is a CRL, not a request (PKCS#10)"),
        ("alice.pub", "it is an SSH public key, not a request (PKCS#10)"),
    ] {
        let certificate = room.certificate().replace("issuing.csr", file);
        room.scratch.file("wrong.toml", room.next_request("first", room.now - 60, &certificate));
        room.rehearse("wrong.toml", "wrong").exits(3).says("REQ-CSR").says(says);
    }
    let request = room.next_request("first", room.now - 60, "").replace("first/signed/root.crt", "issuing.csr");
    room.scratch.file("wrong.toml", request);
    let wrong = room.rehearse("wrong.toml", "wrong").exits(2);
    wrong.says("wrong.toml, line 1: issuing.csr is not the certificate of the issuer").says("certification request");
    assert!(!wrong.stderr.contains("Check --state"), "{wrong}");
}

#[test]
fn two_clocks_that_disagree_end_the_run_and_the_next_step_is_one_that_the_program_allows() {
    let room = Room::with_rehearsal_key();
    room.run(&["keygen", "--site", "SITE.toml", "first.toml"]).exits(0);
    room.rehearse("first.toml", "first").exits(0);
    let wrong = at(rootcast_host::clock::now() + 2 * 3600);
    let refused = room.run(&["sign", "--site", "SITE.toml", "first", "--yes", "--utc", &wrong]).exits(3);
    refused.says("REQ-CLOCK").says("run the same command again").says("the approvals still count");
    assert!(!refused.stderr.contains("clock on the wall"), "{refused}");
}

#[test]
fn a_state_that_cannot_be_written_or_read_says_what_was_not_signed() {
    let room = Room::after_the_first();
    room.scratch.file("second.toml", room.next_request("first", room.now - 60, ""));
    room.rehearse("second.toml", "second").exits(0);
    // The same state on a small disk that is full.
    let mount = room.scratch.subfolder("small");
    if let Some(_disk) = SmallDisk::mount(&mount) {
        room.tool(true, "cp", &["-a", "state", "small/state"]);
        let mut size = 300 * 1024;
        while fs::write(mount.join("ballast"), vec![1; size]).is_err() {
            size -= 4096;
        }
        let sign = offline(["ceremony", "sign", "--site", "SITE.toml", "second", "--yes"]).args(room.paper_head());
        let full = sign.state(&mount.join("state")).within(room.scratch.folder()).exits(8);
        full.says("storage-failed")
            .says("Nothing was signed. No key was used, no number burned")
            .says("Free some space on this disk");
    } else {
        skipped("a signing on a full disk: a small tmpfs cannot be mounted here (needs root)");
    }
    fs::write(room.path("state/state.json"), "{").unwrap();
    let broken = room.rehearse("second.toml", "again").exits(8);
    broken.says("The rehearsal was stopped. No key was used, no number burned");
    let trust = offline(["trust", "--yes", "--root", "none.crt"]).state(&room.path("new"));
    let missing = trust.within(room.scratch.folder()).exits(2);
    missing.says("Could not read none.crt. Trust is unchanged. Nothing was sent.");
}

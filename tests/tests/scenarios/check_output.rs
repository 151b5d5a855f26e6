//! What `check` shows: every file its verdict, the same on both sides, in an order and a form that people read.

use std::path::Path;
use std::process::Command;

use rootcast_protocol::manifest::ItemKind;
use rootcast_tests::forged;
use rootcast_tests::program::{Ended, offline, online};
use rootcast_tests::scratch::Scratch;
use rootcast_tests::sides::{Sides, crl_of, fresh_root};
use rootcast_tests::throwaway_ca::der_writer::tlv;
use rootcast_tests::throwaway_ca::{DAY, EntryDraft, ExtensionDraft, ThrowAwayCa};
use serde_json::Value;

/// The verdict of each file, in order.
fn verdicts(ended: &Ended) -> Vec<String> {
    let document = ended.json();
    let files = document["files"].as_array().unwrap_or_else(|| panic!("{ended}")).clone();
    files.iter().map(|file| file["verdict"].as_str().unwrap().to_owned()).collect()
}

fn two_crls(scratch: &Scratch, root: &ThrowAwayCa) -> (std::path::PathBuf, std::path::PathBuf) {
    let mut before = crl_of(root, 1);
    let mut now = crl_of(root, 2);
    for serial in 0..30_u8 {
        let entry = EntryDraft::of(&[0x41, serial], root.now - 90 * DAY, Some(4));
        if serial != 3 {
            now.entries.push(entry.clone());
        }
        before.entries.push(entry);
    }
    now.entries.push(EntryDraft::of(&[0x42], root.now - 35 * DAY, Some(1)));
    scratch.file("root.crt", &root.certificate);
    (scratch.file("before.crl", before.sign()), scratch.file("now.crl", now.sign()))
}

/// What to do about a finding differs: one side signs, the other publishes.
fn without_help(mut document: Value) -> Value {
    let files = document["files"].as_array_mut().unwrap();
    let findings = files.iter_mut().filter_map(|file| file["findings"].as_array_mut()).flatten();
    let helped = findings.filter_map(|finding| finding.as_object_mut().unwrap().remove("help")).count();
    assert!(helped > 3, "{document}");
    document
}

#[test]
fn both_sides_find_the_same_in_a_file_without_any_state() {
    let (scratch, root) = (Scratch::new(), fresh_root("Example Root 2026"));
    let (before, now) = two_crls(&scratch, &root);
    let intermediate = scratch.file("ca.crt", root.intermediate("Example CA").sign());
    let nonsense = scratch.file("nonsense.crl", "nothing of the kind");
    let with = |program: rootcast_tests::program::Program, at: &[&str]| {
        let files = [&now, &before, &intermediate, &nonsense, &scratch.path("root.crt")];
        let stateless = program.args(files).arg("--issuer").arg(scratch.path("root.crt"));
        stateless.arg("--previous").arg(&before).args(at)
    };
    for at in [&[][..], &["--profile", "webpki"], &["--at", "2036-01-01T00:00:00Z"]] {
        let here = without_help(with(offline(["check", "--json"]), at).exits(3).json());
        let there = without_help(with(online(["check", "--json"]), at).exits(5).json());
        assert_eq!(here, there, "{at:?}");
        let text = |ended: &Ended| {
            let all = format!("{}{}", ended.stdout, ended.stderr);
            all.lines().filter(|line| !line.starts_with("   = help: ")).collect::<Vec<_>>().join("\n")
        };
        let (here, there) = (with(offline(["check"]), at).exits(3), with(online(["check"]), at).exits(5));
        assert_eq!(text(&here).trim(), text(&there).trim(), "{at:?}");
    }
}

#[test]
fn every_file_gets_its_verdict_though_one_is_missing() {
    let (scratch, root) = (Scratch::new(), fresh_root("Example Root 2026"));
    scratch.file("root.crt", &root.certificate);
    let good = scratch.file("good.crl", crl_of(&root, 1).sign());
    let bad = scratch.file("bad.crl", "nothing of the kind");
    for program in [online(["check", "--json"]), offline(["check", "--json"])] {
        let ended = program.arg(&bad).arg(scratch.path("missing.crl")).arg(&good).arg("--issuer");
        let ended = ended.arg(scratch.path("root.crt")).exits(2);
        assert_eq!(verdicts(&ended), ["rejected", "rejected", "accepted"], "{ended}");
        let document = ended.json();
        assert_eq!(document["error"]["label"], "file-unreadable");
        assert_eq!(document["files"][1]["kind"], "unknown");
        assert_eq!(document["files"][1]["error"]["exit"], 2);
        assert!(document["files"][1]["file"].as_str().unwrap().ends_with("missing.crl"));
        ended.says("ITEM-KIND").says("next:");
    }
}

#[test]
fn the_exit_code_is_the_worst_of_the_files() {
    let sides = Sides::enrolled();
    let (one, _) = sides.crl_file(1);
    let (two, _) = sides.crl_file(2);
    sides.receive_recording(&sides.record("two.frames", &[&two])).exits(0);
    let mut jump = sides.crl(3);
    jump.set_extension(ExtensionDraft::crl_number(&[0x7f, 0, 0]));
    let jump = sides.scratch.file("jump.crl", jump.sign());
    let nonsense = sides.scratch.file("nonsense.crl", "nothing of the kind");
    let check = |files: &[&Path]| online(["check"]).state(&sides.online).args(files);
    check(&[&two]).exits(0);
    check(&[&two, &jump]).exits(9);
    check(&[&jump, &nonsense, &two]).exits(5);
    check(&[&one, &nonsense, &jump]).exits(6);
    offline(["check"]).state(&sides.offline).args([&two, &one, &nonsense]).exits(3);
}

#[test]
fn findings_come_worst_first_with_place_reference_and_help() {
    let (scratch, root) = (Scratch::new(), fresh_root("Example Root 2026"));
    let (_, now) = two_crls(&scratch, &root);
    let mut old = crl_of(&root, 1);
    old.issued_at(root.now - 40 * DAY, root.now + 100 * DAY);
    old.set_extension(ExtensionDraft::issuing_distribution_point(&[tlv(0x82, &[0xff])]));
    let old = scratch.file("old.crl", old.sign());
    let ended = online(["check"]).arg(&old).arg("--issuer").arg(scratch.path("root.crt"));
    let ended = ended.arg("--previous").arg(&now).exits(6);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert!(lines[0].starts_with("rejected  ") && lines[0].contains("old.crl: CRL number 1 of CN="), "{ended}");
    assert!(lines[1].starts_with("  words    ") && lines[2].starts_with("  SHA-256  "), "{ended}");
    let severities: Vec<&str> = lines.iter().filter_map(|line| line.split_once("[C")).map(|(word, _)| word).collect();
    assert!(severities.len() >= 5 && severities.iter().all(|word| ["reject", "hold", "warn"].contains(word)));
    let weight = |word: &&str| ["reject", "hold", "warn"].iter().position(|known| known == word);
    assert!(severities.is_sorted_by_key(weight) && severities.contains(&"hold"), "{severities:?}");
    let after = lines.iter().position(|line| line.starts_with("reject[CRL-NUMBER-LOWER]: number 1 ")).unwrap();
    let about: Vec<&str> = lines[after + 1..].iter().copied().take_while(|line| line.starts_with(' ')).collect();
    assert!(about.contains(&"   = see RFC 5280 5.2.3"), "{about:?}");
    assert!(about.iter().any(|line| line.starts_with("   = help: Do not publish it")), "{about:?}");
    let parties = lines.iter().position(|line| line.starts_with("relying parties that would not process")).unwrap();
    assert!(lines[parties + 1].starts_with("  NSS      ") && lines[parties + 2].starts_with("  webpki   "), "{ended}");
    assert_eq!(*lines.last().unwrap(), "rejected: 2 rejects, 1 hold, 2 warnings", "{ended}");
    // Who signs is not told to ask the side that signs.
    let ended = offline(["check"]).arg(&old).arg("--issuer").arg(scratch.path("root.crt"));
    let ended = ended.arg("--previous").arg(&now).exits(3);
    let help: Vec<&str> = ended.stdout.lines().filter(|line| line.starts_with("   = help: ")).collect();
    assert!(help.len() >= 4, "{ended}");
    assert!(help.iter().all(|line| !line.contains("offline side") && !line.contains("publish it")), "{help:#?}");
}

#[test]
fn a_number_is_told_as_openssl_writes_it_too() {
    let sides = Sides::enrolled();
    for number in [26, 256] {
        let (crl, _) = sides.crl_file(number);
        let mut openssl = Command::new("openssl");
        openssl.args(["crl", "-inform", "DER", "-noout", "-crlnumber", "-in"]).arg(&crl);
        let shown = String::from_utf8(openssl.output().unwrap().stdout).unwrap();
        // Older versions leave 0x out.
        let digits = shown.trim().trim_start_matches("crlNumber=").trim_start_matches("0x").to_owned();
        assert!(!digits.is_empty(), "{shown}");
        let told = format!("number   {number}, in openssl 0x{digits}");
        let ended = offline(["check"]).state(&sides.offline).arg(&crl).exits(0);
        assert!(ended.stdout.contains(&told), "{told}: {ended}");
    }
    let (small, _) = sides.crl_file(9);
    assert!(!offline(["check"]).state(&sides.offline).arg(&small).exits(0).stdout.contains("in openssl"));
    let trust = |number: &str| {
        let trust = offline(["trust", "--yes", "--used-number", number]).state(&sides.offline);
        trust.arg("--root").arg(sides.scratch.path("root.crt")).exits(0)
    };
    trust("1002").says("CRL numbers up to 1002 (0x03EA) are used: the next one is 1003 (0x03EB) or higher");
    trust("0x1002").says("CRL numbers up to 4098 (0x1002) are used");
    // What is lower has no effect, and the number in force is told.
    trust("7").says("CRL numbers up to 4098 (0x1002) are used");
}

#[test]
fn a_witness_reads_what_changed_with_and_without_a_state() {
    let sides = Sides::enrolled();
    let (before, now) = two_crls(&sides.scratch, &sides.root);
    let stateless = |program: rootcast_tests::program::Program| {
        program.arg(&now).arg("--issuer").arg(sides.scratch.path("root.crt")).arg("--previous").arg(&before)
    };
    sides.receive_recording(&sides.record("before.frames", &[&before])).exits(0);
    let runs = [
        stateless(online(["check", "--json"])).exits(9),
        stateless(offline(["check", "--json"])).exits(3),
        online(["check", "--json"]).state(&sides.online).arg(&now).exits(9),
        offline(["check", "--json"]).state(&sides.offline).arg(&now).exits(3),
    ];
    let differences: Vec<Value> = runs.iter().map(|run| run.json()["files"][0]["difference"].clone()).collect();
    let difference = &differences[0];
    assert!(differences.iter().all(|other| other == difference), "{differences:#?}");
    assert_eq!(difference["number"], serde_json::json!({"before": "1", "now": "2"}));
    assert_eq!(difference["entries"], serde_json::json!({"before": 30, "now": 30}));
    assert_eq!((&difference["added"]["count"], &difference["gone"]["count"]), (&1.into(), &1.into()));
    assert_eq!(difference["changed"]["count"], 0);
    assert_eq!(difference["added"]["first"][0]["serial"], "42");
    assert_eq!(difference["added"]["first"][0]["reason"], "keyCompromise");
    assert_eq!(difference["gone"]["first"][0]["serial"], "4103");
    let text = online(["check"]).state(&sides.online).arg(&now).exits(9);
    text.says("compared with the CRL before:").says("  number      1 -> 2").says("1 added, 1 gone, 0 changed");
    text.says("  - 4103  ").says("keyCompromise");
    // Neither judged nor shown is a change against the very same CRL.
    let same = online(["check", "--json"]).state(&sides.online).arg(&before).exits(0);
    assert!(same.json()["files"][0]["difference"].is_null(), "{same}");
}

#[test]
fn the_items_of_a_bundle_are_judged_one_by_one() {
    let sides = Sides::enrolled();
    let good = sides.crl(1).sign();
    let object = forged::object_of(&[(ItemKind::Crl, "root.crl", &good), (ItemKind::Crl, "bad.crl", b"nothing")]);
    let file = sides.scratch.file("both.bundle", &object);
    for (ended, code) in [
        (online(["check", "--json"]).state(&sides.online).arg(&file).run(), 5),
        (offline(["check", "--json"]).state(&sides.offline).arg(&file).run(), 3),
    ] {
        assert_eq!(ended.code, Some(code), "{ended}");
        assert_eq!(verdicts(&ended), ["accepted", "rejected"], "{ended}");
        let document = ended.json();
        assert!(document["files"][0]["file"].as_str().unwrap().ends_with("both.bundle: root.crl"), "{ended}");
    }
    online(["check"]).state(&sides.online).arg(&file).exits(5).says("both.bundle: a bundle, manifest 1 of ");
    offline(["check"]).state(&sides.offline).arg(&file).exits(3).says("both.bundle: a bundle, manifest 1 of ");
}

#[test]
fn a_self_signed_file_passes_on_neither_side() {
    let (scratch, root) = (Scratch::new(), fresh_root("Example Root 2026"));
    let file = scratch.file("root.crt", &root.certificate);
    online(["check"]).arg(&file).arg("--issuer").arg(&file).exits(5).says("CERT-ANCHOR");
    offline(["check"]).arg(&file).arg("--issuer").arg(&file).exits(3).says("CERT-ANCHOR");
}

#[test]
fn names_and_files_cannot_paint_the_screen() {
    let scratch = Scratch::new();
    let root = fresh_root("Evil\u{1b}[2J\u{202e}Root");
    scratch.file("root.crt", &root.certificate);
    let file = scratch.file("a\u{1b}[31mb\n\u{202e}.crl", crl_of(&root, 1).sign());
    for program in [online(["check"]), offline(["check"])] {
        let ended = program.arg(&file).arg("--issuer").arg(scratch.path("root.crt")).exits(0);
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(
            said.contains("Evil\\u{1b}[2J\\u{202e}Root") && said.contains("a\\u{1b}[31mb\\u{a}\\u{202e}.crl"),
            "{said}"
        );
        assert!(said.chars().all(|c| c == '\n' || !c.is_control()) && !said.contains('\u{202e}'), "{said:?}");
    }
}

#[test]
fn a_crl_before_is_of_the_same_issuer_and_signed_by_it() {
    let (scratch, root) = (Scratch::new(), fresh_root("Example Root 2026"));
    let (before, now) = two_crls(&scratch, &root);
    let stranger = ThrowAwayCa::at("Another root", root.now);
    let foreign = scratch.file("foreign.crl", crl_of(&stranger, 50).sign());
    let mut forged = std::fs::read(&before).unwrap();
    *forged.last_mut().unwrap() ^= 1;
    let forged = scratch.file("forged.crl", forged);
    for side in [online, offline] {
        let check = |previous: &Path| {
            side(["check"]).arg(&now).arg("--issuer").arg(scratch.path("root.crt")).arg("--previous").arg(previous)
        };
        for wrong in [&foreign, &forged] {
            check(wrong).exits(2).says("--previous").says("does not belong to the CA given with --issuer");
        }
    }
}

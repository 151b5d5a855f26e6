//! Held items: what is shown, what a decision covers, and what no decision can let in.

use std::fs;

use rootcast_host::disk::RealDisk;
use rootcast_online::gate;
use rootcast_online::publication::State;
use rootcast_pki::stage::Ruling;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::manifest::ItemKind;
use rootcast_tests::forged;
use rootcast_tests::program::{Program, online};
use rootcast_tests::sides::Sides;
use rootcast_tests::throwaway_ca::der_writer::tlv;
use rootcast_tests::throwaway_ca::{CrlDraft, DAY, EntryDraft, ExtensionDraft, RawTime};

fn receive(sides: &Sides, crl: &[u8], code: i32) {
    let recording = sides.scratch.path("decisions.frames");
    forged::record(&forged::object_of(&[(ItemKind::Crl, "root.crl", crl)]), &recording);
    sides.receive_recording(&recording).exits(code);
}

/// A CRL far above 500, issued so many minutes before now.
fn jump(sides: &Sides, number: u64, minutes_ago: i64) -> CrlDraft {
    let mut draft = sides.root.crl(number);
    draft.issued_at(sides.root.now - minutes_ago * 60, sides.root.now + 180 * DAY);
    draft
}

fn held(sides: &Sides) -> Vec<serde_json::Value> {
    let list = online(["held", "list", "--json"]).state(&sides.online).exits(0).json();
    list["held"].as_array().unwrap().clone()
}

/// The id that is shown now of the held item with this SHA-256.
fn id_of(sides: &Sides, sha256: &str) -> String {
    let item = held(sides).into_iter().find(|item| item["sha256"] == *sha256).expect("it is held");
    item["id"].as_str().unwrap().to_owned()
}

fn accept(sides: &Sides, sha256: &str) -> Program {
    accept_shown(sides, &id_of(sides, sha256))
}

fn accept_shown(sides: &Sides, id: &str) -> Program {
    let by = ["--by", "A. Auditor", "--because", "confirmed by telephone"];
    online(["held", "accept", id]).args(by).state(&sides.online)
}

fn newest_receipt(sides: &Sides) -> serde_json::Value {
    let (_, bytes) = rootcast_tests::scratch::tree(&sides.online.join("receipts")).pop().unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[test]
fn held_list_shows_the_rules_with_their_numbers_and_the_very_command_that_accepts() {
    let sides = Sides::enrolled();
    receive(&sides, &sides.crl(1).sign(), 0);
    let crl = jump(&sides, 5000, 60).sign();
    receive(&sides, &crl, 9);
    let list = online(["held", "list"]).state(&sides.online).exits(0);
    list.says("hold[CRL-NUMBER-JUMP]: number 5000 is 4999 above 1").says("since 20");
    let command = list.stdout.lines().find_map(|line| line.trim().strip_prefix("accept with: rootcast-online "));
    let command = command.unwrap_or_else(|| panic!("{list}"));
    let command = command.replace("NAME", "'A. Auditor'").replace("TEXT", "'words compared'");
    let line = format!("{}/rootcast-online {command}", rootcast_tests::program::folder().display());
    let ended = std::process::Command::new("sh").args(["-c", &line]).output().unwrap();
    assert!(ended.status.success(), "{line}\n{}", String::from_utf8_lossy(&ended.stderr));
    sides.assert_published(&crl);
    let receipt = newest_receipt(&sides);
    assert_eq!(receipt["what"], "decision");
    assert_eq!(receipt["decision"]["by"], "A. Auditor");
    assert_eq!(receipt["decision"]["because"], "words compared");
    assert_eq!(receipt["decision"]["rules"], serde_json::json!(["CRL-NUMBER-JUMP"]));
    assert!(held(&sides).is_empty());
}

#[test]
fn a_rule_that_holds_only_now_is_not_covered_by_the_decision() {
    let sides = Sides::enrolled();
    receive(&sides, &sides.crl(1).sign(), 0);
    let crl = jump(&sides, 5000, 60).sign();
    receive(&sides, &crl, 9);
    // Meanwhile a CRL with an issuingDistributionPoint was accepted; the held one has none.
    let mut meanwhile = sides.crl(2);
    let name = [0xa0, 0x0b, 0xa0, 0x09, 0x86, 0x07, b'h', b't', b't', b'p', b':', b'/', b'/'];
    meanwhile.set_extension(ExtensionDraft::issuing_distribution_point(&[name.to_vec()]));
    let meanwhile = meanwhile.sign();
    // It differs from CRL 1 in that, so a person lets it in.
    receive(&sides, &meanwhile, 9);
    accept(&sides, &Digest::of(&meanwhile).to_string()).exits(0);
    sides.assert_published(&meanwhile);
    let sha256 = held(&sides)[0]["sha256"].as_str().unwrap().to_owned();
    let ended = accept(&sides, &sha256).exits(9);
    ended.says("still held: the decision covers only CRL-NUMBER-JUMP").says("CRL-IDP");
    assert!(!sides.is_published(&crl));
    let now = held(&sides);
    assert_eq!(now[0]["rules"].as_array().unwrap().len(), 2, "both rules are shown now: {now:?}");
    assert!(!now[0].to_string().contains("(decided)"), "{now:?}");
    // With both shown, a decision covers both.
    accept(&sides, &sha256).exits(0);
    sides.assert_published(&crl);
}

/// A CRL issued so many minutes ago that revokes these certificates.
fn with_entries(sides: &Sides, number: u64, minutes_ago: i64, serials: &[u64]) -> Vec<u8> {
    let mut draft = sides.root.crl(number);
    draft.issued_at(sides.root.now - minutes_ago * 60, sides.root.now + 180 * DAY);
    serials.iter().for_each(|serial| draft.revoke(*serial, sides.root.now - 90 * DAY));
    draft.sign()
}

/// `receive` and `held accept` take turns. What was on the screen when somebody made up his mind is all he decided about,
/// also where the same bundle came again in between and the state shows more by now.
#[test]
fn a_decision_typed_from_an_earlier_list_does_not_cover_what_was_found_since() {
    let sides = Sides::enrolled();
    receive(&sides, &with_entries(&sides, 1, 90, &[0x1001]), 0);
    let crl = with_entries(&sides, 5000, 30, &[0x1001]);
    receive(&sides, &crl, 9);
    let sha256 = Digest::of(&crl).to_string();
    let shown = id_of(&sides, &sha256);
    let signed = Digest::of(rootcast_pki::item::tbs(&crl).unwrap()).to_string();
    assert!(shown.starts_with(&signed[..12]), "{shown}");
    // The same again is the same item, held for the same.
    receive(&sides, &crl, 9);
    assert_eq!(id_of(&sides, &sha256), shown);
    // The next CRL revokes one more, and the held one does not: it would take that back.
    receive(&sides, &with_entries(&sides, 6, 60, &[0x1001, 0x1002]), 0);
    receive(&sides, &crl, 9);
    assert!(held(&sides)[0]["rules"].to_string().contains("CRL-ENTRY-VANISHED"), "{:?}", held(&sides));
    accept_shown(&sides, &shown).exits(2).says("held-unknown").says("judged again");
    accept_shown(&sides, &sha256[..12]).exits(2).says("no dash");
    assert!(!sides.is_published(&crl));
    assert_eq!(held(&sides).len(), 1);
    accept(&sides, &sha256).exits(0);
    sides.assert_published(&crl);
}

#[test]
fn a_decision_about_one_vanished_entry_does_not_cover_a_second() {
    let sides = Sides::enrolled();
    receive(&sides, &with_entries(&sides, 1, 90, &[0x1001, 0x1002]), 0);
    let crl = with_entries(&sides, 8, 30, &[0x1001]);
    receive(&sides, &crl, 9);
    assert!(held(&sides)[0]["texts"][0].as_str().unwrap().ends_with(": 1002"), "{:?}", held(&sides));
    receive(&sides, &with_entries(&sides, 6, 60, &[0x1001, 0x1002, 0x1003]), 0);
    // 1002 was shown, 1003 was not.
    let sha256 = Digest::of(&crl).to_string();
    accept(&sides, &sha256).exits(9).says("still held").says("1002, 1003");
    assert!(!sides.is_published(&crl));
    let now = held(&sides);
    assert!(now[0]["texts"][0].as_str().unwrap().ends_with(": 1002, 1003"), "{now:?}");
    accept(&sides, &sha256).exits(0);
    sides.assert_published(&crl);
}

#[test]
fn a_clock_set_back_is_shown_beside_what_else_holds_and_decided_with_it() {
    let sides = Sides::enrolled();
    let days = |days: i64| days * 24 * 60;
    receive(&sides, &jump(&sides, 1, days(12)).sign(), 0);
    let crl = jump(&sides, 5000, days(11)).sign();
    receive(&sides, &crl, 9);
    let decide = |now| {
        let mut state = State::open(&sides.online, Box::new(RealDisk), "a test").unwrap();
        let shown = state.snapshot().unwrap().record().held[0].clone();
        gate::decide(&mut state, &shown, "A. Auditor", "the clock was wrong", now).unwrap()
    };
    // The clock has gone back by two days since the CRL came.
    let earlier = sides.root.now - 2 * DAY;
    assert_eq!(decide(earlier).verdict, Ruling::Held);
    let rules: Vec<_> = held(&sides)[0]["rules"].as_array().unwrap().iter().map(|rule| rule.to_string()).collect();
    assert_eq!(rules, ["\"CRL-NUMBER-JUMP\"", "\"CLOCK-BACK\""]);
    // The clock goes on meanwhile.
    assert_eq!(decide(earlier + 60).verdict, Ruling::Accepted);
    sides.assert_published(&crl);
}

/// The text named the time of the judgement, and the id of what was shown had to cut that off again.
#[test]
fn a_certificate_of_tomorrow_is_accepted_by_an_id_that_was_listed_a_second_earlier() {
    let sides = Sides::enrolled();
    let mut draft = sides.root.intermediate("Tomorrow CA");
    draft.not_before = RawTime::At(sides.root.now + DAY);
    let certificate = draft.sign();
    let recording = sides.scratch.path("tomorrow.frames");
    forged::record(&forged::object_of(&[(ItemKind::Certificate, "tomorrow.crt", &certificate)]), &recording);
    sides.receive_recording(&recording).exits(9).says("CERT-VALIDITY").says("in the future");
    let (shown, texts) = (id_of(&sides, &Digest::of(&certificate).to_string()), held(&sides)[0]["texts"].clone());
    std::thread::sleep(std::time::Duration::from_millis(1100));
    sides.receive_recording(&recording).exits(9);
    assert_eq!((held(&sides)[0]["id"].as_str(), &held(&sides)[0]["texts"]), (Some(shown.as_str()), &texts));
    accept_shown(&sides, &shown).exits(0);
    sides.assert_published(&certificate);
}

#[test]
fn what_was_overtaken_while_it_was_held_can_no_longer_be_accepted() {
    let sides = Sides::enrolled();
    receive(&sides, &sides.crl(1).sign(), 0);
    let (overtaken, newer) = (jump(&sides, 5000, 60).sign(), jump(&sides, 6000, 30).sign());
    receive(&sides, &overtaken, 9);
    receive(&sides, &newer, 9);
    let list = held(&sides);
    let id_of = |crl: &[u8]| Digest::of(crl).to_string();
    assert_eq!(list.len(), 2);
    accept(&sides, &id_of(&newer)).exits(0);
    let before = sides.published();
    let list = online(["held", "list"]).state(&sides.online).exits(0);
    list.says("It can no longer be accepted").says("refused: CRL-NUMBER-LOWER").says("discard with: ");
    assert!(!list.stdout.contains("accept with: "), "{list}");
    let refused = accept(&sides, &id_of(&overtaken)).exits(6);
    refused.says("CRL-NUMBER-LOWER").says("unchanged").says("rootcast-online held discard ");
    assert!(!refused.stderr.contains("ALARM"), "nothing was received: {refused}");
    assert_eq!(sides.published(), before);
    let listed = online(["receipts", "list", "--kind", "decision"]).state(&sides.online).exits(0);
    listed.says("A. Auditor asked to accept it, knowing of CRL-NUMBER-JUMP, and was refused");
    let receipt = newest_receipt(&sides);
    assert_eq!(receipt["items"][0]["verdict"], "rejected", "the attempt is on record: {receipt}");
    assert_eq!(receipt["decision"]["by"], "A. Auditor");
}

/// What holds an item says nothing of what it does: that it revokes a published CA is what a person must know first.
#[test]
fn a_held_crl_that_revokes_a_published_ca_says_so_and_status_does_not_say_that_all_is_well() {
    let sides = Sides::enrolled();
    receive(&sides, &sides.crl(1).sign(), 0);
    let ca = sides.root.intermediate("Issuing CA 1");
    let serial = ca.serial.clone();
    let recording = sides.scratch.path("ca.frames");
    forged::record(&forged::object_of(&[(ItemKind::Certificate, "ca.crt", &ca.sign())]), &recording);
    sides.receive_recording(&recording).exits(0);
    let mut crl = jump(&sides, 5000, 60);
    crl.entries.push(EntryDraft::of(&serial, sides.root.now - DAY, Some(4)));
    receive(&sides, &crl.sign(), 9);
    online(["held", "list"]).state(&sides.online).exits(0).says("warning: CRL-IN-USE");
    let status = online(["status"]).state(&sides.online).exits(0);
    assert!(status.stdout.starts_with("OK: 1 item is held and waits for a decision; "), "{status}");
    assert!(status.stdout.contains("note   CRL-IN-USE"), "{status}");
    let plugin = online(["status", "--format", "nagios"]).state(&sides.online).exits(0);
    let detail = plugin.stdout.lines().nth(1).unwrap_or_default();
    assert!(detail.starts_with("held crl root.crl ") && detail.contains("CRL-IN-USE"), "{plugin}");
}

#[test]
fn each_receipt_names_the_one_before_it() {
    let sides = Sides::enrolled();
    receive(&sides, &sides.crl(1).sign(), 0);
    let crl = jump(&sides, 5000, 60).sign();
    receive(&sides, &crl, 9);
    let id = held(&sides)[0]["sha256"].as_str().unwrap().to_owned();
    accept(&sides, &id).exits(0);
    let mut before = String::new();
    let mut files: Vec<_> = fs::read_dir(sides.online.join("receipts")).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        let bytes = fs::read(&file).unwrap();
        let receipt: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(receipt["previous"], before, "{}", file.display());
        before = Digest::of(&bytes).to_string();
    }
}

/// Both are genuine and both are held for their jump: that there are two is what nobody may overlook.
#[test]
fn two_held_crls_of_one_number_are_an_alarm_and_neither_is_accepted_unseen() {
    let sides = Sides::enrolled();
    receive(&sides, &sides.crl(1).sign(), 0);
    let (one, two) = (jump(&sides, 5000, 60).sign(), jump(&sides, 5000, 30).sign());
    receive(&sides, &one, 9);
    receive(&sides, &two, 6);
    // The same bytes again are the same item.
    receive(&sides, &two, 6);
    let list = held(&sides);
    assert_eq!(list.len(), 2);
    assert!(list[1]["rules"].to_string().contains("CRL-EQUIVOCATION"), "{list:?}");
    let (one_id, two_id) = (Digest::of(&one).to_string(), Digest::of(&two).to_string());
    let signed = list[0]["tbs_sha256"].as_str().unwrap();
    assert!(list[1]["texts"].to_string().contains(signed), "{list:?}");
    // The first was shown before the second came: a decision about it does not cover that.
    accept(&sides, &one_id).exits(6).says("CRL-EQUIVOCATION").says("still held");
    assert!(!sides.is_published(&one));
    accept(&sides, &one_id).exits(0);
    sides.assert_published(&one);
    accept(&sides, &two_id).exits(6).says("CRL-EQUIVOCATION");
    sides.assert_published(&one);
}

/// A fresher genuine CRL is not kept back by what is held beside it.
#[test]
fn a_good_crl_of_a_held_number_takes_effect_and_the_held_one_no_longer_can() {
    let sides = Sides::enrolled();
    receive(&sides, &sides.crl(1).sign(), 0);
    let mut earlier = sides.crl(2);
    earlier.set_extension(ExtensionDraft::issuing_distribution_point(&[tlv(
        0xa0,
        &tlv(0xa0, &tlv(0x86, b"http://pki.example/root.crl")),
    )]));
    let (held_one, good) = (earlier.sign(), sides.crl(2).sign());
    receive(&sides, &held_one, 9);
    receive(&sides, &good, 0);
    sides.assert_published(&good);
    let receipt = newest_receipt(&sides);
    assert!(receipt.to_string().contains("CRL-EQUIVOCATION"), "{receipt}");
    accept(&sides, &Digest::of(&held_one).to_string()).exits(6).says("CRL-EQUIVOCATION");
    sides.assert_published(&good);
}

#[test]
fn a_check_as_of_an_earlier_time_is_no_clock_that_went_back() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    sides.receive_recording(&sides.record("one.frames", &[&file])).exits(0);
    let mut draft = sides.crl(2);
    draft.issued_at(sides.root.now - DAY, sides.root.now + 180 * DAY);
    let two = sides.scratch.file("two.crl", draft.sign());
    let earlier = rootcast_host::clock::rfc3339(sides.root.now - DAY / 2);
    let check = online(["check", "--at", &earlier]).state(&sides.online).arg(&two).run();
    assert!(!format!("{check}").contains("CLOCK-BACK"), "{check}");
    assert_eq!(check.code, Some(0), "{check}");
}

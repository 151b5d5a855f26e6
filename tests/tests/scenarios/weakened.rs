//! What weakens a rule is on record: the whole policy before and after each `trust`, a weakening said on every run until a
//! person acknowledges it, and a renewed root that keeps the policy of its issuer.

use std::fs;
use std::path::{Path, PathBuf};

use rootcast_protocol::manifest::ItemKind;
use rootcast_tests::forged;
use rootcast_tests::program::{Ended, Program, offline, online};
use rootcast_tests::scratch::tree;
use rootcast_tests::sides::Sides;
use serde_json::{Value, json};

/// RFC 8032 §7.1, the public keys of tests 1 and 2.
const FIRST_KEY: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
const SECOND_KEY: &str = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";

const SAID: &str = "WARNING: the policy of ";

fn trust_online(sides: &Sides, options: &[&str]) -> Ended {
    trust_file_online(sides, "root.crt", options).exits(0)
}

fn trust_file_online(sides: &Sides, file: &str, options: &[&str]) -> Program {
    online(["trust", "--yes", "--json"]).state(&sides.online).arg("--root").arg(sides.scratch.path(file)).args(options)
}

fn trust_offline(sides: &Sides, file: &str, options: &[&str]) -> Ended {
    let trust = offline(["trust", "--yes", "--json"]).state(&sides.offline);
    trust.arg("--root").arg(sides.scratch.path(file)).args(options).exits(0)
}

/// The newest receipt.
fn receipt(state: &Path) -> Value {
    let (_, receipt) = tree(&state.join("receipts")).pop().unwrap();
    serde_json::from_slice(&receipt).unwrap()
}

fn alarms(sides: &Sides) -> Vec<Value> {
    let document = online(["alarm", "list", "--json"]).state(&sides.online).exits(0).json();
    document["alarms"].as_array().unwrap().clone()
}

/// The kinds of what the newest receipt says is weaker.
fn weakened(sides: &Sides) -> Vec<String> {
    let receipt = receipt(&sides.online);
    let of_policy = |policy: &Value| policy["weakened"].as_array().cloned().unwrap_or_default();
    let weakened = receipt["policies"].as_array().unwrap().iter().flat_map(of_policy);
    weakened.map(|one| one["kind"].as_str().unwrap().to_owned()).collect()
}

/// A certificate of the same root, renewed under its key.
fn renewed(sides: &Sides) -> PathBuf {
    let mut draft = sides.root.root_draft();
    draft.serial = vec![0x4a, 1, 2, 3, 4, 5, 6, 7, 8];
    sides.scratch.file("renewed.crt", draft.sign())
}

fn journal(sides: &Sides) -> Vec<Value> {
    let text = fs::read_to_string(sides.offline.join("journal.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_trust_has_the_whole_policy_before_and_after_in_its_receipt() {
    let sides = Sides::enrolled();
    let first = receipt(&sides.online)["policies"].clone();
    let plain = json!({
        "profile": "private", "allow_sha1": false, "numbers": "counter", "first_number": null, "crl_life_min_s": 0,
        "switched_off": [], "serves": [], "requests": [], "offline_issuers": [], "export_keys": [],
    });
    assert_eq!(first[0]["after"], plain);
    assert!(first[0].get("before").is_none() && first[0].get("weakened").is_none(), "{first}");
    let options = ["--off", "CRL-VALIDITY", "--until", "2099-06-30", "--export-key", FIRST_KEY];
    let options = [&options[..], &["--first-number", "5", "--min-life", "30d"]].concat();
    trust_online(&sides, &options);
    let second = receipt(&sides.online);
    let change = &second["policies"][0];
    assert_eq!(change["before"], plain);
    let after = &change["after"];
    assert_eq!(after["switched_off"], json!(["CRL-VALIDITY"]));
    assert_eq!(after["off_until"], json!([{"rule": "CRL-VALIDITY", "until": "2099-06-30T00:00:00Z"}]));
    assert_eq!((&after["export_keys"], &after["first_number"]), (&json!([FIRST_KEY]), &"5".into()));
    assert_eq!(after["crl_life_min_s"], 30 * 86_400);
    let weakened = json!([{"kind": "rule-off", "text": "CRL-VALIDITY is switched off until 2099-06-30T00:00:00Z"}]);
    assert_eq!(change["weakened"], weakened, "a first export key, a floor and a least life weaken nothing");
    assert_eq!(second["alarms"][0]["kind"], "weakened-policy");
    online(["status", "--receipts"]).state(&sides.online).exits(10).says("receipts");
}

/// Before, a switched-off rule was said, and nobody had to look at it.
#[test]
fn a_weakening_is_said_on_every_run_online_until_a_person_acknowledges_it() {
    let sides = Sides::enrolled();
    let (file, der) = sides.crl_file(1);
    let recording = sides.scratch.path("one.frames");
    forged::record(&forged::object_of(&[(ItemKind::Crl, "root.crl", &der)]), &recording);
    sides.receive_recording(&recording).exits(0);
    let trusted = trust_online(&sides, &["--off", "CRL-VALIDITY"]);
    trusted.says(SAID).says("CRL-VALIDITY is switched off").says("alarm ack");
    let id = alarms(&sides)[0]["id"].as_str().unwrap().to_owned();
    let status = online(["status"]).state(&sides.online).exits(10);
    status.says(&format!("ALARM    {id}  weakened-policy"));
    let every = |says: bool| {
        let runs = [
            sides.receive_recording(&recording).exits(0),
            online(["check"]).state(&sides.online).arg(&file).exits(0),
            online(["held", "list"]).state(&sides.online).exits(0),
            online(["alarm", "list"]).state(&sides.online).exits(0),
            trust_online(&sides, &[]),
        ];
        for run in runs {
            assert_eq!(run.stderr.contains(SAID) && run.stderr.contains(&id), says, "{run}");
        }
    };
    every(true);
    // The rule is on again. What happened stays until somebody has looked at it.
    trust_online(&sides, &["--on", "CRL-VALIDITY"]);
    assert_eq!(weakened(&sides), [""; 0]);
    every(true);
    let ack = online(["alarm", "ack", &id, "--by", "A. Auditor", "--because", "agreed for the old root"]);
    ack.state(&sides.online).exits(0);
    assert_eq!(receipt(&sides.online)["decision"]["rules"], json!(["CRL-VALIDITY"]));
    every(false);
    online(["status"]).state(&sides.online).exits(0);
    // The same once more is another act.
    trust_online(&sides, &["--off", "CRL-VALIDITY"]).says(SAID);
    assert_ne!(alarms(&sides)[0]["id"], id.as_str());
}

#[test]
fn each_way_to_weaken_a_policy_rings_and_the_way_back_does_not() {
    let sides = Sides::enrolled();
    let issuer = sides.scratch.file("policy-ca.crt", sides.root.intermediate("Policy CA").sign());
    let issuer = issuer.to_str().unwrap();
    let steps: [(&[&str], &[&str]); 13] = [
        (&["--profile", "webpki"], &[]),
        (&["--profile", "private"], &["profile"]),
        (&["--numbers", "timestamp", "--min-life", "60d"], &["numbers"]),
        (&["--numbers", "counter", "--min-life", "30d"], &["min-life"]),
        (&["--export-key", FIRST_KEY], &[]),
        (&["--export-key", SECOND_KEY], &["export-key"]),
        (&["--offline-issuer", issuer], &["offline-issuer"]),
        (&["--off", "CRL-VALIDITY", "--off", "CERT-CDP"], &["rule-off", "rule-off"]),
        (&["--off", "CERT-CDP", "--until", "2099-06-30"], &["rule-off-longer"]),
        (&["--off", "CERT-CDP", "--until", "never", "--because", "our old CA"], &["rule-off-longer"]),
        (&["--off", "CERT-CDP", "--until", "2098-06-30"], &[]),
        (&["--affiliated", "00112233445566778899aabbccddeeff00112233"], &["affiliated"]),
        (&["--on", "CRL-VALIDITY", "--serves", "http://crl.example/", "--first-number", "3"], &[]),
    ];
    let mut rung = 0;
    for (options, expected) in steps {
        trust_online(&sides, options);
        assert_eq!(weakened(&sides), expected, "{options:?}");
        rung += usize::from(!expected.is_empty());
        assert_eq!(alarms(&sides).len(), rung, "one alarm for each `trust` that weakens: {options:?}");
    }
    // The same options once more change nothing.
    let again = trust_online(&sides, &["--off", "CERT-CDP"]).json();
    assert_eq!((&again["enrolled"]["changed"], alarms(&sides).len()), (&false.into(), rung));
}

#[test]
fn what_a_first_trust_chooses_is_on_record_and_rings_nothing() {
    let sides = Sides::enrolled();
    let state = sides.scratch.path("another");
    let root = sides.scratch.path("root.crt");
    let trust = online(["trust", "--yes", "--off", "CRL-VALIDITY", "--root"]).arg(&root).state(&state);
    trust.exits(0).says("WARNING: CRL-VALIDITY is switched off");
    assert_eq!(receipt(&state)["policies"][0]["after"]["switched_off"], json!(["CRL-VALIDITY"]));
    online(["status"]).state(&state).exits(0).says("WARNING: CRL-VALIDITY is switched off");
}

/// Before, a renewed root began with the default policy: less strict, without its floor, its export key and its issuers.
#[test]
fn a_renewed_root_keeps_the_policy_of_its_issuer_online() {
    let sides = Sides::enrolled();
    renewed(&sides);
    let issuer = sides.scratch.file("policy-ca.crt", sides.root.intermediate("Policy CA").sign());
    let options = ["--profile", "webpki", "--first-number", "7", "--export-key", FIRST_KEY, "--min-life", "30d"];
    trust_online(&sides, &options);
    trust_online(&sides, &["--offline-issuer", issuer.to_str().unwrap()]);
    trust_online(&sides, &["--off", "CRL-VALIDITY", "--until", "2099-06-30"]);
    let before = receipt(&sides.online)["policies"][0]["after"].clone();
    let trusted = trust_file_online(&sides, "renewed.crt", &[]).exits(0);
    trusted.says("note: policy kept from").says("profile webpki, first number 7");
    let document = trusted.json();
    let kept_from = document["enrolled"]["kept_from"].as_str().unwrap().to_owned();
    let change = receipt(&sides.online)["policies"][0].clone();
    assert_eq!((&change["before"], &change["after"]), (&before, &before));
    assert_ne!(change["root"], kept_from.as_str());
    assert!(change.get("weakened").is_none(), "{change}");
    assert_eq!(alarms(&sides).len(), 2, "only those of the earlier `trust`s");
    // Trusted again, it is its own.
    assert_eq!(trust_file_online(&sides, "renewed.crt", &[]).exits(0).json()["enrolled"]["kept_from"], Value::Null);
}

#[test]
fn an_option_given_for_a_renewed_root_changes_the_policy_of_the_issuer_and_that_rings() {
    let sides = Sides::enrolled();
    renewed(&sides);
    trust_online(&sides, &["--profile", "webpki"]);
    trust_file_online(&sides, "renewed.crt", &["--profile", "private"])
        .exits(0)
        .says(SAID)
        .says("private and was webpki");
    assert_eq!(weakened(&sides), ["profile", "profile"], "of both certificates");
    assert_eq!(alarms(&sides).len(), 1);
    // Whichever of the certificates counts: they have one policy.
    let profiles = |expected: &str| {
        let status = online(["status", "--json"]).state(&sides.online).exits(10).json();
        let roots = status["roots"].as_array().unwrap();
        assert!(roots.len() == 2 && roots.iter().all(|root| root["profile"] == expected), "{status}");
    };
    profiles("private");
    trust_online(&sides, &["--profile", "webpki"]);
    profiles("webpki");
}

#[test]
fn every_trust_has_the_whole_policy_in_the_journal_and_a_weakening_is_said_until_it_is_acknowledged() {
    let sides = Sides::enrolled();
    let first = journal(&sides)[0].clone();
    assert_eq!(first["policies"][0]["after"]["profile"], "private");
    assert!(first["policies"][0].get("before").is_none(), "{first}");
    trust_offline(&sides, "root.crt", &["--off", "CRL-VALIDITY"]).says(SAID).says("journal ack");
    let entry = journal(&sides).pop().unwrap();
    let change = &entry["policies"][0];
    assert_eq!(change["before"]["switched_off"], json!([]));
    assert_eq!(change["after"]["switched_off"], json!(["CRL-VALIDITY"]));
    assert_eq!(change["weakened"][0]["kind"], "rule-off");

    let (file, _) = sides.crl_file(1);
    let every = |says: bool| {
        let link = format!("file:{}", sides.scratch.path(&format!("{says}.frames")).display());
        let bundle = sides.scratch.path(&format!("{says}.bundle"));
        let state = |program: Program| program.state(&sides.offline);
        let runs = [
            state(offline(["check"])).arg(&file).exits(0),
            state(offline(["plan", "--link", "qr:png=p"])).arg(&file).exits(0),
            state(offline(["bundle", "-o"]).arg(&bundle)).arg(&file).exits(0),
            sides.send(&link, &[&file]).exits(0),
            state(offline(["link", "report"])).exits(0),
            state(offline(["journal", "verify"])).exits(0),
            trust_offline(&sides, "root.crt", &[]),
        ];
        for run in runs {
            assert_eq!(run.stderr.contains(SAID), says, "{run}");
        }
    };
    every(true);
    // The rule is on again: what happened stays until somebody has looked at it.
    trust_offline(&sides, "root.crt", &["--on", "CRL-VALIDITY"]).says(SAID);
    let said = offline(["journal", "show"]).state(&sides.offline).exits(0);
    said.says("WEAKENED: CRL-VALIDITY is switched off");
    let (_, after) = said.stderr.split_once("journal ack ").unwrap();
    let id = after.split(' ').next().unwrap();
    let ack = |id: &str, because: &str| {
        offline(["journal", "ack", id, "--by", "A. Auditor", "--because", because]).state(&sides.offline)
    };
    ack(id, "").exits(2);
    ack("feedfeedfeed", "agreed").exits(2).says("No weakened policy");
    ack(&id[..4], "agreed").exits(2).says("too short");
    let acknowledged = ack(id, "agreed").arg("--json").exits(0).json();
    assert_eq!((&acknowledged["id"], &acknowledged["by"]), (&id.into(), &"A. Auditor".into()));
    let entry = journal(&sides).pop().unwrap();
    assert_eq!((&entry["kind"], &entry["id"]), (&"weakening-acknowledged".into(), &id.into()));
    assert_eq!((&entry["by"], &entry["weakened"][0]["kind"]), (&"A. Auditor".into(), &"rule-off".into()));
    every(false);
    ack(id, "agreed").exits(2);
    offline(["journal", "show"]).state(&sides.offline).exits(0).says("weakening-acknowledged").says("agreed");
}

#[test]
fn a_renewed_root_keeps_the_policy_of_its_issuer_offline() {
    let sides = Sides::enrolled();
    renewed(&sides);
    let issuer = sides.scratch.file("policy-ca.crt", sides.root.intermediate("Policy CA").sign());
    trust_offline(&sides, "root.crt", &["--profile", "webpki", "--numbers", "timestamp"]);
    trust_offline(&sides, "root.crt", &["--offline-issuer", issuer.to_str().unwrap()]);
    let before = journal(&sides).pop().unwrap()["policies"][0]["after"].clone();
    let trusted = trust_offline(&sides, "renewed.crt", &[]);
    trusted.says("note: policy kept from").says("profile webpki, numbers timestamp, 1 offline issuer");
    assert_eq!(trusted.json()["enrolled"]["profile"], "webpki");
    let change = journal(&sides).pop().unwrap()["policies"][0].clone();
    assert_eq!((&change["before"], &change["after"]), (&before, &before));
    // Another choice is for both certificates.
    trust_offline(&sides, "renewed.crt", &["--profile", "private"]).says("the profile is private and was webpki");
    let entry = journal(&sides).pop().unwrap();
    assert_eq!(entry["policies"].as_array().unwrap().len(), 2, "{entry}");
    assert_eq!(trust_offline(&sides, "root.crt", &[]).json()["enrolled"]["profile"], "private");
}

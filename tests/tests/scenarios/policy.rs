//! What an operator may choose about the rules, that it is said aloud on every run, and that it is kept.

use std::fs;
use std::path::Path;

use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::Policy;
use rootcast_pki::time::parse_rfc3339;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::manifest::ItemKind;
use rootcast_tests::fixed_clock::FixedClock;
use rootcast_tests::forged;
use rootcast_tests::openssl::OpensslRoot;
use rootcast_tests::program::{Program, offline, online};
use rootcast_tests::request::{request, request_signed_by};
use rootcast_tests::sides::Sides;
use rootcast_tests::throwaway_ca::der_writer::{sequence, tlv};
use rootcast_tests::throwaway_ca::{DAY, ExtensionDraft, KeyKind, SigningKey, ThrowAwayCa};

/// `rootcast-online enrol` of the root again.
fn enrol_online(sides: &Sides) -> Program {
    online(["enrol", "--yes"]).state(&sides.online).arg("--root").arg(sides.scratch.path("root.crt"))
}

fn enrol_offline(sides: &Sides) -> Program {
    offline(["enrol", "--yes"]).state(&sides.offline).arg("--root").arg(sides.scratch.path("root.crt"))
}

fn policy(sides: &Sides) -> serde_json::Value {
    // 10 where what was chosen is weaker than before.
    let status = online(["status", "--json"]).state(&sides.online).run();
    assert!(matches!(status.code, Some(0 | 10)), "{status}");
    status.json()["roots"][0]["policy"].clone()
}

/// A CRL numbered by the day, so many days after 2026-01-01.
fn dated(sides: &Sides, day: i64) -> Vec<u8> {
    let mut draft = sides.root.crl(u64::try_from(2_026_000_000 + day * 10_000).unwrap());
    draft.issued_at(sides.root.now - 30 * DAY + day * 60, sides.root.now + 180 * DAY);
    draft.sign()
}

#[test]
fn numbers_made_of_dates_pass_once_the_policy_says_so_on_both_sides() {
    let sides = Sides::enrolled();
    let files: Vec<_> = (1..=4).map(|day| sides.scratch.file(&format!("{day}.crl"), dated(&sides, day))).collect();
    let first = sides.record("1.frames", &files[..1]);
    sides.receive_recording(&first).exits(0);
    let link = format!("file:{}", sides.scratch.path("never.frames").display());
    sides.send(&link, &files[1..2]).exits(3).says("CRL-NUMBER-JUMP");

    let said = "WARNING: CRL-NUMBER-JUMP does not apply: CRL numbers are timestamps";
    enrol_online(&sides).args(["--numbers", "timestamp"]).exits(0).says(said);
    enrol_offline(&sides).args(["--numbers", "timestamp"]).exits(0).says(said);
    let second = sides.scratch.path("2.frames");
    sides.send(&format!("file:{}", second.display()), &files[1..2]).exits(0).says(said);
    sides.receive_recording(&second).exits(0).says(said);
    sides.assert_published(&fs::read(&files[1]).unwrap());

    // Said again by everything that judges, in the receipt and in the journal.
    online(["status"]).state(&sides.online).exits(10).says(said);
    online(["check"]).state(&sides.online).arg(&files[2]).exits(0).says(said);
    offline(["check"]).state(&sides.offline).arg(&files[2]).exits(0).says(said);
    let bundle = sides.scratch.path("3.bundle");
    offline(["bundle", "-o"]).arg(&bundle).state(&sides.offline).arg(&files[2]).exits(0).says(said);
    offline(["plan", "--link", "qr:png=p"]).state(&sides.offline).arg(&files[2]).exits(0).says(said);
    let (_, receipt) = rootcast_tests::scratch::tree(&sides.online.join("receipts")).pop().unwrap();
    let receipt: serde_json::Value = serde_json::from_slice(&receipt).unwrap();
    assert!(receipt["switched_off"][0].as_str().unwrap().contains("CRL-NUMBER-JUMP"), "{receipt}");
    let journal = fs::read_to_string(sides.offline.join("journal.jsonl")).unwrap();
    let transmissions: Vec<&str> = journal.lines().filter(|line| line.contains("\"kind\":\"transmission\"")).collect();
    assert!(!transmissions[0].contains("switched_off"), "the first was sent before");
    assert!(transmissions[1].contains("\"switched_off\":[\"CRL-NUMBER-JUMP does not apply"), "{}", transmissions[1]);

    // Enrolling again resets nothing; changing the choice does.
    enrol_online(&sides).exits(0);
    assert_eq!(policy(&sides)["numbers"], "timestamp");
    enrol_online(&sides).args(["--numbers", "counter"]).exits(0);
    sides.acknowledge_alarms();
    let recording = sides.scratch.path("4.frames");
    forged::record(&forged::object_of(&[(ItemKind::Crl, "4.crl", &fs::read(&files[3]).unwrap())]), &recording);
    let ended = sides.receive_recording(&recording).exits(9);
    ended.says("CRL-NUMBER-JUMP");
    assert!(!ended.stderr.contains("WARNING: "), "{ended}");
}

#[test]
fn a_rule_switched_off_is_announced_until_it_is_on_again() {
    let sides = Sides::enrolled();
    let said = "WARNING: CRL-EMPTY-LIST is switched off";
    enrol_online(&sides).args(["--off", "CRL-EMPTY-LIST", "--off", "CRL-REVOCATION-DATE"]).exits(0).says(said);
    enrol_offline(&sides).args(["--off", "CRL-EMPTY-LIST"]).exits(0).says(said);
    assert_eq!(policy(&sides)["switched_off"], serde_json::json!(["CRL-EMPTY-LIST", "CRL-REVOCATION-DATE"]));
    let (file, _) = sides.crl_file(1);
    let recording = sides.scratch.path("off.frames");
    sides.send(&format!("file:{}", recording.display()), &[file]).exits(0).says(said);
    sides.receive_recording(&recording).exits(0).says(said).says("WARNING: CRL-REVOCATION-DATE is switched off");
    online(["status"]).state(&sides.online).exits(10).says(said);
    for (number, on) in [(2, "CRL-EMPTY-LIST"), (3, "CRL-REVOCATION-DATE")] {
        enrol_online(&sides).args(["--on", on]).exits(0);
        assert_eq!(policy(&sides)["switched_off"].as_array().unwrap().len(), 3 - number);
    }
    sides.acknowledge_alarms();
    let ended = online(["status"]).state(&sides.online).exits(0);
    assert!(!ended.stderr.contains("WARNING"), "{ended}");
    let journal = fs::read_to_string(sides.offline.join("journal.jsonl")).unwrap();
    assert!(journal.contains("\"choices\":[\"off CRL-EMPTY-LIST until "), "{journal}");
}

#[test]
fn a_rule_that_tells_genuine_from_forged_cannot_be_switched_off() {
    let sides = Sides::enrolled();
    let before = sides.published();
    for rule in
        ["CRL-SIGNATURE", "CERT-ANCHOR", "CRL-NUMBER-LOWER", "CRL-EQUIVOCATION", "CRL-ENTRY-VANISHED", "CRL-DER"]
    {
        enrol_online(&sides).args(["--off", rule]).exits(2).says(rule).says("stays on");
        enrol_offline(&sides).args(["--off", rule]).exits(2).says(rule).says("stays on");
    }
    enrol_online(&sides).args(["--off", "CRL-WHATEVER"]).exits(2);
    assert_eq!(sides.published(), before);
    assert_eq!(policy(&sides)["switched_off"], serde_json::json!([]));
}

#[test]
fn lists_grow_and_single_choices_change() {
    let sides = Sides::enrolled();
    enrol_online(&sides).args(["--serves", "http://one.example/", "--min-life", "30d"]).exits(0);
    enrol_online(&sides).args(["--serves", "http://two.example/", "--serves", "http://one.example/"]).exits(0);
    enrol_online(&sides).args(["--min-life", "60d"]).exits(0);
    let chosen = policy(&sides);
    assert_eq!(chosen["serves"], serde_json::json!(["http://one.example/", "http://two.example/"]));
    assert_eq!(chosen["min_life_seconds"], 60 * DAY);
    for url in ["https://one.example/", "one.example", "http://one example/"] {
        enrol_online(&sides).args(["--serves", url]).exits(2).says("http://");
    }
    assert_eq!(policy(&sides), chosen);
}

#[test]
fn a_request_is_registered_only_if_the_key_in_it_signed_it() {
    let sides = Sides::enrolled();
    let folder = sides.scratch.subfolder("ca");
    let root = OpensslRoot::new(&folder, "Root");
    let _ = root.intermediate("issuing");
    let request = folder.join("issuing.csr");
    enrol_online(&sides).arg("--request").arg(&request).exits(0).says("signed by the key in it");
    enrol_online(&sides).arg("--request").arg(&request).exits(0).says("Trusted already");
    assert_eq!(policy(&sides)["requests"], serde_json::json!(["CN=issuing, O=Example"]));
    root.openssl(&["req", "-in", "issuing.csr", "-outform", "DER", "-out", "issuing.der"]);
    let der = fs::read(folder.join("issuing.der")).unwrap();
    enrol_online(&sides).arg("--request").arg(folder.join("issuing.der")).exits(0).says("Trusted already");
    // Any flipped bit: in the name, in the key, in the signature.
    for at in (0..der.len()).step_by(7) {
        let mut edited = der.clone();
        edited[at] ^= 1;
        enrol_online(&sides).arg("--request").arg(sides.scratch.file("edited.der", &edited)).exits(2).says("--request");
    }
    // Somebody else's key: whoever sent this cannot show that it is theirs.
    let (theirs, own) = (SigningKey::generate(KeyKind::EcdsaP256), SigningKey::generate(KeyKind::EcdsaP256));
    let stolen = sides.scratch.file("stolen.csr", request_signed_by("Thief CA", &theirs, &own));
    enrol_online(&sides).arg("--request").arg(stolen).exits(2).says("does not verify under the key");
    let not_one = sides.scratch.path("root.crt");
    enrol_online(&sides).arg("--request").arg(not_one).exits(2).says("--request");
    assert_eq!(policy(&sides)["requests"].as_array().unwrap().len(), 1);
}

fn forge(sides: &Sides, kind: ItemKind, der: &[u8]) -> Program {
    let recording = sides.scratch.path("forged.frames");
    forged::record(&forged::object_of(&[(kind, "item", der)]), &recording);
    sides.receive_recording(&recording)
}

#[test]
fn what_a_switched_off_rule_finds_is_only_told() {
    let sides = Sides::enrolled();
    enrol_online(&sides).args(["--profile", "webpki", "--first-number", "1"]).exits(0);
    let mut draft = sides.crl(1);
    // Revoked a day after it was issued.
    draft.revoke(0x4a00_0000_0000_0001, sides.root.now - 28 * DAY);
    let crl = draft.sign();
    forge(&sides, ItemKind::Crl, &crl).exits(5).says("reject[CRL-REVOCATION-DATE]");
    enrol_online(&sides).args(["--off", "CRL-REVOCATION-DATE", "--until", "2099-06-30"]).exits(0);
    forge(&sides, ItemKind::Crl, &crl).exits(0).says("warn[CRL-REVOCATION-DATE]").says("(switched off here)");
    sides.assert_published(&crl);
    let (_, receipt) = rootcast_tests::scratch::tree(&sides.online.join("receipts")).pop().unwrap();
    let receipt: serde_json::Value = serde_json::from_slice(&receipt).unwrap();
    assert!(
        receipt["switched_off"][0].as_str().unwrap().starts_with("CRL-REVOCATION-DATE is switched off"),
        "{receipt}"
    );
}

#[test]
fn a_certificate_for_another_key_than_those_requested_is_held() {
    let sides = Sides::enrolled();
    let key = SigningKey::generate(KeyKind::EcdsaP256);
    let request = sides.scratch.file("issuing.csr", request("Issuing CA", &key));
    enrol_online(&sides).arg("--request").arg(request).exits(0);
    let other = sides.root.intermediate("Another CA").sign();
    forge(&sides, ItemKind::Certificate, &other).exits(9).says("hold[CERT-REQUEST]");
    let requested = sides.root.intermediate_with_key("Issuing CA", &key).sign();
    let ended = forge(&sides, ItemKind::Certificate, &requested).exits(0);
    assert!(!ended.stderr.contains("CERT-REQUEST"), "{ended}");
    sides.assert_published(&requested);
    assert!(!sides.is_published(&other));
    // The offline side compares with a request that is given for this run.
    let (right, wrong) = (sides.scratch.file("right.crt", &requested), sides.scratch.file("wrong.crt", &other));
    let root = sides.scratch.file("compared.crt", &sides.root.certificate);
    let check = |files: &[&std::path::PathBuf]| offline(["check"]).args(files);
    let given = |check: Program| check.arg("--request").arg(sides.scratch.path("issuing.csr"));
    for place in
        [["--issuer".into(), root.into_os_string()], ["--state".into(), sides.offline.clone().into_os_string()]]
    {
        check(&[&right]).args(&place).exits(0).says("warn[CERT-REQUEST]");
        let compared = given(check(&[&right]).args(&place)).exits(0);
        assert!(!format!("{compared}").contains("warn[CERT-REQUEST]"), "{compared}");
        given(check(&[&wrong]).args(&place)).exits(3).says("hold[CERT-REQUEST]");
    }
    check(&[&right]).arg("--request").arg(&wrong).exits(2).says("--request cannot be used");
}

#[test]
fn a_short_life_and_a_url_that_is_not_served_are_told() {
    let sides = Sides::enrolled();
    enrol_online(&sides).args(["--min-life", "200d", "--serves", "http://crl.example/"]).exits(0);
    forge(&sides, ItemKind::Crl, &sides.crl(1).sign())
        .exits(0)
        .says("CRL-SHORT-LIFE")
        .says("days; the policy asks for at least 200 days");
    enrol_online(&sides).args(["--min-life", "20d"]).exits(0);
    let ended = forge(&sides, ItemKind::Crl, &sides.crl(2).sign()).exits(0);
    assert!(!ended.stderr.contains("the policy asks for"), "{ended}");
    for (url, is_served) in [("http://elsewhere.example/root.crl", false), ("http://crl.example/root.crl", true)] {
        let mut draft = sides.root.intermediate(url);
        let name = tlv(0xa0, &tlv(0xa0, &tlv(0x86, url.as_bytes())));
        draft.set_extension(ExtensionDraft::new(&[2, 5, 29, 31], false, sequence(&[sequence(&[name])])));
        let ended = forge(&sides, ItemKind::Certificate, &draft.sign()).exits(0);
        assert_eq!(!ended.stderr.contains("a URL that this host does not serve"), is_served, "{ended}");
    }
}

#[test]
fn a_new_key_of_a_known_ca_may_be_sent_and_is_held_for_a_person() {
    let sides = Sides::enrolled();
    let (old, _) = sides.intermediate_file("Issuing CA");
    let recording = sides.record("old.frames", &[old]);
    sides.receive_recording(&recording).exits(0);
    let new = sides.root.intermediate("Issuing CA").sign();
    let file = sides.scratch.file("new.crt", &new);
    let recording = sides.scratch.path("new.frames");
    // The operator reads before the transmission what awaits the item on the other side.
    let note = "note: the online side will hold this (CERT-SKI) until somebody there decides";
    offline(["check"]).arg(&file).state(&sides.offline).exits(0).says("accepted").says(note);
    let issuer = Issuer::from_certificate(&new, &Policy::default()).unwrap();
    let key_id: String = issuer.key_id().iter().map(|octet| format!("{octet:02x}")).collect();
    let sent = sides.send(&format!("file:{}", recording.display()), &[file]).exits(0);
    sent.says("CERT-SKI")
        .says(note)
        .says(&format!("subject     CN=Issuing CA, O=Rootcast tests, C=CH (key id {key_id})"));
    sides.receive_recording(&recording).exits(9).says("hold[CERT-SKI]");
    let list = online(["held", "list", "--json"]).state(&sides.online).exits(0).json();
    let id = list["held"][0]["id"].as_str().unwrap();
    let signed = Digest::of(rootcast_pki::item::tbs(&new).unwrap()).to_string();
    assert!(id.starts_with(&signed[..12]));
    let accept = online(["held", "accept", id, "--by", "A. Auditor", "--because", "announced rekey"]);
    accept.state(&sides.online).exits(0);
    sides.assert_published(&new);
}

/// Puts the state of `sides` back into the layout of version 1, as an older program would have committed it.
fn to_version_1(state: &Path) {
    let link = state.join("published");
    let target = fs::read_link(&link).unwrap();
    let folder = state.join(target.parent().unwrap());
    let mut record: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("state.json")).unwrap()).unwrap();
    assert_eq!(record["version"], 3);
    record["version"] = 1.into();
    assert!(record.as_object_mut().unwrap().remove("sources").is_some());
    for root in record["roots"].as_array_mut().unwrap() {
        assert!(root.as_object_mut().unwrap().remove("policy").is_some());
    }
    // Its receipts did not bind the record.
    let receipt = state.join("receipts/00000002.json");
    let text = fs::read_to_string(&receipt).unwrap();
    let unbound: String = text.split_inclusive('\n').filter(|line| !line.contains("record_sha256")).collect();
    assert_ne!(unbound, text);
    fs::write(&receipt, &unbound).unwrap();
    let before = record["receipt"].as_str().unwrap().to_owned();
    let sha256 = Digest::of(unbound.as_bytes()).to_string();
    let mark = fs::read_to_string(state.join("enrolled")).unwrap();
    assert!(mark.contains(&before), "{mark}");
    fs::write(state.join("enrolled"), mark.replace(&before, &sha256)).unwrap();
    record["receipt"] = sha256.into();
    let bytes = serde_json::to_vec_pretty(&record).unwrap();
    fs::write(folder.join("state.json"), &bytes).unwrap();
    let number = folder.file_name().unwrap().to_str().unwrap().split_once('-').unwrap().0.to_owned();
    let name = format!("{number}-{}", &Digest::of(&bytes).to_string()[..16]);
    fs::rename(&folder, folder.with_file_name(&name)).unwrap();
    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(Path::new("generations").join(name).join("published"), &link).unwrap();
}

#[test]
fn a_state_of_version_1_is_read_and_goes_on() {
    let sides = Sides::enrolled();
    let (one, _) = sides.crl_file(1);
    let recording = sides.record("one.frames", &[one]);
    sides.receive_recording(&recording).exits(0);
    to_version_1(&sides.online);
    assert_eq!(policy(&sides)["numbers"], "counter");
    let (two, second) = sides.crl_file(2);
    let recording = sides.record("two.frames", &[two]);
    sides.receive_recording(&recording).exits(0);
    sides.assert_published(&second);
    // What was accepted under version 1 still counts.
    let (older, _) = sides.crl_file(1);
    let recording = sides.scratch.path("older.frames");
    let fresh = sides.fresh_offline("fresh");
    sides.send_from(&fresh, &format!("file:{}", recording.display()), &[older]).exits(0);
    sides.receive_recording(&recording).exits(6).says("CRL-NUMBER-LOWER");
    let current = fs::canonicalize(sides.online.join("published")).unwrap();
    let record = fs::read_to_string(current.parent().unwrap().join("state.json")).unwrap();
    assert!(record.contains("\"version\": 3"), "{record}");
}

#[test]
fn what_is_switched_off_for_one_root_is_said_when_another_is_enrolled() {
    let sides = Sides::enrolled();
    let said = "WARNING: CRL-EMPTY-LIST is switched off";
    enrol_online(&sides).args(["--off", "CRL-EMPTY-LIST"]).exits(0);
    online(["held", "list"]).state(&sides.online).exits(0).says(said);
    let other = sides.scratch.file("other.crt", ThrowAwayCa::at("Other root", sides.root.now).certificate);
    online(["enrol", "--yes"]).state(&sides.online).arg("--root").arg(other).exits(0).says(said);
    let (_, newest) = rootcast_tests::scratch::tree(&sides.online.join("receipts")).pop().unwrap();
    let newest: serde_json::Value = serde_json::from_slice(&newest).unwrap();
    assert!(newest["switched_off"].to_string().contains("CRL-EMPTY-LIST"), "{newest}");
}

/// Until when the rules of the first root are off online.
fn off_until(state: &Path) -> serde_json::Value {
    let status = online(["status", "--json"]).state(state).run().json();
    status["roots"][0]["policy"]["off_until"].clone()
}

#[test]
fn a_rule_is_off_until_a_date_that_webpki_wants_and_private_need_not_give() {
    let sides = Sides::enrolled();
    for enrol in [enrol_online, enrol_offline] {
        let trust = |options: &[&str]| enrol(&sides).args(options);
        trust(&["--until", "2099-06-30"]).exits(2).says("--off");
        trust(&["--off", "CERT-CDP", "--on", "CERT-CDP"]).exits(2).says("one of them is a mistake");
        trust(&["--off", "CERT-CDP", "--until", "soon"]).exits(2).says("write it like 2026-11-21").says("or never");
        trust(&["--off", "CERT-CDP", "--until", "2026-06-30"]).exits(2).says("this date has passed");
        trust(&["--off", "CERT-CDP", "--until", "never"]).exits(2).says("--because TEXT");
        trust(&["--off", "CERT-CDP", "--until", "never", "--because", " "]).exits(2).says("1 to 500 characters");
        trust(&["--off", "CERT-CDP", "--profile", "webpki"]).exits(2).says("--until DATE");
        let never = ["--off", "CERT-CDP", "--until", "never", "--because", "the CA is closed"];
        trust(&never).args(["--profile", "webpki"]).exits(2).says("a rule is off until a date");
        trust(&never).exits(0).says("off      CERT-CDP, without an end").says("WARNING: CERT-CDP is switched off: ");
        // What has no end stops the way to webpki, and nothing changes.
        trust(&["--profile", "webpki"]).exits(2).says("without an end").says("--on CERT-CDP");
        let dated = ["--profile", "webpki", "--off", "CERT-CDP", "--until", "2099-06-30"];
        trust(&dated).exits(0).says("WARNING: CERT-CDP is switched off until 2099-06-30T00:00:00Z");
        trust(&["--off", "CERT-AIA"]).exits(2).says("--until DATE");
        // The same again changes nothing.
        trust(&dated).exits(0).says("Trusted already");
    }
    let dated = serde_json::json!([{"rule": "CERT-CDP", "until": "2099-06-30T00:00:00Z"}]);
    assert_eq!(off_until(&sides.online), dated);
    let record = fs::read_to_string(sides.offline.join("state.json")).unwrap();
    assert!(record.contains(&format!("\"off_until\":{dated}")), "{record}");
    let journal = fs::read_to_string(sides.offline.join("journal.jsonl")).unwrap();
    assert!(journal.contains("off CERT-CDP until never (the CA is closed)"), "{journal}");
    enrol_online(&sides).args(["--on", "CERT-CDP"]).exits(0);
    assert_eq!(off_until(&sides.online), serde_json::json!([]));
}

#[test]
fn without_a_date_a_rule_is_off_for_twelve_months_and_the_same_again_does_not_move_it() {
    let sides = Sides::enrolled();
    let clock = FixedClock::at(&sides.scratch, parse_rfc3339("2026-12-31T12:00:00Z").unwrap().0);
    let off = |later: i64| clock.later(enrol_online(&sides).args(["--off", "CRL-VALIDITY"]), later);
    off(0).exits(0).says("until 2027-12-31T12:00:00Z");
    off(100 * DAY).exits(0).says("Trusted already").says("until 2027-12-31T12:00:00Z");
    // Its date has passed: it is off again, from now on.
    off(366 * DAY).exits(0).says("until 2029-01-01T12:00:00Z");
    let rang = clock.later(online(["alarm", "list"]).state(&sides.online), 366 * DAY).exits(0);
    rang.says("CRL-VALIDITY is switched off until 2029-01-01T12:00:00Z and was until 2027-12-31T12:00:00Z");
}

/// BR 7.1.2.2: a CA that another root certified, certified again by this one.
#[test]
fn a_cross_certificate_may_have_any_purpose_only_if_its_ca_is_affiliated() {
    let sides = Sides::enrolled();
    let webpki = ["--profile", "webpki", "--first-number", "1"];
    enrol_online(&sides).args(webpki).exits(0);
    enrol_offline(&sides).args(["--profile", "webpki"]).exits(0);
    let other = ThrowAwayCa::at("Another Root", sides.root.now);
    let file = sides.scratch.file("other.crt", &other.certificate);
    for enrol in [online(["enrol"]).state(&sides.online), offline(["enrol"]).state(&sides.offline)] {
        enrol.args(["--yes", "--profile", "webpki", "--root"]).arg(&file).exits(0);
    }
    // The other root itself is the CA that there is already.
    let mut cross = sides.root.intermediate_with_key("Another Root", &other.key);
    cross.set_extension(ExtensionDraft::key_purposes(&[&[2, 5, 29, 37, 0]]));
    let file = sides.scratch.file("cross.crt", cross.sign());
    let check = |program: Program| program.arg(&file);
    let both = || [check(online(["check"]).state(&sides.online)), check(offline(["check"]).state(&sides.offline))];
    for check in both() {
        let ended = check.run();
        ended.says("reject[CERT-EKU]").says("is not named as affiliated").says("trust --affiliated KEY");
    }
    let key = Digest::of(&other.key.spki()).to_string();
    let text = "CA counts as affiliated";
    enrol_online(&sides).args(["--affiliated", "0g"]).exits(2).says("64 hexadecimal digits");
    enrol_online(&sides).args(["--affiliated", &key]).exits(0).says(text);
    enrol_offline(&sides).args(["--affiliated", &key]).exits(0).says(text);
    for check in both() {
        let ended = check.exits(0);
        assert!(!ended.stderr.contains("CERT-EKU") && !ended.stdout.contains("CERT-EKU"), "{ended}");
    }
    let status = online(["status", "--json"]).state(&sides.online).run().json();
    let affiliated = |root: &serde_json::Value| root["policy"]["affiliated"] == serde_json::json!([key]);
    assert_eq!(status["roots"].as_array().unwrap().iter().filter(|root| affiliated(root)).count(), 1, "{status}");
}

//! `retire`: a root or an offline issuer is taken out. What is published stays, and nothing more of it is accepted.

use std::path::Path;

use rootcast_host::clock;
use rootcast_protocol::manifest::ItemKind;
use rootcast_tests::forged;
use rootcast_tests::program::{Ended, Program, head_on_paper, offline, online};
use rootcast_tests::scratch::{Scratch, tree};
use rootcast_tests::sides::{Sides, crl_of, fresh_root};
use rootcast_tests::throwaway_ca::{DAY, ExtensionDraft, KeyKind, RawTime, SigningKey, ThrowAwayCa};
use serde_json::Value;

use crate::three_tiers::below;

fn receive(sides: &Sides, name: &str, items: &[(ItemKind, &str, &[u8])], code: i32) -> Ended {
    let recording = sides.scratch.path(name);
    forged::record(&forged::object_of(items), &recording);
    sides.receive_recording(&recording).exits(code)
}

fn retire_online(sides: &Sides, issuer: &str, options: &[&str]) -> Program {
    online(["retire", "--json"]).state(&sides.online).arg(issuer).args(options)
}

fn key_id(sides: &Sides) -> String {
    sides.root.key.key_id().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn receipt(state: &Path) -> Value {
    let (_, receipt) = tree(&state.join("receipts")).pop().unwrap();
    serde_json::from_slice(&receipt).unwrap()
}

#[test]
fn a_root_is_retired_online_and_what_is_published_stays() {
    let sides = Sides::enrolled();
    let (crl, issuing) = (sides.crl(1).sign(), sides.root.intermediate("Issuing CA").sign());
    let items = [(ItemKind::Crl, "root.crl", &*crl), (ItemKind::Certificate, "issuing.crt", &*issuing)];
    receive(&sides, "both.frames", &items, 0);
    let published = sides.published();
    // Relying parties still need its CRLs.
    let refused = retire_online(&sides, &key_id(&sides), &[]).exits(2);
    refused.says("CN=Issuing CA").says("--because");
    retire_online(&sides, &key_id(&sides), &["--by", "R. Example"]).exits(2);
    let options = ["--by", "R. Example", "--because", "the key moved to another host"];
    let document = retire_online(&sides, &key_id(&sides)[..8], &options).exits(0).json();
    assert_eq!(document["retired"]["key_id"], key_id(&sides));
    assert_eq!(document["retired"]["needing"].as_array().unwrap().len(), 1);
    assert_eq!(sides.published(), published);
    let receipt = receipt(&sides.online);
    assert_eq!((&receipt["what"], &receipt["items"][0]["verdict"]), (&"retired".into(), &"retired".into()));
    assert_eq!(receipt["decision"]["because"], "the key moved to another host");
    let status = online(["status", "--receipts", "--json"]).state(&sides.online).exits(0);
    status.says("retired  CN=Example Root 2026").says("history: nothing more of its issuer is accepted");
    assert_eq!(status.json()["retired"][0]["key_id"], key_id(&sides));
    let second = sides.crl(2).sign();
    receive(&sides, "second.frames", &[(ItemKind::Crl, "root.crl", &second)], 5).says("ITEM-ISSUER-UNKNOWN");
    assert_eq!(sides.published(), published);
    retire_online(&sides, &key_id(&sides), &options).exits(2).says("No root or issuer that is trusted here");
}

/// Otherwise retiring and trusting it again would reset what was chosen.
#[test]
fn a_root_that_is_trusted_again_has_its_policy_and_its_numbers_again() {
    let sides = Sides::enrolled();
    let root = sides.scratch.path("root.crt");
    let trust = || online(["trust", "--yes", "--json"]).state(&sides.online).arg("--root").arg(&root);
    trust().args(["--profile", "webpki", "--first-number", "5"]).exits(0);
    retire_online(&sides, root.to_str().unwrap(), &[]).exits(2).says("nobody could be asked");
    retire_online(&sides, root.to_str().unwrap(), &["--yes"]).exits(0);
    let again = trust().exits(0);
    again.says("policy kept");
    assert_eq!(again.json()["enrolled"]["policies"][0]["after"]["profile"], "webpki");
    let crl = sides.crl(4).sign();
    receive(&sides, "low.frames", &[(ItemKind::Crl, "root.crl", &crl)], 6).says("CRL-NUMBER-LOWER");
    // The same on the other side.
    let trust = || offline(["trust", "--yes", "--json"]).state(&sides.offline).arg("--root").arg(&root);
    trust().args(["--profile", "webpki"]).exits(0);
    offline(["retire"]).state(&sides.offline).arg(&root).exits(2).says("nobody could be asked");
    offline(["retire", "--yes"]).state(&sides.offline).arg(&root).exits(0);
    let again = trust().exits(0).json();
    assert_eq!(again["enrolled"]["profile"], "webpki", "{again}");
    offline(["journal", "verify"]).state(&sides.offline).exits(0);
}

#[test]
fn a_root_is_retired_offline_and_nothing_more_of_it_is_sent() {
    let sides = Sides::enrolled();
    let (issuing, _) = sides.intermediate_file("Issuing CA");
    let (first, _) = sides.crl_file(1);
    assert!(sides.record("first.frames", &[first, issuing]).is_file());
    offline(["retire"]).state(&sides.offline).arg(key_id(&sides)).exits(2).says("CN=Issuing CA");
    let options = ["--by", "R. Example", "--because", "replaced"];
    let retired = offline(["retire", "--json"]).state(&sides.offline).arg(key_id(&sides)).args(options).exits(0);
    assert_eq!(retired.json()["retired"]["is_root"], true);
    let (second, _) = sides.crl_file(2);
    let link = format!("file:{}", sides.scratch.path("never.frames").display());
    sides.send(&link, &[&second]).exits(3).says("ITEM-ISSUER-UNKNOWN");
    offline(["journal", "show"]).state(&sides.offline).exits(0).says("replaced");
    offline(["journal", "verify"]).state(&sides.offline).exits(0);
}

#[test]
fn an_offline_issuer_is_retired_alone() {
    let sides = Sides::enrolled();
    let ca = below(&sides.root, "Policy CA", 1);
    let file = sides.scratch.file("policy-ca.crt", &ca.certificate);
    let root = sides.scratch.path("root.crt");
    online(["trust", "--yes"])
        .state(&sides.online)
        .arg("--root")
        .arg(&root)
        .arg("--offline-issuer")
        .arg(&file)
        .exits(0);
    sides.acknowledge_alarms();
    let (root_crl, crl) = (sides.crl(1).sign(), crl_of(&ca, 1).sign());
    let items = [
        (ItemKind::Certificate, "policy-ca.crt", &*ca.certificate),
        (ItemKind::Crl, "root.crl", &*root_crl),
        (ItemKind::Crl, "policy-ca.crl", &*crl),
    ];
    receive(&sides, "all.frames", &items, 0);
    retire_online(&sides, file.to_str().unwrap(), &["--yes"]).exits(0);
    sides.assert_published(&crl);
    let second = crl_of(&ca, 2).sign();
    receive(&sides, "second.frames", &[(ItemKind::Crl, "policy-ca.crl", &second)], 5).says("ITEM-ISSUER-UNKNOWN");
    let second = sides.crl(2).sign();
    receive(&sides, "root.frames", &[(ItemKind::Crl, "root.crl", &second)], 0);
    sides.assert_published(&second);
}

#[test]
fn what_is_no_issuer_here_is_not_retired() {
    let sides = Sides::enrolled();
    let generations = || tree(&sides.online.join("receipts")).len();
    let before = generations();
    for wrong in [
        "1234",
        "not hexadecimal",
        "0123456789abcdef",
        sides.scratch.file("a.crl", sides.crl(1).sign()).to_str().unwrap(),
    ] {
        retire_online(&sides, wrong, &[]).exits(2);
        offline(["retire"]).state(&sides.offline).arg(wrong).exits(2);
    }
    retire_online(&sides, &key_id(&sides), &["--because", " "]).exits(2);
    assert_eq!(generations(), before);
}

/// Whoever wants to be rid of the old certificate must not lose the new one.
#[test]
fn an_older_certificate_is_history_and_does_not_retire_its_successor() {
    let sides = Sides::enrolled();
    let old = sides.scratch.path("root.crt");
    let mut draft = sides.root.root_draft();
    draft.serial = vec![0x2b; 16];
    draft.not_after = RawTime::At(sides.root.now + 9_000 * DAY);
    let renewed = sides.scratch.file("renewed.crt", draft.sign());
    for (program, state) in [(offline as fn([&'static str; 3]) -> Program, &sides.offline), (online, &sides.online)] {
        program(["trust", "--yes", "--root"]).arg(&renewed).state(state).exits(0);
        let refused = program(["retire", "--yes", "--json"]).arg(&old).state(state).exits(2);
        refused.says("is history already").says(&key_id(&sides));
        program(["retire", "--yes", "--json"]).arg(&renewed).state(state).exits(0).says("retires");
    }
}

/// A room with a key in a file and the request for the first ceremony of a root of this key.
struct Room {
    scratch: Scratch,
    ca: ThrowAwayCa,
}

impl Room {
    fn new() -> Self {
        let room = Self { scratch: Scratch::new(), ca: fresh_root("Old Root") };
        room.scratch.file("root.crt", &room.ca.certificate);
        room.use_key(&room.ca.key);
        room
    }

    fn use_key(&self, key: &SigningKey) {
        self.scratch.file("key.p8", key.pkcs8());
        self.scratch.file("SITE.toml", "[key]\nrehearsal_key = \"key.p8\"\n[approvals]\nrequired = 0\n");
    }

    fn offline(&self, arguments: &[&str]) -> Program {
        offline(arguments).state(&self.scratch.path("offline")).within(self.scratch.folder())
    }

    fn rehearse(&self, subject: &str, folder: &str) -> Program {
        let at = |days: i64| clock::rfc3339(clock::now() + days * DAY - 600);
        let request = format!(
            "first = true\n[crl]\nthis_update = \"{}\"\nnext_update = \"{}\"\n[root]\nkey = \"ecdsa-p256\"\n\
             subject = \"{subject}\"\nnot_before = \"{}\"\nnot_after = \"{}\"\n",
            at(0),
            at(180),
            at(0),
            at(7000)
        );
        self.scratch.file("first.toml", request);
        self.offline(&["ceremony", "rehearse", "--site", "SITE.toml", "first.toml", "-o", folder])
    }

    fn sign(&self, folder: &str) -> Ended {
        let head =
            head_on_paper(&self.scratch.path("offline")).map_or_else(Vec::new, |head| vec!["--head".into(), head]);
        let now = clock::rfc3339(clock::now());
        self.offline(&["ceremony", "sign", "--site", "SITE.toml", folder, "--yes", "--utc", &now]).args(head).run()
    }
}

/// It came back with the profile private, unknown to anybody who looked at what `trust` had weakened.
#[test]
fn a_retired_root_is_no_new_root_for_a_ceremony() {
    let room = Room::new();
    room.offline(&["trust", "--yes", "--root", "root.crt", "--profile", "webpki"]).exits(0);
    room.offline(&["retire", "--yes", "root.crt"]).exits(0);
    // Its key, under whatever name.
    for subject in ["CN=Old Root,O=Rootcast tests,C=CH", "CN=Another Root"] {
        let refused = room.rehearse(subject, "again").exits(3);
        refused.says("a root with this key was retired here").says("`trust` the retired root first");
    }
    // Its name, with another key.
    room.use_key(&SigningKey::generate(KeyKind::EcdsaP256));
    room.rehearse("CN=Old Root,O=Rootcast tests,C=CH", "again").exits(3).says("a root with this name was retired here");
    assert!(!room.scratch.path("again").exists());
    room.rehearse("CN=Another Root", "other").exits(0);
    room.use_key(&room.ca.key);
    let again = room.offline(&["trust", "--yes", "--json", "--root", "root.crt"]).exits(0).json();
    assert_eq!(again["enrolled"]["profile"], "webpki");
}

/// `sign` on the folder of a ceremony that is over writes down what the state does not have: it did not have the root.
#[test]
fn signing_once_more_does_not_bring_a_retired_root_back() {
    let room = Room::new();
    let rehearse = room.rehearse("CN=Example Root", "first");
    std::fs::remove_file(room.scratch.path("key.p8")).unwrap();
    room.offline(&["ceremony", "keygen", "--site", "SITE.toml", "first.toml"]).exits(0);
    rehearse.exits(0);
    assert_eq!(room.sign("first").code, Some(0));
    room.offline(&["check", "first/signed/root.crl"]).exits(0);
    room.offline(&["retire", "--yes", "first/signed/root.crt"]).exits(0);
    room.sign("first");
    room.offline(&["check", "first/signed/root.crl"]).run().says("ITEM-ISSUER-UNKNOWN");
    room.offline(&["retire", "--yes", "first/signed/root.crt"]).exits(2).says("No root or issuer that is trusted here");
    room.offline(&["journal", "verify"]).exits(0);
}

/// The policy of the certificate that was retired first came back, and with it an issuer that was retired since.
#[test]
fn of_several_retired_certificates_the_policy_that_held_last_comes_back() {
    let sides = Sides::enrolled();
    let ca = below(&sides.root, "Policy CA", 1);
    let named = sides.scratch.file("policy-ca.crt", &ca.certificate);
    let old = sides.scratch.path("root.crt");
    let mut draft = sides.root.root_draft();
    draft.serial = vec![0x2b; 16];
    draft.not_after = RawTime::At(sides.root.now + 9_000 * DAY);
    let new = sides.scratch.file("new.crt", draft.sign());
    for (program, state) in
        [(offline as fn(&'static [&'static str]) -> Program, &sides.offline), (online, &sides.online)]
    {
        let trust = |root: &Path, options: &[&str]| {
            program(&["trust", "--yes", "--json"]).state(state).arg("--root").arg(root).args(options).exits(0).json()
        };
        let retire = |issuer: &Path| program(&["retire", "--yes"]).state(state).arg(issuer).exits(0);
        trust(&old, &["--off", "CRL-VALIDITY", "--offline-issuer", named.to_str().unwrap()]);
        retire(&old);
        trust(&new, &["--profile", "webpki", "--on", "CRL-VALIDITY"]);
        retire(&named);
        retire(&new);
        let again = trust(&old, &[]);
        let after = &again["enrolled"]["policies"][0]["after"];
        assert_eq!(after["profile"], "webpki", "{again}");
        assert_eq!(
            (&after["switched_off"], &after["offline_issuers"]),
            (&Value::from(vec![""; 0]), &Value::from(vec![""; 0]))
        );
        let weakened = again["enrolled"]["policies"][0]["weakened"].as_array().is_none_or(Vec::is_empty);
        assert!(weakened, "{again}");
    }
}

/// The record of the other root still named it, by another certificate.
#[test]
fn a_retired_issuer_does_not_come_back_with_another_root_that_named_it() {
    let sides = Sides::enrolled();
    let ca = below(&sides.root, "Policy CA", 0);
    let other = fresh_root("Other Root");
    let mut cross = other.intermediate_with_key("Policy CA", &ca.key);
    cross.set_extension(ExtensionDraft::basic_constraints(true, Some(0)));
    let cross = sides.scratch.file("cross.crt", cross.sign());
    let named = sides.scratch.file("policy-ca.crt", &ca.certificate);
    let (root, other) = (sides.scratch.path("root.crt"), sides.scratch.file("other.crt", &other.certificate));
    let crl = sides.scratch.file("policy-ca.crl", crl_of(&ca, 1).sign());
    let trust = |program: fn(&'static [&'static str]) -> Program, state: &Path, root: &Path, named: Option<&Path>| {
        let option = named.map_or_else(Vec::new, |named| vec!["--offline-issuer", named.to_str().unwrap()]);
        program(&["trust", "--yes"]).state(state).arg("--root").arg(root).args(option).exits(0);
    };
    for (program, state) in
        [(offline as fn(&'static [&'static str]) -> Program, &sides.offline), (online, &sides.online)]
    {
        trust(program, state, &root, Some(&named));
        trust(program, state, &other, Some(&cross));
    }
    sides.acknowledge_alarms();
    for (certificate, name) in [(&named, "named.frames"), (&cross, "cross.frames")] {
        let link = format!("file:{}", sides.scratch.path(name).display());
        sides.send(&link, &[certificate]).exits(0);
        online(["receive"]).state(&sides.online).link(&link).exits(0);
    }
    for (program, state) in
        [(offline as fn(&'static [&'static str]) -> Program, &sides.offline), (online, &sides.online)]
    {
        let check = || program(&["check"]).state(state).arg(&crl);
        check().exits(0);
        for issuer in [&other, &named] {
            program(&["retire", "--by", "R. Example", "--because", "no longer used"]).state(state).arg(issuer).exits(0);
        }
        check().run().says("ITEM-ISSUER-UNKNOWN");
        trust(program, state, &other, None);
        check().run().says("ITEM-ISSUER-UNKNOWN");
    }
}

/// The online side compared with the retired roots, and this side did not.
#[test]
fn no_root_takes_the_file_name_of_a_retired_one() {
    let sides = Sides::enrolled();
    let mut draft = fresh_root("Another Root").root_draft();
    draft.set_extension(ExtensionDraft::subject_key_identifier(&sides.root.key.key_id()));
    let other = sides.scratch.file("other.crt", draft.sign());
    let root = sides.scratch.path("root.crt");
    for (program, state, code) in
        [(offline as fn(&'static [&'static str]) -> Program, &sides.offline, 3), (online, &sides.online, 5)]
    {
        program(&["retire", "--yes"]).state(state).arg(&root).exits(0);
        program(&["trust", "--yes"]).state(state).arg("--root").arg(&other).exits(code).says("ROOT-CLASH");
    }
}

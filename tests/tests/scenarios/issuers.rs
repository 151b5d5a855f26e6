//! One issuer is one name and one key: every certificate of it counts, what has a successor is history, and issuers of one
//! name are told apart.

use std::path::{Path, PathBuf};

use rootcast_protocol::digest::Digest;
use rootcast_protocol::manifest::ItemKind;
use rootcast_tests::forged;
use rootcast_tests::program::{Ended, offline, online};
use rootcast_tests::scratch::tree;
use rootcast_tests::sides::{Sides, crl_of, fresh_root};
use rootcast_tests::throwaway_ca::{
    CertificateDraft, DAY, EntryDraft, ExtensionDraft, KeyKind, RawTime, SigningKey, ThrowAwayCa,
};
use serde_json::Value;

/// Another certificate of this root, with this last byte of its serial number and valid for these days from now.
fn renewed(root: &ThrowAwayCa, serial: u8, (from, to): (i64, i64)) -> CertificateDraft {
    let mut draft = root.root_draft();
    draft.serial = vec![0x4a, 1, 2, 3, 4, 5, 6, 7, serial];
    draft.not_before = RawTime::At(root.now + from * DAY);
    draft.not_after = RawTime::At(root.now + to * DAY);
    draft
}

fn trust_online(state: &Path, root: &Path, options: &[&str]) -> Ended {
    online(["trust", "--yes", "--json"]).state(state).arg("--root").arg(root).args(options).exits(0)
}

fn trust_offline(state: &Path, root: &Path) {
    offline(["trust", "--yes"]).state(state).arg("--root").arg(root).exits(0);
}

fn status(sides: &Sides, code: i32) -> Ended {
    online(["status", "--json"]).state(&sides.online).exits(code)
}

fn receive(sides: &Sides, name: &str, items: &[(ItemKind, &str, &[u8])], code: i32) -> Ended {
    let recording = sides.scratch.path(name);
    forged::record(&forged::object_of(items), &recording);
    sides.receive_recording(&recording).exits(code)
}

/// The certificate that was trusted first decided, until it ended.
#[test]
fn an_item_passes_where_one_certificate_of_its_issuer_allows_it_whichever_was_trusted_first() {
    let sides = Sides::enrolled();
    let ca = fresh_root("Renewed Root");
    let mut narrow = renewed(&ca, 1, (-400, 400));
    narrow.set_extension(ExtensionDraft::key_usage(&[5]));
    narrow.set_extension(ExtensionDraft::basic_constraints(true, Some(0)));
    let files = [
        sides.scratch.file("narrow.crt", narrow.sign()),
        sides.scratch.file("wide.crt", renewed(&ca, 2, (-30, 4000)).sign()),
    ];
    let crl = sides.scratch.file("renewed.crl", crl_of(&ca, 1).sign());
    let mut policy_ca = ca.intermediate("Policy CA");
    policy_ca.set_extension(ExtensionDraft::basic_constraints(true, Some(0)));
    let policy_ca = sides.scratch.file("policy-ca.crt", policy_ca.sign());
    let mut said = Vec::new();
    for (name, order) in [("forward", [0, 1]), ("backward", [1, 0])] {
        let (there, here) = (sides.scratch.path(&format!("{name}-off")), sides.scratch.path(&format!("{name}-on")));
        for index in order {
            trust_online(&here, &files[index], &[]);
            trust_offline(&there, &files[index]);
        }
        let checked = online(["check", "--json"]).state(&here).args([&crl, &policy_ca]).exits(0).json();
        offline(["check"]).state(&there).args([&crl, &policy_ca]).exits(0);
        said.push(checked);
        let link = format!("file:{}", sides.scratch.path(&format!("{name}.frames")).display());
        sides.send_from(&there, &link, &[&crl, &policy_ca]).exits(0);
        online(["receive"]).state(&here).link(&link).exits(0);
    }
    let items = |document: &Value| document["items"].clone();
    assert_eq!(items(&said[0]), items(&said[1]));
    let alone = sides.scratch.path("alone");
    trust_online(&alone, &files[0], &[]);
    online(["check"]).state(&alone).arg(&crl).exits(5).says("CRL-ISSUER-USAGE");
}

/// After every renewal `status` ended with 10, and nothing cleared it.
#[test]
fn what_has_a_successor_is_history_and_asks_for_nobody() {
    let sides = Sides::of(ended_root());
    let crl = sides.crl(1).sign();
    online(["status"]).state(&sides.online).exits(10).says("EXPIRED").says("serial");
    let new = sides.scratch.file("new.crt", renewed(&sides.root, 9, (-100, 4000)).sign());
    trust_online(&sides.online, &new, &[]);
    receive(&sides, "first.frames", &[(ItemKind::Crl, "root.crl", &crl)], 0);
    let shown = status(&sides, 0);
    shown.says("history, its successor is serial 4a");
    let roots = shown.json()["roots"].clone();
    assert_eq!(roots[0]["successor"], roots[1]["sha256"], "{roots}");
    assert_eq!(roots[1]["successor"], Value::Null);
    // The same for a CA below it.
    let key = SigningKey::generate(KeyKind::EcdsaP256);
    let mut soon = sides.root.intermediate_with_key("Issuing CA", &key);
    (soon.not_before, soon.not_after) =
        (RawTime::At(sides.root.now - 90 * DAY), RawTime::At(sides.root.now + 20 * DAY));
    receive(&sides, "soon.frames", &[(ItemKind::Certificate, "soon.crt", &soon.sign())], 0);
    status(&sides, 10).says("certificate of CN=Issuing CA");
    let mut later = sides.root.intermediate_with_key("Issuing CA", &key);
    later.serial = vec![0x4b, 1, 2, 3, 4, 5, 6, 7, 8];
    receive(&sides, "later.frames", &[(ItemKind::Certificate, "later.crt", &later.sign())], 0);
    let shown = status(&sides, 0).json();
    let certificates = shown["certificates"].as_array().unwrap();
    assert_eq!(certificates.iter().filter(|one| one["successor"] == certificates[1]["sha256"]).count(), 1, "{shown}");
}

/// A root whose certificate ended ten days ago.
fn ended_root() -> ThrowAwayCa {
    let mut root = fresh_root("Example Root 2026");
    root.certificate = renewed(&root, 1, (-4000, -10)).sign();
    root
}

#[test]
fn another_key_of_the_same_name_is_no_successor_and_is_told_apart() {
    let sides = Sides::of(ended_root());
    let other = fresh_root("Example Root 2026");
    let file = sides.scratch.file("other.crt", &other.certificate);
    trust_online(&sides.online, &file, &[]);
    let hex = |ca: &ThrowAwayCa| -> String { ca.key.key_id().iter().map(|byte| format!("{byte:02x}")).collect() };
    let shown = status(&sides, 10);
    shown.says("EXPIRED").says(&format!("key {}", hex(&sides.root))).says(&format!("key {}", hex(&other)));
    let document = shown.json();
    let attention = document["attention"].to_string();
    assert!(attention.contains(&hex(&sides.root)) && !attention.contains(&hex(&other)), "{attention}");
    assert_eq!(document["roots"][0]["key_id"], hex(&sides.root));
    assert_eq!(document["roots"][0]["serial"], "4a01020304050607 01".replace(' ', ""));
}

/// The count of known keys was a part of what a decision covers.
#[test]
fn accepting_one_held_item_does_not_spoil_the_command_shown_for_the_next() {
    let sides = Sides::enrolled();
    let (old, new) = (fresh_root("Corporate Root"), fresh_root("Corporate Root"));
    for (name, ca) in [("old.crt", &old), ("new.crt", &new)] {
        trust_online(&sides.online, &sides.scratch.file(name, &ca.certificate), &[]);
    }
    let again = sides.scratch.file("new-again.crt", renewed(&new, 7, (-30, 4000)).sign());
    trust_online(&sides.online, &again, &[]);
    let cross = |by: &ThrowAwayCa, of: &ThrowAwayCa| by.intermediate_with_key("Corporate Root", &of.key).sign();
    let (forward, backward) = (cross(&old, &new), cross(&new, &old));
    let items = [(ItemKind::Certificate, "0-1.crt", &*forward), (ItemKind::Certificate, "1-0.crt", &*backward)];
    receive(&sides, "cross.frames", &items, 9);
    let list = online(["held", "list", "--json"]).state(&sides.online).exits(0);
    let held = list.json()["held"].as_array().unwrap().clone();
    assert_eq!(held.len(), 2);
    let issuers: Vec<&str> = held.iter().map(|item| item["issuer"].as_str().unwrap()).collect();
    assert_ne!(issuers[0], issuers[1], "what tells the issuers apart stands there");
    // And both keys that the decision is about: of the certificate itself, and the other of its name.
    for (name, own, other) in [("0-1.crt", &new, &old), ("1-0.crt", &old, &new)] {
        let item = held.iter().find(|item| item["name"] == name).unwrap();
        let hex = |ca: &ThrowAwayCa| -> String { ca.key.key_id().iter().map(|byte| format!("{byte:02x}")).collect() };
        let keys = format!("(key {}; the name is known here with key {})", hex(own), hex(other));
        assert!(item["description"].as_str().unwrap().contains(&keys), "{keys}: {item}");
        list.says(&keys);
    }
    for item in &held {
        let id = item["id"].as_str().unwrap();
        let accept = ["held", "accept", id, "--by", "R. Example", "--because", "key renewal"];
        online(accept).state(&sides.online).exits(0);
    }
    sides.assert_published(&forward);
    sides.assert_published(&backward);
    let (_, receipt) = tree(&sides.online.join("receipts")).pop().unwrap();
    let receipt: Value = serde_json::from_slice(&receipt).unwrap();
    assert!(receipt["items"][0]["issuer"].as_str().unwrap().contains("serial"), "{receipt}");
}

/// Which of the two policies counted depended on the certificate that had arrived.
#[test]
fn an_issuer_that_two_roots_name_is_judged_by_the_stricter_policy_whichever_certificate_arrived() {
    let sides = Sides::enrolled();
    let other = fresh_root("Other Root");
    let key = std::sync::Arc::new(SigningKey::generate(KeyKind::EcdsaP256));
    let below = |root: &ThrowAwayCa| {
        let mut draft = root.intermediate_with_key("Policy CA", &key);
        draft.set_extension(ExtensionDraft::basic_constraints(true, Some(0)));
        draft
    };
    let name = below(&other).subject.clone();
    let certificates = [below(&sides.root).sign(), below(&other).sign()];
    let files = ["own.crt", "cross.crt"].map(|name| sides.scratch.path(name));
    for (file, certificate) in files.iter().zip(&certificates) {
        std::fs::write(file, certificate).unwrap();
    }
    let root = sides.scratch.file("other.crt", &other.certificate);
    let ca = ThrowAwayCa { name, certificate: certificates[1].clone(), key, now: other.now };
    let mut crl = crl_of(&ca, 1);
    crl.entries.push(EntryDraft::of(&[0x11], other.now - 60 * DAY, None));
    // No reason: rejected in webpki, a warning in private.
    let crl = sides.scratch.file("policy-ca.crl", crl.sign());
    for strict in [None, Some(0), Some(1)] {
        for arrived in [0, 1] {
            let name = |side: &str| sides.scratch.path(&format!("{side}-{strict:?}-{arrived}"));
            let (there, here) = (name("off"), name("on"));
            for (index, root) in [&sides.scratch.path("root.crt"), &root].into_iter().enumerate() {
                let profile = if strict == Some(index) { "webpki" } else { "private" };
                let options = ["--profile", profile, "--offline-issuer", files[index].to_str().unwrap()];
                trust_online(&here, root, &options);
                offline(["trust", "--yes"]).state(&there).arg("--root").arg(root).args(options).exits(0);
            }
            let sent = [(ItemKind::Certificate, "policy-ca.crt", &*certificates[arrived])];
            let recording = sides.scratch.path("arrives.frames");
            let _ = std::fs::remove_file(&recording);
            forged::record(&forged::object_of(&sent), &recording);
            let received = online(["receive"]).state(&here).link(format!("file:{}", recording.display())).run();
            let link = format!("file:{}", sides.scratch.path(&format!("sent-{strict:?}-{arrived}.frames")).display());
            let went = sides.send_from(&there, &link, &[&files[arrived]]).run();
            // What the stricter root does not let through makes no issuer.
            if (received.code, went.code) != (Some(0), Some(0)) {
                assert_eq!(strict, Some(arrived));
                continue;
            }
            let (online, offline) = (online(["check"]).state(&here), offline(["check"]).state(&there));
            if strict.is_none() {
                online.arg(&crl).exits(0);
                offline.arg(&crl).exits(0);
            } else {
                online.arg(&crl).exits(5).says("rejected").says("CRL-REASON");
                offline.arg(&crl).run().says("rejected").says("CRL-REASON");
            }
        }
    }
}

#[test]
fn trust_says_at_once_what_can_never_work_and_what_is_odd() {
    let sides = Sides::enrolled();
    let sub = sides.root.intermediate("Issuing CA").sign();
    let ended = fresh_root("Ended Root");
    let mut odd = fresh_root("Odd Root").root_draft();
    odd.set_extension(ExtensionDraft::new(&[1, 3, 6, 1, 4, 1, 99999, 1], true, vec![5, 0]));
    odd.set_extension(ExtensionDraft::key_usage(&[5]));
    for (name, der, text, help) in [
        ("sub.crt", sub, "it is not self-issued: CN=Example Root 2026", "Trust the root that issued it instead"),
        ("ended.crt", renewed(&ended, 1, (-400, -1)).sign(), "it ended ", "Trust the root's renewed certificate"),
        ("early.crt", renewed(&ended, 2, (2, 400)).sign(), "it begins ", "Check the clock of this host"),
        ("odd.crt", odd.sign(), "1.3.6.1.4.1.99999.1 is critical and not known here", "Ask the root's owner"),
        ("odd.crt", odd.sign(), "every CRL of it is refused (CRL-ISSUER-USAGE)", "The CA needs a renewed certificate"),
    ] {
        let sha256 = Digest::of(&der).to_string();
        let file: PathBuf = sides.scratch.file(name, der);
        let (here, there) = (sides.scratch.path(&format!("{name}-on")), sides.scratch.path(&format!("{name}-off")));
        for (ended, side) in [
            (online(["trust", "--sha256", &sha256, "--json"]).state(&here).arg("--root").arg(&file).exits(0), "online"),
            (
                offline(["trust", "--sha256", &sha256, "--json"]).state(&there).arg("--root").arg(&file).exits(0),
                "offline",
            ),
        ] {
            ended.says("ROOT-SHAPE").says(text).says(&format!("help: {help}"));
            let findings = ended.json()["enrolled"]["findings"].clone();
            let is_it = |finding: &Value| finding["rule"] == "ROOT-SHAPE" && finding["text"].to_string().contains(text);
            assert!(findings.as_array().unwrap().iter().any(is_it), "{side}: {findings}");
        }
    }
}

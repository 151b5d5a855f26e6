//! `rootcast-online` and items it is given by hand: `enrol` and `check`.

use rootcast_tests::request::request;
use rootcast_tests::throwaway_ca::{ExtensionDraft, pem};

use super::offline_items::EXPORT_KEY_PUBLIC;
use super::snapshot::Snapshot;
use super::stage::{NOW, Stage, key};

#[test]
fn what_enrol_prints_online_is_what_it_was() {
    let stage = Stage::new();
    let mut snapshot = Snapshot::of("online-enrol", &stage);
    stage.crl(1);
    stage.crl(2);
    stage.changed_crl("ended.crl", 1, |draft| draft.issued_at(NOW - 90 * 86_400, NOW - 86_400));
    stage.offline_issuer("policy-ca.crt", "Policy CA", 3);
    stage.scratch.file("issuing.csr", request("Example Issuing CA 1", &key(2)));
    stage.renewed_root();
    stage.scratch.file("unknown.bin", "no item");
    stage.scratch.file("occupied/of-somebody-else.txt", "no state");
    let sha256 = rootcast_protocol::digest::Digest::of(&stage.root.certificate).to_string();
    let enrol = "enrol --yes --state on --root root.crt";
    for (case, line, code) in [
        ("nobody confirms", "enrol --state on --root root.crt".to_owned(), 2),
        ("another digest is expected", format!("enrol --state on --root root.crt --sha256 {}", "00".repeat(32)), 2),
        ("no root is named", "enrol --state on".to_owned(), 2),
        ("no state is named", "enrol --yes --root root.crt".to_owned(), 2),
        ("the folder is of somebody else", "enrol --yes --state occupied --root root.crt".to_owned(), 2),
        ("the file does not exist", "enrol --yes --state on --root missing.crt".to_owned(), 2),
        ("the file is no item", "enrol --yes --state on --root unknown.bin".to_owned(), 5),
        ("the file is a CRL", "enrol --yes --state on --root root-1.crl".to_owned(), 5),
        ("a rule that stays on is switched off", format!("{enrol} --off CRL-SIGNATURE"), 2),
        ("a rule is off until a day that has passed", format!("{enrol} --off CERT-CDP --until 2026-06-30"), 2),
        ("webpki wants a date", format!("{enrol} --profile webpki --off CERT-CDP"), 2),
        ("a URL that is none", format!("{enrol} --serves https://crl.example/"), 2),
        ("a request that is none", format!("{enrol} --request root.crt"), 2),
        ("an export key that is none", format!("{enrol} --export-key root.crt"), 2),
        ("a root is named as offline issuer", format!("{enrol} --offline-issuer root.crt"), 2),
        ("the CRL in use is none", format!("{enrol} --crl policy-ca.crt"), 2),
        ("the CRL in use has ended", format!("{enrol} --crl ended.crl"), 5),
        ("a CRL and a number", format!("{enrol} --crl root-1.crl --first-number 3"), 2),
        ("the digest is the one expected", format!("enrol --state on --root root.crt --sha256 {sha256}"), 0),
        ("the root is enrolled already", enrol.to_owned(), 0),
        (
            "with every choice",
            format!(
                "{enrol} --profile webpki --first-number 2 --numbers timestamp --min-life 30d --off CRL-EMPTY-LIST \
                 --off CRL-REVOCATION-DATE --until 2027-06-30 --because agreed --hold-mass-revocation 3 \
                 --affiliated 00112233445566778899aabbccddeeff00112233 --serves http://crl.example/ --request issuing.csr \
                 --offline-issuer policy-ca.crt --export-key {EXPORT_KEY_PUBLIC}"
            ),
            0,
        ),
        (
            "a rule is switched on again, and a lower number given",
            format!("{enrol} --on CRL-EMPTY-LIST --first-number 1"),
            0,
        ),
        ("the root was renewed", "enrol --yes --state on --root renewed.crt".to_owned(), 0),
        ("with the CRL in use", "enrol --yes --state with-crl --root root.crt --crl root-2.crl".to_owned(), 0),
        ("with an older CRL", "enrol --yes --state with-crl --root root.crt --crl root-1.crl".to_owned(), 6),
    ] {
        snapshot.run(case, &stage.online(&line), code);
    }
    let mut clash = stage.root.intermediate_with_key("Policy CA", &key(9));
    clash.set_extension(ExtensionDraft::subject_key_identifier(&stage.root.key.key_id()));
    stage.scratch.file("clash.crt", clash.sign());
    snapshot.run("two issuers have one file name", &stage.online(&format!("{enrol} --offline-issuer clash.crt")), 5);
    snapshot.compare();
}

#[test]
fn what_check_prints_online_is_what_it_was() {
    let stage = Stage::enrolled();
    let mut snapshot = Snapshot::of("online-check", &stage);
    stage.crl(1);
    stage.crl(2);
    stage.crl(3);
    stage.intermediate("issuing.crt", "Example Issuing CA 1", 2);
    stage.scratch.file("root-1.pem", pem("X509 CRL", &stage.crl_draft(1).sign()));
    stage.changed_crl("jump.crl", 3, |draft| draft.set_extension(ExtensionDraft::crl_number(&[0x1f, 0x40])));
    stage.changed_crl("endless.crl", 4, |draft| draft.next_update = None);
    stage.changed_crl("changed.crl", 4, |draft| {
        draft.entries.clear();
        draft.revoke(0x4a00_0000_0000_0001, NOW - 41 * 86_400);
        draft.revoke(0x4a00_0000_0000_0003, NOW - 2 * 86_400);
    });
    stage.changed_crl("vanished.crl", 4, |draft| {
        draft.entries.clear();
        draft.revoke(0x4a00_0000_0000_0002, NOW - 40 * 86_400);
    });
    let mut broken = stage.crl_draft(4).sign();
    *broken.last_mut().expect("a signature") ^= 1;
    stage.scratch.file("broken.crl", broken);
    stage.scratch.file("unknown.bin", "no item");
    let mut stranger = stage.root.clone();
    stranger.key = key(8);
    stage.scratch.file("stranger.crl", rootcast_tests::sides::crl_of(&stranger, 1).sign());
    stage.offline("bundle --state off -o both.bundle root-1.crl issuing.crt").exits(0);
    for (case, line, code) in [
        ("without anything to compare with", "root-1.crl issuing.crt unknown.bin", 5),
        ("under an issuer", "root-1.crl issuing.crt --issuer root.crt", 0),
        ("under an issuer, after a CRL", "vanished.crl changed.crl --issuer root.crt --previous root-2.crl", 9),
        ("an older CRL under an issuer", "root-1.crl --issuer root.crt --previous root-2.crl", 6),
        ("as of another time", "root-1.crl --issuer root.crt --at 2027-11-21T00:00:00Z", 5),
        ("for the web", "root-1.crl issuing.crt --issuer root.crt --profile webpki", 0),
        ("with SHA-1 let through", "root-1.crl --issuer root.crt --allow-sha1", 0),
        ("a first CRL with a state", "root-1.crl root-1.pem --state on", 0),
        ("a bundle", "both.bundle --state on", 0),
        ("items that do not pass", "endless.crl broken.crl stranger.crl unknown.bin --state on", 5),
        ("a file that is missing, beside others", "missing.crl root-1.crl --state on", 2),
        ("a file that is missing", "missing.crl --state on", 2),
        ("no file", "--state on", 2),
        ("no such option", "--nothing root-1.crl", 2),
        ("the issuer is a CRL", "root-1.crl --issuer root-1.crl", 2),
        ("the issuer is no item", "root-1.crl --issuer unknown.bin", 5),
        ("the previous CRL is of another", "root-1.crl --issuer root.crt --previous stranger.crl", 2),
        ("the previous CRL is none", "root-1.crl --issuer root.crt --previous root.crt", 2),
        ("no such time", "root-1.crl --at soon", 2),
        ("no such state", "root-1.crl --state nowhere", 2),
    ] {
        snapshot.run(case, &stage.online(&format!("check {line}")), code);
    }
    stage.recording("two", "root-2.crl");
    stage.online("enrol --yes --state on --root root.crt --crl root-2.crl").exits(0);
    for (case, line, code) in [
        ("after a CRL was published", "root-1.crl root-2.crl root-3.crl --state on", 6),
        ("a jump of the number", "jump.crl --state on", 9),
        ("entries that went or changed", "vanished.crl changed.crl --state on", 9),
        ("as of another time, with a state", "root-3.crl --state on --at 2026-12-21T00:00:00Z", 0),
    ] {
        snapshot.run(case, &stage.online(&format!("check {line}")), code);
    }
    snapshot.compare();
}

//! `rootcast-offline` and items: `enrol`, `check`, `bundle`, `plan`.

use rootcast_tests::request::request;
use rootcast_tests::throwaway_ca::pem;

use super::snapshot::Snapshot;
use super::stage::{NOW, Stage, key};

/// A jump of numbers, which is held.
const JUMP: u32 = 8000;

#[test]
fn what_enrol_prints_offline_is_what_it_was() {
    let stage = Stage::new();
    let mut snapshot = Snapshot::of("offline-enrol", &stage);
    stage.crl(1);
    stage.offline_issuer("policy-ca.crt", "Policy CA", 3);
    stage.renewed_root();
    stage.scratch.file("unknown.bin", "no item");
    let digest = |bytes: &[u8]| rootcast_protocol::digest::Digest::of(bytes).to_string();
    let sha256 = digest(&stage.root.certificate);
    let policy_ca = digest(&std::fs::read(stage.scratch.path("policy-ca.crt")).unwrap());
    for (case, line, code) in [
        ("nobody confirms", "enrol --state off --root root.crt", 2),
        ("another digest is expected", &*format!("enrol --state off --root root.crt --sha256 {}", "00".repeat(32)), 2),
        ("no root is named", "enrol --state off", 2),
        ("no state is named", "enrol --yes --root root.crt", 2),
        ("the file does not exist", "enrol --yes --state off --root missing.crt", 2),
        ("the file is no item", "enrol --yes --state off --root unknown.bin", 3),
        ("the file is a CRL", "enrol --yes --state off --root root-1.crl", 3),
        ("a rule that stays on is switched off", "enrol --yes --state off --root root.crt --off CRL-SIGNATURE", 2),
        ("a root is named as offline issuer", "enrol --yes --state off --root root.crt --offline-issuer root.crt", 2),
        ("an intermediate is given as root, and --yes alone", "enrol --yes --state other --root policy-ca.crt", 2),
        (
            "an intermediate is given as root",
            &format!("enrol --yes --state other --root policy-ca.crt --sha256 {policy_ca}"),
            0,
        ),
        ("the digest is the one expected", &format!("enrol --state off --root root.crt --sha256 {sha256}"), 0),
        ("the root is enrolled already", "enrol --yes --state off --root root.crt", 0),
        (
            "with every choice",
            "enrol --yes --state off --root root.crt --profile webpki --numbers timestamp --off CRL-EMPTY-LIST \
             --off CRL-REVOCATION-DATE --until 2027-06-30 --because agreed --hold-mass-revocation 3 \
             --affiliated 00112233445566778899aabbccddeeff00112233 --offline-issuer policy-ca.crt --used-number 7",
            0,
        ),
        ("a rule is switched on again", "enrol --yes --state off --root root.crt --on CRL-EMPTY-LIST", 0),
        ("the root was renewed", "enrol --yes --state off --root renewed.crt", 0),
    ] {
        snapshot.run(case, &stage.offline(line), code);
    }
    let mut clash = stage.root.intermediate_with_key("Policy CA", &key(9));
    clash.set_extension(rootcast_tests::throwaway_ca::ExtensionDraft::subject_key_identifier(&stage.root.key.key_id()));
    stage.scratch.file("clash.crt", clash.sign());
    let line = "enrol --yes --state off --root root.crt --offline-issuer clash.crt";
    snapshot.run("two issuers have one file name", &stage.offline(line), 3);
    snapshot.compare();
}

#[test]
fn what_retire_prints_offline_is_what_it_was() {
    let stage = Stage::enrolled();
    let mut snapshot = Snapshot::of("offline-retire", &stage);
    stage.crl(1);
    stage.intermediate("issuing.crt", "Example Issuing CA 1", 2);
    stage.offline("send --yes --state off --link file:first.frames root-1.crl issuing.crt").exits(0);
    for (case, line, code) in [
        ("no such issuer", "retire --state off 0123456789abcdef", 2),
        ("its CRLs are still needed", "retire --state off root.crt", 2),
        ("with a reason", "retire --state off root.crt --by Alice --because replaced", 0),
    ] {
        snapshot.run(case, &stage.offline(line), code);
    }
    snapshot.compare();
}

/// Files with items that pass, are held, are refused, or are none.
fn items(stage: &Stage) {
    stage.crl(1);
    stage.crl(2);
    stage.crl(3);
    stage.intermediate("issuing.crt", "Example Issuing CA 1", 2);
    stage.intermediate("other.crt", "Example Issuing CA 2", 4);
    stage.scratch.file("issuing.csr", request("Example Issuing CA 1", &key(2)));
    stage.scratch.file("root-1.pem", pem("X509 CRL", &stage.crl_draft(1).sign()));
    stage.changed_crl("jump.crl", 3, |draft| {
        draft.set_extension(rootcast_tests::throwaway_ca::ExtensionDraft::crl_number(&JUMP.to_be_bytes()[2..]));
    });
    stage.changed_crl("endless.crl", 4, |draft| draft.next_update = None);
    stage.changed_crl("vanished.crl", 4, |draft| {
        draft.entries.clear();
        draft.revoke(0x4a00_0000_0000_0002, NOW - 40 * 86_400);
    });
    stage.changed_crl("changed.crl", 4, |draft| {
        draft.entries.clear();
        draft.revoke(0x4a00_0000_0000_0001, NOW - 41 * 86_400);
        draft.revoke(0x4a00_0000_0000_0003, NOW - 2 * 86_400);
    });
    let mut broken = stage.crl_draft(4).sign();
    *broken.last_mut().expect("a signature") ^= 1;
    stage.scratch.file("broken.crl", broken);
    stage.scratch.file("unknown.bin", "no item");
    let mut stranger = stage.root.clone();
    stranger.key = key(8);
    stage.scratch.file("stranger.crl", rootcast_tests::sides::crl_of(&stranger, 1).sign());
}

#[test]
fn what_check_prints_offline_is_what_it_was() {
    let stage = Stage::enrolled();
    let mut snapshot = Snapshot::of("offline-check", &stage);
    items(&stage);
    stage.offline("bundle --state off -o both.bundle root-1.crl issuing.crt").exits(0);
    for (case, line, code) in [
        ("without anything to compare with", "check root-1.crl issuing.crt unknown.bin", 3),
        ("under an issuer", "check root-1.crl issuing.crt --issuer root.crt", 0),
        ("under an issuer, after a CRL", "check vanished.crl changed.crl --issuer root.crt --previous root-2.crl", 3),
        ("an older CRL under an issuer", "check root-1.crl --issuer root.crt --previous root-2.crl", 3),
        ("with a request, for its key", "check issuing.crt --issuer root.crt --request issuing.csr", 0),
        ("with a request, for another key", "check other.crt --state off --request issuing.csr", 3),
        ("as of another time", "check root-1.crl --issuer root.crt --at 2027-11-21T00:00:00Z", 3),
        ("for the web", "check root-1.crl issuing.crt --issuer root.crt --profile webpki", 0),
        ("with SHA-1 let through", "check root-1.crl --issuer root.crt --allow-sha1", 0),
        ("a first CRL with a state", "check root-1.crl root-1.pem --state off", 0),
        ("a bundle", "check both.bundle --state off", 0),
        ("items that do not pass", "check endless.crl broken.crl stranger.crl unknown.bin --state off", 3),
        ("a file that is missing, beside others", "check missing.crl root-1.crl --state off", 2),
        ("a file that is missing", "check missing.crl --state off", 2),
        ("no file", "check --state off", 2),
        ("no such option", "check --nothing root-1.crl", 2),
        ("the issuer is a CRL", "check root-1.crl --issuer root-1.crl", 2),
        ("the previous CRL is of another", "check root-1.crl --issuer root.crt --previous stranger.crl", 2),
        ("the previous CRL is none", "check root-1.crl --issuer root.crt --previous root.crt", 2),
        ("the request is none", "check root-1.crl --request root.crt", 2),
        ("no such time", "check root-1.crl --at soon", 2),
        ("no such state", "check root-1.crl --state nowhere", 2),
    ] {
        snapshot.run(case, &stage.offline(line), code);
    }
    stage.offline("send --yes --state off --link file:sent.frames root-2.crl").exits(0);
    for (case, line, code) in [
        ("after a CRL was sent", "check root-1.crl root-2.crl root-3.crl --state off", 3),
        ("a jump of the number", "check jump.crl --state off", 3),
        ("entries that went or changed", "check vanished.crl changed.crl --state off", 3),
    ] {
        snapshot.run(case, &stage.offline(line), code);
    }
    snapshot.compare();
}

#[test]
fn what_bundle_prints_is_what_it_was() {
    let stage = Stage::enrolled();
    let mut snapshot = Snapshot::of("offline-bundle", &stage);
    items(&stage);
    stage.scratch.file("export.pem", EXPORT_KEY);
    for (case, line, code) in [
        ("two items", "bundle --state off -o two.bundle issuing.crt root-1.crl", 0),
        ("the same items again", "bundle --state off -o again.bundle issuing.crt root-1.crl", 0),
        ("one item", "bundle --state off -o one.bundle root-2.crl", 0),
        ("with an export key", "bundle --state off -o signed.bundle root-2.crl issuing.crt --export-key export.pem", 0),
        ("the output is there", "bundle --state off -o two.bundle root-2.crl", 2),
        ("an item is refused", "bundle --state off -o none.bundle endless.crl", 3),
        ("an item is unknown", "bundle --state off -o none.bundle unknown.bin", 3),
        ("an item is missing", "bundle --state off -o none.bundle missing.crl", 2),
        ("an item twice", "bundle --state off -o twice.bundle root-1.crl root-1.crl", 0),
        ("a bundle of a bundle", "bundle --state off -o copy.bundle one.bundle", 0),
        ("no item", "bundle --state off -o none.bundle", 2),
        ("no state", "bundle -o none.bundle root-1.crl", 2),
        ("no such state", "bundle --state nowhere -o none.bundle root-1.crl", 2),
        ("the folder is missing", "bundle --state off -o missing/none.bundle root-1.crl", 8),
        ("the export key is none", "bundle --state off -o none.bundle root-1.crl --export-key root.crt", 2),
    ] {
        snapshot.run(case, &stage.offline(line), code);
    }
    stage.offline("send --yes --state off --link file:sent.frames root-2.crl").exits(0);
    let jump = "bundle --state off -o jump.bundle jump.crl";
    let mut after = Snapshot::of("offline-bundle-decisions", &stage).without(&["object", "digest"]);
    for (case, line, code) in [
        ("an item is held", jump.to_owned(), 3),
        (
            "a decision about another rule",
            format!("{jump} --decide CRL-NUMBER-JUMP --decide CRL-NUMBER-LOWER --by Alice --because told"),
            2,
        ),
        ("a decision without a reason", format!("{jump} --decide CRL-NUMBER-JUMP --by Alice"), 2),
        ("a decision about no rule", format!("{jump} --decide CRL-NONE --by Alice --because told"), 2),
        ("a decision", format!("{jump} --decide CRL-NUMBER-JUMP --by Alice --because told"), 0),
    ] {
        after.run(case, &stage.offline(&line), code);
    }
    snapshot.compare();
    after.compare();
}

/// An Ed25519 key (RFC 8410, 10.3).
pub(super) const EXPORT_KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
-----END PRIVATE KEY-----\n";

/// Its public half.
pub(super) const EXPORT_KEY_PUBLIC: &str = "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";

#[test]
fn what_plan_prints_is_what_it_was() {
    let stage = Stage::enrolled();
    let mut snapshot = Snapshot::of("offline-plan", &stage);
    items(&stage);
    stage.offline("key new -o shared.key").exits(0);
    stage.offline("bundle --state off -o two.bundle issuing.crt root-1.crl").exits(0);
    let every_link = "--link file:a.frames --link serial:/dev/ttyS0,baud=115200 \
                      --link serial:/dev/ttyS1,baud=9600,frame=300 --link qr:html=a.html --link qr:gif=a.gif --link qr:png=a --link qr:pdf=a.pdf";
    let tuned = "--link qr:terminal --link qr:html=b.html,version=20,ec=H,fps=5 --link qr:gif=b.gif,tiles=2x2,scale=4 \
                 --link qr:png=b,ec=Q,version=23 --link qr:pdf=b.pdf,version=15,ec=M";
    for (case, line, code) in [
        ("over every link", format!("{every_link} root-1.crl issuing.crt"), 0),
        ("over links with options", format!("{tuned} root-1.crl issuing.crt"), 0),
        ("a bundle", "--link file:a.frames two.bundle".to_owned(), 0),
        ("for so many passes", "--link file:a.frames --link qr:png=a --passes 3 root-1.crl".to_owned(), 0),
        ("for some time", "--link file:a.frames --link qr:png=a --for 90s root-1.crl".to_owned(), 0),
        ("until the odds are good", "--link file:a.frames --link qr:png=a --until-odds 1e-6 root-1.crl".to_owned(), 0),
        ("with a transport key", "--link file:a.frames root-1.crl --transport-key shared.key".to_owned(), 0),
        ("an item is refused", "--link file:a.frames endless.crl".to_owned(), 3),
        ("a link that is none", "--link carrier:pigeon root-1.crl".to_owned(), 2),
        ("a link twice", "--link file:a.frames --link file:a.frames root-1.crl".to_owned(), 2),
        ("no room for a symbol", "--link qr:png=a,version=1,ec=H root-1.crl".to_owned(), 2),
        ("two ends", "--link file:a.frames --passes 1 --for 1s root-1.crl".to_owned(), 2),
        ("no link", "root-1.crl".to_owned(), 2),
        (
            "with a key that is not looked at",
            "--link file:a.frames root-1.crl --transport-key missing.key".to_owned(),
            0,
        ),
    ] {
        snapshot.run(case, &stage.offline(&format!("plan --state off {line}")), code);
    }
    snapshot.run("no such state", &stage.offline("plan --state nowhere --link file:a.frames root-1.crl"), 2);
    snapshot.compare();
}

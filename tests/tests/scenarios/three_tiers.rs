//! Three-tier PKIs: a CA below the root that is offline too, and what it may and may not do.

use std::path::PathBuf;
use std::sync::Arc;

use rootcast_protocol::digest::Digest;
use rootcast_protocol::manifest::ItemKind;
use rootcast_tests::forged;
use rootcast_tests::program::{Program, offline, online};
use rootcast_tests::sides::{Sides, crl_of};
use rootcast_tests::throwaway_ca::{CrlDraft, EntryDraft, ExtensionDraft, KeyKind, SigningKey, ThrowAwayCa};

/// A CA below `parent`, with room for so many CAs below it.
pub(super) fn below(parent: &ThrowAwayCa, name: &str, path_length: u64) -> ThrowAwayCa {
    let key = Arc::new(SigningKey::generate(KeyKind::EcdsaP256));
    let mut draft = parent.intermediate_with_key(name, &key);
    draft.set_extension(ExtensionDraft::basic_constraints(true, Some(path_length)));
    ThrowAwayCa { name: draft.subject.clone(), certificate: draft.sign(), key, now: parent.now }
}

/// Revokes the certificate of `ca` on a CRL of its issuer.
fn revoking(issuer: &ThrowAwayCa, number: u32, ca: &ThrowAwayCa) -> Vec<u8> {
    let mut serial = ca.key.key_id();
    serial.truncate(15);
    serial.insert(0, 0x4a);
    let mut draft = crl_of(issuer, number);
    draft.entries.push(EntryDraft::of(&serial, issuer.now - 40 * 86_400, Some(4)));
    draft.sign()
}

/// Enrols the root again on both sides, naming this CA.
fn name_on_both(sides: &Sides, ca: &ThrowAwayCa, file: &str) -> PathBuf {
    let path = sides.scratch.file(file, &ca.certificate);
    let root = sides.scratch.path("root.crt");
    for (program, state) in [(offline(["enrol", "--yes"]), &sides.offline), (online(["enrol", "--yes"]), &sides.online)]
    {
        program.state(state).arg("--root").arg(&root).arg("--offline-issuer").arg(&path).exits(0);
    }
    path
}

fn forge(sides: &Sides, items: &[(ItemKind, &str, &[u8])]) -> Program {
    let recording = sides.scratch.path("forged.frames");
    forged::record(&forged::object_of(items), &recording);
    sides.receive_recording(&recording)
}

fn key_id(ca: &ThrowAwayCa) -> String {
    ca.key.key_id().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn an_offline_issuer_and_everything_below_it_crosses_in_one_object() {
    let sides = Sides::enrolled();
    let policy_ca = below(&sides.root, "Policy CA", 1);
    let certificate = name_on_both(&sides, &policy_ca, "policy-ca.crt");
    sides.acknowledge_alarms();
    online(["status"]).state(&sides.online).exits(0).says("its certificate is not published yet");
    let (root_crl_file, root_crl) = sides.crl_file(1);
    let crl = crl_of(&policy_ca, 1).sign();
    let issuing = policy_ca.intermediate("Issuing CA").sign();
    let crl_file = sides.scratch.file("policy-ca.crl", &crl);
    let issuing_file = sides.scratch.file("issuing-ca.crt", &issuing);
    // Given in the worst order: the bundle puts issuers first.
    let recording = sides.record("tiers.frames", &[&issuing_file, &crl_file, &root_crl_file, &certificate]);
    let received = sides.receive_recording(&recording).arg("--json").exits(0).json();
    for der in [&root_crl, &crl, &issuing, &policy_ca.certificate] {
        sides.assert_published(der);
    }
    let path = format!("crl/{}.crl", key_id(&policy_ca));
    assert_eq!(std::fs::read(sides.online.join("published").join(&path)).unwrap(), crl, "under its own key's name");
    let first = &received["objects"][0]["items"][0];
    let name = first["name"].as_str().unwrap();
    assert!(name.starts_with("Policy-CA-") && name.ends_with(".crt"), "{received}");
    let status = online(["status", "--json"]).state(&sides.online).exits(0).json();
    assert_eq!(status["roots"][0]["offline_issuers"][0]["active"], true);
    assert!(status["crls"].as_array().unwrap().iter().any(|crl| crl["file"] == path.as_str()), "{status}");
    let inventory = std::fs::read_to_string(sides.online.join("published/inventory.json")).unwrap();
    assert!(inventory.contains(&path), "{inventory}");
    // Its next CRL crosses alone, and the one before does not come back.
    let second = crl_of(&policy_ca, 2).sign();
    let recording = sides.record("second.frames", &[sides.scratch.file("policy-ca-2.crl", &second)]);
    sides.receive_recording(&recording).exits(0);
    sides.assert_published(&second);
    forge(&sides, &[(ItemKind::Crl, "policy-ca.crl", &crl)]).exits(6).says("CRL-NUMBER-LOWER");
    sides.assert_published(&second);
    sides.assert_published(&root_crl);
}

#[test]
fn a_ca_that_nobody_named_is_no_issuer() {
    let sides = Sides::enrolled();
    let ca = below(&sides.root, "Subordinate CA", 1);
    let crl = crl_of(&ca, 1).sign();
    let (file, crl_file) = (sides.scratch.file("ca.crt", &ca.certificate), sides.scratch.file("ca.crl", &crl));
    let link = format!("file:{}", sides.scratch.path("never.frames").display());
    sides.send(&link, &[&file, &crl_file]).exits(3).says("ITEM-ISSUER-UNKNOWN");
    let items = [(ItemKind::Certificate, "ca.crt", ca.certificate.as_slice()), (ItemKind::Crl, "ca.crl", &crl)];
    // Beside the certificate, which is genuine, it counts for no exit code; the text and --expect tell of it.
    forge(&sides, &items).exits(0).says("ITEM-ISSUER-UNKNOWN").says("1 rejected item without the signature");
    forge(&sides, &items).arg("--expect").arg(Digest::of(&crl).to_string()).exits(5);
    sides.assert_published(&ca.certificate);
    assert!(!sides.is_published(&crl));
}

#[test]
fn a_name_alone_makes_no_issuer_its_certificate_has_to_be_published() {
    let sides = Sides::enrolled();
    let ca = below(&sides.root, "Policy CA", 1);
    name_on_both(&sides, &ca, "policy-ca.crt");
    let crl = crl_of(&ca, 1).sign();
    forge(&sides, &[(ItemKind::Crl, "early.crl", &crl)]).exits(5).says("ITEM-ISSUER-UNKNOWN");
    let link = format!("file:{}", sides.scratch.path("never.frames").display());
    sides.send(&link, &[sides.scratch.file("early.crl", &crl)]).exits(3).says("ITEM-ISSUER-UNKNOWN");
    forge(&sides, &[(ItemKind::Certificate, "ca.crt", &ca.certificate)]).exits(0);
    forge(&sides, &[(ItemKind::Crl, "ca.crl", &crl)]).exits(0);
    sides.assert_published(&crl);
}

#[test]
fn a_revoked_offline_issuer_is_refused_on_both_sides() {
    let sides = Sides::enrolled();
    let ca = below(&sides.root, "Policy CA", 1);
    let certificate = name_on_both(&sides, &ca, "policy-ca.crt");
    let first = crl_of(&ca, 1).sign();
    let files = [certificate, sides.scratch.file("ca-1.crl", &first)];
    let recording = sides.record("first.frames", &files);
    sides.receive_recording(&recording).exits(0);
    let revoked = revoking(&sides.root, 1, &ca);
    let recording = sides.record("revoked.frames", &[sides.scratch.file("root-1.crl", &revoked)]);
    sides.receive_recording(&recording).exits(0);
    let (second, issuing) = (crl_of(&ca, 2).sign(), ca.intermediate("Issuing CA").sign());
    forge(&sides, &[(ItemKind::Crl, "ca-2.crl", &second)]).exits(5).says("CRL-ISSUER-STATUS");
    forge(&sides, &[(ItemKind::Certificate, "issuing.crt", &issuing)]).exits(5).says("CERT-ISSUER-USAGE");
    assert!(!sides.is_published(&second) && !sides.is_published(&issuing));
    sides.assert_published(&first);
    let link = format!("file:{}", sides.scratch.path("never.frames").display());
    sides.send(&link, &[sides.scratch.file("ca-2.crl", &second)]).exits(3).says("CRL-ISSUER-STATUS");
}

#[test]
fn what_stands_below_a_revoked_issuer_is_cut_off_with_it() {
    let sides = Sides::enrolled();
    let upper = below(&sides.root, "Upper CA", 2);
    let lower = below(&upper, "Lower CA", 1);
    let files = [name_on_both(&sides, &lower, "lower.crt"), name_on_both(&sides, &upper, "upper.crt")];
    let lower_crl = crl_of(&lower, 1).sign();
    let recording = sides.record("both.frames", &[&files[0], &files[1], &sides.scratch.file("lower.crl", &lower_crl)]);
    sides.receive_recording(&recording).exits(0);
    sides.assert_published(&lower_crl);
    let root_crl = revoking(&sides.root, 1, &upper);
    let recording = sides.record("root.frames", &[sides.scratch.file("root.crl", &root_crl)]);
    sides.receive_recording(&recording).exits(0);
    let (crl, certificate) = (crl_of(&lower, 2).sign(), lower.intermediate("Issuing CA").sign());
    let link = format!("file:{}", sides.scratch.path("never.frames").display());
    for (kind, name, der, rule) in [
        (ItemKind::Crl, "lower-2.crl", &crl, "CRL-ISSUER-STATUS"),
        (ItemKind::Certificate, "issuing.crt", &certificate, "CERT-ISSUER-USAGE"),
    ] {
        forge(&sides, &[(kind, name, der)]).exits(5).says(rule).says("Upper CA");
        sides.send(&link, &[sides.scratch.file(name, der)]).exits(3).says(rule).says("Upper CA");
        assert!(!sides.is_published(der));
    }
}

#[test]
fn an_issuer_that_would_publish_under_a_taken_name_is_not_enrolled() {
    let sides = Sides::enrolled();
    let key = SigningKey::generate(KeyKind::EcdsaP256);
    let mut draft = sides.root.intermediate_with_key("Policy CA", &key);
    draft.set_extension(ExtensionDraft::subject_key_identifier(&sides.root.key.key_id()));
    let file = sides.scratch.file("clash.crt", draft.sign());
    let root = sides.scratch.path("root.crt");
    let enrol = |program: Program, state: &PathBuf| {
        program.state(state).arg("--root").arg(&root).arg("--offline-issuer").arg(&file)
    };
    enrol(online(["enrol", "--yes"]), &sides.online).exits(5).says("ROOT-CLASH");
    enrol(offline(["enrol", "--yes"]), &sides.offline).exits(3).says("ROOT-CLASH");
    let status = online(["status", "--json"]).state(&sides.online).exits(0).json();
    assert_eq!(status["roots"][0]["offline_issuers"], serde_json::json!([]));
}

#[test]
fn a_root_renewed_under_another_key_identifier_would_begin_anew_and_is_not_enrolled() {
    let sides = Sides::enrolled();
    let mut draft = sides.root.root_draft();
    draft.serial = vec![0x4a, 1, 2, 3, 4, 5, 6, 7, 8];
    let enrol = |name: &str, der: Vec<u8>| {
        let file = sides.scratch.file(name, der);
        online(["enrol", "--yes"]).state(&sides.online).arg("--root").arg(file)
    };
    enrol("renewed.crt", draft.sign()).exits(0);
    draft.set_extension(ExtensionDraft::subject_key_identifier(b"another identifier"));
    enrol("other.crt", draft.sign()).exits(5).says("ROOT-CLASH").says("would start a new sequence");
}

#[test]
fn a_root_is_not_named_as_an_offline_issuer() {
    let sides = Sides::enrolled();
    let root = sides.scratch.path("root.crt");
    for program in [online(["enrol", "--yes"]).state(&sides.online), offline(["enrol", "--yes"]).state(&sides.offline)]
    {
        program.arg("--root").arg(&root).arg("--offline-issuer").arg(&root).exits(2).says("it is a root");
    }
}

/// Another certificate for the key of `ca`, from `parent`, with this first byte of its serial number.
fn another_certificate(parent: &ThrowAwayCa, name: &str, ca: &ThrowAwayCa, first_of_serial: u8) -> Vec<u8> {
    let mut draft = parent.intermediate_with_key(name, &ca.key);
    draft.serial[0] = first_of_serial;
    draft.set_extension(ExtensionDraft::basic_constraints(true, Some(0)));
    draft.sign()
}

/// A CRL of `issuer` that revokes the first certificate of `ca` for this reason.
fn revoking_for(issuer: &ThrowAwayCa, number: u32, ca: &ThrowAwayCa, reason: u8) -> CrlDraft {
    let mut serial = ca.key.key_id();
    serial.truncate(15);
    serial.insert(0, 0x4a);
    let mut draft = crl_of(issuer, number);
    draft.entries.push(EntryDraft::of(&serial, issuer.now - 40 * 86_400, Some(reason)));
    draft
}

/// Two named issuers, the second with room to certify the first, and both their certificates published.
fn two_named() -> (Sides, ThrowAwayCa, ThrowAwayCa) {
    let sides = Sides::enrolled();
    let (first, second) = (below(&sides.root, "First CA", 0), below(&sides.root, "Second CA", 2));
    let files = [name_on_both(&sides, &first, "first.crt"), name_on_both(&sides, &second, "second.crt")];
    let recording = sides.record("both.frames", &files);
    sides.receive_recording(&recording).exits(0);
    (sides, first, second)
}

/// Sends these files, and receives them.
fn cross(sides: &Sides, name: &str, der: &[u8]) {
    let recording = sides.record(&format!("{name}.frames"), &[sides.scratch.file(name, der)]);
    sides.receive_recording(&recording).exits(0);
}

/// Neither side accepts what `ca` signs, and both say this.
fn is_refused(sides: &Sides, ca: &ThrowAwayCa, why: &str) {
    let (crl, certificate) = (crl_of(ca, 1).sign(), ca.intermediate("Issuing CA").sign());
    let link = format!("file:{}", sides.scratch.path("never.frames").display());
    for (kind, name, der, rule) in [
        (ItemKind::Crl, "first.crl", &crl, "CRL-ISSUER-STATUS"),
        (ItemKind::Certificate, "issuing.crt", &certificate, "CERT-ISSUER-USAGE"),
    ] {
        forge(sides, &[(kind, name, der)]).exits(5).says(rule).says(why);
        sides.send(&link, &[sides.scratch.file(name, der)]).exits(3).says(rule).says(why);
        assert!(!sides.is_published(der));
    }
}

/// The root had revoked it. A certificate from the second CA made it an issuer again.
#[test]
fn an_issuer_that_the_root_revoked_is_not_brought_back_by_another_named_issuer() {
    let (sides, first, second) = two_named();
    cross(&sides, "root-1.crl", &revoking_for(&sides.root, 1, &first, 5).sign());
    cross(&sides, "again.crt", &another_certificate(&second, "First CA", &first, 0x4b));
    is_refused(&sides, &first, "does not bring it back");
}

/// The same where the certificate from the second CA was there before.
#[test]
fn an_issuer_that_the_root_revokes_does_not_go_on_by_the_certificate_of_another_named_issuer() {
    let (sides, first, second) = two_named();
    cross(&sides, "again.crt", &another_certificate(&second, "First CA", &first, 0x4b));
    cross(&sides, "root-1.crl", &revoking_for(&sides.root, 1, &first, 5).sign());
    is_refused(&sides, &first, "does not bring it back");
}

#[test]
fn a_key_that_was_revoked_as_compromised_is_ended_for_every_certificate_of_it() {
    for reason in [1, 2] {
        let (sides, first, _) = two_named();
        // A second certificate from the root itself. Once the first one is revoked, there is no third: see below.
        cross(&sides, "again.crt", &another_certificate(&sides.root, "First CA", &first, 0x4b));
        cross(&sides, "root-1.crl", &revoking_for(&sides.root, 1, &first, reason).sign());
        is_refused(&sides, &first, "its key is not accepted with any other certificate");
    }
}

/// Neither side accepts this certificate, and both say that its key was ended.
fn is_for_an_ended_key(sides: &Sides, der: &[u8]) {
    let why = "a certificate for the same key was revoked";
    forge(sides, &[(ItemKind::Certificate, "again.crt", der)]).exits(5).says("CERT-REVOKED").says(why);
    let link = format!("file:{}", sides.scratch.path("never.frames").display());
    sides.send(&link, &[sides.scratch.file("again.crt", der)]).exits(3).says("CERT-REVOKED").says(why);
    assert!(!sides.is_published(der));
}

/// From whatever issuer, and also where the online side never judges anything of the CA.
#[test]
fn no_certificate_is_published_for_a_key_that_was_revoked_as_compromised() {
    for reason in [1, 2] {
        let (sides, first, second) = two_named();
        cross(&sides, "root-1.crl", &revoking_for(&sides.root, 1, &first, reason).sign());
        is_for_an_ended_key(&sides, &another_certificate(&sides.root, "First CA", &first, 0x4b));
        is_for_an_ended_key(&sides, &another_certificate(&second, "First CA", &first, 0x4b));
        is_for_an_ended_key(&sides, &another_certificate(&sides.root, "Renamed CA", &first, 0x4b));
    }
    let sides = Sides::enrolled();
    let nobody = below(&sides.root, "Nobody's CA", 0);
    cross(&sides, "nobody.crt", &nobody.certificate);
    cross(&sides, "root-1.crl", &revoking_for(&sides.root, 1, &nobody, 1).sign());
    is_for_an_ended_key(&sides, &another_certificate(&sides.root, "Nobody's CA", &nobody, 0x4b));
}

/// In the same bundle, where nothing of it was sent yet.
#[test]
fn the_offline_side_knows_of_an_ended_key_from_the_crl_in_the_same_bundle() {
    let (sides, first, _) = two_named();
    let crl = sides.scratch.file("root-1.crl", revoking_for(&sides.root, 1, &first, 1).sign());
    let again = sides.scratch.file("again.crt", another_certificate(&sides.root, "First CA", &first, 0x4b));
    let link = format!("file:{}", sides.scratch.path("never.frames").display());
    sides.send(&link, &[crl, again]).exits(3).says("CERT-REVOKED");
}

/// A superseded certificate is the usual case, and the issuer goes on with the new one.
#[test]
fn an_issuer_goes_on_with_a_new_certificate_from_the_root_where_its_key_is_not_compromised() {
    let (sides, first, _) = two_named();
    cross(&sides, "root-1.crl", &revoking_for(&sides.root, 1, &first, 4).sign());
    cross(&sides, "again.crt", &another_certificate(&sides.root, "First CA", &first, 0x4b));
    let crl = crl_of(&first, 1).sign();
    cross(&sides, "first.crl", &crl);
    sides.assert_published(&crl);
}

/// Two named issuers. The first one's only certificate was revoked for this reason, has ended, and has left the CRL.
fn ended_and_dropped(reason: u8) -> (Sides, ThrowAwayCa, ThrowAwayCa) {
    let sides = Sides::enrolled();
    let second = below(&sides.root, "Second CA", 2);
    let key = Arc::new(SigningKey::generate(KeyKind::EcdsaP256));
    let mut draft = sides.root.intermediate_with_key("First CA", &key);
    let end = rootcast_host::clock::now() + 8;
    draft.not_after = end.into();
    let first =
        ThrowAwayCa { name: draft.subject.clone(), certificate: draft.sign(), key, now: rootcast_host::clock::now() };
    let files = [name_on_both(&sides, &first, "first.crt"), name_on_both(&sides, &second, "second.crt")];
    let recording = sides.record("both.frames", &files);
    sides.receive_recording(&recording).exits(0);
    cross(&sides, "root-1.crl", &revoking_for(&sides.root, 1, &first, reason).sign());
    let until = |time: i64| {
        while rootcast_host::clock::now() < time {
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
    };
    until(end + 2);
    let mut listed = revoking_for(&sides.root, 2, &first, reason);
    listed.issued_at(end + 1, end + 180 * 86_400);
    cross(&sides, "root-2.crl", &listed.sign());
    until(end + 3);
    let mut dropped = crl_of(&sides.root, 3);
    dropped.issued_at(end + 2, end + 180 * 86_400);
    cross(&sides, "root-3.crl", &dropped.sign());
    (sides, first, second)
}

/// A CRL drops the entries of certificates that have ended. What they said of the issuer was forgotten with them.
#[test]
fn a_revocation_is_not_forgotten_when_its_entry_leaves_the_crl_after_the_end_of_the_certificate() {
    let (sides, first, second) = ended_and_dropped(5);
    // Whoever has the key can date what it signs back into the time of the certificate.
    is_refused(&sides, &first, "the last certificate of CN=First CA, O=Rootcast tests, C=CH was revoked");
    cross(&sides, "again.crt", &another_certificate(&second, "First CA", &first, 0x4b));
    is_refused(&sides, &first, "does not bring it back");
}

#[test]
fn an_ended_key_is_not_forgotten_when_its_entry_leaves_the_crl_after_the_end_of_the_certificate() {
    let (sides, first, second) = ended_and_dropped(1);
    is_refused(&sides, &first, "its key is not accepted with any other certificate");
    is_for_an_ended_key(&sides, &another_certificate(&second, "First CA", &first, 0x4b));
}

//! What the nameConstraints of an issuer rule out is never rehearsed, sent or published, whichever CA above it says so.

use std::path::PathBuf;
use std::sync::Arc;

use rootcast_tests::forged;
use rootcast_tests::program::{Program, offline, online};
use rootcast_tests::request;
use rootcast_tests::scratch::Scratch;
use rootcast_tests::sides::{Sides, crl_of, fresh_root};
use rootcast_tests::throwaway_ca::der_writer::{oid, sequence, set, tlv, utf8};
use rootcast_tests::throwaway_ca::{DAY, ExtensionDraft, KeyKind, RawTime, SigningKey, ThrowAwayCa, name};

use rootcast_protocol::manifest::ItemKind;

/// nameConstraints, critical: this list of subtrees with one directoryName.
fn limits(list: u8, directory: &[u8]) -> ExtensionDraft {
    let tree = sequence(&[tlv(0xa4, directory)]);
    ExtensionDraft::new(&[2, 5, 29, 30], true, sequence(&[tlv(list, &tree)]))
}

/// Country and organisation, the second as a PrintableString in capitals: as in every name of these tests, where it is
/// a UTF8String.
fn everything_here() -> Vec<u8> {
    let attribute = |arc: u64, value: Vec<u8>| set(&[sequence(&[oid(&[2, 5, 4, arc]), value])]);
    sequence(&[attribute(6, utf8("ch")), attribute(10, tlv(0x13, b"ROOTCAST TESTS"))])
}

fn elsewhere() -> Vec<u8> {
    sequence(&[set(&[sequence(&[oid(&[2, 5, 4, 10]), utf8("Elsewhere")])])])
}

/// The same CA with this extension in its certificate.
fn with(mut ca: ThrowAwayCa, extension: ExtensionDraft) -> ThrowAwayCa {
    let mut draft = ca.root_draft();
    draft.extensions.push(extension);
    ca.certificate = draft.sign();
    ca
}

fn forge(sides: &Sides, what: &str, der: &[u8]) -> Program {
    let recording = sides.scratch.path(&format!("{what}.frames"));
    forged::record(&forged::object_of(&[(ItemKind::Certificate, "ca.crt", der)]), &recording);
    sides.receive_recording(&recording)
}

/// A root that permits names of one organisation, a policy CA that excludes one name, and what they issue.
#[test]
fn every_issuer_up_to_the_root_says_which_names_go_below_it() {
    let sides = Sides::of(with(fresh_root("Narrow Root"), limits(0xa0, &everything_here())));
    let key = Arc::new(SigningKey::generate(KeyKind::EcdsaP256));
    let mut draft = sides.root.intermediate_with_key("Policy CA", &key);
    draft.set_extension(ExtensionDraft::basic_constraints(true, Some(1)));
    draft.extensions.push(limits(0xa1, &name("Forbidden CA")));
    let policy_ca = ThrowAwayCa { name: draft.subject.clone(), certificate: draft.sign(), key, now: sides.root.now };
    let file = sides.scratch.file("policy-ca.crt", &policy_ca.certificate);
    let root = sides.scratch.path("root.crt");
    for (program, state) in [(offline(["trust", "--yes"]), &sides.offline), (online(["trust", "--yes"]), &sides.online)]
    {
        program.state(state).arg("--root").arg(&root).arg("--offline-issuer").arg(&file).exits(0);
    }
    sides.acknowledge_alarms();
    let crl = sides.scratch.file("policy-ca.crl", crl_of(&policy_ca, 1).sign());
    let recording = sides.record("policy-ca.frames", &[&file, &crl]);
    sides.receive_recording(&recording).exits(0);
    sides.assert_published(&policy_ca.certificate);
    // The names are those of the root's constraint in another string type and other letters.
    let issuing = policy_ca.intermediate("Issuing CA").sign();
    let recording = sides.record("issuing.frames", &[sides.scratch.file("issuing.crt", &issuing)]);
    sides.receive_recording(&recording).exits(0);
    sides.assert_published(&issuing);
    let excluded = policy_ca.intermediate("Forbidden CA").sign();
    let mut outside = policy_ca.intermediate("Outside CA");
    outside.subject = elsewhere();
    let outside = outside.sign();
    let mut below_the_root = sides.root.intermediate("Outside CA");
    below_the_root.subject = elsewhere();
    let below_the_root = below_the_root.sign();
    let refused = [
        (
            "excluded",
            &excluded,
            "CN=Policy CA, O=Rootcast tests, C=CH exclude a name in it: directoryName CN=Forbidden CA",
        ),
        (
            "outside",
            &outside,
            "CN=Narrow Root, O=Rootcast tests, C=CH do not permit a name in it: directoryName O=Elsewhere",
        ),
        ("below-the-root", &below_the_root, "CN=Narrow Root, O=Rootcast tests, C=CH do not permit a name in it"),
    ];
    let link = format!("file:{}", sides.scratch.path("never.frames").display());
    for (what, der, says) in refused {
        let file = sides.scratch.file(&format!("{what}.crt"), der);
        sides.send(&link, &[&file]).exits(3).says("CERT-NAME-PERMITTED").says(says);
        forge(&sides, what, der).exits(5).says("CERT-NAME-PERMITTED").says(says);
        assert!(!sides.is_published(der), "{what}");
        let check = |program: Program, state: &PathBuf| program.state(state).arg(&file);
        check(offline(["check"]), &sides.offline).exits(3).says(says).says("help");
        check(online(["check"]), &sides.online).exits(5).says(says);
    }
    // A switch for the rules of taste opens nothing.
    online(["trust", "--yes", "--off", "CERT-NAME-CONSTRAINTS"]).state(&sides.online).arg("--root").arg(&root).exits(0);
    sides.acknowledge_alarms();
    forge(&sides, "again", &excluded).exits(5).says("CERT-NAME-PERMITTED");
    assert!(!sides.is_published(&excluded));
}

/// Before the key is used: the rehearsal refuses.
#[test]
fn a_ceremony_ends_before_the_key_is_used_where_the_root_permits_no_such_name() {
    let scratch = Scratch::new();
    let root = with(fresh_root("Narrow Root"), limits(0xa0, &everything_here()));
    scratch.file("root.crt", &root.certificate);
    scratch.file("root.p8", root.key.pkcs8());
    scratch.file("root.crl", crl_of(&root, 7).sign());
    scratch.file("SITE.toml", "[key]\nrehearsal_key = \"root.p8\"\n[approvals]\nrequired = 0\n");
    let key = SigningKey::generate(KeyKind::EcdsaP256);
    scratch.file("sub.csr", request::request("Sub", &key));
    let state = scratch.path("state");
    offline(["trust", "--yes", "--root", "root.crt"]).state(&state).within(scratch.folder()).exits(0);
    let rehearse = |folder: &str, subject: &str| {
        let at = rootcast_host::clock::rfc3339;
        let request = format!(
            "issuer = \"root.crt\"\n[[certificate]]\ncsr = \"sub.csr\"\nprofile = \"issuing-ca\"\nsubject = \"{subject}\"\n\
             not_before = \"{}\"\nnot_after = \"{}\"\npath_length = 0\ncrl_url = \"http://pki.example/root.crl\"\n",
            at(root.now - 60),
            at(root.now + 900 * DAY)
        );
        let file = format!("{folder}.toml");
        scratch.file(&file, request);
        let rehearse = offline(["ceremony", "rehearse", "--site", "SITE.toml"]).state(&state);
        rehearse.within(scratch.folder()).args([&file, "-o", folder])
    };
    let refused = rehearse("outside", "CN=Sub,O=Elsewhere,C=CH").exits(3);
    refused.says("CERT-NAME-PERMITTED").says("CN=Narrow Root").says("No key was used");
    assert!(!scratch.path("outside").exists());
    rehearse("inside", "CN=Sub,O=Rootcast tests,C=CH").exits(0);
}

/// A root that was renewed without its constraints: the certificate that allows the item decides.
#[test]
fn of_a_renewed_root_the_certificate_decides_that_permits_the_name() {
    let sides = Sides::of(with(fresh_root("Narrow Root"), limits(0xa0, &elsewhere())));
    let inside = sides.root.intermediate("Sub").sign();
    forge(&sides, "before", &inside).exits(5).says("CERT-NAME-PERMITTED");
    let mut renewed = sides.root.root_draft();
    renewed.serial = vec![0x4b; 16];
    renewed.not_before = RawTime::At(sides.root.now - DAY);
    renewed.not_after = RawTime::At(sides.root.now + 9000 * DAY);
    let file = sides.scratch.file("renewed.crt", renewed.sign());
    online(["trust", "--yes"]).state(&sides.online).arg("--root").arg(file).exits(0);
    sides.acknowledge_alarms();
    forge(&sides, "after", &inside).exits(0);
    sides.assert_published(&inside);
}

//! CRLs, CA certificates and certification requests: judged whatever they are; what is accepted is strict DER, signed by
//! the root, and says to another reader what it says to ours.

use std::sync::LazyLock;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use der::{Decode, Encode};
use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::finding::Severity;
use rootcast_pki::history::NoState;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::{self, Item};
use rootcast_pki::judgement::{Accepted, Judgement};
use rootcast_pki::profile::{Policy, Profile};
use rootcast_pki::request::CertificationRequest;
use rootcast_pki::stage::Outcome;
use rootcast_pki::time::Timestamp;
use rootcast_pki::{judge, judge_under};
use x509_cert::Certificate;
use x509_cert::crl::CertificateList;
use x509_cert::time::Time;

use super::input::Input;
use super::{Reached, assert_printable, der_tree, materials};
use crate::throwaway_ca::der_writer::{bits, sequence, tlv};
use crate::throwaway_ca::{CrlDraft, ExtensionDraft, KeyKind, RawTime, Scheme, SigningKey, ThrowAwayCa, pem};

static ISSUER: LazyLock<Issuer> = LazyLock::new(|| {
    Issuer::from_certificate(&materials::root().certificate, &Policy::default()).expect("a good root")
});

static PREVIOUS: LazyLock<Vec<u8>> = LazyLock::new(|| materials::crl(5).sign());

/// Signed again by the root: what the first element of `der` holds, or `der` itself.
pub(super) fn signed_again(der: &[u8]) -> Vec<u8> {
    let key = &materials::root().key;
    let body = der_tree::to_be_signed(der).unwrap_or(der);
    let signature = key.sign(Scheme::Usual, body);
    sequence(&[body.to_vec(), key.algorithm(Scheme::Usual), bits(&signature)])
}

/// First byte: 0 the item as it is; 1 the item signed again; 2 the good one with changes, signed again; 3 the same as PEM.
/// Second byte: with the CRL before it, by which profile.
fn made(input: &mut Input<'_>, good: &[u8], label: &str) -> Vec<u8> {
    match input.byte() % 4 {
        0 => input.rest().to_vec(),
        1 => signed_again(input.rest()),
        2 => signed_again(&der_tree::changed(good, input)),
        _ => pem(label, &signed_again(&der_tree::changed(good, input))).into_bytes(),
    }
}

struct Circumstances {
    policy: Policy,
    previous: Option<&'static [u8]>,
}

impl Circumstances {
    fn of(flags: u8) -> Self {
        let profile = if flags & 1 == 0 { Profile::Private } else { Profile::Webpki };
        let policy = Policy { profile, allow_sha1: flags & 2 != 0, ..Policy::default() };
        Self { policy, previous: (flags & 4 == 0).then_some(PREVIOUS.as_slice()) }
    }

    fn judge<'a>(&self, item: &'a Item<'_>) -> Judgement<'a> {
        let state = NoState { previous: self.previous, ..NoState::default() };
        judge_under(item, &ISSUER, &state, &self.policy, Timestamp(materials::NOW))
    }
}

/// Tries what may be an item; whether it was accepted.
fn run(bytes: &[u8], circumstances: &Circumstances) -> bool {
    let item = match item::read(bytes) {
        Ok(item) => item,
        Err(findings) => {
            assert!(findings.rejects());
            assert_printable(&findings.to_string());
            return false;
        }
    };
    let judgement = circumstances.judge(&item);
    check_words(&judgement, item.der.len());
    let chosen = judge(
        &item,
        std::slice::from_ref(&*ISSUER),
        &NoState { previous: circumstances.previous, ..NoState::default() },
        &circumstances.policy,
        Timestamp(materials::NOW),
    );
    if chosen.issuer.is_some() {
        assert_eq!(chosen.verdict.findings, judgement.verdict.findings);
    }
    let Outcome::Accepted(accepted) = &judgement.verdict.outcome else { return false };
    assert!(judgement.authentic, "accepted, and not the root's");
    assert!(judgement.verdict.findings.iter().all(|finding| finding.severity == Severity::Warn));
    let der = item.der.as_ref();
    assert!(der_tree::is_canonical(der), "accepted, and not DER");
    assert_signed(der);
    match accepted {
        Accepted::Crl(crl) => {
            assert_eq!(crl.der(), der);
            assert_same_crl(crl, circumstances.previous);
        }
        Accepted::Certificate(certificate) => {
            assert_eq!(certificate.der(), der);
            assert_same_certificate(certificate);
        }
    }
    // One byte less or more is another item, and nobody signed that.
    for other in [&der[..der.len() - 1], &[der, &[0]].concat()] {
        if let Ok(other) = item::read(other) {
            let judgement = circumstances.judge(&other);
            assert!(matches!(judgement.verdict.outcome, Outcome::Rejected));
        }
    }
    true
}

fn check_words(judgement: &Judgement<'_>, size: usize) {
    let findings = &judgement.verdict.findings;
    if let Some(description) = &judgement.description {
        assert_printable(description);
    }
    assert_printable(&findings.to_string());
    for finding in findings {
        assert!(finding.count > 0);
        assert!(finding.location.is_none_or(|place| place.offset <= size), "{finding} is not in {size} bytes");
    }
    match judgement.verdict.outcome {
        Outcome::Rejected => assert!(findings.rejects(), "refused, and nothing says why"),
        Outcome::Held => assert_eq!(findings.worst(), Some(Severity::Hold)),
        Outcome::Accepted(_) | Outcome::NoOp => {}
    }
}

/// Fails unless the root's key made the signature at the end, over the bytes at the beginning.
pub(super) fn assert_signed(der: &[u8]) {
    let body = der_tree::to_be_signed(der).expect("an element");
    let signature = &der[der.len() - 64..];
    let key = UnparsedPublicKey::new(&ED25519, materials::root().key.public_bits());
    assert!(key.verify(body, signature).is_ok(), "accepted, and not signed by the root");
}

fn seconds(time: &Time) -> i64 {
    i64::try_from(time.to_unix_duration().as_secs()).expect("a small number")
}

/// Compares with what `x509-cert` reads, where it reads it: it refuses some serial numbers and names that are only odd.
fn assert_same_crl(crl: &rootcast_pki::acceptance::AcceptedCrl<'_>, previous: Option<&[u8]>) {
    let Ok(theirs) = <CertificateList>::from_der(crl.der()) else { return };
    assert_eq!(theirs.to_der().as_deref(), Ok(crl.der()), "written again, it is another");
    let tbs = theirs.tbs_cert_list;
    assert_eq!(crl.this_update().0, seconds(&tbs.this_update));
    assert_eq!(Some(crl.next_update().0), tbs.next_update.as_ref().map(seconds));
    let numbers: Vec<Vec<u8>> = tbs
        .crl_extensions
        .iter()
        .flatten()
        .filter(|extension| extension.extn_id.to_string() == "2.5.29.20")
        .map(|extension| extension.extn_value.as_bytes().to_vec())
        .collect();
    let octets = numbers.first().and_then(|der| der.get(2..)).expect("one CRL number");
    assert_eq!((numbers.len(), CrlNumber::from_contents(octets)), (1, Ok(crl.number())));
    let entries = tbs.revoked_certificates.unwrap_or_default();
    assert_eq!(crl.entry_count(), entries.len() as u64);
    for (ours, theirs) in crl.inspected().entries().zip(&entries) {
        assert_eq!(ours.serial, theirs.serial_number.as_bytes());
        assert_eq!(ours.revocation_date.0, seconds(&theirs.revocation_date));
    }
    // The CRL before it is given without being published here: the same bytes again are judged, and accepted.
    let Some(previous) = previous.filter(|previous| *previous != crl.der()) else { return };
    let before = <CertificateList>::from_der(previous).expect("a good CRL").tbs_cert_list;
    assert!(crl.number() > CrlNumber::from_contents(&[5]).expect("a number"), "accepted, and not newer");
    assert!(crl.this_update().0 > seconds(&before.this_update), "accepted, and not later");
    for entry in before.revoked_certificates.unwrap_or_default() {
        let kept = entries.iter().find(|now| now.serial_number == entry.serial_number).expect("no entry vanishes");
        assert_eq!(kept.revocation_date, entry.revocation_date);
    }
}

fn assert_same_certificate(certificate: &rootcast_pki::acceptance::AcceptedCertificate<'_>) {
    let Ok(theirs) = Certificate::from_der(certificate.der()) else {
        return;
    };
    assert_eq!(theirs.to_der().as_deref(), Ok(certificate.der()), "written again, it is another");
    let tbs = theirs.tbs_certificate();
    assert_eq!(certificate.serial().as_bytes(), tbs.serial_number().as_bytes());
    assert_eq!(certificate.not_before().0, seconds(&tbs.validity().not_before));
    assert_eq!(certificate.not_after().0, seconds(&tbs.validity().not_after));
    assert_eq!(certificate.subject().der(), tbs.subject().to_der().expect("a name"));
    assert_eq!(certificate.inspected().spki(), tbs.subject_public_key_info().to_der().expect("a key"));
    let is_ca = tbs.extensions().into_iter().flatten().any(|extension| {
        extension.extn_id.to_string() == "2.5.29.19"
            && extension.extn_value.as_bytes().windows(3).any(|it| it == [1, 1, 0xff])
    });
    assert!(is_ca, "accepted, and no CA");
    assert!(seconds(&tbs.validity().not_after) > materials::NOW);
}

pub(super) fn run_crl(input: &[u8]) -> Reached {
    let mut input = Input::new(input);
    let circumstances = Circumstances::of(input.byte());
    let bytes = made(&mut input, &materials::crl(6).sign(), "X509 CRL");
    let accepted = run(&bytes, &circumstances);
    // As it would be kept as the one before.
    let _ = rootcast_pki::judgement::is_crl_of(&bytes, &ISSUER);
    Reached::taken(accepted)
}

pub(super) fn run_certificate(input: &[u8]) -> Reached {
    let mut input = Input::new(input);
    let circumstances = Circumstances::of(input.byte());
    let bytes = made(&mut input, &materials::intermediate().sign(), "CERTIFICATE");
    // As a root to be pinned, and as the certificate of an issuer below one.
    match Issuer::from_certificate(&bytes, &circumstances.policy) {
        Ok(issuer) => {
            assert_eq!(issuer.certificate_der(), bytes);
            assert_printable(&issuer.subject().to_string());
            assert_printable(&issuer.findings().to_string());
            assert!(issuer.file_name().bytes().all(|digit| digit.is_ascii_hexdigit()), "{}", issuer.file_name());
        }
        Err(findings) => assert_printable(&findings.to_string()),
    }
    if let Err(why) = Issuer::named_below_a_root(&bytes, &circumstances.policy) {
        assert_printable(&why);
    }
    Reached::taken(run(&bytes, &circumstances))
}

pub(super) fn run_csr(input: &[u8]) -> Reached {
    let mut input = Input::new(input);
    let key = SigningKey::ed25519_of([0x54; 32]);
    let good = crate::request::request("Fuzz Issuing CA", &key);
    let own = |der: &[u8]| {
        let body = der_tree::to_be_signed(der).unwrap_or(der).to_vec();
        sequence(&[body.clone(), key.algorithm(Scheme::Usual), bits(&key.sign(Scheme::Usual, &body))])
    };
    let bytes = match input.byte() % 4 {
        0 => input.rest().to_vec(),
        1 => own(input.rest()),
        2 => own(&der_tree::changed(&good, &mut input)),
        _ => pem("CERTIFICATE REQUEST", &own(&der_tree::changed(&good, &mut input))).into_bytes(),
    };
    match CertificationRequest::read(&bytes) {
        Ok(request) => {
            assert_printable(&request.subject().to_string());
            assert_printable(&request.key_description());
            // Only the key is taken from it; its name is shown, and its attributes are not looked at.
            assert!(der_tree::is_canonical(request.spki()));
            if bytes.starts_with(&[0x30]) {
                assert!(bytes.windows(request.spki().len()).any(|part| part == request.spki()));
            }
            Reached::Taken
        }
        Err(error) => {
            assert_printable(&error.to_string());
            Reached::Refused
        }
    }
}

/// `der` in each form in which [`made`] takes bytes.
fn forms(ders: &[Vec<u8>], flags: bool) -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (number, der) in (0_u8..).zip(ders) {
        for form in [0, 1] {
            let start = if flags { vec![number % 8, form] } else { vec![form] };
            seeds.push([start, der.clone()].concat());
        }
    }
    for form in [2_u8, 3] {
        // Each a script of two changes somewhere.
        for at in 0_u8..40 {
            let script = [at * 3, at, 3, at, 0x55, at, (at + 4) % 10, 2, 1, 0x80];
            let start = if flags { vec![at % 8, form] } else { vec![form] };
            seeds.push([start, script.to_vec()].concat());
        }
        seeds.push(if flags { vec![0, form] } else { vec![form] });
    }
    seeds
}

/// CRLs of the root, of a stranger, by other kinds of key, with what CRLs may have.
pub(super) fn seeds_crl() -> Vec<Vec<u8>> {
    let signed = |change: fn(&mut CrlDraft)| {
        let mut draft = materials::crl(6);
        change(&mut draft);
        draft.sign()
    };
    let p256 = ThrowAwayCa::with("Fuzz Root", KeyKind::EcdsaP256, materials::NOW);
    let ders = [
        signed(|_| {}),
        signed(|draft| draft.next_update = None),
        signed(|draft| draft.entries.clear()),
        signed(|draft| draft.this_update = RawTime::Raw(tlv(0x18, b"20261120000000Z"))),
        signed(|draft| draft.next_update = Some(RawTime::At(2_600_000_000))),
        signed(|draft| {
            let uri = tlv(0xa0, &tlv(0xa0, &tlv(0x86, b"http://pki.example/root.crl")));
            draft.set_extension(ExtensionDraft::issuing_distribution_point(&[uri]));
        }),
        signed(|draft| draft.set_extension(ExtensionDraft::new(&[1, 3, 6, 1, 4, 1, 311, 21, 1], false, tlv(2, &[0])))),
        materials::stranger().crl(6).sign(),
        p256_free(&p256.crl(6)),
        PREVIOUS.clone(),
    ];
    forms(&ders, true)
}

/// The same bytes in every process: its random signature is replaced.
fn p256_free(draft: &CrlDraft) -> Vec<u8> {
    let mut draft = draft.clone();
    draft.extensions.truncate(0);
    let body = draft.to_be_signed();
    sequence(&[body, draft.outer_algorithm.clone(), bits(&[0x30, 6, 2, 1, 1, 2, 1, 1])])
}

/// Certificates of the root: an intermediate, the root itself, one with other extensions.
pub(super) fn seeds_certificate() -> Vec<Vec<u8>> {
    let mut other = materials::intermediate();
    other.set_extension(ExtensionDraft::basic_constraints(true, None));
    other.set_extension(ExtensionDraft::new(
        &[2, 5, 29, 30],
        true,
        sequence(&[tlv(0xa0, &sequence(&[tlv(0x82, b"example")]))]),
    ));
    let mut late = materials::intermediate();
    late.not_after = RawTime::At(2_600_000_000);
    let ders = [
        materials::intermediate().sign(),
        materials::root().certificate.clone(),
        materials::stranger().intermediate_with_key("Sub", &SigningKey::ed25519_of([0x55; 32])).sign(),
        other.sign(),
        late.sign(),
    ];
    forms(&ders, true)
}

pub(super) fn seeds_csr() -> Vec<Vec<u8>> {
    let key = SigningKey::ed25519_of([0x54; 32]);
    let other = SigningKey::ed25519_of([0x56; 32]);
    let ders = [
        crate::request::request("Fuzz Issuing CA", &key),
        crate::request::request_signed_by("Zürich", &key, &other),
        pem("NEW CERTIFICATE REQUEST", &crate::request::request("Pem", &key)).into_bytes(),
        // As Windows saves one: a byte order mark and ends of lines, and without the lines of PEM.
        format!("\u{feff}{}", pem("X", &crate::request::request("Pem", &key)).replace('\n', "\r\n")).into_bytes(),
        pem("X", &crate::request::request("Pem", &key))
            .lines()
            .filter(|line| !line.starts_with('-'))
            .collect::<String>()
            .into_bytes(),
    ];
    forms(&ders, false)
}

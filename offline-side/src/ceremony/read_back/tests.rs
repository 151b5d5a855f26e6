//! Mutations of what was signed: each is caught, each under a name of its own.

use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::time::Timestamp;

use super::field::policy;
use super::{ReadBackError, read_back};
use crate::ceremony::der_builder;
use crate::ceremony::der_reader::children;
use crate::ceremony::draft::certificate::CertificateDraft;
use crate::ceremony::draft::certificate::key_identifier;
use crate::ceremony::draft::crl::{CrlDraft, EntryDraft};
use crate::ceremony::draft::expected::{Expected, ExpectedCertificate, ExpectedCrl, ExpectedEntry};
use crate::ceremony::draft::extension;
use crate::ceremony::key::SignatureScheme;
use crate::ceremony::rehearsal::ephemeral_key::EphemeralKey;
use crate::ceremony::request::distinguished_name::DistinguishedName;
use crate::ceremony::request::reason::Reason;

const T: i64 = 1_795_219_200;
const DAY: i64 = 86_400;

/// A root with its key, and what it is asked to sign.
struct Bench {
    key: EphemeralKey,
    key_id: Vec<u8>,
    name: Vec<u8>,
    algorithm: Vec<u8>,
    root: Vec<u8>,
}

fn name(text: &str) -> Vec<u8> {
    DistinguishedName::parse(text).unwrap().der().to_vec()
}

impl Bench {
    fn new() -> Self {
        Self::with(SignatureScheme::EcdsaP256Sha256)
    }

    fn with(scheme: SignatureScheme) -> Self {
        let key = EphemeralKey::generate(scheme).unwrap();
        let key_id = key_identifier(key.spki()).unwrap();
        let (name, algorithm) = (name("CN=Root,O=Example"), scheme.algorithm_identifier().to_vec());
        let draft = CertificateDraft {
            serial: &[0x41; 16],
            algorithm: &algorithm,
            issuer: &name,
            not_before: Timestamp(T - 100 * DAY),
            not_after: Timestamp(T + 7000 * DAY),
            subject: &name,
            spki: key.spki(),
            extensions: vec![
                extension::basic_constraints(None).unwrap(),
                extension::key_usage().unwrap(),
                extension::subject_key_identifier(&key_id).unwrap(),
            ],
        };
        let root = key.signed(&draft.encode().unwrap()).unwrap();
        Self { key, key_id, name, algorithm, root }
    }

    fn issuer(&self) -> Issuer {
        Issuer::from_certificate(&self.root, &policy()).unwrap()
    }

    fn crl(&self) -> CrlDraft<'_> {
        let new = |serial: u8| EntryDraft::New { serial: vec![serial; 9], date: Timestamp(T - DAY), reason: 5 };
        CrlDraft {
            algorithm: &self.algorithm,
            issuer: &self.name,
            this_update: Timestamp(T),
            next_update: Timestamp(T + 180 * DAY),
            entries: vec![EntryDraft::Carried(carried()), new(2), new(3)],
            key_id: &self.key_id,
            number: CrlNumber::from(42),
            distribution_point: None,
        }
    }

    fn expected_crl(&self) -> Expected {
        let new = |serial: u8| ExpectedEntry::New {
            serial: vec![serial; 9],
            date: Timestamp(T - DAY),
            reason: Reason::CessationOfOperation,
        };
        Expected::Crl(ExpectedCrl {
            algorithm: self.algorithm.clone(),
            issuer: self.name.clone(),
            this_update: Timestamp(T),
            next_update: Timestamp(T + 180 * DAY),
            number: CrlNumber::from(42),
            key_id: self.key_id.clone(),
            distribution_point: None,
            entries: vec![ExpectedEntry::Carried { serial: vec![1; 9], der: carried() }, new(2), new(3)],
        })
    }

    /// The to-be-signed bytes are signed as they are and read back, as if they had been approved: only the fields can
    /// tell.
    fn crl_error(&self, to_be_signed: &[u8]) -> ReadBackError {
        let signed = self.key.signed(to_be_signed).unwrap();
        let fields = read_back(&signed, to_be_signed, &self.expected_crl(), Some(&self.issuer())).unwrap_err();
        // And against what was really approved it is refused as well.
        let approved = self.crl().encode().unwrap();
        assert!(read_back(&signed, &approved, &self.expected_crl(), Some(&self.issuer())).is_err());
        fields
    }

    fn changed(&self, change: impl FnOnce(&mut CrlDraft<'_>)) -> ReadBackError {
        let mut draft = self.crl();
        change(&mut draft);
        self.crl_error(&draft.encode().unwrap())
    }

    /// The CRL with other extensions, from their DER.
    fn with_extensions(&self, extensions: &[Vec<u8>]) -> ReadBackError {
        let whole = self.crl().encode().unwrap();
        let mut fields: Vec<Vec<u8>> = children(&whole).unwrap().into_iter().map(<[u8]>::to_vec).collect();
        fields.pop();
        fields.push(der_builder::explicit(0, &der_builder::sequence(extensions).unwrap()).unwrap());
        self.crl_error(&der_builder::sequence(&fields).unwrap())
    }
}

/// An entry of the CRL before: superseded, with an invalidityDate that no request could ask for.
fn carried() -> Vec<u8> {
    with_invalidity_date(1)
}

fn with_invalidity_date(serial: u8) -> Vec<u8> {
    let date = der_builder::tlv(der::Tag::GeneralizedTime, b"20260101000000Z").unwrap();
    let invalidity = der_builder::sequence(&[
        b"\x06\x03\x55\x1d\x18".to_vec(),
        der_builder::tlv(der::Tag::OctetString, &date).unwrap(),
    ]);
    let reason = der_builder::encoded(&extension::reason_code(4).unwrap()).unwrap();
    der_builder::sequence(&[
        der_builder::tlv(der::Tag::Integer, &[serial; 9]).unwrap(),
        der_builder::time(Timestamp(T - 50 * DAY)).unwrap(),
        der_builder::sequence(&[reason, invalidity.unwrap()]).unwrap(),
    ])
    .unwrap()
}

#[test]
fn what_was_approved_and_signed_is_released() {
    let bench = Bench::new();
    let approved = bench.crl().encode().unwrap();
    let signed = bench.key.signed(&approved).unwrap();
    assert_eq!(read_back(&signed, &approved, &bench.expected_crl(), Some(&bench.issuer())), Ok(()));
}

#[test]
fn every_scheme_is_named_as_the_second_parser_knows_it() {
    for text in [
        "rsa-pkcs1-sha256",
        "rsa-pkcs1-sha384",
        "rsa-pkcs1-sha512",
        "rsa-pss-sha256",
        "rsa-pss-sha384",
        "rsa-pss-sha512",
        "ecdsa-p256-sha256",
        "ecdsa-p384-sha384",
        "ecdsa-p521-sha512",
        "ed25519",
    ] {
        let bench = Bench::with(text.parse().unwrap());
        let approved = bench.crl().encode().unwrap();
        let signed = bench.key.signed(&approved).unwrap();
        assert_eq!(read_back(&signed, &approved, &bench.expected_crl(), Some(&bench.issuer())), Ok(()), "{text}");
        assert!(bench.issuer().is_self_signed(), "{text}");
    }
}

#[test]
fn every_changed_field_of_a_crl_is_named() {
    let bench = Bench::new();
    let swapped = bench.changed(|draft| std::mem::swap(&mut draft.this_update, &mut draft.next_update));
    assert!(matches!(swapped, ReadBackError::Time { field: "thisUpdate", .. }), "{swapped}");
    let later = bench.changed(|draft| draft.next_update = Timestamp(T + 181 * DAY));
    assert!(matches!(later, ReadBackError::Time { field: "nextUpdate", .. }), "{later}");
    let number = bench.changed(|draft| draft.number = CrlNumber::from(43));
    assert!(matches!(number, ReadBackError::Number { .. }), "{number}");
    let other = name("CN=Root,O=Exarnple");
    let issuer = bench.changed(|draft| draft.issuer = Box::leak(other.into_boxed_slice()));
    assert!(matches!(issuer, ReadBackError::Field { field: "issuer", .. }), "{issuer}");
    let key_id = bench.changed(|draft| draft.key_id = &[7; 20]);
    assert!(matches!(key_id, ReadBackError::Field { field: "authorityKeyIdentifier", .. }), "{key_id}");
    let algorithm: &'static [u8] = SignatureScheme::EcdsaP384Sha384.algorithm_identifier();
    let inner = bench.changed(|draft| draft.algorithm = algorithm);
    assert!(matches!(inner, ReadBackError::Refused { .. }), "{inner}");
}

#[test]
fn every_changed_entry_of_a_crl_is_named() {
    let bench = Bench::new();
    let lost = bench.changed(|draft| drop(draft.entries.remove(1)));
    assert!(matches!(lost, ReadBackError::EntryMissing { .. }), "{lost}");
    let all_lost = bench.changed(|draft| draft.entries.clear());
    assert!(matches!(all_lost, ReadBackError::EntryMissing { .. }), "{all_lost}");
    let new =
        |serial: u8, date: i64, reason: u8| EntryDraft::New { serial: vec![serial; 9], date: Timestamp(date), reason };
    let added = bench.changed(|draft| draft.entries.push(new(4, T - DAY, 5)));
    assert!(matches!(added, ReadBackError::EntryUnexpected { .. }), "{added}");
    let doubled = bench.changed(|draft| draft.entries.push(new(3, T - DAY, 5)));
    assert!(matches!(doubled, ReadBackError::EntryUnexpected { .. }), "{doubled}");
    let reason = bench.changed(|draft| draft.entries[1] = new(2, T - DAY, 4));
    assert!(matches!(reason, ReadBackError::EntryReason { wanted: Some(5), found: Some(4), .. }), "{reason}");
    let date = bench.changed(|draft| draft.entries[1] = new(2, T - 2 * DAY, 5));
    assert!(matches!(date, ReadBackError::EntryDate { .. }), "{date}");
    let bare = der_builder::sequence(&[
        der_builder::tlv(der::Tag::Integer, &[2; 9]).unwrap(),
        der_builder::time(Timestamp(T - DAY)).unwrap(),
    ]);
    let dropped = bench.changed(|draft| draft.entries[1] = EntryDraft::Carried(bare.unwrap()));
    assert!(matches!(dropped, ReadBackError::EntryReason { wanted: Some(5), found: None, .. }), "{dropped}");
    // The entry carried over keeps its date and reason and loses its invalidityDate.
    let thinner = bench.changed(|draft| draft.entries[0] = new(1, T - 50 * DAY, 4));
    assert!(matches!(thinner, ReadBackError::EntryContent { .. }), "{thinner}");
    let carried_reason = bench.changed(|draft| draft.entries[0] = new(1, T - 50 * DAY, 1));
    assert!(matches!(carried_reason, ReadBackError::EntryReason { wanted: Some(4), .. }), "{carried_reason}");
    // A new entry with an invalidityDate besides its reason.
    let expected = bench.expected_crl();
    let Expected::Crl(mut wanted) = expected else { unreachable!() };
    wanted.entries =
        vec![ExpectedEntry::New { serial: vec![2; 9], date: Timestamp(T - 50 * DAY), reason: Reason::Superseded }];
    let draft = CrlDraft { entries: vec![EntryDraft::Carried(with_invalidity_date(2))], ..bench.crl() };
    let to_be_signed = draft.encode().unwrap();
    let signed = bench.key.signed(&to_be_signed).unwrap();
    let fatter = read_back(&signed, &to_be_signed, &Expected::Crl(wanted), Some(&bench.issuer())).unwrap_err();
    assert!(matches!(fatter, ReadBackError::EntryContent { .. }), "{fatter}");
}

#[test]
fn every_changed_extension_of_a_crl_is_named() {
    let bench = Bench::new();
    let der = |extension: x509_cert::ext::Extension| der_builder::encoded(&extension).unwrap();
    let aki = der(extension::authority_key_identifier(&bench.key_id).unwrap());
    let number = der(extension::crl_number(&CrlNumber::from(42)).unwrap());
    let mut critical = extension::crl_number(&CrlNumber::from(42)).unwrap();
    critical.critical = true;
    let idp = b"\x30\x0f\x06\x03\x55\x1d\x1c\x01\x01\xff\x04\x05\x30\x03\x82\x01\xff".to_vec();
    let odd = b"\x30\x0a\x06\x03\x2a\x03\x04\x04\x03\x04\x01\x00".to_vec();
    for extensions in [
        vec![number.clone(), aki.clone()],
        vec![number.clone()],
        vec![aki.clone(), number.clone(), idp],
        vec![aki.clone(), number.clone(), odd],
        vec![aki.clone(), number.clone(), number.clone()],
        vec![aki.clone(), der(critical)],
    ] {
        let error = bench.with_extensions(&extensions);
        assert!(matches!(error, ReadBackError::Extensions { .. }), "{error}");
    }
    let point = bench.changed(|draft| draft.distribution_point = Some(&[0x30, 3, 0x82, 1, 0xff]));
    assert!(matches!(point, ReadBackError::Extensions { .. }), "{point}");
    let Expected::Crl(mut expected) = bench.expected_crl() else { unreachable!() };
    expected.distribution_point = Some(b"\x30\x0a\xa0\x08\xa0\x06\x86\x04http".to_vec());
    let other = b"\x30\x0a\xa0\x08\xa0\x06\x86\x04hftp";
    let to_be_signed = CrlDraft { distribution_point: Some(other), ..bench.crl() }.encode().unwrap();
    let signed = bench.key.signed(&to_be_signed).unwrap();
    let error = read_back(&signed, &to_be_signed, &Expected::Crl(expected), Some(&bench.issuer())).unwrap_err();
    assert!(matches!(error, ReadBackError::Field { field: "issuingDistributionPoint", .. }), "{error}");
    let error = bench.with_extensions(&[aki]);
    assert!(matches!(error, ReadBackError::Number { found: None, .. }), "{error}");
}

#[test]
fn a_wrong_signature_another_key_and_rubbish_are_refused() {
    let (bench, other) = (Bench::new(), Bench::new());
    let approved = bench.crl().encode().unwrap();
    let expected = bench.expected_crl();
    let read = |signed: &[u8]| read_back(signed, &approved, &expected, Some(&bench.issuer())).unwrap_err();
    let foreign = other.key.signed(&approved).unwrap();
    assert!(matches!(read(&foreign), ReadBackError::NotAuthentic { .. }));
    let mut broken = bench.key.signed(&approved).unwrap();
    *broken.last_mut().unwrap() ^= 1;
    assert!(matches!(read(&broken), ReadBackError::NotAuthentic { .. }));
    let outer = SignatureScheme::EcdsaP384Sha384.algorithm_identifier().to_vec();
    let outer = der_builder::assembled(&approved, &outer, &[1; 70]).unwrap();
    assert!(matches!(read(&outer), ReadBackError::Algorithm { .. }));
    for rubbish in [&[][..], &approved, &bench.root, &bench.key.signed(&approved).unwrap()[..200], &[0x30, 0x80, 0, 0]]
    {
        assert!(read_back(rubbish, &approved, &expected, Some(&bench.issuer())).is_err());
    }
    // Every field is as meant, and the order is not: only the bytes can tell.
    let mut draft = bench.crl();
    draft.entries.swap(1, 2);
    let signed = bench.key.signed(&draft.encode().unwrap()).unwrap();
    assert!(matches!(read(&signed), ReadBackError::ToBeSigned { .. }));
    assert!(matches!(
        read_back(&bench.key.signed(&approved).unwrap(), &approved, &expected, None),
        Err(ReadBackError::NoIssuer)
    ));
}

#[test]
fn no_flipped_bit_of_a_signed_crl_is_released() {
    let bench = Bench::new();
    let approved = bench.crl().encode().unwrap();
    let signed = bench.key.signed(&approved).unwrap();
    let (expected, issuer) = (bench.expected_crl(), bench.issuer());
    for at in 0..signed.len() * 8 {
        let mut flipped = signed.clone();
        flipped[at / 8] ^= 1 << (at % 8);
        assert!(read_back(&flipped, &approved, &expected, Some(&issuer)).is_err(), "bit {at}");
    }
}

/// A certificate for another key, and what it is meant to say.
fn certificate(bench: &Bench, subject: &Bench) -> (Vec<u8>, ExpectedCertificate) {
    let expected = ExpectedCertificate {
        algorithm: bench.algorithm.clone(),
        issuer: bench.name.clone(),
        subject: name("CN=Issuing,O=Example"),
        serial: vec![0x42; 16],
        not_before: Timestamp(T),
        not_after: Timestamp(T + 1000 * DAY),
        spki: subject.key.spki().to_vec(),
        key_id: subject.key_id.clone(),
        issuer_key_id: Some(bench.key_id.clone()),
        path_length: Some(0),
        crl_url: Some("http://pki.example/root.crl".to_owned()),
        issuer_url: Some("http://pki.example/root.crt".to_owned()),
        is_for_tls: true,
    };
    (drafted_as(&expected), expected)
}

fn drafted_as(expected: &ExpectedCertificate) -> Vec<u8> {
    let mut extensions = vec![
        extension::basic_constraints(expected.path_length).unwrap(),
        extension::key_usage().unwrap(),
        extension::subject_key_identifier(&expected.key_id).unwrap(),
    ];
    extensions.extend(expected.issuer_key_id.as_ref().map(|id| extension::authority_key_identifier(id).unwrap()));
    extensions.extend(expected.crl_url.as_ref().map(|url| extension::crl_distribution_point(url).unwrap()));
    extensions.extend(expected.issuer_url.as_ref().map(|url| extension::authority_info_access(url).unwrap()));
    if expected.is_for_tls {
        extensions.push(extension::server_auth().unwrap());
        extensions.push(extension::any_policy().unwrap());
    }
    let draft = CertificateDraft {
        serial: &expected.serial,
        algorithm: &expected.algorithm,
        issuer: &expected.issuer,
        not_before: expected.not_before,
        not_after: expected.not_after,
        subject: &expected.subject,
        spki: &expected.spki,
        extensions,
    };
    draft.encode().unwrap()
}

#[test]
fn every_changed_field_of_a_certificate_is_named() {
    let (bench, subject, other) = (Bench::new(), Bench::new(), Bench::new());
    let (approved, expected) = certificate(&bench, &subject);
    let whole = Expected::Certificate(expected.clone());
    let issuer = bench.issuer();
    let signed = bench.key.signed(&approved).unwrap();
    assert_eq!(read_back(&signed, &approved, &whole, Some(&issuer)), Ok(()));
    let changed = |change: &dyn Fn(&mut ExpectedCertificate)| {
        let mut other = expected.clone();
        change(&mut other);
        let to_be_signed = drafted_as(&other);
        let signed = bench.key.signed(&to_be_signed).unwrap();
        read_back(&signed, &to_be_signed, &whole, Some(&issuer)).unwrap_err()
    };
    type Change<'a> = &'a dyn Fn(&mut ExpectedCertificate);
    let fields: [(&str, Change<'_>); 7] = [
        ("issuer", &|expected| expected.issuer = name("CN=Root,O=Exarnple")),
        ("subject", &|expected| expected.subject = name("CN=Issuing,O=Exarnple")),
        ("serialNumber", &|expected| expected.serial[15] ^= 1),
        ("subjectPublicKeyInfo", &|expected| expected.spki = other.key.spki().to_vec()),
        ("subjectKeyIdentifier", &|expected| expected.key_id[0] ^= 1),
        ("authorityKeyIdentifier", &|expected| expected.issuer_key_id = Some(vec![9; 20])),
        ("cRLDistributionPoints", &|expected| expected.crl_url = Some("http://pki.exarnple/root.crl".to_owned())),
    ];
    for (name, change) in fields {
        let error = changed(change);
        let found = match &error {
            ReadBackError::Field { field, .. } | ReadBackError::Url { field, .. } => field,
            _ => panic!("{name}: {error}"),
        };
        assert_eq!(*found, name, "{error}");
    }
    let issuer_url = changed(&|expected| expected.issuer_url = Some("http://pki.exarnple/root.crt".to_owned()));
    assert!(matches!(issuer_url, ReadBackError::Url { field: "authorityInfoAccess", .. }), "{issuer_url}");
    let begins = changed(&|expected| expected.not_before = Timestamp(T - 1));
    assert!(matches!(begins, ReadBackError::Time { field: "notBefore", .. }), "{begins}");
    let ends = changed(&|expected| expected.not_after = Timestamp(T + 1001 * DAY));
    assert!(matches!(ends, ReadBackError::Time { field: "notAfter", .. }), "{ends}");
    for length in [None, Some(1)] {
        let error = changed(&|expected| expected.path_length = length);
        assert!(matches!(error, ReadBackError::PathLength { wanted: Some(0), .. }), "{error}");
    }
    for change in [
        &(|expected: &mut ExpectedCertificate| expected.crl_url = None) as Change<'_>,
        &|expected| expected.issuer_url = None,
        &|expected| expected.is_for_tls = false,
        &|expected| expected.issuer_key_id = None,
    ] {
        let error = changed(change);
        assert!(matches!(error, ReadBackError::Extensions { .. }), "{error}");
    }
    let foreign = other.key.signed(&approved).unwrap();
    let error = read_back(&foreign, &approved, &whole, Some(&issuer)).unwrap_err();
    assert!(matches!(error, ReadBackError::NotAuthentic { .. }), "{error}");
}

#[test]
fn a_root_is_read_back_under_the_pinned_key_alone() {
    let (bench, other) = (Bench::new(), Bench::new());
    let (_, mut expected) = certificate(&bench, &bench);
    expected.subject.clone_from(&bench.name);
    (expected.issuer_key_id, expected.path_length, expected.crl_url, expected.issuer_url) = (None, None, None, None);
    expected.is_for_tls = false;
    let approved = drafted_as(&expected);
    let whole = Expected::Certificate(expected.clone());
    assert_eq!(read_back(&bench.key.signed(&approved).unwrap(), &approved, &whole, None), Ok(()));
    let foreign = other.key.signed(&approved).unwrap();
    let error = read_back(&foreign, &approved, &whole, None).unwrap_err();
    assert!(matches!(error, ReadBackError::NotAuthentic { .. }), "{error}");
    expected.spki = other.key.spki().to_vec();
    let theirs = drafted_as(&expected);
    let signed = other.key.signed(&theirs).unwrap();
    let error = read_back(&signed, &theirs, &whole, None).unwrap_err();
    assert!(matches!(error, ReadBackError::Field { field: "subjectPublicKeyInfo", .. }), "{error}");
}

//! Certificates that break one rule each.

use std::sync::Arc;

use rootcast_pki::finding::Severity;
use rootcast_pki::history::{CertificateHistory, IssuedCertificate};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::Policy;
use rootcast_pki::rule::Rule;
use rootcast_pki::serial::SerialNumber;
use rootcast_pki::time::Timestamp;

use crate::throwaway_ca::der_writer::{bits, generalized_time, integer, oid, sequence, tlv};
use crate::throwaway_ca::{
    CertificateDraft, DAY, DEFAULT_NOW, EntryDraft, ExtensionDraft, KeyKind, RawTime, Scheme, SigningKey, ThrowAwayCa,
    name,
};
use crate::trial::{Case, Ruling, case, issuer, strict, try_certificate};

/// A good intermediate, changed in one place.
pub(crate) fn changed(change: impl FnOnce(&mut CertificateDraft)) -> Ruling {
    changed_under(&Policy::default(), change)
}

pub(crate) fn changed_under(policy: &Policy, change: impl FnOnce(&mut CertificateDraft)) -> Ruling {
    let ca = ThrowAwayCa::new("Root");
    let mut draft = ca.intermediate("Sub");
    change(&mut draft);
    try_certificate(&draft.sign(), &issuer(&ca), &CertificateHistory::default(), policy)
}

/// A good intermediate in which an extension is critical, whether it had it or not.
fn critical(identifier: &[u64]) -> Ruling {
    let location = tlv(0x86, b"http://ca.example/");
    let value = match identifier {
        [.., 18] => sequence(&[location]),
        [.., 46] => sequence(&[sequence(&[tlv(0xa0, &tlv(0xa0, &location))])]),
        _ => sequence(&[sequence(&[oid(&[1, 3, 6, 1, 5, 5, 7, 48, 5]), location])]),
    };
    changed(|draft| match draft.extensions.iter_mut().find(|known| known.oid == identifier) {
        Some(known) => known.critical = true,
        None => draft.extensions.push(ExtensionDraft::new(identifier, true, value)),
    })
}

/// A good intermediate of a root that was changed in one place.
fn under_root(change: impl FnOnce(&mut CertificateDraft)) -> Ruling {
    under_root_with(&Policy::default(), change)
}

fn under_root_with(policy: &Policy, change: impl FnOnce(&mut CertificateDraft)) -> Ruling {
    let ca = ThrowAwayCa::new("Root");
    let mut root = ca.root_draft();
    change(&mut root);
    let issuer = Issuer::from_certificate(&root.sign(), &Policy::default()).expect("still a root");
    try_certificate(&ca.intermediate("Sub").sign(), &issuer, &CertificateHistory::default(), policy)
}

/// A certificate of a CA in the middle whose own certificate was changed in one place, and was revoked or not.
fn under_middle(revoked: bool, change: impl FnOnce(&mut CertificateDraft)) -> Ruling {
    under_middle_of(|issuer, _| issuer, revoked, change)
}

/// The same, with the issuer in the middle placed below the root or not.
fn under_middle_of(
    place: impl FnOnce(Issuer, &ThrowAwayCa) -> Issuer,
    revoked: bool,
    change: impl FnOnce(&mut CertificateDraft),
) -> Ruling {
    let (ca, key) = (ThrowAwayCa::new("Root"), Arc::new(SigningKey::generate(KeyKind::EcdsaP256)));
    let mut middle = ca.intermediate_with_key("Middle", &key);
    middle.set_extension(ExtensionDraft::basic_constraints(true, Some(1)));
    middle.not_before = RawTime::At(DEFAULT_NOW - 10 * DAY);
    middle.not_after = RawTime::At(DEFAULT_NOW + 2000 * DAY);
    change(&mut middle);
    let issuer = place(Issuer::from_certificate(&middle.sign(), &Policy::default()).expect("still a CA"), &ca);
    let mut parent = ca.crl(7);
    if revoked {
        parent.entries.push(EntryDraft::of(&middle.serial, DEFAULT_NOW - DAY, Some(4)));
    }
    let parent = parent.sign();
    let sub = SigningKey::generate(KeyKind::EcdsaP256);
    let draft = CertificateDraft::intermediate(&middle.subject, &key, "Sub", &sub, DEFAULT_NOW);
    let history = CertificateHistory { parent_crl: Some(&parent), ..CertificateHistory::default() };
    try_certificate(&draft.sign(), &issuer, &history, &Policy::default())
}

/// The key of a draft, with an RSA key of this exponent in its place.
fn rsa_with_exponent(exponent: u64) -> Vec<u8> {
    let spki = SigningKey::generate(KeyKind::Rsa2048).spki();
    // SPKI, algorithm, BIT STRING and RSAPublicKey take 28 bytes, the header of the modulus four more.
    rsa_key(&spki[32..32 + 257], exponent)
}

/// An RSA key of more than 2048 bits, no multiple of 8: the modulus of a key of 2048 bits with a few before it.
fn rsa_of_bits(bits: u32) -> Vec<u8> {
    let spki = SigningKey::generate(KeyKind::Rsa2048).spki();
    let mut modulus = [&[1_u8 << (bits - 2049)][..], &spki[33..33 + 256]].concat();
    let last = modulus.len() - 2;
    // One in a few has no small factor.
    for end in (1..=u16::MAX).step_by(2) {
        modulus[last..].copy_from_slice(&end.to_be_bytes());
        if !(3..752_u32).step_by(2).any(|factor| remainder(&modulus, factor) == 0) {
            break;
        }
    }
    rsa_key(&modulus, 65537)
}

fn remainder(number: &[u8], divisor: u32) -> u32 {
    number.iter().fold(0, |rest, byte| ((rest << 8) | u32::from(*byte)) % divisor)
}

fn rsa_key(modulus: &[u8], exponent: u64) -> Vec<u8> {
    let algorithm = sequence(&[oid(&[1, 2, 840, 113_549, 1, 1, 1]), tlv(5, &[])]);
    sequence(&[algorithm, bits(&sequence(&[tlv(2, modulus), integer(exponent)]))])
}

/// A name whose common name is a string of this type.
fn common_name(tag: u8, value: &[u8]) -> Vec<u8> {
    subject(&[(6, 0x13, b"CH"), (10, 0x0c, b"Rootcast tests"), (3, tag, value)])
}

/// A name of these attributes: the last arc, the tag, and the text.
pub(crate) fn subject(attributes: &[(u64, u8, &[u8])]) -> Vec<u8> {
    let attribute =
        |(arc, tag, text): &(u64, u8, &[u8])| tlv(0x31, &sequence(&[oid(&[2, 5, 4, *arc]), tlv(*tag, text)]));
    sequence(&attributes.iter().map(attribute).collect::<Vec<_>>())
}

const BASIC_CONSTRAINTS: &[u64] = &[2, 5, 29, 19];
const KEY_USAGE: &[u64] = &[2, 5, 29, 15];

pub(crate) const CASES: &[Case] = &[
    case!(CertDer Reject "a byte after the certificate" {
        let ca = ThrowAwayCa::new("Root");
        let der = [ca.intermediate("Sub").sign(), vec![0]].concat();
        try_certificate(&der, &issuer(&ca), &CertificateHistory::default(), &Policy::default())
    }),
    case!(CertDer Reject "critical FALSE written out" changed(|draft| draft.extensions[2].writes_default = true)),
    case!(CertDer Reject "named bits that end in zeros" changed(|draft| {
        draft.set_extension(ExtensionDraft::new(KEY_USAGE, true, tlv(3, &[0, 0x06])));
    })),
    case!(CertVersion Reject "v2" changed(|draft| draft.version = Some(1))),
    case!(CertVersion Reject "a unique identifier" changed(|draft| draft.unique_ids = tlv(0x81, &[0, 1]))),
    case!(CertAlgorithmMatch Reject "another outer algorithm" changed(|draft| {
        draft.outer_algorithm = sequence(&[oid(&[1, 2, 840, 10045, 4, 3, 3])]);
    })),
    case!(CertAlgorithm Reject "MD5" changed(|draft| {
        draft.inner_algorithm = sequence(&[oid(&[1, 2, 840, 113_549, 1, 1, 4]), tlv(5, &[])]);
        draft.outer_algorithm = draft.inner_algorithm.clone();
    })),
    case!(CertAlgorithm Reject "SHA-224" changed(|draft| {
        draft.inner_algorithm = sequence(&[oid(&[1, 2, 840, 10045, 4, 3, 1])]);
        draft.outer_algorithm = draft.inner_algorithm.clone();
    })),
    case!(CertAlgorithm Warn "RSA PKCS#1 without its NULL" {
        let ca = ThrowAwayCa::with("Root", KeyKind::Rsa2048, DEFAULT_NOW);
        let mut draft = ca.intermediate("Sub");
        draft.use_scheme(Scheme::RsaSha256WithoutNull);
        try_certificate(&draft.sign(), &issuer(&ca), &CertificateHistory::default(), &Policy::default())
    }),
    case!(CertIssuer Reject "another name" changed(|draft| draft.issuer = name("Toor"))),
    case!(CertIssuer Warn "the same name in other letters" changed(|draft| draft.issuer = name("root"))),
    case!(CertSignature Reject "signed by another key" changed(|draft| {
        draft.signer = Arc::new(SigningKey::generate(KeyKind::EcdsaP256));
    })),
    case!(CertTimeEncoding Reject "a GeneralizedTime before 2050" changed(|draft| {
        draft.not_after = RawTime::Raw(generalized_time(DEFAULT_NOW + 100 * DAY));
    })),
    case!(CertTimeEncoding Reject "a month 13" changed(|draft| {
        draft.not_after = RawTime::Raw(tlv(0x17, b"301301000000Z"));
    })),
    case!(CertExtCritical Reject "unknown and critical" changed(|draft| {
        draft.extensions.push(ExtensionDraft::new(&[1, 3, 6, 1, 4, 1, 99_999, 1], true, integer(1)));
    })),
    case!(CertExtCritical Reject "subjectKeyIdentifier is critical" critical(&[2, 5, 29, 14])),
    case!(CertExtCritical Reject "issuerAltName is critical" critical(&[2, 5, 29, 18])),
    case!(CertExtCritical Reject "freshestCRL is critical" critical(&[2, 5, 29, 46])),
    case!(CertExtCritical Reject "authorityInfoAccess is critical" critical(&[1, 3, 6, 1, 5, 5, 7, 1, 1])),
    case!(CertExtCritical Reject "subjectInfoAccess is critical" critical(&[1, 3, 6, 1, 5, 5, 7, 1, 11])),
    case!(CertExtTwice Reject "twice" changed(|draft| draft.extensions.push(draft.extensions[2].clone()))),
    case!(CertAki Reject "another key" changed(|draft| {
        draft.set_extension(ExtensionDraft::authority_key_identifier(&[9; 20]));
    })),
    case!(CertAki Warn "absent" changed(|draft| draft.remove_extension(&[2, 5, 29, 35]))),
    case!(CertAki Reject "absent, webpki" changed_under(&strict(), |draft| draft.remove_extension(&[2, 5, 29, 35]))),
    case!(CertIssuerUsage Reject "an issuer that may not sign certificates" {
        under_root(|root| root.set_extension(ExtensionDraft::key_usage(&[6])))
    }),
    case!(CertIssuerUsage Reject "an issuer that is no CA" {
        under_root(|root| root.set_extension(ExtensionDraft::basic_constraints(false, None)))
    }),
    case!(CertIssuerUsage Reject "an issuer whose path ends" {
        under_root(|root| root.set_extension(ExtensionDraft::basic_constraints(true, Some(0))))
    }),
    case!(CertIssuerUsage Warn "begun before its issuer, which was renewed since" {
        under_root(|root| root.not_before = RawTime::At(DEFAULT_NOW - 1000))
    }),
    case!(CertIssuerUsage Hold "begun before its issuer, webpki" {
        under_root_with(&strict(), |root| root.not_before = RawTime::At(DEFAULT_NOW - 1000))
    }),
    case!(CertIssuerUsage Reject "an issuer that has not begun" {
        under_root(|root| root.not_before = RawTime::At(DEFAULT_NOW + 1000))
    }),
    case!(CertSerial Reject "zero" changed(|draft| draft.serial = vec![0])),
    case!(CertSerial Reject "negative" changed(|draft| draft.serial = vec![0xff; 16].into_iter().enumerate().map(|(at, byte)| if at == 1 { 0x11 } else { byte }).collect())),
    case!(CertSerial Reject "21 octets" changed(|draft| draft.serial = vec![1; 21])),
    case!(CertSerial Warn "short" changed(|draft| draft.serial = vec![1, 2, 3])),
    case!(CertSerial Reject "used before" {
        let ca = ThrowAwayCa::new("Root");
        let draft = ca.intermediate("Sub");
        let issued = [IssuedCertificate {
            serial: SerialNumber::from_contents(&draft.serial),
            subject: "CN=Sub".to_owned(),
            not_after: Timestamp(DEFAULT_NOW),
            sha256: [1; 32],
            tbs_sha256: [1; 32],
            signature: Vec::new(),
            published: true,
        }];
        let history = CertificateHistory { issued: &issued, ..CertificateHistory::default() };
        try_certificate(&draft.sign(), &issuer(&ca), &history, &Policy::default())
    }),
    case!(CertSerial Reject "the root's own" {
        let ca = ThrowAwayCa::new("Root");
        let mut draft = ca.intermediate("Sub");
        draft.serial = ca.root_draft().serial;
        try_certificate(&draft.sign(), &issuer(&ca), &CertificateHistory::default(), &Policy::default())
    }),
    case!(CertDer Reject "a UTF8String that is not UTF-8" changed(|draft| draft.subject = common_name(0x0c, b"Sub\xff"))),
    case!(CertDer Reject "a BMPString of half a character" changed(|draft| draft.subject = common_name(0x1e, b"\0S\0"))),
    case!(CertDer Reject "a common name with the tag of no string" changed(|draft| draft.subject = common_name(0x95, b"Sub"))),
    case!(CertDer Reject "a common name that is an octet string" changed(|draft| draft.subject = common_name(4, b"Sub"))),
    case!(CertDer Warn "an at sign in a PrintableString" changed(|draft| draft.subject = common_name(0x13, b"Sub@"))),
    case!(CertDer Reject "an at sign in a PrintableString, webpki" changed_under(&strict(), |draft| draft.subject = common_name(0x13, b"Sub@"))),
    case!(CertBasicConstraints Reject "absent" changed(|draft| draft.remove_extension(BASIC_CONSTRAINTS))),
    case!(CertBasicConstraints Reject "a path length not below the issuer's" {
        let ca = ThrowAwayCa::new("Root");
        let mut root = ca.root_draft();
        root.set_extension(ExtensionDraft::basic_constraints(true, Some(1)));
        let issuer = Issuer::from_certificate(&root.sign(), &Policy::default()).expect("still a root");
        let mut draft = ca.intermediate("Sub");
        draft.set_extension(ExtensionDraft::basic_constraints(true, Some(1)));
        try_certificate(&draft.sign(), &issuer, &CertificateHistory::default(), &Policy::default())
    }),
    case!(CertBasicConstraints Warn "not critical" changed(|draft| draft.extensions[0].critical = false)),
    case!(CertBasicConstraints Hold "no path length, webpki" {
        changed_under(&strict(), |draft| draft.set_extension(ExtensionDraft::basic_constraints(true, None)))
    }),
    case!(CertKeyUsage Reject "absent" changed(|draft| draft.remove_extension(KEY_USAGE))),
    case!(CertKeyUsage Reject "no keyCertSign" changed(|draft| draft.set_extension(ExtensionDraft::key_usage(&[6])))),
    case!(CertKeyUsage Warn "no cRLSign" changed(|draft| draft.set_extension(ExtensionDraft::key_usage(&[5])))),
    case!(CertKeyUsage Reject "no cRLSign, webpki" {
        changed_under(&strict(), |draft| draft.set_extension(ExtensionDraft::key_usage(&[5])))
    }),
    case!(CertKeyUsage Warn "not critical" changed(|draft| draft.extensions[1].critical = false)),
    case!(CertKeyUsage Warn "keyEncipherment" changed(|draft| {
        draft.set_extension(ExtensionDraft::key_usage(&[2, 5, 6]));
    })),
    case!(CertKeyUsage Reject "keyEncipherment, webpki" {
        changed_under(&strict(), |draft| draft.set_extension(ExtensionDraft::key_usage(&[2, 5, 6])))
    }),
    case!(CertValidity Reject "expired a second ago" changed(|draft| draft.not_after = RawTime::At(DEFAULT_NOW - 1))),
    case!(CertValidity Hold "begins tomorrow" changed(|draft| draft.not_before = RawTime::At(DEFAULT_NOW + DAY))),
    case!(CertValidity Hold "begins in ten minutes and a second" {
        changed(|draft| draft.not_before = RawTime::At(DEFAULT_NOW + 601))
    }),
    case!(CertValidity Warn "outlives its issuer" {
        under_root(|root| root.not_after = RawTime::At(DEFAULT_NOW + DAY))
    }),
    case!(CertValidity Warn "nine years" changed(|draft| draft.not_after = RawTime::At(DEFAULT_NOW + 3287 * DAY))),
    case!(CertValidity Hold "nine years, webpki" {
        changed_under(&strict(), |draft| draft.not_after = RawTime::At(DEFAULT_NOW + 3287 * DAY))
    }),
    case!(CertKey Warn "RSA of 2049 bits" changed(|draft| draft.spki = rsa_of_bits(2049))),
    case!(CertKey Warn "RSA of 2052 bits" changed(|draft| draft.spki = rsa_of_bits(2052))),
    case!(CertKey Reject "RSA of 2049 bits, webpki" changed_under(&strict(), |draft| draft.spki = rsa_of_bits(2049))),
    case!(CertKey Reject "RSA of 2052 bits, webpki" changed_under(&strict(), |draft| draft.spki = rsa_of_bits(2052))),
    case!(CertKey Reject "RSA of 1024 bits" changed(|draft| {
        draft.spki = rsa_key(&[&[0, 0xff][..], &[0x11; 126], &[0x3b]].concat(), 65537);
    })),
    case!(CertKey Reject "an even RSA modulus" changed(|draft| {
        draft.spki = rsa_key(&[&[0, 0xff][..], &[0x11; 254], &[0x3c]].concat(), 65537);
    })),
    case!(CertKey Reject "a point that is not on its curve" changed(|draft| {
        let last = draft.spki.len() - 1;
        draft.spki[last] ^= 1;
    })),
    case!(CertKey Reject "an unknown kind of key" changed(|draft| {
        draft.spki = sequence(&[sequence(&[oid(&[1, 3, 101, 113])]), bits(&[7; 57])]);
    })),
    case!(CertRevoked Reject "on the CRL accepted now" {
        let ca = ThrowAwayCa::new("Root");
        let draft = ca.intermediate("Sub");
        let mut crl = ca.crl(7);
        crl.entries.push(EntryDraft::of(&draft.serial, DEFAULT_NOW - DAY, Some(4)));
        let crl = crl.sign();
        let history = CertificateHistory { crl: Some(&crl), ..CertificateHistory::default() };
        try_certificate(&draft.sign(), &issuer(&ca), &history, &Policy::default())
    }),
    case!(CertAnchor Reject "the root itself" {
        let ca = ThrowAwayCa::new("Root");
        let mut draft = ca.root_draft();
        draft.set_extension(ExtensionDraft::authority_key_identifier(&ca.key.key_id()));
        draft.set_extension(ExtensionDraft::basic_constraints(true, Some(1)));
        draft.set_extension(ExtensionDraft::crl_distribution_points(&["http://crl.example/root.crl"]));
        draft.set_extension(ExtensionDraft::ca_issuers("http://ca.example/root.crt"));
        draft.not_before = RawTime::At(DEFAULT_NOW - DAY);
        draft.not_after = RawTime::At(DEFAULT_NOW + 1825 * DAY);
        try_certificate(&draft.sign(), &issuer(&ca), &CertificateHistory::default(), &Policy::default())
    }),
    case!(CertNotCa Reject "an end-entity certificate" changed(|draft| {
        draft.remove_extension(BASIC_CONSTRAINTS);
        draft.set_extension(ExtensionDraft::key_usage(&[0, 2]));
    })),
    case!(CertNotCa Reject "a CA without a name" changed(|draft| draft.subject = sequence(&[]))),
    case!(CertIssuer Reject "the same name in other letters, webpki" {
        changed_under(&strict(), |draft| draft.issuer = name("root"))
    }),
    case!(CertAki Reject "critical" changed(|draft| draft.extensions[3].critical = true)),
    case!(CertAki Reject "critical, webpki" changed_under(&strict(), |draft| draft.extensions[3].critical = true)),
    case!(CertAki Warn "a serial number beside the key" changed(|draft| {
        let both = sequence(&[tlv(0x80, &draft.signer.key_id()), tlv(0x82, &[1])]);
        draft.set_extension(ExtensionDraft::new(&[2, 5, 29, 35], false, both));
    })),
    case!(CertIssuerUsage Reject "an issuer below the root without basicConstraints" {
        under_middle(false, |middle| middle.remove_extension(BASIC_CONSTRAINTS))
    }),
    case!(CertIssuerUsage Reject "an issuer its parent has revoked" under_middle(true, |_| {})),
    case!(CertIssuerUsage Reject "an issuer whose root allows one CA below it" {
        let below_one = |middle: Issuer, ca: &ThrowAwayCa| {
            let mut root = ca.root_draft();
            root.set_extension(ExtensionDraft::basic_constraints(true, Some(1)));
            middle.below(&Issuer::from_certificate(&root.sign(), &Policy::default()).expect("a good root"))
        };
        under_middle_of(below_one, false, |middle| {
            middle.set_extension(ExtensionDraft::basic_constraints(true, None));
        })
    }),
    case!(CertBasicConstraints Reject "cA FALSE" {
        changed(|draft| draft.set_extension(ExtensionDraft::basic_constraints(false, None)))
    }),
    case!(CertBasicConstraints Reject "not critical, webpki" {
        changed_under(&strict(), |draft| draft.extensions[0].critical = false)
    }),
    case!(CertBasicConstraints Warn "no path length" {
        changed(|draft| draft.set_extension(ExtensionDraft::basic_constraints(true, None)))
    }),
    case!(CertKeyUsage Reject "not critical, webpki" {
        changed_under(&strict(), |draft| draft.extensions[1].critical = false)
    }),
    case!(CertValidity Reject "outlives its issuer, webpki" {
        under_root_with(&strict(), |root| root.not_after = RawTime::At(DEFAULT_NOW + DAY))
    }),
    case!(CertKey Warn "an RSA exponent of 3" changed(|draft| draft.spki = rsa_with_exponent(3))),
    case!(CertKey Reject "an even RSA exponent" changed(|draft| draft.spki = rsa_with_exponent(65536))),
    case!(CertKey Reject "an RSA exponent of 1" changed(|draft| draft.spki = rsa_with_exponent(1))),
];

#[test]
fn a_good_intermediate_breaks_no_rule_of_either_profile() {
    for policy in [Policy::default(), strict()] {
        let ruling = changed_under(&policy, |_| {});
        assert!(ruling.findings.is_empty(), "{}", ruling.findings);
        assert_eq!(ruling.outcome, "accepted");
    }
}

#[test]
fn a_published_certificate_is_a_no_op_even_when_revoked() {
    let ca = ThrowAwayCa::new("Root");
    let draft = ca.intermediate("Sub");
    let der = draft.sign();
    let mut crl = ca.crl(7);
    crl.entries.push(EntryDraft::of(&draft.serial, DEFAULT_NOW - DAY, Some(4)));
    let crl = crl.sign();
    let issued = [IssuedCertificate {
        serial: SerialNumber::from_contents(&draft.serial),
        subject: "CN=Sub".to_owned(),
        not_after: Timestamp(DEFAULT_NOW + 1825 * DAY),
        sha256: rootcast_pki::digest::sha256(&der),
        tbs_sha256: rootcast_pki::digest::sha256(rootcast_pki::item::tbs(&der).unwrap()),
        signature: Vec::new(),
        published: true,
    }];
    let history = CertificateHistory { issued: &issued, crl: Some(&crl), ..CertificateHistory::default() };
    let ruling = try_certificate(&der, &issuer(&ca), &history, &Policy::default());
    assert_eq!(ruling.outcome, "no-op");
    assert!(ruling.findings.has(Rule::CertRevoked) && !ruling.findings.rejects());
}

#[test]
fn a_certificate_of_a_good_ca_in_the_middle_is_accepted() {
    let ruling = under_middle(false, |_| {});
    assert_eq!((ruling.outcome, ruling.findings.len()), ("accepted", 0), "{}", ruling.findings);
}

#[test]
fn a_self_signature_with_another_hash_than_the_curves_is_one() {
    let ca = ThrowAwayCa::with("Root", KeyKind::EcdsaP521, DEFAULT_NOW);
    let mut draft = ca.root_draft();
    draft.use_scheme(Scheme::EcdsaSha256);
    let ruling = try_certificate(&draft.sign(), &issuer(&ca), &CertificateHistory::default(), &Policy::default());
    assert!(ruling.findings.has(Rule::CertAnchor), "{}", ruling.findings);
}

/// The clocks of two hosts differ: what was signed a moment ago is not held for it (CERT-VALIDITY, as CRL-FUTURE).
#[test]
fn a_certificate_that_begins_in_ten_minutes_is_accepted() {
    let ruling = changed(|draft| draft.not_before = RawTime::At(DEFAULT_NOW + 600));
    assert_eq!((ruling.outcome, ruling.findings.len()), ("accepted", 0), "{}", ruling.findings);
}

#[test]
fn an_issuer_that_has_ended_signs_nothing_that_is_accepted() {
    let ruling = under_root(|root| root.not_after = RawTime::At(DEFAULT_NOW - 1));
    let ended = ruling.findings.iter().find(|finding| finding.rule == Rule::CertIssuerUsage).expect("a finding");
    assert_eq!((ended.severity, ruling.outcome), (Severity::Reject, "rejected"), "{}", ruling.findings);
}

#[test]
fn what_begins_after_the_end_of_its_issuer_is_refused() {
    let ruling = under_root(|root| root.not_after = RawTime::At(DEFAULT_NOW + DAY));
    assert!(!ruling.findings.has(Rule::CertIssuerUsage), "{}", ruling.findings);
    let later = under_root(|root| {
        root.not_before = RawTime::At(DEFAULT_NOW - 900 * DAY);
        root.not_after = RawTime::At(DEFAULT_NOW - 800 * DAY);
    });
    assert!(later.findings.to_string().contains("after the end of the issuer's certificate"), "{}", later.findings);
}

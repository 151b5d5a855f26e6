//! CRLs that break one rule each by whose they are or when.

use std::sync::Arc;

use rootcast_pki::history::CrlHistory;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::Policy;

use crate::crl_trial::{THIS_UPDATE, changed, changed_under, of_root, with_entries};
use crate::throwaway_ca::der_writer::{oid, sequence, tlv};
use crate::throwaway_ca::{
    CertificateDraft, CrlDraft, DAY, DEFAULT_NOW, EntryDraft, ExtensionDraft, KeyKind, RawTime, Scheme, SigningKey,
    ThrowAwayCa, name,
};
use crate::trial::{Case, Ruling, case, issuer, known, strict, try_crl};

/// A policy that wants a week of life.
fn a_week() -> Policy {
    Policy { crl_life_min_s: 7 * DAY, ..Policy::default() }
}

/// A good CRL, for 180 days, of a root that ends in 90.
fn outliving(policy: &Policy) -> Ruling {
    of_root(policy, |root: &mut CertificateDraft| root.not_after = RawTime::At(DEFAULT_NOW + 90 * DAY))
}

/// A CRL of a root, changed in one place, that revokes the root.
fn revoking_itself(ca: &ThrowAwayCa, change: impl FnOnce(&mut CertificateDraft)) -> Ruling {
    let mut root = ca.root_draft();
    change(&mut root);
    let issuer = Issuer::from_certificate(&root.sign(), &Policy::default()).expect("still a root");
    let mut draft = with_entries(ca, 7);
    draft.entries.push(EntryDraft::of(&root.serial, THIS_UPDATE, Some(5)));
    try_crl(&draft.sign(), &issuer, &known(), &Policy::default())
}

/// A CRL whose authorityKeyIdentifier names its key, and a certificate issued by this name with this serial number.
fn naming_certificate(keyed: bool, issued_by: &str, serial: &[u8], policy: &Policy) -> Ruling {
    changed_under(policy, |draft| {
        let key_id = if keyed { tlv(0x80, &draft.signer.key_id()) } else { Vec::new() };
        let value = sequence(&[key_id, tlv(0xa1, &tlv(0xa4, &name(issued_by))), tlv(0x82, serial)]);
        draft.set_extension(ExtensionDraft::new(&[2, 5, 29, 35], false, value));
    })
}

pub(crate) const CASES: &[Case] = &[
    case!(CrlIssuer Reject "another name" changed(|draft| draft.issuer = name("Toor"))),
    case!(CrlIssuer Warn "the same name in other letters" changed(|draft| draft.issuer = name("ROOT"))),
    case!(CrlIssuer Reject "the same name in other letters, webpki" {
        changed_under(&strict(), |draft| draft.issuer = name("ROOT"))
    }),
    case!(CrlIssuerStatus Reject "an issuer its parent has revoked" {
        let ca = ThrowAwayCa::new("Root");
        let key = Arc::new(SigningKey::generate(KeyKind::EcdsaP256));
        let certificate = ca.intermediate_with_key("Sub", &key);
        let mut parent = ca.crl(3);
        parent.entries.push(EntryDraft::of(&certificate.serial, THIS_UPDATE, Some(4)));
        let parent = parent.sign();
        let sub = Issuer::from_certificate(&certificate.sign(), &Policy::default()).expect("a good one");
        let history = CrlHistory { parent_crl: Some(&parent), ..known() };
        try_crl(&CrlDraft::new(&certificate.subject, &key, 7, DEFAULT_NOW).sign(), &sub, &history, &Policy::default())
    }),
    case!(CrlAki Reject "another key" changed(|draft| {
        draft.set_extension(ExtensionDraft::authority_key_identifier(&[9; 20]));
    })),
    case!(CrlAki Warn "absent" changed(|draft| draft.remove_extension(&[2, 5, 29, 35]))),
    case!(CrlAki Reject "absent, webpki" {
        changed_under(&strict(), |draft| draft.remove_extension(&[2, 5, 29, 35]))
    }),
    case!(CrlAki Warn "a serial number beside the key" changed(|draft| {
        let key_id = draft.signer.key_id();
        let value = sequence(&[tlv(0x80, &key_id), tlv(0xa1, &tlv(0xa4, &name("Root"))), tlv(0x82, &[5])]);
        draft.set_extension(ExtensionDraft::new(&[2, 5, 29, 35], false, value));
    })),
    case!(CrlAki Warn "another certificate of this key" naming_certificate(true, "Toor", &[5], &Policy::default())),
    case!(CrlAki Reject "another certificate of this key, webpki" naming_certificate(true, "Toor", &[5], &strict())),
    case!(CrlAki Reject "another certificate, and no key" naming_certificate(false, "Toor", &[5], &Policy::default())),
    case!(CrlAki Warn "critical" changed(|draft| draft.extensions[0].critical = true)),
    case!(CrlAki Warn "a key identifier the issuer does not state" {
        let ca = ThrowAwayCa::new("Root");
        let mut root = ca.root_draft();
        root.remove_extension(&[2, 5, 29, 14]);
        let issuer = Issuer::from_certificate(&root.sign(), &Policy::default()).expect("still a root");
        let mut draft = with_entries(&ca, 7);
        draft.set_extension(ExtensionDraft::authority_key_identifier(&[9; 20]));
        try_crl(&draft.sign(), &issuer, &known(), &Policy::default())
    }),
    case!(CrlIssuerUsage Reject "an issuer that may not sign CRLs" {
        of_root(&Policy::default(), |root| root.set_extension(ExtensionDraft::key_usage(&[5])))
    }),
    case!(CrlIssuerUsage Reject "an issuer that is no CA" {
        of_root(&Policy::default(), |root| root.set_extension(ExtensionDraft::basic_constraints(false, None)))
    }),
    case!(CrlIssuerUsage Reject "an issuer that has expired" {
        of_root(&Policy::default(), |root| root.not_after = RawTime::At(DEFAULT_NOW - 1))
    }),
    case!(CrlSignature Reject "signed by another key" changed(|draft| {
        let stated = draft.signer.key_id();
        draft.signer = Arc::new(SigningKey::generate(KeyKind::EcdsaP256));
        draft.set_extension(ExtensionDraft::authority_key_identifier(&stated));
    })),
    case!(CrlFuture Reject "issued eleven minutes from now" changed(|draft| {
        draft.issued_at(DEFAULT_NOW + 601, DEFAULT_NOW + DAY);
    })),
    case!(CrlExpired Reject "ends now" changed(|draft| draft.next_update = Some(RawTime::At(DEFAULT_NOW)))),
    case!(CrlSelf Hold "the root's own serial number" {
        let ca = ThrowAwayCa::new("Root");
        let mut draft = with_entries(&ca, 7);
        draft.entries.push(EntryDraft::of(&ca.root_draft().serial, THIS_UPDATE, Some(5)));
        try_crl(&draft.sign(), &issuer(&ca), &known(), &Policy::default())
    }),
    case!(CrlSelf Hold "the root's own serial number, of a P-521 root that signed itself with SHA-256" {
        let ca = ThrowAwayCa::with("Root", KeyKind::EcdsaP521, DEFAULT_NOW);
        revoking_itself(&ca, |root| root.use_scheme(Scheme::EcdsaSha256))
    }),
    case!(CrlSelf Hold "the root's own serial number, of a root that signed itself in an unknown way" {
        revoking_itself(&ThrowAwayCa::new("Root"), |root| {
            root.inner_algorithm = sequence(&[oid(&[1, 2, 840, 113_549, 1, 1, 4]), tlv(5, &[])]);
            root.outer_algorithm = root.inner_algorithm.clone();
        })
    }),
    case!(CrlAki Reject "a serial number beside the key, webpki" changed_under(&strict(), |draft| {
        let key_id = draft.signer.key_id();
        let both = sequence(&[tlv(0x80, &key_id), tlv(0xa1, &tlv(0xa4, &name("Root"))), tlv(0x82, &[1])]);
        draft.set_extension(ExtensionDraft::new(&[2, 5, 29, 35], false, both));
    })),
    case!(CrlAki Reject "critical, webpki" changed_under(&strict(), |draft| draft.extensions[0].critical = true)),
    case!(CrlAki Warn "without a key identifier" changed(|draft| {
        draft.set_extension(ExtensionDraft::new(&[2, 5, 29, 35], false, sequence(&[])));
    })),
    case!(CrlIssuerUsage Reject "an issuer that has not begun" {
        of_root(&Policy::default(), |root| root.not_before = RawTime::At(DEFAULT_NOW + 1))
    }),
    case!(CrlShortLife Warn "six days, where the policy asks for seven" changed_under(&a_week(), |draft| {
        draft.next_update = Some(RawTime::At(DEFAULT_NOW + 7 * DAY - 1));
    })),
    case!(CrlOutlivesIssuer Warn "180 days of a root that has 90" outliving(&Policy::default())),
    case!(CrlOutlivesIssuer Hold "180 days of a root that has 90, webpki" outliving(&strict())),
    case!(CrlIdp Reject "end-entity certificates only, from a root" changed(|draft| {
        draft.set_extension(ExtensionDraft::issuing_distribution_point(&[tlv(0x81, &[0xff])]));
    })),
];

#[test]
fn a_crl_may_live_as_long_as_its_issuer_and_as_short_as_the_policy() {
    let ruling = of_root(&strict(), |root| root.not_after = RawTime::At(DEFAULT_NOW + 180 * DAY));
    assert!(ruling.findings.is_empty(), "{}", ruling.findings);
    let ruling = changed_under(&a_week(), |draft| draft.next_update = Some(RawTime::At(DEFAULT_NOW + 7 * DAY)));
    assert!(ruling.findings.is_empty(), "{}", ruling.findings);
}

#[test]
fn another_certificate_of_the_issuers_key_is_named_with_the_right_one() {
    let other = naming_certificate(true, "Toor", &[5], &Policy::default()).findings.to_string();
    assert!(other.contains("a certificate issued by CN=Toor") && other.contains("was issued by CN=Root"), "{other}");
    let other = naming_certificate(true, "Root", &[9, 9], &Policy::default()).findings.to_string();
    assert!(other.contains("names certificate 0909; the issuer's is 4a"), "{other}");
}

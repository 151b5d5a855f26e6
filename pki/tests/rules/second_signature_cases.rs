//! Another file with the same content: the identity of an item is its issuer and what is signed.

use rootcast_pki::history::{CertificateHistory, CrlHistory, HeldItem};
use rootcast_pki::profile::Policy;
use rootcast_pki::rule::Rule;
use rootcast_pki::{certificate, crl};

use crate::throwaway_ca::{CertificateDraft, CrlDraft, DAY, DEFAULT_NOW, ThrowAwayCa, mirrored};
use crate::trial::{Case, Ruling, case, issuer, try_certificate, try_crl};

pub(crate) const CASES: &[Case] = &[
    case!(SigCopy Warn "a CRL with n - s" crl_again(false, |_, first| mirrored(first))),
    case!(SigSecond Warn "a CRL that was signed twice" crl_again(false, |draft, _| draft.sign())),
    case!(SigCopy Warn "a certificate with n - s" certificate_again(false, |_, first| mirrored(first))),
    case!(SigSecond Warn "a certificate that was signed twice" certificate_again(false, |draft, _| draft.sign())),
    case!(SigCopy Warn "a CRL with n - s, the first one held" held_again(|_, first| mirrored(first))),
    case!(SigSecond Warn "a CRL that was signed twice, the first one held" held_again(|draft, _| draft.sign())),
    case!(SigCopy Warn "a certificate with n - s, the first one held" {
        held_certificate_again(|_, first| mirrored(first))
    }),
    case!(SigSecond Warn "a certificate that was signed twice, the first one held" {
        held_certificate_again(|draft, _| draft.sign())
    }),
];

/// A known CRL, and another file of its content.
fn crl_again(published: bool, second: impl FnOnce(&CrlDraft, &[u8]) -> Vec<u8>) -> Ruling {
    let ca = ThrowAwayCa::new("Root");
    let draft = ca.crl(7);
    let first = draft.sign();
    let history = CrlHistory { previous: Some(&first), previous_published: published, ..CrlHistory::default() };
    let second = second(&draft, &first);
    assert_ne!(first, second);
    try_crl(&second, &issuer(&ca), &history, &Policy::default())
}

/// A known certificate, and another file of its content.
fn certificate_again(published: bool, second: impl FnOnce(&CertificateDraft, &[u8]) -> Vec<u8>) -> Ruling {
    let ca = ThrowAwayCa::new("Root");
    let draft = ca.intermediate("Sub");
    let first = draft.sign();
    let issued = [certificate::inspect(&first, &Policy::default()).value.unwrap().as_issued(published)];
    let history = CertificateHistory { issued: &issued, ..CertificateHistory::default() };
    let second = second(&draft, &first);
    assert_ne!(first, second);
    try_certificate(&second, &issuer(&ca), &history, &Policy::default())
}

/// A held CRL, and another file of its content that nothing holds.
fn held_again(second: impl FnOnce(&CrlDraft, &[u8]) -> Vec<u8>) -> Ruling {
    let ca = ThrowAwayCa::new("Root");
    let draft = ca.crl(7);
    let first = draft.sign();
    let read = crl::inspect(&first, &Policy::default()).value.unwrap();
    let held = [HeldItem {
        number: read.number(),
        sha256: read.sha256(),
        tbs_sha256: read.tbs_sha256(),
        signature: read.signature().to_vec(),
    }];
    let history = CrlHistory { held: &held, first_contact_allowed: true, ..CrlHistory::default() };
    try_crl(&second(&draft, &first), &issuer(&ca), &history, &Policy::default())
}

/// A held certificate, and another file of its content that nothing holds.
fn held_certificate_again(second: impl FnOnce(&CertificateDraft, &[u8]) -> Vec<u8>) -> Ruling {
    let ca = ThrowAwayCa::new("Root");
    let draft = ca.intermediate("Sub");
    let first = draft.sign();
    let history = |held: &[HeldItem], der: &[u8]| {
        let history = CertificateHistory { held, ..CertificateHistory::default() };
        try_certificate(der, &issuer(&ca), &history, &Policy::default())
    };
    let read = certificate::inspect(&first, &Policy::default()).value.unwrap();
    let held = [HeldItem {
        number: None,
        sha256: read.sha256(),
        tbs_sha256: read.tbs_sha256(),
        signature: read.signature().to_vec(),
    }];
    assert!(history(&held, &first).findings.is_empty(), "the held file itself is no second one");
    history(&held, &second(&draft, &first))
}

#[test]
fn another_file_of_what_is_published_is_a_no_op_and_no_equivocation() {
    for (what, ruling) in [
        ("a copy", crl_again(true, |_, first| mirrored(first))),
        ("signed twice", crl_again(true, |draft, _| draft.sign())),
        ("a copy of a certificate", certificate_again(true, |_, first| mirrored(first))),
        ("a certificate signed twice", certificate_again(true, |draft, _| draft.sign())),
    ] {
        assert_eq!(ruling.outcome, "no-op", "{what}");
        assert!(!ruling.findings.has(Rule::CrlEquivocation) && !ruling.findings.has(Rule::CertSerial), "{what}");
    }
}

#[test]
fn other_content_with_the_same_number_is_still_an_equivocation() {
    let ca = ThrowAwayCa::new("Root");
    let (first, mut other) = (ca.crl(7).sign(), ca.crl(7));
    other.issued_at(DEFAULT_NOW - DAY, DEFAULT_NOW + 90 * DAY);
    let history = CrlHistory { previous: Some(&first), previous_published: true, ..CrlHistory::default() };
    let ruling = try_crl(&mirrored(&other.sign()), &issuer(&ca), &history, &Policy::default());
    assert_eq!(ruling.outcome, "rejected");
    assert!(ruling.findings.has(Rule::CrlEquivocation) && !ruling.findings.has(Rule::SigCopy), "{}", ruling.findings);
}

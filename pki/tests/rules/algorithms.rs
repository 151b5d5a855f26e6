//! Every signature algorithm that is supported, on both kinds of item.

use std::sync::Arc;

use rootcast_pki::finding::Severity;
use rootcast_pki::history::CertificateHistory;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::{Policy, Profile};
use rootcast_pki::rule::Rule;

use crate::throwaway_ca::der_writer::{oid, sequence, tlv};
use crate::throwaway_ca::{DAY, DEFAULT_NOW, KeyKind, RawTime, Scheme, SigningKey, ThrowAwayCa};
use crate::trial::{issuer, known, try_certificate, try_crl};

#[test]
fn every_supported_algorithm_verifies() {
    let rsa =
        [Scheme::Usual, Scheme::RsaSha384, Scheme::RsaSha512, Scheme::PssSha256, Scheme::PssSha384, Scheme::PssSha512];
    let usual = [Scheme::Usual];
    let kinds: &[(KeyKind, &[Scheme])] = &[
        (KeyKind::EcdsaP256, &usual),
        (KeyKind::EcdsaP384, &usual),
        (KeyKind::EcdsaP521, &usual),
        (KeyKind::Rsa2048, &rsa),
        (KeyKind::Rsa3072, &rsa),
        (KeyKind::Ed25519, &usual),
        (KeyKind::MlDsa44, &usual),
        (KeyKind::MlDsa65, &usual),
        (KeyKind::MlDsa87, &usual),
    ];
    for (kind, schemes) in kinds {
        let ca = ThrowAwayCa::with("Root", *kind, DEFAULT_NOW);
        let issuer = issuer(&ca);
        assert!(issuer.findings().is_empty(), "{kind:?}: {}", issuer.findings());
        let key = Arc::new(SigningKey::generate(if *kind == KeyKind::Rsa3072 { KeyKind::Rsa2048 } else { *kind }));
        for scheme in *schemes {
            let mut crl = ca.crl(1);
            crl.use_scheme(*scheme);
            let ruling = try_crl(&crl.sign(), &issuer, &known(), &Policy::default());
            assert!(ruling.findings.is_empty(), "{kind:?} {scheme:?}: {}", ruling.findings);
            let mut certificate = ca.intermediate_with_key("Sub", &key);
            certificate.use_scheme(*scheme);
            let der = certificate.sign();
            let ruling = try_certificate(&der, &issuer, &CertificateHistory::default(), &Policy::default());
            assert!(ruling.findings.is_empty(), "{kind:?} {scheme:?}: {}", ruling.findings);
        }
    }
}

/// RFC 5758 §3.2 and RFC 4055 §2.1 leave these open, and CA programs choose them: easy-rsa signs with SHA-256 on every
/// curve. `webpki` wants what BR 7.1.3.2 writes.
#[test]
fn a_private_root_may_use_what_the_rfcs_leave_open_and_webpki_stays_exact() {
    let hashes = [Scheme::EcdsaSha256, Scheme::EcdsaSha384, Scheme::EcdsaSha512];
    let nulls = [Scheme::PssSha256WithoutNull, Scheme::PssSha512WithoutNull, Scheme::RsaSha256WithoutNull];
    let kinds: [(KeyKind, &[Scheme], Option<Scheme>); 4] = [
        (KeyKind::EcdsaP256, &hashes, Some(Scheme::EcdsaSha256)),
        (KeyKind::EcdsaP384, &hashes, Some(Scheme::EcdsaSha384)),
        (KeyKind::EcdsaP521, &hashes, Some(Scheme::EcdsaSha512)),
        (KeyKind::Rsa2048, &nulls, None),
    ];
    let webpki = Policy { profile: Profile::Webpki, ..Policy::default() };
    for (kind, schemes, exact) in kinds {
        let ca = ThrowAwayCa::with("Root", kind, DEFAULT_NOW);
        for scheme in schemes {
            let mut crl = ca.crl(1);
            crl.use_scheme(*scheme);
            let mut certificate = ca.intermediate("Sub");
            certificate.use_scheme(*scheme);
            let (crl, certificate) = (crl.sign(), certificate.sign());
            for policy in [&Policy::default(), &webpki] {
                let rulings = [
                    (Rule::CrlAlgorithm, try_crl(&crl, &issuer(&ca), &known(), policy)),
                    (
                        Rule::CertAlgorithm,
                        try_certificate(&certificate, &issuer(&ca), &CertificateHistory::default(), policy),
                    ),
                ];
                for (rule, ruling) in rulings {
                    let mut found = ruling.findings.iter().filter(|finding| finding.rule == rule);
                    let (found, text) = (found.next().map(|finding| finding.severity), ruling.findings.to_string());
                    let wanted = match policy.profile {
                        Profile::Webpki => Some(Severity::Reject).filter(|_| Some(*scheme) != exact),
                        Profile::Private => Some(Severity::Warn).filter(|_| *scheme == Scheme::RsaSha256WithoutNull),
                    };
                    assert_eq!(found, wanted, "{kind:?} {scheme:?} {}: {text}", policy.profile);
                    assert_eq!(
                        ruling.outcome == "rejected",
                        wanted == Some(Severity::Reject),
                        "{kind:?} {scheme:?} {text}"
                    );
                    if found == Some(Severity::Reject) {
                        assert!(text.contains("webpki wants") || text.contains("NULL is wanted"), "{text}");
                    }
                }
            }
        }
    }
}

/// ROOT-SHAPE: what a root signs with is what its CRLs are signed with. It is said when the root is trusted.
#[test]
fn a_root_says_that_a_crl_signed_as_it_is_would_be_refused() {
    let said = |kind, scheme: Option<Scheme>, policy: &Policy| {
        let mut root = ThrowAwayCa::with("Root", kind, DEFAULT_NOW).root_draft();
        scheme.into_iter().for_each(|scheme| root.use_scheme(scheme));
        let issuer = Issuer::from_certificate(&root.sign(), policy).expect("a root");
        let said = issuer.findings().iter().find(|finding| finding.text.contains("CRL-ALGORITHM"));
        said.map(|finding| (finding.rule, finding.severity, finding.text.clone()))
    };
    let webpki = Policy { profile: Profile::Webpki, ..Policy::default() };
    assert_eq!(said(KeyKind::EcdsaP384, Some(Scheme::EcdsaSha512), &Policy::default()), None);
    assert_eq!(said(KeyKind::EcdsaP384, None, &webpki), None);
    let (rule, severity, text) = said(KeyKind::EcdsaP384, Some(Scheme::EcdsaSha512), &webpki).expect("a warning");
    assert_eq!((rule, severity), (Rule::RootShape, Severity::Warn));
    assert!(text.ends_with("the profile webpki wants SHA-384 with such a key"), "{text}");
}

/// BR 7.1.3.2.1 ended SHA-1 on 2026-09-15 for everything that is signed, so in `webpki` no option lets it through.
#[test]
fn sha_1_is_refused_in_webpki_whatever_the_date_and_the_options() {
    let ca = ThrowAwayCa::with("Root", KeyKind::Rsa2048, DEFAULT_NOW);
    let sha1 = sequence(&[oid(&[1, 2, 840, 113_549, 1, 1, 5]), tlv(5, &[])]);
    for begins in [DEFAULT_NOW - 4000 * DAY, DEFAULT_NOW - DAY] {
        let mut crl = ca.crl(7);
        crl.issued_at(begins, begins + 90 * DAY);
        (crl.inner_algorithm, crl.outer_algorithm) = (sha1.clone(), sha1.clone());
        let mut certificate = ca.intermediate("Sub");
        certificate.not_before = RawTime::At(begins);
        (certificate.inner_algorithm, certificate.outer_algorithm) = (sha1.clone(), sha1.clone());
        for (profile, severity) in [(Profile::Private, Severity::Warn), (Profile::Webpki, Severity::Reject)] {
            let policy = Policy { profile, allow_sha1: true, ..Policy::default() };
            let found = [
                (rootcast_pki::crl::inspect(&crl.sign(), &policy).findings, Rule::CrlAlgorithm),
                (rootcast_pki::certificate::inspect(&certificate.sign(), &policy).findings, Rule::CertAlgorithm),
            ];
            for (findings, rule) in found {
                let worst =
                    findings.iter().filter(|finding| finding.rule == rule).map(|finding| finding.severity).max();
                assert_eq!(worst, Some(severity), "{profile} {rule}: {findings}");
            }
        }
    }
}

//! Every signature algorithm that is supported, on both kinds of item.

use std::sync::Arc;

use rootcast_pki::history::CertificateHistory;
use rootcast_pki::profile::Policy;

use crate::throwaway_ca::{DEFAULT_NOW, KeyKind, Scheme, SigningKey, ThrowAwayCa};
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

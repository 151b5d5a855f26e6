//! Bytes that somebody changed: never accepted, never a panic.

use rootcast_pki::history::CertificateHistory;
use rootcast_pki::profile::Policy;

use crate::throwaway_ca::{DAY, DEFAULT_NOW, KeyKind, ThrowAwayCa};
use crate::trial::{issuer, known, try_certificate, try_crl};

#[test]
fn one_flipped_bit_anywhere_in_a_crl_is_never_accepted() {
    for kind in [KeyKind::EcdsaP256, KeyKind::Rsa2048, KeyKind::Ed25519] {
        let ca = ThrowAwayCa::with("Root", kind, DEFAULT_NOW);
        let issuer = issuer(&ca);
        let mut draft = ca.crl(7);
        draft.revoke(0x1001, DEFAULT_NOW - 9 * DAY);
        let good = draft.sign();
        assert_eq!(try_crl(&good, &issuer, &known(), &Policy::default()).outcome, "accepted");
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let ruling = try_crl(&bad, &issuer, &known(), &Policy::default());
            assert_eq!(ruling.outcome, "rejected", "{kind:?}, bit {bit}: {}", ruling.findings);
        }
    }
}

#[test]
fn one_flipped_bit_anywhere_in_a_certificate_is_never_accepted() {
    let ca = ThrowAwayCa::new("Root");
    let issuer = issuer(&ca);
    let good = ca.intermediate("Sub").sign();
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let ruling = try_certificate(&bad, &issuer, &CertificateHistory::default(), &Policy::default());
        assert_eq!(ruling.outcome, "rejected", "bit {bit}: {}", ruling.findings);
    }
}

#[test]
fn an_item_cut_anywhere_is_never_accepted() {
    let ca = ThrowAwayCa::new("Root");
    let issuer = issuer(&ca);
    let (crl, certificate) = (ca.crl(7).sign(), ca.intermediate("Sub").sign());
    for end in 0..crl.len() {
        assert_eq!(try_crl(&crl[..end], &issuer, &known(), &Policy::default()).outcome, "rejected");
    }
    for end in 0..certificate.len() {
        let ruling = try_certificate(&certificate[..end], &issuer, &CertificateHistory::default(), &Policy::default());
        assert_eq!(ruling.outcome, "rejected");
    }
}

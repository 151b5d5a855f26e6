//! Bytes that somebody changed: never accepted, never a panic.

use rootcast_pki::history::CertificateHistory;
use rootcast_pki::profile::Policy;
use rootcast_pki::rule::Rule;

use crate::throwaway_ca::der_writer::{bits, integer, oid, sequence, tlv};
use crate::throwaway_ca::{DAY, DEFAULT_NOW, ExtensionDraft, KeyKind, ThrowAwayCa};
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

/// A name with an attribute that nobody knows, whose value is a SEQUENCE of these contents.
fn name_with_unknown(contents: &[u8]) -> Vec<u8> {
    let text = tlv(0x0c, b"Sub");
    let unknown = sequence(&[oid(&[1, 3, 6, 1, 4, 1, 55_555, 1]), tlv(0x30, contents)]);
    sequence(&[tlv(0x31, &sequence(&[oid(&[2, 5, 4, 3]), text])), tlv(0x31, &unknown)])
}

// A fuzzer found it: the value of an attribute of unknown meaning was kept unread, so a certificate with a length in its
// long form, or one that reached beyond its end, was accepted as strict DER.
#[test]
fn an_attribute_of_unknown_meaning_is_der_all_through() {
    let ca = ThrowAwayCa::new("Root");
    let issuer = issuer(&ca);
    let judge = |contents: &[u8]| {
        let mut draft = ca.intermediate("Sub");
        draft.subject = name_with_unknown(contents);
        try_certificate(&draft.sign(), &issuer, &CertificateHistory::default(), &Policy::default())
    };
    let deep = |levels: usize| (0..levels).fold(Vec::new(), |inner, _| sequence(&[inner]));
    for good in [vec![], tlv(2, &[1]), deep(3), sequence(&[tlv(4, b"text"), tlv(0x31, &[])])] {
        assert_eq!(judge(&good).outcome, "accepted", "{good:02x?}");
    }
    for bad in [&[0x02, 0x81, 0x01, 0x01][..], &[0x04, 0x05, 0x00], &[0x30, 0x80, 0x00, 0x00], &[0x30], &deep(40)] {
        let ruling = judge(bad);
        ruling.assert_only(Rule::CertDer, rootcast_pki::finding::Severity::Reject);
    }
}

/// `O=…` of this many letters and spaces, which a comparison of names would take apart one by one.
fn wide_name(length: usize) -> Vec<u8> {
    let value = tlv(0x0c, &b"a ".repeat(length / 2));
    sequence(&[tlv(0x31, &sequence(&[oid(&[2, 5, 4, 10]), value]))])
}

fn rsa_key(modulus: &[u8]) -> Vec<u8> {
    let algorithm = sequence(&[oid(&[1, 2, 840, 113_549, 1, 1, 1]), tlv(5, &[])]);
    sequence(&[algorithm, bits(&sequence(&[tlv(2, modulus), integer(65_537)]))])
}

#[test]
fn what_is_copied_or_compared_is_refused_by_its_size_before_it_is() {
    let ca = ThrowAwayCa::new("Root");
    let issuer = issuer(&ca);
    let assert_crl = |what: &str, change: &dyn Fn(&mut crate::throwaway_ca::CrlDraft)| {
        let mut draft = ca.crl(7);
        change(&mut draft);
        let ruling = try_crl(&draft.sign(), &issuer, &known(), &Policy::default());
        ruling.assert_only(Rule::CrlDer, rootcast_pki::finding::Severity::Reject);
        assert!(ruling.findings.to_string().contains(what), "{}", ruling.findings);
    };
    assert_crl("a name of", &|draft| draft.issuer = wide_name(1 << 20));
    assert_crl("a key identifier of", &|draft| {
        draft.set_extension(ExtensionDraft::authority_key_identifier(&[9; 1 << 20]));
    });
    let assert_certificate = |what: &str, change: &dyn Fn(&mut crate::throwaway_ca::CertificateDraft)| {
        let mut draft = ca.intermediate("Sub");
        change(&mut draft);
        let ruling = try_certificate(&draft.sign(), &issuer, &CertificateHistory::default(), &Policy::default());
        ruling.assert_only(Rule::CertDer, rootcast_pki::finding::Severity::Reject);
        assert!(ruling.findings.to_string().contains(what), "{}", ruling.findings);
    };
    assert_certificate("a name of", &|draft| draft.subject = wide_name(1 << 20));
    assert_certificate("a public key of", &|draft| draft.spki = rsa_key(&vec![0x7f; 1 << 20]));
    assert_certificate("a key identifier of", &|draft| {
        draft.set_extension(ExtensionDraft::new(&[2, 5, 29, 14], false, tlv(4, &[9; 2048])));
    });
}

#[test]
fn an_rsa_modulus_of_the_wrong_size_is_not_calculated_with() {
    let ca = ThrowAwayCa::new("Root");
    let mut draft = ca.intermediate("Sub");
    // Even, which only a division would find out.
    draft.spki = rsa_key(&[vec![0x7f; 1025], vec![0]].concat());
    let ruling = try_certificate(&draft.sign(), &issuer(&ca), &CertificateHistory::default(), &Policy::default());
    let found = ruling.findings.to_string();
    assert!(found.contains("an RSA key of 8207 bits; 2048 to 8192 are accepted"), "{found}");
    assert!(!found.contains("divides"), "{found}");
}

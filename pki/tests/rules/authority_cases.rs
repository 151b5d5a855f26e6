//! What ends an issuer below a root: the revocation of its certificates.

use std::sync::Arc;

use rootcast_pki::authority::{Candidate, Cause, CutOff, Revocation, TrustedRoot, authorities};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::Policy;
use rootcast_pki::time::Timestamp;

use crate::throwaway_ca::{DAY, DEFAULT_NOW, KeyKind, RawTime, SigningKey, ThrowAwayCa};
use crate::trial::issuer;

/// When a certificate ends, counted in days from now, and whether its revocation, if there is one, ends the key.
type Certificate = (i64, Option<bool>);

/// Since when every revocation here is.
const SINCE: Timestamp = Timestamp(DEFAULT_NOW - 10 * DAY);

/// What cuts the one issuer off that a root named and gave these certificates.
fn cut_off(certificates: &[Certificate]) -> Option<CutOff> {
    let ca = ThrowAwayCa::new("Root");
    let root = issuer(&ca);
    let key = Arc::new(SigningKey::generate(KeyKind::EcdsaP256));
    let read = |days: i64| {
        let mut draft = ca.intermediate_with_key("Sub", &key);
        draft.not_before = RawTime::At(DEFAULT_NOW - 400 * DAY);
        draft.not_after = RawTime::At(DEFAULT_NOW + days * DAY);
        Issuer::from_certificate(&draft.sign(), &Policy::default()).unwrap()
    };
    let issuers: Vec<Issuer> = certificates.iter().map(|(days, _)| read(*days)).collect();
    let candidates = issuers.iter().zip(certificates).map(|(issuer, (_, ends_key))| Candidate {
        parent: root.file_name(),
        issuer,
        revoked: ends_key.map(|ends_key| Revocation { since: SINCE, ends_key }),
    });
    let trusted = TrustedRoot { root: (), issuer: &root, revoked: None, named: &issuers };
    let candidates: Vec<_> = candidates.collect();
    let found =
        authorities(&[trusted], &candidates, Issuer::file_name, Issuer::is_published_as, Timestamp(DEFAULT_NOW));
    assert_eq!(found.len(), 2, "the root and the one issuer");
    assert!(found[0].cut_off.is_none());
    found[1].cut_off.clone()
}

fn cause(certificates: &[Certificate]) -> Option<Cause> {
    cut_off(certificates).map(|cut_off| {
        assert_eq!(cut_off.since, SINCE);
        cut_off.cause
    })
}

#[test]
fn a_revocation_of_the_only_certificate_cuts_the_issuer_off_also_after_its_end() {
    for days in [100, -1] {
        assert_eq!(cause(&[(days, Some(false))]), Some(Cause::Own));
        assert_eq!(cause(&[(days, Some(true))]), Some(Cause::Key));
        assert_eq!(cause(&[(days, None)]), None);
    }
}

#[test]
fn a_certificate_in_force_beside_a_revoked_one_keeps_the_issuer() {
    assert_eq!(cause(&[(100, Some(false)), (50, None)]), None);
    assert_eq!(cause(&[(100, Some(true)), (50, None)]), Some(Cause::Key));
}

/// Otherwise whoever has the key would date what he signs back into the time of the old certificate.
#[test]
fn a_certificate_that_had_ended_when_the_last_one_was_revoked_does_not_keep_the_issuer() {
    assert_eq!(cause(&[(-11, None), (100, Some(false))]), Some(Cause::Own));
    // It was in force then, and has ended since.
    assert_eq!(cause(&[(-9, None), (100, Some(false))]), None);
}

#[test]
fn a_cut_off_says_whose_certificate_was_revoked_and_when() {
    let text = cut_off(&[(100, Some(false))]).unwrap().to_string();
    assert!(text.contains("CN=Sub") && text.contains(&SINCE.to_string()), "{text}");
}

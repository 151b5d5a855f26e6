//! What the cases of CRLs share: a good CRL of a good root, changed in one place.

use rootcast_pki::history::{CrlHistory, IssuedCertificate};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::Policy;
use rootcast_pki::serial::SerialNumber;
use rootcast_pki::time::Timestamp;

use crate::throwaway_ca::{CertificateDraft, CrlDraft, DAY, DEFAULT_NOW, EntryDraft, ThrowAwayCa};
use crate::trial::{Ruling, issuer, known, try_crl};

pub(crate) const THIS_UPDATE: i64 = DEFAULT_NOW - DAY;

/// A good CRL with three entries, changed in one place, judged by itself.
pub(crate) fn changed(change: impl FnOnce(&mut CrlDraft)) -> Ruling {
    changed_under(&Policy::default(), change)
}

pub(crate) fn changed_under(policy: &Policy, change: impl FnOnce(&mut CrlDraft)) -> Ruling {
    let ca = ThrowAwayCa::new("Root");
    let mut draft = with_entries(&ca, 7);
    change(&mut draft);
    try_crl(&draft.sign(), &issuer(&ca), &known(), policy)
}

pub(crate) fn with_entries(ca: &ThrowAwayCa, number: u64) -> CrlDraft {
    let mut draft = ca.crl(number);
    for serial in [0x1001, 0x1002, 0x1003] {
        draft.revoke(serial, THIS_UPDATE - 90 * DAY);
    }
    draft
}

/// A good CRL number 7, then number 8 a day later, changed in one place.
pub(crate) fn following(change: impl FnOnce(&mut CrlDraft)) -> Ruling {
    following_with(&[], |draft, _| change(draft))
}

pub(crate) fn following_with(
    issued: &[IssuedCertificate],
    change: impl FnOnce(&mut CrlDraft, &mut CrlHistory<'_>),
) -> Ruling {
    let ca = ThrowAwayCa::new("Root");
    let mut before = with_entries(&ca, 7);
    before.issued_at(THIS_UPDATE - 30 * DAY, THIS_UPDATE + 150 * DAY);
    let previous = before.sign();
    let mut draft = with_entries(&ca, 8);
    let mut history =
        CrlHistory { previous: Some(&previous), previous_published: true, issued, ..CrlHistory::default() };
    change(&mut draft, &mut history);
    try_crl(&draft.sign(), &issuer(&ca), &history, &Policy::default())
}

pub(crate) fn known_certificate(serial: u16, not_after: i64) -> IssuedCertificate {
    IssuedCertificate {
        serial: SerialNumber::from_contents(&serial.to_be_bytes()),
        subject: "CN=Sub".to_owned(),
        not_after: Timestamp(not_after),
        sha256: [7; 32],
        tbs_sha256: [7; 32],
        signature: Vec::new(),
        published: true,
    }
}

/// A good root, changed in one place, and a good CRL of it.
pub(crate) fn of_root(policy: &Policy, change: impl FnOnce(&mut CertificateDraft)) -> Ruling {
    let ca = ThrowAwayCa::new("Root");
    let mut root = ca.root_draft();
    change(&mut root);
    let issuer = Issuer::from_certificate(&root.sign(), policy).expect("still a root");
    try_crl(&with_entries(&ca, 7).sign(), &issuer, &known(), policy)
}

pub(crate) fn entry(change: impl FnOnce(&mut EntryDraft)) -> Ruling {
    changed(|draft| change(&mut draft.entries[1]))
}

pub(crate) const REASON: &[u64] = &[2, 5, 29, 21];
pub(crate) const UNKNOWN: &[u64] = &[1, 3, 6, 1, 4, 1, 99_999, 1];

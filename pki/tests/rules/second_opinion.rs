//! Another parser reads the same items (`x509-cert`, used nowhere else) and must see the same fields.

use der::{Decode, Encode};
use rootcast_pki::profile::Policy;
use rootcast_pki::{certificate, crl};
use x509_cert::Certificate;
use x509_cert::crl::CertificateList;
use x509_cert::time::Time;

use crate::throwaway_ca::{DAY, DEFAULT_NOW, EntryDraft, ThrowAwayCa};

fn seconds(time: &Time) -> i64 {
    i64::try_from(time.to_unix_duration().as_secs()).expect("a small number")
}

#[test]
fn another_parser_sees_the_same_crl() {
    let ca = ThrowAwayCa::new("Root");
    let mut draft = ca.crl(0x00ff_1234);
    for serial in 1..300_u64 {
        let reason = [None, Some(1), Some(4)][usize::try_from(serial % 3).expect("small")];
        let serial = (serial * 0x9e37_79b9).to_be_bytes();
        draft.entries.push(EntryDraft::of(&[&[0x11], &serial[..]].concat(), DEFAULT_NOW - 40 * DAY, reason));
    }
    let der = draft.sign();
    let ours = crl::inspect(&der, &Policy::default()).value.expect("readable");
    let theirs: CertificateList = CertificateList::from_der(&der).expect("readable");
    let tbs = theirs.tbs_cert_list;
    assert_eq!(ours.issuer().der(), tbs.issuer.to_der().expect("a name"));
    assert_eq!(ours.this_update().0, seconds(&tbs.this_update));
    assert_eq!(ours.next_update().map(|at| at.0), tbs.next_update.as_ref().map(seconds));
    assert_eq!(ours.extensions().len(), tbs.crl_extensions.map_or(0, |list| list.len()));
    let entries = tbs.revoked_certificates.expect("entries");
    assert_eq!(ours.entry_count(), u64::try_from(entries.len()).expect("a small number"));
    for (ours, theirs) in ours.entries().zip(&entries) {
        assert_eq!(ours.serial, theirs.serial_number.as_bytes());
        assert_eq!(ours.revocation_date.0, seconds(&theirs.revocation_date));
        assert_eq!(ours.reason.is_some(), theirs.crl_entry_extensions.is_some());
    }
}

#[test]
fn another_parser_sees_the_same_certificate() {
    let ca = ThrowAwayCa::new("Root");
    let der = ca.intermediate("Sub").sign();
    let ours = certificate::inspect(&der, &Policy::default()).value.expect("readable");
    let theirs = Certificate::from_der(&der).expect("readable");
    let tbs = theirs.tbs_certificate();
    assert_eq!(ours.serial().as_bytes(), tbs.serial_number().as_bytes());
    assert_eq!(ours.subject().der(), tbs.subject().to_der().expect("a name"));
    assert_eq!(ours.spki(), tbs.subject_public_key_info().to_der().expect("a key"));
    assert_eq!(ours.not_before().0, seconds(&tbs.validity().not_before));
    assert_eq!(ours.not_after().0, seconds(&tbs.validity().not_after));
    assert_eq!(ours.extensions().len(), tbs.extensions().map_or(0, |list| list.len()));
}

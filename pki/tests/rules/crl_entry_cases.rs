//! CRLs with entries that break one rule each.

use rootcast_pki::finding::Severity::Reject;
use rootcast_pki::profile::Policy;
use rootcast_pki::rule::Rule;

use crate::crl_trial::{REASON, THIS_UPDATE, changed, changed_under, entry};
use crate::throwaway_ca::der_writer::tlv;
use crate::throwaway_ca::{DAY, EntryDraft, ExtensionDraft, RawTime, ThrowAwayCa};
use crate::trial::{Case, Ruling, case, issuer, known, strict, try_crl};

/// The same entry, judged for a publicly trusted root.
fn strict_entry(change: impl FnOnce(&mut EntryDraft)) -> Ruling {
    changed_under(&strict(), |draft| change(&mut draft.entries[1]))
}

pub(crate) const CASES: &[Case] = &[
    case!(CrlSerial Reject "twice, apart" changed(|draft| draft.revoke(0x1001, THIS_UPDATE - DAY))),
    case!(CrlSerial Warn "zero" entry(|entry| entry.serial = vec![0])),
    case!(CrlSerial Warn "negative" entry(|entry| entry.serial = vec![0x80])),
    case!(CrlSerial Warn "21 octets" entry(|entry| entry.serial = vec![1; 21])),
    case!(CrlSerial Reject "21 octets, webpki" changed_under(&strict(), |draft| draft.entries[1].serial = vec![1; 21])),
    case!(CrlRevocationDate Warn "after thisUpdate" entry(|entry| entry.date = RawTime::At(THIS_UPDATE + 1))),
    case!(CrlReason Warn "none" entry(|entry| entry.extensions.clear())),
    case!(CrlReason Reject "none, webpki" changed_under(&strict(), |draft| draft.entries[1].extensions.clear())),
    case!(CrlReason Warn "unspecified" entry(|entry| entry.extensions[0] = ExtensionDraft::reason(0))),
    case!(CrlReason Reject "certificateHold" entry(|entry| entry.extensions[0] = ExtensionDraft::reason(6))),
    case!(CrlReason Reject "7, which does not exist" entry(|entry| entry.extensions[0] = ExtensionDraft::reason(7))),
    case!(CrlReason Reject "removeFromCRL" entry(|entry| entry.extensions[0] = ExtensionDraft::reason(8))),
    case!(CrlReason Reject "critical" entry(|entry| {
        entry.extensions[0] = ExtensionDraft { critical: true, ..ExtensionDraft::reason(4) };
    })),
    case!(CrlReason Reject "in two octets" entry(|entry| {
        entry.extensions[0] = ExtensionDraft::new(REASON, false, tlv(0x0a, &[4, 4]));
    })),
    case!(CrlSerial Reject "zero, webpki" strict_entry(|entry| entry.serial = vec![0])),
    case!(CrlSerial Reject "negative, webpki" strict_entry(|entry| entry.serial = vec![0x80])),
    case!(CrlRevocationDate Reject "after thisUpdate, webpki" {
        strict_entry(|entry| entry.date = RawTime::At(THIS_UPDATE + 1))
    }),
    case!(CrlReason Reject "unspecified, webpki" strict_entry(|entry| entry.extensions[0] = ExtensionDraft::reason(0))),
    case!(CrlReason Warn "cACompromise, webpki" strict_entry(|entry| entry.extensions[0] = ExtensionDraft::reason(2))),
    case!(CrlReason Warn "aACompromise" entry(|entry| entry.extensions[0] = ExtensionDraft::reason(10))),
    case!(CrlReason Reject "aACompromise, webpki" {
        strict_entry(|entry| entry.extensions[0] = ExtensionDraft::reason(10))
    }),
    case!(CrlReason Reject "11, which does not exist" entry(|entry| entry.extensions[0] = ExtensionDraft::reason(11))),
];

#[test]
fn serial_numbers_that_repeat_are_found_among_many() {
    let ca = ThrowAwayCa::new("Root");
    let mut draft = ca.crl(7);
    for serial in (1..2000_u64).rev() {
        draft.revoke(serial * 7919, THIS_UPDATE - DAY);
    }
    let good = try_crl(&draft.sign(), &issuer(&ca), &known(), &Policy::default());
    assert!(good.findings.is_empty(), "{}", good.findings);
    draft.revoke(1000 * 7919, THIS_UPDATE - DAY);
    let ruling = try_crl(&draft.sign(), &issuer(&ca), &known(), &Policy::default());
    ruling.assert_only(Rule::CrlSerial, Reject);
    assert_eq!(ruling.findings.iter().map(|finding| finding.count).sum::<u64>(), 1);
}

#[test]
fn the_reasons_that_are_right_for_a_ca_are_nothing_to_remark() {
    for policy in [Policy::default(), strict()] {
        for code in [1, 3, 4, 5, 9] {
            let ruling = changed_under(&policy, |draft| draft.entries[1].extensions[0] = ExtensionDraft::reason(code));
            assert!(ruling.findings.is_empty(), "{code}: {}", ruling.findings);
        }
    }
    assert!(entry(|entry| entry.extensions[0] = ExtensionDraft::reason(2)).findings.is_empty());
}

#[test]
fn the_entry_extensions_of_rfc_5280_are_read_and_accepted() {
    for policy in [Policy::default(), strict()] {
        let ruling = changed_under(&policy, |draft| {
            let invalidity_date = tlv(0x18, b"20250101000000Z");
            draft.entries[1].extensions.push(ExtensionDraft::new(&[2, 5, 29, 24], false, invalidity_date));
        });
        assert!(ruling.findings.is_empty(), "{}", ruling.findings);
    }
}

#[test]
fn the_number_at_fault_stands_in_the_text() {
    let reason = entry(|entry| entry.extensions[0] = ExtensionDraft::reason(11)).findings.to_string();
    assert!(reason.contains("(reason 11)"), "{reason}");
    let long = entry(|entry| entry.serial = vec![1; 21]).findings.to_string();
    assert!(long.contains("(21 octets)"), "{long}");
}

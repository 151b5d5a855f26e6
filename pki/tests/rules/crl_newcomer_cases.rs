//! New entries of CRLs: of certificates that are unknown here, and of CA certificates that are in use here.

use rootcast_pki::finding::Severity::Warn;
use rootcast_pki::history::{CrlHistory, IssuedCertificate};
use rootcast_pki::profile::Policy;
use rootcast_pki::rule::Rule;

use crate::crl_trial::{THIS_UPDATE, following_with, known_certificate, with_entries};
use crate::throwaway_ca::{CrlDraft, DEFAULT_NOW, ThrowAwayCa};
use crate::trial::{Case, Ruling, case, issuer, known, try_crl};

/// The inventory of these tests: one published CA certificate, and one that is only known.
fn inventory() -> [IssuedCertificate; 2] {
    let published = IssuedCertificate { subject: "CN=In Use".to_owned(), ..known_certificate(0x2001, DEFAULT_NOW * 2) };
    [published, IssuedCertificate { published: false, ..known_certificate(0x2002, DEFAULT_NOW * 2) }]
}

/// A CRL that revokes two published CA certificates, one that has ended, and one that is not published, where the policy
/// holds a CRL that revokes more than `most`.
fn in_use_revoked(most: u64) -> Ruling {
    let of = |serial, not_after| known_certificate(serial, not_after);
    let unpublished = IssuedCertificate { published: false, ..of(0x2004, DEFAULT_NOW * 2) };
    let issued = [of(0x2001, DEFAULT_NOW * 2), of(0x2002, DEFAULT_NOW * 2), of(0x2003, THIS_UPDATE - 1), unpublished];
    let ca = ThrowAwayCa::new("Root");
    let mut draft = ca.crl(7);
    [0x2001, 0x2002, 0x2003, 0x2004].iter().for_each(|serial| draft.revoke(*serial, THIS_UPDATE));
    let policy = Policy { mass_revocation_max: Some(most), ..Policy::default() };
    try_crl(&draft.sign(), &issuer(&ca), &CrlHistory { issued: &issued, ..known() }, &policy)
}

pub(crate) const CASES: &[Case] = &[
    case!(CrlEntryUnknown Warn "of no certificate in the inventory" {
        following_with(&inventory(), |draft, _| draft.revoke(0x3001, THIS_UPDATE))
    }),
    case!(CrlEntryUnknown Warn "among entries in another order" {
        following_with(&inventory(), |draft, _| {
            draft.revoke(0x3001, THIS_UPDATE);
            draft.entries.reverse();
        })
    }),
    case!(CrlInUse Warn "a CA certificate that is published here" {
        following_with(&inventory(), |draft, _| draft.revoke(0x2001, THIS_UPDATE))
    }),
    case!(CrlInUse Warn "as many in use as the policy allows" in_use_revoked(2)),
    case!(CrlInUse Hold "more in use than the policy allows" in_use_revoked(1)),
    case!(CrlInUse Warn "with the first CRL of all" {
        let (ca, inventory) = (ThrowAwayCa::new("Root"), inventory());
        let mut draft = with_entries(&ca, 7);
        draft.revoke(0x2001, THIS_UPDATE);
        try_crl(&draft.sign(), &issuer(&ca), &CrlHistory { issued: &inventory, ..known() }, &Policy::default())
    }),
];

#[test]
fn what_stops_working_is_said_before_everything_else() {
    let ruling = following_with(&inventory(), |draft, _| {
        draft.entries[0].extensions.clear();
        draft.revoke(0x2001, THIS_UPDATE);
        draft.revoke(0x3001, THIS_UPDATE);
    });
    let rules: Vec<Rule> = ruling.findings.iter().map(|finding| finding.rule).collect();
    let entry_changed = Rule::CrlEntryChanged;
    assert_eq!(rules, [Rule::CrlInUse, Rule::CrlReason, entry_changed, Rule::CrlEntryUnknown], "{}", ruling.findings);
    let first = ruling.findings.iter().next().expect("a finding");
    assert_eq!((first.severity, first.named.clone()), (Warn, vec!["CN=In Use (serial number 2001)".to_owned()]));
}

#[test]
fn a_new_entry_of_a_known_certificate_is_nothing_to_remark() {
    let ruling = following_with(&inventory(), |draft, _| draft.revoke(0x2002, THIS_UPDATE));
    assert_eq!((ruling.outcome, ruling.findings.len()), ("accepted", 0), "{}", ruling.findings);
}

/// Old entries are not told again with every CRL, and without an inventory nothing is known to be unknown.
#[test]
fn an_entry_is_new_once_and_only_where_an_inventory_is_kept() {
    let old_entry = [IssuedCertificate { published: true, ..known_certificate(0x1002, DEFAULT_NOW * 2) }];
    let ruling = following_with(&old_entry, |_, _| {});
    assert!(ruling.findings.is_empty(), "{}", ruling.findings);
    let ruling = following_with(&[], |draft, _| draft.revoke(0x3001, THIS_UPDATE));
    assert!(ruling.findings.is_empty(), "{}", ruling.findings);
}

/// Whatever the order of old and new entries, the same ones are new.
#[test]
fn new_entries_are_found_wherever_they_stand() {
    let inventory = inventory();
    let new = |change: fn(&mut CrlDraft)| {
        let ruling = following_with(&inventory, |draft, _| {
            for serial in [0x3001, 0x3002, 0x3003] {
                draft.revoke(serial, THIS_UPDATE);
            }
            change(draft);
        });
        ruling.assert_only(Rule::CrlEntryUnknown, Warn);
        let finding = ruling.findings.into_iter().next().expect("a finding");
        let mut named = finding.named;
        named.sort();
        (finding.count, named)
    };
    let expected = (3, ["3001", "3002", "3003"].map(str::to_owned).to_vec());
    assert_eq!(new(|_| {}), expected);
    assert_eq!(new(|draft| draft.entries.rotate_left(3)), expected);
    assert_eq!(new(|draft| draft.entries.rotate_left(2)), expected);
    assert_eq!(new(|draft| draft.entries.swap(1, 4)), expected);
    assert_eq!(new(|draft| draft.entries.reverse()), expected);
}

#[test]
fn thousands_of_new_entries_are_counted_and_five_of_them_named() {
    let ruling = following_with(&inventory(), |draft, _| {
        for serial in 0x3000..0x3fff {
            draft.revoke(serial, THIS_UPDATE);
        }
    });
    ruling.assert_only(Rule::CrlEntryUnknown, Warn);
    let found = ruling.findings.iter().next().map(|finding| (finding.count, finding.named.len()));
    assert_eq!(found, Some((0xfff, 5)));
}

//! CRLs that break one rule each, and CRLs that break none although they look as if.

use std::collections::BTreeSet;
use std::sync::Arc;

use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::finding::Severity::{Hold, Reject, Warn};
use rootcast_pki::history::{CrlHistory, IssuedCertificate};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::Policy;
use rootcast_pki::rule::Rule;
use rootcast_pki::serial::SerialNumber;
use rootcast_pki::time::Timestamp;

use crate::throwaway_ca::der_writer::{generalized_time, integer, oid, sequence, tlv};
use crate::throwaway_ca::{
    CrlDraft, DAY, DEFAULT_NOW, EntryDraft, ExtensionDraft, KeyKind, RawTime, SigningKey, ThrowAwayCa, name,
};
use crate::trial::{Case, NOW, Ruling, issuer, known, strict, try_crl, try_crl_at};

const THIS_UPDATE: i64 = DEFAULT_NOW - DAY;

/// A good CRL with three entries, changed in one place, judged by itself.
fn changed(change: impl FnOnce(&mut CrlDraft)) -> Ruling {
    changed_under(&Policy::default(), change)
}

fn changed_under(policy: &Policy, change: impl FnOnce(&mut CrlDraft)) -> Ruling {
    let ca = ThrowAwayCa::new("Root");
    let mut draft = with_entries(&ca, 7);
    change(&mut draft);
    try_crl(&draft.sign(), &issuer(&ca), &known(), policy)
}

fn with_entries(ca: &ThrowAwayCa, number: u64) -> CrlDraft {
    let mut draft = ca.crl(number);
    for serial in [0x1001, 0x1002, 0x1003] {
        draft.revoke(serial, THIS_UPDATE - 90 * DAY);
    }
    draft
}

/// A good CRL number 7, then number 8 a day later, changed in one place.
fn following(change: impl FnOnce(&mut CrlDraft)) -> Ruling {
    following_with(&[], |draft, _| change(draft))
}

fn following_with(issued: &[IssuedCertificate], change: impl FnOnce(&mut CrlDraft, &mut CrlHistory<'_>)) -> Ruling {
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

fn known_certificate(serial: u16, not_after: i64) -> IssuedCertificate {
    IssuedCertificate {
        serial: SerialNumber::from_contents(&serial.to_be_bytes()),
        subject: "CN=Sub".to_owned(),
        not_after: Timestamp(not_after),
        sha256: [7; 32],
        published: true,
    }
}

/// A good root, changed in one place, and a good CRL of it.
fn of_root(policy: &Policy, change: impl FnOnce(&mut crate::throwaway_ca::CertificateDraft)) -> Ruling {
    let ca = ThrowAwayCa::new("Root");
    let mut root = ca.root_draft();
    change(&mut root);
    let issuer = Issuer::from_certificate(&root.sign(), policy).expect("still a root");
    try_crl(&with_entries(&ca, 7).sign(), &issuer, &known(), policy)
}

fn entry(change: impl FnOnce(&mut EntryDraft)) -> Ruling {
    changed(|draft| change(&mut draft.entries[1]))
}

const REASON: &[u64] = &[2, 5, 29, 21];
const UNKNOWN: &[u64] = &[1, 3, 6, 1, 4, 1, 99_999, 1];

macro_rules! case {
    ($rule:ident $severity:ident $what:literal $run:expr) => {
        Case { rule: Rule::$rule, severity: $severity, what: $what, run: || $run }
    };
}

pub(crate) const CASES: &[Case] = &[
    case!(CrlDer Reject "a byte after the list" {
        let ca = ThrowAwayCa::new("Root");
        let der = [with_entries(&ca, 7).sign(), vec![0]].concat();
        try_crl(&der, &issuer(&ca), &known(), &Policy::default())
    }),
    case!(CrlDer Reject "cut short" {
        let ca = ThrowAwayCa::new("Root");
        let mut der = with_entries(&ca, 7).sign();
        der.pop();
        try_crl(&der, &issuer(&ca), &known(), &Policy::default())
    }),
    case!(CrlDer Reject "critical FALSE written out" changed(|draft| draft.extensions[1].writes_default = true)),
    case!(CrlDer Reject "an integer not in its shortest form" entry(|entry| entry.serial = vec![0, 0x12, 0x34])),
    case!(CrlDer Reject "an issuingDistributionPoint that says nothing" changed(|draft| {
        draft.set_extension(ExtensionDraft::issuing_distribution_point(&[]));
    })),
    case!(CrlVersion Reject "v1" changed(|draft| draft.version = None)),
    case!(CrlVersion Reject "v3" changed(|draft| draft.version = Some(2))),
    case!(CrlAlgorithmMatch Reject "another outer algorithm" changed(|draft| {
        draft.outer_algorithm = sequence(&[oid(&[1, 2, 840, 10045, 4, 3, 3])]);
    })),
    case!(CrlAlgorithm Reject "MD5" changed(|draft| {
        draft.inner_algorithm = sequence(&[oid(&[1, 2, 840, 113_549, 1, 1, 4]), tlv(5, &[])]);
        draft.outer_algorithm = draft.inner_algorithm.clone();
    })),
    case!(CrlAlgorithm Reject "a hash that does not match the curve" changed(|draft| {
        draft.inner_algorithm = sequence(&[oid(&[1, 2, 840, 10045, 4, 3, 3])]);
        draft.outer_algorithm = draft.inner_algorithm.clone();
    })),
    case!(CrlAlgorithm Reject "parameters where none belong" changed(|draft| {
        draft.inner_algorithm = sequence(&[oid(&[1, 2, 840, 10045, 4, 3, 2]), tlv(5, &[])]);
        draft.outer_algorithm = draft.inner_algorithm.clone();
    })),
    case!(CrlIssuer Reject "another name" changed(|draft| draft.issuer = name("Toor"))),
    case!(CrlIssuer Warn "the same name in other letters" changed(|draft| draft.issuer = name("ROOT"))),
    case!(CrlIssuer Reject "the same name in other letters, webpki" {
        changed_under(&strict(), |draft| draft.issuer = name("ROOT"))
    }),
    case!(CrlIssuerStatus Reject "an issuer its parent has revoked" {
        let ca = ThrowAwayCa::new("Root");
        let key = Arc::new(SigningKey::generate(KeyKind::EcdsaP256));
        let certificate = ca.intermediate_with_key("Sub", &key);
        let mut parent = ca.crl(3);
        parent.entries.push(EntryDraft::of(&certificate.serial, THIS_UPDATE, Some(4)));
        let parent = parent.sign();
        let sub = Issuer::from_certificate(&certificate.sign(), &Policy::default()).expect("a good one");
        let history = CrlHistory { parent_crl: Some(&parent), ..known() };
        try_crl(&CrlDraft::new(&certificate.subject, &key, 7, DEFAULT_NOW).sign(), &sub, &history, &Policy::default())
    }),
    case!(CrlAki Reject "another key" changed(|draft| {
        draft.set_extension(ExtensionDraft::authority_key_identifier(&[9; 20]));
    })),
    case!(CrlAki Warn "absent" changed(|draft| draft.remove_extension(&[2, 5, 29, 35]))),
    case!(CrlAki Reject "absent, webpki" {
        changed_under(&strict(), |draft| draft.remove_extension(&[2, 5, 29, 35]))
    }),
    case!(CrlAki Warn "a serial number beside the key" changed(|draft| {
        let key_id = draft.signer.key_id();
        let value = sequence(&[tlv(0x80, &key_id), tlv(0xa1, &[]), tlv(0x82, &[5])]);
        draft.set_extension(ExtensionDraft::new(&[2, 5, 29, 35], false, value));
    })),
    case!(CrlAki Warn "critical" changed(|draft| draft.extensions[0].critical = true)),
    case!(CrlAki Warn "a key identifier the issuer does not state" {
        let ca = ThrowAwayCa::new("Root");
        let mut root = ca.root_draft();
        root.remove_extension(&[2, 5, 29, 14]);
        let issuer = Issuer::from_certificate(&root.sign(), &Policy::default()).expect("still a root");
        let mut draft = with_entries(&ca, 7);
        draft.set_extension(ExtensionDraft::authority_key_identifier(&[9; 20]));
        try_crl(&draft.sign(), &issuer, &known(), &Policy::default())
    }),
    case!(CrlIssuerUsage Reject "an issuer that may not sign CRLs" {
        of_root(&Policy::default(), |root| root.set_extension(ExtensionDraft::key_usage(&[5])))
    }),
    case!(CrlIssuerUsage Reject "an issuer that is no CA" {
        of_root(&Policy::default(), |root| root.set_extension(ExtensionDraft::basic_constraints(false, None)))
    }),
    case!(CrlIssuerUsage Reject "an issuer that has expired" {
        of_root(&Policy::default(), |root| root.not_after = RawTime::At(DEFAULT_NOW - 1))
    }),
    case!(CrlSignature Reject "signed by another key" changed(|draft| {
        let stated = draft.signer.key_id();
        draft.signer = Arc::new(SigningKey::generate(KeyKind::EcdsaP256));
        draft.set_extension(ExtensionDraft::authority_key_identifier(&stated));
    })),
    case!(CrlTimeEncoding Reject "a GeneralizedTime before 2050" changed(|draft| {
        draft.next_update = Some(RawTime::Raw(generalized_time(DEFAULT_NOW + DAY)));
    })),
    case!(CrlTimeEncoding Reject "no seconds" changed(|draft| {
        draft.this_update = RawTime::Raw(tlv(0x17, b"2611210000Z"));
    })),
    case!(CrlTimeEncoding Reject "an offset from UTC in an entry" entry(|entry| {
        entry.date = RawTime::Raw(tlv(0x17, b"260101000000+0100"));
    })),
    case!(CrlNextUpdateMissing Reject "no nextUpdate" {
        let ca = ThrowAwayCa::new("Root");
        let mut draft = with_entries(&ca, 7);
        draft.next_update = None;
        try_crl(&draft.sign(), &issuer(&ca), &known(), &Policy::default())
    }),
    case!(CrlNextUpdateMissing Reject "nextUpdate at thisUpdate" changed(|draft| {
        draft.issued_at(DEFAULT_NOW + 300, DEFAULT_NOW + 300);
    })),
    case!(CrlFuture Reject "issued eleven minutes from now" changed(|draft| {
        draft.issued_at(DEFAULT_NOW + 601, DEFAULT_NOW + DAY);
    })),
    case!(CrlExpired Reject "ends now" changed(|draft| draft.next_update = Some(RawTime::At(DEFAULT_NOW)))),
    case!(CrlFirst Warn "no floor" {
        let ca = ThrowAwayCa::new("Root");
        try_crl(&ca.crl(1).sign(), &issuer(&ca), &CrlHistory::default(), &Policy::default())
    }),
    case!(CrlFirst Hold "no floor, webpki" {
        let ca = ThrowAwayCa::new("Root");
        try_crl(&ca.crl(1).sign(), &issuer(&ca), &CrlHistory::default(), &strict())
    }),
    case!(CrlNumberMissing Reject "no number" changed(|draft| draft.remove_extension(&[2, 5, 29, 20]))),
    case!(CrlNumberMissing Reject "a critical number" changed(|draft| draft.extensions[1].critical = true)),
    case!(CrlNumberMissing Reject "a negative number" changed(|draft| {
        draft.set_extension(ExtensionDraft::crl_number(&[0xfe]));
    })),
    case!(CrlNumberMissing Reject "a number of 161 bits" changed(|draft| {
        draft.set_extension(ExtensionDraft::crl_number(&[1; 21]));
    })),
    case!(CrlNumberLower Reject "number 6 after 7" following(|draft| {
        draft.set_extension(ExtensionDraft::crl_number(&[6]));
    })),
    case!(CrlNumberLower Reject "a number whose low 64 bits are higher" {
        let ca = ThrowAwayCa::new("Root");
        let mut before = ca.crl(0);
        before.set_extension(ExtensionDraft::crl_number(&[1, 0, 0, 0, 0, 0, 0, 0, 1]));
        before.issued_at(THIS_UPDATE - DAY, THIS_UPDATE + DAY);
        let previous = before.sign();
        let history = CrlHistory { previous: Some(&previous), ..CrlHistory::default() };
        try_crl(&ca.crl(9).sign(), &issuer(&ca), &history, &Policy::default())
    }),
    case!(CrlNumberLower Reject "the floor itself" {
        let ca = ThrowAwayCa::new("Root");
        let history = CrlHistory { floor: Some(CrlNumber::from(7)), ..CrlHistory::default() };
        try_crl(&ca.crl(7).sign(), &issuer(&ca), &history, &Policy::default())
    }),
    case!(CrlEquivocation Reject "number 7 twice" following(|draft| {
        draft.set_extension(ExtensionDraft::crl_number(&[7]));
    })),
    case!(CrlNumberJump Hold "1001 above the accepted one" following(|draft| {
        draft.set_extension(ExtensionDraft::crl_number(&[0x03, 0xf0]));
    })),
    case!(CrlThisUpdateBack Reject "earlier" following(|draft| {
        draft.issued_at(THIS_UPDATE - 31 * DAY, THIS_UPDATE + 150 * DAY);
    })),
    case!(CrlThisUpdateBack Hold "equal" following(|draft| {
        draft.issued_at(THIS_UPDATE - 30 * DAY, THIS_UPDATE + 150 * DAY);
    })),
    case!(CrlNextUpdateBack Warn "earlier" following(|draft| {
        draft.next_update = Some(RawTime::At(THIS_UPDATE + 149 * DAY));
    })),
    case!(CrlExtCritical Reject "unknown and critical" changed(|draft| {
        draft.extensions.push(ExtensionDraft::new(UNKNOWN, true, integer(1)));
    })),
    case!(CrlExtCritical Reject "twice" changed(|draft| draft.extensions.push(draft.extensions[1].clone()))),
    case!(CrlExtCritical Reject "unknown and critical in an entry" entry(|entry| {
        entry.extensions.push(ExtensionDraft::new(UNKNOWN, true, integer(1)));
    })),
    case!(CrlExtCritical Reject "twice in an entry" entry(|entry| entry.extensions.push(ExtensionDraft::reason(4)))),
    case!(CrlPartial Reject "delta" changed(|draft| {
        draft.extensions.push(ExtensionDraft::new(&[2, 5, 29, 27], true, integer(3)));
    })),
    case!(CrlPartial Warn "freshestCRL" changed(|draft| {
        draft.extensions.push(ExtensionDraft::new(&[2, 5, 29, 46], false, sequence(&[])));
    })),
    case!(CrlPartial Reject "a certificateIssuer entry" entry(|entry| {
        entry.extensions.push(ExtensionDraft::new(&[2, 5, 29, 29], true, sequence(&[])));
    })),
    case!(CrlIdp Warn "there" changed(|draft| {
        draft.set_extension(ExtensionDraft::issuing_distribution_point(&[tlv(0x82, &[0xff])]));
    })),
    case!(CrlIdp Hold "not critical" changed(|draft| {
        let mut point = ExtensionDraft::issuing_distribution_point(&[tlv(0x82, &[0xff])]);
        point.critical = false;
        draft.set_extension(point);
    })),
    case!(CrlIdp Reject "end-entity certificates only, from a root" changed(|draft| {
        draft.set_extension(ExtensionDraft::issuing_distribution_point(&[tlv(0x81, &[0xff])]));
    })),
    case!(CrlIdp Hold "not there before" following(|draft| {
        draft.set_extension(ExtensionDraft::issuing_distribution_point(&[tlv(0x82, &[0xff])]));
    })),
    case!(CrlEmptyList Warn "an empty list" changed(|draft| {
        draft.entries.clear();
        draft.writes_empty_list = true;
    })),
    case!(CrlEmptyList Reject "an empty list, webpki" changed_under(&strict(), |draft| {
        draft.entries.clear();
        draft.writes_empty_list = true;
    })),
    case!(CrlSerial Reject "twice, apart" changed(|draft| draft.revoke(0x1001, THIS_UPDATE - DAY))),
    case!(CrlSerial Warn "zero" entry(|entry| entry.serial = vec![0])),
    case!(CrlSerial Warn "negative" entry(|entry| entry.serial = vec![0x80])),
    case!(CrlSerial Warn "21 octets" entry(|entry| entry.serial = vec![1; 21])),
    case!(CrlSerial Reject "21 octets, webpki" changed_under(&strict(), |draft| draft.entries[1].serial = vec![1; 21])),
    case!(CrlSelf Hold "the root's own serial number" {
        let ca = ThrowAwayCa::new("Root");
        let mut draft = with_entries(&ca, 7);
        draft.entries.push(EntryDraft::of(&ca.root_draft().serial, THIS_UPDATE, Some(5)));
        try_crl(&draft.sign(), &issuer(&ca), &known(), &Policy::default())
    }),
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
    case!(CrlEntryVanished Hold "of unknown expiry" following(|draft| {
        draft.entries.remove(0);
    })),
    case!(CrlEntryVanished Reject "of a certificate that has not expired" {
        following_with(&[known_certificate(0x1002, DEFAULT_NOW + DAY)], |draft, _| {
            draft.entries.remove(1);
        })
    }),
    case!(CrlEntryVanished Reject "of a certificate that expired after the CRL before" {
        following_with(&[known_certificate(0x1002, THIS_UPDATE - 30 * DAY)], |draft, _| {
            draft.entries.remove(1);
        })
    }),
    case!(CrlEntryChanged Hold "another reason" following(|draft| {
        draft.entries[2].extensions[0] = ExtensionDraft::reason(5);
    })),
    case!(CrlEntryChanged Hold "another date" following(|draft| {
        draft.entries[2].date = RawTime::At(THIS_UPDATE - 91 * DAY);
    })),
    case!(StateLost Reject "the CRL accepted last is unreadable" {
        following_with(&[], |_, history| history.previous = Some(b"?"))
    }),
];

#[test]
fn a_good_crl_breaks_no_rule_of_either_profile() {
    for policy in [Policy::default(), strict()] {
        let ruling = changed_under(&policy, |_| {});
        assert!(ruling.findings.is_empty(), "{}", ruling.findings);
        assert_eq!(ruling.outcome, "accepted");
    }
}

#[test]
fn a_crl_that_continues_the_one_before_is_accepted() {
    let ruling = following(|draft| draft.revoke(0x1004, THIS_UPDATE));
    assert!(ruling.findings.is_empty(), "{}", ruling.findings);
    assert_eq!(ruling.outcome, "accepted");
}

#[test]
fn the_bytes_that_are_published_are_a_no_op_even_when_expired() {
    let ca = ThrowAwayCa::new("Root");
    let der = ca.crl(7).sign();
    let history = CrlHistory { previous: Some(&der), previous_published: true, ..CrlHistory::default() };
    let ruling = try_crl(&der, &issuer(&ca), &history, &Policy::default());
    assert_eq!((ruling.outcome, ruling.findings.len()), ("no-op", 0));
    let late = NOW.plus_seconds(400 * DAY);
    let ruling = try_crl_at(&der, &issuer(&ca), &history, &Policy::default(), late);
    assert_eq!(ruling.outcome, "no-op");
    assert!(!ruling.findings.rejects() && ruling.findings.has(Rule::CrlExpired));
}

#[test]
fn the_crl_given_at_enrolment_is_accepted_when_it_arrives_itself() {
    let ca = ThrowAwayCa::new("Root");
    let der = ca.crl(7).sign();
    let history = CrlHistory { previous: Some(&der), floor: Some(CrlNumber::from(7)), ..CrlHistory::default() };
    let ruling = try_crl(&der, &issuer(&ca), &history, &Policy::default());
    assert_eq!((ruling.outcome, ruling.findings.len()), ("accepted", 0), "{}", ruling.findings);
}

#[test]
fn an_entry_may_leave_once_its_certificate_had_expired() {
    let expired = known_certificate(0x1002, THIS_UPDATE - 30 * DAY - 1);
    let ruling = following_with(&[expired], |draft, _| {
        draft.entries.remove(1);
    });
    assert_eq!((ruling.outcome, ruling.findings.len()), ("accepted", 0), "{}", ruling.findings);
}

#[test]
fn entries_in_another_order_are_still_found() {
    let ruling = following(|draft| draft.entries.reverse());
    assert_eq!((ruling.outcome, ruling.findings.len()), ("accepted", 0), "{}", ruling.findings);
    let ruling = following(|draft| {
        draft.entries.reverse();
        draft.entries.remove(0);
        draft.revoke(0x0fff, THIS_UPDATE);
    });
    ruling.assert_only(Rule::CrlEntryVanished, Hold);
    assert_eq!(ruling.findings.iter().next().map(|finding| finding.named.clone()), Some(vec!["1003".to_owned()]));
}

#[test]
fn an_entry_may_turn_into_a_key_compromise() {
    let ruling = following(|draft| {
        draft.entries[0].extensions[0] = ExtensionDraft::reason(1);
        draft.entries[0].date = RawTime::At(THIS_UPDATE - 100 * DAY);
    });
    assert_eq!((ruling.outcome, ruling.findings.len()), ("accepted", 0), "{}", ruling.findings);
}

#[test]
fn a_decision_covers_the_rules_it_names_and_no_other() {
    let decided = |rules: &[Rule]| {
        let rules: BTreeSet<Rule> = rules.iter().copied().collect();
        let ca = ThrowAwayCa::new("Root");
        let mut before = with_entries(&ca, 7);
        before.issued_at(THIS_UPDATE - 30 * DAY, THIS_UPDATE + 150 * DAY);
        let previous = before.sign();
        let mut draft = with_entries(&ca, 5000);
        draft.entries.remove(0);
        let history = CrlHistory { previous: Some(&previous), decision: Some(&rules), ..CrlHistory::default() };
        try_crl(&draft.sign(), &issuer(&ca), &history, &Policy::default())
    };
    assert_eq!(decided(&[]).outcome, "held");
    assert_eq!(decided(&[Rule::CrlNumberJump]).outcome, "held");
    assert_eq!(decided(&[Rule::CrlEntryVanished]).outcome, "held");
    let ruling = decided(&[Rule::CrlEntryVanished, Rule::CrlNumberJump]);
    assert_eq!(ruling.outcome, "accepted");
    assert!(ruling.findings.iter().all(|finding| finding.decided));
}

#[test]
fn a_decision_never_waives_a_rejection() {
    let rules: BTreeSet<Rule> = Rule::ALL.iter().copied().collect();
    let ruling = following_with(&[known_certificate(0x1002, DEFAULT_NOW + DAY)], |draft, history| {
        draft.entries.remove(1);
        // The set lives as long as the test process.
        history.decision = Some(Box::leak(Box::new(rules)));
    });
    ruling.assert_only(Rule::CrlEntryVanished, Reject);
}

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

/// Some CAs write "no extensions" as an empty list. Refusing it would keep a private root's CRL from its users.
#[test]
fn an_empty_list_of_entry_extensions_is_only_told_to_a_private_root() {
    let empty = |draft: &mut CrlDraft| {
        draft.entries[1].extensions.clear();
        draft.entries[1].writes_empty_list = true;
    };
    let ruling = changed(empty);
    assert!(ruling.findings.has(Rule::CrlDer) && ruling.outcome == "accepted", "{}", ruling.findings);
    assert_eq!(changed_under(&strict(), empty).outcome, "rejected");
}

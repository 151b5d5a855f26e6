//! CRLs that break one rule each by what was accepted before, and CRLs that break none although they look as if.

use std::collections::BTreeSet;

use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::finding::Severity::{Hold, Reject};
use rootcast_pki::history::{CrlHistory, HeldItem};
use rootcast_pki::profile::Policy;
use rootcast_pki::rule::Rule;

use crate::crl_trial::{THIS_UPDATE, following, following_with, known_certificate, with_entries};
use crate::throwaway_ca::der_writer::tlv;
use crate::throwaway_ca::{DAY, DEFAULT_NOW, ExtensionDraft, RawTime, ThrowAwayCa};
use crate::trial::{Case, NOW, case, issuer, strict, try_crl, try_crl_at};

pub(crate) const CASES: &[Case] = &[
    case!(CrlFirst Warn "no floor" {
        let ca = ThrowAwayCa::new("Root");
        try_crl(&ca.crl(1).sign(), &issuer(&ca), &CrlHistory::default(), &Policy::default())
    }),
    case!(CrlFirst Hold "no floor, webpki" {
        let ca = ThrowAwayCa::new("Root");
        try_crl(&ca.crl(1).sign(), &issuer(&ca), &CrlHistory::default(), &strict())
    }),
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
    case!(CrlEquivocation Warn "number 8 twice, the other one only held" {
        let ca = ThrowAwayCa::new("Root");
        let held = [7, 8].map(|number| HeldItem {
            number: Some(CrlNumber::from(number)),
            sha256: [7; 32],
            tbs_sha256: [7; 32],
            signature: Vec::new(),
        });
        let history = CrlHistory { held: &held, floor: Some(CrlNumber::from(7)), ..CrlHistory::default() };
        try_crl(&ca.crl(8).sign(), &issuer(&ca), &history, &Policy::default())
    }),
    case!(CrlNumberJump Hold "1001 above the accepted one" following(|draft| {
        draft.set_extension(ExtensionDraft::crl_number(&[0x03, 0xf0]));
    })),
    case!(CrlThisUpdateBack Reject "earlier" following(|draft| {
        draft.issued_at(THIS_UPDATE - 31 * DAY, THIS_UPDATE + 151 * DAY);
    })),
    case!(CrlThisUpdateBack Hold "equal" following(|draft| {
        draft.issued_at(THIS_UPDATE - 30 * DAY, THIS_UPDATE + 151 * DAY);
    })),
    case!(CrlNextUpdateBack Warn "earlier" following(|draft| {
        draft.next_update = Some(RawTime::At(THIS_UPDATE + 149 * DAY));
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
    case!(CrlIdp Hold "not there before" following(|draft| {
        draft.set_extension(ExtensionDraft::issuing_distribution_point(&[tlv(0x82, &[0xff])]));
    })),
    case!(CrlShortLife Warn "ends with the accepted one" following(|draft| {
        draft.next_update = Some(RawTime::At(THIS_UPDATE + 150 * DAY));
    })),
];

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
fn a_jump_that_no_64_bits_hold_is_not_told_as_another_number() {
    let mut number = [0; 17];
    number[0] = 1;
    let found = following(|draft| draft.set_extension(ExtensionDraft::crl_number(&number))).findings.to_string();
    assert!(found.contains("number 340282366920938463463374607431768211456 is 2^64 - 1 or more above 7"), "{found}");
}

#[test]
fn two_crls_of_one_number_are_told_by_their_digests() {
    let found = following(|draft| draft.set_extension(ExtensionDraft::crl_number(&[7]))).findings.to_string();
    assert!(found.contains("CRL-EQUIVOCATION"), "{found}");
    assert_eq!(found.split(['(', ')', ';', ' ']).filter(|word| word.len() == 64).count(), 2, "{found}");
}

#[test]
fn a_changed_distribution_point_is_told_with_the_one_before() {
    let found =
        following(|draft| draft.set_extension(ExtensionDraft::issuing_distribution_point(&[tlv(0x82, &[0xff])])));
    let found = found.findings.to_string();
    assert!(found.contains("issuingDistributionPoint (30038201ff) differs from the previous CRL's (none)"), "{found}");
}

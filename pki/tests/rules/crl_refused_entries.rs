//! The entries of a CRL that a rule rejects, and a CRL that is compared with although it has such entries.

use rootcast_pki::crl::{CertificateIssuer, inspect, refused_entries, verify_whole};
use rootcast_pki::finding::Severity;
use rootcast_pki::history::CrlHistory;
use rootcast_pki::profile::Policy;
use rootcast_pki::rule::Rule;

use crate::crl_trial::{THIS_UPDATE, known_certificate, with_entries};
use crate::every_rule::cases;
use crate::throwaway_ca::der_writer::{generalized_time, sequence, tlv};
use crate::throwaway_ca::{CrlDraft, DAY, DEFAULT_NOW, EntryDraft, ExtensionDraft, RawTime, ThrowAwayCa, name};
use crate::trial::{NOW, issuer, strict, try_crl};

/// What makes a CRL odd.
type Change = fn(&mut CrlDraft);

/// certificateIssuer of one directoryName.
fn issued_by(issuer: &[u8]) -> ExtensionDraft {
    ExtensionDraft::new(&[2, 5, 29, 29], true, sequence(&[tlv(0xa4, issuer)]))
}

/// The refused entries of a CRL with this change, by place and rule, in both profiles.
fn refused(change: impl FnOnce(&mut CrlDraft)) -> [Vec<(u64, Rule)>; 2] {
    let ca = ThrowAwayCa::new("Root");
    let mut draft = with_entries(&ca, 7);
    change(&mut draft);
    let der = draft.sign();
    [Policy::default(), strict()].map(|policy| {
        let inspected = inspect(&der, &policy).value.expect("readable");
        assert!(!inspected.findings_of_whole().rejects(), "{}", inspected.findings_of_whole());
        let all = refused_entries(&inspected, &policy, inspected.this_update(), NOW).flat_map(|entry| {
            let number = entry.number;
            let rejects = entry.findings.into_iter().filter(|found| found.severity == Severity::Reject);
            rejects.map(move |found| (number, found.rule)).collect::<Vec<_>>()
        });
        let all: Vec<_> = all.collect();
        // What a rule rejects in the list of findings is what it rejects of an entry.
        assert_eq!(inspected.findings().rejects(), !all.is_empty());
        all
    })
}

#[test]
fn the_entries_that_a_rule_rejects_are_told_with_their_rules() {
    let both = |all: &[(u64, Rule)]| [all.to_vec(), all.to_vec()];
    assert_eq!(refused(|_| {}), both(&[]));
    let hold = refused(|draft| draft.entries[1].extensions = vec![ExtensionDraft::reason(6)]);
    assert_eq!(hold, both(&[(2, Rule::CrlReason)]));
    let twice = refused(|draft| draft.entries[2].serial = draft.entries[0].serial.clone());
    assert_eq!(twice, both(&[(1, Rule::CrlSerial), (3, Rule::CrlSerial)]));
    let date = refused(|draft| draft.entries[0].date = RawTime::Raw(generalized_time(THIS_UPDATE - DAY)));
    assert_eq!(date, both(&[(1, Rule::CrlTimeEncoding)]));
    let late = refused(|draft| draft.entries[0].date = RawTime::At(THIS_UPDATE + 1));
    assert_eq!(late, [vec![], vec![(1, Rule::CrlRevocationDate)]]);
    let none = refused(|draft| draft.entries[0].extensions.clear());
    assert_eq!(none, [vec![], vec![(1, Rule::CrlReason)]]);
}

#[test]
fn the_certificate_issuer_of_an_entry_is_told() {
    let ca = ThrowAwayCa::new("Root");
    let mut draft = with_entries(&ca, 7);
    for (place, names) in [(0, ca.name.clone()), (1, name("Other"))] {
        draft.entries[place].extensions.push(issued_by(&names));
    }
    draft.entries[2].extensions.push(ExtensionDraft::new(&[2, 5, 29, 29], true, sequence(&[])));
    let der = draft.sign();
    let inspected = inspect(&der, &Policy::default()).value.expect("readable");
    let told: Vec<_> =
        refused_entries(&inspected, &Policy::default(), NOW, NOW).map(|entry| entry.certificate_issuer).collect();
    let other = CertificateIssuer::Other("CN=Other, O=Rootcast tests, C=CH".to_owned());
    assert_eq!(told, [Some(CertificateIssuer::Own), Some(other), Some(CertificateIssuer::Unclear)]);
}

/// Only one certificateIssuer that is read whole and names somebody else says that an entry is not this issuer's.
#[test]
fn a_certificate_issuer_that_may_be_this_issuer_is_never_another() {
    let ca = ThrowAwayCa::new("Root");
    let (own, other) = (tlv(0xa4, &ca.name), tlv(0xa4, &name("Other")));
    let (url, junk) = (tlv(0x86, b"http://other.example"), tlv(0x89, &[0]));
    let told = |values: &[Vec<u8>]| {
        let mut draft = with_entries(&ca, 7);
        for value in values {
            draft.entries[0].extensions.push(ExtensionDraft::new(&[2, 5, 29, 29], true, value.clone()));
        }
        let der = draft.sign();
        let inspected = inspect(&der, &Policy::default()).value.expect("readable");
        let refused = refused_entries(&inspected, &Policy::default(), NOW, NOW).next().expect("refused");
        refused.certificate_issuer.expect("there")
    };
    let list = |names: &[&[u8]]| sequence(&names.iter().map(|name| name.to_vec()).collect::<Vec<_>>());
    assert!(matches!(told(&[list(&[&url, &other])]), CertificateIssuer::Other(_)));
    assert_eq!(told(&[list(&[&other, &own])]), CertificateIssuer::Own);
    for values in [
        vec![list(&[])],
        vec![tlv(5, &[])],
        vec![list(&[&url])],
        vec![list(&[&own, &junk])],
        vec![list(&[&other, &junk])],
        vec![list(&[&own]), list(&[&other])],
        vec![list(&[&other]), list(&[&own])],
        vec![list(&[&other]), list(&[&other])],
    ] {
        assert_eq!(told(&values), CertificateIssuer::Unclear, "{values:02x?}");
    }
}

/// Of several reasons the gravest counts, in whatever order they stand, and the others are told too.
#[test]
fn of_several_reasons_the_gravest_counts() {
    let ca = ThrowAwayCa::new("Root");
    for (reasons, gravest, others) in [
        (&[1, 8][..], 1, &[8][..]),
        (&[8, 1], 1, &[8]),
        (&[6, 4, 2], 2, &[6, 4]),
        (&[8, 6], 6, &[8]),
        (&[8, 8], 8, &[8]),
        (&[0, 7], 7, &[0]),
    ] {
        let mut draft = with_entries(&ca, 7);
        draft.entries[0].extensions = reasons.iter().map(|code| ExtensionDraft::reason(*code)).collect();
        let der = draft.sign();
        let inspected = inspect(&der, &Policy::default()).value.expect("readable");
        let refused = refused_entries(&inspected, &Policy::default(), NOW, NOW).next().expect("refused");
        assert_eq!((refused.entry.reason, &refused.other_reasons[..]), (Some(gravest), others), "{reasons:?}");
        assert!(refused.is_refused_by(Rule::CrlExtCritical), "{}", refused.findings);
    }
}

/// An entry of a floor that breaks a rule may be left out by a person's decision; a good one may not.
#[test]
fn of_a_floor_only_a_rejected_entry_may_leave_by_decision() {
    let ca = ThrowAwayCa::new("Root");
    let mut floor = with_entries(&ca, 7);
    floor.issued_at(THIS_UPDATE - 30 * DAY, THIS_UPDATE + 150 * DAY);
    floor.entries.push(EntryDraft::of(&[0x20, 0x01], THIS_UPDATE - 40 * DAY, Some(8)));
    let floor = floor.sign();
    let inspected = inspect(&floor, &Policy::default()).value.expect("readable");
    assert!(verify_whole(&inspected, &issuer(&ca), &Policy::default(), NOW).is_ok());
    let issued = [known_certificate(0x2001, DEFAULT_NOW + DAY), known_certificate(0x1002, DEFAULT_NOW + DAY)];
    let history = CrlHistory { previous: Some(&floor), issued: &issued, ..CrlHistory::default() };
    let judged = |draft: &CrlDraft| try_crl(&draft.sign(), &issuer(&ca), &history, &Policy::default());
    let ruling = judged(&with_entries(&ca, 8));
    ruling.assert_only(Rule::CrlEntryVanished, Severity::Hold);
    let help = ruling.findings.iter().map(|found| found.remedy()).collect::<Vec<_>>().concat();
    assert!(help.contains("decisions in the record of the offline side's ceremony"), "{help}");
    let mut without = with_entries(&ca, 8);
    without.entries.remove(1);
    let ruling = judged(&without);
    assert_eq!(ruling.outcome, "rejected", "{}", ruling.findings);
}

/// A whole that is rejected, a foreign CRL and one that has ended are no floor, and the findings say why.
#[test]
fn what_is_no_floor_says_why() {
    let ca = ThrowAwayCa::new("Root");
    let changes: [(Rule, Change); 4] = [
        (Rule::CrlPartial, |draft| draft.extensions.push(ExtensionDraft::new(&[2, 5, 29, 27], true, tlv(2, &[1])))),
        (Rule::CrlExpired, |draft| draft.issued_at(THIS_UPDATE - 90 * DAY, THIS_UPDATE)),
        (Rule::CrlIssuer, |draft| draft.issuer = name("Toor")),
        (Rule::CrlDer, |draft| draft.entries[1].serial = vec![0, 0x12]),
    ];
    for (rule, change) in changes {
        let mut draft = with_entries(&ca, 7);
        change(&mut draft);
        let der = draft.sign();
        let inspected = inspect(&der, &Policy::default()).value.expect("readable");
        let findings = verify_whole(&inspected, &issuer(&ca), &Policy::default(), NOW).expect_err("no floor");
        assert!(findings.has(rule) && findings.rejects(), "{findings}");
    }
}

/// No text of any case of any rule is empty, whatever its severity: what is refused is refused for something.
#[test]
fn no_finding_of_any_rule_has_an_empty_text() {
    for case in cases() {
        let findings = (case.run)().findings;
        assert!(!findings.is_empty(), "{}: {}", case.rule, case.what);
        assert!(findings.iter().all(|found| found.text.trim().len() > 5), "{}: {findings}", case.what);
    }
}

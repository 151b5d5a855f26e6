//! All cases of all rules in one table, and the proof that no rule is without one.

use std::collections::BTreeSet;

use rootcast_pki::finding::Severity;
use rootcast_pki::rule::Rule;

use crate::documents;
use crate::trial::{Case, NOW};
use crate::{
    certificate_cases, certificate_issuing_cases, certificate_name_cases, crl_content_cases, crl_continuity_cases,
    crl_entry_cases, crl_issuance_cases, crl_newcomer_cases, cross_certificates, item_cases, second_signature_cases,
};

/// Rules whose id stands here and whose check is the online side's, with tests there.
const ELSEWHERE: &[Rule] = &[
    Rule::ObjSize,
    Rule::ObjDigest,
    Rule::ManSignature,
    Rule::ManLate,
    Rule::ManEquivocation,
    Rule::ManGap,
    Rule::ManChain,
    Rule::ManJournal,
    Rule::ManWithheld,
    Rule::ClockBack,
];

/// Severities that no case shows alone, and why.
const SHOWN_ELSEWHERE: &[(Rule, Severity, &str)] = &[
    (Rule::SigSecond, Severity::Reject, "the offline side's: tests/tests/scenarios/second_files.rs"),
    (Rule::SigCopy, Severity::Reject, "the offline side's: tests/tests/scenarios/second_files.rs"),
    (Rule::CrlEquivocation, Severity::Hold, "only beside another hold: tests/tests/scenarios/decisions.rs"),
    (Rule::RootKey, Severity::Warn, "the faults are those of CERT-KEY, whose cases show both"),
];

pub(crate) fn cases() -> Vec<&'static Case> {
    [
        crl_content_cases::CASES,
        crl_issuance_cases::CASES,
        crl_entry_cases::CASES,
        crl_continuity_cases::CASES,
        crl_newcomer_cases::CASES,
        certificate_cases::CASES,
        certificate_issuing_cases::CASES,
        certificate_name_cases::CASES,
        cross_certificates::CASES,
        item_cases::CASES,
        second_signature_cases::CASES,
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[test]
fn every_case_breaks_its_rule_and_no_other() {
    let mut failed = Vec::new();
    for case in cases() {
        let result = std::panic::catch_unwind(|| (case.run)().assert_only(case.rule, case.severity));
        if result.is_err() {
            failed.push(format!("{}: {}", case.rule, case.what));
        }
    }
    assert!(failed.is_empty(), "{} of {} cases: {failed:#?}", failed.len(), cases().len());
}

/// What is held is named by what was shown of it, and a decision covers just that, also a second later.
#[test]
fn no_text_of_a_hold_names_the_present() {
    let now = NOW.to_string();
    for case in cases().into_iter().filter(|case| case.severity == Severity::Hold) {
        let findings = (case.run)().findings;
        assert!(!findings.to_string().contains(&now), "{}: {findings}", case.what);
    }
}

/// What rejects or holds an item asks for something, whatever it asks for as a warning.
#[test]
fn no_help_of_a_reject_or_hold_says_that_nothing_has_to_be_done() {
    let found = cases().into_iter().flat_map(|case| (case.run)().findings);
    for finding in found.filter(|finding| finding.severity != Severity::Warn) {
        let help = finding.remedy().to_lowercase();
        let idle = ["nothing has to be done", "is used", "certificate works", "all the same"];
        assert!(!idle.iter().any(|idle| help.contains(idle)), "{finding}: {help}");
    }
}

#[test]
fn every_rule_has_a_case() {
    let tried: BTreeSet<Rule> = cases().iter().map(|case| case.rule).chain(ELSEWHERE.iter().copied()).collect();
    let missing: Vec<_> = Rule::ALL.iter().filter(|rule| !tried.contains(rule)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// `R; absent R / W` in the document means that there is a case of each of the two.
#[test]
fn every_severity_of_the_document_has_a_case() {
    let of = |letter: &str| match letter {
        "R" => Some(Severity::Reject),
        "H" => Some(Severity::Hold),
        "W" => Some(Severity::Warn),
        _ => None,
    };
    let mut tried: BTreeSet<(Rule, Severity)> = cases().iter().map(|case| (case.rule, case.severity)).collect();
    tried.extend(SHOWN_ELSEWHERE.iter().map(|(rule, severity, _)| (*rule, *severity)));
    let (mut wanted, mut rules) = (BTreeSet::new(), BTreeSet::new());
    for (rule, severities) in documents::severities() {
        rules.insert(rule);
        let words = severities.split(|c: char| !c.is_ascii_alphanumeric()).filter_map(of);
        wanted.extend(words.map(|severity| (rule, severity)));
    }
    wanted.retain(|(rule, _)| !ELSEWHERE.contains(rule));
    assert_eq!(rules.len(), Rule::ALL.len());
    assert_eq!(wanted.difference(&tried).collect::<Vec<_>>(), Vec::<&_>::new(), "in the document, without a case");
    assert_eq!(tried.difference(&wanted).collect::<Vec<_>>(), Vec::<&_>::new(), "a case, not in the document");
}

#[test]
fn ids_are_read_back_as_the_rules_they_name() {
    for rule in Rule::ALL {
        assert_eq!(rule.id().parse::<Rule>().ok(), Some(*rule));
        assert!(!rule.reference().text().is_empty() && !rule.summary().is_empty());
    }
    assert!("CRL-WHATEVER".parse::<Rule>().is_err());
}

//! All cases of all rules in one table, and the proof that no rule is without one.

use std::collections::BTreeSet;

use rootcast_pki::rule::Rule;

use crate::trial::Case;
use crate::{certificate_cases, crl_cases, item_cases};

/// Rules whose id stands here and whose check is the online side's, with tests there.
const ELSEWHERE: &[Rule] = &[Rule::ObjSize, Rule::ObjDigest, Rule::ClockBack];

fn cases() -> Vec<&'static Case> {
    [crl_cases::CASES, certificate_cases::CASES, item_cases::CASES].into_iter().flatten().collect()
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

#[test]
fn every_rule_has_a_case() {
    let tried: BTreeSet<Rule> = cases().iter().map(|case| case.rule).chain(ELSEWHERE.iter().copied()).collect();
    let missing: Vec<_> = Rule::ALL.iter().filter(|rule| !tried.contains(rule)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn ids_are_read_back_as_the_rules_they_name() {
    for rule in Rule::ALL {
        assert_eq!(rule.id().parse::<Rule>().ok(), Some(*rule));
        assert!(!rule.reference().is_empty() && !rule.summary().is_empty());
    }
    assert!("CRL-WHATEVER".parse::<Rule>().is_err());
}

//! One item before the rules: what was found, what became of it. And the form of a test case.

use std::collections::BTreeSet;

use rootcast_pki::acceptance::{judge_certificate, judge_crl};
use rootcast_pki::finding::{Findings, Severity};
use rootcast_pki::history::{CertificateHistory, CrlHistory};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::{Policy, Profile};
use rootcast_pki::rule::Rule;
use rootcast_pki::time::Timestamp;
use rootcast_pki::{certificate, crl};

use crate::throwaway_ca::{DEFAULT_NOW, ThrowAwayCa};

/// The time of every trial unless it says otherwise.
pub(crate) const NOW: Timestamp = Timestamp(DEFAULT_NOW);

/// What became of an item.
pub(crate) struct Ruling {
    pub(crate) findings: Findings,
    pub(crate) outcome: &'static str,
}

impl Ruling {
    /// Only this rule found anything, with this severity as the worst.
    pub(crate) fn assert_only(&self, rule: Rule, severity: Severity) {
        let found: BTreeSet<Rule> = self.findings.iter().map(|finding| finding.rule).collect();
        assert_eq!(found, BTreeSet::from([rule]), "{}", self.findings);
        assert_eq!(self.findings.worst(), Some(severity), "{}", self.findings);
        let outcome = match severity {
            Severity::Warn => "accepted",
            Severity::Hold => "held",
            Severity::Reject => "rejected",
        };
        assert_eq!(self.outcome, outcome, "{}", self.findings);
    }
}

pub(crate) fn strict() -> Policy {
    Policy { profile: Profile::Webpki, ..Policy::default() }
}

pub(crate) fn issuer(ca: &ThrowAwayCa) -> Issuer {
    Issuer::from_certificate(&ca.certificate, &Policy::default()).expect("the throw-away root is a good one")
}

/// A history in which a first contact is nothing to remark.
pub(crate) fn known() -> CrlHistory<'static> {
    CrlHistory { first_contact_allowed: true, ..CrlHistory::default() }
}

pub(crate) fn try_crl(der: &[u8], issuer: &Issuer, history: &CrlHistory<'_>, policy: &Policy) -> Ruling {
    try_crl_at(der, issuer, history, policy, NOW)
}

pub(crate) fn try_crl_at(
    der: &[u8],
    issuer: &Issuer,
    history: &CrlHistory<'_>,
    policy: &Policy,
    now: Timestamp,
) -> Ruling {
    let inspection = crl::inspect(der, policy);
    let Some(inspected) = inspection.value else {
        return Ruling { findings: inspection.findings, outcome: "rejected" };
    };
    let stage = crl::verify(inspected, issuer, policy, now);
    let Some(verified) = stage.value else {
        assert!(stage.findings.rejects(), "not verified, and nothing says why: {}", stage.findings);
        return Ruling { findings: stage.findings, outcome: "rejected" };
    };
    let verdict = judge_crl(verified, issuer, history, policy);
    Ruling { outcome: verdict.outcome.word(), findings: verdict.findings }
}

pub(crate) fn try_certificate(
    der: &[u8],
    issuer: &Issuer,
    history: &CertificateHistory<'_>,
    policy: &Policy,
) -> Ruling {
    let inspection = certificate::inspect(der, policy);
    let Some(inspected) = inspection.value else {
        return Ruling { findings: inspection.findings, outcome: "rejected" };
    };
    let stage = certificate::verify(inspected, issuer, policy, NOW);
    let Some(verified) = stage.value else {
        assert!(stage.findings.rejects(), "not verified, and nothing says why: {}", stage.findings);
        return Ruling { findings: stage.findings, outcome: "rejected" };
    };
    let verdict = judge_certificate(verified, history, policy);
    Ruling { outcome: verdict.outcome.word(), findings: verdict.findings }
}

/// One case: an item that breaks one rule and no other, and how much that weighs.
pub(crate) struct Case {
    pub(crate) rule: Rule,
    pub(crate) severity: Severity,
    pub(crate) what: &'static str,
    pub(crate) run: fn() -> Ruling,
}

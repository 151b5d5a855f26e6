//! One item before the rules: what was found, what became of it. And the form of a test case.

use std::collections::BTreeSet;

use rootcast_pki::acceptance::{judge_certificate, judge_crl};
use rootcast_pki::finding::{Findings, Severity};
use rootcast_pki::history::{CertificateHistory, CrlHistory};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::ItemKind;
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
    /// The item itself, within which every location lies.
    pub(crate) der: Vec<u8>,
    /// What it is; of a file that is none, or of a root, nothing.
    pub(crate) kind: Option<ItemKind>,
    pub(crate) profile: Profile,
}

impl Ruling {
    /// What became of a file that is no item, or of a root.
    pub(crate) fn of_file(bytes: &[u8], findings: Findings, outcome: &'static str) -> Self {
        Ruling { findings, outcome, der: bytes.to_vec(), kind: None, profile: Profile::Private }
    }

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
    let of = |findings, outcome| ruling(ItemKind::Crl, der, policy, findings, outcome);
    let inspection = crl::inspect(der, policy);
    let Some(inspected) = inspection.value else {
        return of(inspection.findings, "rejected");
    };
    let stage = crl::verify(inspected, issuer, policy, now);
    let Some(verified) = stage.value else {
        assert!(stage.findings.rejects(), "not verified, and nothing says why: {}", stage.findings);
        return of(stage.findings, "rejected");
    };
    let verdict = judge_crl(verified, issuer, history, policy);
    of(verdict.findings, verdict.outcome.word())
}

/// Where no request is registered, one for the certificate's own key is, so that CERT-REQUEST has nothing to remark.
pub(crate) fn try_certificate(
    der: &[u8],
    issuer: &Issuer,
    history: &CertificateHistory<'_>,
    policy: &Policy,
) -> Ruling {
    let own = certificate::inspect(der, policy).value.map(|inspected| inspected.spki().to_vec());
    let own: Vec<Vec<u8>> = own.into_iter().collect();
    let requests = if history.requests.is_empty() { &own } else { history.requests };
    try_certificate_with(der, issuer, &CertificateHistory { requests, ..*history }, policy)
}

/// The same with exactly the requests of the history.
pub(crate) fn try_certificate_with(
    der: &[u8],
    issuer: &Issuer,
    history: &CertificateHistory<'_>,
    policy: &Policy,
) -> Ruling {
    let of = |findings, outcome| ruling(ItemKind::Certificate, der, policy, findings, outcome);
    let inspection = certificate::inspect(der, policy);
    let Some(inspected) = inspection.value else {
        return of(inspection.findings, "rejected");
    };
    let stage = certificate::verify(inspected, issuer, policy, NOW);
    let Some(verified) = stage.value else {
        assert!(stage.findings.rejects(), "not verified, and nothing says why: {}", stage.findings);
        return of(stage.findings, "rejected");
    };
    let verdict = judge_certificate(verified, history, policy);
    of(verdict.findings, verdict.outcome.word())
}

fn ruling(kind: ItemKind, der: &[u8], policy: &Policy, findings: Findings, outcome: &'static str) -> Ruling {
    Ruling { findings, outcome, der: der.to_vec(), kind: Some(kind), profile: policy.profile }
}

/// One case: an item that breaks one rule and no other, and how much that weighs.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) rule: Rule,
    pub(crate) severity: Severity,
    pub(crate) what: &'static str,
    pub(crate) run: fn() -> Ruling,
}

/// `case!(CrlVersion Reject "v1" ruling)`: a case whose ruling is made when it is tried.
macro_rules! case {
    ($rule:ident $severity:ident $what:literal $run:expr) => {
        crate::trial::Case {
            rule: rootcast_pki::rule::Rule::$rule,
            severity: rootcast_pki::finding::Severity::$severity,
            what: $what,
            run: || $run,
        }
    };
}
pub(crate) use case;

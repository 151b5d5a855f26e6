//! The result of each step: the value that only this step can make, if it succeeded, and all findings so far. The
//! verdict comes at the end.
//!
//! ```
//! use rootcast_pki::history::NoState;
//! use rootcast_pki::issuer::Issuer;
//! use rootcast_pki::profile::Policy;
//! use rootcast_pki::stage::Outcome;
//! use rootcast_pki::{item, judge_under};
//!
//! # let pem = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/root.crt"));
//! # let crl = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/root.crl"));
//! # let at = crl.windows(3).position(|octets| octets == [2, 1, 7]).expect("CRL number 7");
//! # let mut number_8 = crl.to_vec();
//! # number_8[at + 2] = 8;
//! let policy = Policy::default();
//! let issuer = Issuer::from_certificate(&item::read(pem)?.der, &policy)?;
//! let item = item::read(crl)?;
//! // Number 8 was known before this CRL, which is number 7.
//! let history = NoState { previous: Some(&number_8), ..NoState::default() };
//! let verdict = judge_under(&item, &issuer, &history, &policy, issuer.not_before()).verdict;
//! let said = match &verdict.outcome {
//!     Outcome::Accepted(_) => "publish it",
//!     Outcome::NoOp => "it is published",
//!     Outcome::Held => "ask a person",
//!     Outcome::Rejected if verdict.is_rollback() => "raise the alarm",
//!     Outcome::Rejected => "refuse it",
//! };
//! assert_eq!((said, verdict.outcome.word()), ("raise the alarm", "rejected"));
//! assert!(!verdict.outcome.ruling().passes());
//! # Ok::<(), rootcast_pki::finding::Findings>(())
//! ```

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::finding::{Findings, Severity};
use crate::rule::Rule;

/// What inspecting or verifying gave.
#[derive(Debug)]
#[must_use]
pub struct Stage<T> {
    /// Absent if the item got no further than this step.
    pub value: Option<T>,
    /// Everything found so far, from the first step on.
    pub findings: Findings,
}

/// What inspecting gave: the first [`Stage`].
pub type Inspection<T> = Stage<T>;

/// The verdict word of an item: an [`Outcome`] without its value, for reports and records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ruling {
    /// May be published.
    Accepted,
    /// The same content is published already.
    NoOp,
    /// Waits for a recorded human decision about the hold findings.
    Held,
    /// Refused.
    Rejected,
}

impl Ruling {
    /// Whether the item passes: it is accepted now, or was before.
    #[must_use]
    pub const fn passes(self) -> bool {
        matches!(self, Ruling::Accepted | Ruling::NoOp)
    }

    /// The word for people and JSON: `accepted`, `no-op`, `held` or `rejected`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Ruling::Accepted => "accepted",
            Ruling::NoOp => "no-op",
            Ruling::Held => "held",
            Ruling::Rejected => "rejected",
        }
    }
}

impl fmt::Display for Ruling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The outcome for an item.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome<T> {
    /// May be published.
    Accepted(T),
    /// The same content is published already.
    NoOp,
    /// Waits for a recorded human decision about the hold findings.
    Held,
    /// Refused.
    Rejected,
}

impl<T> Outcome<T> {
    /// The same without the value.
    #[must_use]
    pub const fn ruling(&self) -> Ruling {
        match self {
            Outcome::Accepted(_) => Ruling::Accepted,
            Outcome::NoOp => Ruling::NoOp,
            Outcome::Held => Ruling::Held,
            Outcome::Rejected => Ruling::Rejected,
        }
    }

    /// The word for people and JSON: that of [`Ruling::word`].
    #[must_use]
    pub const fn word(&self) -> &'static str {
        self.ruling().word()
    }
}

/// The verdict: the outcome for the item, and the findings.
#[derive(Debug)]
#[must_use]
pub struct Verdict<T> {
    /// Everything found, from the first step on.
    pub findings: Findings,
    /// The outcome for the item.
    pub outcome: Outcome<T>,
}

impl<T> Verdict<T> {
    /// Refused with these findings.
    pub fn rejected(findings: Findings) -> Self {
        Verdict { findings, outcome: Outcome::Rejected }
    }

    /// The content is already published; all findings become warnings.
    pub(crate) fn no_op(mut findings: Findings) -> Self {
        findings.soften();
        Verdict { findings, outcome: Outcome::NoOp }
    }

    /// The outcome the findings lead to; `accept` makes the value where they allow it.
    pub(crate) fn decide(findings: Findings, accept: impl FnOnce() -> T) -> Self {
        let outcome = match findings.worst() {
            Some(Severity::Reject) => Outcome::Rejected,
            Some(Severity::Hold) => Outcome::Held,
            Some(Severity::Warn) | None => Outcome::Accepted(accept()),
        };
        Verdict { findings, outcome }
    }

    /// Whether the item was refused as a rollback or an equivocation, or is one of two held CRLs of one number: an alarm
    /// and not an accident.
    #[must_use]
    pub fn is_rollback(&self) -> bool {
        self.findings.iter().any(|finding| match self.outcome {
            Outcome::Rejected => finding.severity == Severity::Reject && is_rollback(finding.rule),
            Outcome::Held => finding.severity == Severity::Hold && finding.rule == Rule::CrlEquivocation,
            Outcome::Accepted(_) | Outcome::NoOp => false,
        })
    }
}

/// Whether a rejection by this rule is an alarm of its own: the item contradicts what was accepted before.
#[must_use]
pub fn is_rollback(rule: Rule) -> bool {
    matches!(rule, Rule::CrlNumberLower | Rule::CrlEquivocation | Rule::CrlThisUpdateBack | Rule::CrlEntryVanished)
}

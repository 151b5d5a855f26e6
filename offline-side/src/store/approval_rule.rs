//! The rule for approvals as state and journal keep it: how many people have to approve, and by which keys they are known.
//!
//! It is what the files of a site say, not the files themselves: a comment, an order or a line ending changes nothing.
//! Must not: judge an approval.

use serde::{Deserialize, Serialize};

/// The rule, read from a site's files.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRuleRecord {
    /// How many different people have to approve.
    pub required: u32,
    /// Who may approve, sorted.
    pub approvers: Vec<ApproverRecord>,
    /// The revoked keys: SHA-256 or SHA-1 of each, hexadecimal, sorted.
    pub revoked: Vec<String>,
}

/// One key that may approve.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApproverRecord {
    /// Whose it is, sorted.
    pub names: Vec<String>,
    /// The public key, as OpenSSH writes it, without a comment.
    pub key: String,
    /// The namespaces it may sign in, patterns of OpenSSH, sorted; `None` for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<Vec<String>>,
    /// Since when it counts, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_after: Option<String>,
    /// Until when it counts, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_before: Option<String>,
}

/// The pinned rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinnedApprovals {
    /// Counts the changes, from 1: an approved change fits one place only.
    pub serial: u64,
    /// The rule; nothing between a reset and the next signing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<ApprovalRuleRecord>,
    /// The reset since which nobody approved a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset: Option<ResetRecord>,
}

/// A reset of the rule, which nobody approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResetRecord {
    /// Who decided; typed, not authenticated.
    pub by: String,
    /// Why.
    pub because: String,
    /// When, RFC 3339.
    pub time: String,
}

/// Why a rule was pinned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PinCause {
    /// A signing found none pinned.
    FirstSigning,
    /// People approved the change, by the rule before it.
    Approved,
    /// A reset: nothing is pinned until the next signing.
    Reset,
}

impl PinCause {
    /// Its name in the journal.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::FirstSigning => "first-signing",
            Self::Approved => "approved",
            Self::Reset => "reset",
        }
    }
}

impl PinnedApprovals {
    /// What every run says of the rule; empty where people approved it and somebody has to approve.
    #[must_use]
    pub(crate) fn announcements(&self) -> Vec<String> {
        let mut said = Vec::new();
        if let Some(reset) = &self.reset {
            said.push(format!(
                "the approval rule was reset on {} by {}, and nobody approved that: {}",
                reset.time, reset.by, reset.because
            ));
        }
        if self.rule.as_ref().is_some_and(|rule| rule.required == 0) {
            said.push(NOBODY_APPROVES.to_owned());
        }
        said
    }
}

/// What every run says where nobody has to approve.
pub(crate) const NOBODY_APPROVES: &str = "nobody has to approve a signing here (required = 0)";

//! Whether enough different people approved (APPROVE-QUORUM).

use std::fmt;
use std::path::Path;

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::text::printable;

use super::rule::approval_command;
use super::verdict::JudgedApproval;

/// Every given approval with its verdict, in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approvals {
    /// How many different people must approve.
    pub required: u32,
    /// Each of them.
    pub judged: Vec<JudgedApproval>,
    /// People of `allowed_signers` without a valid approval.
    pub not_heard: Vec<String>,
}

impl Approvals {
    /// How many different people approved.
    #[must_use]
    pub fn counted(&self) -> u32 {
        u32::try_from(self.judged.iter().filter(|one| one.counts()).count()).unwrap_or(u32::MAX)
    }

    /// Who approved, the names of one person in one text.
    #[must_use]
    pub(crate) fn people(&self) -> Vec<String> {
        self.judged.iter().filter(|one| one.counts()).map(|one| one.principals.join(",")).collect()
    }

    /// Whether enough people approved (APPROVE-QUORUM).
    ///
    /// # Errors
    /// When they did not: how many are missing, and what every other approval lacks.
    pub fn quorum(&self) -> Result<(), QuorumMissing> {
        if self.counted() >= self.required { Ok(()) } else { Err(QuorumMissing(self.clone())) }
    }
}

/// Too few people approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuorumMissing(pub Approvals);

impl fmt::Display for QuorumMissing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (counted, required) = (self.0.counted(), self.0.required);
        let missing = required.saturating_sub(counted);
        write!(f, "APPROVE-QUORUM: {counted} of {required} different people approved these bytes, {missing} missing")?;
        for judged in self.0.judged.iter().filter(|one| !one.counts()) {
            write!(f, "\n{judged}")?;
        }
        if !self.0.not_heard.is_empty() {
            write!(f, "\nno valid approval from: {}", printable(&self.0.not_heard.join("; ")))?;
        }
        Ok(())
    }
}

impl std::error::Error for QuorumMissing {}

impl QuorumMissing {
    /// The full diagnosis. `what` says what happened and whether anything was signed; `listing` is the file to approve.
    #[must_use]
    pub fn diagnosis(&self, what: impl Into<String>, listing: &Path) -> Diagnosis {
        let next = format!(
            "Give every signature file that exists, with --approval before each. Whoever has not approved compares the \
             words and runs:\n{}",
            approval_command(listing)
        );
        Diagnosis::new(Label::ApprovalsMissing, what, self.to_string(), next)
    }
}

//! Who decides something, and why: options of every command that records a decision.

use clap::Args;
use rootcast_host::diagnosis::Diagnosis;

use super::run::usage;
use crate::limits::DECISION_TEXT_MAX;

/// Who decides, and why.
#[derive(Debug, Args)]
pub(super) struct Deciding {
    /// Who decides
    #[arg(long, value_name = "NAME")]
    pub(super) by: String,
    /// The reason
    #[arg(long, value_name = "TEXT")]
    pub(super) because: String,
}

impl Deciding {
    /// Refuses an empty or a very long text.
    pub(super) fn check(&self) -> Result<(), Diagnosis> {
        for (option, text) in [("--by", &self.by), ("--because", &self.because)] {
            if text.trim().is_empty() || text.chars().count() > DECISION_TEXT_MAX {
                return Err(usage(
                    format!("{option} is empty or longer than {DECISION_TEXT_MAX} characters."),
                    "State who decides and why, in one sentence. The receipts keep it.",
                ));
            }
        }
        Ok(())
    }
}

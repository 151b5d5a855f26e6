//! Why a journal cannot be used.

use std::fmt;

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::disk::DiskError;

use crate::store::layout::JOURNAL;

/// Why a journal cannot be used.
#[derive(Debug)]
pub enum JournalError {
    /// The chain is broken.
    Broken {
        /// The first entry that does not, counted from 0.
        entry: u64,
        /// Why.
        why: String,
    },
    /// It holds less than the state remembers, or something else.
    Lost {
        /// Entries found.
        found: u64,
        /// How many entries the state remembers: it had at least so many.
        entries: u64,
        /// Whether the last of those is there, with another digest.
        another: bool,
    },
    /// The state has another rule for approvals than the journal, and not an older one: somebody edited it.
    OtherRule,
    /// Reading or writing failed.
    Disk(DiskError),
}

impl JournalError {
    pub(super) fn broken(entry: u64, why: impl Into<String>) -> Self {
        Self::Broken { entry, why: why.into() }
    }

    /// The full diagnosis. `what` says what happened and whether anything was sent.
    #[must_use]
    pub fn diagnosis(&self, what: &str) -> Diagnosis {
        let (label, next) = match self {
            Self::Broken { .. } | Self::Lost { .. } => (
                Label::JournalBroken,
                "Keep a copy of the file as it is, as evidence. Then find out who changed it, and restore the journal from its \
                 backup. `journal verify` checks it.",
            ),
            Self::OtherRule => (
                Label::StateBroken,
                "Restore the state from its backup, and find out who changed it. Approve nothing before that.",
            ),
            Self::Disk(error) => {
                let next = format!("{}, then run this command again.", error.next());
                return Diagnosis::new(Label::StorageFailed, what, self.to_string(), next);
            }
        };
        Diagnosis::new(label, what, self.to_string(), next)
    }
}

impl From<DiskError> for JournalError {
    fn from(error: DiskError) -> Self {
        Self::Disk(error)
    }
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken { entry, why } => write!(f, "journal entry {entry} (line {}): {why}", entry + 1),
            Self::Lost { found, entries, another: false } => {
                let [have, had] = [found, entries].map(|number| rootcast_host::text::count(*number, "entry"));
                write!(f, "{JOURNAL} is missing or was cut: it has {have}, but the state remembers {had} or more")
            }
            Self::Lost { entries, another: true, .. } => {
                write!(
                    f,
                    "{JOURNAL} is another journal: its entry {} differs from the one that the state remembers",
                    entries - 1
                )
            }
            Self::OtherRule => f.write_str(
                "APPROVE-PINNED: the state has another rule for approvals than the journal, although nothing changed it",
            ),
            Self::Disk(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for JournalError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Disk(error) => std::error::Error::source(error),
            Self::Broken { .. } | Self::Lost { .. } | Self::OtherRule => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};
    use std::path::Path;

    use rootcast_host::disk::DiskError;

    use super::JournalError;

    /// A full disk met by the journal was told to be one to check.
    #[test]
    fn a_journal_on_a_full_disk_asks_for_space() {
        let full = DiskError::new("append to", Path::new("journal.jsonl"), Error::from(ErrorKind::StorageFull));
        let next = JournalError::from(full).diagnosis("Nothing was sent.").next;
        assert_eq!(next, "Free some space on this disk, then run this command again.");
    }
}

//! What came of comparing the journal's head on paper before a signing.

use serde::{Deserialize, Serialize};

/// Whether the head on paper was compared with the journal before a signing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum PaperHead {
    /// It stands in the journal, and nothing was signed after it.
    Compared {
        /// How many entries the journal had up to it.
        entries: u64,
    },
    /// Somebody signed without it.
    NotCompared {
        /// Why, as it was given.
        because: String,
    },
    /// The journal held no signature yet.
    NotAsked,
}

impl PaperHead {
    /// The same for people.
    #[must_use]
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Compared { entries: 0 } => "compared: the head of an empty journal".to_owned(),
            Self::Compared { entries } => format!("compared: the head of entry {}", entries.saturating_sub(1)),
            Self::NotCompared { because } => format!("NOT COMPARED, because: {because}"),
            Self::NotAsked => "none: the journal held no signature before".to_owned(),
        }
    }
}

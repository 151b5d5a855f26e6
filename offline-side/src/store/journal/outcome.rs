//! How a use of the key and a ceremony ended. In the journal each is one text, and stays the text it always was.

use std::fmt;

use serde::{Deserialize, Serialize};

const READ_BACK: &str = "read back";
const RELEASED: &str = "released";
const FINISHED: &str = "released; it was interrupted after that, and is finished now without the key";
const NOT_RELEASED: &str = "not released: ";

/// What came of one use of the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum KeyUseOutcome {
    /// The signature is one over what was approved, and the whole object says what was meant.
    ReadBack,
    /// What is wrong, in words.
    Failed(String),
}

/// How a ceremony ended that had begun to sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum CeremonyEnd {
    /// What was signed was released.
    Released,
    /// The same, written down by a later run.
    Finished,
    /// The run itself says that it released nothing, and why.
    NotReleased(String),
    /// It was interrupted; what is known of it, in words.
    Interrupted(String),
}

impl CeremonyEnd {
    /// Whether what was signed was released, as far as it is known.
    #[must_use]
    pub(crate) fn is_released(&self) -> bool {
        matches!(self, Self::Released | Self::Finished)
    }
}

impl fmt::Display for KeyUseOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReadBack => f.write_str(READ_BACK),
            Self::Failed(why) => f.write_str(why),
        }
    }
}

impl fmt::Display for CeremonyEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Released => f.write_str(RELEASED),
            Self::Finished => f.write_str(FINISHED),
            Self::NotReleased(why) => write!(f, "{NOT_RELEASED}{why}"),
            Self::Interrupted(known) => f.write_str(known),
        }
    }
}

impl From<String> for KeyUseOutcome {
    fn from(text: String) -> Self {
        if text == READ_BACK { Self::ReadBack } else { Self::Failed(text) }
    }
}

impl From<String> for CeremonyEnd {
    fn from(text: String) -> Self {
        match text.as_str() {
            RELEASED => Self::Released,
            FINISHED => Self::Finished,
            other => match other.strip_prefix(NOT_RELEASED) {
                Some(why) => Self::NotReleased(why.to_owned()),
                None => Self::Interrupted(text),
            },
        }
    }
}

impl From<KeyUseOutcome> for String {
    fn from(outcome: KeyUseOutcome) -> Self {
        outcome.to_string()
    }
}

impl From<CeremonyEnd> for String {
    fn from(end: CeremonyEnd) -> Self {
        end.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::{CeremonyEnd, KeyUseOutcome};

    #[test]
    fn every_text_of_a_stored_journal_is_read_and_written_as_it_was() {
        for (text, end) in [
            ("released", CeremonyEnd::Released),
            ("released; it was interrupted after that, and is finished now without the key", CeremonyEnd::Finished),
            ("not released: the token failed", CeremonyEnd::NotReleased("the token failed".to_owned())),
            ("interrupted after it", CeremonyEnd::Interrupted("interrupted after it".to_owned())),
        ] {
            assert_eq!(CeremonyEnd::from(text.to_owned()), end);
            assert_eq!(serde_json::to_value(&end).unwrap(), text);
            assert_eq!(serde_json::from_value::<CeremonyEnd>(text.into()).unwrap(), end);
        }
        for (text, outcome) in
            [("read back", KeyUseOutcome::ReadBack), ("wrong", KeyUseOutcome::Failed("wrong".to_owned()))]
        {
            assert_eq!(KeyUseOutcome::from(text.to_owned()), outcome);
            assert_eq!(serde_json::to_value(&outcome).unwrap(), text);
        }
    }
}

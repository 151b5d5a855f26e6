//! What people should know of a rehearsal and no rule says.

use std::fmt;

use serde::{Serialize, Serializer};

/// A note on a rehearsal. Its text is not made safe to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    is_warning: bool,
}

impl Note {
    /// One that is probably a mistake: it is repeated at the end of the rehearsal.
    #[must_use]
    pub(crate) fn warning(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_warning: true }
    }

    /// Whether it is probably a mistake.
    #[must_use]
    pub(crate) fn is_warning(&self) -> bool {
        self.is_warning
    }
}

impl From<String> for Note {
    fn from(text: String) -> Self {
        Self { text, is_warning: false }
    }
}

/// `WARNING: ` before one that is probably a mistake.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_warning { "WARNING: " } else { "" })?;
        f.write_str(&self.text)
    }
}

/// As it is shown.
impl Serialize for Note {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

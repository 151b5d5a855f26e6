//! Where a rule comes from: sections of a standard that everybody can read, or a page of this project.

use core::fmt;

use serde::{Serialize, Serializer};

/// Where a rule comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference {
    /// Sections of RFCs, of the Baseline Requirements (BR) or of another standard.
    Standard(&'static str),
    /// The path of a page of this project: the rule is our own.
    Page(&'static str),
}

impl Reference {
    /// The sections, or the path of the page.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Standard(text) | Self::Page(text) => text,
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// Its text.
impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}

//! Why a site file cannot be used.

use std::fmt;
use std::path::PathBuf;

use rootcast_host::diagnosis::{Diagnosis, Label};

/// Why a site file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SiteError {
    /// It cannot be read, or is too long.
    Unreadable(Diagnosis),
    /// It does not say what it should.
    Refused {
        /// Which file.
        path: PathBuf,
        /// The line, counted from 1, where one can be named.
        line: Option<usize>,
        /// What is wrong.
        why: String,
    },
}

impl fmt::Display for SiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(diagnosis) => write!(f, "{} {}", diagnosis.what, diagnosis.why),
            Self::Refused { path, line: Some(line), why } => write!(f, "{}, line {line}: {why}", path.display()),
            Self::Refused { path, line: None, why } => write!(f, "{}: {why}", path.display()),
        }
    }
}

impl std::error::Error for SiteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable(diagnosis) => std::error::Error::source(diagnosis),
            Self::Refused { .. } => None,
        }
    }
}

impl SiteError {
    /// The full diagnosis.
    #[must_use]
    pub fn diagnosis(&self) -> Diagnosis {
        match self {
            Self::Unreadable(diagnosis) => diagnosis.clone(),
            Self::Refused { path, .. } => Diagnosis::new(
                Label::SiteRefused,
                format!("The site file {} was refused. Nothing was signed or sent.", path.display()),
                self.to_string(),
                "Correct the site file. Approvals of the old file do not count for the new one.",
            ),
        }
    }
}

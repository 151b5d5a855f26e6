//! The options about the rules besides the profile, and the announcement of each option that weakens a rule.
//! Both programs store these options in their own state; this module defines their meaning.

use core::fmt;
use core::str::FromStr;

use crate::profile::Policy;

/// How an issuer numbers its CRLs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Numbering {
    /// One after the other; a great step is held (CRL-NUMBER-JUMP).
    #[default]
    Counter,
    /// By date or time, such as 20261121090000: steps say nothing, so CRL-NUMBER-JUMP does not apply.
    Timestamp,
}

impl Numbering {
    /// The greatest step that needs no decision: [`Policy::number_jump_max`].
    #[must_use]
    pub fn jump_max(self) -> u64 {
        match self {
            Numbering::Counter => Policy::default().number_jump_max,
            Numbering::Timestamp => u64::MAX,
        }
    }
}

impl fmt::Display for Numbering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Numbering::Counter => "counter",
            Numbering::Timestamp => "timestamp",
        })
    }
}

/// A word that is no numbering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownNumbering;

impl fmt::Display for UnknownNumbering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("write counter or timestamp")
    }
}

impl core::error::Error for UnknownNumbering {}

impl FromStr for Numbering {
    type Err = UnknownNumbering;

    fn from_str(text: &str) -> Result<Self, UnknownNumbering> {
        match text {
            "counter" => Ok(Numbering::Counter),
            "timestamp" => Ok(Numbering::Timestamp),
            _ => Err(UnknownNumbering),
        }
    }
}

/// The announcements of every run about rules that this policy weakens; empty if it weakens none.
#[must_use]
pub fn announcements(policy: &Policy) -> Vec<String> {
    let mut said: Vec<String> = policy
        .switched_off
        .iter()
        .map(|rule| format!("{rule} is switched off: its findings are warnings only"))
        .collect();
    if policy.number_jump_max == u64::MAX {
        said.push("CRL-NUMBER-JUMP does not apply: CRL numbers are timestamps".to_owned());
    }
    if policy.accepts_sha1() {
        said.push("CRL-ALGORITHM and CERT-ALGORITHM accept SHA-1 signatures".to_owned());
    }
    said
}

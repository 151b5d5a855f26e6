//! Why a rehearsal ended.

use std::collections::BTreeSet;
use std::fmt;

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_pki::finding::Findings;
use rootcast_pki::rule::Rule;
use rootcast_pki::time::Timestamp;

use super::clock::ClockFault;
use super::object::RehearsedObject;
use crate::ceremony::read_back::ReadBackError;
use crate::ceremony::request::RequestError;
use crate::gate::item_text::finding_text;
use rootcast_pki::stage::Ruling;

/// An object that the online side would not publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedObject {
    /// The name of its file.
    pub file: String,
    /// What the online side would say.
    pub verdict: Ruling,
    /// Everything that was found.
    pub findings: Findings,
}

impl RefusedObject {
    pub(super) fn new(object: &RehearsedObject) -> Self {
        Self { file: object.drafted.file.clone(), verdict: object.verdict, findings: object.findings.clone() }
    }
}

/// Why a rehearsal ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RehearsalError {
    /// The request or a file it names.
    Request(RequestError),
    /// The machine's clock.
    Clock(ClockFault),
    /// The online side would refuse or hold what would be signed.
    Refused {
        /// Which objects, and why.
        objects: Vec<RefusedObject>,
        /// As of when.
        judged_at: Timestamp,
    },
    /// The online side would hold now what it would not have held when it was rehearsed.
    HeldSince {
        /// Which object.
        file: String,
        /// For what.
        rules: BTreeSet<Rule>,
    },
    /// An older version rehearsed it, and did not write down what the online side would hold.
    OfOlderVersion,
    /// A draft does not say what was meant: a fault of this program.
    ReadBack {
        /// Which object.
        file: String,
        /// What differs.
        error: ReadBackError,
    },
    /// The machine gave no randomness.
    NoRandomness,
}

impl From<RequestError> for RehearsalError {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl fmt::Display for RehearsalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(error) => error.fmt(f),
            Self::Clock(fault) => fault.fmt(f),
            Self::Refused { objects, judged_at } => {
                for (index, object) in objects.iter().enumerate() {
                    let gap = if index > 0 { "\n" } else { "" };
                    write!(f, "{gap}{}: the online side would say {} as of {judged_at}", object.file, object.verdict)?;
                    for finding in &object.findings {
                        write!(f, "\n{}", finding_text(finding))?;
                    }
                }
                Ok(())
            }
            Self::HeldSince { file, rules } => {
                let rules: Vec<&str> = rules.iter().map(|rule| rule.id()).collect();
                let rules = rules.join(", ");
                write!(f, "{file}: the online side would now hold it for {rules}, which the rehearsal did not show")
            }
            Self::OfOlderVersion => f.write_str(
                "SIGN-REHEARSED: an older version rehearsed this, and did not write down what the online side would hold",
            ),
            Self::ReadBack { file, error } => write!(f, "{file}: {error}"),
            Self::NoRandomness => f.write_str("the machine's random number source failed"),
        }
    }
}

impl std::error::Error for RehearsalError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Request(error) => std::error::Error::source(error),
            Self::Clock(fault) => std::error::Error::source(fault),
            Self::ReadBack { error, .. } => std::error::Error::source(error),
            Self::Refused { .. } | Self::HeldSince { .. } | Self::OfOlderVersion | Self::NoRandomness => None,
        }
    }
}

impl RehearsalError {
    /// The full diagnosis.
    #[must_use]
    pub fn diagnosis(&self) -> Diagnosis {
        let what = "The rehearsal was stopped. No key was used, no number burned, and nothing was written or sent.";
        let next = match self {
            Self::Request(error) => return error.diagnosis(),
            Self::Clock(_) => "Set the clock from a trusted source, never from a link, and rehearse again.",
            Self::Refused { .. } => {
                "Change the request so that it satisfies the named rules, have it reviewed, and rehearse again."
            }
            Self::HeldSince { .. } | Self::OfOlderVersion => "Rehearse again, and have the new rehearsal approved.",
            Self::ReadBack { .. } => "Stop, and report this fault together with the request.",
            Self::NoRandomness => "Restart the machine, and rehearse again.",
        };
        Diagnosis::new(Label::RequestRefused, what, self.to_string(), next)
    }
}

//! One object, rehearsed.

use std::fmt;

use rootcast_pki::finding::Findings;
use rootcast_pki::stage::Outcome;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::words;
use serde::Serialize;

use crate::ceremony::draft::DraftedObject;

/// What the online side would say of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnlineVerdict {
    /// It would publish it.
    Accepted,
    /// It has it already.
    NoOp,
    /// It would wait for a recorded human decision.
    Held,
    /// It would refuse it.
    Rejected,
}

impl<T> From<&Outcome<T>> for OnlineVerdict {
    fn from(outcome: &Outcome<T>) -> Self {
        match outcome {
            Outcome::Accepted(_) => Self::Accepted,
            Outcome::NoOp => Self::NoOp,
            Outcome::Held => Self::Held,
            Outcome::Rejected => Self::Rejected,
        }
    }
}

impl fmt::Display for OnlineVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accepted => "accepted",
            Self::NoOp => "no-op",
            Self::Held => "held",
            Self::Rejected => "rejected",
        })
    }
}

/// One object, rehearsed.
#[derive(Debug)]
pub struct RehearsedObject {
    /// What will be signed, and what is meant.
    pub drafted: DraftedObject,
    /// The whole object under the ephemeral key.
    pub(super) sample: Vec<u8>,
    /// What the online side would say.
    pub verdict: OnlineVerdict,
    /// Whether that ends the rehearsal. A hold that people have to expect there (a first CRL, a new key of a known CA) does
    /// not.
    pub(super) is_refused: bool,
    /// Everything that was found.
    pub findings: Findings,
}

impl RehearsedObject {
    /// SHA-256 of the bytes to be signed.
    #[must_use]
    pub fn sha256(&self) -> Digest {
        Digest::of(&self.drafted.to_be_signed)
    }

    /// Its words.
    #[must_use]
    pub fn words(&self) -> String {
        words::spell(self.sha256().as_bytes(), words::SHORT)
    }
}

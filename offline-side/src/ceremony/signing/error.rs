//! Why a signing released nothing, or could not record everything.

use std::fmt;

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::disk::DiskError;

use crate::ceremony::key::error::KeyError;
use crate::ceremony::read_back::ReadBackError;
use crate::store::journal::JournalError;
use crate::store::state::StateError;

/// Why a signing released nothing, or could not record everything.
#[derive(Debug)]
pub enum SigningError {
    /// The number could not be made durable: the key was not used.
    NotBurned(StateError),
    /// Of what was released, the state could not take note.
    State(StateError),
    /// The journal could not be written.
    Journal(JournalError),
    /// The key gave no signature, or a wrong one.
    Key(KeyError),
    /// What came back is not what was approved.
    ReadBack {
        /// Which object.
        file: String,
        /// What differs.
        error: ReadBackError,
    },
    /// What was signed cannot be put together, or is no issuer.
    NotAssembled {
        /// Why.
        why: String,
    },
    /// What is in `signed/` has no entry in the journal: it is not what the key signed there.
    NotAsSigned {
        /// Which object.
        file: String,
        /// SHA-256 of the file, hexadecimal.
        sha256: String,
    },
    /// The signed objects could not be written to the rehearsal's folder.
    Release(DiskError),
    /// They were released; not all of it could be written down.
    Afterwards {
        /// Why.
        why: String,
    },
}

impl From<DiskError> for SigningError {
    fn from(error: DiskError) -> Self {
        Self::Release(error)
    }
}

impl fmt::Display for SigningError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotBurned(error) | Self::State(error) => error.fmt(f),
            Self::Journal(error) => error.fmt(f),
            Self::Key(error) => error.fmt(f),
            Self::ReadBack { file, error } => write!(f, "{file}: {error}"),
            Self::NotAsSigned { file, sha256 } => {
                write!(f, "signed/{file} has the SHA-256 {sha256}, and no journal entry says that the key signed it")
            }
            Self::NotAssembled { why } | Self::Afterwards { why } => f.write_str(why),
            Self::Release(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SigningError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotBurned(error) | Self::State(error) => std::error::Error::source(error),
            Self::Journal(error) => std::error::Error::source(error),
            Self::Key(error) => std::error::Error::source(error),
            Self::ReadBack { error, .. } => std::error::Error::source(error),
            Self::Release(error) => std::error::Error::source(error),
            Self::NotAssembled { .. } | Self::NotAsSigned { .. } | Self::Afterwards { .. } => None,
        }
    }
}

impl SigningError {
    /// The full diagnosis. `number` is the CRL number of this ceremony, if there is one.
    #[must_use]
    pub fn diagnosis(&self, number: Option<&str>) -> Diagnosis {
        let used = number.map_or_else(
            || "This rehearsal is used up: it cannot be signed again".to_owned(),
            |number| format!("CRL number {number} is burned: it is never used again"),
        );
        let what = format!("Nothing was released or sent. {used}.");
        let again = "Rehearse again, have the new rehearsal approved, and sign it. The journal records what happened.";
        match self {
            Self::NotBurned(error) => error.diagnosis(
                "The number could not be recorded safely, so it may be burned. The key was not used. Nothing was released or sent.",
            ),
            Self::Key(error) => {
                let told = error.diagnosis(what);
                Diagnosis { next: format!("{} {again}", told.next), ..told }
            }
            Self::ReadBack { .. } | Self::NotAssembled { .. } => {
                let next = format!("Stop: find out why the token or this machine did that. {again}");
                Diagnosis::new(Label::ReadBackFailed, what, self.to_string(), next)
            }
            Self::NotAsSigned { .. } => Diagnosis::new(
                Label::ReadBackFailed,
                "An earlier signing was interrupted, and signed/ does not hold what it signed. Nothing was signed now, nothing sent.",
                self.to_string(),
                "Do not send the content of signed/. Keep the folder as it is, find out who changed it, and rehearse again.",
            ),
            Self::Release(_) | Self::Journal(_) => {
                let next = format!("Check the disk and its free space. {again}");
                Diagnosis::new(Label::StorageFailed, what, self.to_string(), next)
            }
            Self::Afterwards { .. } | Self::State(_) => Diagnosis::new(
                Label::StorageFailed,
                "Signed and released, but the state or journal could not be written. Nothing was sent.",
                self.to_string(),
                "Check the disk, then run this command again before any other ceremony. It completes the records and uses no key.",
            ),
        }
    }

    /// The full diagnosis of [`super::Signing::finish`]: the objects are released, and no key was used.
    #[must_use]
    pub(crate) fn diagnosis_of_finishing(&self) -> Diagnosis {
        match self {
            Self::NotAsSigned { .. } => self.diagnosis(None),
            other => Diagnosis::new(
                Label::StorageFailed,
                "An earlier run signed and released, but was interrupted, and the records could not be completed. Nothing was signed now, nothing sent.",
                other.to_string(),
                "Check the disk and its free space, then run this command again: it uses no key.",
            ),
        }
    }
}

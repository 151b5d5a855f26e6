//! Why a state directory cannot be used, and what to do then.

use std::fmt;
use std::path::PathBuf;

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::disk::DiskError;
use rootcast_host::state_folder::occupied;
use rootcast_host::state_lock::{LockError, OtherUser};

use crate::store::layout::RECORD;

/// Why a state directory cannot be used.
#[derive(Debug)]
pub enum StateError {
    /// Nothing is trusted there.
    NotEnrolled {
        /// Where.
        folder: PathBuf,
    },
    /// There was a state, and its record is gone.
    Lost {
        /// Where.
        folder: PathBuf,
    },
    /// There is none, and the folder holds something else: a state is not made beside it.
    Occupied {
        /// Where.
        folder: PathBuf,
        /// A name there.
        foreign_file: String,
    },
    /// A file of the state is not what it should be.
    Broken {
        /// Which one.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Another process has it.
    InUse {
        /// The lock file.
        path: PathBuf,
        /// Who.
        by: String,
    },
    /// It belongs to another user.
    OtherUser(OtherUser),
    /// Reading or writing failed.
    Disk(DiskError),
}

impl From<DiskError> for StateError {
    fn from(error: DiskError) -> Self {
        Self::Disk(error)
    }
}

impl From<LockError> for StateError {
    fn from(error: LockError) -> Self {
        match error {
            LockError::InUse { path, by } => Self::InUse { path, by },
            LockError::OtherUser(other) => Self::OtherUser(other),
            LockError::Disk(error) => Self::Disk(error),
        }
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotEnrolled { folder } if folder.is_dir() => write!(f, "{} trusts no root", folder.display()),
            Self::NotEnrolled { folder } if folder.exists() => write!(f, "{} is not a directory", folder.display()),
            Self::NotEnrolled { folder } => write!(f, "there is no directory {}", folder.display()),
            Self::Lost { folder } => {
                write!(f, "STATE-LOST: {} was in use, and its {RECORD} is missing", folder.display())
            }
            Self::Occupied { folder, foreign_file } => f.write_str(&occupied(folder, foreign_file, "").why),
            Self::Broken { path, why } => write!(f, "{}: {why}", path.display()),
            Self::InUse { path, by } => write!(f, "{} is held by {by}", path.display()),
            Self::OtherUser(other) => other.fmt(f),
            Self::Disk(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Disk(error) => std::error::Error::source(error),
            _ => None,
        }
    }
}

impl StateError {
    /// The full diagnosis. `what` says what happened and whether anything was sent.
    #[must_use]
    pub fn diagnosis(&self, what: impl Into<String>) -> Diagnosis {
        let what: String = what.into();
        let (label, next) = match self {
            Self::Occupied { folder, foreign_file } => return occupied(folder, foreign_file, &what),
            Self::NotEnrolled { .. } => (
                Label::NotEnrolled,
                "Check --state and ROOTCAST_STATE first: a mistyped path looks the same, and so does a state that was \
                     removed. Only at a first start: rootcast-offline trust --state DIR --root ROOT.crt",
            ),
            Self::Lost { .. } => (
                Label::StateLost,
                "Restore the state directory from its backup. A new one would forget every used number.",
            ),
            Self::Broken { .. } => {
                (Label::StateBroken, "Restore the state directory from its backup, and find out who changed it.")
            }
            Self::InUse { .. } => (Label::StateLocked, "Wait for the other run to end, then run this command again."),
            Self::OtherUser(other) => {
                return Diagnosis::new(Label::OtherUser, what, self.to_string(), other.next());
            }
            Self::Disk(error) => {
                let next = format!("{}, then run this command again.", error.next());
                return Diagnosis::new(Label::StorageFailed, what, self.to_string(), next);
            }
        };
        Diagnosis::new(label, what, self.to_string(), next)
    }
}

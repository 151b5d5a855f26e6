//! Why a state directory cannot be used, and what to do then.

use std::fmt;
use std::path::PathBuf;

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::disk::DiskError;
use rootcast_host::state_lock::LockError;

use crate::limits::LOCK_WAIT;

/// Why state cannot be used.
#[derive(Debug)]
pub enum StateError {
    /// No root was ever enrolled here.
    NotEnrolled(PathBuf),
    /// A root was enrolled here, and what was accepted since is gone (rule STATE-LOST).
    Lost {
        /// What is missing.
        path: PathBuf,
    },
    /// A file of the state is not what the state says it is.
    Broken {
        /// Which.
        path: PathBuf,
        /// How it differs.
        why: String,
    },
    /// Another process uses it.
    InUse {
        /// The lock file.
        path: PathBuf,
        /// What that process says about itself.
        by: String,
    },
    /// Another process held it for as long as a commit waits.
    StillInUse {
        /// The lock file.
        path: PathBuf,
        /// What that process says about itself.
        by: String,
    },
    /// What was to be committed was judged against another generation than the current one.
    Outdated {
        /// The generation it was judged against.
        made: u64,
        /// The current one.
        current: u64,
    },
    /// The disk failed.
    Disk(DiskError),
}

impl From<LockError> for StateError {
    fn from(error: LockError) -> Self {
        match error {
            LockError::InUse { path, by } => Self::InUse { path, by },
            LockError::Disk(error) => Self::Disk(error),
        }
    }
}

impl From<DiskError> for StateError {
    fn from(error: DiskError) -> Self {
        Self::Disk(error)
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotEnrolled(dir) if dir.is_dir() => write!(f, "no root is enrolled in {}", dir.display()),
            Self::NotEnrolled(dir) if dir.exists() => write!(f, "{} is no directory", dir.display()),
            Self::NotEnrolled(dir) => write!(f, "there is no directory {}", dir.display()),
            Self::Lost { path } => write!(f, "STATE-LOST: {} is missing, and a root was enrolled here", path.display()),
            Self::Broken { path, why } => write!(f, "{}: {why}", path.display()),
            Self::InUse { path, by } => write!(f, "{} is held by {by}", path.display()),
            Self::StillInUse { path, by } => {
                write!(f, "{} was held by {by} for {} s", path.display(), LOCK_WAIT.as_secs())
            }
            Self::Outdated { made, current } => {
                write!(f, "it was judged against generation {made}, and generation {current} is the state now")
            }
            Self::Disk(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Disk(error) => Some(error),
            _ => None,
        }
    }
}

impl From<StateError> for Diagnosis {
    fn from(error: StateError) -> Self {
        let why = error.to_string();
        let (label, what, next) = match error {
            StateError::NotEnrolled(_) => (
                Label::NotEnrolled,
                "Nothing was done: this state directory pins no root.",
                "Check --state and ROOTCAST_STATE first: a mistyped path looks the same, and so does a state that was removed. Only at a \
                 first start: rootcast-online enrol --state DIR --root ROOT.crt",
            ),
            StateError::Lost { .. } => (
                Label::StateLost,
                "Nothing was published: what was accepted here before cannot be found.",
                "Do not enrol again: a lost CRL number lets an old CRL in. Restore the state directory from its backup.",
            ),
            StateError::Broken { .. } => (
                Label::StateBroken,
                "Nothing was published: a file of the state is not what was committed.",
                "Find out who changed it. Restore the state directory from its backup; see docs/runbook-online.md.",
            ),
            StateError::InUse { .. } => (
                Label::StateLocked,
                "Nothing was done: another process uses this state directory.",
                "Wait until it has ended, or stop it, then run the same command again.",
            ),
            StateError::StillInUse { .. } => (
                Label::StateLocked,
                "Nothing further was published: another process did not let this state go. What was received is kept.",
                "Find out what that process waits for, or stop it, then run the same command again.",
            ),
            StateError::Outdated { .. } => (
                Label::StateLocked,
                "Nothing further was published: another process changed this state meanwhile.",
                "Run the same command again: it is judged against the state as it is then.",
            ),
            StateError::Disk(_) => (
                Label::StorageFailed,
                "Nothing further was published; what was published before is unchanged.",
                "Check the disk (full? read-only? permissions?), then run the same command again.",
            ),
        };
        Self::new(label, what, why, next)
    }
}

//! Errors of a state directory: why it cannot be used, and what to do.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::disk::DiskError;
use rootcast_host::permission;
use rootcast_host::state_lock::{LockError, OtherUser};
use rootcast_pki::stop::Stopped;

use super::layout::{GENERATIONS, LINK};
use crate::limits::LOCK_WAIT;

/// A kind of link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkForm {
    /// A second name of a file (link(2)).
    Hard,
    /// A name that holds a path (symlink(2)).
    Symbolic,
}

impl fmt::Display for LinkForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hard => "hard links",
            Self::Symbolic => "symbolic links",
        })
    }
}

/// Why state cannot be used.
#[derive(Debug)]
pub enum StateError {
    /// No root was ever trusted here.
    NotEnrolled(PathBuf),
    /// A root was trusted here, and the accepted state is missing (rule STATE-LOST).
    Lost {
        /// What is missing.
        path: PathBuf,
    },
    /// The state directory was removed, or another one put in its place, while this process listened.
    Removed {
        /// The state directory.
        dir: PathBuf,
    },
    /// A receipt of an earlier generation is missing; everything that decides is there.
    ReceiptLost {
        /// Which one.
        path: PathBuf,
    },
    /// A file of the state is not what was committed.
    Broken {
        /// Which one.
        path: PathBuf,
        /// How it differs.
        why: String,
    },
    /// Another process uses it.
    InUse {
        /// The lock file.
        path: PathBuf,
        /// The name of that process.
        by: String,
    },
    /// As many receivers as may listen into it.
    AllListening {
        /// The lock file of their symbols.
        path: PathBuf,
        /// What each of them wrote about itself.
        receivers: Vec<String>,
    },
    /// Another process held it for as long as a commit waits.
    StillInUse {
        /// The lock file.
        path: PathBuf,
        /// The name of that process.
        by: String,
    },
    /// The generation that was being read is gone: other processes have committed two since.
    Replaced {
        /// The folder of that generation.
        folder: PathBuf,
    },
    /// The state belongs to another user.
    OtherUser(OtherUser),
    /// What was to be committed was judged against another generation than the current one.
    Outdated {
        /// The generation it was judged against.
        made: u64,
        /// The current one.
        current: u64,
    },
    /// A signal or the deadline came while an item was judged: there is no verdict, and nothing was to be committed.
    Stopped(Stopped),
    /// The file system of the state lacks a kind of link that every commit needs.
    NoLinks {
        /// The state directory.
        dir: PathBuf,
        /// Which kind.
        form: LinkForm,
        /// What the system said.
        source: io::Error,
    },
    /// The disk failed.
    Disk(DiskError),
}

impl From<Stopped> for StateError {
    fn from(stopped: Stopped) -> Self {
        Self::Stopped(stopped)
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

impl From<DiskError> for StateError {
    fn from(error: DiskError) -> Self {
        Self::Disk(error)
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotEnrolled(dir) if is_offline_state(dir) => {
                write!(f, "{} is a state of rootcast-offline, and not of this program", dir.display())
            }
            Self::NotEnrolled(dir) if dir.is_dir() => write!(f, "the directory {} trusts no root", dir.display()),
            Self::NotEnrolled(dir) if dir.exists() => write!(f, "{} is not a directory", dir.display()),
            Self::NotEnrolled(dir) => write!(f, "there is no directory {}", dir.display()),
            Self::Lost { path } => write!(f, "STATE-LOST: {} is missing, but a root was trusted here", path.display()),
            Self::Removed { dir } => {
                write!(f, "STATE-LOST: {} is not the directory any more that this run began with", dir.display())
            }
            Self::ReceiptLost { path } => {
                write!(f, "STATE-LOST: {} is missing, which the receipt after it names", path.display())
            }
            Self::Broken { path, why } => write!(f, "{}: {why}", path.display()),
            Self::InUse { path, by } => write!(f, "{} is held by {by}", path.display()),
            Self::AllListening { path, receivers } => {
                let (path, many) = (path.display(), receivers.len());
                write!(f, "{path} is held by {many} receivers: {}", receivers.join("; "))
            }
            Self::StillInUse { path, by } => {
                write!(f, "{} was held by {by} for {} s", path.display(), LOCK_WAIT.as_secs())
            }
            Self::Replaced { folder } => {
                write!(f, "{} was replaced by newer generations while it was being read", folder.display())
            }
            Self::OtherUser(other) => other.fmt(f),
            Self::Outdated { made, current } => {
                write!(f, "it was judged against generation {made}, but the state is now generation {current}")
            }
            Self::Stopped(stopped) => stopped.fmt(f),
            Self::NoLinks { dir, form, source } => {
                write!(f, "the file system of {} has no {form}, which every commit needs: {source}", dir.display())
            }
            Self::Disk(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Disk(error) => std::error::Error::source(error),
            Self::Stopped(stopped) => std::error::Error::source(stopped),
            Self::NoLinks { source, .. } => std::error::Error::source(source),
            _ => None,
        }
    }
}

/// Whether this is a state of the other program.
fn is_offline_state(dir: &Path) -> bool {
    dir.join("journal.jsonl").is_file() || dir.join("state.json").is_file()
}

/// Whether a path of a state is the published tree or in it: in a generation, or the link that names one.
fn is_served(path: &Path) -> bool {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str()).collect();
    let is_in_generation =
        |three: &[&std::ffi::OsStr]| matches!(three, [first, _, third] if *first == GENERATIONS && *third == LINK);
    path.file_name().is_some_and(|name| name == LINK) || parts.windows(3).any(is_in_generation)
}

impl From<StateError> for Diagnosis {
    fn from(error: StateError) -> Self {
        let why = error.to_string();
        let (label, what, next) = match error {
            StateError::OtherUser(other) => {
                let what = "Nothing was done: this state directory belongs to another user.";
                return Self::new(Label::OtherUser, what, why, other.next());
            }
            StateError::NotEnrolled(dir) if is_offline_state(&dir) => (
                Label::NotEnrolled,
                "Nothing was done: this is a state directory of the other program.",
                "Give the state directory of rootcast-online with --state or ROOTCAST_STATE.",
            ),
            StateError::NotEnrolled(_) => (
                Label::NotEnrolled,
                "Nothing was done: this state directory trusts no root.",
                "Check --state and ROOTCAST_STATE first: a mistyped path looks the same, and so does a state that was removed. Only at a \
                 first start: rootcast-online trust --state DIR --root ROOT.crt",
            ),
            StateError::Lost { .. } => (
                Label::StateLost,
                "Nothing was published: the state that was accepted here is missing.",
                "Do not run `trust` again: without the last CRL number, an old CRL would be accepted. Restore the state directory from its backup.",
            ),
            StateError::Removed { .. } => (
                Label::StateLost,
                "Nothing further was published: the state directory was removed or replaced while this run listened.",
                "If you have just restored or moved it, run `rootcast-online status`, then the same command again. Otherwise \
                 find out who removed it, and restore it from its backup. Do not run `trust` again: without the last CRL \
                 number, an old CRL would be accepted.",
            ),
            StateError::ReceiptLost { .. } => (
                Label::StateLost,
                "An earlier receipt is missing. What is accepted and published is as it was.",
                "Copy that one file back from a backup of the state directory, and find out who removed it. `status` and \
                 `receive` work without it; the chain of receipts can be verified again only with it.",
            ),
            StateError::Broken { path, .. } if path.file_name().is_some_and(|name| name == LINK) => (
                Label::StateBroken,
                "Nothing was published by this run, but the link to the published tree is not what was committed, and a web \
                 server may follow it.",
                "Stop serving it. Look where the link `published` leads now, and find out who changed it. Then restore the state \
                 directory from its backup.",
            ),
            StateError::Broken { path, .. } if is_served(&path) => (
                Label::StateBroken,
                "Nothing was published by this run, but a published file was changed, and a web server may serve it.",
                "Stop serving it. Keep a copy of the state directory as it is, and find out who changed it. Then restore the state \
                 directory from its backup.",
            ),
            StateError::Broken { .. } => (
                Label::StateBroken,
                "Nothing was published: a file of the state is not what was committed.",
                "Find out who changed it. Restore the state directory from its backup.",
            ),
            StateError::AllListening { .. } => (
                Label::StateLocked,
                "Nothing was done: no further receiver can listen into this state directory.",
                "Wait until one of them ends, or stop one. Then run the same command again.",
            ),
            StateError::InUse { .. } => (
                Label::StateLocked,
                "Nothing was done: another process uses this state directory.",
                "Wait until it has ended: a backup has the lock while it copies. Then run the same command again.",
            ),
            StateError::StillInUse { .. } => (
                Label::StateLocked,
                "Nothing further was published: another process kept this state locked. Received symbols are kept.",
                "Wait until that process has ended: a backup has the lock while it copies. If it does not end, find out why it \
                 waits. Then run the same command again: what was received is judged then.",
            ),
            StateError::Replaced { .. } => (
                Label::StateLocked,
                "Nothing was done: another process changed this state in the meantime.",
                "Run the same command again: it then sees the new state.",
            ),
            StateError::Outdated { .. } => (
                Label::StateLocked,
                "Nothing further was published: another process changed this state in the meantime.",
                "Run the same command again: the object is then judged against the new state.",
            ),
            StateError::Stopped(_) => (
                Label::Interrupted,
                "Nothing was published: the run was to end before everything was judged.",
                "Run the same command again.",
            ),
            StateError::NoLinks { .. } => (
                Label::StorageFailed,
                "Nothing was done: this file system cannot hold a state.",
                "Put the state directory on a file system of Linux (ext4, xfs, btrfs): a USB stick with FAT or exFAT, and some network \
                 drives, cannot hold it.",
            ),
            StateError::Disk(error) if error.source.kind() == io::ErrorKind::PermissionDenied => {
                let what = "This user may not use a file of the state. What is published is as it was.";
                let refusal = permission::refusal_of(&error.path);
                return Self::new(Label::StorageFailed, what, format!("{why}. {}", refusal.why), refusal.next);
            }
            StateError::Disk(error) if error.source.kind() == io::ErrorKind::NotFound => (
                Label::StorageFailed,
                "Nothing further was published; what was published before is unchanged.",
                "Find out why it is missing: somebody may have removed it during this run. Then run the same command again.",
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

//! Why a rehearsal folder is not written, or not used.

use std::fmt;
use std::path::PathBuf;

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::disk::DiskError;
use rootcast_protocol::digest::Digest;

use crate::ceremony::request::RequestError;

/// Why a rehearsal folder is not written, or not used.
#[derive(Debug)]
pub enum FolderError {
    /// There is something of that name.
    Exists {
        /// Which one.
        folder: PathBuf,
    },
    /// Reading or writing failed.
    Disk(DiskError),
    /// There is no such folder.
    NoFolder {
        /// Which one.
        folder: PathBuf,
    },
    /// A file that should be there is not.
    Missing {
        /// Which one.
        path: String,
    },
    /// A file is there that no rehearsal left, or one that is no file.
    Unexpected {
        /// Which one.
        path: String,
    },
    /// A file is larger than any of a rehearsal.
    TooLarge {
        /// Which one.
        path: String,
        /// The most bytes.
        size_max: u64,
    },
    /// A file has another digest.
    Changed {
        /// Which one.
        path: String,
        /// SHA-256 of what is there.
        found: Digest,
        /// SHA-256 of what was rehearsed.
        wanted: Digest,
    },
    /// The listing is not of its form.
    Listing {
        /// Which line, counted from 1.
        line: usize,
    },
    /// What was decided cannot be read, or does not fit the request.
    Choices {
        /// Why.
        why: String,
    },
    /// The change of the rule for approvals cannot be read, or is not what the site's files say.
    Change {
        /// Why.
        why: String,
    },
    /// The request kept there, or a file it names, is refused now.
    Request(RequestError),
    /// Built again from the request, the bytes to be signed are others.
    Rebuilt {
        /// Which one.
        path: String,
        /// SHA-256 of what was built now.
        found: Digest,
        /// SHA-256 of what was rehearsed.
        wanted: Digest,
    },
}

impl fmt::Display for FolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists { folder } => write!(f, "{} exists already", folder.display()),
            Self::Disk(error) => error.fmt(f),
            Self::NoFolder { folder } => write!(f, "{}: No such file or directory", folder.display()),
            Self::Missing { path } => write!(f, "SIGN-REHEARSED: {path} is missing"),
            Self::Unexpected { path } => write!(f, "SIGN-REHEARSED: {path} is not part of the rehearsal"),
            Self::TooLarge { path, size_max } => {
                write!(f, "SIGN-REHEARSED: {path} is larger than {size_max} bytes, the most for a file of a rehearsal")
            }
            Self::Changed { path, found, wanted } => {
                write!(f, "SIGN-REHEARSED: {path} has the SHA-256 {found}; the rehearsal had {wanted}")
            }
            Self::Listing { line } => {
                write!(f, "SIGN-REHEARSED: to-be-signed.txt, line {line}: the line is not SHA-256, words, path")
            }
            Self::Choices { why } => write!(f, "SIGN-REHEARSED: rehearsal.json: {why}"),
            Self::Change { why } => write!(f, "SIGN-REHEARSED: approvals.json: {why}"),
            Self::Request(error) => error.fmt(f),
            Self::Rebuilt { path, found, wanted } => write!(
                f,
                "SIGN-REHEARSED: {path}, built again from the request, has the SHA-256 {found}; the rehearsal had {wanted}"
            ),
        }
    }
}

impl std::error::Error for FolderError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Disk(error) => std::error::Error::source(error),
            Self::Request(error) => std::error::Error::source(error),
            _ => None,
        }
    }
}

impl From<DiskError> for FolderError {
    fn from(error: DiskError) -> Self {
        Self::Disk(error)
    }
}

impl FolderError {
    /// The full diagnosis.
    #[must_use]
    pub fn diagnosis(&self) -> Diagnosis {
        match self {
            Self::Exists { .. } => Diagnosis::new(
                Label::OutputExists,
                "The rehearsal was not written. No key was used, no number burned, and nothing was sent.",
                self.to_string(),
                "Name a folder that does not exist yet.",
            ),
            Self::NoFolder { .. } => Diagnosis::new(
                Label::FileUnreadable,
                "There is no such rehearsal folder. No key was used and nothing was sent.",
                self.to_string(),
                "Name the folder that `ceremony rehearse` wrote.",
            ),
            Self::Disk(error) => Diagnosis::new(
                Label::StorageFailed,
                "The rehearsal folder could not be written or read. No key was used and nothing was sent.",
                self.to_string(),
                format!("{}, then run this command again.", error.next()),
            ),
            _ => Diagnosis::new(
                Label::RehearsalChanged,
                "The folder changed after the rehearsal. No key was used and nothing was sent.",
                self.to_string(),
                "Find out who changed it. Then rehearse again into a new folder, and have the new folder approved.",
            ),
        }
    }
}

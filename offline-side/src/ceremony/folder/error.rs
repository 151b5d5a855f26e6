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
        /// Which.
        folder: PathBuf,
    },
    /// Reading or writing failed.
    Disk(DiskError),
    /// There is no such folder.
    NoFolder {
        /// Which.
        folder: PathBuf,
    },
    /// A file that should be there is not.
    Missing {
        /// Which.
        path: String,
    },
    /// A file is there that no rehearsal left, or one that is no file.
    Unexpected {
        /// Which.
        path: String,
    },
    /// A file is larger than any of a rehearsal.
    TooLarge {
        /// Which.
        path: String,
        /// The most bytes.
        size_max: u64,
    },
    /// A file has another digest.
    Changed {
        /// Which.
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
    /// The request kept there, or a file it names, is refused now.
    Request(RequestError),
    /// Built again from the request, the bytes to be signed are others.
    Rebuilt {
        /// Which.
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
            Self::Unexpected { path } => write!(f, "SIGN-REHEARSED: {path} is there, and no rehearsal left it"),
            Self::TooLarge { path, size_max } => {
                write!(f, "SIGN-REHEARSED: {path} has more than the {size_max} bytes a file of a rehearsal can have")
            }
            Self::Changed { path, found, wanted } => {
                write!(f, "SIGN-REHEARSED: {path} has the SHA-256 {found}; rehearsed was {wanted}")
            }
            Self::Listing { line } => {
                write!(f, "SIGN-REHEARSED: to-be-signed.txt, line {line}: not of the form SHA-256, words, path")
            }
            Self::Choices { why } => write!(f, "SIGN-REHEARSED: rehearsal.json: {why}"),
            Self::Request(error) => error.fmt(f),
            Self::Rebuilt { path, found, wanted } => write!(
                f,
                "SIGN-REHEARSED: built again from the request, {path} has the SHA-256 {found}; rehearsed was {wanted}"
            ),
        }
    }
}

impl std::error::Error for FolderError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Disk(error) => Some(error),
            Self::Request(error) => Some(error),
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
    /// The error told in full.
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
                "Name the DIR that `ceremony rehearse` wrote.",
            ),
            Self::Disk(_) => Diagnosis::new(
                Label::StorageFailed,
                "The rehearsal folder could not be written or read. No key was used and nothing was sent.",
                self.to_string(),
                "Check the path, the permissions and the room left on the disk, then run this command again.",
            ),
            _ => Diagnosis::new(
                Label::RehearsalChanged,
                "The folder is not what the rehearsal left. No key was used and nothing was sent.",
                self.to_string(),
                "Find out who changed it. Then rehearse again into a new folder, and have that one approved.",
            ),
        }
    }
}

//! Why no record could be written.

use std::fmt;

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::disk::DiskError;

use crate::ceremony::folder::FolderError;
use crate::store::journal::JournalError;

const NOTHING: &str = "No record was written. Nothing was signed or sent.";

/// Why there is no record.
#[derive(Debug)]
pub(crate) enum RecordError {
    /// The rehearsal's folder changed.
    Folder(FolderError),
    /// The journal's entries in the folder were changed.
    Entries(JournalError),
    /// Reading or writing failed.
    Disk(DiskError),
}

impl From<DiskError> for RecordError {
    fn from(error: DiskError) -> Self {
        Self::Disk(error)
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(error) => error.fmt(f),
            Self::Entries(error) => error.fmt(f),
            Self::Disk(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RecordError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Folder(error) => std::error::Error::source(error),
            Self::Entries(error) => std::error::Error::source(error),
            Self::Disk(error) => std::error::Error::source(error),
        }
    }
}

impl RecordError {
    /// The full diagnosis.
    #[must_use]
    pub(crate) fn diagnosis(&self) -> Diagnosis {
        match self {
            Self::Folder(error) => error.diagnosis(),
            Self::Entries(error) => error.diagnosis(NOTHING),
            Self::Disk(error) => Diagnosis::new(
                Label::StorageFailed,
                NOTHING,
                error.to_string(),
                format!("{}, then run `ceremony record` again.", error.next()),
            ),
        }
    }
}

//! The two files of a record in its folder.

use std::path::{Path, PathBuf};

use rootcast_host::disk::Disk;

use super::error::RecordError;
use super::{contents, markdown, pdf};
use crate::ceremony::folder::layout::{MARKDOWN, PDF};

/// A record that was written.
#[derive(Debug)]
pub(crate) struct WrittenRecord {
    /// `record.md` and `record.pdf`.
    pub(crate) paths: [PathBuf; 2],
    /// What it says above everything else.
    pub(crate) banner: Option<String>,
    /// Whether it is of more than a rehearsal: of a signing that began, or of a change that was approved and made.
    pub(crate) is_of_signing: bool,
}

/// Writes `record.md` and `record.pdf` into the folder.
///
/// # Errors
/// [`RecordError`].
pub(crate) fn write(disk: &dyn Disk, folder: &Path) -> Result<WrittenRecord, RecordError> {
    let (document, is_of_signing) = contents::document(folder)?;
    let paths = [folder.join(MARKDOWN), folder.join(PDF)];
    let [text, pages] = &paths;
    disk.replace(text, markdown::text(&document).as_bytes())?;
    disk.replace(pages, &pdf::pages(&document))?;
    Ok(WrittenRecord { paths, banner: document.banner, is_of_signing })
}

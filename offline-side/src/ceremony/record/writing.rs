//! The two files of a record in its folder.

use std::path::{Path, PathBuf};

use rootcast_host::disk::Disk;

use super::error::RecordError;
use super::{contents, markdown, pdf};
use crate::ceremony::folder::layout::{MARKDOWN, PDF};

/// Writes `record.md` and `record.pdf` into the folder; gives their paths, and what the record says above everything else.
///
/// # Errors
/// [`RecordError`].
pub(crate) fn write(disk: &dyn Disk, folder: &Path) -> Result<([PathBuf; 2], Option<String>), RecordError> {
    let document = contents::document(folder)?;
    let paths = [folder.join(MARKDOWN), folder.join(PDF)];
    let [text, pages] = &paths;
    disk.replace(text, markdown::text(&document).as_bytes())?;
    disk.replace(pages, &pdf::pages(&document))?;
    Ok((paths, document.banner))
}

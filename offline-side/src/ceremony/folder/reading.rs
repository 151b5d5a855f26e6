//! Bounded reading of the files in a rehearsal's folder. Anybody may have put something there: a pipe would be waited for,
//! and a huge file would take all memory.

use std::io::{self, Read as _};
use std::path::Path;

use rootcast_host::disk::DiskError;
use rootcast_host::input_file::open_regular;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::limits::ITEM_SIZE_MAX;

use super::error::FolderError;
use super::layout::LISTING;

/// The most bytes of the listing: some 400 lines.
pub(super) const LISTING_SIZE_MAX: u64 = 256 * 1024;

/// Why a file is not read.
enum Unreadable {
    /// It is a pipe, a folder, a symbolic link, …
    NoFile,
    TooLarge,
    Failed(io::Error),
}

fn bounded(path: &Path, size_max: u64) -> Result<Vec<u8>, Unreadable> {
    let metadata = path.symlink_metadata().map_err(Unreadable::Failed)?;
    if !metadata.is_file() {
        return Err(Unreadable::NoFile);
    }
    // What is there may have changed since: it is opened without waiting, and not read to its end.
    let file = open_regular(path).map_err(|why| Unreadable::Failed(io::Error::other(why)))?;
    let mut bytes = Vec::new();
    if metadata.len() <= size_max {
        file.take(size_max.saturating_add(1)).read_to_end(&mut bytes).map_err(Unreadable::Failed)?;
    }
    let is_within = metadata.len() <= size_max && bytes.len() as u64 <= size_max;
    if is_within { Ok(bytes) } else { Err(Unreadable::TooLarge) }
}

/// Reads the file `path` of `folder`, of at most `size_max` bytes.
///
/// # Errors
/// Where it is missing, no file, too large or unreadable.
pub(super) fn read(folder: &Path, path: &str, size_max: u64) -> Result<Vec<u8>, FolderError> {
    let whole = folder.join(path);
    bounded(&whole, size_max).map_err(|unreadable| match unreadable {
        Unreadable::NoFile => FolderError::Unexpected { path: path.to_owned() },
        Unreadable::TooLarge => FolderError::TooLarge { path: path.to_owned(), size_max },
        Unreadable::Failed(error) if error.kind() == io::ErrorKind::NotFound => {
            FolderError::Missing { path: path.to_owned() }
        }
        Unreadable::Failed(error) => FolderError::Disk(DiskError::new("read", &whole, error)),
    })
}

/// Reads a file that a later step put there: a signed object, the verdicts, the journal's entries.
///
/// # Errors
/// Where it is missing, no file, larger than an item may be, or unreadable.
pub(crate) fn read_added(path: &Path) -> Result<Vec<u8>, DiskError> {
    bounded(path, ITEM_SIZE_MAX as u64).map_err(|unreadable| {
        let error = match unreadable {
            Unreadable::NoFile => io::Error::other("it is no file"),
            Unreadable::TooLarge => io::Error::other(format!("it has more than {ITEM_SIZE_MAX} bytes")),
            Unreadable::Failed(error) => error,
        };
        DiskError::new("read", path, error)
    })
}

/// Whether the listing of `folder` has this SHA-256. Only its listing is read.
#[must_use]
pub(crate) fn has_listing(folder: &Path, sha256: &Digest) -> bool {
    listing_sha256(folder).as_ref() == Some(sha256)
}

/// SHA-256 of the listing of `folder`: what names the ceremony, even where the rest of the folder cannot be used. Absent
/// where it has none that can be read.
#[must_use]
pub(crate) fn listing_sha256(folder: &Path) -> Option<Digest> {
    read(folder, LISTING, LISTING_SIZE_MAX).ok().map(|listing| Digest::of(&listing))
}

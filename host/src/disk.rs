//! The operations with which both programs change files. A power cut can come between any two of them.
//!
//! State is written through [`Disk`], so a test can replace the disk, cut the power after any operation, and examine
//! the result. Reading uses `std::fs`.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A failed operation, with the path it failed on.
#[derive(Debug)]
pub struct DiskError {
    /// The operation: "write", "sync", …
    pub doing: &'static str,
    /// The path.
    pub path: PathBuf,
    /// The system's error.
    pub source: io::Error,
}

impl DiskError {
    /// An I/O error with its path.
    #[must_use]
    pub fn new(doing: &'static str, path: &Path, source: io::Error) -> Self {
        Self { doing, path: path.to_owned(), source }
    }

    /// What to do first, without a full stop: what follows says what to do then. A full disk is told apart from one that
    /// cannot be written.
    #[must_use]
    pub fn next(&self) -> &'static str {
        if self.is_full() { "Free some space on this disk" } else { "Check the disk and the permissions" }
    }

    /// Whether there is no room left: on the disk, or for this user.
    fn is_full(&self) -> bool {
        matches!(self.source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
    }
}

impl fmt::Display for DiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {} {}: {}", self.doing, self.path.display(), self.source)
    }
}

impl std::error::Error for DiskError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.source)
    }
}

/// Changes to files. A change is durable only after a sync of the file *and* of its directory.
pub trait Disk: Send + Sync {
    /// Creates one directory; its parent exists.
    ///
    /// # Errors
    /// The system's error; so for every operation here.
    fn create_dir(&self, path: &Path) -> Result<(), DiskError>;
    /// Creates a file that must not exist yet and writes all of `bytes`.
    fn write_new(&self, path: &Path, bytes: &[u8]) -> Result<(), DiskError>;
    /// Appends `bytes` to a file, creating it if there is none.
    fn append(&self, path: &Path, bytes: &[u8]) -> Result<(), DiskError>;
    /// Cuts a file to `length` bytes.
    fn truncate(&self, path: &Path, length: u64) -> Result<(), DiskError>;
    /// Waits until a file's bytes are on the disk.
    fn sync_file(&self, path: &Path) -> Result<(), DiskError>;
    /// Waits until a directory's names are on the disk.
    fn sync_dir(&self, path: &Path) -> Result<(), DiskError>;
    /// Gives an existing file a second name.
    fn hard_link(&self, from: &Path, to: &Path) -> Result<(), DiskError>;
    /// Creates the symbolic link `link`, pointing to `target` as written.
    fn symlink(&self, target: &Path, link: &Path) -> Result<(), DiskError>;
    /// Renames, replacing what was there.
    fn rename(&self, from: &Path, to: &Path) -> Result<(), DiskError>;
    /// Removes a file or symbolic link.
    fn remove_file(&self, path: &Path) -> Result<(), DiskError>;
    /// Removes a directory and everything below it.
    fn remove_dir_all(&self, path: &Path) -> Result<(), DiskError>;

    /// Writes a new file and waits for its bytes; the caller syncs the directory.
    fn write_new_synced(&self, path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
        self.write_new(path, bytes)?;
        self.sync_file(path)
    }

    /// Removes a directory and everything below it, if there is one.
    fn clear_dir(&self, path: &Path) -> Result<(), DiskError> {
        if path.symlink_metadata().is_ok() { self.remove_dir_all(path) } else { Ok(()) }
    }

    /// Replaces a file as a whole: whoever reads it sees the old bytes or the new ones, also after a power cut.
    fn replace(&self, path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        let beside = path.with_file_name(name);
        if beside.symlink_metadata().is_ok() {
            self.remove_file(&beside)?;
        }
        self.write_new_synced(&beside, bytes)?;
        self.rename(&beside, path)?;
        self.sync_dir(parent(path))
    }
}

/// The directory that names `path`.
#[must_use]
pub fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => Path::new("/"),
    }
}

/// The disk of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn create_dir(&self, path: &Path) -> Result<(), DiskError> {
        fs::create_dir(path).map_err(|e| DiskError::new("create", path, e))
    }

    fn write_new(&self, path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(path)
            .and_then(|mut file| file.write_all(bytes))
            .map_err(|e| DiskError::new("write", path, e))
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
        OpenOptions::new()
            .append(true)
            .create(true)
            .open(path)
            .and_then(|mut file| file.write_all(bytes))
            .map_err(|e| DiskError::new("append to", path, e))
    }

    fn truncate(&self, path: &Path, length: u64) -> Result<(), DiskError> {
        OpenOptions::new()
            .write(true)
            .open(path)
            .and_then(|file| file.set_len(length))
            .map_err(|e| DiskError::new("cut", path, e))
    }

    fn sync_file(&self, path: &Path) -> Result<(), DiskError> {
        File::open(path).and_then(|file| file.sync_all()).map_err(|e| DiskError::new("sync", path, e))
    }

    fn sync_dir(&self, path: &Path) -> Result<(), DiskError> {
        File::open(path).and_then(|dir| dir.sync_all()).map_err(|e| DiskError::new("sync", path, e))
    }

    fn hard_link(&self, from: &Path, to: &Path) -> Result<(), DiskError> {
        fs::hard_link(from, to).map_err(|e| DiskError::new("link", to, e))
    }

    fn symlink(&self, target: &Path, link: &Path) -> Result<(), DiskError> {
        std::os::unix::fs::symlink(target, link).map_err(|e| DiskError::new("link", link, e))
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<(), DiskError> {
        fs::rename(from, to).map_err(|e| DiskError::new("replace", to, e))
    }

    fn remove_file(&self, path: &Path) -> Result<(), DiskError> {
        fs::remove_file(path).map_err(|e| DiskError::new("remove", path, e))
    }

    fn remove_dir_all(&self, path: &Path) -> Result<(), DiskError> {
        fs::remove_dir_all(path).map_err(|e| DiskError::new("remove", path, e))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};
    use std::path::Path;

    use super::DiskError;

    #[test]
    fn a_full_disk_is_told_apart_from_one_that_cannot_be_written() {
        let next = |kind: ErrorKind| DiskError::new("write", Path::new("state"), Error::from(kind)).next();
        for kind in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded] {
            assert!(next(kind).contains("Free some space"), "{}", next(kind));
        }
        assert!(next(ErrorKind::PermissionDenied).contains("permissions"));
    }
}

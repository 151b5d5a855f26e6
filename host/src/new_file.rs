//! A new file at a place that the user named: it is there complete and on the disk, or not at all. What was there before is
//! never touched.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::disk::DiskError;

/// The permissions of a file that others may read, as far as the umask allows it.
pub const FOR_ALL: u32 = 0o666;

/// The permissions of a file that its owner alone may read.
pub const FOR_ITS_OWNER: u32 = 0o600;

/// Creates the file with these permission bits, writes all of `bytes`, and waits until they are on the disk. Half a file is
/// none: what was begun and cannot be finished is removed.
///
/// # Errors
/// The system's error, with the path. Its kind is `AlreadyExists` if there is something of this name, also a symbolic link.
pub fn write(path: &Path, permissions: u32, bytes: &[u8]) -> Result<(), DiskError> {
    let failed = |error| DiskError::new("write", path, error);
    let created = OpenOptions::new().write(true).create_new(true).mode(permissions).open(path);
    let mut file = created.map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|error| {
        // The first error is the one to tell.
        let _ = fs::remove_file(path);
        failed(error)
    })
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::os::unix::fs::PermissionsExt;

    use super::{FOR_ALL, FOR_ITS_OWNER, write};

    #[test]
    fn a_new_file_is_written_once_and_nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write(&path, FOR_ITS_OWNER, b"first").unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(write(&path, FOR_ALL, b"second").unwrap_err().source.kind(), ErrorKind::AlreadyExists);
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path().join("none"), &link).unwrap();
        assert_eq!(write(&link, FOR_ALL, b"second").unwrap_err().source.kind(), ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        assert!(link.is_symlink() && !folder.path().join("none").exists());
    }
}

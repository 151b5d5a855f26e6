//! A file that this program keeps in its state directory: read without waiting, and only if it is a regular file. Whoever
//! may write there could put a pipe in its place, on which every command would wait for ever, or a link to another file.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

/// Opens it to read.
///
/// # Errors
/// The system's error; of one that is no regular file, or a symbolic link, in words.
pub fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let file = opened.map_err(|error| match path.is_symlink() {
        true => io::Error::new(io::ErrorKind::InvalidInput, "it is a symbolic link, which is not followed here"),
        false => error,
    })?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")),
    }
}

/// Reads all of it.
///
/// # Errors
/// As [`open`].
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::read;

    /// A pipe without a writer is refused at once; a test that waited would hang here.
    #[test]
    fn only_a_regular_file_is_read_and_nothing_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link, pipe) = (folder.path().join("file"), folder.path().join("link"), folder.path().join("pipe"));
        std::fs::write(&file, "kept").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).unwrap();
        assert_eq!(read(&file).unwrap(), b"kept");
        for (path, says) in [(&link, "symbolic link"), (&pipe, "not a regular file")] {
            assert!(read(path).unwrap_err().to_string().contains(says), "{}", path.display());
        }
        assert!(read(folder.path()).unwrap_err().to_string().contains("not a regular file"));
        assert_eq!(read(&folder.path().join("none")).unwrap_err().kind(), std::io::ErrorKind::NotFound);
    }
}

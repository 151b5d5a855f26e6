//! A file that the operator named: read whole, up to a size limit.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

use crate::diagnosis::{Diagnosis, Label};

/// What a command says that neither signs nor keeps anything else, where it does nothing.
pub const NOTHING_LEFT: &str = "Nothing was published or sent.";

/// The bytes of `path`, at most `size_max` of them. `not_done` is the sentence that says what the command did not do.
///
/// # Errors
/// A [`Diagnosis`] naming the path: missing, a directory, unreadable, or larger than `size_max` (found out without
/// reading on, so a 10 GB file costs nothing).
pub fn read_for(path: &Path, size_max: u64, not_done: &str) -> Result<Vec<u8>, Diagnosis> {
    let unreadable = |why: String| {
        Diagnosis::new(
            Label::FileUnreadable,
            format!("Could not read {}. {not_done}", path.display()),
            why,
            "Check the path and its permissions, then run the same command again.",
        )
    };
    let file = open_regular(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(|e| unreadable(e.to_string()))?;
    let mut bytes = Vec::new();
    if metadata.len() <= size_max {
        // Room for all of it at once: a large file is not moved while it is read.
        bytes.reserve_exact(usize::try_from(metadata.len()).unwrap_or_default());
        file.take(size_max.saturating_add(1)).read_to_end(&mut bytes).map_err(|e| unreadable(e.to_string()))?;
    }
    let length = metadata.len().max(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    if length > size_max {
        return Err(Diagnosis::new(
            Label::FileTooLarge,
            format!("Did not read {}. {not_done}", path.display()),
            format!("It has {length} bytes or more; the limit here is {size_max}."),
            "Check that this is the right file.",
        ));
    }
    Ok(bytes)
}

/// Opens a regular file to read, without ever waiting for somebody to write to it.
///
/// # Errors
/// In words: what the system said, or what it is instead (a directory, a pipe, a device).
pub fn open_regular(path: &Path) -> Result<File, String> {
    // A pipe would otherwise be waited for, deaf to every signal.
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
        .map_err(|error| error.to_string())?;
    let kind = file.metadata().map_err(|error| error.to_string())?.file_type();
    let found = match () {
        () if kind.is_file() => return Ok(file),
        () if kind.is_dir() => "a directory",
        () if kind.is_fifo() => "a pipe",
        () => "a device",
    };
    Err(format!("It is {found}; a file is expected."))
}

#[cfg(test)]
mod tests {
    use super::{NOTHING_LEFT, read_for};
    use crate::diagnosis::Label;

    #[test]
    fn a_directory_a_missing_file_and_a_huge_file_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(read_for(dir.path(), 10, NOTHING_LEFT).unwrap_err().label, Label::FileUnreadable);
        assert_eq!(read_for(&dir.path().join("none"), 10, NOTHING_LEFT).unwrap_err().label, Label::FileUnreadable);
        let huge = dir.path().join("huge");
        std::fs::File::create(&huge).unwrap().set_len(10 << 30).unwrap();
        assert_eq!(read_for(&huge, 64 << 20, NOTHING_LEFT).unwrap_err().label, Label::FileTooLarge);
        std::fs::write(dir.path().join("ten"), [0; 10]).unwrap();
        assert_eq!(read_for(&dir.path().join("ten"), 10, NOTHING_LEFT).unwrap().len(), 10);
    }
}

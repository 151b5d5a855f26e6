//! The machine-readable log: one JSON object a line, appended to the file that `--log` names.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::OFlags;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::clock::rfc3339;
use crate::diagnosis::{Diagnosis, Label};
use crate::disk::DiskError;
use crate::process::mode_of_users_file;
use crate::text::printable_json;

/// The destination of events. Without `--log` it discards them.
#[derive(Debug, Default)]
pub struct Log {
    file: Option<(PathBuf, Mutex<File>)>,
    complained: AtomicBool,
}

impl Log {
    /// Opens (or creates) the file to append to. A symbolic link is not followed.
    ///
    /// # Errors
    /// When it cannot be opened, or is a symbolic link.
    pub fn open(path: Option<&Path>) -> Result<Self, DiskError> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(mode_of_users_file())
            // Whoever may write in the log's folder must not choose which file is written to. Of a pipe that nobody reads, it
            // is an error and no wait.
            .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed())
            .open(path)
            .map_err(|error| DiskError::new("open", path, unfollowed(path, error)))?;
        Ok(Self { file: Some((path.to_owned(), Mutex::new(file))), complained: AtomicBool::new(false) })
    }

    /// Writes one event: `{"time":…,"event":…,` and the members of `fields`, which is a struct or a map.
    ///
    /// A log that cannot be written does not stop a transfer; one warning on standard error says so.
    pub fn event(&self, now: i64, event: &str, fields: &impl Serialize) {
        let Some((path, file)) = &self.file else {
            return;
        };
        let mut line = Map::from_iter([("time".to_owned(), rfc3339(now).into()), ("event".to_owned(), event.into())]);
        // A transmission has a time of its own.
        if let Ok(Value::Object(fields)) = serde_json::to_value(fields) {
            line.extend(fields);
        }
        let Ok(mut file) = file.lock() else { return };
        let written = writeln!(file, "{}", printable_json(&Value::Object(line).to_string()));
        if let Err(error) = written
            && !self.complained.swap(true, Ordering::Relaxed)
        {
            crate::terminal::say(&format!("warning: the log {} cannot be written: {error}", path.display()));
        }
    }

    /// The diagnosis of a log that could not be written; `None` if it is complete.
    #[must_use]
    pub fn unwritten(&self) -> Option<Diagnosis> {
        let (path, _) = self.file.as_ref().filter(|_| self.complained.load(Ordering::Relaxed))?;
        Some(Diagnosis::new(
            Label::StorageFailed,
            "The log is incomplete. The command itself is complete.",
            format!("{} could not be written.", path.display()),
            "Make room for the log, or name another file with --log.",
        ))
    }
}

/// The error of opening `path`, in words where the cause is a symbolic link.
fn unfollowed(path: &Path, error: io::Error) -> io::Error {
    if path.is_symlink() {
        io::Error::other("it is a symbolic link, which a log is not written through")
    } else {
        error
    }
}

#[cfg(test)]
mod tests {
    use super::Log;

    #[test]
    fn a_log_is_not_written_through_a_symbolic_link() {
        let folder = tempfile::tempdir().unwrap();
        let (link, other) = (folder.path().join("log"), folder.path().join("other"));
        std::fs::write(&other, "somebody's").unwrap();
        std::os::unix::fs::symlink(&other, &link).unwrap();
        assert!(Log::open(Some(&link)).unwrap_err().to_string().contains("symbolic link"));
        assert_eq!(std::fs::read(&other).unwrap(), b"somebody's");
        std::fs::remove_file(&other).unwrap();
        assert!(Log::open(Some(&link)).is_err() && !other.exists(), "a link to nothing makes no file");
        std::fs::remove_file(&link).unwrap();
        assert!(Log::open(Some(&link)).is_ok() && link.is_file());
    }
}

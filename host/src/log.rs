//! The machine-readable log: one JSON object a line, appended to the file that `--log` names.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::OFlags;
use serde::Serialize;

use crate::clock::rfc3339;
use crate::diagnosis::{Diagnosis, Label};
use crate::disk::DiskError;
use crate::process::mode_of_users_file;
use crate::text::printable_json;

/// One line. Its members have the order of their names: it is written by way of a value.
#[derive(Debug, Serialize)]
struct Line<'l, F> {
    time: String,
    event: &'l str,
    #[serde(flatten)]
    fields: &'l F,
}

impl<F: Serialize> Line<'_, F> {
    fn text(&self) -> io::Result<String> {
        debug_assert!(!has_own_names(self.fields), "the event {} has a member of every line", self.event);
        Ok(printable_json(&serde_json::to_value(self)?.to_string()))
    }
}

/// Whether the members of an event have the name of one that every line has: one of the two would be lost.
fn has_own_names(fields: &impl Serialize) -> bool {
    serde_json::to_value(fields).is_ok_and(|fields| fields.get("time").is_some() || fields.get("event").is_some())
}

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

    /// Writes one event: an object with `time`, `event` and the members of `fields`, which is a struct or a map and has
    /// neither of these two.
    ///
    /// A log that cannot be written does not stop a transfer; one warning on standard error says so.
    pub fn event(&self, now: i64, event: &str, fields: &impl Serialize) {
        let Some((path, file)) = &self.file else {
            return;
        };
        let line = Line { time: rfc3339(now), event, fields }.text();
        let Ok(mut file) = file.lock() else { return };
        let written = line.and_then(|line| writeln!(file, "{line}"));
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
    use serde::Serialize;

    use super::{Line, Log, has_own_names};

    #[derive(Serialize)]
    struct Fields {
        object: &'static str,
        count: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        again: Option<u64>,
        #[serde(flatten)]
        more: Option<More>,
    }

    #[derive(Serialize)]
    struct More {
        at: &'static str,
    }

    #[test]
    fn a_line_has_its_time_its_event_and_the_members_of_the_event() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let log = Log::open(Some(&path)).unwrap();
        log.event(0, "complete", &Fields { object: "a\u{9b}b", count: 2, again: None, more: Some(More { at: "x" }) });
        log.event(1, "complete", &Fields { object: "c", count: 3, again: Some(1), more: None });
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "{\"at\":\"x\",\"count\":2,\"event\":\"complete\",\"object\":\"a\\u009bb\",\"time\":\"1970-01-01T00:00:00Z\"}\n\
             {\"again\":1,\"count\":3,\"event\":\"complete\",\"object\":\"c\",\"time\":\"1970-01-01T00:00:01Z\"}\n"
        );
        assert!(log.unwritten().is_none());
    }

    #[test]
    fn a_member_of_an_event_takes_the_place_of_none_of_its_line() {
        #[derive(Serialize)]
        struct Timed {
            time: &'static str,
        }
        assert!(has_own_names(&Timed { time: "noon" }) && !has_own_names(&More { at: "noon" }));
        // What is no object has no members that could be written.
        assert!(Line { time: String::new(), event: "list", fields: &[1, 2] }.text().is_err());
    }

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

//! The machine-readable log: one JSON object a line, appended to the file that `--log` names.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::diagnosis::{Diagnosis, Label};
use crate::disk::DiskError;

/// Where events go. Without `--log` it takes them and writes nothing.
#[derive(Debug, Default)]
pub struct Log {
    file: Option<(PathBuf, Mutex<File>)>,
    complained: AtomicBool,
}

impl Log {
    /// Opens (or creates) the file to append to.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: Option<&Path>) -> Result<Self, DiskError> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let file =
            OpenOptions::new().append(true).create(true).open(path).map_err(|e| DiskError::new("open", path, e))?;
        Ok(Self { file: Some((path.to_owned(), Mutex::new(file))), complained: AtomicBool::new(false) })
    }

    /// Writes one event: `{"time":…,"event":…,` and the members of `fields`, which is an object.
    ///
    /// A log that cannot be written does not stop a transfer; it is complained about once, on standard error.
    pub fn event(&self, now: i64, event: &str, fields: &Value) {
        let Some((path, file)) = &self.file else {
            return;
        };
        let mut line = json!({"time": crate::clock::rfc3339(now), "event": event});
        if let (Some(line), Some(fields)) = (line.as_object_mut(), fields.as_object()) {
            line.extend(fields.clone());
        }
        let written = match file.lock() {
            Ok(mut file) => writeln!(file, "{}", crate::text::printable_json(&line.to_string())),
            Err(_) => return,
        };
        if let Err(error) = written
            && !self.complained.swap(true, Ordering::Relaxed)
        {
            crate::terminal::say(&format!("warning: the log {} cannot be written: {error}", path.display()));
        }
    }

    /// What to say at the end of a run whose log could not be written; nothing where all of it was.
    #[must_use]
    pub fn unwritten(&self) -> Option<Diagnosis> {
        let (path, _) = self.file.as_ref().filter(|_| self.complained.load(Ordering::Relaxed))?;
        Some(Diagnosis::new(
            Label::StorageFailed,
            "The log is not complete. What the command did is done.",
            format!("{} could not be written.", path.display()),
            "Make room for the log, or name another file with --log.",
        ))
    }
}

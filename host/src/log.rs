//! The machine-readable log: one JSON object a line, appended to the file that `--log` names.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

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
            Ok(mut file) => writeln!(file, "{line}"),
            Err(_) => return,
        };
        if let Err(error) = written
            && !self.complained.swap(true, Ordering::Relaxed)
        {
            crate::terminal::say(&format!("warning: the log {} cannot be written: {error}", path.display()));
        }
    }
}

//! What every command of this program is given, and how it speaks.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use rootcast_host::clock::rfc3339;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::disk::Disk;
use rootcast_host::log::Log;
use rootcast_host::terminal::{print, say, unprinted};
use rootcast_host::text::{printable, printable_json};
use rootcast_pki::time::parse_rfc3339;
use serde_json::{Value, json};

use crate::gate::Gate;

/// What never left: said in every diagnosis of a command that sends nothing or was stopped before.
pub(super) const NOTHING_SENT: &str = "Nothing was sent.";

/// What every command is given.
pub(crate) struct Setting {
    pub(super) state: Option<PathBuf>,
    pub(super) json: bool,
    pub(super) log: Log,
    pub(super) now: i64,
    pub(super) disk: &'static dyn Disk,
    /// `--log`, where given.
    pub(super) log_file: Option<PathBuf>,
    /// Why the result could not be printed, if it could not.
    pub(super) unprinted: RefCell<Option<Diagnosis>>,
}

impl Setting {
    /// The state directory.
    pub(super) fn state(&self) -> Result<&Path, Diagnosis> {
        self.state
            .as_deref()
            .ok_or_else(|| usage("No state directory was given.", "Give --state DIR, or set ROOTCAST_STATE."))
    }

    /// Ends the run: `document` for scripts, `text` for people.
    pub(super) fn tell(&self, document: &Value, text: &str) {
        let printed = match self.json {
            true => print(&printable_json(&document.to_string())),
            false if text.is_empty() => Ok(()),
            false => print(text),
        };
        if let Err(error) = printed {
            self.unprinted.replace(unprinted(&error));
        }
    }

    pub(super) fn event(&self, event: &str, fields: &Value) {
        self.log.event(self.now, event, fields);
    }
}

/// Says aloud what configuration switches off or weakens, on every run; gives what was said.
pub(super) fn announce(gate: &Gate) -> Vec<String> {
    let texts = gate.switched_off_texts();
    for text in &texts {
        say(&format!("WARNING: {}", printable(text)));
    }
    texts
}

/// A usage error: nothing was done.
pub(super) fn usage(why: &str, next: &str) -> Diagnosis {
    Diagnosis::new(Label::Usage, format!("The command was refused. {NOTHING_SENT}"), why, next)
}

/// The option `--at TIME`.
pub(super) fn parse_time(text: &str) -> Result<i64, String> {
    parse_rfc3339(text).map(|time| time.0).map_err(|error| format!("{error}; write it like 2026-11-21T09:00:00Z"))
}

/// The time of a run, for JSON documents.
pub(super) fn time_json(setting: &Setting) -> Value {
    json!(rfc3339(setting.now))
}

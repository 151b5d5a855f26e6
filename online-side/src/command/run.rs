//! What every command is given, how each ends, and what a usage error looks like.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rootcast_host::clock;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::interrupt::Interrupt;
use rootcast_host::log::Log;
use serde_json::Value;

/// What every command is given.
#[derive(Debug)]
pub(crate) struct Run {
    /// `--state`, where given.
    pub(crate) state: Option<PathBuf>,
    /// The machine-readable log.
    pub(crate) log: Arc<Log>,
    /// `--log`, where given.
    pub(crate) log_file: Option<PathBuf>,
    /// The command as other processes are told of it.
    pub(crate) who: String,
    /// Whether the outcome is told as one JSON document.
    pub(crate) json: bool,
    /// Set by Ctrl-C.
    pub(crate) interrupt: Interrupt,
}

/// How a command ended, and its JSON document.
pub(crate) struct Outcome {
    /// The exit code.
    pub(crate) exit: Exit,
    /// The document for `--json`.
    pub(crate) document: Value,
}

impl Run {
    /// The state directory.
    pub(crate) fn state_dir(&self) -> Result<&Path, Diagnosis> {
        self.state
            .as_deref()
            .ok_or_else(|| usage("No state directory is named.", "Give --state DIR, or set ROOTCAST_STATE."))
    }

    /// The one clock, read now: seconds since 1970-01-01T00:00:00Z.
    pub(crate) fn now(&self) -> i64 {
        clock::now()
    }
}

/// A usage error in words.
pub(crate) fn usage(why: impl Into<String>, next: impl Into<String>) -> Diagnosis {
    Diagnosis::new(Label::Usage, "Nothing was done: the command cannot be carried out as given.", why, next)
}

/// Reads a duration of the command line, for clap.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    clock::parse_duration(text)
}

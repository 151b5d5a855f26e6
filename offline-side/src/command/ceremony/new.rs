//! `ceremony new`: writes a request to fill in, and the script to print.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::disk::DiskError;
use rootcast_host::exit::Exit;
use rootcast_pki::time::Timestamp;
use serde::Serialize;

use crate::ceremony::request::template;
use crate::command::NOTHING_SENT;
use rootcast_console::run::Run;

/// `ceremony new`
#[derive(Debug, Args)]
pub(super) struct New {
    /// The request file to write; it must not exist.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// The file for the step-by-step script (Markdown).
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
}

impl New {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        for path in [Some(&self.output), self.script.as_ref()].into_iter().flatten() {
            if path.symlink_metadata().is_ok() {
                return Err(exists(path));
            }
        }
        write_new(&self.output, &template::request(Timestamp(run.began)))?;
        let mut text = format!("Wrote {}", self.output.display());
        if let Some(path) = &self.script {
            write_new(path, &template::script(&self.output.display().to_string()))?;
            text.push_str(&format!(" and {}", path.display()));
        }
        let script = self.script.as_ref().map(|path| path.display().to_string());
        let document = Document { request: self.output.display().to_string(), script };
        run.event("ceremony new", &document);
        run.tell(&document, &text);
        Ok(Exit::Done)
    }
}

fn write_new(path: &Path, text: &str) -> Result<(), Diagnosis> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => exists(path),
        _ => Diagnosis::new(
            Label::StorageFailed,
            format!("{} could not be written. {NOTHING_SENT}", path.display()),
            DiskError::new("write", path, error).to_string(),
            "Check the path and the free space on the disk, then run this command again.",
        ),
    })
}

pub(super) fn exists(path: &Path) -> Diagnosis {
    Diagnosis::new(
        Label::OutputExists,
        format!("Nothing was written, and no key was used. {NOTHING_SENT}"),
        format!("{} exists already.", path.display()),
        "Name a file that does not exist yet.",
    )
}

/// The document of `ceremony new`.
#[derive(Serialize)]
struct Document {
    request: String,
    script: Option<String>,
}

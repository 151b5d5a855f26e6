//! `ceremony`: from a request to what people approve, and from there to what the root's key signed.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::exit::Exit;
use rootcast_pki::time::Timestamp;
use serde_json::json;

use super::Setting;
use crate::ceremony::request::template;

mod keygen;
mod new_file;
mod record;
mod rehearse;
mod sign;

use new_file::{exists, write_new};

/// `ceremony`
#[derive(Debug, Args)]
pub(super) struct Ceremony {
    #[command(subcommand)]
    step: Step,
}

#[derive(Debug, Subcommand)]
enum Step {
    /// Write a commented request to fill in, and the script to print.
    New(New),
    /// Make the key pair of a first ceremony, and print what the site file must pin.
    Keygen(keygen::Keygen),
    /// Build the exact bytes to be signed, judge and show them. Uses no key.
    Rehearse(rehearse::Rehearse),
    /// Sign exactly what a rehearsal holds, read it back and release it into DIR/signed.
    Sign(sign::Sign),
    /// Write the record of a ceremony to print and sign by hand, Markdown and PDF.
    Record(record::Record),
}

#[derive(Debug, Args)]
struct New {
    /// Where to write the request; there must be nothing yet.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Where to write the step-by-step script, Markdown.
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
}

impl Ceremony {
    pub(super) fn run(&self, setting: &Setting) -> Result<Exit, Diagnosis> {
        match &self.step {
            Step::New(new) => new.run(setting),
            Step::Keygen(keygen) => keygen.run(setting),
            Step::Rehearse(rehearse) => rehearse.run(setting),
            Step::Sign(sign) => sign.run(setting),
            Step::Record(record) => record.run(setting),
        }
    }
}

impl New {
    fn run(&self, setting: &Setting) -> Result<Exit, Diagnosis> {
        for path in [Some(&self.output), self.script.as_ref()].into_iter().flatten() {
            if path.symlink_metadata().is_ok() {
                return Err(exists(path));
            }
        }
        write_new(&self.output, &template::request(Timestamp(setting.now)))?;
        let mut text = format!("Wrote {}", self.output.display());
        if let Some(path) = &self.script {
            write_new(path, &template::script(&self.output.display().to_string()))?;
            text.push_str(&format!(" and {}", path.display()));
        }
        let script = self.script.as_ref().map(|path| path.display().to_string());
        let document = json!({"request": self.output.display().to_string(), "script": script});
        setting.event("ceremony new", &document);
        setting.tell(&document, &text);
        Ok(Exit::Done)
    }
}

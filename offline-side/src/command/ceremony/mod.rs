//! `ceremony`: from a request to what people approve, and from there to what the root's key signed.

use clap::{Args, Subcommand};
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::exit::Exit;

use super::Setting;

mod keygen;
mod new;
mod record;
mod rehearse;
mod sign;

/// `ceremony`
#[derive(Debug, Args)]
pub(super) struct Ceremony {
    #[command(subcommand)]
    step: Step,
}

#[derive(Debug, Subcommand)]
enum Step {
    /// Write a commented request to fill in, and the script to print.
    New(new::New),
    /// Make the key pair of a first ceremony, and print what the site file must pin.
    Keygen(keygen::Keygen),
    /// Build the exact bytes to be signed, judge and show them. Uses no key.
    Rehearse(rehearse::Rehearse),
    /// Sign exactly what a rehearsal holds, read it back and release it into DIR/signed.
    Sign(sign::Sign),
    /// Write the record of a ceremony to print and sign by hand, Markdown and PDF.
    Record(record::Record),
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

//! `ceremony`: from a request to what people approve, and from there to what the root's key signed.

use clap::{Args, Subcommand};
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::exit::Exit;

use rootcast_console::run::Run;

mod asking;
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
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        match &self.step {
            Step::New(new) => new.run(run),
            Step::Keygen(keygen) => keygen.run(run),
            Step::Rehearse(rehearse) => rehearse.run(run),
            Step::Sign(sign) => sign.run(run),
            Step::Record(record) => record.run(run),
        }
    }
}

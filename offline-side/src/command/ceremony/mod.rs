//! `ceremony`: from a request to the approved bytes, and from there to the signed objects.

use std::path::Path;

use clap::{Args, Subcommand};
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::exit::Exit;

use rootcast_console::run::Run;

mod approvals;
pub(super) mod asking;
mod change;
mod csr_words;
mod first_use;
pub(super) mod keygen;
mod listed_file;
mod named_paths;
mod new;
pub(super) mod paper;
mod pinning;
pub(super) mod program_file;
mod record;
pub(super) mod rehearse;
pub(super) mod sign;

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
    /// Make the key pair of a first ceremony, and print the public key digest that the site file must pin.
    Keygen(keygen::Keygen),
    /// Build the exact bytes to be signed, apply every rule, and show the result. Uses no signing key.
    Rehearse(rehearse::Rehearse),
    /// Sign exactly the rehearsed bytes, read the result back, and release it into DIR/signed.
    Sign(sign::Sign),
    /// Write the record of a ceremony (Markdown and PDF), to print and sign by hand.
    Record(record::Record),
    /// The pinned rule for approvals.
    Approvals(approvals::Approvals),
}

impl Ceremony {
    /// The folder of the ceremony that this step reads, if it reads one.
    pub(super) fn folder(&self) -> Option<&Path> {
        match &self.step {
            Step::Sign(sign) => Some(&sign.folder),
            Step::Record(record) => Some(&record.folder),
            Step::New(_) | Step::Keygen(_) | Step::Rehearse(_) | Step::Approvals(_) => None,
        }
    }

    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        match &self.step {
            Step::New(new) => new.run(run),
            Step::Keygen(keygen) => keygen.run(run),
            Step::Rehearse(rehearse) => rehearse.run(run),
            Step::Sign(sign) => sign.run(run),
            Step::Record(record) => record.run(run),
            Step::Approvals(approvals) => approvals.run(run),
        }
    }
}

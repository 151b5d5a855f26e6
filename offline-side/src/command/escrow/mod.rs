//! `escrow`: the root's key on paper, and back.

use clap::{Args, Subcommand};
use rootcast_console::run::Run;
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::exit::Exit;

mod afterwards;
mod bags;
mod check_piece;
mod digests;
pub(super) mod documents;
mod drill;
mod drill_record;
pub(super) mod generating;
mod import;
mod kit;
mod nobody;
mod restore;
mod restoring;
mod set_back;
mod trusted;
mod twin;
mod verify;

/// `escrow`
#[derive(Debug, Args)]
pub(super) struct Escrow {
    #[command(subcommand)]
    step: Step,
}

#[derive(Debug, Subcommand)]
enum Step {
    /// Complete a key generation: restore the key from its pages into a second token, and let it sign a proof.
    Verify(verify::Verify),
    /// After a disaster: restore the key from its pages into a new token, and the state from the kit.
    Restore(restore::Restore),
    /// Put the key of an existing root, which is in a file, into a token and on paper.
    Import(import::Import),
    /// Write the recovery kit: state, site, last CRL, journal and what to do. It holds no key.
    Kit(kit::Kit),
    /// Check one piece that somebody types or scans. Nothing is combined or kept.
    CheckPiece(check_piece::CheckPiece),
    /// The yearly drill: check the seals of the envelopes, and walk a recovery with a twin. The root's key is not used.
    Drill(drill::Drill),
    /// Write the numbers of new bags into the journal, after envelopes were opened.
    Bags(afterwards::Bags),
    /// Write into the journal that the pages of a replaced set were destroyed before a witness.
    Destroyed(afterwards::Destroyed),
    /// Write into the journal that a token was destroyed. Use it if a run was killed while it used that token.
    TokenGone(afterwards::TokenGone),
}

impl Escrow {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        match &self.step {
            Step::Verify(verify) => verify.run(run),
            Step::Restore(restore) => restore.run(run),
            Step::Import(import) => import.run(run),
            Step::Kit(kit) => kit.run(run),
            Step::CheckPiece(check) => check.run(run),
            Step::Drill(drill) => drill.run(run),
            Step::Bags(bags) => bags.run(run),
            Step::Destroyed(destroyed) => destroyed.run(run),
            Step::TokenGone(gone) => gone.run(run),
        }
    }
}

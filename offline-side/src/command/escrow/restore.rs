//! `escrow restore`: after a disaster, the key from its pages into a new token, and the state from the kit.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use rootcast_console::run::Run;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::text::printable;
use serde::Serialize;

use super::restoring::Restoring;
use crate::ceremony::key::wrapping::Stay;
use crate::ceremony::site::{KeyPlace, Site};
use crate::command::opened::{journal_with_all, remember_journal, state_failed};
use crate::escrow::kit::{KitFault, check, install_state, journal};
use crate::store::journal::escrow::{EscrowRecord, ProofSource};
use crate::store::journal::{Chain, Event};
use crate::store::state::State;

const NOTHING: &str = "No key was restored. Nothing was signed but a proof at most.";

/// What to do where the pages do not give the key.
const WRONG_PAGES: &str = "Take other envelopes of the same set, and run the command again. Page 2 of each has the recipe with `openssl` alone.";

/// `escrow restore`
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The site file of the new token. It pins the public key of the root.
    #[arg(long, value_name = "FILE")]
    site: PathBuf,
    /// The set, by its 14 hexadecimal digits. If it is not given, the last one in the kit's journal.
    #[arg(long, value_name = "SET")]
    set: Option<String>,
    /// The recovery kit. If the state directory does not exist, it is made from the kit.
    #[arg(value_name = "KIT")]
    kit: PathBuf,
}

impl Restore {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        let started = Instant::now();
        let site = Site::read(&self.site).map_err(|error| error.diagnosis())?;
        let folder = run.state_dir()?;
        check(&self.kit).map_err(|fault| kit_failed(&self.kit, &fault))?;
        let chain = Chain::read(&journal(&self.kit)).map_err(|error| error.diagnosis(NOTHING))?;
        let Some(wrapped) = chain.last_wrapped(self.set.as_deref()) else {
            let why = "KEY-ESCROW: the kit's journal has no such set whose pages are all printed.";
            let next = "Use the newest kit. `journal show --state KIT/state` lists its sets. Page 2 of each envelope has the recipe with `openssl` alone.";
            return Err(Diagnosis::new(Label::KeyNotPinned, NOTHING, why, next));
        };
        let wanted = rootcast_protocol::digest::Digest::of(&wrapped.spki);
        match &site.key {
            KeyPlace::Token { pinned: Some(pinned), .. } if *pinned == wanted => {}
            _ => {
                let why = format!("KEY-PINNED: the site file does not pin the public key of this set, {wanted}.");
                let next = "Compare this digest with the record of the key ceremony. If it is the root's, write it into the site file as public_key_sha256.";
                return Err(Diagnosis::new(Label::KeyNotPinned, NOTHING, why, next));
            }
        }
        let is_new = !folder.exists();
        if is_new {
            install_state(run.disk, &self.kit, folder).map_err(|fault| kit_failed(&self.kit, &fault))?;
        }
        let mut state = State::open(run.disk, folder, "rootcast-offline escrow restore")
            .map_err(|error| state_failed(&error))?;
        let mut journal = journal_with_all(run, &state)?;
        let restoring = Restoring {
            site: &site,
            wrapped: &wrapped,
            stay: Stay::Token,
            source: ProofSource::Restoration,
            what: NOTHING,
            wrong_pages: WRONG_PAGES,
        };
        let restored = restoring.run()?;
        let event = Event::Escrow(EscrowRecord { set: restored.set.to_string(), step: restored.proof });
        let now = run.began.saturating_add(i64::try_from(started.elapsed().as_secs()).unwrap_or(0));
        let appended = journal.append(now, event).map(|_| ());
        remember_journal(&mut state, &journal);
        appended.map_err(|error| error.diagnosis("The key was restored, but the journal could not be written."))?;
        let public_key = restored.key.public.sha256().to_string();
        let flags: Vec<String> = restored.key.flags.lines().iter().map(|(name, said)| format!("{name} {said}")).collect();
        let document = Document {
            set: restored.set.to_string(),
            set_words: restored.set.words(),
            public_key_sha256: &public_key,
            token_serial: printable(&restored.key.token.serial),
            flags: &flags,
            state_from_kit: is_new,
        };
        run.event("escrow restore", &document);
        let state_text = if is_new {
            "The state was made from the kit. What was signed after the kit was written is not in it: raise the number with `trust --used-number` if there was something."
        } else {
            "The state was there already, and was kept."
        };
        let text = format!(
            "The key of the set {} is restored into the token {}: {}.\n{public_key}\n{state_text}\nA restored key says that it was outside its token (always sensitive no, never extractable no). It cannot be excluded that a copy exists.\nThe pages were opened: make a new key and a new set when the emergency is over.",
            restored.set,
            restored.key.token.describe(),
            flags.join(", ")
        );
        run.tell(&document, &text.lines().map(printable).collect::<Vec<_>>().join("\n"));
        Ok(Exit::Done)
    }
}

fn kit_failed(kit: &Path, fault: &KitFault) -> Diagnosis {
    let why = format!("The kit {}: {fault}.", printable(&kit.display().to_string()));
    Diagnosis::new(Label::StorageFailed, NOTHING, why, "Use another copy of the kit, and an empty path for the state.")
}

/// The document of `escrow restore`.
#[derive(Serialize)]
struct Document<'d> {
    set: String,
    set_words: String,
    public_key_sha256: &'d str,
    token_serial: String,
    flags: &'d [String],
    state_from_kit: bool,
}

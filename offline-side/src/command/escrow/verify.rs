//! `escrow verify`: what ends a key generation with escrow. The key is restored from its pages into a second token and
//! signs a proof under the public key of the first.

use std::path::PathBuf;

use clap::Args;
use rootcast_console::run::Run;
use rootcast_host::confirmation::{Answer, ask_line};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use rootcast_pki::text::is_plain;
use serde::Serialize;

use super::bags::ask_new_bags;
use super::documents::{BagDocument, KeyDocument, SetDocument, printable_lines};
use super::restoring::{Restored, Restoring, no_such_set};
use crate::ceremony::key::wrapping::Stay;
use crate::ceremony::site::Site;
use crate::command::clock_of;
use crate::command::opened::{journal_with_all, remember_journal, state_failed};
use crate::store::journal::escrow::{EscrowRecord, EscrowStep, KeyOrigin, ProofSource};
use crate::store::journal::{Event, Journal};
use crate::store::state::State;

const NOTHING: &str = "The escrow is not verified. No key was kept, and nothing was signed but a proof at most.";

/// What to do where the pages do not give the key.
const WRONG_PAGES: &str =
    "Do not sign with this key. Destroy its pages, and make a new key and a new set with `ceremony keygen`.";

/// The same where the key was there before its pages.
const WRONG_NEW_PAGES: &str = "Destroy the pages of this set. The key itself is as it was: put it on new pages with `escrow restore --rewrap` \
from an earlier set, or with `escrow import`.";

/// `escrow verify`
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The site file of the second token.
    #[arg(long, value_name = "FILE")]
    site: PathBuf,
    /// The set, by its 14 hexadecimal digits. If it is not given, the last one that was printed.
    #[arg(long, value_name = "SET")]
    set: Option<String>,
    /// Keep the key in the second token, as a spare. Otherwise it goes when the session ends.
    #[arg(long)]
    keep: bool,
}

impl Verify {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        let clock = clock_of(run);
        let site = Site::read(&self.site).map_err(|error| error.diagnosis())?;
        let mut state = State::open(run.disk, run.state_dir()?, "rootcast-offline escrow verify")
            .map_err(|error| state_failed(&error))?;
        let mut journal = journal_with_all(run, &state)?;
        let Some(wrapped) = journal.chain().last_wrapped(self.set.as_deref()) else {
            return Err(no_such_set(journal.chain(), self.set.as_deref(), NOTHING));
        };
        if !wrapped.token_serial.is_empty() && site.token_serial().as_ref() == Some(&wrapped.token_serial) {
            let serial = &wrapped.token_serial;
            let why = format!("KEY-ESCROW: the token {serial} is the one that the key was made on.");
            let next =
                "Give the site file of another token: what is proved is that the pages are enough without the first.";
            return Err(Diagnosis::new(Label::Usage, NOTHING, why, next));
        }
        let restoring = Restoring {
            site: &site,
            wrapped: &wrapped,
            stay: if self.keep { Stay::Token } else { Stay::Session },
            source: ProofSource::Verification,
            what: NOTHING,
            wrong_pages: match journal.chain().origin_of(&wrapped.set) {
                KeyOrigin::Made => WRONG_PAGES,
                KeyOrigin::File | KeyOrigin::Paper => WRONG_NEW_PAGES,
            },
        };
        let restored = restoring.run(&mut journal, &clock);
        remember_journal(&mut state, &journal);
        let restored = restored?;
        let set = restored.set;
        let event = Event::Escrow(EscrowRecord { set: set.to_string(), step: restored.proof.clone() });
        let now = clock();
        let appended = journal.append(now, event).map(|_| ());
        remember_journal(&mut state, &journal);
        appended.map_err(|error| error.diagnosis("The proof was signed, but the journal could not be written."))?;
        let bagged = ask_new_bags(&mut journal, &set.to_string(), &restored.interrupt, now);
        let destroyed = destroy_replaced(&mut journal, &restored, now);
        remember_journal(&mut state, &journal);
        destroyed?;
        let document = Document {
            set: SetDocument::from(&set),
            key: KeyDocument::from(&restored.key),
            kept: self.keep,
            verified: true,
            new_bags: bagged?.iter().map(BagDocument::from).collect(),
        };
        let public_key = &document.key.public_key_sha256;
        run.event("escrow verify", &document);
        let kept = if self.keep {
            format!(
                "The key stays in this token. Its flags say that it was restored. Pin it: public_key_sha256 = \"{public_key}\""
            )
        } else {
            "The key is not kept in this token.".to_owned()
        };
        let text = format!(
            "The pages of the set {set} are verified: the key was restored from them into the token {}, and its proof verifies under the public key\n{public_key}\n{kept}\nThe root may be signed now.",
            restored.key.token.describe()
        );
        run.tell(&document, &printable_lines(&text));
        Ok(Exit::Done)
    }
}

/// Has the pages destroyed that the verified ones replace.
fn destroy_replaced(journal: &mut Journal<'_>, restored: &Restored, now: i64) -> Result<(), Diagnosis> {
    let sets = journal.chain().replaced_sets(&restored.set.to_string(), &restored.key.public.sha256());
    for (set, bags) in sets {
        say(&format!("The pages of the set {set} are replaced now. Its bags: {}.", printable(&bags.join(", "))));
        let question = "Destroy these pages before a witness. Then type the witness's name, or Return to do it later:";
        let witness = match ask_line(question, &restored.interrupt) {
            Answer::Line(witness) if !witness.is_empty() && witness.chars().all(is_plain) => witness,
            _ => {
                say("note: the journal says nothing of it. The next `escrow verify` asks again.");
                return Ok(());
            }
        };
        let record = EscrowRecord { set, step: EscrowStep::Destroyed { witness } };
        let what = "The escrow is verified, but the journal could not be written.";
        journal.append(now, Event::Escrow(record)).map_err(|error| error.diagnosis(what))?;
    }
    Ok(())
}

/// The document of `escrow verify`.
#[derive(Serialize)]
struct Document {
    #[serde(flatten)]
    set: SetDocument,
    #[serde(flatten)]
    key: KeyDocument,
    kept: bool,
    verified: bool,
    new_bags: Vec<BagDocument>,
}

//! `escrow verify`: what ends a key generation with escrow. The key is restored from its pages into a second token and
//! signs a proof under the public key of the first.

use std::path::PathBuf;

use clap::Args;
use rootcast_console::run::Run;
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::exit::Exit;
use rootcast_host::text::printable;
use rootcast_protocol::digest::Digest;
use serde::Serialize;

use super::bags::{ask_destroyed, ask_new_bags, say_too_few};
use super::documents::{BagDocument, KeyDocument, SetDocument, printable_lines};
use super::restoring::{Restoring, first_token, no_such_set, unproved};
use super::trusted::trusted_keys;
use crate::ceremony::key::wrapping::Stay;
use crate::ceremony::site::Site;
use crate::command::clock_of;
use crate::command::opened::{journal_with_all, remember_journal, state_failed};
use crate::store::journal::escrow::{
    EscrowRecord, EscrowStanding, EscrowState, KeyOrigin, ProofSource, SetStanding, WrappedRecord,
};
use crate::store::journal::{Chain, Event};
use crate::store::state::State;

const NOTHING: &str = "The escrow is not verified. No key was kept, and nothing was signed but a proof at most.";

/// What to do where the pages do not give the key, and nobody was ever to use it before they do.
const WRONG_PAGES: &str = "Do not sign with this key. Destroy its pages. Make a new key and a new set with `ceremony keygen`, with another site file \
     and another key_label. Then destroy this key in its token, with its vendor's program.";

/// The same where the key was there before its pages.
const WRONG_NEW_PAGES: &str = "Destroy the pages of this set. The key itself is as it was: put it on new pages with `escrow restore --rewrap` \
from an earlier set, or with `escrow import`.";

/// The same where the pages gave the key once, or the key is in use: what is wrong is on these pages, or in this journal.
const WRONG_PAPERS: &str = "Take other envelopes of the same set, and run the command again. The key in its token is as it was. Destroy \
neither that key nor any page.";

/// What to do where the pages of this set do not give the key. Nobody is told to destroy a key that may be in service.
fn wrong_pages(chain: &Chain, state: &State<'_>, wrapped: &WrappedRecord) -> &'static str {
    let public_key = Digest::of(&wrapped.spki);
    let of_root = trusted_keys(state).iter().any(|key| key.sha256() == public_key);
    let was_verified = chain.set_standing(&wrapped.set) == Some(SetStanding::Verified);
    match chain.origin_of(&wrapped.set) {
        _ if was_verified || of_root || chain.has_signed(&public_key) => WRONG_PAPERS,
        KeyOrigin::Made => WRONG_PAGES,
        KeyOrigin::File | KeyOrigin::Paper => WRONG_NEW_PAGES,
    }
}

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
            .map_err(|error| state_failed(&error, NOTHING))?;
        let mut journal = journal_with_all(run, &state, NOTHING)?;
        let Some(wrapped) = journal.chain().last_wrapped(self.set.as_deref()) else {
            return Err(no_such_set(journal.chain(), self.set.as_deref(), NOTHING));
        };
        if !wrapped.token_serial.is_empty() && site.token_serial().as_ref() == Some(&wrapped.token_serial) {
            let serial = printable(&wrapped.token_serial);
            return Err(first_token(NOTHING, &format!("the token {serial} is the one that the pages were made with")));
        }
        let restoring = Restoring {
            site: &site,
            wrapped: &wrapped,
            stay: if self.keep { Stay::Token } else { Stay::Session },
            source: ProofSource::Verification,
            what: NOTHING,
            wrong_pages: wrong_pages(journal.chain(), &state, &wrapped),
            is_of_kit: false,
        };
        let restored = restoring.run(&mut journal, &clock);
        remember_journal(&mut state, &journal);
        let restored = restored?;
        let set = restored.set;
        let event = Event::Escrow(EscrowRecord { set: set.to_string(), step: restored.proof.clone() });
        let appended = journal.append(clock(), event).map(|_| ());
        remember_journal(&mut state, &journal);
        appended.map_err(|error| unproved(&error, "The proof was signed, but the journal could not be written."))?;
        let bagged = ask_new_bags(&mut journal, &set.to_string(), &restored.interrupt, &clock);
        let public = restored.key.public.sha256();
        if let Ok(bagged) = &bagged {
            say_too_few(&set.to_string(), bagged, &wrapped.groups);
        }
        let replaced = journal.chain().replaced_sets(&set.to_string(), &public);
        let destroyed = replaced
            .iter()
            .try_for_each(|(set, bags)| ask_destroyed(&mut journal, (set, bags), &restored.interrupt, &clock));
        remember_journal(&mut state, &journal);
        destroyed?;
        let may_sign = match journal.chain().escrow_state(&public, Some(&wrapped.token_serial)) {
            Some(EscrowState { standing: EscrowStanding::Verified, unverified: None, .. }) => {
                "The root may be signed now.".to_owned()
            }
            Some(EscrowState { standing: EscrowStanding::Verified, unverified: Some(newer), .. }) => format!(
                "The root may be signed now. Nobody has restored the key from the newer set {} yet.",
                printable(&newer)
            ),
            Some(EscrowState { set, standing, .. }) => format!(
                "The root may NOT be signed yet: {}",
                if standing == EscrowStanding::HalfRestored {
                    format!(
                        "a run that put the key of the set {} into its token did not end well. Run it again with that token.",
                        printable(&set)
                    )
                } else {
                    "the pages of this set were destroyed, or its run ended early.".to_owned()
                }
            ),
            None => String::new(),
        };
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
            "The pages of the set {set} are verified: the key was restored from them into the token {}, and its proof verifies under the public key\n{public_key}\n{kept}\n{may_sign}",
            restored.key.token.describe()
        );
        run.tell(&document, &printable_lines(&text));
        Ok(Exit::Done)
    }
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

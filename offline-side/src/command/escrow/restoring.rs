//! What `escrow verify` and `escrow restore` have in common: a token, pieces, and a proof.

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::interrupt::Interrupt;
use rootcast_host::terminal::say;
use rootcast_host::text::{in_one_line, printable};
use zeroize::Zeroizing;

use super::generating::clear_left_over;
use super::nobody::nobody;
use crate::ceremony::key::SignatureScheme;
use crate::ceremony::key::error::KeyError;
use crate::ceremony::key::generation::GeneratedKey;
use crate::ceremony::key::keystroke::Silence;
use crate::ceremony::key::kind::NewKey;
use crate::ceremony::key::pin::Terminal;
use crate::ceremony::key::public_key::PublicKey;
use crate::ceremony::key::wrap_way::WrapWay;
use crate::ceremony::key::wrapping::{Stay, WrappingToken};
use crate::ceremony::request::EscrowGroups;
use crate::ceremony::site::{KeyPlace, Site};
use crate::command::ceremony::asking::no_signal_handler;
use crate::command::memory::keep_out_of_swap;
use crate::escrow::blob;
use crate::escrow::gathering::gather;
use crate::escrow::groups::Groups;
use crate::escrow::proof::prove;
use crate::escrow::secret::Secret;
use crate::escrow::set_id::SetId;
use crate::escrow::typed_line::Keyboard;
use crate::store::hex_text;
use crate::store::journal::escrow::{EscrowRecord, EscrowStep, ProofSource, SetStanding, WrappedRecord};
use crate::store::journal::{Chain, Event, Journal, JournalError};

/// What is restored, where, and what for.
pub(super) struct Restoring<'r> {
    /// The site whose token it goes into.
    pub(super) site: &'r Site,
    /// What the journal says of the key.
    pub(super) wrapped: &'r WrappedRecord,
    /// Whether it stays there.
    pub(super) stay: Stay,
    /// What the proof is for.
    pub(super) source: ProofSource,
    /// What a failure says was not done.
    pub(super) what: &'static str,
    /// What to do where the pages do not give the key.
    pub(super) wrong_pages: &'static str,
}

/// A key that was restored and proved.
pub(super) struct Restored {
    /// The set.
    pub(super) set: SetId,
    /// The key, as its token tells it.
    pub(super) key: GeneratedKey,
    /// The proof, for the journal.
    pub(super) proof: EscrowStep,
    /// Whether a signal came.
    pub(super) interrupt: Interrupt,
}

/// A token, and what pages gave for it.
pub(super) struct Gathered {
    /// The token, logged in to.
    pub(super) token: WrappingToken,
    /// Whether a signal came.
    pub(super) interrupt: Interrupt,
    /// The set.
    pub(super) set: SetId,
    /// The groups.
    pub(super) groups: Groups,
    /// The public key.
    pub(super) public: PublicKey,
    /// The first group's key.
    pub(super) first: Secret,
    /// The root's key, wrapped under it.
    pub(super) inner: Zeroizing<Vec<u8>>,
}

impl Restoring<'_> {
    /// Logs in, clears up after runs that were killed, and asks for the pieces.
    pub(super) fn gather(&self, journal: &mut Journal<'_>, now: i64) -> Result<Gathered, Diagnosis> {
        let told = |error: KeyError| error.diagnosis(self.what);
        let refused = |why: String, next: &str| Err(Diagnosis::new(Label::KeyNotPinned, self.what, why, next));
        let Some((set, groups, public)) = parts(self.wrapped) else {
            let why = format!("KEY-ESCROW: what the journal says of the set {} cannot be read.", self.wrapped.set);
            return refused(why, "Use another copy of the journal.");
        };
        let place = match &self.site.key {
            KeyPlace::Token { place, .. } => place,
            KeyPlace::Rehearsal { .. } => {
                let why = "KEY-ESCROW: the site has a rehearsal key. The key is restored into a token.";
                return Err(Diagnosis::new(Label::Usage, self.what, why, "Name a token in the site file."));
            }
        };
        keep_out_of_swap();
        let interrupt = Interrupt::listen().map_err(|error| no_signal_handler(self.what, &error))?;
        let scheme = self.site.scheme.unwrap_or(SignatureScheme::usual_for(public.kind()));
        let way = WrapWay::named(&self.wrapped.mechanism);
        let mut terminal = Terminal::new(interrupt.clone());
        // Whoever types on while the token is tried is not to be seen. Where there is no terminal, the PIN says so.
        let _silence = Silence::before_a_question();
        let token = WrappingToken::open(place, scheme, Some(way), &mut terminal).map_err(told)?;
        clear_left_over(&token, journal, now, self.what)?;
        if self.stay == Stay::Token {
            token.check_label_is_free().map_err(told)?;
        }
        // Nobody types 250 words for a token that cannot take the key.
        let kind = NewKey::ALL.into_iter().find(|new| new.is_of(public.kind(), public.modulus_bits()));
        kind.map_or(Ok(()), |new| token.try_out(new)).map_err(told)?;
        say(&format!("Set {set}, {}: pieces from two envelopes of each group are asked for.", set.words()));
        let no_line = |no_line| nobody(self.what, no_line);
        let mut keyboard = Keyboard::begin(interrupt.clone()).map_err(no_line)?;
        let keys = gather(&mut keyboard, &set, &groups, self.wrapped.blob.len()).map_err(no_line)?;
        drop(keyboard);
        if keys.blob != self.wrapped.blob {
            let why = "KEY-ESCROW: the wrapped key on the pages is not the one in the journal.".to_owned();
            return refused(why, self.wrong_pages);
        }
        let [_, second] = groups.names();
        let Some(inner) = blob::unwrap(&keys.second, &keys.blob) else {
            return refused(
                format!("KEY-ESCROW: the pieces of {second} do not open the wrapped key."),
                self.wrong_pages,
            );
        };
        Ok(Gathered { token, interrupt, set, groups, public, first: keys.first, inner })
    }

    /// Logs in, asks for the pieces, restores the key and has it sign a proof. The journal says that this begins before there
    /// is anything on the token, and how it ended if it failed. The proof is for the caller to record.
    pub(super) fn run(&self, journal: &mut Journal<'_>, clock: &dyn Fn() -> i64) -> Result<Restored, Diagnosis> {
        let Gathered { token, interrupt, set, public, first, inner, .. } = self.gather(journal, clock())?;
        let token_serial = printable(&token.facts().serial);
        let restoring =
            EscrowStep::Restoring { token_serial: token_serial.clone(), object_id: hex_text::encode(token.id()) };
        let mut write = |step: EscrowStep| -> Result<(), JournalError> {
            let event = Event::Escrow(EscrowRecord { set: set.to_string(), step });
            journal.append(clock(), event).map(|_| ())
        };
        write(restoring).map_err(|error| error.diagnosis(self.what))?;
        let proved = token.restore(first.bytes(), &inner, &public, self.stay).and_then(|restored| {
            let stays = self.stay == Stay::Token;
            let proof = prove(&restored, &set, (self.source, stays), &token_serial)?;
            Ok((restored.generated(), proof))
        });
        drop((first, inner));
        match proved {
            Ok((key, proof)) => Ok(Restored { set, key, proof, interrupt }),
            Err(error) => {
                let mut diagnosis = error.diagnosis(self.what);
                let left = token.destroy_left_over(token.id()).is_err();
                if left {
                    diagnosis.why = format!(
                        "{}\nWhat was made on the token could not be destroyed: run the same command again, or look at the token \
                         with `token list --login`.",
                        diagnosis.why
                    );
                }
                let (label, why) = (diagnosis.label.to_string(), in_one_line(&diagnosis.why));
                if let Err(error) = write(EscrowStep::RestoreEnded { token_serial, label, why, left }) {
                    diagnosis.why = format!("{}\nThe journal could not be written: {error}.", diagnosis.why);
                }
                Err(diagnosis)
            }
        }
    }
}

/// The set, its groups and its public key.
fn parts(wrapped: &WrappedRecord) -> Option<(SetId, Groups, PublicKey)> {
    let groups = EscrowGroups::new(wrapped.groups.clone()).ok()?;
    Some((SetId::from_hex(&wrapped.set)?, Groups::from(groups), PublicKey::from_spki(&wrapped.spki)?))
}

/// There is no set that a key could be restored from: none, or none with this name, or it ended early.
pub(super) fn no_such_set(chain: &Chain, named: Option<&str>, what: &str) -> Diagnosis {
    let standing = named.and_then(|set| Some((set, chain.set_standing(set)?)));
    let (why, next) = match standing {
        Some((set, SetStanding::Unfinished | SetStanding::Stopped)) => (
            format!("KEY-ESCROW: the run that made the set {set} ended early. Its pages are of no use."),
            "Destroy its pages, and leave --set out: the newest set that is whole is taken then. `journal show` lists sets.",
        ),
        _ => (
            "KEY-ESCROW: the journal has no such set whose pages are all printed and whose key is in its token."
                .to_owned(),
            "Use the state of the root, or the newest kit. `journal show` lists its sets. Page 2 of each envelope has the \
             recipe with `openssl` alone.",
        ),
    };
    Diagnosis::new(Label::KeyNotPinned, what, why, next)
}

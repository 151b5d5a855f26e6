//! What `escrow verify` and `escrow restore` have in common: a token, pieces, and a proof.

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::interrupt::Interrupt;
use rootcast_host::terminal::say;
use rootcast_host::text::{in_one_line, printable};
use rootcast_protocol::hex;
use zeroize::Zeroizing;

use super::generating::{Clearing, THIS_HOST_HAS_IT};
use super::nobody::{nobody, ungathered};
use super::set_back::say_if_set_back;
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
    /// Whether the journal came from a kit in this run.
    pub(super) is_of_kit: bool,
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
        say(THIS_HOST_HAS_IT);
        say_if_set_back(journal.chain(), now);
        keep_out_of_swap();
        let interrupt = Interrupt::listen().map_err(|error| no_signal_handler(self.what, &error))?;
        let scheme = self.site.scheme.unwrap_or(SignatureScheme::usual_for(public.kind()));
        let Some(way) = WrapWay::named(&self.wrapped.mechanism) else {
            let mechanism = printable(&self.wrapped.mechanism);
            let why =
                format!("KEY-ESCROW: this program does not know the way in which the key was wrapped: {mechanism}.");
            return refused(why, "Use the program that made the pages, or the recipe on page 2 of each envelope.");
        };
        let mut terminal = Terminal::new(interrupt.clone());
        // Whoever types on while the token is tried is not to be seen. Where there is no terminal, the PIN says so.
        let mut silence = Silence::before_a_question().ok();
        let token = WrappingToken::open(place, scheme, Some(way), &mut terminal).map_err(told)?;
        let clearing =
            Clearing { token: &token, interrupt: &interrupt, now, what: self.what, is_of_kit: self.is_of_kit };
        clearing.run(journal, &mut || silence = None)?;
        let _silence = silence.or_else(|| Silence::before_a_question().ok());
        if self.source == ProofSource::Verification {
            let serial = printable(&token.facts().serial);
            if !serial.is_empty() && serial == self.wrapped.token_serial {
                return Err(first_token(
                    self.what,
                    &format!("the token {serial} is the one that the pages were made with"),
                ));
            }
            // Without a serial number the key itself says which token it is.
            if serial.is_empty() {
                match token.check_holds_none(std::slice::from_ref(&public)) {
                    Ok(()) => {}
                    Err(KeyError::HoldsRoot { .. }) => {
                        let why = "this token, which has no serial number, has the key already";
                        return Err(first_token(self.what, why));
                    }
                    Err(error) => return Err(told(error)),
                }
            }
        }
        if self.stay == Stay::Token {
            token.check_label_is_free().map_err(told)?;
        }
        // Nobody types 250 words for a token that cannot take the key.
        let kind = NewKey::ALL.into_iter().find(|new| new.is_of(public.kind(), public.modulus_bits()));
        kind.map_or(Ok(()), |new| token.try_out(new)).map_err(told)?;
        say(&format!("Set {set}, {}: pieces from two envelopes of each group are asked for.", set.words()));
        let no_line = |no_line| nobody(self.what, no_line);
        let mut keyboard = Keyboard::begin(interrupt.clone()).map_err(no_line)?;
        let keys = gather(&mut keyboard, (&set, &self.wrapped.pieces), &groups, &self.wrapped.blob)
            .map_err(|end| ungathered(self.what, end))?;
        drop(keyboard);
        let [_, second] = groups.names();
        let Some(inner) = blob::unwrap(&keys.second, &self.wrapped.blob) else {
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
        let Gathered { token, interrupt, set, groups, public, first, inner } = self.gather(journal, clock())?;
        let token_serial = printable(&token.facts().serial);
        let restoring =
            EscrowStep::Restoring { token_serial: token_serial.clone(), object_id: hex::encode(token.id()) };
        let mut write = |step: EscrowStep| -> Result<(), JournalError> {
            let event = Event::Escrow(EscrowRecord { set: set.to_string(), step });
            journal.append(clock(), event).map(|_| ())
        };
        write(restoring).map_err(|error| error.diagnosis(self.what))?;
        let proved = token.restore(first.bytes(), &inner, &public, self.stay).and_then(|restored| {
            let stays = self.stay == Stay::Token;
            let proof = prove(&restored, &set, (self.source, stays), &token_serial)?;
            let key = restored.generated();
            restored.destroy()?;
            token.check_nothing_temporary()?;
            Ok((key, proof))
        });
        drop((first, inner));
        match proved {
            Ok((key, proof)) => Ok(Restored { set, key, proof, interrupt }),
            Err(error) => {
                let mut diagnosis = match error {
                    // The token took a key in and out a moment before: what is wrong is this one.
                    KeyError::NotUnwrapped { why } => {
                        let [first, _] = groups.names();
                        let why = format!("KEY-ESCROW: the pieces of {first} do not open the wrapped key: {why}.");
                        Diagnosis::new(Label::KeyNotPinned, self.what, why, self.wrong_pages)
                    }
                    // The token showed no public key of it, and its proof does not verify.
                    KeyError::WrongSignature { .. } | KeyError::RestoredAnother => {
                        let why = format!(
                            "KEY-ESCROW: the pieces open the wrapped key, and it is another key than the one with the public key {}. \
                             It was destroyed in the token.",
                            public.sha256()
                        );
                        Diagnosis::new(Label::KeyNotPinned, self.what, why, ANOTHER_KEY)
                    }
                    error => error.diagnosis(self.what),
                };
                let cleared = token.clear_up();
                let left = cleared.is_err();
                if let Err(error) = cleared {
                    let of_left = error.diagnosis(LEFT);
                    diagnosis.what = of_left.what;
                    diagnosis.why =
                        format!("{}\nWhat was made on the token could not be destroyed: {error}.", diagnosis.why);
                    diagnosis.next = format!("{} {}", of_left.next, diagnosis.next);
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

/// What to do where the wrapped key holds the key of another root.
const ANOTHER_KEY: &str = "State or kit, or the pages, are of another root, or somebody changed them. Compare the journal's head with the newest \
paper record, and the SHA-256 of the public key with page 1 of each envelope. Then use the state or kit, and the envelopes, that belong \
together.";

/// What a failure says after which something is left in the token.
const LEFT: &str =
    "The key was not restored, and something of it is left in the token. It must never sign. Nothing was sent.";

/// The proof is signed and not in the journal. `what` says so.
pub(super) fn unproved(error: &JournalError, what: &str) -> Diagnosis {
    let next = "Check the disk and its free space. Then run this command again with the same token: it asks for a word before it \
                destroys a key that was kept there, and restores it anew. Until then `ceremony sign` refuses that token.";
    Diagnosis { next: next.to_owned(), ..error.diagnosis(what) }
}

/// A verification with the token that has the key.
pub(super) fn first_token(what: &str, why: &str) -> Diagnosis {
    let next = "Give the site file of another token: what is proved is that the pages are enough without the first.";
    Diagnosis::new(Label::Usage, what, format!("KEY-ESCROW: {why}."), next)
}

/// The set, its groups and its public key.
fn parts(wrapped: &WrappedRecord) -> Option<(SetId, Groups, PublicKey)> {
    let groups = EscrowGroups::new(wrapped.groups.clone()).ok()?;
    (wrapped.blob.len() <= blob::BLOB_BYTES_MAX).then_some(())?;
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
        _ if named.is_none() && !chain.sets_that_ended_early().is_empty() => (
            format!(
                "KEY-ESCROW: the journal has no set that is whole. The runs that made these sets ended early, and their pages are of \
                 no use: {}.",
                printable(&chain.sets_that_ended_early().join(", "))
            ),
            "If you have pages of another set, use the newest state of the root, or the newest kit. If not, destroy these pages, and \
             make a new set.",
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

//! Makes a root key and puts it on paper, in one run: afterwards nothing but the paper has the groups' keys.
//!
//! ```text
//! journal: begun ─► try-out ─► key made, wrapped, destroyed ─► journal: wrapped ─► restored for this session: a proof
//!   ─► six envelopes, one after the other ─► key put into the token to stay ─► a proof
//! ```
//!
//! Until the last step the token has no key that outlives the session. So whatever ends the run early leaves none, or one
//! of which the journal says that it must never sign. Its pages are then of no use, and have to be destroyed.

use std::fmt;

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::interrupt::Interrupt;
use rootcast_host::text::{in_one_line, printable};
use rootcast_protocol::hex;

use super::blob;
use super::dice::Dice;
use super::groups::Groups;
use super::page::Envelope;
use super::paper::{Paper, PaperFault};
use super::piece::{Group, PieceId, Third, divide};
use super::proof::prove;
use super::secret::Secret;
use super::set_id::{SET_BYTES, SetId};
use crate::ceremony::key::error::KeyError;
use crate::ceremony::key::generation::GeneratedKey;
use crate::ceremony::key::kind::{KeyKind, NewKey};
use crate::ceremony::key::public_key::PublicKey;
use crate::ceremony::key::rehearsal_key::RehearsalKey;
use crate::ceremony::key::wrap_way::{WRAPPED_ON_HOST, WrapWay};
use crate::ceremony::key::wrapping::{Stay, WrappedKey, WrappingToken};
use crate::store::journal::escrow::{EscrowRecord, EscrowStep, KeyOrigin, ProofSource};
use crate::store::journal::{Chain, Event, Journal, JournalError};

/// What a failure says happened.
pub(crate) const NO_KEY: &str = "No key was kept. Nothing was signed or sent.";

/// The same of a key that was there before.
const AS_IT_WAS: &str =
    "No key was kept in this token. The key itself is as it was, wherever it is. Nothing was signed or sent.";

/// The same where the token did not let go of what was made.
const LEFT: &str = "Something that was made is left in the token. It must never sign. Nothing was sent.";

/// Whoever stands at the printer.
pub(crate) trait Operator {
    /// Asks for the number of the bag of this envelope: another one than those before, each of an envelope.
    ///
    /// # Errors
    /// When it ends here.
    fn bag(&mut self, envelope: &str, taken: &[(String, String)]) -> Result<String, Diagnosis>;

    /// Says where the pages are, and asks whether they are printed, right and in their bag.
    ///
    /// # Errors
    /// When they are not, or it ends here.
    fn confirm(&mut self, envelope: &str, bag: &str, place: &str) -> Result<(), Diagnosis>;
}

/// Where the key comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum KeySource<'k> {
    /// The token makes it.
    New(NewKey),
    /// It exists in a file: the key of a root that had no escrow.
    File(&'k RehearsalKey),
    /// It came from pages that were opened: they are replaced.
    Paper {
        /// The first group's key of those pages.
        key: &'k Secret,
        /// What that key opens.
        wrapped: &'k [u8],
        /// The public key.
        public: &'k PublicKey,
        /// Those pages.
        set: &'k SetId,
    },
}

impl KeySource<'_> {
    /// How its token has to wrap; nothing where any way will do.
    #[must_use]
    pub(crate) fn way(&self) -> Option<WrapWay> {
        // The host wraps the key of a file as RFC 5649 says.
        matches!(self, Self::File(_)).then_some(WrapWay::KeyWrapPad)
    }

    /// What a failure says was not done.
    fn what(&self) -> &'static str {
        match self {
            Self::New(_) => NO_KEY,
            Self::File(_) | Self::Paper { .. } => AS_IT_WAS,
        }
    }

    /// What to do with pages and key after a failure.
    fn next(&self, set: &SetId, has_pages: bool) -> String {
        let mut text = String::new();
        if has_pages {
            text = format!(
                "Destroy every page of the set {set} that was printed in this run: each page names its set, and no page is printed \
                 twice. "
            );
        }
        text + &match self {
            Self::New(_) => "A new run makes a new key and a new set.".to_owned(),
            Self::File(_) => "KEEP the file with the key. A new run makes new pages of the same key.".to_owned(),
            Self::Paper { set, .. } => format!(
                "KEEP the pages of the set {set}, which were opened: they are the key's only pages that count. A new run makes \
                 new pages of the same key. If you end here, put the opened ones into new bags and run `escrow bags --set {set}`."
            ),
        }
    }

    /// For the journal, where it comes from.
    fn origin(&self) -> KeyOrigin {
        match self {
            Self::New(_) => KeyOrigin::Made,
            Self::File(_) => KeyOrigin::File,
            Self::Paper { .. } => KeyOrigin::Paper,
        }
    }

    /// For the journal, what kind of key it is.
    #[must_use]
    pub(crate) fn kind_text(&self) -> String {
        match self {
            Self::New(new) => new.name().to_owned(),
            Self::File(key) => key.public_key().describe(),
            Self::Paper { public, .. } => public.describe(),
        }
    }

    /// What kind of key it is.
    #[must_use]
    pub(crate) fn kind(&self) -> KeyKind {
        match self {
            Self::New(new) => new.kind(),
            Self::File(key) => key.public_key().kind(),
            Self::Paper { public, .. } => public.kind(),
        }
    }

    /// The same as a key that this program can make, to try a token with; nothing for a kind that it cannot make.
    fn trial(&self) -> Option<NewKey> {
        let like =
            |public: &PublicKey| NewKey::ALL.into_iter().find(|new| new.is_of(public.kind(), public.modulus_bits()));
        match self {
            Self::New(new) => Some(*new),
            Self::File(key) => like(key.public_key()),
            Self::Paper { public, .. } => like(public),
        }
    }
}

/// What is made, and for whom.
pub(crate) struct Generation<'g, 'd> {
    /// The token, logged in to.
    pub(crate) token: &'g WrappingToken,
    /// Where the key comes from.
    pub(crate) source: KeySource<'g>,
    /// The key's label.
    pub(crate) key: String,
    /// The groups.
    pub(crate) groups: &'g Groups,
    /// The root's subject, for the pages.
    pub(crate) owner: String,
    /// Whether it is the twin of a drill, as every page then says.
    pub(crate) is_drill: bool,
    /// What a witness threw, if somebody did.
    pub(crate) dice: Option<Dice>,
    /// The journal's entry of the key, once it is in the token.
    pub(crate) key_made: &'g dyn Fn(&GeneratedKey) -> Event,
    /// Where pages go.
    pub(crate) paper: &'g Paper,
    /// The journal.
    pub(crate) journal: &'g mut Journal<'d>,
    /// The clock.
    pub(crate) clock: &'g dyn Fn() -> i64,
    /// Whether a signal came.
    pub(crate) interrupt: Interrupt,
}

/// A key that was made and put on paper.
#[derive(Debug)]
pub(crate) struct OnSixPapers {
    /// The key.
    pub(crate) made: GeneratedKey,
    /// The set.
    pub(crate) set: SetId,
    /// Each envelope with the number of its bag.
    pub(crate) bags: Vec<(String, String)>,
}

/// Why it ended early.
#[derive(Debug)]
enum Ended {
    Key(KeyError),
    Journal(JournalError),
    Paper(PaperFault),
    Operator(Diagnosis),
    Layout,
}

impl From<KeyError> for Ended {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl From<JournalError> for Ended {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl From<PaperFault> for Ended {
    fn from(error: PaperFault) -> Self {
        Self::Paper(error)
    }
}

impl Ended {
    /// `pages` says what to do with pages and key; it is added to what the failure itself asks for.
    fn diagnosis(&self, what: &str, pages: &str) -> Diagnosis {
        let mut diagnosis = match self {
            Self::Key(error) => error.diagnosis(what),
            Self::Journal(error) => error.diagnosis(what),
            Self::Paper(PaperFault::Interrupted) => {
                Diagnosis::new(Label::Interrupted, what, PaperFault::Interrupted.to_string(), "")
            }
            Self::Paper(fault) => Diagnosis::new(Label::StorageFailed, what, format!("{fault}."), ""),
            Self::Operator(diagnosis) => Diagnosis { what: what.to_owned(), ..diagnosis.clone() },
            Self::Layout => {
                let why = "What has to stand on the pages is too long for them.";
                let next = "Choose another kind of key (ecdsa-p384), or shorter names.";
                Diagnosis::new(Label::KeyUnusable, what, why, next)
            }
        };
        diagnosis.next = format!("{pages} {}", diagnosis.next).trim_end().to_owned();
        diagnosis
    }
}

impl fmt::Debug for Generation<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generation").field("source", &self.source).field("key", &self.key).finish_non_exhaustive()
    }
}

/// A set that the journal does not know: pages of two keys under one name would be mixed up.
fn new_set(
    chain: &Chain,
    draw: &mut dyn FnMut(&mut [u8; SET_BYTES]) -> Result<(), KeyError>,
) -> Result<SetId, KeyError> {
    loop {
        let mut bytes = [0; SET_BYTES];
        draw(&mut bytes)?;
        let set = SetId::new(bytes);
        if chain.set_standing(&set.to_string()).is_none() {
            return Ok(set);
        }
    }
}

impl Generation<'_, '_> {
    /// Makes the key and all six envelopes.
    ///
    /// # Errors
    /// Whatever ends it early: it is in the journal, and no key stays in the token, as far as the token still obeys.
    pub(crate) fn run(&mut self, operator: &mut dyn Operator) -> Result<OnSixPapers, Diagnosis> {
        let set = new_set(self.journal.chain(), &mut |set| {
            SystemRandom::new().fill(set).map_err(|_| KeyError::Library { doing: "draw random bytes" })
        });
        let set = set.map_err(|error| error.diagnosis(NO_KEY))?;
        let begun = EscrowStep::Begun {
            groups: self.groups.names().to_vec(),
            key: printable(&self.key),
            key_kind: self.source.kind_text(),
            token_serial: printable(&self.token.facts().serial),
            object_id: hex::encode(self.token.id()),
            origin: self.source.origin(),
            pages: Some(printable(&self.paper.path().display().to_string())),
        };
        let what = self.source.what();
        self.paper.clear().map_err(|fault| {
            Ended::Paper(fault).diagnosis(what, "Name another folder in memory for the pages, or another printer.")
        })?;
        self.write(&set, begun).map_err(|error| error.diagnosis(what))?;
        let mut has_pages = false;
        self.make(&set, operator, &mut has_pages).map_err(|ended| {
            let mut diagnosis = ended.diagnosis(what, &self.source.next(&set, has_pages));
            let cleared = self.token.clear_up();
            if let Err(error) = &cleared {
                let left = error.diagnosis(LEFT);
                diagnosis.what = left.what;
                diagnosis.why =
                    format!("{}\nWhat was made on the token could not be destroyed: {error}.", diagnosis.why);
                diagnosis.next = format!("{} {}", diagnosis.next, left.next);
            }
            let left = cleared.is_err();
            let (label, why) = (diagnosis.label.to_string(), in_one_line(&diagnosis.why));
            if let Err(error) = self.write(&set, EscrowStep::Stopped { label, why, left }) {
                diagnosis.why = format!("{}\nThe journal could not be written: {error}.", diagnosis.why);
            }
            diagnosis
        })
    }

    fn write(&mut self, set: &SetId, step: EscrowStep) -> Result<(), JournalError> {
        let record = EscrowRecord { set: set.to_string(), step };
        self.journal.append((self.clock)(), Event::Escrow(record)).map(|_| ())
    }

    /// A secret of the host's and the token's randomness, and of the dice: none of them decides it alone. Each secret has
    /// another number.
    fn draw(&self, number: u8) -> Result<Secret, KeyError> {
        let mut secret = Secret::zero();
        let drawn = SystemRandom::new().fill(secret.bytes_mut());
        drawn.map_err(|_| KeyError::Library { doing: "draw random bytes" })?;
        self.token.add_randomness(secret.bytes_mut())?;
        if let Some(dice) = &self.dice {
            dice.add_to(&mut secret, number);
        }
        Ok(secret)
    }

    fn make(&mut self, set: &SetId, operator: &mut dyn Operator, has_pages: &mut bool) -> Result<OnSixPapers, Ended> {
        // A kind that this program makes no keys of is tried with the key itself, which does not stay.
        self.source.trial().map_or(Ok(()), |new| self.token.try_out(new))?;
        let (first, second) = (self.draw(1)?, self.draw(2)?);
        let (made, mechanism) = match self.source {
            KeySource::New(new) => (self.token.make(new, first.bytes())?, self.token.way().name()),
            KeySource::File(key) => {
                let wrapped = blob::wrap(&first, &key.to_pkcs8()?).ok_or(Ended::Layout)?;
                (WrappedKey { public: key.public_key().clone(), wrapped }, WRAPPED_ON_HOST)
            }
            KeySource::Paper { key, wrapped, public, .. } => {
                (self.token.rewrap((key.bytes(), wrapped), public, first.bytes())?, self.token.way().name())
            }
        };
        let blob = blob::wrap(&second, &made.wrapped).ok_or(Ended::Layout)?;
        let [of_first, of_second] = [(&first, 3), (&second, 5)]
            .map(|(key, number)| Ok::<_, KeyError>(divide(key, self.draw(number)?, self.draw(number + 1)?)));
        let pieces = [of_first?, of_second?];
        let commitments = Group::ALL.into_iter().zip(&pieces).flat_map(|(group, pieces)| {
            let commitment = move |(number, piece)| PieceId { group, number }.commitment(set, piece).to_string();
            Third::ALL.into_iter().zip(pieces).map(commitment)
        });
        let wrapped = EscrowStep::Wrapped {
            public_key: made.public.sha256(),
            spki: hex::encode(made.public.spki()),
            mechanism: mechanism.to_owned(),
            blob: hex::encode(&blob),
            pieces: commitments.collect(),
        };
        self.write(set, wrapped)?;
        let serial = printable(&self.token.facts().serial);
        let restored = self.token.restore(first.bytes(), &made.wrapped, &made.public, Stay::Session)?;
        let proved = prove(&restored, set, (ProofSource::Generation, false), &serial)?;
        restored.destroy()?;
        self.token.check_nothing_temporary()?;
        self.write(set, proved)?;
        let (public_key, key_kind) = (made.public.sha256().to_string(), made.public.describe());
        let day: String = rootcast_host::clock::rfc3339((self.clock)()).chars().take(10).collect();
        let mut bags = Vec::new();
        for (group, pieces) in Group::ALL.into_iter().zip(&pieces) {
            for number in Third::ALL {
                let name = self.groups.envelope(group, number);
                let bag = operator.bag(&name, &bags).map_err(Ended::Operator)?;
                let envelope = Envelope {
                    groups: self.groups,
                    set: *set,
                    group,
                    number,
                    pieces,
                    blob: &blob,
                    key_kind: &key_kind,
                    public_key_sha256: &public_key,
                    owner: &self.owner,
                    is_drill: self.is_drill,
                    way: self.token.way(),
                    day: &day,
                    bag: &bag,
                };
                let pdf = envelope.pdf().ok_or(Ended::Layout)?;
                *has_pages |= self.paper.is_printer();
                let on_paper = self.paper.put(&pdf, &self.interrupt)?;
                *has_pages = true;
                drop(pdf);
                operator.confirm(&name, &bag, &self.paper.place()).map_err(Ended::Operator)?;
                on_paper.remove()?;
                self.write(set, EscrowStep::Printed { envelope: name.clone(), bag: bag.clone() })?;
                bags.push((name, bag));
            }
        }
        let restored = self.token.restore(first.bytes(), &made.wrapped, &made.public, Stay::Token)?;
        let proved = prove(&restored, set, (ProofSource::Generation, true), &serial)?;
        self.write(set, proved)?;
        self.token.check_nothing_temporary()?;
        let made = restored.generated();
        self.journal.append((self.clock)(), (self.key_made)(&made))?;
        Ok(OnSixPapers { made, set: *set, bags })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_that_the_journal_knows_is_drawn_again() {
        let known = |first| {
            let (set, step) =
                (SetId::new([first; SET_BYTES]).to_string(), EscrowStep::Destroyed { witness: "alice".to_owned() });
            Event::Escrow(EscrowRecord { set, step })
        };
        let chain = Chain::of_events(vec![known(1), known(2)]);
        let mut drawn = [1, 2, 1, 3].into_iter();
        let set = new_set(&chain, &mut |bytes| {
            bytes.fill(drawn.next().unwrap());
            Ok(())
        });
        assert_eq!(set.unwrap(), SetId::new([3; SET_BYTES]));
        // Without randomness there is no set.
        let error = new_set(&chain, &mut |_| Err(KeyError::Library { doing: "draw random bytes" }));
        assert!(error.is_err());
    }
}

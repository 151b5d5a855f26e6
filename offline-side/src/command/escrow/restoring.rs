//! What `escrow verify` and `escrow restore` have in common: a token, pieces, and a proof.

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::interrupt::Interrupt;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use zeroize::Zeroizing;

use super::nobody::nobody;
use crate::ceremony::key::SignatureScheme;
use crate::ceremony::key::error::KeyError;
use crate::ceremony::key::generation::GeneratedKey;
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
use crate::store::journal::escrow::{EscrowStep, ProofSource, WrappedRecord};

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
    /// Logs in, and asks for the pieces.
    pub(super) fn gather(&self) -> Result<Gathered, Diagnosis> {
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
        let token = WrappingToken::open(place, scheme, Some(way), &mut terminal).map_err(told)?;
        if self.stay == Stay::Token {
            token.check_label_is_free().map_err(told)?;
        }
        // Nobody types 250 words for a token that cannot take the key.
        let kind = NewKey::ALL.into_iter().find(|new| new.is_of(public.kind(), public.modulus_bits()));
        kind.map_or(Ok(()), |new| token.try_out(new)).map_err(told)?;
        say(&format!("Set {set}, {}: pieces from two envelopes of each group are asked for.", set.words()));
        let no_line = |no_line| nobody(self.what, no_line);
        let mut keyboard = Keyboard::begin(interrupt.clone()).map_err(no_line)?;
        let keys = gather(&mut keyboard, &set, &groups).map_err(no_line)?;
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

    /// Logs in, asks for the pieces, restores the key and has it sign a proof.
    pub(super) fn run(&self) -> Result<Restored, Diagnosis> {
        let told = |error: KeyError| error.diagnosis(self.what);
        let Gathered { token, interrupt, set, public, first, inner, .. } = self.gather()?;
        let restored = token.restore(first.bytes(), &inner, &public, self.stay).map_err(told)?;
        drop((first, inner));
        let serial = printable(&token.facts().serial);
        let stays = self.stay == Stay::Token;
        let proof = prove(&restored, &set, (self.source, stays), &serial).map_err(|error| {
            if stays && token.destroy_left_over(token.id()).is_err() {
                say("WARNING: the restored key could not be destroyed: look at the token with `token list --login`.");
            }
            told(error)
        })?;
        Ok(Restored { set, key: restored.generated(), proof, interrupt })
    }
}

/// The set, its groups and its public key.
fn parts(wrapped: &WrappedRecord) -> Option<(SetId, Groups, PublicKey)> {
    let groups = EscrowGroups::new(wrapped.groups.clone()).ok()?;
    Some((SetId::from_hex(&wrapped.set)?, Groups::from(groups), PublicKey::from_spki(&wrapped.spki)?))
}

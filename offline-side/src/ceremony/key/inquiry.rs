//! What a token says about a signature before anybody logs in: for a rehearsal, weeks before the ceremony. Uses no key and
//! asks for no PIN. The same and more is asked again by [`super::token::TokenKey::make_ready`].

use std::collections::BTreeSet;

use cryptoki::object::ObjectClass;
use rootcast_protocol::digest::Digest;

use super::choice::choose;
use super::error::KeyError;
use super::key_object::{certificates, objects, public_of};
use super::login::{TokenPlace, login_fault};
use super::mechanism::Way;
use super::module::{Module, TokenFacts};
use super::public_key::PublicKey;
use super::scheme::SignatureScheme;
use super::token::best_way;
use super::token_name::TokenName;

/// What a token said.
#[derive(Debug, Clone)]
pub(crate) struct Inquiry {
    token: TokenFacts,
    way: Way,
    sees_private_key: bool,
    /// The label that the site file has for the key.
    key_label: String,
    /// The labels under which it shows the pinned public key.
    labels: BTreeSet<String>,
}

impl Inquiry {
    /// Asks the token at `place` whether it can sign with `scheme`. Of the key with the `pinned` public key it asks what it
    /// shows without a login.
    ///
    /// # Errors
    /// When the token is not there, or says that it cannot sign so. [`KeyError::is_lasting`] tells the one from the other.
    pub(crate) fn ask(place: &TokenPlace, pinned: Option<&Digest>, scheme: SignatureScheme) -> Result<Self, KeyError> {
        let module = Module::load(&place.module)?;
        let token = choose(&module, place.names(), (&place.key_label, pinned))?;
        let session = module.session(token.slot, false)?;
        let mut shown = objects(&session, ObjectClass::PUBLIC_KEY, None)?;
        let privates = objects(&session, ObjectClass::PRIVATE_KEY, Some(&place.key_label))?;
        let is_pinned = |public: Option<PublicKey>| public.is_some_and(|public| Some(&public.sha256()) == pinned);
        let named = shown.iter().filter(|public| is_pinned(public.public.clone()));
        let labels = named.map(|public| public.label.clone()).collect();
        shown.extend(certificates(&session)?);
        let private = privates.iter().find(|private| is_pinned(public_of(private, &shown)));
        if private.is_some_and(|private| private.flags.sign == Some(false)) {
            return Err(KeyError::KeyUnusable {
                label: place.key_label.clone(),
                why: "CKA_SIGN is off".to_owned(),
                scheme: None,
            });
        }
        let way = best_way(&module, token.slot, private, scheme)?;
        // What may be otherwise on the day of the ceremony comes last.
        if let Some(fault) = login_fault(&token) {
            return Err(fault);
        }
        let (sees_private_key, key_label) = (private.is_some(), place.key_label.clone());
        Ok(Self { token: token.facts, way, sees_private_key, key_label, labels })
    }

    /// What is probably a mistake: the token shows the pinned public key, but under another label than the site file has.
    /// A private key has the label of its public key, unless somebody gave it another one.
    #[must_use]
    pub(crate) fn warning(&self) -> Option<String> {
        let Self { key_label, labels, .. } = self;
        if self.sees_private_key || labels.is_empty() || labels.contains(key_label) {
            return None;
        }
        let labels: Vec<String> = labels.iter().map(|label| format!("{label:?}")).collect();
        let labels = labels.join(" and ");
        Some(format!("KEY-PINNED: this token has the pinned public key as {labels}; the site file says {key_label:?}"))
    }

    /// What people are told, a sentence each.
    #[must_use]
    pub(crate) fn notes(&self) -> Vec<String> {
        let (token, name) = (self.token.describe(), self.way.name());
        let mut notes = vec![format!("token {token}: it offers {name} to sign with")];
        if !self.sees_private_key {
            notes.push(
                "the token shows its private keys only after a login: `ceremony sign` asks what the key may do, before the \
                 number is burned"
                    .to_owned(),
            );
        }
        if self.token.pin != Default::default() {
            notes.push(format!("{:#}: {}", TokenName(&self.token.label), self.token.pin));
        }
        notes
    }
}

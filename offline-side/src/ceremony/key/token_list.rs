//! What is on the tokens behind a module: for the operator who writes a site file. Uses no key.

use cryptoki::object::ObjectClass;

use super::error::KeyError;
use super::key_object::{KeyFlags, KeyObject, objects, public_of, shown_keys};
use super::login::log_in;
use super::mechanism::ways;
use super::module::{FoundToken, Module, TokenFacts};
use super::pin::PinEntry;
use super::public_key::PublicKey;
use super::scheme::SignatureScheme;

/// A token and the keys on it.
#[derive(Debug, Clone)]
pub(crate) struct ListedToken {
    /// What it says of itself.
    pub facts: TokenFacts,
    /// The mechanisms that a ceremony can sign with and that it offers, by their names: `CKM_ECDSA`.
    pub mechanisms: Vec<&'static str>,
    /// Its keys, by label.
    pub keys: Vec<ListedKey>,
}

/// A key on a token.
#[derive(Debug, Clone)]
pub(crate) struct ListedKey {
    /// CKA_LABEL.
    pub label: String,
    /// Its public key; `None` for a kind that is not supported, or where the token does not tell.
    pub public: Option<PublicKey>,
    /// What the token says of its private half; `None` where that was not seen, for want of a login or of a key.
    pub private: Option<KeyFlags>,
}

/// Lists every token of `module`. With `pins`, logs in to each initialised one, which shows its private keys; a token
/// without a user PIN is listed by what is public.
///
/// # Errors
/// When the module or a token fails; KEY-PIN when a PIN is refused.
pub(crate) fn list(module: &Module, mut pins: Option<&mut dyn PinEntry>) -> Result<Vec<ListedToken>, KeyError> {
    let mut tokens = Vec::new();
    for token in module.all()? {
        let keys = if token.facts.initialized { keys(module, &token, pins.as_deref_mut())? } else { Vec::new() };
        let mechanisms = if token.facts.initialized { mechanisms(module, &token) } else { Vec::new() };
        tokens.push(ListedToken { facts: token.facts, mechanisms, keys });
    }
    Ok(tokens)
}

/// In the order of the schemes, each once.
fn mechanisms(module: &Module, token: &FoundToken) -> Vec<&'static str> {
    let mut names = Vec::new();
    for scheme in SignatureScheme::ALL {
        for way in ways(scheme, false, |mechanism| module.signs_with(token.slot, mechanism)) {
            if !names.contains(&way.name()) {
                names.push(way.name());
            }
        }
    }
    names
}

fn keys(
    module: &Module,
    token: &FoundToken,
    pins: Option<&mut (dyn PinEntry + '_)>,
) -> Result<Vec<ListedKey>, KeyError> {
    let session = module.session(token.slot, false)?;
    let mut logged_in = false;
    if let Some(pins) = pins.filter(|_| token.has_user_pin) {
        log_in(module, &session, token, pins)?;
        logged_in = true;
    }
    let listed = listed_keys(&session);
    if logged_in {
        // Closing the last session logs out as well; said twice, in case it was not the last.
        let _ = session.logout();
    }
    listed
}

fn listed_keys(session: &cryptoki::session::Session) -> Result<Vec<ListedKey>, KeyError> {
    let publics = objects(session, ObjectClass::PUBLIC_KEY, None)?;
    let shown = shown_keys(session)?;
    let privates = objects(session, ObjectClass::PRIVATE_KEY, None)?;
    let belongs = |private: &KeyObject, public: &KeyObject| {
        private.id == public.id && private.label == public.label && public.public == public_of(private, &shown)
    };
    let mut keys: Vec<ListedKey> = privates
        .iter()
        .map(|private| ListedKey {
            label: private.label.clone(),
            public: public_of(private, &shown),
            private: Some(private.flags),
        })
        .collect();
    let alone = publics.iter().filter(|public| !privates.iter().any(|private| belongs(private, public)));
    keys.extend(alone.map(|public| ListedKey {
        label: public.label.clone(),
        public: public.public.clone(),
        private: None,
    }));
    keys.sort_by_key(|key| (key.label.clone(), key.public.as_ref().map(PublicKey::sha256)));
    Ok(keys)
}

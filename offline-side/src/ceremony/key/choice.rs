//! Which token is meant (KEY-PINNED): the one with the label and the serial number of the site file. Serial numbers are
//! not always there, and not always different. Then the pinned public key decides, as far as tokens show theirs without
//! a login. Nobody is asked for a PIN here.

use cryptoki::object::ObjectClass;
use rootcast_protocol::digest::Digest;

use super::error::KeyError;
use super::key_object::{KeyObject, objects, shown_keys};
use super::module::{FoundToken, Module};
use super::public_key::PublicKey;

/// The token with this label and this serial number; each may be empty. `key_label` is that of the key that is meant.
///
/// # Errors
/// [`KeyError::KeyMissing`] when the token shows keys with that label and none of its keys is the `pinned` one: nobody is
/// to type a PIN for another token.
/// [`KeyError::TokenMissing`] when none has this label and this serial number; [`KeyError::TokenTwice`] when several
/// have, and not exactly one of them shows the `pinned` public key.
pub(super) fn choose(
    module: &Module,
    (label, serial): (&str, &str),
    (key_label, pinned): (&str, Option<&Digest>),
) -> Result<FoundToken, KeyError> {
    let all: Vec<FoundToken> = module.all()?.into_iter().filter(|token| token.facts.initialized).collect();
    let (label, serial) = (label.trim_end(), serial.trim_end());
    let hits: Vec<&FoundToken> =
        all.iter().filter(|token| token.facts.label == label && token.facts.serial == serial).collect();
    match (hits.as_slice(), pinned) {
        ([], _) => {
            let seen = all.iter().map(|token| token.facts.describe()).collect();
            Err(KeyError::TokenMissing { label: label.to_owned(), serial: serial.to_owned(), seen })
        }
        // Its key is found by the pinned public key, after the login where the token does not show it before.
        ([one], Some(pinned)) => {
            let keys = visible_keys(module, one)?;
            let digest = |key: &KeyObject| key.public.as_ref().map(PublicKey::sha256);
            let labelled: Vec<Option<Digest>> =
                keys.iter().filter(|key| key.label == key_label && key.public.is_some()).map(digest).collect();
            let is_there = keys.iter().any(|key| digest(key).as_ref() == Some(pinned));
            if !is_there && !labelled.is_empty() {
                return Err(KeyError::KeyMissing { label: key_label.to_owned(), pinned: *pinned, found: labelled });
            }
            Ok((*one).clone())
        }
        ([one], None) => Ok((*one).clone()),
        (several, pinned) => {
            let mut holders = Vec::new();
            if let Some(pinned) = pinned {
                for token in several {
                    let keys = visible_keys(module, token)?;
                    if keys.iter().any(|key| key.public.as_ref().map(PublicKey::sha256).as_ref() == Some(pinned)) {
                        holders.push(*token);
                    }
                }
            }
            match holders.as_slice() {
                [one] => Ok((*one).clone()),
                holders => Err(KeyError::TokenTwice {
                    label: label.to_owned(),
                    serial: serial.to_owned(),
                    count: several.len(),
                    holders: pinned.map(|_| holders.len()),
                }),
            }
        }
    }
}

/// The keys that a token shows without a login.
fn visible_keys(module: &Module, token: &FoundToken) -> Result<Vec<KeyObject>, KeyError> {
    let session = module.session(token.slot, false)?;
    let mut keys = shown_keys(&session)?;
    keys.extend(objects(&session, ObjectClass::PRIVATE_KEY, None)?);
    Ok(keys)
}

//! Which token is meant (KEY-PINNED): the one with the label and the serial number of the site file. Serial numbers are
//! not always there, and not always different. Then the pinned public key decides, as far as tokens show theirs without
//! a login. Nobody is asked for a PIN here.

use cryptoki::object::ObjectClass;
use rootcast_protocol::digest::Digest;

use super::error::KeyError;
use super::key_object::{objects, shown_keys};
use super::module::{FoundToken, Module};
use super::public_key::PublicKey;

/// The token with this label and this serial number; each may be empty.
///
/// # Errors
/// [`KeyError::TokenMissing`] when none has this label and this serial number; [`KeyError::TokenTwice`] when several
/// have, and not exactly one of them shows the `pinned` public key.
pub(super) fn choose(
    module: &Module,
    (label, serial): (&str, &str),
    pinned: Option<&Digest>,
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
        ([one], _) => Ok((*one).clone()),
        (several, pinned) => {
            let mut holders = Vec::new();
            if let Some(pinned) = pinned {
                for token in several {
                    if shown(module, token)?.contains(pinned) {
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

/// The public keys that a token shows without a login.
fn shown(module: &Module, token: &FoundToken) -> Result<Vec<Digest>, KeyError> {
    let session = module.session(token.slot, false)?;
    let mut keys = shown_keys(&session)?;
    keys.extend(objects(&session, ObjectClass::PRIVATE_KEY, None)?);
    Ok(keys.iter().filter_map(|key| key.public.as_ref().map(PublicKey::sha256)).collect())
}

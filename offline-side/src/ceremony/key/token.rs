//! The token key: a private key that stays in its token, reached through PKCS#11 under manual authorisation.
//!
//! ```text
//! module ─► token (label and serial) ─► PIN ─► session ─► key (label and public key) ─► C_Sign ─► verified here
//! ```
//!
//! One session, one login, no second try of anything. Dropped, the key is logged out, the session closed, the module
//! ended; a killed process leaves that to the token's driver.

use std::fmt;

use cryptoki::mechanism::MechanismType;
use cryptoki::object::{ObjectClass, ObjectHandle};
use rootcast_host::text::printable;
use rootcast_protocol::digest::Digest;

use super::error::KeyError;
use super::key_object::{KeyFlags, KeyObject, objects, public_of};
use super::kind::KeyKind;
use super::login::{Login, TokenPlace};
use super::mechanism::{self, call};
use super::module::{Module, TokenFacts, failed};
use super::pin::PinEntry;
use super::public_key::PublicKey;
use super::{SignatureScheme, SigningKey, ecdsa_signature};

/// A private key in a token, logged in to and found under its pinned public key.
pub struct TokenKey {
    login: Login,
    handle: ObjectHandle,
    label: String,
    public: PublicKey,
    flags: KeyFlags,
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenKey({:?} on {}, {:?})", self.label, self.login.token.facts.describe(), self.public)
    }
}

impl TokenKey {
    /// Finds the key at `place` whose public key has the SHA-256 `pinned`: loads the module, finds the token, asks for
    /// the PIN once, finds the key. Nothing is signed.
    ///
    /// # Errors
    /// KEY-PINNED when token or key is not exactly the one meant; KEY-PIN when nobody typed the right PIN; when the key
    /// may not sign.
    pub fn open(place: &TokenPlace, pinned: &Digest, pins: &mut dyn PinEntry) -> Result<Self, KeyError> {
        let login = Login::begin(place, false, pins)?;
        let publics = objects(&login.session, ObjectClass::PUBLIC_KEY, None)?;
        let privates = objects(&login.session, ObjectClass::PRIVATE_KEY, Some(&place.key_label))?;
        let mut found = Vec::new();
        let mut hits: Vec<(KeyObject, PublicKey)> = Vec::new();
        for private in privates {
            let public = public_of(&private, &publics);
            found.push(public.as_ref().map(PublicKey::sha256));
            match public {
                Some(public) if public.sha256() == *pinned => hits.push((private, public)),
                _ => {}
            }
        }
        let count = hits.len();
        let label = place.key_label.clone();
        let Some((private, public)) = hits.pop() else {
            return Err(KeyError::KeyMissing { label, pinned: *pinned, found });
        };
        if count > 1 {
            return Err(KeyError::KeyTwice { label, count });
        }
        let unusable = |why: &str| Err(KeyError::KeyUnusable { label: label.clone(), why: why.to_owned() });
        if private.flags.sign == Some(false) {
            return unusable("CKA_SIGN is off");
        }
        if private.flags.always_authenticate == Some(true) {
            return unusable(
                "CKA_ALWAYS_AUTHENTICATE is set: it asks for the PIN between C_SignInit and C_Sign, which the PKCS#11 \
                 crate in use cannot do",
            );
        }
        Ok(Self { login, handle: private.handle, label, public, flags: private.flags })
    }

    /// The pinned public key, if the token shows it without a PIN. Nobody logs in, and no private key is looked for.
    ///
    /// # Errors
    /// When the module fails, or the token is not exactly the one meant.
    pub fn visible(place: &TokenPlace, pinned: &Digest) -> Result<Option<PublicKey>, KeyError> {
        let module = Module::load(&place.module)?;
        let token = module.find(&place.token_label, &place.token_serial)?;
        let session = module.session(token.slot, false)?;
        let publics = objects(&session, ObjectClass::PUBLIC_KEY, Some(&place.key_label))?;
        Ok(publics.into_iter().filter_map(|key| key.public).find(|public| public.sha256() == *pinned))
    }

    /// The public key it is pinned by.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// The token it is in.
    #[must_use]
    pub fn token(&self) -> &TokenFacts {
        &self.login.token.facts
    }

    /// What the token says of the key.
    #[must_use]
    pub fn flags(&self) -> KeyFlags {
        self.flags
    }

    /// The schemes this key can sign with on this token, the usual one first.
    #[must_use]
    pub fn schemes(&self) -> Vec<SignatureScheme> {
        let usual = SignatureScheme::usual_for(self.public.kind());
        let others = SignatureScheme::ALL.into_iter().filter(|scheme| *scheme != usual);
        let fits = |scheme: &SignatureScheme| {
            scheme.key_kind() == self.public.kind() && call(*scheme, &[], |m| self.offers(m)).is_some()
        };
        std::iter::once(usual).chain(others).filter(fits).collect()
    }

    fn offers(&self, mechanism: MechanismType) -> bool {
        let told = self.login.module.context().get_mechanism_info(self.login.token.slot, mechanism);
        told.is_ok_and(|told| told.sign())
    }
}

impl SigningKey for TokenKey {
    type Error = KeyError;

    fn spki(&self) -> &[u8] {
        self.public.spki()
    }

    fn description(&self) -> String {
        let facts = &self.login.token.facts;
        let text = format!(
            "{} ({}) in token {}, serial {}, model {}, firmware {}",
            self.label,
            self.public.describe(),
            facts.label,
            facts.serial,
            facts.model,
            facts.firmware
        );
        printable(&text)
    }

    fn is_rehearsal(&self) -> bool {
        false
    }

    fn sign(&mut self, to_be_signed: &[u8], scheme: SignatureScheme) -> Result<Vec<u8>, KeyError> {
        let key = || self.public.describe();
        if scheme.key_kind() != self.public.kind() {
            return Err(KeyError::SchemeUnfit { scheme, key: key() });
        }
        let Some(call) = call(scheme, to_be_signed, |mechanism| self.offers(mechanism)) else {
            let doing = format!("sign with {scheme}");
            return Err(KeyError::MechanismMissing { doing, wanted: mechanism::wanted(scheme) });
        };
        let raw = self.login.session.sign(&call.mechanism, self.handle, &call.input).map_err(failed("sign"))?;
        let wrong = |came_back: &[u8]| KeyError::WrongSignature { scheme, came_back: came_back.to_vec(), key: key() };
        if raw.len() != self.public.raw_signature_bytes() {
            return Err(wrong(&raw));
        }
        let signature = match self.public.kind() {
            KeyKind::Rsa | KeyKind::Ed25519 => Some(raw.clone()),
            KeyKind::EcdsaP256 | KeyKind::EcdsaP384 | KeyKind::EcdsaP521 => ecdsa_signature::to_der(&raw),
        };
        match signature {
            Some(signature) if self.public.verifies(scheme, to_be_signed, &signature) => Ok(signature),
            _ => Err(wrong(&raw)),
        }
    }
}

//! The token key: a private key that stays in its token, reached through PKCS#11 under manual authorisation.
//!
//! ```text
//! module ─► token (label and serial) ─► PIN ─► session ─► key (label and public key) ─► C_Sign ─► verified here
//! ```
//!
//! One session, one login, no second try of anything. Dropped, the key is logged out, the session closed, the module
//! ended; a killed process leaves that to the token's driver.

use std::fmt;
use std::path::PathBuf;

use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::MechanismType;
use cryptoki::object::{ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use rootcast_host::text::printable;
use rootcast_protocol::digest::Digest;

use super::error::KeyError;
use super::key_object::{KeyFlags, KeyObject, objects, public_of};
use super::kind::KeyKind;
use super::mechanism::{self, call};
use super::module::{FoundToken, Module, TokenFacts, failed, told};
use super::pin::{PinEntry, PinQuestion};
use super::public_key::PublicKey;
use super::{SignatureScheme, SigningKey, ecdsa_signature};

mod generation;

pub use generation::GeneratedKey;

/// Where a key is kept: what a site file says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPlace {
    /// The PKCS#11 module.
    pub module: PathBuf,
    /// The token's label.
    pub token_label: String,
    /// The token's serial number.
    pub token_serial: String,
    /// The label of the key on it.
    pub key_label: String,
}

/// A token somebody logged in to. Dropped, it is logged out and its session closed, in that order.
struct Login {
    session: Session,
    token: FoundToken,
    // Dropped last: the module outlives its sessions.
    module: Module,
}

impl Drop for Login {
    fn drop(&mut self) {
        // A token that was removed is logged out already.
        let _ = self.session.logout();
    }
}

impl Login {
    fn begin(place: &TokenPlace, writes: bool, pins: &mut dyn PinEntry) -> Result<Self, KeyError> {
        let module = Module::load(&place.module)?;
        let token = module.find(&place.token_label, &place.token_serial)?;
        let session = module.session(token.slot, writes)?;
        log_in(&module, &session, &token, pins)?;
        Ok(Self { session, token, module })
    }
}

/// Logs in as the user, with one try (KEY-PIN).
pub(crate) fn log_in(
    module: &Module,
    session: &Session,
    token: &FoundToken,
    pins: &mut dyn PinEntry,
) -> Result<(), KeyError> {
    let label = token.facts.label.clone();
    if !token.has_user_pin {
        return Err(KeyError::TokenNotReady { label, why: "has no user PIN yet (CKF_USER_PIN_INITIALIZED is off)" });
    }
    let before = token.facts.pin;
    if before.locked {
        return Err(KeyError::PinLocked { label });
    }
    let question = PinQuestion { token_label: label.clone(), token_serial: token.facts.serial.clone(), state: before };
    let answered = if token.facts.pinpad {
        pins.announce_pinpad(&question);
        session.login(UserType::User, None)
    } else {
        let pin = pins.ask(&question)?;
        let bytes = pin.byte_count();
        // A PIN of a length no PIN of this token has would be one try less.
        if bytes < token.pin_bytes_min || (token.pin_bytes_max > 0 && bytes > token.pin_bytes_max) {
            let why = format!(
                "it takes {} to {} bytes; the PIN was not sent to the token",
                token.pin_bytes_min, token.pin_bytes_max
            );
            return Err(KeyError::PinRefused { label, why, before, after: module.pin_state(token.slot) });
        }
        session.login_with_raw(UserType::User, pin.as_raw())
    };
    match answered {
        Ok(()) => Ok(()),
        Err(
            error @ Error::Pkcs11(
                RvError::PinIncorrect
                | RvError::PinInvalid
                | RvError::PinLenRange
                | RvError::PinLocked
                | RvError::PinExpired
                | RvError::FunctionCanceled,
                _,
            ),
        ) => Err(KeyError::PinRefused { label, why: told(&error), before, after: module.pin_state(token.slot) }),
        Err(error) => Err(failed("log in")(error)),
    }
}

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

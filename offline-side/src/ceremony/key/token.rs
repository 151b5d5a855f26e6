//! The token key: a private key that stays in its token, reached through PKCS#11 under manual authorisation.
//!
//! ```text
//! module ─► token (label and serial) ─► PIN ─► session ─► key (label and public key) ─► ready ─► C_Sign ─► verified here
//! ```
//!
//! One session, one login, no second try of anything. Ready: everything that the token can be asked about a signature was
//! asked, and [`TokenKey::make_ready`] began one, before the caller does what cannot be undone. Dropped, the key is logged
//! out, the session closed, the module ended; a killed process leaves that to the token's driver.

use std::fmt;

use cryptoki::error::{Error, RvError};
use cryptoki::object::ObjectClass;
use cryptoki::session::UserType;
use cryptoki::slot::Slot;
use rootcast_host::text::printable;
use rootcast_protocol::digest::Digest;

use super::choice::choose;
use super::error::KeyError;
use super::key_object::{KeyFlags, KeyObject, objects, public_of, shown_keys};
use super::kind::KeyKind;
use super::login::{Login, TokenPlace, authenticate};
use super::mechanism::{Way, wanted, ways};
use super::module::{Module, TokenFacts, failed, told};
use super::pin::PinEntry;
use super::public_key::PublicKey;
use super::token_name::TokenName;
use super::{SignatureScheme, SigningKey, ecdsa_signature};

/// Bytes given to a token in one call, where it hashes them itself in parts.
const PART_BYTES: usize = 4_096;

/// A signature that was begun and needs only C_SignFinal.
struct Begun {
    scheme: SignatureScheme,
    message: Digest,
}

/// A private key in a token, logged in to and found under its pinned public key.
pub struct TokenKey {
    login: Login,
    object: KeyObject,
    public: PublicKey,
    /// Whether the token does not show that `public` belongs to the key: then the first signature proves it.
    is_unproven: bool,
    /// How it signs, once it is ready.
    way: Option<Way>,
    /// Whoever is asked again before each use of a key with CKA_ALWAYS_AUTHENTICATE.
    pins: Option<Box<dyn PinEntry>>,
    begun: Option<Begun>,
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenKey({:?} on {}, {:?})", self.object.label, self.login.token.facts.describe(), self.public)
    }
}

impl TokenKey {
    /// Finds the key at `place` whose public key has the SHA-256 `pinned`: loads the module, finds the token, asks for
    /// the PIN once, finds the key. Nothing is signed. `known` is that public key, where the caller has it: so a key is
    /// found of which the token shows no public key at all.
    ///
    /// # Errors
    /// KEY-PINNED when token or key is not exactly the one meant; KEY-PIN when nobody typed the right PIN; when the key
    /// may not sign.
    pub fn open(
        place: &TokenPlace,
        pinned: &Digest,
        known: Option<&PublicKey>,
        pins: &mut dyn PinEntry,
    ) -> Result<Self, KeyError> {
        let login = Login::begin(place, Some(pinned), false, pins)?;
        let shown = shown_keys(&login.session)?;
        let privates = objects(&login.session, ObjectClass::PRIVATE_KEY, Some(&place.key_label))?;
        let (mut found, mut silent) = (Vec::new(), Vec::new());
        let mut hits: Vec<(KeyObject, PublicKey)> = Vec::new();
        for private in privates {
            let public = public_of(&private, &shown);
            found.push(public.as_ref().map(PublicKey::sha256));
            match public {
                Some(public) if public.sha256() == *pinned => hits.push((private, public)),
                Some(_) => {}
                None => silent.push(private),
            }
        }
        let is_unproven = hits.is_empty();
        if let Some(known) = known.filter(|known| is_unproven && known.sha256() == *pinned) {
            let fits = |private: &KeyObject| private.kind.is_none_or(|kind| kind == known.kind());
            hits.extend(silent.into_iter().filter(fits).map(|private| (private, known.clone())));
        }
        let count = hits.len();
        let label = place.key_label.clone();
        match (hits.pop(), count) {
            (Some((object, public)), 1) => {
                if object.flags.sign == Some(false) {
                    return Err(KeyError::KeyUnusable { label, why: "CKA_SIGN is off".to_owned(), scheme: None });
                }
                Ok(Self { login, object, public, is_unproven, way: None, pins: None, begun: None })
            }
            // Several that show nothing: which of them is meant cannot be told.
            (Some(_), _) if !is_unproven => Err(KeyError::KeyTwice { label, count }),
            _ => Err(KeyError::KeyMissing { label, pinned: *pinned, found }),
        }
    }

    /// The pinned public key, if the token shows it without a PIN. Nobody logs in, and no private key is looked for.
    ///
    /// # Errors
    /// When the module fails, or the token is not exactly the one meant.
    pub fn visible(place: &TokenPlace, pinned: &Digest) -> Result<Option<PublicKey>, KeyError> {
        let module = Module::load(&place.module)?;
        let token = choose(&module, place.names(), (&place.key_label, Some(pinned)))?;
        let session = module.session(token.slot, false)?;
        let shown = shown_keys(&session)?;
        Ok(shown.into_iter().filter_map(|key| key.public).find(|public| public.sha256() == *pinned))
    }

    /// Asks the token everything about signing with `scheme`, and has it begin: what can fail then is the signature
    /// itself. A key with CKA_ALWAYS_AUTHENTICATE asks for the PIN of its first use here, and is given `first`, the
    /// message of that use; `pins` is asked again before each further one.
    ///
    /// # Errors
    /// When the token has no mechanism for it, or refuses to begin; KEY-PIN where it is asked for again. No signature is
    /// made.
    pub(crate) fn make_ready(
        &mut self,
        scheme: SignatureScheme,
        first: &[u8],
        pins: Box<dyn PinEntry>,
    ) -> Result<(), KeyError> {
        self.pins = Some(pins);
        let ways = self.ways(scheme)?;
        for (at, way) in ways.iter().enumerate() {
            match self.try_to_begin(*way) {
                Ok(()) => {
                    self.way = Some(*way);
                    break;
                }
                // The next way may do.
                Err(error) if is_refusal(&error) && at + 1 < ways.len() => {}
                Err(error) if is_refusal(&error) => {
                    let why = format!("the token does not begin a signature with {}: {}", way.name(), told(&error));
                    return Err(KeyError::KeyUnusable { label: self.object.label.clone(), why, scheme: Some(scheme) });
                }
                Err(error) => return Err(failed("begin a signature")(error)),
            }
        }
        if self.asks_each_time() { self.begin(scheme, first) } else { Ok(()) }
    }

    /// C_SignInit in a session of its own, which ends at once: no signature is made.
    fn try_to_begin(&self, way: Way) -> Result<(), Error> {
        match self.login.module.session(self.login.token.slot, false) {
            Ok(session) => session.sign_init(&way.mechanism(), self.object.handle),
            // A token that has one session only cannot be tried.
            Err(_) => Ok(()),
        }
    }

    /// Whether the key asks for the PIN before each use (CKA_ALWAYS_AUTHENTICATE).
    #[must_use]
    pub(crate) fn asks_each_time(&self) -> bool {
        self.object.flags.always_authenticate == Some(true)
    }

    /// The mechanism with which it signs, by its name; `None` before it is ready.
    #[must_use]
    pub(crate) fn mechanism(&self) -> Option<&'static str> {
        self.way.map(Way::name)
    }

    /// Whether the token does not show which public key belongs to the private key: the first signature proves it.
    #[must_use]
    pub(crate) fn is_unproven(&self) -> bool {
        self.is_unproven
    }

    /// The ways to sign with `scheme`, at least one.
    fn ways(&self, scheme: SignatureScheme) -> Result<Vec<Way>, KeyError> {
        if scheme.key_kind() != self.public.kind() {
            return Err(KeyError::SchemeUnfit { scheme, key: self.public.describe() });
        }
        ways_of_key(&self.login.module, self.login.token.slot, Some(&self.object), scheme)
    }

    /// C_SignInit, the PIN for this one use, and the whole message. Only C_SignFinal is missing.
    fn begin(&mut self, scheme: SignatureScheme, message: &[u8]) -> Result<(), KeyError> {
        let way = self.way_for(scheme)?;
        let Some(pins) = &mut self.pins else {
            let why = "nobody was named who types it".to_owned();
            return Err(KeyError::AlwaysAuthenticate { label: self.object.label.clone(), why });
        };
        let Login { module, session, token } = &self.login;
        session.sign_init(&way.mechanism(), self.object.handle).map_err(failed("begin a signature"))?;
        authenticate(module, session, token, UserType::ContextSpecific, pins.as_mut())?;
        for part in way.input(message).chunks(PART_BYTES) {
            session.sign_update(part).map_err(failed("take the bytes to be signed in parts"))?;
        }
        self.begun = Some(Begun { scheme, message: Digest::of(message) });
        Ok(())
    }

    /// The way that was found before, or else the best one.
    fn way_for(&self, scheme: SignatureScheme) -> Result<Way, KeyError> {
        match self.way.filter(|way| way.scheme() == scheme) {
            Some(way) => Ok(way),
            None if scheme.key_kind() == self.public.kind() => {
                best_way(&self.login.module, self.login.token.slot, Some(&self.object), scheme)
            }
            None => Err(KeyError::SchemeUnfit { scheme, key: self.public.describe() }),
        }
    }

    /// The signature as the token gives it.
    fn raw_signature(&mut self, message: &[u8], scheme: SignatureScheme) -> Result<Vec<u8>, KeyError> {
        let failed = |error| KeyError::SignFailed { why: told(&error) };
        if !self.asks_each_time() {
            let way = self.way_for(scheme)?;
            let input = way.input(message);
            return self.login.session.sign(&way.mechanism(), self.object.handle, &input).map_err(failed);
        }
        match self.begun.take() {
            Some(begun) if begun.scheme == scheme && begun.message == Digest::of(message) => {}
            Some(_) => {
                let why = "a signature over other bytes was begun".to_owned();
                return Err(KeyError::AlwaysAuthenticate { label: self.object.label.clone(), why });
            }
            None => {
                self.begin(scheme, message)?;
                self.begun = None;
            }
        }
        self.login.session.sign_final().map_err(failed)
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
        self.object.flags
    }

    /// The schemes this key can sign with on this token, the usual one first.
    #[must_use]
    pub fn schemes(&self) -> Vec<SignatureScheme> {
        let usual = SignatureScheme::usual_for(self.public.kind());
        let others = SignatureScheme::ALL.into_iter().filter(|scheme| *scheme != usual);
        std::iter::once(usual).chain(others).filter(|scheme| self.ways(*scheme).is_ok()).collect()
    }
}

/// The ways to sign with `scheme` on the token in `slot`, at least one; `key` is the key object where it is seen.
///
/// # Errors
/// When there is none: the token offers no mechanism, or the key allows none, or it asks for the PIN before each use and
/// no mechanism takes its input in parts.
fn ways_of_key(
    module: &Module,
    slot: Slot,
    key: Option<&KeyObject>,
    scheme: SignatureScheme,
) -> Result<Vec<Way>, KeyError> {
    let offers = |mechanism| module.signs_with(slot, mechanism) && key.is_none_or(|key| key.allows(mechanism));
    let asks_each_time = key.is_some_and(|key| key.flags.always_authenticate == Some(true));
    let found = ways(scheme, asks_each_time, offers);
    match key {
        _ if !found.is_empty() => Ok(found),
        Some(key) if asks_each_time && !ways(scheme, false, offers).is_empty() => {
            let wanted = wanted(scheme, true);
            let why = if wanted.is_empty() {
                format!("it is asked for in the middle of a signature, and {scheme} is signed in one call")
            } else {
                format!("it is asked for in the middle of a signature, and the token does not offer {wanted}")
            };
            Err(KeyError::AlwaysAuthenticate { label: key.label.clone(), why })
        }
        Some(key) if !ways(scheme, false, |mechanism| module.signs_with(slot, mechanism)).is_empty() => {
            let why = format!("CKA_ALLOWED_MECHANISMS has none of {}", wanted(scheme, false));
            Err(KeyError::KeyUnusable { label: key.label.clone(), why, scheme: Some(scheme) })
        }
        _ => Err(missing(scheme, asks_each_time)),
    }
}

/// The best of these ways.
///
/// # Errors
/// When there is none, as above.
pub(super) fn best_way(
    module: &Module,
    slot: Slot,
    key: Option<&KeyObject>,
    scheme: SignatureScheme,
) -> Result<Way, KeyError> {
    ways_of_key(module, slot, key, scheme)?.first().copied().ok_or_else(|| missing(scheme, false))
}

/// Whether a token says that this key does not sign with this mechanism, whatever it is asked next.
fn is_refusal(error: &Error) -> bool {
    matches!(
        error,
        Error::Pkcs11(
            RvError::MechanismInvalid
                | RvError::MechanismParamInvalid
                | RvError::KeyTypeInconsistent
                | RvError::KeyFunctionNotPermitted
                | RvError::KeySizeRange
                | RvError::FunctionNotSupported,
            _,
        )
    )
}

fn missing(scheme: SignatureScheme, in_parts: bool) -> KeyError {
    KeyError::MechanismMissing {
        doing: format!("sign with {scheme}"),
        wanted: wanted(scheme, in_parts),
        scheme: Some(scheme),
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
            "{} ({}) in {}, serial {}, model {}, firmware {}",
            self.object.label,
            self.public.describe(),
            TokenName(&facts.label),
            if facts.serial.is_empty() { "none" } else { &facts.serial },
            facts.model,
            facts.firmware
        );
        printable(&text)
    }

    fn is_rehearsal(&self) -> bool {
        false
    }

    fn sign(&mut self, to_be_signed: &[u8], scheme: SignatureScheme) -> Result<Vec<u8>, KeyError> {
        let raw = self.raw_signature(to_be_signed, scheme)?;
        checked_signature(&self.public, scheme, to_be_signed, raw)
    }
}

/// The signature as X.509 has it, of what a token gave; verified under `public`.
///
/// # Errors
/// When it does not verify.
pub(super) fn checked_signature(
    public: &PublicKey,
    scheme: SignatureScheme,
    to_be_signed: &[u8],
    raw: Vec<u8>,
) -> Result<Vec<u8>, KeyError> {
    let signature = match public.kind() {
        _ if raw.len() != public.raw_signature_bytes() => None,
        KeyKind::Rsa | KeyKind::Ed25519 => Some(raw.clone()),
        KeyKind::EcdsaP256 | KeyKind::EcdsaP384 | KeyKind::EcdsaP521 => ecdsa_signature::to_der(&raw),
    };
    match signature {
        Some(signature) if public.verifies(scheme, to_be_signed, &signature) => Ok(signature),
        _ => Err(KeyError::WrongSignature { scheme, came_back: raw, key: public.describe() }),
    }
}

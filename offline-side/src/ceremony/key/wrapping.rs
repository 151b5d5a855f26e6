//! Taking a key out of its token under another key, and in again: for escrow.
//!
//! ```text
//! C_GenerateKeyPair (session object, extractable) ─► C_WrapKey ─► C_DestroyObject
//!                                                        │
//!                                      C_UnwrapKey ◄─────┘   session object, or token object; not extractable
//! ```
//!
//! The extractable form lives in the token's memory for the time of these calls, and never as a token object. The key is
//! never in clear on this host. The wrapping key is: the caller has it.
//!
//! [`WrapWay`] has the mechanisms. Whether a token does one for a kind of key is not to be seen from what it says of itself:
//! it is tried with a key to throw away.

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use cryptoki::error::{Error, RvError};
use cryptoki::object::{Attribute, KeyType, ObjectClass, ObjectHandle};
use zeroize::Zeroize as _;

use super::SignatureScheme;
use super::error::KeyError;
use super::generation::{GeneratedKey, generator, key_type_of, templates};
use super::key_object::{KeyFlags, KeyObject, curve, read};
use super::kind::NewKey;
use super::login::{Login, TokenPlace};
use super::module::{TokenFacts, failed, told};
use super::pin::PinEntry;
use super::public_key::{PublicKey, element};
use super::session_object::{SessionObject, TEMPORARY};
use super::token::{best_way, checked_signature};
use super::wrap_way::{WRAPPED_BYTES_MAX, WrapWay};

/// Bytes of a CKA_ID.
pub(super) const ID_BYTES: usize = 20;

/// A key that was made, and taken out under the wrapping key.
pub(crate) struct WrappedKey {
    /// Its public key.
    pub(crate) public: PublicKey,
    /// PKCS#8, wrapped.
    pub(crate) wrapped: Vec<u8>,
}

/// A token that somebody logged in to, for keys that are taken out and in.
pub(crate) struct WrappingToken {
    pub(super) login: Login,
    pub(super) place: TokenPlace,
    scheme: SignatureScheme,
    way: WrapWay,
    pub(super) id: Vec<u8>,
}

/// Whether a key stays in the token when the session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stay {
    /// It does not.
    Session,
    /// It does.
    Token,
}

/// A key that was put into the token.
pub(crate) struct RestoredKey<'t> {
    token: &'t WrappingToken,
    handle: ObjectHandle,
    public: PublicKey,
    flags: KeyFlags,
    /// For a key that does not stay.
    object: Option<SessionObject<'t>>,
}

impl WrappingToken {
    /// Finds the token at `place` and logs in. `scheme` is how its key will sign. A key that is to be made or kept there
    /// needs a label that nothing on the token has. `wanted` is how the key is wrapped that comes in; without it, the first
    /// way is taken that the token offers.
    ///
    /// # Errors
    /// Of token and PIN as in [`super::token::TokenKey::open`]; when the token does not sign with `scheme` or does not
    /// offer such a [`WrapWay`].
    pub(crate) fn open(
        place: &TokenPlace,
        scheme: SignatureScheme,
        wanted: Option<WrapWay>,
        pins: &mut dyn PinEntry,
    ) -> Result<Self, KeyError> {
        let login = Login::begin(place, None, true, pins)?;
        best_way(&login.module, login.token.slot, None, scheme)?;
        let is_offered = |way: &WrapWay| {
            let offered = login.module.context().get_mechanism_info(login.token.slot, way.offered());
            offered.is_ok_and(|offered| offered.wrap() && offered.unwrap())
        };
        let ways = wanted.map_or(WrapWay::ALL.to_vec(), |wanted| vec![wanted]);
        let Some(way) = ways.iter().copied().find(is_offered) else {
            let doing = "wrap a key for escrow".to_owned();
            let wanted = ways.iter().map(|way| way.name()).collect::<Vec<_>>().join(" or ");
            return Err(KeyError::MechanismMissing { doing, wanted, scheme: None });
        };
        let mut id = vec![0; ID_BYTES];
        SystemRandom::new().fill(&mut id).map_err(|_| KeyError::Library { doing: "draw a key identifier" })?;
        Ok(Self { login, place: place.clone(), scheme, way, id })
    }

    /// The token.
    pub(crate) fn facts(&self) -> &TokenFacts {
        &self.login.token.facts
    }

    /// How it wraps.
    pub(crate) fn way(&self) -> WrapWay {
        self.way
    }

    /// The CKA_ID of every object that is made through this value. Those that do not stay have a label of their own, too.
    pub(crate) fn id(&self) -> &[u8] {
        &self.id
    }

    /// Adds random bytes of the token to `out`, bit by bit without carry.
    ///
    /// # Errors
    /// When the token gives none.
    pub(crate) fn add_randomness(&self, out: &mut [u8; 32]) -> Result<(), KeyError> {
        let mut drawn = zeroize::Zeroizing::new([0; 32]);
        let session = &self.login.session;
        session.generate_random_slice(drawn.as_mut_slice()).map_err(failed("draw random bytes"))?;
        out.iter_mut().zip(drawn.iter()).for_each(|(byte, drawn)| *byte ^= drawn);
        Ok(())
    }

    /// Tries everything with a key of this kind that is thrown away: made, taken out, put in again, signing.
    ///
    /// # Errors
    /// When the token does not do it.
    pub(crate) fn try_out(&self, new: NewKey) -> Result<(), KeyError> {
        let mut key = zeroize::Zeroizing::new([0; 32]);
        self.add_randomness(&mut key)?;
        let made = self.make(new, &key)?;
        let restored = self.restore(&key, &made.wrapped, &made.public, Stay::Session).map_err(|error| match error {
            // Here it is the right key for certain.
            KeyError::NotUnwrapped { why } => KeyError::Token { doing: "take the wrapped key in", why },
            error => error,
        })?;
        restored.sign(b"rootcast escrow trial")?;
        restored.destroy()?;
        self.check_nothing_temporary()
    }

    /// Makes a key as a session object, takes it out under `key`, and destroys it.
    ///
    /// # Errors
    /// When the token does not.
    pub(crate) fn make(&self, new: NewKey, key: &[u8; 32]) -> Result<WrappedKey, KeyError> {
        let session = &self.login.session;
        let (mechanism, offered, wanted) = generator(new.kind());
        if self.login.module.context().get_mechanism_info(self.login.token.slot, offered).is_err() {
            let doing = format!("make a key {new}");
            return Err(KeyError::MechanismMissing { doing, wanted: wanted.to_owned(), scheme: None });
        }
        if self.scheme.key_kind() != new.kind() {
            return Err(KeyError::SchemeUnfit { scheme: self.scheme, key: new.description() });
        }
        let (mut public, mut private) = templates(new, TEMPORARY, &self.id);
        for attribute in public.iter_mut().chain(&mut private) {
            match attribute {
                Attribute::Token(stays) => *stays = false,
                Attribute::Extractable(extractable) => *extractable = true,
                _ => {}
            }
        }
        let made = session.generate_key_pair(&mechanism, &public, &private);
        let (public, private) = made.map_err(failed("make the key pair"))?;
        let [public, private] = [public, private].map(|handle| SessionObject::new(session, handle));
        let Some(shown) = read(session, public.handle).public else {
            let why = "it does not show the public key of the new key".to_owned();
            return Err(KeyError::CannotWrap { key: new.description(), why });
        };
        let wrapped = self.take_out(&private, key, shown)?;
        private.destroy()?;
        public.destroy()?;
        self.check_nothing_temporary()?;
        Ok(wrapped)
    }

    /// Takes an extractable key out under `key`.
    fn take_out(&self, private: &SessionObject<'_>, key: &[u8; 32], public: PublicKey) -> Result<WrappedKey, KeyError> {
        let cannot_wrap = |why: String| KeyError::CannotWrap { key: public.describe(), why };
        let wrapping = self.import(key)?;
        let session = &self.login.session;
        let wrapped = session.wrap_key(&self.way.mechanism(), wrapping.handle, private.handle).map_err(|error| {
            if is_of_device(&error) { failed("wrap the key")(error) } else { cannot_wrap(refusal(&error)) }
        })?;
        wrapping.destroy()?;
        if wrapped.len() > WRAPPED_BYTES_MAX {
            return Err(cannot_wrap(format!(
                "it gave {} bytes for the wrapped key, and the recipe on paper unwraps {WRAPPED_BYTES_MAX} at most",
                wrapped.len()
            )));
        }
        if !self.way.can_have(wrapped.len()) {
            return Err(cannot_wrap(format!("it gave {} bytes for the wrapped key", wrapped.len())));
        }
        Ok(WrappedKey { public, wrapped })
    }

    /// Takes a key that is wrapped under `old` out again, under `new`. In the token it is extractable for the time of these
    /// calls, and does not stay.
    ///
    /// # Errors
    /// When `old` is not the key it was wrapped with, or the token refuses.
    pub(crate) fn rewrap(
        &self,
        (old, wrapped): (&[u8; 32], &[u8]),
        public: &PublicKey,
        new: &[u8; 32],
    ) -> Result<WrappedKey, KeyError> {
        let (object, _) = self.put_in(old, wrapped, public, (Stay::Session, true))?;
        let wrapped = self.take_out(&object, new, public.clone())?;
        object.destroy()?;
        self.check_nothing_temporary()?;
        Ok(wrapped)
    }

    /// The wrapping key as an object of this session.
    fn import(&self, key: &[u8; 32]) -> Result<SessionObject<'_>, KeyError> {
        let session = &self.login.session;
        let mut template = [
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::AES),
            Attribute::Token(false),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Wrap(true),
            Attribute::Unwrap(true),
            Attribute::Label(TEMPORARY.as_bytes().to_vec()),
            Attribute::Id(self.id.clone()),
            Attribute::Value(key.to_vec()),
        ];
        let made = session.create_object(&template).map_err(failed("take the wrapping key"));
        for attribute in &mut template {
            if let Attribute::Value(value) = attribute {
                value.zeroize();
            }
        }
        Ok(SessionObject::new(session, made?))
    }

    /// Puts a wrapped key into the token: the object, and what it says of itself.
    fn put_in(
        &self,
        key: &[u8; 32],
        wrapped: &[u8],
        public: &PublicKey,
        (stay, extractable): (Stay, bool),
    ) -> Result<(SessionObject<'_>, KeyObject), KeyError> {
        let session = &self.login.session;
        let label = if stay == Stay::Token { self.place.key_label.as_str() } else { TEMPORARY };
        let mut template = vec![
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::KeyType(key_type_of(public.kind())),
            Attribute::Token(stay == Stay::Token),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(extractable),
            Attribute::Sign(true),
            Attribute::Label(label.as_bytes().to_vec()),
            Attribute::Id(self.id.clone()),
        ];
        template.extend(match curve(public.kind()) {
            Some(_) => vec![Attribute::Derive(false)],
            None => vec![Attribute::Decrypt(false), Attribute::Unwrap(false)],
        });
        let wrapping = self.import(key)?;
        let handle = session
            .unwrap_key(&self.way.mechanism(), wrapping.handle, wrapped, &template)
            .map_err(|error| KeyError::NotUnwrapped { why: told(&error) })?;
        // Whatever is wrong with it, it does not stay.
        let object = SessionObject::new(session, handle);
        wrapping.destroy()?;
        let found = read(session, handle);
        if found.public.as_ref().is_some_and(|shown| shown != public) {
            return Err(KeyError::RestoredAnother);
        }
        Ok((object, found))
    }

    /// A key that was put in and is not as it should be.
    fn destroyed(&self, why: &str) -> KeyError {
        let label = self.place.key_label.clone();
        KeyError::KeyUnusable { label, why: format!("{why}; it was destroyed"), scheme: None }
    }

    /// Puts a wrapped key into the token, not extractable.
    ///
    /// # Errors
    /// When `key` is not the key it was wrapped with, or the token refuses it, shows another public key, or does not keep
    /// it as asked.
    pub(crate) fn restore(
        &self,
        key: &[u8; 32],
        wrapped: &[u8],
        public: &PublicKey,
        stay: Stay,
    ) -> Result<RestoredKey<'_>, KeyError> {
        let (object, found) = self.put_in(key, wrapped, public, (stay, false))?;
        if found.flags.sensitive != Some(true) || found.flags.extractable != Some(false) {
            let why = "the token does not confirm that the restored key is sensitive and not extractable";
            return Err(self.destroyed(why));
        }
        if found.flags.always_authenticate == Some(true) {
            let why = "its keys ask for the PIN before each use (CKA_ALWAYS_AUTHENTICATE), and a key from escrow signs its proof \
                       without another PIN; the key was destroyed";
            return Err(KeyError::UnfitForEscrow { why });
        }
        let handle = object.handle;
        let object = match stay {
            Stay::Session => Some(object),
            Stay::Token => {
                self.show_public(public)?;
                object.keep();
                None
            }
        };
        Ok(RestoredKey { token: self, handle, public: public.clone(), flags: found.flags, object })
    }

    /// Puts the public key beside the private one, where everybody sees it.
    fn show_public(&self, public: &PublicKey) -> Result<(), KeyError> {
        let mut template = vec![
            Attribute::Class(ObjectClass::PUBLIC_KEY),
            Attribute::KeyType(key_type_of(public.kind())),
            Attribute::Token(true),
            Attribute::Private(false),
            Attribute::Verify(true),
            Attribute::Label(self.place.key_label.as_bytes().to_vec()),
            Attribute::Id(self.id.clone()),
        ];
        match (curve(public.kind()), public.rsa_numbers()) {
            (Some(curve), _) => {
                template.push(Attribute::EcParams(curve.to_vec()));
                template.push(Attribute::EcPoint(element(0x04, public.bits())));
            }
            (None, Some((modulus, exponent))) => {
                template.push(Attribute::Modulus(modulus));
                template.push(Attribute::PublicExponent(exponent));
            }
            (None, None) => {}
        }
        let session = &self.login.session;
        let handle = session.create_object(&template).map_err(failed("keep the public key"))?;
        if read(session, handle).public.as_ref() == Some(public) {
            return Ok(());
        }
        let why = "it does not show the public key that it was given to keep".to_owned();
        Err(KeyError::Token { doing: "keep the public key", why })
    }
}

/// Why a token does not wrap a key that it has just made as extractable.
fn refusal(error: &Error) -> String {
    let said = told(error);
    match error {
        Error::Pkcs11(RvError::KeyNotWrappable, _) => format!(
            "{said}. Perhaps it cannot wrap this kind of key. Or only keys may wrap there that its security officer marked as \
             trusted (CKA_TRUSTED, CKA_WRAP_WITH_TRUSTED): the groups' keys are new in every run, and nobody marks them"
        ),
        _ => said,
    }
}

/// Whether the token failed, and not what it was asked for.
fn is_of_device(error: &Error) -> bool {
    matches!(
        error,
        Error::Pkcs11(
            RvError::DeviceError
                | RvError::DeviceMemory
                | RvError::DeviceRemoved
                | RvError::TokenNotPresent
                | RvError::SessionClosed
                | RvError::SessionHandleInvalid
                | RvError::HostMemory,
            _
        )
    )
}

impl RestoredKey<'_> {
    /// Signs `message`; the signature is verified under the public key that was expected.
    ///
    /// # Errors
    /// When the token does not sign, or the key is another one.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let WrappingToken { login, scheme, .. } = self.token;
        let way = best_way(&login.module, login.token.slot, None, *scheme)?;
        let input = way.input(message);
        let raw = login.session.sign(&way.mechanism(), self.handle, &input);
        let raw = raw.map_err(|error| KeyError::SignFailed { why: told(&error) })?;
        checked_signature(&self.public, *scheme, message, raw)
    }

    /// Destroys a key that does not stay, and says when the token does not.
    ///
    /// # Errors
    /// When it is still there as far as the token says.
    pub(crate) fn destroy(self) -> Result<(), KeyError> {
        self.object.map_or(Ok(()), SessionObject::destroy)
    }

    /// What a key generation ends with.
    pub(crate) fn generated(&self) -> GeneratedKey {
        GeneratedKey { public: self.public.clone(), flags: self.flags, token: self.token.facts().clone() }
    }
}

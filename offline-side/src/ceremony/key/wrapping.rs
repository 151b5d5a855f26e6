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
use cryptoki::session::Session;
use zeroize::Zeroize as _;

use super::SignatureScheme;
use super::error::KeyError;
use super::generation::{GeneratedKey, generator, key_type_of, templates};
use super::key_object::{KeyFlags, KeyObject, curve, objects, public_of, read, shown_keys};
use super::kind::NewKey;
use super::login::{Login, TokenPlace};
use super::module::{TokenFacts, failed, told};
use super::pin::PinEntry;
use super::public_key::{PublicKey, element};
use super::token::{best_way, checked_signature};
use super::wrap_way::WrapWay;

/// What a token may give for a wrapped key, in bytes.
const WRAPPED_BYTES_MAX: usize = 4_000;

/// Bytes of a CKA_ID.
const ID_BYTES: usize = 20;

/// The label of every object that does not stay. Nothing else has it, so whatever has it on a token is left over from a run
/// that ended early, and may be destroyed without a question.
const TEMPORARY: &str = "rootcast escrow, temporary";

/// A key that was made, and taken out under the wrapping key.
pub(crate) struct WrappedKey {
    /// Its public key.
    pub(crate) public: PublicKey,
    /// PKCS#8, wrapped.
    pub(crate) wrapped: Vec<u8>,
}

/// A token that somebody logged in to, for keys that are taken out and in.
pub(crate) struct WrappingToken {
    login: Login,
    place: TokenPlace,
    scheme: SignatureScheme,
    way: WrapWay,
    id: Vec<u8>,
}

/// Whether a key stays in the token when the session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stay {
    /// It does not.
    Session,
    /// It does.
    Token,
}

/// An object that does not stay. [`SessionObject::destroy`] is its usual end; dropped, it is destroyed as far as the token
/// obeys, for a run that ends with an error anyway and clears up after itself.
struct SessionObject<'s> {
    session: &'s Session,
    handle: ObjectHandle,
    is_kept: bool,
}

impl<'s> SessionObject<'s> {
    fn new(session: &'s Session, handle: ObjectHandle) -> Self {
        Self { session, handle, is_kept: false }
    }

    /// Destroys it, and says when the token does not.
    fn destroy(mut self) -> Result<(), KeyError> {
        self.is_kept = true;
        self.session.destroy_object(self.handle).map_err(failed("destroy an object that is not to stay"))
    }

    /// It stays.
    fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for SessionObject<'_> {
    fn drop(&mut self) {
        if !self.is_kept {
            // An error is on its way already, and whoever handles it looks for what is left.
            let _ = self.session.destroy_object(self.handle);
        }
    }
}

/// A key that an earlier run put into the token to stay, and that its journal calls unfinished.
pub(crate) struct LeftKey {
    handle: ObjectHandle,
    /// Its label.
    pub(crate) label: String,
    /// What it is: `private key`.
    pub(crate) what: &'static str,
    /// Its public key, as far as the token shows it.
    pub(crate) public: Option<PublicKey>,
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

    /// That no object on the token has the label.
    ///
    /// # Errors
    /// When one has.
    pub(crate) fn check_label_is_free(&self) -> Result<(), KeyError> {
        let label = &self.place.key_label;
        for class in [ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY] {
            if !objects(&self.login.session, class, Some(label))?.is_empty() {
                return Err(KeyError::KeyExists { label: label.clone() });
            }
        }
        Ok(())
    }

    /// Destroys every object that was not to stay, of whatever run. Gives how many.
    ///
    /// # Errors
    /// When the token fails, or has one still.
    pub(crate) fn destroy_temporary(&self) -> Result<usize, KeyError> {
        destroy_all(&self.login.session, &[vec![temporary()]])
    }

    /// Destroys everything that was made through this value. It looks in a session of its own: in the first one a signature
    /// may still be under way.
    ///
    /// # Errors
    /// When the token fails, or has something of it still.
    pub(crate) fn clear_up(&self) -> Result<(), KeyError> {
        let own = self.login.module.session(self.login.token.slot, true);
        let session = own.as_ref().unwrap_or(&self.login.session);
        destroy_all(session, &[vec![temporary()], vec![Attribute::Id(self.id.clone())]]).map(|_| ())
    }

    /// That no object is in the token which was not to stay.
    ///
    /// # Errors
    /// When one is, or the token fails.
    pub(crate) fn check_nothing_temporary(&self) -> Result<(), KeyError> {
        match found(&self.login.session, &[temporary()])?.len() {
            0 => Ok(()),
            count => Err(KeyError::NotDestroyed { count }),
        }
    }

    /// The objects with this CKA_ID, which a journal names. Nobody but a person can say that they are of no use: a journal may
    /// be older than the key, or written by somebody else.
    ///
    /// # Errors
    /// When the token fails.
    pub(crate) fn left_keys(&self, id: &[u8]) -> Result<Vec<LeftKey>, KeyError> {
        // A short or empty CKA_ID is not of an escrow run: it could be anybody's.
        if id.len() != ID_BYTES {
            return Ok(Vec::new());
        }
        let session = &self.login.session;
        let of_class = |class, what: &'static str| {
            let handles = found(session, &[Attribute::Class(class), Attribute::Id(id.to_vec())])?;
            let keys = handles.into_iter().map(move |handle| {
                let object = read(session, handle);
                LeftKey { handle, label: object.label, what, public: object.public }
            });
            Ok::<_, KeyError>(keys.collect::<Vec<_>>())
        };
        let mut keys = of_class(ObjectClass::PRIVATE_KEY, "private key")?;
        keys.extend(of_class(ObjectClass::PUBLIC_KEY, "public key")?);
        let public = keys.iter().find_map(|key| key.public.clone());
        for key in &mut keys {
            key.public = key.public.take().or_else(|| public.clone());
        }
        Ok(keys)
    }

    /// Destroys these.
    ///
    /// # Errors
    /// When the token fails.
    pub(crate) fn destroy_left(&self, keys: &[LeftKey]) -> Result<(), KeyError> {
        for key in keys {
            self.login.session.destroy_object(key.handle).map_err(failed("destroy a left-over key"))?;
        }
        Ok(())
    }

    /// That the token holds none of these keys, as far as it shows a public part of them: a public key, a certificate, or what a
    /// private key tells.
    ///
    /// # Errors
    /// When it holds one, or cannot be searched.
    pub(crate) fn check_holds_none(&self, keys: &[PublicKey]) -> Result<(), KeyError> {
        let session = &self.login.session;
        let shown = shown_keys(session)?;
        let privates = objects(session, ObjectClass::PRIVATE_KEY, None)?;
        let of_privates = privates.iter().filter_map(|private| public_of(private, &shown));
        let mut found = shown.iter().filter_map(|object| object.public.clone()).chain(of_privates);
        match found.find(|found| keys.contains(found)) {
            Some(found) => Err(KeyError::HoldsRoot { public_key: found.sha256() }),
            None => Ok(()),
        }
    }

    /// Destroys the key pair with this public key and the label of the place. Gives how many objects that were.
    ///
    /// # Errors
    /// When the token fails.
    pub(crate) fn destroy_key(&self, public: &PublicKey) -> Result<usize, KeyError> {
        let (session, label) = (&self.login.session, Some(self.place.key_label.as_str()));
        let shown = objects(session, ObjectClass::PUBLIC_KEY, label)?;
        let privates = objects(session, ObjectClass::PRIVATE_KEY, label)?;
        let is_it = |found: Option<PublicKey>| found.is_some_and(|found| found == *public);
        let privates = privates.iter().filter(|private| is_it(public_of(private, &shown)));
        let found: Vec<ObjectHandle> = privates
            .chain(shown.iter().filter(|object| is_it(object.public.clone())))
            .map(|object| object.handle)
            .collect();
        for handle in &found {
            session.destroy_object(*handle).map_err(failed("destroy the key"))?;
        }
        Ok(found.len())
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
            if is_of_device(&error) { failed("wrap the key")(error) } else { cannot_wrap(told(&error)) }
        })?;
        wrapping.destroy()?;
        if !self.way.can_have(wrapped.len()) || wrapped.len() > WRAPPED_BYTES_MAX {
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
            return Err(self.destroyed("the restored key has another public key"));
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

fn temporary() -> Attribute {
    Attribute::Label(TEMPORARY.as_bytes().to_vec())
}

/// The objects that have these attributes, whatever they are.
fn found(session: &Session, template: &[Attribute]) -> Result<Vec<ObjectHandle>, KeyError> {
    session.find_objects(template).map_err(failed("look for left-over keys"))
}

/// Destroys whatever has one of these sets of attributes. One that the token does not destroy keeps none of the others.
fn destroy_all(session: &Session, templates: &[Vec<Attribute>]) -> Result<usize, KeyError> {
    let mut destroyed = 0;
    for template in templates {
        for handle in found(session, template)? {
            destroyed += usize::from(session.destroy_object(handle).is_ok());
        }
    }
    let mut count = 0;
    for template in templates {
        count += found(session, template)?.len();
    }
    if count == 0 { Ok(destroyed) } else { Err(KeyError::NotDestroyed { count }) }
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

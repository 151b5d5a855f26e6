//! Making the key pair of a first ceremony on its token: sensitive, never extractable, for signing only.

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, KeyType, ObjectClass};

use super::error::KeyError;
use super::key_object::{KeyFlags, curve, objects, public_of};
use super::kind::{KeyKind, NewKey};
use super::login::{Login, TokenPlace};
use super::module::{TokenFacts, failed};
use super::pin::PinEntry;
use super::public_key::PublicKey;
use super::scheme::SignatureScheme;
use super::token::{TokenKey, best_way};

/// A key pair just made. Its [`PublicKey::sha256`] is what the site file has to pin.
#[derive(Debug, Clone)]
pub struct GeneratedKey {
    /// Its public key.
    pub public: PublicKey,
    /// What the token says of the private key; [`KeyFlags::warnings`] is empty for a token that keeps its word.
    pub flags: KeyFlags,
    /// The token it was made on.
    pub token: TokenFacts,
}

impl TokenKey {
    /// Makes a key pair `new` at `place`, to sign with `scheme`. The label must be unused on the token, also by a public
    /// key.
    ///
    /// # Errors
    /// Of token and PIN as in [`TokenKey::open`]; when the label is in use; when the token offers no such keys, or cannot
    /// sign with them; when it made a key that can be read or taken out, which then stays there and must not be used.
    pub fn generate(
        place: &TokenPlace,
        new: NewKey,
        scheme: SignatureScheme,
        pins: &mut dyn PinEntry,
    ) -> Result<GeneratedKey, KeyError> {
        let login = Login::begin(place, None, true, pins)?;
        for class in [ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY] {
            if !objects(&login.session, class, Some(&place.key_label))?.is_empty() {
                return Err(KeyError::KeyExists { label: place.key_label.clone() });
            }
        }
        let (mechanism, offered, wanted) = generator(new.kind());
        if login.module.context().get_mechanism_info(login.token.slot, offered).is_err() {
            return Err(KeyError::MechanismMissing {
                doing: format!("make a key {new}"),
                wanted: wanted.to_owned(),
                scheme: None,
            });
        }
        if scheme.key_kind() != new.kind() {
            return Err(KeyError::SchemeUnfit { scheme, key: new.description() });
        }
        // A key is made once. One that could not sign would be in the way of the next.
        best_way(&login.module, login.token.slot, None, scheme)?;
        let mut id = vec![0; 20];
        SystemRandom::new().fill(&mut id).map_err(|_| KeyError::Library { doing: "draw a key identifier" })?;
        let (public, private) = templates(new, &place.key_label, &id);
        login.session.generate_key_pair(&mechanism, &public, &private).map_err(failed("make the key pair"))?;
        read_back(&login, place)
    }
}

/// The mechanism that makes keys of a kind: itself, as a token lists it, and its name.
pub(super) fn generator(kind: KeyKind) -> (Mechanism<'static>, MechanismType, &'static str) {
    match kind {
        KeyKind::Rsa => {
            (Mechanism::RsaPkcsKeyPairGen, MechanismType::RSA_PKCS_KEY_PAIR_GEN, "CKM_RSA_PKCS_KEY_PAIR_GEN")
        }
        KeyKind::Ed25519 => {
            (Mechanism::EccEdwardsKeyPairGen, MechanismType::ECC_EDWARDS_KEY_PAIR_GEN, "CKM_EC_EDWARDS_KEY_PAIR_GEN")
        }
        KeyKind::EcdsaP256 | KeyKind::EcdsaP384 | KeyKind::EcdsaP521 => {
            (Mechanism::EccKeyPairGen, MechanismType::ECC_KEY_PAIR_GEN, "CKM_EC_KEY_PAIR_GEN")
        }
    }
}

/// CKA_KEY_TYPE of a kind.
pub(super) fn key_type_of(kind: KeyKind) -> KeyType {
    match kind {
        KeyKind::Rsa => KeyType::RSA,
        KeyKind::Ed25519 => KeyType::EC_EDWARDS,
        KeyKind::EcdsaP256 | KeyKind::EcdsaP384 | KeyKind::EcdsaP521 => KeyType::EC,
    }
}

/// The attributes of both halves.
pub(super) fn templates(new: NewKey, label: &str, id: &[u8]) -> (Vec<Attribute>, Vec<Attribute>) {
    let named = [
        Attribute::KeyType(key_type_of(new.kind())),
        Attribute::Token(true),
        Attribute::Label(label.as_bytes().to_vec()),
        Attribute::Id(id.to_vec()),
    ];
    let mut public = named.to_vec();
    public.extend([Attribute::Private(false), Attribute::Verify(true)]);
    let mut private = named.to_vec();
    private.extend([
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
    ]);
    match (new.modulus_bits(), curve(new.kind())) {
        (Some(bits), _) => {
            public.push(Attribute::ModulusBits(u64::from(bits).into()));
            public.push(Attribute::PublicExponent(vec![1, 0, 1]));
            public.extend([Attribute::Encrypt(false), Attribute::Wrap(false)]);
            private.extend([Attribute::Decrypt(false), Attribute::Unwrap(false)]);
        }
        (None, Some(curve)) => {
            public.push(Attribute::EcParams(curve.to_vec()));
            private.push(Attribute::Derive(false));
        }
        (None, None) => {}
    }
    (public, private)
}

/// Looks at the key as a later ceremony will: found by its label, its public key told, its flags as asked for.
fn read_back(login: &Login, place: &TokenPlace) -> Result<GeneratedKey, KeyError> {
    let unusable = |why: String| KeyError::KeyUnusable { label: place.key_label.clone(), why, scheme: None };
    let publics = objects(&login.session, ObjectClass::PUBLIC_KEY, Some(&place.key_label))?;
    let privates = objects(&login.session, ObjectClass::PRIVATE_KEY, Some(&place.key_label))?;
    let [private] = privates.as_slice() else {
        return Err(unusable(format!("the key was just made, but {} keys have its label", privates.len())));
    };
    let Some(public) = public_of(private, &publics) else {
        return Err(unusable("the key was just made, but the token does not show its public key".to_owned()));
    };
    if private.flags.sensitive != Some(true) || private.flags.extractable != Some(false) {
        let why = "the key was just made as sensitive and not extractable, but the token does not confirm this; it stays there, \
                   and must not become a root key";
        return Err(unusable(why.to_owned()));
    }
    Ok(GeneratedKey { public, flags: private.flags, token: login.token.facts.clone() })
}

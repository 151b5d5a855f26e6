//! Whichever key a site has: the token's, or the rehearsal key.

use rootcast_protocol::digest::Digest;

use super::error::KeyError;
use super::key_object::KeyFlags;
use super::module::TokenFacts;
use super::pin::PinEntry;
use super::public_key::PublicKey;
use super::rehearsal_key::RehearsalKey;
use super::token::TokenKey;
use super::{SignatureScheme, SigningKey};

/// The key of a site, ready to sign.
#[derive(Debug)]
pub enum SiteKey {
    /// A key in a token.
    Token(Box<TokenKey>),
    /// A file; everything it signs is marked.
    Rehearsal(Box<RehearsalKey>),
}

impl SiteKey {
    /// Its public key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        match self {
            Self::Token(key) => key.public_key(),
            Self::Rehearsal(key) => key.public_key(),
        }
    }

    /// SHA-256 of its SubjectPublicKeyInfo.
    #[must_use]
    pub(crate) fn public_key_sha256(&self) -> Digest {
        self.public_key().sha256()
    }

    /// The token it is in and what that says of the key; `None` for the rehearsal key.
    #[must_use]
    pub fn token(&self) -> Option<(&TokenFacts, KeyFlags)> {
        match self {
            Self::Token(key) => Some((key.token(), key.flags())),
            Self::Rehearsal(_) => None,
        }
    }
}

impl SiteKey {
    /// Asks everything about signing with `scheme` that can be asked without a signature; see [`TokenKey::make_ready`].
    ///
    /// # Errors
    /// When the key cannot sign with `scheme`; KEY-PIN where the key asks for the PIN before each use.
    pub fn make_ready(
        &mut self,
        scheme: SignatureScheme,
        first: &[u8],
        pins: Box<dyn PinEntry>,
    ) -> Result<(), KeyError> {
        match self {
            Self::Token(key) => key.make_ready(scheme, first, pins),
            Self::Rehearsal(key) if key.public_key().kind() == scheme.key_kind() => Ok(()),
            Self::Rehearsal(key) => Err(KeyError::SchemeUnfit { scheme, key: key.public_key().describe() }),
        }
    }

    /// What people are told of a token's key before it signs, a sentence each: the mechanism, and what is out of the
    /// ordinary. `count` is the number of signatures. Nothing for a rehearsal key.
    #[must_use]
    pub(crate) fn notes(&self, count: usize) -> Vec<String> {
        let Self::Token(key) = self else { return Vec::new() };
        let mut notes: Vec<String> = key.mechanism().map(|name| format!("signs with {name}")).into_iter().collect();
        if key.is_unproven() {
            notes.push("the token shows no public key of it; the first signature proves which key it is".to_owned());
        }
        if key.asks_each_time() && count > 1 {
            notes.push(format!("asks for the PIN before each of {count} signatures (CKA_ALWAYS_AUTHENTICATE)"));
        }
        notes
    }
}

impl SigningKey for SiteKey {
    type Error = KeyError;

    fn spki(&self) -> &[u8] {
        self.public_key().spki()
    }

    fn description(&self) -> String {
        match self {
            Self::Token(key) => key.description(),
            Self::Rehearsal(key) => key.description(),
        }
    }

    fn is_rehearsal(&self) -> bool {
        match self {
            Self::Token(key) => key.is_rehearsal(),
            Self::Rehearsal(key) => key.is_rehearsal(),
        }
    }

    fn sign(&mut self, to_be_signed: &[u8], scheme: SignatureScheme) -> Result<Vec<u8>, KeyError> {
        match self {
            Self::Token(key) => key.sign(to_be_signed, scheme),
            Self::Rehearsal(key) => key.sign(to_be_signed, scheme),
        }
    }
}

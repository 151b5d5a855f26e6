//! Where the key of a site is, and a key that was just made there.

use std::path::PathBuf;

use rootcast_protocol::digest::Digest;

use crate::ceremony::key::generation::GeneratedKey;
use crate::ceremony::key::login::TokenPlace;
use crate::ceremony::key::public_key::PublicKey;

/// Where the key of a site is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPlace {
    /// In a token.
    Token {
        /// Which token and which label.
        place: TokenPlace,
        /// The public key it must have; `None` until the key is made.
        pinned: Option<Digest>,
    },
    /// In a file, for demos, labs and tests.
    Rehearsal {
        /// An unencrypted PKCS#8 file.
        file: PathBuf,
    },
}

/// A key that was just made.
#[derive(Debug, Clone)]
pub enum MadeKey {
    /// In a token. The site file has to pin the SHA-256 of its public key now.
    Token(GeneratedKey),
    /// In a file.
    Rehearsal(PublicKey),
}

impl MadeKey {
    /// Its public key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        match self {
            Self::Token(made) => &made.public,
            Self::Rehearsal(public) => public,
        }
    }
}

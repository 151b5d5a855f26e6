//! The export key: an Ed25519 private key that signs manifests (RFC 8032), read from a file for one run and never
//! stored.
//!
//! It authenticates the sender of manifests. It is never a CA key, and signs only manifests.

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, ParsedPublicKey};
use rootcast_pki::contents::Contents;
use rootcast_pki::pem::{self, PemError, PemLabel};
use rootcast_protocol::hex;

/// Bytes of the largest file that is read: a PEM key has 119.
pub(crate) const FILE_SIZE_MAX: u64 = 4096;

/// A key that signs manifests.
pub struct ExportKey(Ed25519KeyPair);

impl ExportKey {
    /// Reads a private key: PKCS#8 (RFC 5958), PEM, DER or base64, not encrypted.
    ///
    /// # Errors
    /// When the file is not such a key.
    pub fn read(bytes: &[u8]) -> Result<Self, ExportKeyError> {
        let file = pem::decode(bytes).map_err(ExportKeyError::Pem)?;
        match Contents::recognise(file.bytes()) {
            Some(Contents::EncryptedPrivateKey) => Err(ExportKeyError::Encrypted),
            Some(Contents::PrivateKey) => Self::from_pkcs8(file.bytes()),
            // The label says best what it was meant to be.
            _ if file.label() == Some(&PemLabel::EncryptedPrivateKey) => Err(ExportKeyError::Encrypted),
            Some(contents) => Err(ExportKeyError::Contents { contents }),
            None => Err(ExportKeyError::NotEd25519),
        }
    }

    fn from_pkcs8(der: &[u8]) -> Result<Self, ExportKeyError> {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der);
        pair.map(Self).map_err(|_| ExportKeyError::NotEd25519)
    }

    /// The signature over a manifest's bytes, R then S.
    #[must_use]
    pub fn sign(&self, manifest: &[u8]) -> [u8; 64] {
        // An Ed25519 signature has 64 bytes.
        self.0.sign(manifest).as_ref().try_into().unwrap_or([0; 64])
    }

    /// Whether `signature` is this key's over `manifest`.
    #[must_use]
    pub fn verifies(&self, manifest: &[u8], signature: &[u8; 64]) -> bool {
        let key = ParsedPublicKey::new(&ED25519, self.0.public_key().as_ref());
        key.is_ok_and(|key| key.verify_sig(manifest, signature).is_ok())
    }

    /// The public key, 64 hexadecimal digits.
    #[must_use]
    pub(crate) fn public_text(&self) -> String {
        hex::encode(self.0.public_key().as_ref())
    }
}

/// Shows the public half only.
impl fmt::Debug for ExportKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExportKey({})", self.public_text())
    }
}

/// Why a file is not an export key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportKeyError {
    /// Text that is not one whole object.
    Pem(PemError),
    /// An encrypted private key.
    Encrypted,
    /// Something else.
    Contents {
        /// What it is.
        contents: Contents,
    },
    /// Not a private key of Ed25519.
    NotEd25519,
}

impl fmt::Display for ExportKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pem(PemError::Headers { label }) if label.is_private_key() => Self::Encrypted.fmt(f),
            Self::Pem(error) => error.fmt(f),
            Self::Encrypted => {
                f.write_str("it is encrypted; only unencrypted keys are read: openssl pkcs8 -topk8 -nocrypt -in FILE")
            }
            Self::Contents { contents } => write!(f, "it is {contents}, not a private key (PKCS#8)"),
            Self::NotEd25519 => f.write_str("it is not an Ed25519 private key (PKCS#8)"),
        }
    }
}

impl std::error::Error for ExportKeyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Pem(error) => std::error::Error::source(error),
            _ => None,
        }
    }
}

//! The export key: an Ed25519 public key whose private half signs manifests on the offline side (RFC 8032, RFC 8410).
//!
//! It authenticates the sender of a manifest and never decides what may be published. Must not: sign, or hold a private
//! key.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, ParsedPublicKey};
use rootcast_host::text_file;
use rootcast_pki::contents::Contents;
use rootcast_pki::pem::{self, Encoded, PemError};
use rootcast_protocol::digest::Digest;
use rootcast_protocol::hex;

/// What a SubjectPublicKeyInfo of an Ed25519 key begins with: 44 bytes in all, the last 32 are the key (RFC 8410 §4). It
/// has this one encoding, so nothing of it is parsed.
const SPKI_BEGIN: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// Bytes of the largest file that is read: a PEM key has 113.
pub(crate) const FILE_SIZE_MAX: u64 = 4096;

/// Digits of a key as text: two a byte.
const HEXADECIMAL_DIGITS: usize = 64;

/// A pinned export key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportKey([u8; 32]);

impl ExportKey {
    /// Reads a file: a SubjectPublicKeyInfo (PEM, DER or base64), or 64 hexadecimal digits.
    ///
    /// # Errors
    /// When it is none of these or no point of the curve.
    pub fn read(bytes: &[u8]) -> Result<Self, ExportKeyError> {
        let file = pem::decode(bytes).map_err(ExportKeyError::Pem)?;
        if let Encoded::Der(text) = file
            && let Some(digits) = hexadecimal(text)
        {
            return digits.parse();
        }
        Self::from_spki(file.bytes())
    }

    fn from_spki(der: &[u8]) -> Result<Self, ExportKeyError> {
        let bits = der.strip_prefix(&SPKI_BEGIN).and_then(|bits| <[u8; 32]>::try_from(bits).ok());
        match (bits, Contents::recognise(der)) {
            (Some(bits), _) => Self::from_bits(bits),
            (None, Some(contents)) if contents.is_private_key() => Err(ExportKeyError::PrivateKey),
            (None, Some(contents)) if contents != Contents::PublicKey => Err(ExportKeyError::Contents { contents }),
            (None, _) => Err(ExportKeyError::NotEd25519),
        }
    }

    fn from_bits(bits: [u8; 32]) -> Result<Self, ExportKeyError> {
        match ParsedPublicKey::new(&ED25519, bits) {
            Ok(_) => Ok(Self(bits)),
            Err(_) => Err(ExportKeyError::NotOnCurve),
        }
    }

    /// Whether `signature` is this key's over `message`.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        ParsedPublicKey::new(&ED25519, self.0).is_ok_and(|key| key.verify_sig(message, signature).is_ok())
    }
}

/// The digits of a text that is a key by itself.
fn hexadecimal(bytes: &[u8]) -> Option<&str> {
    text_file::text(bytes).ok().map(str::trim_ascii).filter(|text| text.len() == HEXADECIMAL_DIGITS)
}

/// 64 hexadecimal digits.
impl fmt::Display for ExportKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl FromStr for ExportKey {
    type Err = ExportKeyError;

    fn from_str(text: &str) -> Result<Self, ExportKeyError> {
        let digest: Digest = text.parse().map_err(|_| ExportKeyError::NotHexadecimal)?;
        Self::from_bits(digest.0)
    }
}

/// Why a file or a text is no export key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportKeyError {
    /// Text that is not one whole object.
    Pem(PemError),
    /// A private key.
    PrivateKey,
    /// Something else.
    Contents {
        /// What it is.
        contents: Contents,
    },
    /// Not a public key of Ed25519.
    NotEd25519,
    /// 32 bytes that are no point of the curve.
    NotOnCurve,
    /// Not 64 hexadecimal digits.
    NotHexadecimal,
}

impl fmt::Display for ExportKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pem(PemError::Headers { label }) if label.is_private_key() => Self::PrivateKey.fmt(f),
            Self::Pem(error) => error.fmt(f),
            Self::PrivateKey => f.write_str("it is a private key, which must never leave the offline side"),
            Self::Contents { contents } => write!(f, "it is {contents}, not a public key"),
            Self::NotEd25519 => f.write_str("it is not an Ed25519 public key"),
            Self::NotOnCurve => f.write_str("its 32 bytes are not an Ed25519 key"),
            Self::NotHexadecimal => f.write_str("it is not 64 hexadecimal digits"),
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

#[cfg(test)]
mod tests {
    use super::ExportKey;

    // RFC 8032 §7.1, test 1: the empty message.
    const KEY: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    const SIGNATURE: [u8; 64] = [
        0xe5, 0x56, 0x43, 0x00, 0xc3, 0x60, 0xac, 0x72, 0x90, 0x86, 0xe2, 0xcc, 0x80, 0x6e, 0x82, 0x8a, 0x84, 0x87,
        0x7f, 0x1e, 0xb8, 0xe5, 0xd9, 0x74, 0xd8, 0x73, 0xe0, 0x65, 0x22, 0x49, 0x01, 0x55, 0x5f, 0xb8, 0x82, 0x15,
        0x90, 0xa3, 0x3b, 0xac, 0xc6, 0x1e, 0x39, 0x70, 0x1c, 0xf9, 0xb4, 0x6b, 0xd2, 0x5b, 0xf5, 0xf0, 0x59, 0x5b,
        0xbe, 0x24, 0x65, 0x51, 0x41, 0x43, 0x8e, 0x7a, 0x10, 0x0b,
    ];
    const PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
        MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";

    #[test]
    fn hexadecimal_and_pem_name_the_same_key_and_it_verifies() {
        let key = ExportKey::read(KEY.as_bytes()).unwrap();
        assert_eq!(ExportKey::read(PEM.as_bytes()), Ok(key));
        assert_eq!(key.to_string(), KEY);
        assert!(key.verifies(b"", &SIGNATURE));
        assert!(!key.verifies(b"x", &SIGNATURE));
    }

    #[test]
    fn other_files_are_refused_in_words() {
        for text in ["", "d75a", &KEY.replace('d', "g"), "-----BEGIN PUBLIC KEY-----"] {
            assert!(ExportKey::read(text.as_bytes()).is_err(), "{text:?}");
        }
        // The bytes say what it is, and not the label.
        assert!(ExportKey::read(PEM.replace("PUBLIC", "PRIVATE").as_bytes()).is_ok());
    }
}

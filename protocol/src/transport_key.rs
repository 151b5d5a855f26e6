//! Transport keys: a shared secret of both sides, so that a receiver ignores frames of outsiders.
//!
//! A frame made with a key ends with a MAC: the first 16 bytes of HMAC-SHA-256 (RFC 2104) over everything before it.
//! The MAC keeps outsiders off the line and proves nothing about items: those are judged by the root's own signature. A
//! leaked key can lead to a jammed line, but never to a false CRL. It is never a key of a CA.

use core::fmt;

use sha2::{Digest as _, Sha256};

use crate::digest::Digest;
use crate::words::{WordError, read, spell};

/// Bytes of a key: 128 bits, 16 words.
pub const KEY_SIZE: usize = 16;

/// Bytes of a MAC: HMAC-SHA-256, cut to 128 bits (RFC 2104 §5).
pub const MAC_SIZE: usize = 16;

/// Words that follow those of the key: the beginning of a digest of it, so that one word misheard is noticed but for one
/// case in 65,536.
pub const CHECK_WORDS: usize = 2;

/// Block size of SHA-256 in bytes, as HMAC uses it.
const BLOCK_SIZE: usize = 64;

/// A key. Its `Debug` form does not show it.
///
/// ```
/// use rootcast_protocol::transport_key::{KeyWordsError, TransportKey};
///
/// let key = TransportKey::new([7; 16]);
/// assert_eq!(TransportKey::from_words(&key.words()), Ok(key.clone()));
/// assert!(key.verifies(b"frame", &key.mac(b"frame")) && !key.verifies(b"other", &key.mac(b"frame")));
/// assert_eq!(TransportKey::from_words("orca pioneer"), Err(KeyWordsError::Count { found: 2 }));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct TransportKey([u8; KEY_SIZE]);

impl TransportKey {
    /// The key of these bytes, which nobody else may know.
    #[must_use]
    pub const fn new(bytes: [u8; KEY_SIZE]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; KEY_SIZE] {
        &self.0
    }

    /// The MAC over `bytes`: the first 16 bytes of HMAC-SHA-256 (RFC 2104 §5).
    #[must_use]
    pub fn mac(&self, bytes: &[u8]) -> [u8; MAC_SIZE] {
        let pad = |with: u8| {
            let mut block = [with; BLOCK_SIZE];
            block.iter_mut().zip(self.0).for_each(|(place, byte)| *place ^= byte);
            block
        };
        let inner = Sha256::new().chain_update(pad(0x36)).chain_update(bytes).finalize();
        let outer: [u8; 32] = Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into();
        let mut mac = [0; MAC_SIZE];
        mac.iter_mut().zip(outer).for_each(|(to, from)| *to = from);
        mac
    }

    /// Whether `mac` is the MAC over `bytes`; takes as long whichever byte differs.
    #[must_use]
    pub fn verifies(&self, bytes: &[u8], mac: &[u8; MAC_SIZE]) -> bool {
        self.mac(bytes).iter().zip(mac).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
    }

    /// The key in words of the PGP word list, 16 of them, and [`CHECK_WORDS`].
    #[must_use]
    pub fn words(&self) -> String {
        let mut bytes = self.0.to_vec();
        bytes.extend_from_slice(&self.check());
        spell(&bytes, bytes.len())
    }

    /// The key these words spell, as [`crate::words::read`] takes them.
    ///
    /// # Errors
    /// [`KeyWordsError`]: a word is not on the list or in the wrong place, their number is wrong, or a check word is.
    pub fn from_words(text: &str) -> Result<Self, KeyWordsError> {
        let bytes = read(text).map_err(KeyWordsError::Words)?;
        let found = bytes.len();
        let Some((key, check)) = bytes.split_first_chunk::<KEY_SIZE>().filter(|_| found == KEY_SIZE + CHECK_WORDS)
        else {
            return Err(KeyWordsError::Count { found });
        };
        let key = Self(*key);
        if key.check() == check { Ok(key) } else { Err(KeyWordsError::Check) }
    }

    fn check(&self) -> [u8; CHECK_WORDS] {
        let Digest([first, second, ..]) = Digest::of_parts(&[b"rootcast transport key", &self.0]);
        [first, second]
    }
}

impl fmt::Debug for TransportKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TransportKey")
    }
}

/// Why words do not spell a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KeyWordsError {
    /// A word is unknown or in the wrong place.
    Words(WordError),
    /// Not 18 words.
    Count {
        /// Words found.
        found: usize,
    },
    /// The check words are others: a word was misheard.
    Check,
}

impl KeyWordsError {
    /// A stable short name, as the vectors and the documentation use it.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Words(error) => error.label(),
            Self::Count { .. } => "key-word-count",
            Self::Check => "key-word-check",
        }
    }
}

impl fmt::Display for KeyWordsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(error) => error.fmt(f),
            Self::Count { found } => write!(f, "{found} words; a transport key has {}", KEY_SIZE + CHECK_WORDS),
            Self::Check => write!(f, "the last {CHECK_WORDS} words do not match the others: one word was misheard"),
        }
    }
}

impl core::error::Error for KeyWordsError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Words(error) => core::error::Error::source(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 4231 cut or filled up with zeros, which HMAC treats alike, to 16 bytes.
    fn key(bytes: &[u8]) -> TransportKey {
        let mut key = [0; KEY_SIZE];
        key[..bytes.len()].copy_from_slice(bytes);
        TransportKey::new(key)
    }

    #[test]
    fn macs_are_those_of_rfc_4231() {
        // Test case 2, its first 16 bytes.
        let mac = key(b"Jefe").mac(b"what do ya want for nothing?");
        let expected = 0x5bdc_c146_bf60_754e_6a04_2426_0895_75c7_u128.to_be_bytes();
        assert_eq!(mac, expected);
        assert!(key(b"Jefe").verifies(b"what do ya want for nothing?", &expected));
        assert!(!key(b"Jefe").verifies(b"what do ya want for nothing!", &expected));
        assert!(!key(b"jefe").verifies(b"what do ya want for nothing?", &expected));
    }

    #[test]
    fn a_key_is_read_back_from_its_words_and_a_misheard_word_is_noticed() {
        let key = TransportKey::new(*b"\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff");
        let words = key.words();
        assert_eq!(words.split(' ').count(), 18);
        assert_eq!(TransportKey::from_words(&words.to_uppercase().replace(' ', " - ")), Ok(key.clone()));
        let spoken: Vec<&str> = words.split(' ').collect();
        assert_eq!(TransportKey::from_words(&spoken[..16].join(" ")), Err(KeyWordsError::Count { found: 16 }));
        let mut noticed = 0;
        for place in 0..18 {
            let mut misheard = spoken.clone();
            let other = spell(&[7, 7], 2);
            misheard[place] = other.split(' ').nth(place % 2).unwrap();
            noticed += usize::from(TransportKey::from_words(&misheard.join(" ")) == Err(KeyWordsError::Check));
        }
        assert_eq!(noticed, 18);
        assert!(TransportKey::from_words("topmost topmost").is_err());
        assert_eq!(format!("{key:?}"), "TransportKey");
    }
}

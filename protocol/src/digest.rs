//! SHA-256 digests: how they are made, shown and read back from text.
//!
//! Equal digests show that two byte strings are equal. They never show that either may be trusted.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::hex::{HexError, read_hex, write_hex};

/// A SHA-256 digest (FIPS 180-4), 32 bytes. On the wire it is those 32 bytes without a length.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    ///
    /// ```
    /// use rootcast_protocol::digest::Digest;
    /// use rootcast_protocol::hex::HexError;
    ///
    /// let digest = Digest::of(b"abc");
    /// assert!(digest.to_string().starts_with("ba7816bf"));
    /// assert_eq!(digest.to_string().parse(), Ok(digest));
    /// assert_eq!("BA:78:16".parse::<Digest>(), Err(HexError::Digits { expected: 64, found: 6 }));
    /// ```
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest of the concatenation of `parts`.
    #[must_use]
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// 64 lower-case hexadecimal digits.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

/// 64 hexadecimal digits in either case; colons and white space between digits are skipped, so that what
/// `openssl x509 -fingerprint -sha256` prints after the `=` can be pasted.
impl FromStr for Digest {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Self, HexError> {
        read_hex(text).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn the_digest_of_abc_is_the_one_of_fips_180() {
        assert_eq!(Digest::of(b"abc").to_string(), ABC);
        assert_eq!(Digest::of_parts(&[b"a", b"", b"bc"]), Digest::of(b"abc"));
    }

    #[test]
    fn a_pasted_fingerprint_with_colons_and_capitals_is_read() {
        let pasted: Vec<String> =
            ABC.to_uppercase().as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).into()).collect();
        assert_eq!(format!(" {}\n", pasted.join(":")).parse(), Ok(Digest::of(b"abc")));
    }

    #[test]
    fn the_letter_o_among_hex_digits_is_named_with_its_place() {
        let typed = ABC.replacen('0', "O", 1);
        let error = typed.parse::<Digest>().unwrap_err();
        assert_eq!(error, HexError::NotADigit { position: 11, found: 'O' });
        assert!(error.to_string().contains("zero was probably meant"), "{error}");
    }

    #[test]
    fn too_few_or_too_many_digits_are_refused_with_their_number() {
        assert_eq!(ABC[1..].parse::<Digest>(), Err(HexError::Digits { expected: 64, found: 63 }));
        assert_eq!(format!("{ABC}00").parse::<Digest>(), Err(HexError::Digits { expected: 64, found: 66 }));
        assert_eq!("".parse::<Digest>(), Err(HexError::Digits { expected: 64, found: 0 }));
    }
}

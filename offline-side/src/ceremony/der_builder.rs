//! The pieces every draft is put together from.

use std::fmt;

use der::asn1::{AnyRef, BitStringRef};
use der::{Encode, Tag, TagNumber};
use rootcast_pki::time::Timestamp;
use x509_cert::time::Time;

/// Why something cannot be encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftError {
    /// A value that the encoding has no room for.
    OutOfRange {
        /// Which one.
        what: &'static str,
    },
    /// What the encoding library says.
    Encoding {
        /// In its words.
        why: String,
    },
}

impl fmt::Display for DraftError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange { what } => write!(f, "{what} cannot be encoded"),
            Self::Encoding { why } => write!(f, "cannot be encoded: {why}"),
        }
    }
}

impl std::error::Error for DraftError {}

impl From<der::Error> for DraftError {
    fn from(error: der::Error) -> Self {
        Self::Encoding { why: error.to_string() }
    }
}

/// The DER of a value.
///
/// # Errors
/// The encoder's error; so for every function here that makes DER.
pub(crate) fn encoded(value: &impl Encode) -> Result<Vec<u8>, DraftError> {
    Ok(value.to_der()?)
}

/// One element of this tag and these contents.
pub(crate) fn tlv(tag: Tag, contents: &[u8]) -> Result<Vec<u8>, DraftError> {
    encoded(&AnyRef::new(tag, contents)?)
}

/// A SEQUENCE of elements.
pub(crate) fn sequence(parts: &[Vec<u8>]) -> Result<Vec<u8>, DraftError> {
    tlv(Tag::Sequence, &parts.concat())
}

/// An element within the context tag `number`.
pub(crate) fn explicit(number: u32, element: &[u8]) -> Result<Vec<u8>, DraftError> {
    tlv(Tag::ContextSpecific { constructed: true, number: TagNumber(number) }, element)
}

/// A BIT STRING of whole octets.
pub(crate) fn bits(octets: &[u8]) -> Result<Vec<u8>, DraftError> {
    encoded(&BitStringRef::from_bytes(octets)?)
}

/// A Time: UTCTime to 2049, GeneralizedTime from 2050 (RFC 5280 §4.1.2.5).
pub(crate) fn time(at: Timestamp) -> Result<Vec<u8>, DraftError> {
    let out_of_range = DraftError::OutOfRange { what: "a time before 1970 or after 9999" };
    let seconds = u64::try_from(at.0).map_err(|_| out_of_range.clone())?;
    let moment =
        der::DateTime::from_unix_duration(std::time::Duration::from_secs(seconds)).map_err(|_| out_of_range)?;
    let time = if moment.year() < 2050 {
        Time::UtcTime(der::asn1::UtcTime::from_date_time(moment)?)
    } else {
        Time::GeneralTime(der::asn1::GeneralizedTime::from_date_time(moment))
    };
    encoded(&time)
}

/// A signed object: what was signed, how, and the signature.
pub(crate) fn assembled(to_be_signed: &[u8], algorithm: &[u8], signature: &[u8]) -> Result<Vec<u8>, DraftError> {
    sequence(&[to_be_signed.to_vec(), algorithm.to_vec(), bits(signature)?])
}

#[cfg(test)]
mod tests {
    use super::*;
    use rootcast_pki::time::parse_rfc3339;

    #[test]
    fn times_change_their_form_with_the_year_2050() {
        for (text, expected) in [
            ("2049-12-31T23:59:59Z", &b"\x17\x0d491231235959Z"[..]),
            ("2050-01-01T00:00:00Z", &b"\x18\x0f20500101000000Z"[..]),
        ] {
            assert_eq!(time(parse_rfc3339(text).unwrap()).unwrap(), expected);
        }
        assert!(matches!(time(Timestamp(-1)), Err(DraftError::OutOfRange { .. })));
    }
}

//! Serial numbers of certificates: compared and shown, never computed with.
//!
//! ```
//! use rootcast_pki::crl;
//! use rootcast_pki::profile::Policy;
//! use rootcast_pki::serial::SerialNumber;
//!
//! # let der = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/root.crl"));
//! let crl = crl::inspect(der, &Policy::default()).value.expect("it can be read");
//! let serial = crl.entries().next().expect("an entry").serial_number();
//! assert_eq!(serial.to_string(), "4f0a11223344556677");
//! // It is compared as received: a leading zero makes it another.
//! assert_ne!(SerialNumber::from_contents(&[0, 1]), SerialNumber::from_contents(&[1]));
//! ```

use core::fmt;

use serde::{Serialize, Serializer};

/// The contents octets of a serial number's INTEGER, as received (RFC 5280 §4.1.2.2). Shown in lower hex.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SerialNumber(Box<[u8]>);

impl SerialNumber {
    /// From the contents octets of the INTEGER, in the form they stand in a certificate or CRL entry.
    #[must_use]
    pub fn from_contents(octets: &[u8]) -> Self {
        SerialNumber(octets.into())
    }

    /// The contents octets of the INTEGER.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(&self.0).fmt(f)
    }
}

/// Hexadecimal, as it is shown.
impl Serialize for SerialNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Shows bytes in lower hex, at most 64 of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0.iter().take(64) {
            write!(f, "{byte:02x}")?;
        }
        if self.0.len() > 64 {
            write!(f, "… ({} bytes)", self.0.len())?;
        }
        Ok(())
    }
}

/// Whether a serial number is zero or negative.
pub(crate) fn is_not_positive(octets: &[u8]) -> bool {
    match octets {
        [] | [0] => true,
        [first, ..] => first & 0x80 != 0,
    }
}

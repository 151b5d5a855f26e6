//! CRL numbers: big, unsigned, never truncated (RFC 5280 §5.2.3).
//!
//! ```
//! use rootcast_pki::crl_number::{CrlNumber, CrlNumberError};
//!
//! let number: CrlNumber = "20261121090000".parse()?;
//! assert_eq!("0x126d68ece1d0".parse(), Ok(number));
//! assert!(number > CrlNumber::from(8));
//! assert_eq!(number.successor().map(|next| next.distance_above(&number)), Some(1));
//! // The contents octets of an INTEGER of 21 octets, and of one below zero.
//! assert_eq!(CrlNumber::from_contents(&[1; 21]), Err(CrlNumberError::TooLarge { octets: 21 }));
//! assert_eq!(CrlNumber::from_contents(&[0xff]), Err(CrlNumberError::Negative));
//! # Ok::<(), CrlNumberError>(())
//! ```

use core::fmt;
use core::str::FromStr;

use serde::{Serialize, Serializer};

use crate::limits::INTEGER_OCTETS_MAX;

/// A CRL number n with 0 ≤ n < 2^159. Shown in decimal; read from decimal or `0x` hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CrlNumber([u8; INTEGER_OCTETS_MAX]);

/// Why something is not a CRL number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrlNumberError {
    /// Below zero.
    Negative,
    /// 2^159 or more; the octets it would take.
    TooLarge {
        /// Octets of the integer.
        octets: usize,
    },
    /// Not a decimal number, and not a hexadecimal one after `0x`.
    NotANumber,
}

impl fmt::Display for CrlNumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CrlNumberError::Negative => f.write_str("a CRL number must not be negative"),
            CrlNumberError::TooLarge { octets } => {
                write!(f, "a CRL number has at most 20 octets and is below 2^159; this one takes {octets} octets")
            }
            CrlNumberError::NotANumber => f.write_str("expected a decimal number, or a hexadecimal one after 0x"),
        }
    }
}

impl core::error::Error for CrlNumberError {}

impl CrlNumber {
    /// Zero.
    pub const ZERO: CrlNumber = CrlNumber([0; INTEGER_OCTETS_MAX]);

    /// From the contents octets of an INTEGER.
    ///
    /// # Errors
    /// A negative number or one of 2^159 and above.
    pub fn from_contents(octets: &[u8]) -> Result<Self, CrlNumberError> {
        if octets.first().is_none_or(|first| first & 0x80 != 0) {
            return Err(if octets.is_empty() { CrlNumberError::NotANumber } else { CrlNumberError::Negative });
        }
        let mut number = [0; INTEGER_OCTETS_MAX];
        let free = INTEGER_OCTETS_MAX.checked_sub(octets.len());
        let place = free.and_then(|free| number.get_mut(free..));
        place.ok_or(CrlNumberError::TooLarge { octets: octets.len() })?.copy_from_slice(octets);
        Ok(CrlNumber(number))
    }

    /// Big-endian octets, 20 of them.
    #[must_use]
    pub fn to_be_bytes(&self) -> [u8; INTEGER_OCTETS_MAX] {
        self.0
    }

    /// The same in words, for texts.
    pub(crate) fn distance_in_words(&self, lower: &CrlNumber) -> String {
        match self.distance_above(lower) {
            u64::MAX => "2^64 - 1 or more".to_owned(),
            distance => distance.to_string(),
        }
    }

    /// How far this number lies above a lower one; `u64::MAX` for anything farther, 0 if it is not above.
    #[must_use]
    pub fn distance_above(&self, lower: &CrlNumber) -> u64 {
        if self <= lower {
            return 0;
        }
        let mut borrow = 0_i16;
        let mut difference = [0_u8; INTEGER_OCTETS_MAX];
        for (out, (high, low)) in difference.iter_mut().rev().zip(self.0.iter().rev().zip(lower.0.iter().rev())) {
            let value = i16::from(*high) - i16::from(*low) - borrow;
            borrow = i16::from(value < 0);
            *out = u8::try_from(value.rem_euclid(256)).unwrap_or_default();
        }
        let (top, bottom) = difference.split_at(INTEGER_OCTETS_MAX - 8);
        if top.iter().any(|octet| *octet != 0) {
            return u64::MAX;
        }
        bottom.iter().fold(0, |sum, octet| (sum << 8) | u64::from(*octet))
    }

    /// In hexadecimal after `0x`, in whole octets and capitals, as `openssl crl -crlnumber` shows it: `0x1000` of 4096,
    /// `0x07` of 7. A `crlnumber` file holds the same digits without `0x`.
    #[must_use]
    pub fn hexadecimal(&self) -> String {
        let first = self.0.iter().position(|octet| *octet != 0).unwrap_or(INTEGER_OCTETS_MAX - 1);
        let digits: String = self.0.iter().skip(first).map(|octet| format!("{octet:02X}")).collect();
        format!("0x{digits}")
    }

    /// Decimal and, where that differs, [hexadecimal](Self::hexadecimal), for people: `9`, `4096 (0x1000)`.
    #[must_use]
    pub fn in_both(&self) -> String {
        self.hexadecimal_if_other().map_or_else(|| self.to_string(), |other| format!("{self} ({other})"))
    }

    /// [Hexadecimal](Self::hexadecimal) where that has other digits than the decimal form: `0xa` of 10, nothing of 9.
    #[must_use]
    pub fn hexadecimal_if_other(&self) -> Option<String> {
        (*self >= Self::from(10)).then(|| self.hexadecimal())
    }

    /// The next number; `None` above the greatest, 2^159 - 1.
    #[must_use]
    pub fn successor(&self) -> Option<CrlNumber> {
        self.times_plus(1, 1)
    }

    /// `self * factor + addend`, `None` at 2^159 and above.
    fn times_plus(self, factor: u16, addend: u16) -> Option<CrlNumber> {
        let mut carry = u32::from(addend);
        let mut product = self.0;
        for octet in product.iter_mut().rev() {
            let value = u32::from(*octet) * u32::from(factor) + carry;
            carry = value >> 8;
            *octet = u8::try_from(value & 0xff).unwrap_or_default();
        }
        (carry == 0 && product.first().is_some_and(|first| first & 0x80 == 0)).then_some(CrlNumber(product))
    }
}

impl From<u64> for CrlNumber {
    fn from(value: u64) -> Self {
        let mut number = [0; INTEGER_OCTETS_MAX];
        for (place, octet) in number.iter_mut().rev().zip(value.to_le_bytes()) {
            *place = octet;
        }
        CrlNumber(number)
    }
}

impl FromStr for CrlNumber {
    type Err = CrlNumberError;

    fn from_str(text: &str) -> Result<Self, CrlNumberError> {
        let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(digits) => (digits, 16),
            None => (text, 10),
        };
        if digits.is_empty() {
            return Err(CrlNumberError::NotANumber);
        }
        let mut number = CrlNumber::ZERO;
        for digit in digits.chars() {
            let digit = digit.to_digit(radix).ok_or(CrlNumberError::NotANumber)?;
            let (radix, digit) = (u16::try_from(radix).unwrap_or_default(), u16::try_from(digit).unwrap_or_default());
            number = number.times_plus(radix, digit).ok_or(CrlNumberError::TooLarge { octets: 21 })?;
        }
        Ok(number)
    }
}

impl fmt::Display for CrlNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        let mut digits = Vec::with_capacity(48);
        while rest.iter().any(|octet| *octet != 0) {
            let mut remainder = 0_u16;
            for octet in &mut rest {
                let value = (remainder << 8) | u16::from(*octet);
                *octet = u8::try_from(value / 10).unwrap_or_default();
                remainder = value % 10;
            }
            digits.push(char::from(b'0' + u8::try_from(remainder).unwrap_or_default()));
        }
        if digits.is_empty() {
            digits.push('0');
        }
        f.pad_integral(true, "", &digits.iter().rev().collect::<String>())
    }
}

/// Decimal, as it is shown.
impl Serialize for CrlNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_shown_as_openssl_shows_it() {
        for (number, both) in [(0, "0"), (9, "9"), (10, "10 (0x0A)"), (16, "16 (0x10)"), (4_096, "4096 (0x1000)")] {
            assert_eq!(CrlNumber::from(number).in_both(), both);
        }
        let hexadecimal = |number| CrlNumber::from(number).hexadecimal();
        assert_eq!([0, 7, 26, 256].map(hexadecimal), ["0x00", "0x07", "0x1A", "0x0100"]);
        let long: CrlNumber = "0x7fffffffffffffffffff".parse().unwrap();
        assert_eq!(long.hexadecimal(), "0x7FFFFFFFFFFFFFFFFFFF");
        assert_eq!(long.hexadecimal().parse(), Ok(long));
    }

    /// 2^159 - 1.
    const GREATEST: &str = "730750818665451459101842416358141509827966271487";

    #[test]
    fn a_number_of_159_bits_is_kept_whole() {
        let greatest: CrlNumber = GREATEST.parse().unwrap();
        assert_eq!(greatest.to_string(), GREATEST);
        assert_eq!(greatest.to_be_bytes(), [&[0x7f][..], &[0xff; 19]].concat().as_slice());
        assert_eq!(greatest.successor(), None);
        assert!("730750818665451459101842416358141509827966271488".parse::<CrlNumber>().is_err());
        assert_eq!("0xfF".parse::<CrlNumber>().unwrap(), CrlNumber::from(255));
        assert_eq!(CrlNumber::from(255).successor(), Some(CrlNumber::from(256)));
        assert!(greatest > CrlNumber::from(u64::MAX));
        for text in ["", "0x", "-1", "1 ", "٣", "1_000"] {
            assert_eq!(text.parse::<CrlNumber>(), Err(CrlNumberError::NotANumber), "{text}");
        }
    }

    #[test]
    fn the_distance_between_numbers_is_never_truncated() {
        let two_to_64: CrlNumber = "18446744073709551616".parse().unwrap();
        assert_eq!(two_to_64.distance_above(&CrlNumber::from(1)), u64::MAX);
        assert_eq!(two_to_64.distance_above(&CrlNumber::from(2)), u64::MAX - 1);
        assert_eq!(two_to_64.distance_above(&CrlNumber::ZERO), u64::MAX);
        assert_eq!(GREATEST.parse::<CrlNumber>().unwrap().distance_above(&two_to_64), u64::MAX);
        assert_eq!(CrlNumber::from(300).distance_above(&CrlNumber::from(255)), 45);
        assert_eq!(CrlNumber::from(1).distance_above(&CrlNumber::from(1)), 0);
    }

    #[test]
    fn negative_and_long_integers_are_no_crl_numbers() {
        assert_eq!(CrlNumber::from_contents(&[0xff]), Err(CrlNumberError::Negative));
        assert_eq!(CrlNumber::from_contents(&[]), Err(CrlNumberError::NotANumber));
        assert_eq!(CrlNumber::from_contents(&[1; 21]), Err(CrlNumberError::TooLarge { octets: 21 }));
        assert_eq!(CrlNumber::from_contents(&[0, 0x80]), Ok(CrlNumber::from(128)));
    }
}

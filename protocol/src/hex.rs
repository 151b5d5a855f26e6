//! Hexadecimal digits: one reader of them, for what people type and for what a program wrote.

use core::fmt;

/// Why a text is not the hexadecimal digits that were expected.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum HexError {
    /// The character at `position` (counted in characters from 1) is no hexadecimal digit.
    NotADigit {
        /// Where, counted in characters from 1.
        position: usize,
        /// The text found.
        found: char,
    },
    /// The number of digits is wrong.
    Digits {
        /// Digits wanted.
        expected: usize,
        /// Digits found.
        found: usize,
    },
}

impl fmt::Display for HexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotADigit { position, found } => {
                write!(f, "character {position} ('{}') is not a hexadecimal digit", found.escape_default())?;
                match found {
                    'O' | 'o' => f.write_str("; a zero was probably meant"),
                    'l' | 'I' => f.write_str("; a one was probably meant"),
                    _ => Ok(()),
                }
            }
            Self::Digits { expected, found: 1 } => write!(f, "1 hexadecimal digit; {expected} are needed"),
            Self::Digits { expected, found } => write!(f, "{found} hexadecimal digits; {expected} are needed"),
        }
    }
}

impl core::error::Error for HexError {}

/// Every one of these bytes, two lower-case digits each.
///
/// ```
/// use rootcast_protocol::hex;
///
/// assert_eq!(hex::encode(&[0x4a, 0x01, 0xff]), "4a01ff");
/// assert_eq!(hex::decode("4a01ff"), Some(vec![0x4a, 0x01, 0xff]));
/// ```
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|half| char::from_digit(half.into(), 16)).collect()
}

/// The bytes of which [`encode`] made this text; `None` of any other text: one with capitals, signs or blanks, or with an
/// odd number of digits.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let half = |digit: &u8| digit_value(char::from(*digit)).filter(|_| !digit.is_ascii_uppercase());
    text.as_bytes()
        .chunks_exact(2)
        .map(|pair| pair.iter().try_fold(0, |byte, digit| Some(byte << 4 | half(digit)?)))
        .collect()
}

/// The value of one digit, in either case.
fn digit_value(digit: char) -> Option<u8> {
    digit.to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Writes bytes as lower-case hexadecimal digits.
pub(crate) fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    for byte in bytes {
        write!(f, "{byte:02x}")?;
    }
    Ok(())
}

/// Reads exactly `N` bytes of hexadecimal digits as people paste them: in either case, colons and white space skipped.
pub(crate) fn read_hex<const N: usize>(text: &str) -> Result<[u8; N], HexError> {
    let mut bytes = [0u8; N];
    let mut digits = 0;
    for (index, found) in text.chars().enumerate() {
        if found == ':' || found.is_whitespace() {
            continue;
        }
        let value = digit_value(found).ok_or(HexError::NotADigit { position: index + 1, found })?;
        if let Some(byte) = bytes.get_mut(digits / 2) {
            *byte = (*byte << 4) | value;
        }
        digits += 1;
    }
    if digits == 2 * N { Ok(bytes) } else { Err(HexError::Digits { expected: 2 * N, found: digits }) }
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn every_byte_is_written_and_read_back() {
        let all: Vec<u8> = (0..=u8::MAX).collect();
        let text = encode(&all);
        assert!(text.starts_with("000102") && text.ends_with("fdfeff") && text.len() == 512, "{text}");
        assert_eq!(decode(&text), Some(all));
        assert_eq!(decode(""), Some(Vec::new()));
    }

    /// `u8::from_str_radix` takes a plus sign before a digit, so "+f" was once read as 0x0f.
    #[test]
    fn a_sign_a_capital_a_blank_and_an_odd_number_of_digits_are_refused() {
        for text in ["+f", "0f+f", "-1", "0x", "4A", "4a ", " 4", "4a:01", "4", "4a0", "gg", "ü", "4ü4", "４"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}

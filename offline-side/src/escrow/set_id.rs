//! The set: everything printed by one key generation. Its name is on every page and in every check word.

use std::fmt;

use rootcast_protocol::words;

use super::check_word::Check;
use super::line::{LineFault, words_of};

/// Bytes drawn at random for a set.
pub(crate) const SET_BYTES: usize = 7;

/// A set. Its name in words has seven words and a check word; in hexadecimal digits it has 14.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SetId([u8; SET_BYTES]);

impl SetId {
    /// The set with these bytes.
    #[must_use]
    pub(crate) const fn new(bytes: [u8; SET_BYTES]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub(crate) fn bytes(&self) -> &[u8; SET_BYTES] {
        &self.0
    }

    /// Its eight words.
    #[must_use]
    pub(crate) fn words(&self) -> String {
        let mut bytes = self.0.to_vec();
        bytes.push(Check::new().add(&self.0).byte());
        words::spell(&bytes, bytes.len())
    }

    /// Reads its eight words.
    ///
    /// # Errors
    /// What is wrong with them; any single wrong word is noticed (see [`Check`]).
    pub(crate) fn read(text: &str) -> Result<Self, LineFault> {
        let mut bytes = [0; SET_BYTES + 1];
        words_of(text, &mut bytes)?;
        let [set @ .., check] = bytes;
        if Check::new().add(&set).byte() == check { Ok(Self(set)) } else { Err(LineFault::Check { fits: None }) }
    }

    /// Reads its 14 hexadecimal digits.
    #[must_use]
    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; SET_BYTES];
        super::hex::read(text, &mut bytes)?;
        Some(Self(bytes))
    }
}

impl fmt::Display for SetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use rootcast_protocol::words::word_at;

    use super::SetId;
    use crate::escrow::line::LineFault;

    #[test]
    fn a_set_is_read_back_and_any_single_wrong_word_is_noticed() {
        let set = SetId::new([0x8e, 0xb2, 0, 0xff, 7, 0x10, 0x99]);
        assert_eq!(SetId::from_hex(&set.to_string()), Some(set));
        let text = set.words();
        assert_eq!(SetId::read(&text.to_uppercase()), Ok(set));
        let right: Vec<&str> = text.split(' ').collect();
        for place in 0..right.len() {
            for byte in 0..=255 {
                let mut typed = right.clone();
                typed[place] = word_at(place, byte);
                let read = SetId::read(&typed.join(" "));
                if typed == right {
                    assert_eq!(read, Ok(set));
                } else {
                    assert_eq!(read, Err(LineFault::Check { fits: None }), "{typed:?}");
                }
            }
        }
        assert_eq!(SetId::read(&right[..7].join(" ")), Err(LineFault::Count { found: 7, wanted: 8 }));
    }

    #[test]
    fn hexadecimal_digits_of_a_set_are_exact() {
        for wrong in ["", "8eb200ff071099ff", "8eb200ff07109", "8eb200ff07109g", "+eb200ff071099"] {
            assert_eq!(SetId::from_hex(wrong), None, "{wrong}");
        }
    }
}

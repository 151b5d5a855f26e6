//! The set: everything printed by one key generation. Its name is on every page and in every check word.

use std::fmt;

use rootcast_protocol::words;

use super::check_word::Check;

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
        bytes.push(self.check());
        words::spell(&bytes, bytes.len())
    }

    /// The byte that the last of its words stands for.
    pub(super) fn check(&self) -> u8 {
        Check::new().add(&self.0).byte()
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
    use super::SetId;

    #[test]
    fn hexadecimal_digits_of_a_set_are_exact() {
        for wrong in ["", "8eb200ff071099ff", "8eb200ff07109", "8eb200ff07109g", "+eb200ff071099"] {
            assert_eq!(SetId::from_hex(wrong), None, "{wrong}");
        }
    }
}

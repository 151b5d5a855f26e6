//! Keys that send several bytes: an arrow, Delete, a function key, and the marks around pasted text. None of them is a
//! letter of a word. Without this, `ESC [ A` of an arrow would leave `[A` in the line.
//!
//! ```text
//! ESC [ … final byte (@ to ~)    ECMA-48 §5.4: a control sequence
//! ESC O byte                     a key of the keypad, or F1 to F4
//! ESC byte                       Alt and that key
//! ```

/// Where in an escape sequence the keyboard is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Escape {
    /// In none.
    #[default]
    None,
    /// After ESC.
    Begun,
    /// After ESC and `[`.
    Control,
    /// After ESC and `O`.
    Single,
}

impl Escape {
    /// Whether this byte belongs to an escape sequence, and not to the line.
    pub(super) fn takes(&mut self, byte: u8) -> bool {
        let (next, takes) = match (*self, byte) {
            (_, 0x1b) => (Self::Begun, true),
            (Self::Begun, b'[') => (Self::Control, true),
            (Self::Begun, b'O') => (Self::Single, true),
            (Self::Control, b' '..=b'?') => (Self::Control, true),
            (Self::Control, b'@'..=b'~') | (Self::Single, b' '..=b'~') => (Self::None, true),
            _ => (Self::None, false),
        };
        *self = next;
        takes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(typed: &[u8]) -> Vec<u8> {
        let mut escape = Escape::default();
        typed.iter().copied().filter(|byte| !escape.takes(*byte)).collect()
    }

    #[test]
    fn no_key_of_several_bytes_leaves_a_letter() {
        for key in ["\x1b[A", "\x1b[3~", "\x1b[1;5C", "\x1bOP", "\x1b[15~", "\x1b[200~", "\x1b[201~", "\x1b[<0;3;4M"] {
            assert_eq!(left(format!("or{key}ca").as_bytes()), b"orca", "{key:?}");
        }
        assert_eq!(left(b"or\x1b\x1b[Aca"), b"orca", "Esc, and then an arrow");
        assert_eq!(left(b"o\x1brca"), b"orca", "Alt and r");
        assert_eq!(left(b"[A orca O"), b"[A orca O", "without ESC");
    }
}

//! Item names: short texts for people, never paths.
//!
//! They cross the gap and appear on terminals and in file names, so the reader refuses dangerous characters.

use core::fmt;

use crate::limits::NAME_SIZE_MAX;

/// Checks an item's name: 1 to 255 bytes of UTF-8, neither `.` nor `..`, no `/`, and no control, line-breaking,
/// invisible or bidirectional formatting character (UAX #9).
///
/// # Errors
/// [`NameError`]: the first that is wrong with it.
pub fn check_name(name: &str) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.len() > NAME_SIZE_MAX {
        return Err(NameError::TooLong { length: name.len(), length_max: NAME_SIZE_MAX });
    }
    if name == "." || name == ".." {
        return Err(NameError::Folder);
    }
    match name.chars().position(|c| c == '/' || c.is_control() || steers_text(c)) {
        Some(index) => {
            Err(NameError::Character { position: index + 1, found: name.chars().nth(index).unwrap_or_default() })
        }
        None => Ok(()),
    }
}

/// Line and paragraph separators, the bidirectional formatting characters of Unicode (UAX #9), and what takes no room on
/// a screen, so that two names would look the same: soft hyphen, zero-width characters, word joiner, tags.
const fn steers_text(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}'
        | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Why a name is not allowed.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum NameError {
    /// A name of no bytes.
    Empty,
    /// A name of too many bytes.
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The most there may be, in bytes.
        length_max: usize,
    },
    /// `.` or `..`.
    Folder,
    /// A character that is not allowed.
    Character {
        /// Which character, counted from 1.
        position: usize,
        /// The character.
        found: char,
    },
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty"),
            Self::TooLong { length, length_max } => {
                write!(f, "it has {length} bytes; at most {length_max} are allowed")
            }
            Self::Folder => f.write_str("it names a folder"),
            Self::Character { position, found } => {
                write!(f, "character {position} ({}) is not allowed", found.escape_unicode())
            }
        }
    }
}

impl core::error::Error for NameError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_in_any_script_are_allowed() {
        for name in ["root.crl", "Würzel CA 2026 (2).crt", "根.crl", &"x".repeat(255)] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn names_that_could_act_on_a_terminal_or_a_path_are_refused() {
        for (name, position) in
            [("a/b", 2), ("\u{1b}[2J", 1), ("a\nb", 2), ("evil\u{202e}lrc.exe", 5), ("\u{9b}1m", 1), ("a\u{2028}b", 2)]
        {
            assert!(
                matches!(check_name(name), Err(NameError::Character { position: at, .. }) if at == position),
                "{name:?}"
            );
        }
        for unseen in ["\u{ad}", "\u{200b}", "\u{200c}", "\u{200d}", "\u{2060}", "\u{feff}", "\u{e0000}", "\u{e007f}"] {
            let name = format!("root{unseen}.crl");
            assert!(matches!(check_name(&name), Err(NameError::Character { position: 5, .. })), "{name:?}");
        }
        assert_eq!(check_name(".."), Err(NameError::Folder));
        assert_eq!(check_name(""), Err(NameError::Empty));
        assert_eq!(check_name(&"é".repeat(128)), Err(NameError::TooLong { length: 256, length_max: 255 }));
    }
}

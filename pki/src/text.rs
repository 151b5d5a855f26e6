//! Text that crossed the gap, made safe to print: characters that move the cursor, reorder the line, stack on others or
//! are invisible become escapes. This changes only how a text is shown, never what is compared.
//!
//! ```
//! use rootcast_pki::text::{Escaped, is_plain};
//!
//! assert_eq!(Escaped("Müller AG").to_string(), "Müller AG");
//! assert_eq!(Escaped("a\u{202e}b\u{1b}[2J").to_string(), r"a\u{202e}b\u{1b}[2J");
//! assert!(is_plain('ü') && !is_plain('\u{200b}'));
//! ```

use core::fmt;

use unicode_general_category::{GeneralCategory as Category, get_general_category};

/// Shows a text with control, invisible, stacking, private and unassigned characters as `\u{…}` and a backslash doubled.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            write_escaped(f, character)?;
        }
        Ok(())
    }
}

/// Writes one character, escaped if it must be.
pub(crate) fn write_escaped(f: &mut fmt::Formatter<'_>, character: char) -> fmt::Result {
    match character {
        '\\' => f.write_str("\\\\"),
        shown if is_plain(shown) => write!(f, "{shown}"),
        hidden => write!(f, "\\u{{{:x}}}", u32::from(hidden)),
    }
}

/// Whether a character stands for itself and nothing else on a screen: it takes its own room, and can be told from
/// nothing and from a space. Its general category in Unicode decides.
#[must_use]
pub fn is_plain(c: char) -> bool {
    if c.is_ascii() {
        return c == ' ' || c.is_ascii_graphic();
    }
    // Letters and a symbol that no font draws: the fillers of Hangul, and the empty braille cell.
    let is_blank = matches!(c, '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}');
    let is_hidden = matches!(
        get_general_category(c),
        Category::Control
            | Category::Format
            | Category::Surrogate
            | Category::PrivateUse
            | Category::Unassigned
            | Category::LineSeparator
            | Category::ParagraphSeparator
            | Category::SpaceSeparator
            | Category::NonspacingMark
            | Category::EnclosingMark
    );
    !(is_blank || is_hidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_escapes_and_reordering_are_shown_not_obeyed() {
        assert_eq!(Escaped("\u{1b}[2J\u{202e}x\u{9b}").to_string(), "\\u{1b}[2J\\u{202e}x\\u{9b}");
        assert_eq!(Escaped("Zürich 株式会社 a\\b\r\n").to_string(), "Zürich 株式会社 a\\\\b\\u{d}\\u{a}");
    }
}

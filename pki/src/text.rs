//! Text that crossed the gap, made safe to print: characters that move the cursor, reorder the line or are invisible
//! become escapes. This changes only how a text is shown, never what is compared.

use core::fmt;

/// Shows a text with control, bidirectional, invisible and unassigned-looking characters as `\u{…}`
/// and a backslash doubled.
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

/// Whether a character stands for itself and nothing else on a terminal.
#[must_use]
pub fn is_plain(character: char) -> bool {
    if character.is_ascii() {
        return character == ' ' || character.is_ascii_graphic();
    }
    let hidden = character.is_control()
        || character.is_whitespace()
        || matches!(u32::from(character),
            0x00ad | 0x034f | 0x061c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f
            | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0x2800 | 0x3164
            | 0xe000..=0xf8ff | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffd
            | 0x1d173..=0x1d17a | 0xe0000..=0x10_ffff);
    !hidden
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

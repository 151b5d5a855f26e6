//! The text of a file that people wrote: UTF-8, whichever editor it comes from.
//!
//! A byte order mark at the start is skipped, and lines may end as on Windows. What is no text is refused by its name.

use std::fmt;

/// The text in `bytes`, without a byte order mark.
///
/// # Errors
/// [`TextFault`]: UTF-16, a NUL, or a byte that is not UTF-8.
pub fn text(bytes: &[u8]) -> Result<&str, TextFault> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(TextFault::Utf16);
    }
    let after_mark = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let skipped = bytes.len() - after_mark.len();
    if let Some(at) = after_mark.iter().position(|byte| *byte == 0) {
        // Without a mark, a letter of UTF-16 still has a NUL beside it.
        return Err(if at <= 1 { TextFault::Utf16 } else { TextFault::Nul { offset: skipped + at } });
    }
    std::str::from_utf8(after_mark).map_err(|error| TextFault::NotUtf8 { offset: skipped + error.valid_up_to() })
}

/// The line of the byte at `offset` of a text, counted from 1. What is missing at the end of a text, or among the blank
/// lines there, is missing on the last line that says anything.
#[must_use]
pub fn line_of(text: &[u8], offset: usize) -> usize {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let end = text.iter().rposition(|byte| !is_blank(byte)).map_or(0, |last| last + 1);
    text.iter().take(offset.min(end)).filter(|byte| **byte == b'\n').count() + 1
}

/// UTF-8's byte order mark (RFC 3629, section 6).
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why bytes are no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFault {
    /// UTF-16, as some editors of Windows write it.
    Utf16,
    /// A NUL: a binary file.
    Nul {
        /// Where, in bytes from 0.
        offset: usize,
    },
    /// A byte that is not UTF-8.
    NotUtf8 {
        /// Where, in bytes from 0.
        offset: usize,
    },
}

impl TextFault {
    /// Its line in `bytes`, the same that were read, counted from 1.
    #[must_use]
    pub fn line(self, bytes: &[u8]) -> usize {
        let offset = match self {
            Self::Utf16 => 0,
            Self::Nul { offset } | Self::NotUtf8 { offset } => offset,
        };
        line_of(bytes, offset)
    }
}

impl fmt::Display for TextFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Utf16 => {
                f.write_str("it is UTF-16 text; save it as UTF-8, or convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW")
            }
            Self::Nul { offset } => write!(f, "byte {offset} is NUL: this is not a text file"),
            Self::NotUtf8 { offset } => write!(f, "byte {offset} is not UTF-8 text"),
        }
    }
}

impl std::error::Error for TextFault {}

#[cfg(test)]
mod tests {
    use super::{TextFault, line_of, text};

    #[test]
    fn a_byte_order_mark_is_skipped_and_ends_of_lines_stay() {
        assert_eq!(text(b"\xef\xbb\xbf[crl]\r\nfirst = true\r\n"), Ok("[crl]\r\nfirst = true\r\n"));
        assert_eq!(text(b""), Ok(""));
    }

    #[test]
    fn what_is_no_text_is_named() {
        let utf16 = |mark: &[u8], order: fn(u16) -> [u8; 2]| {
            let letters = "[crl]".encode_utf16().flat_map(order);
            mark.iter().copied().chain(letters).collect::<Vec<u8>>()
        };
        for bytes in [
            utf16(b"\xff\xfe", u16::to_le_bytes),
            utf16(b"\xfe\xff", u16::to_be_bytes),
            utf16(b"", u16::to_le_bytes),
            utf16(b"", u16::to_be_bytes),
        ] {
            assert_eq!(text(&bytes), Err(TextFault::Utf16));
        }
        assert_eq!(text(b"abc\0"), Err(TextFault::Nul { offset: 3 }));
        assert_eq!(TextFault::Nul { offset: 4 }.line(b"a\r\nb\0"), 2);
        assert_eq!(text(b"\xef\xbb\xbfab\xff"), Err(TextFault::NotUtf8 { offset: 5 }));
        assert_eq!(TextFault::NotUtf8 { offset: 3 }.line(b"a\n\n\xff\n"), 3);
    }

    #[test]
    fn what_is_missing_at_the_end_is_missing_on_the_last_line_that_says_anything() {
        let of = |text: &str, offset: usize| line_of(text.as_bytes(), offset);
        let text = "a = 1\nb = 2\r\n";
        let lines: Vec<usize> = (0..=text.len()).map(|offset| of(text, offset)).collect();
        assert_eq!(lines, [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2]);
        for end in ["", "\n", "\r\n\r\n", "\n \n\t\n"] {
            let text = format!("a = 1\nb ={end}");
            for offset in [9, text.len(), text.len() + 9, usize::MAX] {
                assert_eq!(of(&text, offset), 2, "{text:?} {offset}");
            }
        }
        // A blank line before the end counts, and so does a character that is no blank of a text.
        assert_eq!((of("a\n\nb", 2), of("a\n\n\x0c\n", 3)), (2, 3));
        assert_eq!((of("", 0), of("\n\n", 2)), (1, 1));
    }
}

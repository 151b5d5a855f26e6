//! Digests as words that two people can read to each other over a telephone.
//!
//! Bytes at even places use one list, bytes at odd places another. So a missing, repeated or swapped word is noticed at
//! its place. Words let two people compare what they see; they carry no secret and prove nothing by themselves.

use core::fmt;

pub mod compared;
mod list;

use list::{EVEN, ODD};

/// Words that name a file: 8 words are 64 bits.
pub const SHORT: usize = 8;

/// Words shown where a root is pinned: 16 words are 128 bits.
pub const LONG: usize = 16;

/// Spells the first `words` bytes, one word a byte, with single spaces between. Fewer bytes give fewer words.
///
/// ```
/// use rootcast_protocol::words::{read, spell};
///
/// let spelt = spell(&[0x8e, 0xb2, 0x72, 0x58], 4);
/// assert_eq!(spelt, "orca pioneer highchair everyday");
/// assert_eq!(read("Orca, pioneer, HIGHCHAIR everyday"), Ok(vec![0x8e, 0xb2, 0x72, 0x58]));
/// assert!(read("pioneer orca").is_err());
/// ```
#[must_use]
pub fn spell(bytes: &[u8], words: usize) -> String {
    let mut text = String::new();
    for (place, byte) in bytes.iter().take(words).enumerate() {
        if place > 0 {
            text.push(' ');
        }
        text.push_str(word_at(place, *byte));
    }
    text
}

/// Reads words back into bytes. White space, hyphens, commas, the numbers of places and letter case do not matter.
///
/// The first word is at an even place.
///
/// # Errors
/// [`WordError`]: the first word that does not fit, with its place, or that there is none.
pub fn read(text: &str) -> Result<Vec<u8>, WordError> {
    let mut bytes = Vec::new();
    for (place, found) in spoken(text).enumerate() {
        let (here, other) = if place.is_multiple_of(2) { (&EVEN, &ODD) } else { (&ODD, &EVEN) };
        let position = place + 1;
        if let Some(byte) = byte_of(here, found) {
            bytes.push(byte);
        } else if byte_of(other, found).is_some() {
            return Err(WordError::WrongPlace { position, word: shortened(found) });
        } else {
            return Err(WordError::Unknown { position, word: shortened(found) });
        }
    }
    if bytes.is_empty() { Err(WordError::Empty) } else { Ok(bytes) }
}

/// How many words [`read`] would read, whatever they are.
///
/// ```
/// assert_eq!(rootcast_protocol::words::count("1. framework, 2. crucial-amulet"), 3);
/// ```
#[must_use]
pub fn count(text: &str) -> usize {
    spoken(text).count()
}

/// The words of a text. A number before a word (`1. crucial 2. amulet`) is its place on a page, and no word.
fn spoken(text: &str) -> impl Iterator<Item = &str> {
    let is_place = |word: &str| word.len() <= 2 && word.bytes().all(|byte| byte.is_ascii_digit());
    text.split(is_between).filter(move |word| !word.is_empty() && !is_place(word))
}

/// Whether words are told apart by it.
fn is_between(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | ',' | '.' | ';')
}

/// The word for `byte` at `place`, counted from 0. For texts that must not be copied into a growing buffer.
#[must_use]
pub fn word_at(place: usize, byte: u8) -> &'static str {
    list_at(place).get(usize::from(byte)).copied().unwrap_or_default()
}

/// The byte that `word` stands for at `place`, counted from 0; letter case does not matter. `None` where it is not on the
/// list of this place. It may still be on the other one, that of `place + 1`.
#[must_use]
pub fn byte_at(place: usize, word: &str) -> Option<u8> {
    byte_of(list_at(place), word)
}

fn list_at(place: usize) -> &'static [&'static str; 256] {
    if place.is_multiple_of(2) { &EVEN } else { &ODD }
}

fn byte_of(list: &[&str; 256], word: &str) -> Option<u8> {
    list.iter().position(|listed| listed.eq_ignore_ascii_case(word)).and_then(|place| u8::try_from(place).ok())
}

/// What was typed, fit to be printed: escaped, and not longer than the longest word could be.
fn shortened(word: &str) -> String {
    word.chars().take(24).flat_map(char::escape_default).collect()
}

/// Why a text is not a spelled digest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WordError {
    /// There is no word in the text.
    Empty,
    /// The word at `position` is on neither list.
    Unknown {
        /// Which word, counted from 1.
        position: usize,
        /// The word, escaped and shortened.
        word: String,
    },
    /// The word at `position` belongs to the other list: a word before it was swapped, doubled or left out.
    WrongPlace {
        /// Which word, counted from 1.
        position: usize,
        /// The word.
        word: String,
    },
}

impl WordError {
    /// A stable short name, as the vectors and the documentation use it.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Empty => "word-empty",
            Self::Unknown { .. } => "word-unknown",
            Self::WrongPlace { .. } => "word-wrong-place",
        }
    }

    /// Which word it is, counted from 1; 0 if there is none.
    #[must_use]
    pub const fn position(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::Unknown { position, .. } | Self::WrongPlace { position, .. } => *position,
        }
    }
}

impl fmt::Display for WordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("nothing was typed"),
            Self::Unknown { position, word } => write!(f, "word {position} (\"{word}\") is not on the PGP word list"),
            Self::WrongPlace { position, word } => write!(
                f,
                "word {position} (\"{word}\") is in the wrong place: a word at or before it was left out, doubled or swapped"
            ),
        }
    }
}

impl core::error::Error for WordError {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_lists_hold_512_different_words() {
        let all: BTreeSet<String> = EVEN.iter().chain(&ODD).map(|word| word.to_ascii_lowercase()).collect();
        assert_eq!(all.len(), 512);
        assert!(all.iter().all(|word| word.bytes().all(|letter| letter.is_ascii_lowercase())));
    }

    #[test]
    fn every_byte_is_read_back_at_both_places() {
        for byte in 0..=255u8 {
            let bytes = [byte, byte];
            assert_eq!(read(&spell(&bytes, 2)), Ok(bytes.to_vec()));
            assert_eq!([0, 1].map(|place| byte_at(place, word_at(place, byte))), [Some(byte); 2]);
            assert_eq!(byte_at(1, word_at(0, byte)), None);
        }
    }

    #[test]
    fn hyphens_commas_and_case_do_not_matter() {
        assert_eq!(read(" TOPMOST-istanbul,\tpluto  Vagabond\n"), Ok(vec![0xe5, 0x82, 0x94, 0xf2]));
    }

    #[test]
    fn a_swapped_doubled_or_missing_word_is_named_with_its_place() {
        let spelled = "topmost Istanbul Pluto vagabond treadmill Pacific";
        assert_eq!(read(spelled).map(|bytes| bytes.len()), Ok(6));
        for (heard, position, word) in [
            ("topmost Pluto Istanbul vagabond treadmill Pacific", 2, "Pluto"),
            ("topmost Istanbul Istanbul Pluto vagabond", 3, "Istanbul"),
            ("topmost Istanbul vagabond treadmill Pacific", 3, "vagabond"),
            ("Istanbul Pluto", 1, "Istanbul"),
        ] {
            assert_eq!(read(heard), Err(WordError::WrongPlace { position, word: word.to_owned() }), "{heard}");
        }
    }

    #[test]
    fn an_unknown_word_is_shown_escaped_and_short() {
        let error = read(&format!("topmost \u{1b}[31m{}", "x".repeat(4000))).unwrap_err();
        assert!(matches!(&error, WordError::Unknown { position: 2, word } if word.starts_with("\\u{1b}")), "{error}");
        assert!(error.to_string().len() < 100);
        assert_eq!(read(" - "), Err(WordError::Empty));
    }
}

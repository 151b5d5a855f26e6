//! An item that a session waits for, as people name it: the words that they read over the telephone, or its SHA-256.

use std::fmt;
use std::mem;

use rootcast_protocol::digest::Digest;
use rootcast_protocol::hex::HexError;
use rootcast_protocol::words::{self, WordError};

/// An item by its SHA-256, or by the words that spell the beginning of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedItem {
    /// The bytes that its [`words::SHORT`] words spell.
    Words([u8; words::SHORT]),
    /// Its SHA-256.
    Sha256(Digest),
}

impl ExpectedItem {
    /// Reads what a person typed. Each text is a SHA-256 in hexadecimal, or words of items; words may be in one text or in
    /// several, with blanks or hyphens between them, in any case.
    ///
    /// # Errors
    /// [`ExpectedItemError`], which names the word or the digit at fault.
    pub(crate) fn read_all<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<Vec<Self>, ExpectedItemError> {
        let (mut items, mut spoken) = (Vec::new(), String::new());
        for text in texts {
            if is_hexadecimal(text) {
                items.extend(spoken_items(&mem::take(&mut spoken))?);
                items.push(Self::Sha256(text.parse().map_err(ExpectedItemError::Sha256)?));
            } else {
                spoken.push_str(text);
                spoken.push(' ');
            }
        }
        items.extend(spoken_items(&spoken)?);
        match items.is_empty() {
            true => Err(ExpectedItemError::Words(WordError::Empty)),
            false => Ok(items),
        }
    }

    /// Whether it is the item with this SHA-256.
    #[must_use]
    pub(crate) fn is(&self, sha256: &Digest) -> bool {
        match self {
            Self::Words(beginning) => sha256.as_bytes().starts_with(beginning),
            Self::Sha256(digest) => digest == sha256,
        }
    }

    /// Its words.
    #[must_use]
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Words(beginning) => words::spell(beginning, words::SHORT),
            Self::Sha256(digest) => words::spell(digest.as_bytes(), words::SHORT),
        }
    }

    /// Its SHA-256, where that is known.
    #[must_use]
    pub(crate) const fn sha256(&self) -> Option<Digest> {
        match self {
            Self::Words(_) => None,
            Self::Sha256(digest) => Some(*digest),
        }
    }
}

/// The items that words name; none where there is no word.
fn spoken_items(spoken: &str) -> Result<Vec<ExpectedItem>, ExpectedItemError> {
    let bytes = match words::read(spoken) {
        Ok(bytes) => bytes,
        Err(WordError::Empty) => return Ok(Vec::new()),
        Err(error) => return Err(ExpectedItemError::Words(error)),
    };
    match bytes.as_chunks::<{ words::SHORT }>() {
        (whole, []) => Ok(whole.iter().map(|item| ExpectedItem::Words(*item)).collect()),
        (_, [_, ..]) => Err(ExpectedItemError::Count { found: bytes.len() }),
    }
}

/// Whether a text is meant as hexadecimal digits: no word has a digit, and none has the letters from a to f only.
fn is_hexadecimal(text: &str) -> bool {
    let all = |c: char| c.is_ascii_hexdigit() || c == ':' || c.is_whitespace();
    text.contains(|c: char| c.is_ascii_digit()) || (text.chars().all(all) && !text.trim().is_empty())
}

/// Why a text names no item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ExpectedItemError {
    /// A word that is not on the list, or is in the wrong place.
    Words(WordError),
    /// Not so many words as items have.
    Count {
        /// Words found.
        found: usize,
    },
    /// Not a SHA-256 in hexadecimal.
    Sha256(HexError),
}

impl fmt::Display for ExpectedItemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(error) => error.fmt(f),
            Self::Count { found: 1 } => write!(f, "1 word was given; each item has {}", words::SHORT),
            Self::Count { found } => write!(f, "{found} words were given; each item has {}", words::SHORT),
            Self::Sha256(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ExpectedItemError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Words(error) => std::error::Error::source(error),
            Self::Sha256(error) => std::error::Error::source(error),
            Self::Count { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ExpectedItem, ExpectedItemError};
    use rootcast_protocol::digest::Digest;
    use rootcast_protocol::words::{self, WordError};

    fn spelt(digest: &Digest) -> String {
        words::spell(digest.as_bytes(), words::SHORT)
    }

    #[test]
    fn words_are_read_in_one_text_or_in_several_with_blanks_or_hyphens() {
        let (one, other) = (Digest::of(b"one"), Digest::of(b"other"));
        let text = spelt(&one);
        let several: Vec<&str> = text.split(' ').collect();
        for texts in [vec![text.as_str()], several.clone(), vec![&*text.to_uppercase().replace(' ', "-")]] {
            let items = ExpectedItem::read_all(texts).unwrap();
            assert!(items.len() == 1 && items[0].is(&one) && !items[0].is(&other), "{items:?}");
            assert_eq!((items[0].words(), items[0].sha256()), (text.clone(), None));
        }
        let (spelt, sha256) = (spelt(&other), one.to_string());
        let both = [several, vec![spelt.as_str(), sha256.as_str()]].concat();
        let items = ExpectedItem::read_all(both).unwrap();
        assert_eq!(items.iter().map(|item| item.is(&one)).collect::<Vec<_>>(), [true, false, true]);
        assert!(items[2].sha256() == Some(one) && items[1].is(&other));
    }

    #[test]
    fn a_word_that_is_wrong_swapped_or_missing_is_named() {
        let text = spelt(&Digest::of(b"one"));
        let words: Vec<&str> = text.split(' ').collect();
        let read = |words: &[&str]| ExpectedItem::read_all(words.iter().copied()).unwrap_err();
        let mut wrong = words.clone();
        wrong[2] = "Zzyzx";
        assert_eq!(
            read(&wrong),
            ExpectedItemError::Words(WordError::Unknown { position: 3, word: "Zzyzx".to_owned() })
        );
        let swapped = [words[1], words[0], words[2]];
        assert!(matches!(read(&swapped), ExpectedItemError::Words(WordError::WrongPlace { position: 1, .. })));
        assert_eq!(read(&words[..7]), ExpectedItemError::Count { found: 7 });
        assert_eq!(read(&[" "]), ExpectedItemError::Words(WordError::Empty));
        assert_eq!(read(&[]), ExpectedItemError::Words(WordError::Empty));
    }

    #[test]
    fn digits_are_a_sha256_or_an_error_that_names_them() {
        let sha256 = Digest::of(b"one").to_string();
        assert!(matches!(ExpectedItem::read_all([&sha256[..63]]), Err(ExpectedItemError::Sha256(_))));
        let typed = sha256.replacen(|c: char| c.is_ascii_digit(), "O", 1);
        let error = ExpectedItem::read_all([typed.as_str()]).unwrap_err().to_string();
        assert!(error.contains("a zero was probably meant"), "{error}");
        let pasted = sha256.to_uppercase();
        assert!(ExpectedItem::read_all([pasted.as_str()]).unwrap()[0].is(&Digest::of(b"one")));
    }
}

//! Words that somebody typed, compared with a digest: the first that differs is named by its place.

use core::fmt;

use super::{WordError, read, shortened};

/// Why typed words are not those of a digest. It never says which word would have been right.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WordsDiffer {
    /// They are no words of the list.
    Unread(WordError),
    /// The word at `position` is another one.
    Other {
        /// Which word, counted from 1.
        position: usize,
        /// The word that was typed, escaped and shortened.
        word: String,
    },
    /// They are right, but too few to be sure.
    TooFew {
        /// How many were typed.
        found: usize,
        /// The fewest that are enough.
        least: usize,
    },
    /// More words than the digest has bytes.
    TooMany {
        /// How many were typed.
        found: usize,
    },
}

/// Compares the words in `text` with `bytes`, a word a byte. At least `least` words have to be there;
/// more are compared too. What does not matter is what does not matter to [`read`].
///
/// ```
/// use rootcast_protocol::words::compared::compare;
///
/// let digest = [0x8e, 0xb2, 0x72, 0x58, 0x1a, 0xd2, 0x23, 0xdf, 0x11];
/// assert_eq!(compare("Orca, pioneer, highchair, EVERYDAY", &digest, 4), Ok(()));
/// let error = compare("orca pioneer highchair everyday", &digest, 8).unwrap_err();
/// assert_eq!(error.to_string(), "4 words were typed, and at least 8 are needed");
/// ```
///
/// # Errors
/// [`WordsDiffer`]: the first word that is wrong, or how many are missing.
pub fn compare(text: &str, bytes: &[u8], least: usize) -> Result<(), WordsDiffer> {
    let typed = read(text).map_err(WordsDiffer::Unread)?;
    if let Some(place) = typed.iter().zip(bytes).position(|(typed, wanted)| typed != wanted) {
        let word = super::spoken(text).nth(place).map(shortened).unwrap_or_default();
        return Err(WordsDiffer::Other { position: place + 1, word });
    }
    match typed.len() {
        found if found < least => Err(WordsDiffer::TooFew { found, least }),
        found if found > bytes.len() => Err(WordsDiffer::TooMany { found }),
        _ => Ok(()),
    }
}

impl fmt::Display for WordsDiffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unread(error) => error.fmt(f),
            Self::Other { position, word } => write!(f, "word {position} (\"{word}\") is another one"),
            Self::TooFew { found: 1, least } => write!(f, "1 word was typed, and at least {least} are needed"),
            Self::TooFew { found, least } => write!(f, "{found} words were typed, and at least {least} are needed"),
            Self::TooMany { found } => write!(f, "{found} words were typed: that is more than there are"),
        }
    }
}

impl core::error::Error for WordsDiffer {}

#[cfg(test)]
mod tests {
    use super::{WordsDiffer, compare};
    use crate::words::{SHORT, spell};

    #[test]
    fn the_first_wrong_word_is_named_by_its_place_and_the_right_one_is_not() {
        let digest: Vec<u8> = (0..32).map(|byte: u8| byte.wrapping_mul(37)).collect();
        let right: Vec<String> = spell(&digest, 8).split(' ').map(str::to_owned).collect();
        for place in 0..8 {
            let other = spell(&[digest[place] ^ 1, digest[place] ^ 1], 2);
            let other = other.split(' ').nth(place % 2).unwrap();
            let mut typed = right.clone();
            typed[place] = other.to_owned();
            let error = compare(&typed.join(", "), &digest, SHORT).unwrap_err();
            assert_eq!(error, WordsDiffer::Other { position: place + 1, word: other.to_owned() });
            assert!(error.to_string().contains(other) && !error.to_string().contains(&right[place]));
        }
        for (typed, says) in [
            (right[..7].join(" "), "7 words were typed, and at least 8 are needed"),
            (right[0].clone(), "1 word was typed"),
            (format!("{} nonsense", right.join(" ")), "word 9 (\"nonsense\") is not on the PGP word list"),
            (String::new(), "nothing was typed"),
            (format!("{} {}", spell(&digest, 32), spell(&digest[..2], 2)), "34 words were typed"),
        ] {
            let error = compare(&typed, &digest, SHORT).unwrap_err().to_string();
            assert!(error.contains(says), "{typed}: {error}");
        }
        let numbered: Vec<String> = right.iter().enumerate().map(|(at, word)| format!("{}. {word}", at + 1)).collect();
        for typed in [
            numbered.join(" "),
            spell(&digest, 8),
            spell(&digest, 16).to_uppercase(),
            spell(&digest, 32).replace(' ', " ,"),
        ] {
            assert_eq!(compare(&typed, &digest, SHORT), Ok(()));
        }
    }
}

//! The head of the journal: how far it has come, as the state remembers it, and as people keep it on
//! paper: words or hexadecimal digits of the last entry's digest.
//!
//! Whoever holds the file can cut its tail, and what is left is a good chain. Only a head kept elsewhere shows that.

use std::fmt;
use std::str::FromStr;

use rootcast_host::screen::word_lines;
use rootcast_host::text::count;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::words;

use serde::{Deserialize, Serialize};

use super::chain::Chain;
use super::entry::NO_ENTRY;
use crate::store::hex_text;

/// How far the journal had come when the record was written: it may be longer since, and never shorter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalRecord {
    /// Entries.
    pub entries: u64,
    /// The digest of the last of them.
    #[serde(with = "hex_text")]
    pub head: Digest,
}

/// The fewest bytes of a digest that name a head: 8, as 8 words or 16 hexadecimal digits.
pub(crate) const HEAD_BYTES_MIN: usize = 8;

/// A head as it was written down: the first 8 to 32 bytes of a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    bytes: Vec<u8>,
    /// Whether it was written in words, and not in hexadecimal digits.
    is_in_words: bool,
}

impl Head {
    /// Reads one argument of a command line.
    ///
    /// # Errors
    /// What is wrong with it, and how a shell passes several words on.
    pub(crate) fn of_argument(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: HeadError| match error {
            HeadError::Digits { .. } => error.to_string(),
            HeadError::Words(_) | HeadError::Length { .. } => {
                format!("{error}. Give all of its words in quotes, as one argument")
            }
        })
    }

    fn names(&self, digest: &Digest) -> bool {
        digest.as_bytes().starts_with(&self.bytes)
    }
}

/// 8 words or more, or 16 hexadecimal digits or more.
impl FromStr for Head {
    type Err = HeadError;

    fn from_str(text: &str) -> Result<Self, HeadError> {
        let digits: String = text.chars().filter(|c| *c != ':' && !c.is_whitespace()).collect();
        let hexadecimal = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let bytes = if hexadecimal {
            // Filled up with zeros to a whole digest, which reads what was given.
            let given = digits.len() / 2;
            if !digits.len().is_multiple_of(2) || !(HEAD_BYTES_MIN..=32).contains(&given) {
                return Err(HeadError::Digits { found: digits.len() });
            }
            let mut whole = digits.clone();
            whole.extend(std::iter::repeat_n('0', 64 - digits.len()));
            let digest: Digest = whole.parse().map_err(|_| HeadError::Digits { found: digits.len() })?;
            digest.as_bytes().iter().copied().take(given).collect()
        } else {
            words::read(text).map_err(|error| HeadError::Words(error.to_string()))?
        };
        if (HEAD_BYTES_MIN..=32).contains(&bytes.len()) {
            Ok(Self { bytes, is_in_words: !hexadecimal })
        } else {
            Err(HeadError::Length { found: bytes.len() })
        }
    }
}

/// Why a text names no head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HeadError {
    /// Not the right number of hexadecimal digits.
    Digits {
        /// Digits found.
        found: usize,
    },
    /// The words cannot be read.
    Words(String),
    /// Too short to name one entry, or longer than a digest.
    Length {
        /// Bytes found (one a word).
        found: usize,
    },
}

impl fmt::Display for HeadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digits { found } => write!(f, "{found} hexadecimal digits; give an even number from 16 to 64"),
            Self::Words(why) => f.write_str(why),
            Self::Length { found } => {
                let words = count(*found as u64, "word");
                match *found < HEAD_BYTES_MIN {
                    true => write!(f, "{words}; {HEAD_BYTES_MIN} are needed"),
                    false => write!(f, "{words}; a head has at most 32"),
                }
            }
        }
    }
}

impl std::error::Error for HeadError {}

/// A head that is not in the journal, and is that of an entry but for a word or two: somebody mistyped it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MistypedHead {
    entry: u64,
    /// The place of the first word that differs, counted from 1.
    position: usize,
    is_in_words: bool,
}

/// Most words of a mistyped head that differ. Two heads that have nothing to do with each other agree in six words of
/// eight in one case of 10¹³.
const MISTYPED_MAX: usize = 2;

impl fmt::Display for MistypedHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entry, position, is_in_words } = self;
        if *is_in_words {
            write!(f, "word {position} is not that of the head of entry {entry}, and the other words are")
        } else {
            let first = position * 2 - 1;
            write!(
                f,
                "hexadecimal digits {first} and {} are not those of the head of entry {entry}, and the others are",
                first + 1
            )
        }
    }
}

/// Where a head written down earlier stands in a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeadPlace {
    /// It is the last entry: nothing was cut, nothing was added.
    Last,
    /// So many entries were written since.
    Earlier {
        /// How many.
        since: u64,
    },
    /// It is nowhere: the tail was cut, or this is another journal.
    Missing,
}

impl Chain {
    /// All the words of the head.
    #[must_use]
    pub(crate) fn head_words(&self) -> String {
        words::spell(self.head().as_bytes(), words::LONG)
    }

    /// The head for people, to be written down.
    #[must_use]
    pub(crate) fn head_text(&self) -> String {
        let spelled = words::spell(self.head().as_bytes(), words::SHORT);
        format!("head {}\n{}", self.head(), word_lines("     ", &spelled))
    }

    /// How far it has come, as the state remembers it.
    #[must_use]
    pub(crate) fn reached(&self) -> JournalRecord {
        JournalRecord { entries: self.count(), head: self.head() }
    }

    /// Reads a head. One that differs from the head of an entry in a word or two was mistyped.
    ///
    /// # Errors
    /// What is wrong with it; of a mistyped one, the word.
    pub(crate) fn read_head(&self, text: &str) -> Result<Head, String> {
        let head: Head = text.parse().map_err(|error: HeadError| error.to_string())?;
        match self.mistyped(&head) {
            Some(mistyped) => Err(mistyped.to_string()),
            None => Ok(head),
        }
    }

    /// The entry whose head this one was meant to be, where it is in no entry and only a word or two differ.
    #[must_use]
    pub(crate) fn mistyped(&self, head: &Head) -> Option<MistypedHead> {
        if self.place_of(head) != HeadPlace::Missing {
            return None;
        }
        self.entries.iter().rev().find_map(|entry| {
            let pairs = head.bytes.iter().zip(entry.digest.as_bytes());
            let mut differing = (1..).zip(pairs).filter(|(_, (typed, wanted))| typed != wanted).map(|(place, _)| place);
            let position = differing.next()?;
            let is_near = differing.count() < MISTYPED_MAX;
            is_near.then_some(MistypedHead { entry: entry.index, position, is_in_words: head.is_in_words })
        })
    }

    /// Looks for `head`, latest entry first.
    #[must_use]
    pub(crate) fn place_of(&self, head: &Head) -> HeadPlace {
        let digests = self.entries.iter().rev().map(|entry| entry.digest).chain([NO_ENTRY]);
        match (0u64..).zip(digests).find(|(_, digest)| head.names(digest)) {
            Some((0, _)) => HeadPlace::Last,
            Some((since, _)) => HeadPlace::Earlier { since },
            None => HeadPlace::Missing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Head;

    #[test]
    fn quotes_are_asked_for_around_words_and_not_around_digits() {
        for (text, wants_quotes) in [("crucial", true), ("rubbish", true), ("0a1b2", false), ("0a1b", false)] {
            let error = Head::of_argument(text).unwrap_err();
            assert_eq!(error.contains("in quotes"), wants_quotes, "{text}: {error}");
        }
    }
}

//! A line of words: up to six words of what it carries, and a check word ([`super::check_word`]).
//!
//! ```text
//! 3  topmost Istanbul Pluto vagabond treadmill Pacific  brackish
//! │  └─ six words, of the even and the odd list in turn    └─ the check word, of the list whose turn it is
//! └─ the line's number, which may be typed or left out
//! ```
//!
//! Nothing here copies a word into a buffer that grows. No error names a word: the words are secret.

use rootcast_protocol::words::{byte_at, word_at};
use zeroize::Zeroizing;

use super::check_word::Check;
use super::piece::PieceId;
use super::set_id::{SET_BYTES, SetId};

/// Words of a line before its check word.
pub(crate) const LINE_WORDS: usize = 6;

/// Lines of a piece: 32 bytes and 4 of its digest.
pub(crate) const PIECE_LINES: u8 = 6;

/// Lines of a wrapped key in words at most; its numbers are the codes that no line of a piece has.
pub(crate) const BLOB_LINES_MAX: u8 = u8::MAX - BLOB_CODES;

/// The code before that of the first line of a wrapped key.
const BLOB_CODES: u8 = 64;

/// Which line it is. Lines count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineId {
    /// Of a piece; 1 to [`PIECE_LINES`].
    Piece(PieceId, u8),
    /// Of the wrapped key; 1 to [`BLOB_LINES_MAX`].
    Blob(u8),
}

impl LineId {
    /// The byte that its check begins with: another one for every line of a set.
    fn code(self) -> u8 {
        match self {
            Self::Piece(piece, line) => 8 * piece.index() + line,
            Self::Blob(line) => BLOB_CODES.saturating_add(line),
        }
    }

    /// Its number.
    #[must_use]
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Piece(_, line) | Self::Blob(line) => line,
        }
    }

    /// Every line of every piece.
    fn of_pieces() -> impl Iterator<Item = Self> {
        PieceId::all().into_iter().flat_map(|piece| (1..=PIECE_LINES).map(move |line| Self::Piece(piece, line)))
    }

    fn check(self, set: &SetId, bytes: &[u8]) -> u8 {
        Check::new().add(&[self.code()]).add(set.bytes()).add(bytes).byte()
    }

    /// The words of this line, its check word last.
    pub(crate) fn words<'b>(self, set: &SetId, bytes: &'b [u8]) -> impl Iterator<Item = &'static str> + use<'b> {
        let check = (bytes.len(), self.check(set, bytes));
        let carried = bytes.iter().copied().enumerate();
        carried.chain(std::iter::once(check)).map(|(place, byte)| word_at(place, byte))
    }

    /// Reads this line as it was typed, with or without its number, into `out`: at most [`LINE_WORDS`] bytes.
    ///
    /// # Errors
    /// What is wrong with it. Any single wrong word is noticed.
    pub(crate) fn read(self, set: &SetId, typed: &str, out: &mut [u8]) -> Result<(), LineFault> {
        let mut bytes = Zeroizing::new([0; LINE_WORDS + 1]);
        let words = without_number(typed, self.number())?;
        let Some(room) = bytes.get_mut(..=out.len()) else { return Err(LineFault::Empty) };
        words_of(words, room)?;
        let Some((check, carried)) = room.split_last() else { return Err(LineFault::Empty) };
        let fits = |line: Self| line.check(set, carried) == *check;
        if !fits(self) {
            return Err(LineFault::Check { fits: Self::of_pieces().find(|line| fits(*line)) });
        }
        out.copy_from_slice(carried);
        Ok(())
    }
}

/// Reads the eight words of a set.
///
/// # Errors
/// What is wrong with them; any single wrong word is noticed.
pub(crate) fn read_set(typed: &str) -> Result<SetId, LineFault> {
    let mut bytes = [0; SET_BYTES + 1];
    words_of(typed, &mut bytes)?;
    let [set @ .., check] = bytes;
    let set = SetId::new(set);
    if set.check() == check { Ok(set) } else { Err(LineFault::Check { fits: None }) }
}

/// What is wrong with a typed line. Places of words count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineFault {
    /// Nothing was typed.
    Empty,
    /// Hexadecimal digits where words belong.
    Hex {
        /// Which word.
        place: usize,
        /// Whether a letter O is among them, as where somebody takes a zero for it.
        has_letter_o: bool,
    },
    /// It begins with the number of another line.
    OtherLine {
        /// The number typed.
        typed: u16,
    },
    /// Too few or too many words.
    Count {
        /// How many.
        found: usize,
        /// How many there should be.
        wanted: usize,
    },
    /// A word that is on neither list.
    Unknown {
        /// Which one.
        place: usize,
    },
    /// A word of the other list.
    WrongList {
        /// Which one.
        place: usize,
    },
    /// The check word is not the one of these words, in this place.
    Check {
        /// The line of a piece for which it would be.
        fits: Option<LineId>,
    },
}

impl LineFault {
    /// For people, what is wrong with `line`, and where to look. `named` says how people call a line.
    #[must_use]
    pub(crate) fn text(self, line: &str, named: Option<&dyn Fn(LineId) -> String>) -> String {
        match self {
            Self::Empty => format!("nothing was typed for {line}"),
            Self::Hex { place, has_letter_o } => {
                let letter = if has_letter_o { ", with the letter O for a zero" } else { "" };
                format!("word {place} of {line} looks like hexadecimal digits{letter}. Type the words of the line")
            }
            Self::OtherLine { typed } => format!("{line} is wanted, but the number {typed} was typed"),
            Self::Count { found, wanted } => {
                format!("{line} has {wanted} words with its check word, but {found} were typed")
            }
            Self::Unknown { place } => format!("word {place} of {line} is on neither word list"),
            Self::WrongList { place } => format!(
                "word {place} of {line} belongs to the other word list: a word at or before it was left out, doubled or \
                 swapped"
            ),
            Self::Check { fits } => {
                let fits = fits.zip(named).map_or_else(String::new, |(fits, named)| {
                    format!(" If every word is right, this is {}", named(fits))
                });
                format!(
                    "a word of {line} is wrong, or it is a line of another place or set: its check word does not fit.{fits}"
                )
            }
        }
    }
}

/// The typed words.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '-' | ',' | '.' | ';')).filter(|word| !word.is_empty())
}

/// What follows the line's number, if one was typed.
fn without_number(typed: &str, number: u8) -> Result<&str, LineFault> {
    let typed = typed.trim();
    let (first, rest) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
    let digits = first.trim_end_matches(['.', ':', ')']);
    let is_number = !digits.is_empty() && digits.len() <= 3 && digits.bytes().all(|digit| digit.is_ascii_digit());
    // Words follow a number; in a line of digits it would be one of them.
    if !is_number || !tokens(rest).any(|word| byte_at(0, word).or(byte_at(1, word)).is_some()) {
        return Ok(typed);
    }
    match digits.parse() {
        Ok(typed) if typed != u16::from(number) => Err(LineFault::OtherLine { typed }),
        _ => Ok(rest),
    }
}

/// Reads exactly `out.len()` words; the first is of the even list.
fn words_of(text: &str, out: &mut [u8]) -> Result<(), LineFault> {
    let found = tokens(text).count();
    if found == 0 {
        return Err(LineFault::Empty);
    }
    let is_known = |word: &str| byte_at(0, word).or(byte_at(1, word)).is_some();
    let is_hex = |word: &str| word.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'O' | b'o'));
    let mut typed = tokens(text).enumerate();
    if let Some((at, word)) = typed.find(|(_, word)| !is_known(word) && is_hex(word)) {
        let has_letter_o = word.contains(['O', 'o']);
        return Err(LineFault::Hex { place: at + 1, has_letter_o });
    }
    // Which word it is comes before how many there are: that is where to look.
    for (at, (word, byte)) in tokens(text).zip(out.iter_mut()).enumerate() {
        match byte_at(at, word) {
            Some(read) => *byte = read,
            None if is_known(word) => return Err(LineFault::WrongList { place: at + 1 }),
            None => return Err(LineFault::Unknown { place: at + 1 }),
        }
    }
    if found == out.len() { Ok(()) } else { Err(LineFault::Count { found, wanted: out.len() }) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::ceremony::request::EscrowGroups;
    use crate::escrow::groups::Groups;
    use crate::escrow::piece::{Group, Third};

    const SET: SetId = set(1);

    const fn set(first: u8) -> SetId {
        SetId::new([first, 0x5c, 0x33, 0, 0xfe, 9, 0x71])
    }

    fn line(group: Group, number: Third, line: u8) -> LineId {
        LineId::Piece(PieceId { group, number }, line)
    }

    fn typed(line: LineId, set: &SetId, bytes: &[u8]) -> Vec<&'static str> {
        line.words(set, bytes).collect()
    }

    /// A generator of numbers that need not be good, only many and the same each time.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, end: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % end
        }

        fn byte(&mut self) -> u8 {
            u8::try_from(self.below(256)).unwrap()
        }
    }

    #[test]
    fn every_line_of_a_set_has_a_code_of_its_own() {
        let blob = (1..=BLOB_LINES_MAX).map(LineId::Blob);
        let codes: Vec<u8> = LineId::of_pieces().chain(blob).map(LineId::code).collect();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
        assert_eq!(codes.len(), 36 + 191);
    }

    #[test]
    fn ten_thousand_single_wrong_words_are_all_found_at_their_line() {
        let mut numbers = Numbers(2026);
        for round in 0..10_000 {
            let set = SetId::new(std::array::from_fn(|_| numbers.byte()));
            let bytes: [u8; LINE_WORDS] = std::array::from_fn(|_| numbers.byte());
            let group = if numbers.below(2) == 0 { Group::First } else { Group::Second };
            let number = Third::ALL[usize::try_from(numbers.below(3)).unwrap()];
            let id = line(group, number, u8::try_from(numbers.below(6)).unwrap() + 1);
            let right = typed(id, &set, &bytes);
            let mut read = [0; LINE_WORDS];
            id.read(&set, &right.join(" "), &mut read).unwrap();
            assert_eq!(read, bytes);
            // Another word at one place, of the same list or of the other one.
            let place = usize::try_from(numbers.below(7)).unwrap();
            let other = loop {
                let other = word_at(place + usize::try_from(numbers.below(2)).unwrap(), numbers.byte());
                if right[place] != other {
                    break other;
                }
            };
            let mut wrong = right.clone();
            wrong[place] = other;
            let fault = id.read(&set, &wrong.join(" "), &mut [0; LINE_WORDS]).unwrap_err();
            let is_its_list = byte_at(place, other).is_some();
            match fault {
                LineFault::Check { .. } => assert!(is_its_list, "round {round}"),
                LineFault::WrongList { place: told } => assert!(!is_its_list && told == place + 1, "round {round}"),
                fault => panic!("round {round}: {fault:?}"),
            }
        }
    }

    #[test]
    fn every_other_word_at_every_place_is_found() {
        let id = line(Group::Second, Third::Three, 6);
        let right = typed(id, &SET, &[0, 255, 128, 1, 29, 77]);
        for place in 0..right.len() {
            for byte in 0..=255 {
                let mut wrong = right.clone();
                wrong[place] = word_at(place, byte);
                let read = id.read(&SET, &wrong.join(" "), &mut [0; LINE_WORDS]);
                assert_eq!(read.is_ok(), wrong == right, "{place} {byte}");
            }
        }
    }

    #[test]
    fn two_words_that_changed_places_are_found() {
        let id = line(Group::First, Third::One, 1);
        let right = typed(id, &SET, &[1, 2, 3, 4, 5, 6]);
        for (a, b) in (0..7).flat_map(|a| (0..a).map(move |b| (a, b))) {
            let mut wrong = right.clone();
            wrong.swap(a, b);
            assert!(id.read(&SET, &wrong.join(" "), &mut [0; LINE_WORDS]).is_err(), "{a} {b}");
        }
    }

    #[test]
    fn a_line_in_the_place_of_another_one_is_found_and_named() {
        let bytes = [9, 8, 7, 6, 5, 4];
        for from in LineId::of_pieces() {
            let words = typed(from, &SET, &bytes).join(" ");
            for to in LineId::of_pieces() {
                let read = to.read(&SET, &words, &mut [0; LINE_WORDS]);
                if from == to {
                    assert_eq!(read, Ok(()));
                } else {
                    assert_eq!(read, Err(LineFault::Check { fits: Some(from) }), "{from:?} as {to:?}");
                }
            }
        }
        // With its number typed, it is named without doubt.
        let [second, third] = [2, 3].map(|number| line(Group::First, Third::Two, number));
        let words = format!("3  {}", typed(third, &SET, &bytes).join(" "));
        assert_eq!(second.read(&SET, &words, &mut [0; LINE_WORDS]), Err(LineFault::OtherLine { typed: 3 }));
        assert_eq!(third.read(&SET, &words, &mut [0; LINE_WORDS]), Ok(()));
        let groups = Groups::from(EscrowGroups::new(vec!["BOARD".to_owned(), "OPERATIONS".to_owned()]).unwrap());
        let text = LineFault::Check { fits: Some(third) }.text(&groups.line(second), Some(&|line| groups.line(line)));
        assert!(
            text.contains("line 2 of BOARD piece 2") && text.ends_with("this is line 3 of BOARD piece 2"),
            "{text}"
        );
    }

    #[test]
    fn a_line_of_another_set_is_found() {
        let id = line(Group::First, Third::Two, 4);
        let bytes = [1; LINE_WORDS];
        // For certain where one byte differs.
        for other in (0..=255).filter(|first| *first != 1) {
            let words = typed(id, &set(other), &bytes).join(" ");
            assert!(id.read(&SET, &words, &mut [0; LINE_WORDS]).is_err(), "{other}");
        }
    }

    #[test]
    fn what_was_typed_instead_of_words_is_named() {
        let id = line(Group::First, Third::One, 1);
        let read = |text: &str| id.read(&SET, text, &mut [0; LINE_WORDS]).unwrap_err();
        let right = typed(id, &SET, &[10, 20, 30, 40, 50, 60]);
        let hex = |place, has_letter_o| LineFault::Hex { place, has_letter_o };
        assert_eq!(read("  "), LineFault::Empty);
        assert_eq!(read("0a141e28323c"), hex(1, false));
        assert_eq!(read("Oa141e28323c"), hex(1, true));
        assert_eq!(read("0a 14 1e 28 32 3c 77"), hex(1, false));
        assert_eq!(read(&format!("{} O4 {}", right[0], right[2..].join(" "))), hex(2, true));
        assert_eq!(read(&format!("{} xylophone {}", right[0], right[2..].join(" "))), LineFault::Unknown { place: 2 });
        assert_eq!(read(&right[1..].join(" ")), LineFault::WrongList { place: 1 });
        assert_eq!(read(&right[..6].join(" ")), LineFault::Count { found: 6, wanted: 7 });
        assert_eq!(read(&format!("{} {}", right.join(" "), word_at(7, 1))), LineFault::Count { found: 8, wanted: 7 });
        for text in [read("Oa141e28323c").text("line 1", None), read("orca").text("line 1", None)] {
            assert!(text.contains("line 1") && !text.contains("orca") && !text.contains("a14"), "{text}");
        }
        // Case, commas and hyphens do not matter.
        assert_eq!(id.read(&SET, &right.join(", ").to_uppercase(), &mut [0; LINE_WORDS]), Ok(()));
    }

    #[test]
    fn a_set_is_read_back_and_any_single_wrong_word_is_noticed() {
        let set = SetId::new([0x8e, 0xb2, 0, 0xff, 7, 0x10, 0x99]);
        assert_eq!(SetId::from_hex(&set.to_string()), Some(set));
        let text = set.words();
        assert_eq!(read_set(&text.to_uppercase()), Ok(set));
        let right: Vec<&str> = text.split(' ').collect();
        for place in 0..right.len() {
            for byte in 0..=255 {
                let mut typed = right.clone();
                typed[place] = word_at(place, byte);
                let read = read_set(&typed.join(" "));
                if typed == right {
                    assert_eq!(read, Ok(set));
                } else {
                    assert_eq!(read, Err(LineFault::Check { fits: None }), "{typed:?}");
                }
            }
        }
        assert_eq!(read_set(&right[..7].join(" ")), Err(LineFault::Count { found: 7, wanted: 8 }));
    }

    #[test]
    fn the_last_line_of_a_wrapped_key_may_be_shorter() {
        let id = LineId::Blob(17);
        let words = typed(id, &SET, &[1, 2, 3, 4]);
        assert_eq!(words.len(), 5);
        let mut read = [0; 4];
        id.read(&SET, &words.join(" "), &mut read).unwrap();
        assert_eq!(read, [1, 2, 3, 4]);
    }
}

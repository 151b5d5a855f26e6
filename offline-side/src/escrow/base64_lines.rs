//! The wrapped key in base64, for keys that are too long for words: lines with a check each.
//!
//! ```text
//! 07 Wlpa…60 characters…  3f9a      number, base64, the first two bytes of a SHA-256 over set, number and line
//! ```
//!
//! The wrapped key is no secret without both groups' keys.

use aws_lc_rs::digest::{SHA256, digest};

use super::line::LineId;
use super::set_id::SetId;

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Characters of a line: 45 bytes.
pub(super) const LINE_LENGTH: usize = 60;
const LINE_BYTES: usize = LINE_LENGTH / 4 * 3;

/// The lines of a blob.
pub(super) fn lines<'b>(set: &'b SetId, blob: &'b [u8]) -> impl Iterator<Item = String> + use<'b> {
    (1_u8..).zip(blob.chunks(LINE_BYTES)).map(|(number, bytes)| {
        let line = encode(bytes);
        format!("{number:02} {line} {}", check(set, number, &line))
    })
}

fn check(set: &SetId, number: u8, line: &str) -> String {
    let digest = digest(&SHA256, format!("rootcast escrow line v1 {set} {number} {line}").as_bytes());
    digest.as_ref().iter().take(2).map(|byte| format!("{byte:02x}")).collect()
}

/// The lines of a blob of this length: each with how many bytes it carries.
pub(super) fn places(length: usize) -> impl Iterator<Item = (LineId, usize)> {
    let count = length.div_ceil(LINE_BYTES);
    (1_u8..).take(count).scan(length, |left, number| {
        let carried = (*left).min(LINE_BYTES);
        *left -= carried;
        Some((LineId::Blob(number), carried))
    })
}

/// The bytes of line `number`, typed with or without its number. `None` where its check does not fit.
#[must_use]
pub(super) fn read(set: &SetId, number: u8, typed: &str) -> Option<Vec<u8>> {
    let mut words = typed.split_whitespace().rev();
    let (found, line) = (words.next()?, words.next()?);
    let is_its_number = words.next().is_none_or(|typed| typed.parse() == Ok(number));
    (is_its_number && check(set, number, line).eq_ignore_ascii_case(found)).then(|| decode(line)).flatten()
}

fn letter(value: u32) -> char {
    let at = usize::try_from(value & 63).unwrap_or_default();
    LETTERS.get(at).map_or('=', |letter| char::from(*letter))
}

fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let value = (0..3).fold(0, |value, at| (value << 8) | three.get(at).copied().map_or(0, u32::from));
        let letters = [18, 12, 6, 0].map(|shift| letter(value >> shift));
        let count = three.len() + 1;
        text.extend(letters.into_iter().take(count));
        text.extend(std::iter::repeat_n('=', 4 - count));
    }
    text
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut ended = false;
    for four in text.as_bytes().chunks(4) {
        if four.len() != 4 || ended {
            return None;
        }
        let count = four.iter().take_while(|byte| **byte != b'=').count();
        if count < 2 || four.iter().skip(count).any(|byte| *byte != b'=') {
            return None;
        }
        let value = |byte: &u8| LETTERS.iter().position(|letter| letter == byte).and_then(|at| u32::try_from(at).ok());
        let found = four.iter().take(count).try_fold(0, |all, byte| Some((all << 6) | value(byte)?))?;
        let [_, three @ ..] = (found << (6 * (4 - count))).to_be_bytes();
        bytes.extend(three.into_iter().take(count - 1));
        ended = count < 4;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET: SetId = SetId::new([7; 7]);

    #[test]
    fn a_blob_of_any_length_is_read_back_line_by_line() {
        for length in [1_816_u32, 2_392, 2_393, 2_394, 2_385] {
            let blob: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let mut read_back = Vec::new();
            let places: Vec<(LineId, usize)> = places(blob.len()).collect();
            assert_eq!(places.len(), lines(&SET, &blob).count());
            for (number, line) in (1..).zip(lines(&SET, &blob)) {
                assert!(line.len() <= 68, "{line}");
                let bytes = read(&SET, number, &line).unwrap();
                assert_eq!(read(&SET, number, &line[3..]).as_ref(), Some(&bytes), "without its number");
                assert_eq!(read(&SET, number + 1, &line), None, "in another place");
                assert_eq!(places[usize::from(number) - 1], (LineId::Blob(number), bytes.len()));
                read_back.extend(bytes);
            }
            assert_eq!(read_back, blob);
        }
    }

    #[test]
    fn a_changed_character_is_noticed_and_words_are_no_base64() {
        let line = lines(&SET, &[0x5a; 100]).next().unwrap();
        for at in 3..63 {
            let mut changed = line.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(read(&SET, 1, std::str::from_utf8(&changed).unwrap()), None, "{at}");
        }
        assert_eq!(read(&SetId::new([8; 7]), 1, &line), None);
        for words in ["1 orca pioneer highchair everyday", "orca face", "orca", "", "RCE1 BLOB"] {
            assert!(read(&SET, 1, words).is_none(), "{words}");
        }
        assert_eq!((encode(b"foob"), decode("Zm9vYg==")), ("Zm9vYg==".to_owned(), Some(b"foob".to_vec())));
        for wrong in ["Zm9", "Zm9vYg==Zm9v", "Z===", "Zm9=Zm9v", "Zm9v!g=="] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}

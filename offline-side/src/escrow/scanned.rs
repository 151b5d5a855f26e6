//! What a QR symbol of a page holds: printable text with a check of its own, as a hand scanner types it.
//!
//! ```text
//! RCE1 PIECE 8eb200ff071099 12 <64 hexadecimal digits> <8: SHA-256 of the piece>
//! RCE1 BLOB  8eb200ff071099 1 8 <up to 600 hexadecimal digits> <8: SHA-256 of this part>
//!            └─ set         └─ which of how many, or group and number of a piece
//! ```
//!
//! Only capital letters, digits and single spaces: a scanner that takes the host for another keyboard layout mistypes
//! these least, and the check notices it.

use aws_lc_rs::digest::{Context, SHA256};
use zeroize::Zeroizing;

use super::hex;
use super::piece::{DIGEST_BYTES, Group, PieceId, Third, first_bytes};
use super::secret::{SECRET_BYTES, Secret};
use super::set_id::{SET_BYTES, SetId};

/// How every text begins.
const MAGIC: &str = "RCE1";

/// Bytes of a wrapped key in one symbol at most: then a symbol of version 20 holds its text at level M.
pub(crate) const PART_BYTES_MAX: usize = 300;

/// Bytes of a text at most.
pub(crate) const TEXT_BYTES_MAX: usize = 40 + 2 * PART_BYTES_MAX;

/// A scanned text.
#[derive(Debug)]
pub(crate) enum Scanned {
    /// A piece.
    Piece(SetId, PieceId, Secret),
    /// A part of the wrapped key.
    Part(SetId, Part),
}

/// A part of the wrapped key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// Which one, from 1.
    pub(crate) number: u8,
    /// Of how many.
    pub(crate) count: u8,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
}

/// Why a text is none of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScanFault {
    /// It does not have this form.
    Form,
    /// Its check does not fit: it was changed, or the scanner types for another keyboard layout.
    Check,
}

impl ScanFault {
    /// For people.
    #[must_use]
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Form => "this is no text of an escrow page, or the scanner types for another keyboard layout",
            Self::Check => {
                "a character of the scanned text is wrong: its check does not fit. Scan it again, or type the words"
            }
        }
    }
}

/// Whether a line that was typed is a scanned text.
#[must_use]
pub(crate) fn is_scanned(line: &str) -> bool {
    line.trim_start().get(..MAGIC.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(MAGIC))
}

/// The text of a piece, in a buffer that has room for all of it.
#[must_use]
pub(crate) fn piece_text(set: &SetId, id: PieceId, piece: &Secret) -> Zeroizing<Vec<u8>> {
    let mut text = begin("PIECE", set);
    text.extend_from_slice(&[b'1' + id.group.index(), b'0' + id.number.number(), b' ']);
    put(&mut text, piece.bytes());
    text.push(b' ');
    put(&mut text, &id.digest(set, piece));
    text
}

/// The texts of a wrapped key, in order.
#[must_use]
pub(crate) fn blob_texts(set: &SetId, blob: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let parts: Vec<&[u8]> = blob.chunks(PART_BYTES_MAX).collect();
    let count = u8::try_from(parts.len()).unwrap_or(u8::MAX);
    let text = |(number, bytes): (u8, &&[u8])| {
        let mut text = begin("BLOB", set);
        text.extend_from_slice(format!("{number} {count} ").as_bytes());
        put(&mut text, bytes);
        text.push(b' ');
        put(&mut text, &part_digest(set, number, count, bytes));
        text
    };
    (1..=count).zip(&parts).map(text).collect()
}

fn begin(kind: &str, set: &SetId) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(Vec::with_capacity(TEXT_BYTES_MAX + 40));
    for word in [MAGIC, kind] {
        text.extend_from_slice(word.as_bytes());
        text.push(b' ');
    }
    put(&mut text, set.bytes());
    text.push(b' ');
    text
}

fn put(text: &mut Vec<u8>, bytes: &[u8]) {
    bytes.iter().for_each(|byte| text.extend_from_slice(&hex::digits(*byte)));
}

fn part_digest(set: &SetId, number: u8, count: u8, bytes: &[u8]) -> [u8; DIGEST_BYTES] {
    let mut context = Context::new(&SHA256);
    context.update(b"rootcast escrow part v1");
    context.update(set.bytes());
    context.update(&[number, count]);
    context.update(bytes);
    first_bytes(context.finish().as_ref())
}

/// Reads a scanned text.
///
/// # Errors
/// When it has another form, or its check does not fit.
pub(crate) fn read(line: &str) -> Result<Scanned, ScanFault> {
    parse(line).ok_or(ScanFault::Form)?.ok_or(ScanFault::Check)
}

/// `None`: another form. `Some(None)`: another check.
fn parse(line: &str) -> Option<Option<Scanned>> {
    let mut words = line.split_ascii_whitespace();
    let magic = words.next()?;
    let kind = words.next()?;
    let mut set = [0; SET_BYTES];
    hex::read(words.next()?, &mut set)?;
    let set = SetId::new(set);
    let mut check = [0; DIGEST_BYTES];
    if !magic.eq_ignore_ascii_case(MAGIC) {
        return None;
    }
    let scanned = if kind.eq_ignore_ascii_case("PIECE") {
        let [group, number] = words.next()?.as_bytes() else { return None };
        let group = Group::ALL.into_iter().find(|known| b'1' + known.index() == *group)?;
        let number = Third::ALL.into_iter().find(|known| b'0' + known.number() == *number)?;
        let id = PieceId { group, number };
        let mut piece = Secret::zero();
        hex::read(words.next()?, piece.bytes_mut())?;
        hex::read(words.next()?, &mut check)?;
        (id.digest(&set, &piece) == check).then_some(Scanned::Piece(set, id, piece))
    } else if kind.eq_ignore_ascii_case("BLOB") {
        let (number, count) = (number(words.next()?)?, number(words.next()?)?);
        let digits = words.next()?;
        let bytes_count = digits.len() / 2;
        if !(1..=count).contains(&number) || !(1..=PART_BYTES_MAX).contains(&bytes_count) {
            return None;
        }
        let mut bytes = vec![0; bytes_count];
        hex::read(digits, &mut bytes)?;
        hex::read(words.next()?, &mut check)?;
        let is_right = part_digest(&set, number, count, &bytes) == check;
        is_right.then_some(Scanned::Part(set, Part { number, count, bytes }))
    } else {
        return None;
    };
    words.next().is_none().then_some(scanned)
}

fn number(text: &str) -> Option<u8> {
    let is_number = (1..=3).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

const _: () = assert!(SECRET_BYTES < PART_BYTES_MAX, "the text of a piece is shorter than that of a part");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::optical::qr_symbol::{Correction, QrVersion};

    const SET: SetId = SetId::new([0x8e, 0xb2, 0, 0xff, 7, 0x10, 0x99]);

    fn piece() -> Secret {
        let mut piece = Secret::zero();
        piece
            .bytes_mut()
            .copy_from_slice(&std::array::from_fn::<u8, 32, _>(|at| u8::try_from(at).unwrap().wrapping_mul(37)));
        piece
    }

    fn text(bytes: &[u8]) -> &str {
        std::str::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_text_of_a_piece_is_read_back_and_every_changed_character_is_noticed() {
        let id = PieceId { group: Group::Second, number: Third::Two };
        let written = piece_text(&SET, id, &piece());
        assert!(text(&written).starts_with("RCE1 PIECE 8EB200FF071099 22 0025"), "{}", text(&written));
        assert!(
            is_scanned(text(&written))
                && is_scanned("rce1 piece")
                && !is_scanned("orca")
                && !is_scanned("\u{e9}\u{e9}")
        );
        for line in [text(&written).to_owned(), text(&written).to_lowercase(), format!("{} ", text(&written))] {
            let Scanned::Piece(set, read, secret) = read(&line).unwrap() else { panic!("{line}") };
            assert!(set == SET && read == id && secret.is_same(&piece()));
        }
        for at in 0..written.len() {
            for other in *b"0123456789ABCDEFOZ !" {
                let mut changed = written.to_vec();
                changed[at] = other;
                if text(&changed).eq_ignore_ascii_case(text(&written)) {
                    continue;
                }
                assert!(read(text(&changed)).is_err(), "{}", text(&changed));
            }
            assert!(read(text(&written[..at])).is_err());
        }
    }

    #[test]
    fn a_wrapped_key_of_any_length_is_read_back_part_by_part() {
        for length in [96, 300, 301, 2_392, 4_000] {
            let blob: Vec<u8> = (0..length).map(|at: u32| u8::try_from(at % 251).unwrap()).collect();
            let texts = blob_texts(&SET, &blob);
            let version = QrVersion::new(20).unwrap();
            assert!(texts.iter().all(|text| text.len() <= version.capacity_at(Correction::M)));
            let mut whole = Vec::new();
            for (at, line) in texts.iter().enumerate() {
                let Scanned::Part(set, part) = read(text(line)).unwrap() else { panic!("no part") };
                assert!(set == SET && usize::from(part.number) == at + 1 && usize::from(part.count) == texts.len());
                whole.extend(part.bytes);
            }
            assert_eq!(whole, blob);
        }
    }

    #[test]
    fn other_texts_are_refused_and_bounded() {
        let long = format!("RCE1 BLOB 8EB200FF071099 1 1 {} 00000000", "AA".repeat(301));
        for wrong in [
            "",
            "RCE1",
            "RCE2 PIECE 8EB200FF071099 22",
            "RCE1 BLOB 8EB200FF071099 0 1 AA 00000000",
            "RCE1 BLOB 8EB200FF071099 2 1 AA 00000000",
            "RCE1 BLOB 8EB200FF071099 +1 1 AA 00000000",
            &long,
        ] {
            assert_eq!(read(wrong).unwrap_err(), ScanFault::Form, "{wrong}");
        }
        assert_eq!(read("RCE1 BLOB 8EB200FF071099 1 1 AA 00000000").unwrap_err(), ScanFault::Check);
    }
}

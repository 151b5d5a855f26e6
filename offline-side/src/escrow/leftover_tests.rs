//! After an envelope was printed, or pieces were typed, no secret is left in the memory of this process: looked for in all
//! of it that can be written, by way of `/proc/self/mem`.
//!
//! What is looked for is kept masked here, so that the search does not find itself.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::sync::{Mutex, PoisonError};

use zeroize::{Zeroize as _, Zeroizing};

use super::blob;
use super::gathering::gather;
use super::groups::Groups;
use super::line::{LINE_WORDS, LineId};
use super::page::Envelope;
use super::piece::{Group, PieceId, Third, divide};
use super::scanned::{blob_texts, piece_text};
use super::secret::{Secret, scrub_stack};
use super::set_id::SetId;
use super::typed_line::{NoLine, TypedLine, Typist};
use crate::ceremony::key::wrap_way::WrapWay;
use crate::ceremony::request::EscrowGroups;

const MASK: u8 = 0xa5;

/// Something to look for, masked.
struct Needle(Vec<u8>);

impl Needle {
    fn masked(bytes: impl Iterator<Item = u8>) -> Self {
        Self(bytes.map(|byte| byte ^ MASK).collect())
    }

    /// How often it is in memory.
    fn count(&self) -> usize {
        counts(&[self])[0]
    }
}

/// One search at a time: what a search reads is in its buffer, where another one would find it.
static SEARCH: Mutex<()> = Mutex::new(());

/// How often each of these is in memory, in one walk through it.
fn counts(needles: &[&Needle]) -> Vec<usize> {
    let memory = File::open("/proc/self/mem").unwrap();
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mut buffer = vec![0; 1 << 20];
    let own = buffer.as_ptr() as u64;
    let own = own..own + buffer.len() as u64;
    let mut begins = [false; 256];
    needles.iter().for_each(|needle| begins[usize::from(needle.0[0] ^ MASK)] = true);
    let longest = needles.iter().map(|needle| needle.0.len()).max().unwrap();
    let mut found = vec![0; needles.len()];
    for line in maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|flags| flags.starts_with("rw"))) {
        let (begin, end) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let [mut at, end] = [begin, end].map(|text| u64::from_str_radix(text, 16).unwrap());
        while at < end {
            let wanted = usize::try_from((end - at).min(buffer.len() as u64)).unwrap();
            let Ok(count @ 1..) = memory.read_at(&mut buffer[..wanted], at) else { break };
            let is_last = count < wanted || at + count as u64 == end;
            // What lies across two reads is seen by the next one.
            let step = if is_last { count } else { count - longest };
            let places = buffer[..step].iter().enumerate().filter(|(_, byte)| begins[usize::from(**byte)]);
            for (place, _) in places.filter(|(place, _)| !own.contains(&(at + *place as u64))) {
                for (needle, found) in needles.iter().zip(&mut found) {
                    let here = buffer[place..count].iter();
                    let is_whole = count - place >= needle.0.len();
                    if is_whole && here.zip(&needle.0).all(|(byte, masked)| byte ^ MASK == *masked) {
                        *found += 1;
                    }
                }
            }
            at += step as u64;
        }
    }
    buffer.zeroize();
    found
}

/// A secret that nothing else in this process has.
fn secret(with: u8) -> Secret {
    let mut secret = Secret::zero();
    for (at, byte) in (0_u8..).zip(secret.bytes_mut()) {
        *byte = at.wrapping_mul(113).wrapping_add(with) ^ 0x3c;
    }
    secret
}

fn secret_needle(with: u8) -> Needle {
    Needle::masked((0_u8..32).map(|at| at.wrapping_mul(113).wrapping_add(with) ^ 0x3c))
}

#[inline(never)]
fn print(set: SetId, number: Third) -> (usize, usize) {
    let groups = Groups::from(EscrowGroups::new(vec!["BOARD".to_owned(), "OPERATIONS".to_owned()]).unwrap());
    let key = secret(201);
    let blob = blob::wrap(&key, &[7; 88]).unwrap();
    assert!(blob::unwrap(&key, &blob).is_some());
    let pieces = divide(&key, secret(202), secret(203));
    let while_alive = secret_needle(202).count();
    let envelope = Envelope {
        groups: &groups,
        set,
        group: Group::First,
        number,
        pieces: &pieces,
        blob: &blob,
        key_kind: "P-384",
        public_key_sha256: "00",
        owner: "CN=Example",
        is_drill: false,
        way: WrapWay::KeyWrapPad,
        day: "2026-11-21",
        bag: "1",
    };
    let pdf = envelope.pdf().unwrap();
    let words = words_needle(set).count();
    drop(pdf);
    (while_alive, words)
}

/// The words of line 2 of piece 2, as they stand on the page.
#[inline(never)]
fn words_needle(set: SetId) -> Needle {
    let id = PieceId { group: Group::First, number: Third::Two };
    let bytes = secret(203);
    let words: Vec<&str> = LineId::Piece(id, 2).words(&set, &bytes.bytes()[LINE_WORDS..2 * LINE_WORDS]).collect();
    let mut masked = Vec::new();
    for (place, word) in words[..LINE_WORDS].iter().enumerate() {
        if place > 0 {
            masked.push(b' ' ^ MASK);
        }
        masked.extend(word.bytes().map(|byte| byte ^ MASK));
    }
    Needle(masked)
}

#[test]
fn nothing_secret_is_left_in_memory_after_an_envelope_is_printed() {
    let _alone = SEARCH.lock().unwrap_or_else(PoisonError::into_inner);
    let set = SetId::new([0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57]);
    let (while_alive, words_alive) = print(set, Third::One);
    assert!(while_alive > 0 && words_alive > 0, "the search finds what is there: {while_alive}, {words_alive}");
    scrub_stack();
    for with in [201, 202, 203] {
        let needle = secret_needle(with);
        scrub_stack();
        assert_eq!(needle.count(), 0, "the secret {with}");
    }
    let needle = words_needle(set);
    scrub_stack();
    assert_eq!(needle.count(), 0, "words of a line");
    let digits = Needle::masked((0_u8..8).flat_map(|at| {
        let byte = at.wrapping_mul(113).wrapping_add(203) ^ 0x3c;
        super::hex::digits(byte)
    }));
    assert_eq!(digits.count(), 0, "digits of a code");
}

/// A byte of [`secret`].
fn byte_of(with: u8, at: u8) -> u8 {
    at.wrapping_mul(113).wrapping_add(with) ^ 0x3c
}

/// A byte of each of six pieces, in order: the third one of a group is what makes its key of the two others.
fn byte_of_piece(index: u8, at: u8) -> u8 {
    let [key, one, two] = if index < 3 { [211, 212, 213] } else { [221, 222, 223] };
    match index % 3 {
        0 => byte_of(one, at),
        1 => byte_of(two, at),
        _ => byte_of(key, at) ^ byte_of(one, at) ^ byte_of(two, at),
    }
}

/// Words of the second line of a piece.
#[inline(never)]
fn typed_needle(set: SetId, id: PieceId) -> Needle {
    let bytes: Zeroizing<[u8; LINE_WORDS]> =
        Zeroizing::new(std::array::from_fn(|at| byte_of_piece(id.index(), u8::try_from(at + LINE_WORDS).unwrap())));
    let mut masked = Vec::new();
    for word in LineId::Piece(id, 2).words(&set, &bytes[..]).take(LINE_WORDS) {
        masked.extend(word.bytes().chain([b' ']).map(|byte| byte ^ MASK));
    }
    Needle(masked)
}

/// Digits of the code of a piece.
fn scanned_needle(id: PieceId) -> Needle {
    Needle::masked((0_u8..8).flat_map(|at| super::hex::digits(byte_of_piece(id.index(), at))))
}

/// Somebody who types the first group's pieces and scans the others. Each line is made when it is asked for, and is theirs
/// no longer.
struct FromPaper {
    set: SetId,
    blob: Vec<u8>,
    /// Which piece comes next, and which line of it.
    next: (usize, u8),
    /// How often a line was in memory while it was typed, and a piece when the wrapped key was asked for.
    seen: (usize, usize),
}

impl FromPaper {
    /// The bytes of a piece.
    fn piece(id: PieceId) -> Secret {
        let mut piece = Secret::zero();
        for (at, byte) in (0_u8..).zip(piece.bytes_mut()) {
            *byte = byte_of_piece(id.index(), at);
        }
        piece
    }
}

impl Typist for FromPaper {
    fn ask(&mut self, _: &str) -> Result<TypedLine, NoLine> {
        let (piece, line) = self.next;
        let Some(id) = PieceId::all().get(piece).copied() else {
            self.seen.1 = Needle::masked((0_u8..32).map(|at| byte_of_piece(1, at))).count();
            let text = &blob_texts(&self.set, &self.blob)[0];
            return Ok(TypedLine::from_text(std::str::from_utf8(text).unwrap()));
        };
        let secret = Self::piece(id);
        if id.group == Group::Second {
            self.next = (piece + 1, 1);
            let text = piece_text(&self.set, id, &secret);
            return Ok(TypedLine::from_text(std::str::from_utf8(&text).unwrap()));
        }
        self.next = if line == 6 { (piece + 1, 1) } else { (piece, line + 1) };
        let mut bytes = Zeroizing::new([0; 36]);
        bytes[..32].copy_from_slice(secret.bytes());
        bytes[32..].copy_from_slice(&id.digest(&self.set, &secret));
        let begin = usize::from(line - 1) * LINE_WORDS;
        let mut text = Zeroizing::new(Vec::with_capacity(160));
        for word in LineId::Piece(id, line).words(&self.set, &bytes[begin..begin + LINE_WORDS]) {
            text.extend_from_slice(word.as_bytes());
            text.push(b' ');
        }
        let typed = TypedLine::from_text(std::str::from_utf8(&text).unwrap());
        if line == 2 {
            self.seen.0 += typed_needle(self.set, id).count();
        }
        Ok(typed)
    }

    fn say(&mut self, text: &str) {
        assert!(!text.contains("wrong"), "{text}");
    }
}

/// Types, scans, and takes the key out as `escrow restore` does. How often things were in memory meanwhile.
#[inline(never)]
fn restore(set: SetId) -> (usize, usize, usize, usize) {
    let groups = Groups::from(EscrowGroups::new(vec!["BOARD".to_owned(), "OPERATIONS".to_owned()]).unwrap());
    let blob = {
        let inner = Zeroizing::new(std::array::from_fn::<u8, 64, _>(|at| byte_of(231, u8::try_from(at).unwrap())));
        blob::wrap(&secret(221), &inner[..]).unwrap()
    };
    let mut typist = FromPaper { set, blob: blob.clone(), next: (0, 1), seen: (0, 0) };
    let keys = gather(&mut typist, (&set, &[]), &groups, &blob).unwrap();
    assert!(keys.first.is_same(&secret(211)) && keys.second.is_same(&secret(221)));
    let inner = blob::unwrap(&keys.second, &blob).unwrap();
    let (key, wrapped) = (secret_needle(211).count(), inner_needle().count());
    drop((keys, inner));
    (typist.seen.0, typist.seen.1, key, wrapped)
}

/// What the second group's key opens.
fn inner_needle() -> Needle {
    Needle::masked((0_u8..64).map(|at| byte_of(231, at)))
}

#[test]
fn nothing_secret_is_left_in_memory_after_pieces_were_typed_and_scanned() {
    let _alone = SEARCH.lock().unwrap_or_else(PoisonError::into_inner);
    let set = SetId::new([0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67]);
    let (typed, piece, key, wrapped) = restore(set);
    assert!(
        typed > 0 && piece > 0 && key > 0 && wrapped > 0,
        "the search finds what is there: {typed} {piece} {key} {wrapped}"
    );
    let mut needles = vec![
        ("the first group's key".to_owned(), secret_needle(211)),
        ("the second group's key".to_owned(), secret_needle(221)),
        ("what the second group's key opens".to_owned(), inner_needle()),
    ];
    for id in PieceId::all() {
        let bytes = Needle::masked((0_u8..32).map(|at| byte_of_piece(id.index(), at)));
        needles.push((format!("the bytes of {id:?}"), bytes));
        needles.push((format!("words of {id:?}"), typed_needle(set, id)));
        needles.push((format!("digits of {id:?}"), scanned_needle(id)));
    }
    scrub_stack();
    let wanted: Vec<&Needle> = needles.iter().map(|(_, needle)| needle).collect();
    for ((what, _), count) in needles.iter().zip(counts(&wanted)) {
        assert_eq!(count, 0, "{what}");
    }
}

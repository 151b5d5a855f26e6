//! After an envelope was printed, or pieces were typed, no secret is left in the memory of this process: looked for in all
//! of it that can be written, by way of `/proc/self/mem`.
//!
//! What is looked for is kept masked here, so that the search does not find itself.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;

use super::blob;
use super::groups::Groups;
use super::line::{LINE_WORDS, LineId};
use super::page::Envelope;
use super::piece::{Group, PieceId, Third, divide};
use super::secret::{Secret, scrub_stack};
use super::set_id::SetId;
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
        let memory = File::open("/proc/self/mem").unwrap();
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        let mut buffer = vec![0; 1 << 20];
        let own = buffer.as_ptr() as u64;
        let own = own..own + buffer.len() as u64;
        let mut found = 0;
        for line in maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|flags| flags.starts_with("rw"))) {
            let (begin, end) = line.split(' ').next().unwrap().split_once('-').unwrap();
            let [mut at, end] = [begin, end].map(|text| u64::from_str_radix(text, 16).unwrap());
            while at < end {
                let wanted = usize::try_from((end - at).min(buffer.len() as u64)).unwrap();
                let Ok(count @ 1..) = memory.read_at(&mut buffer[..wanted], at) else { break };
                let hit = |place: usize| {
                    let is_own = own.contains(&(at + place as u64));
                    let here = buffer[place..count].iter();
                    !is_own
                        && count - place >= self.0.len()
                        && here.zip(&self.0).all(|(byte, masked)| byte ^ MASK == *masked)
                };
                let first = self.0[0] ^ MASK;
                found += (0..count).filter(|place| buffer[*place] == first && hit(*place)).count();
                // What lies across two reads is seen by the next one.
                at += if count < wanted || at + count as u64 == end { count } else { count - self.0.len() } as u64;
            }
        }
        found
    }
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

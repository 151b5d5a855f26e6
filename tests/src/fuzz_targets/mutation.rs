//! Mutation for the short form in `make test`: a seed, changed at some places, or spliced with another.
//! The fuzzer itself mutates better, and looks where that leads; this only has to be quick and repeatable.

use crate::seeds::Chance;

/// Numbers at which programs go wrong.
const EDGES: [u8; 12] = [0, 1, 2, 0x30, 0x7e, 0x7f, 0x80, 0x81, 0x82, 0x84, 0xfe, 0xff];

/// A mutation of one of these seeds.
pub(super) fn mutated(seeds: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = seeds[chance.below(seeds.len())].clone();
    for _ in 0..=chance.below(6) {
        let at = chance.below(bytes.len() + 1);
        match chance.below(9) {
            0 => flip(&mut bytes, at, chance),
            1 => set(&mut bytes, at, chance.bits() as u8),
            2 => set(&mut bytes, at, EDGES[chance.below(EDGES.len())]),
            3 => {
                let added = chance.below(8) + 1;
                let added = chance.bytes(added);
                bytes.splice(at..at, added);
            }
            4 => drop(bytes.drain(at..(at + 1 + chance.below(16)).min(bytes.len()).max(at))),
            5 => {
                // A part again, somewhere.
                let to = chance.below(bytes.len() + 1);
                let part = bytes[at..(at + 1 + chance.below(64)).min(bytes.len()).max(at)].to_vec();
                bytes.splice(to..to, part);
            }
            6 => {
                // The end of another seed.
                let other = &seeds[chance.below(seeds.len())];
                let from = chance.below(other.len() + 1);
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            7 => {
                // A part of another seed, in place.
                let other = &seeds[chance.below(seeds.len())];
                let from = chance.below(other.len() + 1);
                let part = &other[from..(from + 1 + chance.below(32)).min(other.len()).max(from)];
                bytes.iter_mut().skip(at).zip(part).for_each(|(to, with)| *to = *with);
            }
            _ => flip(&mut bytes, at, chance),
        }
    }
    bytes
}

fn flip(bytes: &mut [u8], at: usize, chance: &mut Chance) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << chance.below(8);
    }
}

fn set(bytes: &mut [u8], at: usize, value: u8) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte = value;
    }
}

//! Where the bits of codewords go: permuted within a codeword, one codeword behind the other, all scrambled.
//!
//! A superframe has [`Mode::slots`] places for bits: symbol by symbol, carrier by carrier, the real axis before the
//! imaginary one, the highest bit first. Codeword *c* has the slots from *c·n* on. Slots behind the last codeword bear
//! scrambler bits alone.
//!
//! ```
//! use rootcast_protocol::sound::mode::Mode;
//! use rootcast_protocol::sound::placement::Placement;
//!
//! let placement = Placement::new(Mode::Qpsk12);
//! // The bits of one codeword, put where they go; here it is the first.
//! let codeword = vec![true; Mode::Qpsk12.code().n()];
//! let mut slots = placement.scrambler().to_vec();
//! for (bit, slot) in codeword.iter().zip(placement.permutation()) {
//!     slots[*slot] ^= bit;
//! }
//! let changed = slots.iter().zip(placement.scrambler()).filter(|(slot, before)| slot != before);
//! assert_eq!((changed.count(), slots.len()), (2_048, 10_680));
//! ```

use super::mode::{Code, Mode};
use super::pseudo_random::PseudoRandom;

const SCRAMBLER_SEED: u32 = 0x5243_4153;
const PERMUTATION_SEED: u32 = 0x5243_4150;

/// The tables of one mode.
#[derive(Debug, Clone)]
pub struct Placement {
    mode: Mode,
    scrambler: Vec<bool>,
    permutation: Vec<usize>,
}

impl Placement {
    /// Makes the tables.
    #[must_use]
    pub fn new(mode: Mode) -> Self {
        Self { mode, scrambler: scrambler(mode.slots()), permutation: permutation(mode.code()) }
    }

    /// The mode.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// The scrambler: where it is set, a slot bears the other bit.
    #[must_use]
    pub fn scrambler(&self) -> &[bool] {
        &self.scrambler
    }

    /// The slot of each bit of a codeword, counted from the codeword's first slot.
    #[must_use]
    pub fn permutation(&self) -> &[usize] {
        &self.permutation
    }
}

/// One bit, the highest, of each number.
fn scrambler(slots: usize) -> Vec<bool> {
    let mut random = PseudoRandom::new(SCRAMBLER_SEED);
    (0..slots).map(|_| random.draw() >> 31 == 1).collect()
}

/// Fisher and Yates: from the last place down, each swapped with one at or below it.
fn permutation(code: Code) -> Vec<usize> {
    let mut random = PseudoRandom::new(PERMUTATION_SEED);
    let mut places: Vec<usize> = (0..code.n()).collect();
    for last in (1..places.len()).rev() {
        let bound = u32::try_from(last + 1).unwrap_or(u32::MAX);
        let with = usize::try_from(random.below(bound)).unwrap_or(0);
        places.swap(last, with);
    }
    places
}

#[cfg(test)]
mod tests {
    use super::Placement;
    use crate::sound::mode::Mode;

    #[test]
    fn every_bit_of_a_codeword_has_one_slot() {
        for mode in Mode::ALL {
            let placement = Placement::new(mode);
            let mut slots = placement.permutation().to_vec();
            slots.sort_unstable();
            assert_eq!(slots, (0..mode.code().n()).collect::<Vec<_>>());
            let ones = placement.scrambler().iter().filter(|bit| **bit).count();
            assert!(ones.abs_diff(mode.slots() / 2) < mode.slots() / 40, "{mode}: {ones}");
        }
    }
}

//! The pseudo-random numbers of which training words, pilots, scrambler and permutations are made.
//!
//! ```
//! use rootcast_protocol::sound::pseudo_random::PseudoRandom;
//!
//! let mut random = PseudoRandom::new(1);
//! assert_eq!((random.draw(), random.draw()), (2_005_365_029, 2_916_098_932));
//! assert!((0..1_000).all(|_| random.below(6) < 6));
//! // From zero there would be zeros alone.
//! assert_eq!(PseudoRandom::new(0).draw(), PseudoRandom::new(1).draw());
//! ```

/// Marsaglia's xorshift with 32 bits and the shifts 13, 17 and 5. The first 8 numbers are dropped: those of small seeds are
/// small.
#[derive(Debug, Clone)]
pub struct PseudoRandom(u32);

impl PseudoRandom {
    /// The numbers from this seed on; zero counts as one.
    #[must_use]
    pub const fn new(seed: u32) -> Self {
        let mut random = Self(if seed == 0 { 1 } else { seed });
        let mut dropped = 0;
        while dropped < 8 {
            random.draw();
            dropped += 1;
        }
        random
    }

    /// The next number, 1 to 2^32 - 1.
    #[inline]
    pub const fn draw(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    /// The next number, brought below `bound`: the high half of its product with it.
    #[inline]
    pub fn below(&mut self, bound: u32) -> u32 {
        let product = u64::from(self.draw()) * u64::from(bound);
        u32::try_from(product >> 32).unwrap_or(0)
    }
}

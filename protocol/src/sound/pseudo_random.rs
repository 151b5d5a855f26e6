//! The pseudo-random numbers of which training words, pilots, scrambler and permutations are made.

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

    /// The next number.
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

//! Points of a constellation: on each axis equally spaced levels, numbered by a Gray code, so that neighbours differ in one
//! bit.
//!
//! ```
//! use rootcast_protocol::sound::constellation::Axis;
//!
//! let axis = Axis::new(2);
//! let bits: Vec<usize> = (0..axis.levels().len()).map(Axis::bits_of).collect();
//! assert_eq!(bits, [0b00, 0b01, 0b11, 0b10]);
//! assert_eq!(axis.level(0b10), axis.levels()[3]);
//! // An axis of 2 bits has no level for 3.
//! assert_eq!(axis.level(0b100), 0.0);
//! ```

/// The levels of one axis.
#[derive(Debug, Clone)]
pub struct Axis {
    bits: usize,
    levels: Vec<f32>,
}

impl Axis {
    /// The axis of a point that bears `bits` bits on it, 1 to 6. Points of two such axes have a mean power of 1.
    #[must_use]
    pub fn new(bits: usize) -> Self {
        let bits = bits.clamp(1, 6);
        let count = 1_u16 << bits;
        let size = f32::from(count);
        // The mean square of the odd numbers from 1 - size to size - 1 is (size² - 1) / 3, and there are two axes.
        let unit = 1.0 / (2.0 * (size * size - 1.0) / 3.0).sqrt();
        let levels = (0..count).map(|place| (2.0 * f32::from(place) - (size - 1.0)) * unit).collect();
        Self { bits, levels }
    }

    /// The bits it bears, 1 to 6.
    #[must_use]
    #[inline]
    pub const fn bits(&self) -> usize {
        self.bits
    }

    /// The levels, the lowest first: amplitudes, where a point has a mean power of 1.
    #[must_use]
    #[inline]
    pub fn levels(&self) -> &[f32] {
        &self.levels
    }

    /// The bits of the level in this place, the first one highest: a Gray code.
    #[must_use]
    #[inline]
    pub const fn bits_of(place: usize) -> usize {
        place ^ (place >> 1)
    }

    /// The level that these bits, the first one highest, stand for.
    #[must_use]
    #[inline]
    pub fn level(&self, bits: usize) -> f32 {
        let mut place = bits;
        let mut shift = 1;
        while shift < usize::BITS {
            place ^= place >> shift;
            shift *= 2;
        }
        self.levels.get(place).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Axis;

    #[test]
    fn neighbours_differ_in_one_bit_and_the_power_is_one() {
        for bits in 1..=6 {
            let axis = Axis::new(bits);
            for place in 0..1 << bits {
                assert_eq!(axis.level(Axis::bits_of(place)).to_bits(), axis.levels()[place].to_bits());
                if place > 0 {
                    assert_eq!((Axis::bits_of(place) ^ Axis::bits_of(place - 1)).count_ones(), 1);
                }
            }
            let power = axis.levels().iter().map(|level| 2.0 * level * level).sum::<f32>() / (1 << bits) as f32;
            assert!((power - 1.0).abs() < 1e-5, "{bits}: {power}");
        }
    }
}

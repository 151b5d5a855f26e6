//! From points to the likelihood of bits.

use rootcast_protocol::sound::constellation::Axis;
use rootcast_protocol::sound::mode::Mode;

/// The most that one bit may count: a carrier that is sure and wrong must not outvote a codeword.
const SURE: f32 = 40.0;

/// The levels of one axis, with what else is needed to judge bits.
#[derive(Debug)]
pub(crate) struct Demapper {
    axis: Axis,
    /// For each level and each of its bits, the next level below and above with the other bit.
    others: Vec<Vec<[Option<f32>; 2]>>,
}

impl Demapper {
    pub(crate) fn new(mode: Mode) -> Self {
        let axis = Axis::new(mode.axis_bits());
        let bits = axis.bits();
        let bit_of = |place: usize, bit: usize| Axis::bits_of(place) >> (bits - 1 - bit) & 1;
        let levels = axis.levels();
        let others = (0..levels.len()).map(|place| {
            let of_bit = |bit: usize| {
                let differs = |other: &usize| bit_of(*other, bit) != bit_of(place, bit);
                let level = |other: usize| levels.get(other).copied();
                [(0..place).rev().find(differs).and_then(level), (place..levels.len()).find(differs).and_then(level)]
            };
            (0..bits).map(of_bit).collect()
        });
        let others = others.collect();
        Self { axis, others }
    }

    /// The place of the level nearest to `value`.
    #[inline]
    fn nearest(&self, value: f32) -> usize {
        let levels = self.axis.levels();
        let (Some(lowest), Some(highest)) = (levels.first(), levels.last()) else { return 0 };
        #[expect(clippy::cast_precision_loss, reason = "at most 64")]
        let apart = (highest - lowest) / (levels.len() - 1).max(1) as f32;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturating, and cut below")]
        let place = ((value - lowest) / apart).round().max(0.0) as usize;
        place.min(levels.len() - 1)
    }

    /// The square of the distance to the nearest level.
    #[inline]
    pub(crate) fn distance(&self, value: f32) -> f32 {
        self.axis.levels().get(self.nearest(value)).map_or(0.0, |level| (value - level).powi(2))
    }

    /// Appends for each bit how much more likely it is zero than one (natural logarithm, approximated by the nearest levels),
    /// where the inverse of the noise's power is `weight`.
    pub(crate) fn bits(&self, value: f32, weight: f32, out: &mut Vec<f32>) {
        let place = self.nearest(value);
        let here = self.axis.levels().get(place).map_or(0.0, |level| (value - level).powi(2));
        let bits = Axis::bits_of(place);
        let count = self.axis.bits();
        for (bit, others) in self.others.get(place).into_iter().flatten().enumerate() {
            let there = others.iter().flatten().map(|level| (value - level).powi(2)).fold(f32::INFINITY, f32::min);
            let sure = ((there - here) * weight).clamp(0.0, SURE);
            let is_one = bits >> (count - 1 - bit) & 1 == 1;
            out.push(if is_one { -sure } else { sure });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Axis, Demapper, Mode};

    #[test]
    fn each_level_is_read_as_its_bits() {
        for mode in Mode::ALL {
            let demapper = Demapper::new(mode);
            let axis = Axis::new(mode.axis_bits());
            for bits in 0..1_usize << axis.bits() {
                let mut told = Vec::new();
                demapper.bits(axis.level(bits) + 0.003, 100.0, &mut told);
                let read = told.iter().fold(0, |read, sure| read << 1 | usize::from(*sure < 0.0));
                assert_eq!((read, told.len()), (bits, axis.bits()));
                assert!(demapper.distance(axis.level(bits)) < 1e-12);
            }
        }
    }
}

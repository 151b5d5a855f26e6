//! The discrete Fourier transform of one symbol: radix 2, [`SIZE`] points.
//!
//! ```
//! use rootcast_protocol::sound::complex::Complex;
//! use rootcast_protocol::sound::fft::Fft;
//! use rootcast_protocol::sound::profile::SIZE;
//!
//! let mut carriers = [Complex::ZERO; SIZE];
//! carriers[12] = Complex::new(0.0, 1.0);
//! let fft = Fft::new();
//! let samples = fft.inverse(&carriers);
//! let heard = fft.forward(&samples);
//! assert!((heard[12].im / SIZE as f32 - 1.0).abs() < 1e-3);
//! assert!(heard[13].power() < 1.0, "its neighbour is silent: {:?}", heard[13]);
//! ```

use std::f64::consts::TAU;

use super::complex::Complex;
use super::profile::SIZE;

/// The tables of the transform.
#[derive(Debug, Clone)]
pub struct Fft {
    /// e^(-2πik / SIZE) for the first half of the circle.
    turns: Vec<Complex>,
    /// Where each value comes from: its place with the bits in the other order.
    reversed: Vec<usize>,
}

impl Default for Fft {
    fn default() -> Self {
        Self::new()
    }
}

impl Fft {
    /// Makes the tables.
    #[must_use]
    pub fn new() -> Self {
        #[expect(clippy::cast_precision_loss, reason = "below 1,024")]
        let turns = (0..SIZE / 2).map(|k| Complex::from_angle(-TAU * k as f64 / SIZE as f64)).collect();
        let bits = SIZE.trailing_zeros();
        let reversed = (0..SIZE).map(|at| at.reverse_bits() >> (usize::BITS - bits)).collect();
        Self { turns, reversed }
    }

    /// Each frequency's amplitude: Σ `values`\[n\] e^(-2πikn / SIZE). Missing values are zero.
    #[must_use]
    pub fn forward(&self, values: &[Complex]) -> Vec<Complex> {
        let mut out: Vec<Complex> =
            self.reversed.iter().map(|from| values.get(*from).copied().unwrap_or_default()).collect();
        let mut half = 1;
        while half < SIZE {
            let step = SIZE / 2 / half;
            for block in out.chunks_exact_mut(2 * half) {
                let (low, high) = block.split_at_mut(half);
                for ((a, b), turn) in low.iter_mut().zip(high).zip(self.turns.iter().step_by(step)) {
                    let turned = *b * *turn;
                    (*a, *b) = (*a + turned, *a - turned);
                }
            }
            half *= 2;
        }
        out
    }

    /// The way back, [`SIZE`] times too large: Σ `values`\[k\] e^(2πikn / SIZE).
    #[must_use]
    pub fn inverse(&self, values: &[Complex]) -> Vec<Complex> {
        let mirrored: Vec<Complex> = values.iter().map(|value| value.conj()).collect();
        let mut out = self.forward(&mirrored);
        out.iter_mut().for_each(|value| *value = value.conj());
        out
    }
}

#[cfg(test)]
mod tests {
    use super::{Complex, Fft, SIZE};
    use crate::sound::pseudo_random::PseudoRandom;

    #[test]
    fn it_is_the_sum_that_its_definition_says_and_comes_back() {
        let mut random = PseudoRandom::new(7);
        let values: Vec<Complex> =
            (0..SIZE).map(|_| Complex::new(random.below(1000) as f32 - 500.0, random.below(1000) as f32)).collect();
        let fft = Fft::new();
        let spectrum = fft.forward(&values);
        for k in [0, 1, 37, 512, 1023] {
            let sum = values.iter().enumerate().fold(Complex::ZERO, |sum, (n, value)| {
                sum + *value * Complex::from_angle(-std::f64::consts::TAU * (k * n % SIZE) as f64 / SIZE as f64)
            });
            assert!((sum - spectrum[k]).power().sqrt() < 0.5, "{k}: {sum:?} {:?}", spectrum[k]);
        }
        let back = fft.inverse(&spectrum);
        let worst =
            values.iter().zip(&back).map(|(a, b)| (*a - b.scaled(1.0 / SIZE as f32)).power()).fold(0.0, f32::max);
        assert!(worst < 1e-4, "{worst}");
    }
}

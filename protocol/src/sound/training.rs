//! Training words and pilots: what the receiver knows before it hears it.
//!
//! A training symbol bears one of 12 words on the carriers with even numbers, √2 strong. The word tells time, channel and
//! mode. Pilots bear known points, other ones in each symbol.
//!
//! ```
//! use rootcast_protocol::sound::complex::Complex;
//! use rootcast_protocol::sound::mode::Mode;
//! use rootcast_protocol::sound::training::word;
//!
//! /// How alike two words are: 1 for the same, however both are turned.
//! fn likeness(heard: &[Complex], word: &[Complex]) -> f32 {
//!     let sum = heard.iter().zip(word).fold(Complex::ZERO, |sum, (a, b)| sum + *a * b.conj());
//!     sum.power().sqrt() / word.len() as f32
//! }
//!
//! let sent = word(Mode::Qam64R23);
//! let heard: Vec<Complex> = sent.iter().map(|point| *point * Complex::from_angle(1.0)).collect();
//! assert!(likeness(&heard, &sent) > 0.999);
//! assert!(likeness(&heard, &word(Mode::Qam64R45)) < 0.3);
//! ```

use std::f32::consts::{FRAC_1_SQRT_2, SQRT_2};

use super::complex::Complex;
use super::mode::Mode;
use super::profile::{CARRIERS, DATA_SYMBOLS, FIRST_CARRIER, PILOTS, TRAINING_CARRIERS};
use super::pseudo_random::PseudoRandom;

/// The seed of each mode's word: of 60 seeds the one whose symbol has the lowest peak.
const WORD_SEEDS: [u32; 12] = [47, 109, 138, 220, 262, 324, 378, 472, 517, 581, 656, 669];

/// The seed of the pilots.
const PILOT_SEED: u32 = 0x5243_4149;

/// How much stronger a training symbol's carriers are than others: there are half as many.
pub const TRAINING_AMPLITUDE: f32 = SQRT_2;

/// The word of a mode: a point of magnitude 1 for each even carrier, the lowest first.
#[must_use]
pub fn word(mode: Mode) -> Vec<Complex> {
    word_of(WORD_SEEDS.get(mode.number()).copied().unwrap_or(1))
}

fn word_of(seed: u32) -> Vec<Complex> {
    let mut random = PseudoRandom::new(seed);
    (0..TRAINING_CARRIERS).map(|_| corner(random.draw() >> 30)).collect()
}

/// The carriers of a training symbol, counted from [`FIRST_CARRIER`], the lowest first.
pub fn training_carriers() -> impl Iterator<Item = usize> {
    (FIRST_CARRIER % 2..CARRIERS).step_by(2)
}

/// The pilots of data symbol `symbol`, 0 to 14, the lowest carrier first.
#[must_use]
pub fn pilots(symbol: usize) -> Vec<Complex> {
    let mut random = PseudoRandom::new(PILOT_SEED);
    let before = symbol.min(DATA_SYMBOLS) * PILOTS;
    (0..before).for_each(|_| {
        random.draw();
    });
    (0..PILOTS).map(|_| corner(random.draw() >> 30)).collect()
}

/// One of the four points (±1 ±i) / √2.
fn corner(two_bits: u32) -> Complex {
    let side = |bit: u32| if two_bits & bit == 0 { FRAC_1_SQRT_2 } else { -FRAC_1_SQRT_2 };
    Complex::new(side(2), side(1))
}

#[cfg(test)]
mod tests {
    use super::{TRAINING_CARRIERS, WORD_SEEDS, training_carriers, word, word_of};
    use crate::sound::complex::Complex;
    use crate::sound::fft::Fft;
    use crate::sound::mode::Mode;
    use crate::sound::profile::{FIRST_CARRIER, SIZE};

    /// Peak over root mean square of a training symbol.
    fn crest(word: &[Complex]) -> f32 {
        let mut spectrum = vec![Complex::ZERO; SIZE];
        for (carrier, point) in training_carriers().zip(word) {
            spectrum[FIRST_CARRIER + carrier] = *point;
        }
        let samples = Fft::new().inverse(&spectrum);
        let power = samples.iter().map(|sample| sample.re * sample.re).sum::<f32>() / SIZE as f32;
        samples.iter().map(|sample| sample.re.abs()).fold(0.0, f32::max) / power.sqrt()
    }

    #[test]
    fn each_word_is_the_flattest_of_its_60_and_unlike_the_others() {
        let best = |number: u32| {
            let seeds = number * 60 + 1..=number * 60 + 60;
            seeds.min_by(|a, b| crest(&word_of(*a)).total_cmp(&crest(&word_of(*b)))).unwrap()
        };
        let seeds: Vec<u32> = (0..12).map(best).collect();
        assert_eq!(WORD_SEEDS.to_vec(), seeds);
        for (number, mode) in Mode::ALL.into_iter().enumerate() {
            assert!(crest(&word(mode)) < 3.2, "{mode}: {}", crest(&word(mode)));
            for other in Mode::ALL.into_iter().skip(number + 1) {
                let sum = word(mode).iter().zip(word(other)).fold(Complex::ZERO, |sum, (a, b)| sum + *a * b.conj());
                assert!(sum.power().sqrt() < 0.25 * TRAINING_CARRIERS as f32, "{mode} {other}");
            }
        }
    }
}

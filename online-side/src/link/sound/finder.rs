//! The closer look: whether a training word is here, which one, and where exactly.

use rootcast_protocol::sound::complex::Complex;
use rootcast_protocol::sound::fft::Fft;
use rootcast_protocol::sound::mode::Mode;
use rootcast_protocol::sound::profile::{FIRST_CARRIER, SIZE, TRAINING_CARRIERS};
use rootcast_protocol::sound::training::{training_carriers, word};

use super::samples::Samples;

/// Samples that the look begins before the place in question.
const BEFORE: i64 = 32;

/// Looks after the first one, at most; and samples by which the last one may differ from the one before.
const REFINED_MAX: usize = 2;
const STEADY: u64 = 4;

/// The share of the power that must be this word at one delay. Noise reaches 0.05.
const THRESHOLD: f32 = 0.25;

/// Delays above this are negative ones: the symbol's halves are the same.
const DELAY_MAX: usize = 300;

/// Knows the training words.
#[derive(Debug)]
pub(crate) struct Finder {
    words: Vec<Vec<Complex>>,
}

/// A training symbol that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Found {
    /// The number of its body's first sample.
    pub(crate) start: i64,
    /// What its word says.
    pub(crate) mode: Mode,
    /// The share of the power that is this word.
    pub(crate) share: f32,
}

impl Finder {
    pub(crate) fn new() -> Self {
        Self { words: Mode::ALL.into_iter().map(word).collect() }
    }

    /// Looks at where a body may begin, some hundred samples to either side; and once more where it was found, because a
    /// window that holds a part of it tells the place only by half a body.
    pub(crate) fn look(&self, fft: &Fft, samples: &Samples, around: i64) -> Option<Found> {
        let mut best = self.glance(fft, samples, around)?;
        for _ in 0..REFINED_MAX {
            let before = best.start;
            match self.glance(fft, samples, before) {
                Some(found) if found.share > best.share => best = found,
                _ => break,
            }
            if best.start.abs_diff(before) <= STEADY {
                break;
            }
        }
        Some(best)
    }

    fn glance(&self, fft: &Fft, samples: &Samples, around: i64) -> Option<Found> {
        let begin = around - BEFORE;
        let heard: Vec<Complex> = training_spectrum(fft, samples.from(begin, SIZE))?;
        let power: f32 = heard.iter().map(|point| point.power()).sum();
        #[expect(clippy::cast_precision_loss, reason = "186")]
        let whole = power * TRAINING_CARRIERS as f32;
        if whole.is_nan() || whole <= 0.0 {
            return None;
        }
        let mut best: Option<(f32, usize, Mode)> = None;
        for (mode, word) in Mode::ALL.into_iter().zip(&self.words) {
            let mut spectrum = vec![Complex::ZERO; SIZE];
            for ((carrier, heard), known) in training_carriers().zip(&heard).zip(word) {
                if let Some(place) = spectrum.get_mut(FIRST_CARRIER + carrier) {
                    *place = *heard * known.conj();
                }
            }
            let delays = fft.inverse(&spectrum);
            for (delay, value) in delays.iter().take(SIZE / 2).enumerate() {
                let share = value.power() / whole;
                if best.is_none_or(|(most, ..)| share > most) {
                    best = Some((share, delay, mode));
                }
            }
        }
        let (share, delay, mode) = best.filter(|(share, ..)| *share > THRESHOLD)?;
        let delay = i64::try_from(delay).unwrap_or(0) - if delay > DELAY_MAX { 512 } else { 0 };
        Some(Found { start: begin + delay, mode, share })
    }

    /// The word of a mode.
    pub(crate) fn word(&self, mode: Mode) -> &[Complex] {
        self.words.get(mode.number()).map_or(&[], Vec::as_slice)
    }
}

/// The training carriers of these samples, if they are all there.
pub(crate) fn training_spectrum(fft: &Fft, samples: &[f32]) -> Option<Vec<Complex>> {
    if samples.len() != SIZE {
        return None;
    }
    let values: Vec<Complex> = samples.iter().map(|sample| Complex::new(*sample, 0.0)).collect();
    let spectrum = fft.forward(&values);
    let carrier = |carrier: usize| spectrum.get(FIRST_CARRIER + carrier).copied().unwrap_or_default();
    Some(training_carriers().map(carrier).collect())
}

//! Samples between samples: a windowed sinc, read at any place and any rate near the one it was made for.

use std::f64::consts::PI;

use super::samples::Samples;

/// Places between two samples for which taps are kept; between those it is interpolated.
const PHASES: u16 = 256;

/// The shape of the Kaiser window: what it lets pass beside the band is below -80 dB.
const KAISER_BETA: f64 = 8.0;

/// The taps.
#[derive(Debug, Clone)]
pub(crate) struct Resampler {
    /// Samples that are looked at on either side.
    half: usize,
    /// `PHASES + 1` rows of `2 * half` taps.
    rows: Vec<Vec<f32>>,
}

impl Resampler {
    /// Taps for reading `step` samples at a time: 1 keeps the rate, 2 halves it.
    pub(crate) fn new(step: f64) -> Self {
        let cutoff = 1.0_f64.min(1.0 / step);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "32 to some hundred")]
        let half = (32.0 / cutoff).ceil() as usize;
        #[expect(clippy::cast_precision_loss, reason = "some hundred")]
        let width = half as f64;
        let row = |phase: u16| {
            let behind = f64::from(phase) / f64::from(PHASES);
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "some hundred taps")]
            let taps = (0..2 * half).map(|tap| {
                let x = tap as f64 - (width - 1.0) - behind;
                (cutoff * sinc(x * cutoff) * kaiser(x / width)) as f32
            });
            taps.collect()
        };
        Self { half, rows: (0..=PHASES).map(row).collect() }
    }

    /// The sample at `at`, counted as [`Samples`] counts. What was not heard is zero.
    pub(crate) fn read(&self, samples: &Samples, at: f64) -> f32 {
        let whole = at.floor();
        let place = (at - whole) * f64::from(PHASES);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 255")]
        let row = place.floor() as usize;
        #[expect(clippy::cast_possible_truncation, reason = "from 0 to 1")]
        let share = (place - place.floor()) as f32;
        #[expect(clippy::cast_possible_truncation, reason = "places of samples fit")]
        let first = whole as i64 - i64::try_from(self.half).unwrap_or(0) + 1;
        let heard = samples.from(first, 2 * self.half);
        let (Some(one), Some(next)) = (self.rows.get(row), self.rows.get(row + 1)) else { return 0.0 };
        let (mut sum, mut beside) = (0.0, 0.0);
        for ((sample, tap), other) in heard.iter().zip(one).zip(next) {
            sum += sample * tap;
            beside += sample * other;
        }
        sum + (beside - sum) * share
    }

    /// How many samples behind a place it needs.
    pub(crate) const fn reach(&self) -> usize {
        self.half
    }
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-9 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// The Kaiser window from -1 to 1.
fn kaiser(x: f64) -> f64 {
    if x.abs() >= 1.0 {
        return 0.0;
    }
    bessel(KAISER_BETA * (1.0 - x * x).sqrt()) / bessel(KAISER_BETA)
}

/// The modified Bessel function of the first kind and order zero.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term, mut k) = (1.0, 1.0, 1.0);
    while term > sum * 1e-12 {
        term *= (x / (2.0 * k)).powi(2);
        sum += term;
        k += 1.0;
    }
    sum
}

//! What was heard: levels, counts, clock.

use rootcast_protocol::sound::mode::Mode;

use super::superframe::Reading;

/// A sample this large is at full scale.
const FULL_SCALE: f32 = 0.9995;

/// What was heard so far.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Samples heard.
    pub samples: u64,
    /// Closer looks.
    pub looks: u64,
    /// Superframes read.
    pub superframes: u64,
    /// Superframes that another training symbol broke off.
    pub broken_off: u64,
    /// Codewords that were read, by mode.
    pub good: [u64; Mode::ALL.len()],
    /// Codewords that could not be read.
    pub bad: [u64; Mode::ALL.len()],
    /// Symbols that were not there or said nothing.
    pub symbols_lost: u64,
    /// Rounds of all decoders.
    pub rounds: u64,
    /// The mode of the last superframe.
    pub mode: Option<Mode>,
    /// Power of the signal over that of the noise in the last superframe.
    pub snr: Option<f32>,
    /// Power of the last superframe of which a codeword was read, of full scale 1, and its share of samples at full scale.
    pub signal: Option<(f32, f32)>,
    /// Samples of ours for one of the sender's, where it was measured.
    pub clock: Option<f64>,
    /// Power of the last second, smoothed; of full scale 1.
    pub power: f32,
    /// Share of samples at full scale in the last second, smoothed.
    pub clipped: f32,
}

impl Report {
    pub(super) fn hear(&mut self, samples: &[f32]) {
        #[expect(clippy::cast_precision_loss, reason = "at most 512")]
        let count = samples.len() as f32;
        self.samples += u64::try_from(samples.len()).unwrap_or(0);
        let share = (count / 48_000.0).min(1.0);
        let (power, clipped) = power_and_clipped(samples);
        self.power += (power - self.power) * share;
        self.clipped += (clipped - self.clipped) * share;
    }

    /// Notes what was read of a superframe of these samples.
    pub(super) fn read(&mut self, mode: Mode, reading: &Reading, samples: &[f32]) {
        if reading.good > 0 && !samples.is_empty() {
            self.signal = Some(power_and_clipped(samples));
        }
        self.superframes += 1;
        self.mode = Some(mode);
        self.snr = reading.snr.or(self.snr);
        self.symbols_lost += u64::from(reading.symbols_lost);
        self.rounds += u64::from(reading.rounds);
        if let Some(good) = self.good.get_mut(mode.number()) {
            *good += u64::from(reading.good);
        }
        if let Some(bad) = self.bad.get_mut(mode.number()) {
            *bad += u64::from(reading.bad);
        }
    }
}

/// The power of samples, of full scale 1, and the share of those at full scale.
fn power_and_clipped(samples: &[f32]) -> (f32, f32) {
    #[expect(clippy::cast_precision_loss, reason = "at most 17,408")]
    let number = |count: usize| count as f32;
    let count = number(samples.len()).max(1.0);
    let power = samples.iter().map(|sample| sample * sample).sum::<f32>() / count;
    (power, number(samples.iter().filter(|sample| sample.abs() >= FULL_SCALE).count()) / count)
}

//! Samples at another nominal rate, at 48,000 a second.

use rootcast_protocol::sound::profile::SAMPLE_RATE;

use super::resampler::Resampler;
use super::samples::Samples;

/// Converts one channel.
#[derive(Debug)]
pub(super) struct Converter {
    /// Nothing where the rate is right already.
    resampler: Option<(Resampler, f64)>,
    samples: Samples,
    /// The place of the next sample.
    next: f64,
}

impl Converter {
    pub(super) fn new(rate: u32) -> Self {
        let step = f64::from(rate) / f64::from(SAMPLE_RATE);
        let resampler = (rate != SAMPLE_RATE).then(|| (Resampler::new(step), step));
        Self { resampler, samples: Samples::default(), next: 0.0 }
    }

    pub(super) fn convert(&mut self, samples: Vec<f32>) -> Vec<f32> {
        let Some((resampler, step)) = &self.resampler else { return samples };
        let bounded: Vec<f32> =
            samples.iter().map(|sample| if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 }).collect();
        self.samples.push(&bounded);
        let mut converted = Vec::new();
        #[expect(clippy::cast_precision_loss, reason = "samples of some hours")]
        let end = self.samples.end() as f64 - resampler.reach() as f64 - 1.0;
        while self.next < end {
            converted.push(resampler.read(&self.samples, self.next));
            self.next += step;
        }
        #[expect(clippy::cast_possible_truncation, reason = "samples of some hours")]
        let behind = self.next as i64 - i64::try_from(resampler.reach()).unwrap_or(0) - 1;
        self.samples.forget_before(behind);
        converted
    }
}

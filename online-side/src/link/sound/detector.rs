//! The detector: where a symbol may be whose two halves are the same (Schmidl and Cox, 1997).
//!
//! It knows no training word and is wrong often: whatever repeats itself 94 times a second looks like one. So it asks for
//! a closer look at most once in [`LOOK_EVERY`] samples, whatever is heard.

use std::collections::VecDeque;

use rootcast_protocol::sound::profile::{PREFIX, SIZE};

const HALF: usize = SIZE / 2;

/// Samples between two closer looks, at least: 11 ms.
pub(crate) const LOOK_EVERY: i64 = 512;

/// The share of power that must repeat itself, smoothed over a prefix.
const THRESHOLD: f64 = 0.45;

/// Samples without a larger share after which the largest one was the place.
const SETTLED_AFTER: i64 = 96;

/// Power below this is silence: -80 dBFS.
const SILENCE: f64 = 1e-8 * HALF as f64;

/// What a blocker of direct current keeps of the past: everything above 100 Hz passes.
const BLOCKER: f32 = 0.985;

/// The detector. It is given every sample once.
#[derive(Debug, Clone)]
pub(crate) struct Detector {
    /// The number of the next sample.
    number: i64,
    /// The last samples, without direct current, the oldest first.
    past: VecDeque<f32>,
    input: f32,
    output: f32,
    /// Sums over the last half, and over the half before it.
    repeated: f64,
    late_power: f64,
    early_power: f64,
    /// The last shares, and their sum.
    shares: VecDeque<f64>,
    share_sum: f64,
    /// The largest share since the threshold was crossed, and where; where it was crossed.
    best: Option<(f64, i64, i64)>,
    next_look: i64,
}

impl Detector {
    /// One that begins with sample `number`.
    pub(crate) fn new(number: i64) -> Self {
        Self {
            number,
            past: std::iter::repeat_n(0.0, SIZE).collect(),
            input: 0.0,
            output: 0.0,
            repeated: 0.0,
            late_power: 0.0,
            early_power: 0.0,
            shares: std::iter::repeat_n(0.0, PREFIX).collect(),
            share_sum: 0.0,
            best: None,
            next_look: number,
        }
    }

    /// Takes one sample, finite and bounded. Where a body may begin, if this sample is what shows it.
    pub(crate) fn take(&mut self, sample: f32) -> Option<i64> {
        let filtered = sample - self.input + BLOCKER * self.output;
        (self.input, self.output) = (sample, filtered);
        let before = self.past.get(HALF).copied().unwrap_or_default();
        let oldest = self.past.pop_front().unwrap_or_default();
        self.past.push_back(filtered);
        let [new, middle, old] = [filtered, before, oldest].map(f64::from);
        self.repeated += new * middle - middle * old;
        self.late_power += new * new - middle * middle;
        self.early_power += middle * middle - old * old;
        let share = if self.repeated > 0.0 && self.late_power > SILENCE && self.early_power > SILENCE {
            (self.repeated * self.repeated / (self.late_power * self.early_power)).min(1.0)
        } else {
            0.0
        };
        self.share_sum += share - self.shares.pop_front().unwrap_or_default();
        self.shares.push_back(share);
        let number = self.number;
        self.number += 1;
        #[expect(clippy::cast_precision_loss, reason = "64")]
        let smoothed = self.share_sum / PREFIX as f64;
        if number >= self.next_look && smoothed > THRESHOLD && self.best.is_none_or(|(best, ..)| smoothed > best) {
            let crossed = self.best.map_or(number, |(.., crossed)| crossed);
            self.best = Some((smoothed, number, crossed));
        }
        let (_, at, crossed) = self.best?;
        if number - at < SETTLED_AFTER && number - crossed < LOOK_EVERY {
            return None;
        }
        self.best = None;
        self.next_look = number + LOOK_EVERY;
        Some(at + 1 - i64::try_from(SIZE).unwrap_or(0))
    }
}

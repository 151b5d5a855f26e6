//! The demodulator: samples in, bytes out. It reads nothing and writes nothing.
//!
//! Whatever the samples are, its work for each of them is bounded: at most one closer look in 11 ms, at most one superframe
//! read in half a superframe's time. It holds less than two seconds.

use rootcast_protocol::sound::profile::{DATA_SYMBOLS, SIZE, SUPERFRAME, SYMBOL};

use super::detector::Detector;
use super::finder::Found;
use super::report::Report;
use super::samples::Samples;
use super::superframe::Reader;

/// Samples that may be lost or inserted within a superframe: 31 ms.
const SHIFT_MAX: i64 = 1_500;

/// Samples by which a training symbol may be off where nothing but the clock differs: 1,500 ppm of a superframe, more
/// than clocks of devices ever are. How far is too far for people, `advice` says.
const CLOCK_FAR: f64 = 26.0;

/// Samples by which a training symbol may be off from where the clock so far says.
const CLOCK_STEP: f64 = 3.0;

/// Distances that the clock is taken from.
const DISTANCES: usize = 9;

/// Samples between two training symbols of which the first one is read.
const APART_MIN: i64 = 8 * SYMBOL as i64;

/// Of two training symbols so near to each other the one that is clearer counts: samples were lost or inserted in it.
const SAME: i64 = 1_200;

/// Samples by which a training symbol may be off that is looked for where the clock says.
const AHEAD_MAX: u64 = 64;

/// Samples behind a place that a closer look takes.
const LOOK_REACH: i64 = SIZE as i64 + 64;

const WHOLE: i64 = SUPERFRAME as i64;

/// The demodulator of one channel.
#[derive(Debug)]
pub struct Demodulator {
    reader: Reader,
    samples: Samples,
    detector: Detector,
    /// Where the detector wants a closer look, and when it may have one.
    wanted: Vec<i64>,
    open: Option<Found>,
    /// Whether the place where the next training symbol should be was looked at.
    is_looked_ahead: bool,
    /// Distances between training symbols, as a share of what they are by the sender's clock.
    ratios: Vec<f64>,
    report: Report,
    bytes: Vec<u8>,
}

impl Default for Demodulator {
    fn default() -> Self {
        Self::new()
    }
}

impl Demodulator {
    /// One that has heard nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            reader: Reader::new(),
            samples: Samples::default(),
            detector: Detector::new(0),
            wanted: Vec::new(),
            open: None,
            is_looked_ahead: false,
            ratios: Vec::new(),
            report: Report::default(),
            bytes: Vec::new(),
        }
    }

    /// Takes more samples, of full scale 1. What is no number counts as silence.
    pub fn push(&mut self, samples: &[f32]) {
        for piece in samples.chunks(512) {
            let piece: Vec<f32> =
                piece.iter().map(|sample| if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 }).collect();
            self.report.hear(&piece);
            self.samples.push(&piece);
            for sample in piece {
                if let Some(place) = self.detector.take(sample) {
                    self.wanted.push(place);
                }
            }
            self.go_on();
        }
    }

    /// Nothing more comes.
    pub fn finish(&mut self) {
        self.push(&[0.0; 2 * SYMBOL + SUPERFRAME + 4 * SIZE]);
    }

    /// The bytes since the last time, zeros where a codeword was lost.
    pub fn take_bytes(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// What was heard so far.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// Whether a superframe is under way.
    pub(crate) const fn is_locked(&self) -> bool {
        self.open.is_some()
    }

    fn go_on(&mut self) {
        let end = self.samples.end();
        let mut wanted = std::mem::take(&mut self.wanted);
        wanted.retain(|place| {
            let is_heard = place + LOOK_REACH <= end;
            if is_heard {
                self.look(*place);
            }
            !is_heard
        });
        self.wanted.append(&mut wanted);
        let Some(open) = self.open else {
            return self.samples.forget_before(end - 4 * LOOK_REACH);
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "17,408, a little changed")]
        let expected = open.start + (WHOLE as f64 * self.ratio()).round() as i64;
        if !self.is_looked_ahead && end >= expected + LOOK_REACH {
            self.is_looked_ahead = true;
            if let Some(found) = self.glance(expected)
                && found.start.abs_diff(expected) <= AHEAD_MAX
            {
                self.take(found);
            }
        }
        if self.open == Some(open) && end >= expected + SHIFT_MAX + LOOK_REACH + 512 {
            self.open = None;
            self.read(&open, None);
        }
        self.samples.forget_before(self.open.map_or(end, |open| open.start) - 2_000);
    }

    fn look(&mut self, place: i64) {
        if let Some(found) = self.glance(place) {
            self.take(found);
        }
    }

    fn glance(&mut self, place: i64) -> Option<Found> {
        self.report.looks += 1;
        self.reader.finder.look(&self.reader.fft, &self.samples, place)
    }

    /// What a training symbol is the beginning of, and the end.
    fn take(&mut self, found: Found) {
        match self.open {
            Some(open) if found.start - open.start < SAME => {
                if found.share > open.share {
                    self.open = Some(found);
                }
            }
            Some(open) if found.start - open.start < APART_MIN => {
                self.report.broken_off += 1;
                self.begin(found);
            }
            Some(open) => {
                self.read(&open, Some(&found));
                self.begin(found);
            }
            None => self.begin(found),
        }
    }

    fn begin(&mut self, found: Found) {
        (self.open, self.is_looked_ahead) = (Some(found), false);
    }

    /// Samples of ours for one of the sender's.
    fn ratio(&self) -> f64 {
        let mut sorted = self.ratios.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(1.0)
    }

    fn read(&mut self, open: &Found, next: Option<&Found>) {
        #[expect(clippy::cast_precision_loss, reason = "17,408")]
        let whole = WHOLE as f64;
        let next = next.filter(|next| (next.start - open.start - WHOLE).abs() <= SHIFT_MAX);
        let distance = next.and_then(|next| self.reader.distance(&self.samples, open, next));
        let ratio = self.ratio();
        let known = !self.ratios.is_empty();
        let follows = distance.is_some_and(|distance| {
            let off = (distance - whole * ratio).abs();
            off <= if known { CLOCK_STEP } else { CLOCK_FAR }
        });
        let own = distance.filter(|_| follows).map(|distance| distance / whole);
        if let Some(distance) = distance.filter(|distance| (distance - whole).abs() <= CLOCK_FAR) {
            if self.ratios.len() >= DISTANCES {
                self.ratios.remove(0);
            }
            self.ratios.push(distance / whole);
        }
        self.report.clock = (!self.ratios.is_empty()).then(|| self.ratio());
        let used = own.unwrap_or(ratio);
        let reading = self.reader.read(&self.samples, open, open.mode, next, follows, used);
        // The training symbol behind the last superframe has nothing behind it.
        if usize::try_from(reading.symbols_absent).is_ok_and(|absent| absent == DATA_SYMBOLS) {
            return;
        }
        self.report.read(open.mode, &reading, self.samples.from(open.start, SUPERFRAME));
        self.bytes.extend_from_slice(&reading.bytes);
    }
}

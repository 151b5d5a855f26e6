//! One superframe: from the samples between two training symbols to its codewords.
//!
//! Samples may have been lost or inserted in between. So each symbol is read as lying so far behind the training symbol
//! before it, and so far before the one behind it; its pilots decide.

use std::collections::BTreeMap;
use std::f64::consts::TAU;

use rootcast_protocol::sound::complex::Complex;
use rootcast_protocol::sound::fft::Fft;
use rootcast_protocol::sound::mode::Mode;
use rootcast_protocol::sound::placement::Placement;
use rootcast_protocol::sound::profile::{
    CARRIERS, DATA_SYMBOLS, FIRST_CARRIER, PILOT_EVERY, SIZE, SUPERFRAME, SYMBOL, is_pilot,
};
use rootcast_protocol::sound::training::{TRAINING_AMPLITUDE, pilots, training_carriers};

use super::demapper::Demapper;
use super::estimate::channel;
use super::finder::{Finder, Found, training_spectrum};
use super::ldpc::Decoder;
use super::resampler::Resampler;
use super::samples::Samples;

/// Samples that a window begins before the body, inside its prefix.
pub(crate) const EARLY: i64 = 20;

/// Carriers to either side over which the noise of a carrier is smoothed.
const SMOOTHED: usize = 4;

/// A symbol whose pilots are further off than this, as a share of its power, says nothing.
const ERASED: f32 = 0.8;

/// A symbol with less than this share of the training symbol's power is not there.
const ABSENT: f32 = 0.01;

/// What a superframe was read as.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reading {
    /// Its bytes; those of a codeword that could not be read are zero.
    pub(crate) bytes: Vec<u8>,
    /// Codewords read, and not.
    pub(crate) good: u32,
    pub(crate) bad: u32,
    /// Symbols that were not there or said nothing; and those of them that were not there.
    pub(crate) symbols_lost: u32,
    pub(crate) symbols_absent: u32,
    /// Mean power of the signal over that of the noise.
    pub(crate) snr: Option<f32>,
    /// Rounds of all decoders.
    pub(crate) rounds: u32,
}

/// Everything that reading takes.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) fft: Fft,
    pub(crate) finder: Finder,
    resampler: Resampler,
    pilots: Vec<Vec<Complex>>,
    /// What each mode takes, made when it is first heard.
    modes: BTreeMap<Mode, (Demapper, Placement)>,
    decoders: Vec<Decoder>,
}

/// A symbol as it was read.
struct Symbol {
    /// Each carrier's point.
    points: Vec<Complex>,
    /// Each carrier's power, as it was heard.
    powers: Vec<f32>,
    /// The mean error of the pilots, and their mean power.
    error: f32,
    power: f32,
}

impl Symbol {
    fn off(&self) -> f32 {
        if self.power > 0.0 { self.error / self.power } else { f32::INFINITY }
    }
}

impl Reader {
    pub(crate) fn new() -> Self {
        Self {
            fft: Fft::new(),
            finder: Finder::new(),
            resampler: Resampler::new(1.0),
            pilots: (0..DATA_SYMBOLS).map(pilots).collect(),
            modes: BTreeMap::new(),
            decoders: Vec::new(),
        }
    }

    /// How far `second` is behind `first`, in samples; to a fraction of one.
    pub(crate) fn distance(&self, samples: &Samples, first: &Found, second: &Found) -> Option<f64> {
        let paths = |found: &Found| {
            self.paths(training_spectrum(&self.fft, samples.from(found.start - EARLY, SIZE))?, found.mode)
        };
        let (one, other) = (paths(first)?, paths(second)?);
        let turned: Vec<Complex> = one.iter().zip(&other).map(|(a, b)| *b * a.conj()).collect();
        let agreement = |delay: f64| {
            let mut sum = Complex::ZERO;
            for (carrier, value) in training_carriers().zip(&turned) {
                sum += *value * Complex::from_angle(turn(FIRST_CARRIER + carrier, delay));
            }
            sum.power()
        };
        let at = |step: i32| f64::from(step) / 8.0;
        let best = (-24..=24).max_by(|a, b| agreement(at(*a)).total_cmp(&agreement(at(*b))))?;
        let [before, here, after] = [best - 1, best, best + 1].map(|step| f64::from(agreement(at(step))));
        let bend = before - 2.0 * here + after;
        let between = if bend < 0.0 { 0.5 * (before - after) / bend } else { 0.0 };
        #[expect(clippy::cast_precision_loss, reason = "some thousand samples")]
        let whole = (second.start - first.start) as f64;
        Some(whole + at(best) + between.clamp(-1.0, 1.0) / 8.0)
    }

    /// The superframe that begins with `first`. `second` is the training symbol behind it, where one was found, and
    /// `follows` whether it is where the clock says. The sender's samples are `ratio` of ours apart.
    pub(crate) fn read(
        &mut self,
        samples: &Samples,
        first: &Found,
        mode: Mode,
        second: Option<&Found>,
        follows: bool,
        ratio: f64,
    ) -> Reading {
        #[expect(clippy::cast_precision_loss, reason = "samples of some hours")]
        let start = first.start as f64;
        let whole = SUPERFRAME_LENGTH * ratio;
        let Some(before) = self.channel(samples, start, ratio, first.mode) else {
            return Reading { bytes: vec![0; mode.bytes()], bad: count(mode.codewords()), ..Reading::default() };
        };
        #[expect(clippy::cast_precision_loss, reason = "samples of some hours")]
        let behind = second.and_then(|second| {
            let start = if follows { start + whole } else { second.start as f64 };
            Some((start, self.channel(samples, start, ratio, second.mode)?))
        });
        let symbols: Vec<Symbol> = (1..=DATA_SYMBOLS)
            .map(|number| {
                #[expect(clippy::cast_precision_loss, reason = "small")]
                let (offset, share) = ((number * SYMBOL) as f64 * ratio, number as f32 / (DATA_SYMBOLS + 1) as f32);
                let forward = match &behind {
                    Some((_, after)) if follows => {
                        let between: Vec<Complex> =
                            before.iter().zip(after).map(|(a, b)| a.scaled(1.0 - share) + b.scaled(share)).collect();
                        return self.symbol(samples, start + offset, ratio, &between, number);
                    }
                    _ => self.symbol(samples, start + offset, ratio, &before, number),
                };
                let backward = behind
                    .as_ref()
                    .map(|(end, after)| self.symbol(samples, end - whole + offset, ratio, after, number));
                match backward {
                    Some(backward) if backward.off() < forward.off() => backward,
                    _ => forward,
                }
            })
            .collect();
        self.codewords(mode, &symbols, &before)
    }

    /// Codewords from symbols.
    fn codewords(&mut self, mode: Mode, symbols: &[Symbol], channel: &[Complex]) -> Reading {
        let (demapper, placement) =
            self.modes.entry(mode).or_insert_with(|| (Demapper::new(mode), Placement::new(mode)));
        #[expect(clippy::cast_precision_loss, reason = "372")]
        let loud = channel.iter().map(|value| value.power()).sum::<f32>() / channel.len().max(1) as f32;
        let errors: Vec<Vec<f32>> = symbols.iter().map(|symbol| errors(symbol, demapper)).collect();
        let noises: Vec<f32> =
            symbols.iter().zip(&errors).map(|(symbol, errors)| 0.5 * (mean(errors) + symbol.error)).collect();
        let shape = shape(&errors, &noises);
        let mut likely = Vec::with_capacity(mode.slots());
        let (mut lost, mut absent, mut signal, mut noise) = (0, 0, 0.0, 0.0);
        for (symbol, level) in symbols.iter().zip(&noises) {
            let is_absent = symbol.power < ABSENT * loud;
            if is_absent || symbol.off() > ERASED {
                lost += 1;
                absent += u32::from(is_absent);
                likely.extend(std::iter::repeat_n(
                    0.0,
                    (CARRIERS - self.pilots.first().map_or(0, Vec::len)) * 2 * mode.axis_bits(),
                ));
                continue;
            }
            signal += symbol.power;
            noise += symbol.error;
            for (carrier, ((point, power), shape)) in symbol.points.iter().zip(&symbol.powers).zip(&shape).enumerate() {
                if !is_pilot(carrier) {
                    let weight = power / (level * shape).max(f32::MIN_POSITIVE);
                    demapper.bits(point.re, weight, &mut likely);
                    demapper.bits(point.im, weight, &mut likely);
                }
            }
        }
        for (sure, is_scrambled) in likely.iter_mut().zip(placement.scrambler()) {
            if *is_scrambled {
                *sure = -*sure;
            }
        }
        let at = self.decoders.iter().position(|decoder| decoder.code() == mode.code()).unwrap_or_else(|| {
            self.decoders.push(Decoder::new(mode.code()));
            self.decoders.len() - 1
        });
        let mut reading = Reading { symbols_lost: lost, symbols_absent: absent, ..Reading::default() };
        reading.snr = (noise > 0.0 && signal > 0.0).then(|| signal / noise);
        let Some(decoder) = self.decoders.get(at) else { return reading };
        for slots in likely.chunks_exact(mode.code().n()) {
            let codeword: Vec<f32> =
                placement.permutation().iter().map(|slot| slots.get(*slot).copied().unwrap_or_default()).collect();
            match decoder.decode(&codeword) {
                Some(decoded) => {
                    reading.good += 1;
                    reading.rounds += count(decoded.rounds);
                    reading.bytes.extend_from_slice(&decoded.bytes);
                }
                None => {
                    reading.bad += 1;
                    reading.bytes.extend(std::iter::repeat_n(0, mode.codeword_bytes()));
                }
            }
        }
        reading
    }

    /// The channel, from the training symbol whose body begins at `start`.
    fn channel(&self, samples: &Samples, start: f64, ratio: f64, mode: Mode) -> Option<Vec<Complex>> {
        let window = self.window(samples, start, ratio)?;
        let heard = training_spectrum(&self.fft, &window)?;
        Some(channel(&self.fft, &self.paths(heard, mode)?))
    }

    /// Training carriers divided by what was sent.
    fn paths(&self, heard: Vec<Complex>, mode: Mode) -> Option<Vec<Complex>> {
        let known = self.finder.word(mode);
        (known.len() == heard.len()).then(|| {
            heard
                .iter()
                .zip(known)
                .map(|(heard, known)| (*heard * known.conj()).scaled(1.0 / TRAINING_AMPLITUDE))
                .collect()
        })
    }

    /// The samples of a window, by the sender's clock.
    fn window(&self, samples: &Samples, start: f64, ratio: f64) -> Option<Vec<f32>> {
        #[expect(clippy::cast_precision_loss, reason = "below 1,024")]
        let at = |number: usize| start + (number as f64 - EARLY as f64) * ratio;
        if at(0) < 0.0 {
            return None;
        }
        Some((0..SIZE).map(|number| self.resampler.read(samples, at(number))).collect())
    }

    /// Data symbol `number`, from 1 on, whose body begins at `start`, through this channel.
    fn symbol(&self, samples: &Samples, start: f64, ratio: f64, channel: &[Complex], number: usize) -> Symbol {
        let window = self.window(samples, start, ratio).unwrap_or_default();
        let values: Vec<Complex> = window.iter().map(|sample| Complex::new(*sample, 0.0)).collect();
        let spectrum = self.fft.forward(&values);
        let heard = spectrum.get(FIRST_CARRIER..FIRST_CARRIER + CARRIERS).unwrap_or_default();
        let known = self.pilots.get(number - 1).map_or(&[][..], Vec::as_slice);
        let expected: Vec<(Complex, Complex)> = heard
            .iter()
            .zip(channel)
            .step_by(PILOT_EVERY)
            .zip(known)
            .map(|((heard, channel), known)| (*heard, *channel * *known))
            .collect();
        let (gain, slope) = turn_of(&expected);
        let rotation = |carrier: usize| gain * Complex::from_angle(slope * middle(carrier));
        #[expect(clippy::cast_precision_loss, reason = "16 pilots, three of whose freedoms are used up")]
        let (pilots, free) = (expected.len() as f32, (expected.len() as f32 - 1.5).max(1.0));
        let (mut error, mut power) = (0.0, 0.0);
        for (place, (heard, expected)) in expected.iter().enumerate() {
            let expected = *expected * rotation(place * PILOT_EVERY);
            error += (*heard - expected).power() / free;
            power += expected.power() / pilots;
        }
        let turned: Vec<Complex> =
            channel.iter().enumerate().map(|(carrier, channel)| *channel * rotation(carrier)).collect();
        Symbol {
            points: heard.iter().zip(&turned).map(|(heard, channel)| heard.divided_by(*channel)).collect(),
            powers: turned.iter().map(|channel| channel.power()).collect(),
            error,
            power,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "17,408")]
const SUPERFRAME_LENGTH: f64 = SUPERFRAME as f64;

/// The angle by which a delay, in samples, turns a carrier back.
#[expect(clippy::cast_precision_loss, reason = "below 1,024")]
fn turn(carrier: usize, delay: f64) -> f64 {
    TAU * carrier as f64 * delay / SIZE as f64
}

/// A carrier's place, counted from the middle of the band.
#[expect(clippy::cast_precision_loss, reason = "below 372")]
fn middle(carrier: usize) -> f64 {
    carrier as f64 - CARRIERS as f64 / 2.0
}

/// By how much pilots are turned and larger than expected, and how much more each carrier is turned than the one below it.
fn turn_of(pilots: &[(Complex, Complex)]) -> (Complex, f64) {
    let products: Vec<Complex> = pilots.iter().map(|(heard, expected)| *heard * expected.conj()).collect();
    let power: f32 = pilots.iter().map(|(_, expected)| expected.power()).sum();
    if power.is_nan() || power <= 0.0 {
        return (Complex::ZERO, 0.0);
    }
    let steps = products.iter().zip(products.iter().skip(1));
    let step = steps.fold(Complex::ZERO, |sum, (a, b)| sum + *b * a.conj());
    #[expect(clippy::cast_precision_loss, reason = "24")]
    let mut slope = f64::from(step.angle()) / PILOT_EVERY as f64;
    let gain_at = |slope: f64| {
        let turned = products.iter().enumerate();
        let sum = turned.fold(Complex::ZERO, |sum, (place, product)| {
            sum + *product * Complex::from_angle(-slope * middle(place * PILOT_EVERY))
        });
        sum.scaled(1.0 / power)
    };
    for _ in 0..3 {
        let gain = gain_at(slope);
        let (mut weights, mut mean, mut square, mut angles, mut moment) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (place, (product, (_, expected))) in products.iter().zip(pilots).enumerate() {
            let at = middle(place * PILOT_EVERY);
            let left = *product * Complex::from_angle(-slope * at) * gain.conj();
            let (weight, angle) = (f64::from(expected.power()), f64::from(left.angle()));
            weights += weight;
            mean += weight * at;
            square += weight * at * at;
            angles += weight * angle;
            moment += weight * at * angle;
        }
        let spread = square - mean * mean / weights;
        if spread > 0.0 {
            slope += (moment - mean * angles / weights) / spread;
        }
    }
    (gain_at(slope), slope)
}

/// How far each carrier's point is from the nearest one of the constellation, as power of what was heard.
fn errors(symbol: &Symbol, demapper: &Demapper) -> Vec<f32> {
    let carriers = symbol.points.iter().zip(&symbol.powers).enumerate();
    carriers
        .map(|(carrier, (point, power))| {
            if is_pilot(carrier) {
                symbol.error
            } else {
                (demapper.distance(point.re) + demapper.distance(point.im)) * power
            }
        })
        .collect()
}

/// How the noise is spread over the carriers, 1 in the mean.
fn shape(errors: &[Vec<f32>], noises: &[f32]) -> Vec<f32> {
    let mut sums = vec![0.0_f32; CARRIERS];
    for (errors, noise) in errors.iter().zip(noises) {
        for (sum, error) in sums.iter_mut().zip(errors) {
            *sum += error / noise.max(f32::MIN_POSITIVE);
        }
    }
    let around = |at: usize| {
        let range = at.saturating_sub(SMOOTHED)..(at + SMOOTHED + 1).min(CARRIERS);
        mean(sums.get(range).unwrap_or_default())
    };
    let smoothed: Vec<f32> = (0..CARRIERS).map(around).collect();
    let whole = mean(&smoothed).max(f32::MIN_POSITIVE);
    smoothed.iter().map(|value| (value / whole).max(0.05)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "some hundred")]
fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

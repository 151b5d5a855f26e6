//! A simulated audio cable between two sound devices: what happens to samples between a headphone socket and a line input.
//!
//! Filters of minimum phase, capacitors, mains hum, noise, another clock, gain, clipping, 16 bits, and samples that are
//! zeroed, lost or inserted. Everything follows from the seed.

use std::f64::consts::{PI, TAU};

/// Samples a second.
pub const SAMPLE_RATE: f64 = 48_000.0;

/// Random numbers of the channel: SplitMix64.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The numbers from this seed on.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub const fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to 1.
    pub fn share(&mut self) -> f64 {
        (self.draw() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Normally distributed, with variance 1 (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.share()).ln()).sqrt();
        radius * (TAU * self.share()).cos()
    }
}

/// How uneven the frequency response is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ripple {
    /// Not at all.
    None,
    /// ±0.5 dB.
    Mild,
    /// ±1.5 dB.
    Harsh,
}

/// What a dropout does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropoutKind {
    /// Samples become zero.
    Zeroed,
    /// Samples are missing; what follows comes too early.
    Lost,
    /// Samples are there twice; what follows comes too late.
    Inserted,
}

/// Dropouts of 5 to 15 ms.
#[derive(Debug, Clone, Copy)]
pub struct Dropouts {
    /// What they do.
    pub kind: DropoutKind,
    /// How many in a second, in the mean. Each second has the same number, at a random time.
    pub per_second: f64,
}

/// The channel.
#[derive(Debug, Clone)]
pub struct SoundChannel {
    /// Of noise, hum's phase and dropouts.
    pub seed: u64,
    /// How much faster the receiver's clock is, in millionths.
    pub ppm: f64,
    /// The frequency response.
    pub ripple: Ripple,
    /// Mains hum: 50 Hz and nine harmonics, in dBFS of the first.
    pub hum: Option<f64>,
    /// Noise below the signal, in dB: root mean square against root mean square, both over 0 to 24 kHz.
    pub snr: Option<f64>,
    /// Gain in dB, negative for a quiet one and for inverted polarity (see [`SoundChannel::is_inverted`]).
    pub gain: f64,
    /// Whether plus becomes minus.
    pub is_inverted: bool,
    /// Bits of a sample.
    pub bits: u32,
    /// Dropouts.
    pub dropouts: Option<Dropouts>,
}

impl SoundChannel {
    /// A plain cable between two cards: ±0.5 dB, 50 ppm, hum at -34 dBFS, noise so many dB below the signal.
    #[must_use]
    pub const fn mild(seed: u64, snr: f64) -> Self {
        Self {
            seed,
            ppm: 50.0,
            ripple: Ripple::Mild,
            hum: Some(-34.0),
            snr: Some(snr),
            gain: 0.0,
            is_inverted: false,
            bits: 16,
            dropouts: None,
        }
    }

    /// What arrives of `samples`, and how many dropouts there were.
    #[must_use]
    pub fn carry(&self, samples: &[i16]) -> (Vec<i16>, usize) {
        let mut dice = Dice::new(self.seed);
        let sent: Vec<f64> = samples.iter().map(|sample| f64::from(*sample) / 32_768.0).collect();
        let loud: Vec<f64> = sent.iter().copied().filter(|sample| *sample != 0.0).collect();
        let level = (loud.iter().map(|sample| sample * sample).sum::<f64>() / loud.len().max(1) as f64).sqrt();
        let mut heard = self.filtered(sent);
        if self.ppm != 0.0 {
            heard = resampled(&heard, 1.0 - self.ppm * 1e-6);
        }
        if let Some(snr) = self.snr {
            let noise = level * 10_f64.powf(-snr / 20.0);
            heard.iter_mut().for_each(|sample| *sample += noise * dice.normal());
        }
        if let Some(hum) = self.hum {
            let first = 10_f64.powf(hum / 20.0);
            let tones: Vec<(f64, f64, f64)> =
                (1..=10).map(|n| (50.0 * f64::from(n), first / f64::from(n).powf(1.2), TAU * dice.share())).collect();
            for (n, sample) in heard.iter_mut().enumerate() {
                let time = n as f64 / SAMPLE_RATE;
                *sample +=
                    tones.iter().map(|(hertz, size, phase)| size * (TAU * hertz * time + phase).sin()).sum::<f64>();
            }
        }
        let gain = 10_f64.powf(self.gain / 20.0) * if self.is_inverted { -1.0 } else { 1.0 };
        let step = 2_f64.powi(self.bits as i32 - 1);
        let heard: Vec<i16> = heard
            .iter()
            .map(|sample| ((sample * gain * step).round().clamp(-step, step - 1.0) / step * 32_768.0) as i16)
            .collect();
        self.with_dropouts(heard, &mut dice)
    }

    fn filtered(&self, mut samples: Vec<f64>) -> Vec<f64> {
        // The capacitors of output and input.
        for hertz in [4.0, 8.0] {
            let keep = (-TAU * hertz / SAMPLE_RATE).exp();
            let (mut input, mut output) = (0.0, 0.0);
            for sample in &mut samples {
                output = *sample - input + keep * output;
                input = *sample;
                *sample = output;
            }
        }
        let size = match self.ripple {
            Ripple::None => 0.0,
            Ripple::Mild => 0.5,
            Ripple::Harsh => 1.5,
        };
        if size > 0.0 {
            for (hertz, sign) in [
                (300.0, 1.0),
                (900.0, -1.0),
                (2_200.0, 1.0),
                (4_800.0, -1.0),
                (8_500.0, 1.0),
                (12_500.0, -1.0),
                (16_500.0, 1.0),
            ] {
                Biquad::peaking(hertz, 1.2, sign * size).run(&mut samples);
            }
        }
        // The filter of the converter: sixth order.
        for quality in [0.5176, std::f64::consts::FRAC_1_SQRT_2, 1.9319] {
            Biquad::low_pass(21_000.0, quality).run(&mut samples);
        }
        samples
    }

    fn with_dropouts(&self, samples: Vec<i16>, dice: &mut Dice) -> (Vec<i16>, usize) {
        match self.dropouts {
            Some(dropouts) => dropouts.hit(samples, dice),
            None => (samples, 0),
        }
    }
}

impl Dropouts {
    /// What they leave of `samples`, and how many there were.
    #[must_use]
    pub fn hit(&self, mut samples: Vec<i16>, dice: &mut Dice) -> (Vec<i16>, usize) {
        let every = SAMPLE_RATE / self.per_second;
        let count = (samples.len() as f64 / every) as usize;
        let mut places: Vec<(usize, usize)> = (0..count)
            .map(|n| {
                let at = (n as f64 + dice.share()) * every;
                (at as usize, ((0.005 + 0.010 * dice.share()) * SAMPLE_RATE) as usize)
            })
            .collect();
        // From behind, so that places stay true.
        places.reverse();
        for (at, length) in &places {
            let end = (at + length).min(samples.len());
            match self.kind {
                DropoutKind::Zeroed => samples[*at..end].fill(0),
                DropoutKind::Lost => {
                    samples.drain(*at..end);
                }
                DropoutKind::Inserted => {
                    let again = samples[*at..end].to_vec();
                    samples.splice(*at..*at, again);
                }
            }
        }
        (samples, places.len())
    }
}

/// A filter of second order (Bristow-Johnson's formulas).
struct Biquad {
    b: [f64; 3],
    a: [f64; 2],
}

impl Biquad {
    fn peaking(hertz: f64, quality: f64, decibels: f64) -> Self {
        let (turn, size) = (TAU * hertz / SAMPLE_RATE, 10_f64.powf(decibels / 40.0));
        let alpha = turn.sin() / (2.0 * quality);
        let whole = 1.0 + alpha / size;
        Self {
            b: [(1.0 + alpha * size) / whole, -2.0 * turn.cos() / whole, (1.0 - alpha * size) / whole],
            a: [-2.0 * turn.cos() / whole, (1.0 - alpha / size) / whole],
        }
    }

    fn low_pass(hertz: f64, quality: f64) -> Self {
        let turn = TAU * hertz / SAMPLE_RATE;
        let alpha = turn.sin() / (2.0 * quality);
        let whole = 1.0 + alpha;
        let low = (1.0 - turn.cos()) / whole;
        Self { b: [low / 2.0, low, low / 2.0], a: [-2.0 * turn.cos() / whole, (1.0 - alpha) / whole] }
    }

    fn run(&self, samples: &mut [f64]) {
        let (mut one, mut two) = (0.0, 0.0);
        for sample in samples {
            let input = *sample;
            let output = self.b[0] * input + one;
            one = self.b[1] * input - self.a[0] * output + two;
            two = self.b[2] * input - self.a[1] * output;
            *sample = output;
        }
    }
}

/// The same at another number of samples a second; what is above half of the lower one is taken out.
#[must_use]
pub fn at_rate(samples: &[f64], from: f64, to: f64) -> Vec<f64> {
    let (step, cutoff) = (from / to, (to / from).min(1.0) * 0.98);
    let half = (48.0 / cutoff).ceil() as i64;
    let window = |x: f64| {
        let turn = PI * (x / half as f64 + 1.0);
        0.358_75 - 0.488_29 * turn.cos() + 0.141_28 * (2.0 * turn).cos() - 0.011_68 * (3.0 * turn).cos()
    };
    let sinc = |x: f64| if x.abs() < 1e-9 { 1.0 } else { (PI * x).sin() / (PI * x) };
    let one = |n: usize| {
        let at = n as f64 * step;
        let taps = (at as i64 - half + 1..=at as i64 + half).filter_map(|place| {
            let sample = usize::try_from(place).ok().and_then(|place| samples.get(place))?;
            let x = place as f64 - at;
            Some(sample * cutoff * sinc(x * cutoff) * window(x))
        });
        taps.sum()
    };
    (0..(samples.len() as f64 / step) as usize).map(one).collect()
}

/// The samples `step` apart, between those there are: a sinc in a window of 96 taps (Blackman and Harris).
#[must_use]
pub fn resampled(samples: &[f64], step: f64) -> Vec<f64> {
    const HALF: i64 = 48;
    /// Entries of the window's table for each sample.
    const FINE: f64 = 64.0;
    let window = |x: f64| {
        let turn = PI * (x / HALF as f64 + 1.0);
        0.358_75 - 0.488_29 * turn.cos() + 0.141_28 * (2.0 * turn).cos() - 0.011_68 * (3.0 * turn).cos()
    };
    let table: Vec<f64> = (0..=(HALF as usize + 1) * FINE as usize).map(|n| window(n as f64 / FINE)).collect();
    let count = (samples.len() as f64 / step) as usize;
    let one = |n: usize| {
        let at = n as f64 * step;
        let (whole, behind) = (at.floor() as i64, at - at.floor());
        // The sine of sinc is the same for every tap but for its sign.
        let sine = (PI * behind).sin() / PI;
        let mut sum = 0.0;
        for tap in 1 - HALF..=HALF {
            let Some(sample) = usize::try_from(whole + tap).ok().and_then(|place| samples.get(place)) else { continue };
            let x = tap as f64 - behind;
            let sinc = if x.abs() < 1e-9 { 1.0 } else { sine / x * if tap % 2 == 0 { -1.0 } else { 1.0 } };
            let place = x.abs() * FINE;
            let (low, share) = (place as usize, place.fract());
            sum += sample * sinc * (table[low] + (table[low + 1] - table[low]) * share);
        }
        sum
    };
    (0..count).map(one).collect()
}

/// The samples of a WAV file that a program of ours wrote: behind a head of 44 bytes, 16 bits, one channel.
#[must_use]
pub fn read_wave(path: &std::path::Path) -> Vec<i16> {
    let bytes = std::fs::read(path).unwrap();
    assert_eq!(&bytes[36..40], b"data");
    bytes[44..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}

/// A WAV file of 48,000 samples a second and 16 bits, from the samples of its channels in turn.
#[must_use]
pub fn wave(channels: u16, samples: &[i16]) -> Vec<u8> {
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    wave_of(1, channels, 48_000, 16, &bytes)
}

/// A WAV file from the parts of its head and its bytes of samples.
#[must_use]
pub fn wave_of(kind: u16, channels: u16, rate: u32, bits: u16, bytes: &[u8]) -> Vec<u8> {
    let block = channels.wrapping_mul(bits / 8);
    let length = u32::try_from(bytes.len()).unwrap();
    [
        &b"RIFF"[..],
        &(length + 36).to_le_bytes(),
        b"WAVEfmt \x10\0\0\0",
        &kind.to_le_bytes(),
        &channels.to_le_bytes(),
        &rate.to_le_bytes(),
        &rate.wrapping_mul(u32::from(block)).to_le_bytes(),
        &block.to_le_bytes(),
        &bits.to_le_bytes(),
        b"data",
        &length.to_le_bytes(),
        bytes,
    ]
    .concat()
}

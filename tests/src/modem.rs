//! Both halves of the modem, without the programs around them.

use std::collections::HashSet;

use rootcast_offline::link::sound::modulator::Modulator;
use rootcast_online::link::sound::demodulator::Demodulator;
use rootcast_online::link::sound::report::Report;
use rootcast_protocol::sound::mode::Mode;
use rootcast_protocol::sound::profile::{LEAD_IN, LEAD_OUT};

use crate::sound_channel::{Dice, SoundChannel};

/// Superframes of random bytes in these modes, between silences.
#[must_use]
pub fn sent(modes: &[Mode], seed: u64) -> (Vec<i16>, Vec<u8>) {
    let (mut dice, mut modulator) = (Dice::new(seed), Modulator::new());
    let (mut samples, mut all) = (vec![0; LEAD_IN], Vec::new());
    for mode in modes {
        let bytes: Vec<u8> = (0..mode.bytes()).map(|_| dice.draw() as u8).collect();
        modulator.superframe(*mode, &bytes, &mut samples);
        all.extend(bytes);
    }
    modulator.training(Mode::Qpsk12, &mut samples);
    samples.resize(samples.len() + LEAD_OUT, 0);
    (samples, all)
}

/// What the demodulator makes of samples, given to it in pieces of an odd size.
pub fn heard(samples: &[i16]) -> (Vec<u8>, Report) {
    let samples: Vec<f32> = samples.iter().map(|sample| f32::from(*sample) / 32_768.0).collect();
    let mut demodulator = Demodulator::new();
    samples.chunks(4_801).for_each(|piece| demodulator.push(piece));
    demodulator.finish();
    (demodulator.take_bytes(), demodulator.report().clone())
}

/// The share of codewords that came through, none of them wrong.
#[must_use]
pub fn through(channel: &SoundChannel, modes: &[Mode]) -> (f64, Report) {
    let Crossing { codewords, wrong, report } = Crossing::of(channel, modes);
    assert_eq!(wrong, 0, "a wrong codeword, {channel:?}");
    (report.good.iter().sum::<u64>() as f64 / codewords as f64, report)
}

/// What came of superframes of random bytes.
#[derive(Debug)]
pub struct Crossing {
    /// Codewords that were sent.
    pub codewords: usize,
    /// Codewords that were told and never sent. Only counted where all modes have codewords of one size.
    pub wrong: usize,
    /// What was heard.
    pub report: Report,
}

impl Crossing {
    /// Sends superframes of random bytes in these modes through `channel`.
    #[must_use]
    pub fn of(channel: &SoundChannel, modes: &[Mode]) -> Self {
        let (samples, bytes) = sent(modes, channel.seed.wrapping_add(1_000));
        let (arrived, dropouts) = channel.carry(&samples);
        assert_eq!(dropouts > 0, channel.dropouts.is_some(), "{channel:?}");
        let (told, report) = heard(&arrived);
        let size = modes[0].codeword_bytes();
        let is_alike = modes.iter().all(|mode| mode.codeword_bytes() == size);
        // Superframes may be missing, but what is there is what was sent or zeros.
        let known: HashSet<&[u8]> = bytes.chunks(size).collect();
        let is_wrong = |codeword: &&[u8]| !known.contains(codeword) && codeword.iter().any(|byte| *byte != 0);
        let wrong = if is_alike { told.chunks(size).filter(is_wrong).count() } else { 0 };
        Self { codewords: modes.iter().map(|mode| mode.codewords()).sum(), wrong, report }
    }
}

/// Sends superframes in every mode at noise about which it begins to fail, and noise alone, until `count` codewords were
/// judged. Gives how many were read, how many not, and how many were wrong.
#[must_use]
pub fn ordeal(count: u64, seed: u64, mut told: impl FnMut(u64, u64)) -> [u64; 3] {
    /// Noise at which about half of the codewords of each mode fail, in dB below the signal.
    const EDGES: [f64; Mode::ALL.len()] = [2.0, 5.0, 6.0, 8.0, 10.0, 13.0, 16.0, 18.0, 21.0, 23.0, 27.0, 33.0];
    let (mut good, mut bad, mut wrong) = (0, 0, 0);
    let mut run = seed;
    while good + bad < count {
        for (mode, edge) in Mode::ALL.into_iter().zip(EDGES) {
            let mut dice = Dice::new(run);
            let snr = edge - 1.0 + 3.0 * dice.share();
            let crossing = Crossing::of(&SoundChannel::mild(run, snr), &[mode; 8]);
            good += crossing.report.good.iter().sum::<u64>();
            bad += crossing.report.bad.iter().sum::<u64>();
            wrong += crossing.wrong as u64;
            run = run.wrapping_add(1);
        }
        // Two seconds of noise alone.
        let mut dice = Dice::new(run);
        let noise: Vec<i16> =
            (0..96_000).map(|_| (8_000.0 * dice.normal()).clamp(-32_768.0, 32_767.0) as i16).collect();
        let (bytes, report) = heard(&noise);
        wrong += bytes.iter().filter(|byte| **byte != 0).count() as u64;
        bad += report.bad.iter().sum::<u64>();
        run = run.wrapping_add(1);
        told(good, bad);
    }
    [good, bad, wrong]
}

//! Both halves of the modem, without the programs around them.

use rootcast_offline::link::sound::modulator::Modulator;
use rootcast_online::link::sound::demodulator::Demodulator;
use rootcast_online::link::sound::report::Report;
use rootcast_protocol::sound::mode::Mode;
use rootcast_protocol::sound::profile::{LEAD_IN, LEAD_OUT};
use rootcast_tests::sound_channel::{Dice, SoundChannel};

/// Superframes of random bytes in these modes, between silences.
pub(crate) fn sent(modes: &[Mode], seed: u64) -> (Vec<i16>, Vec<u8>) {
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
pub(crate) fn heard(samples: &[i16]) -> (Vec<u8>, Report) {
    let samples: Vec<f32> = samples.iter().map(|sample| f32::from(*sample) / 32_768.0).collect();
    let mut demodulator = Demodulator::new();
    samples.chunks(4_801).for_each(|piece| demodulator.push(piece));
    demodulator.finish();
    (demodulator.take_bytes(), demodulator.report().clone())
}

/// The share of codewords that came through, none of them wrong.
pub(crate) fn through(channel: &SoundChannel, modes: &[Mode]) -> (f64, Report) {
    let (samples, bytes) = sent(modes, channel.seed + 1_000);
    let (arrived, dropouts) = channel.carry(&samples);
    assert_eq!(dropouts > 0, channel.dropouts.is_some(), "{channel:?}");
    let (told, report) = heard(&arrived);
    // Superframes may be missing, but what is there is what was sent or zeros, in its order.
    let codewords = modes.iter().flat_map(|mode| vec![mode.codeword_bytes(); mode.codewords()]);
    let mut known = std::collections::HashSet::new();
    let mut rest = bytes.as_slice();
    for size in codewords {
        let (codeword, after) = rest.split_at(size);
        known.insert(codeword);
        rest = after;
    }
    let size = modes[0].codeword_bytes();
    if modes.iter().all(|mode| mode.codeword_bytes() == size) {
        for codeword in told.chunks(size) {
            assert!(
                known.contains(codeword) || codeword.iter().all(|byte| *byte == 0),
                "a wrong codeword, {channel:?}"
            );
        }
    }
    let all: usize = modes.iter().map(|mode| mode.codewords()).sum();
    (report.good.iter().sum::<u64>() as f64 / all as f64, report)
}

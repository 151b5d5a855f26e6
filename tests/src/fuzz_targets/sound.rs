//! Sound: whatever is heard costs a bounded amount of work, and no frame comes out that was not sent.

use std::collections::BTreeSet;

use rootcast_offline::link::sound::modulator::Modulator;
use rootcast_online::link::sound::demodulator::Demodulator;
use rootcast_protocol::cobs::{self, Piece, Splitter};
use rootcast_protocol::frame::Frame;
use rootcast_protocol::limits::FRAME_SIZE_MAX;
use rootcast_protocol::sound::mode::Mode;
use rootcast_protocol::test_pattern::TestPattern;

use super::Reached;
use super::input::Input;
use crate::sound_channel::Dice;

/// Steps of a script: three seconds of sound at most.
const STEPS_MAX: usize = 8;

/// The sound of a script, and the frames that were sent in it.
fn sound(input: &mut Input<'_>) -> (Vec<i16>, BTreeSet<Vec<u8>>) {
    let (pattern, mut modulator) = (TestPattern::new(), Modulator::new());
    let (mut samples, mut sent) = (vec![0; 700], BTreeSet::new());
    for _ in 0..STEPS_MAX {
        if input.is_empty() {
            break;
        }
        let (what, detail) = (input.byte() % 7, input.short());
        let mode = Mode::ALL[usize::from(detail) % Mode::ALL.len()];
        match what {
            0 => {
                let mut line = Vec::new();
                let per_frame = 1 + detail / 256 % 5;
                while line.len() < mode.bytes() {
                    let frame = pattern.frame(u32::from(detail) % 40, per_frame).unwrap();
                    cobs::encode(&frame, &mut line);
                    sent.insert(frame);
                }
                modulator.superframe(mode, &line, &mut samples);
            }
            1 => modulator.training(mode, &mut samples),
            2 => samples.extend(input.bytes(512).iter().map(|byte| i16::from_le_bytes([0, *byte]))),
            3 => {
                let mut dice = Dice::new(detail.into());
                samples.extend((0..detail % 8_192).map(|_| (dice.normal() * 6_000.0) as i16));
            }
            4 => samples.resize(samples.len() + usize::from(detail % 8_192), 0),
            5 => {
                // Samples are lost somewhere in what there is.
                let at = usize::from(detail) % samples.len();
                let end = (at + usize::from(input.byte()) * 8).min(samples.len() - 1);
                samples.drain(at.min(end)..end);
            }
            _ => {
                let gain = f64::from(input.byte()) / 32.0;
                samples.iter_mut().for_each(|sample| *sample = (f64::from(*sample) * gain) as i16);
            }
        }
    }
    samples.resize(samples.len() + 4_096, 0);
    (samples, sent)
}

pub(super) fn run(bytes: &[u8]) -> Reached {
    let mut input = Input::new(bytes);
    let step = 1 + usize::from(input.short());
    let (samples, sent) = sound(&mut input);
    let samples: Vec<f32> = samples.iter().map(|sample| f32::from(*sample) / 32_768.0).collect();
    let mut demodulator = Demodulator::new();
    samples.chunks(step).for_each(|piece| demodulator.push(piece));
    demodulator.finish();
    let report = demodulator.report().clone();
    let seconds = samples.len() as f64 / 48_000.0 + 0.6;
    assert!(report.looks as f64 <= 94.0 * seconds + 2.0, "{report:?}");
    assert!(report.superframes as f64 <= seconds / 0.181 + 2.0, "{report:?}");
    let line = demodulator.take_bytes();
    assert!(line.len() <= report.superframes as usize * Mode::Qam4096R45.bytes());
    let mut came = 0;
    Splitter::new(FRAME_SIZE_MAX).push(&line, &mut |piece| {
        if let Piece::Frame(frame) = piece
            && Frame::parse(frame).is_ok()
        {
            assert!(sent.contains(frame), "a frame that nobody sent");
            came += 1;
        }
    });
    Reached::taken(came > 0)
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> =
        (0..12).map(|mode| vec![0, 16, 0, mode, 4, 0, mode, 4, 1, 1, 0, 4, 255, 31]).collect();
    // Noise before, samples lost within, too loud, bare samples behind.
    seeds
        .push(vec![255, 3, 3, 0, 20, 0, 1, 4, 5, 0, 40, 90, 0, 6, 2, 6, 0, 0, 60, 1, 2, 0, 2, 0, 0, 9, 200, 7, 1, 250]);
    seeds.push(vec![9, 0, 1, 5, 0, 1, 5, 0, 1, 6, 0, 1, 7, 0, 0, 6, 3, 1, 0, 0]);
    seeds.push(b"neither script nor sound, but something".to_vec());
    seeds
}

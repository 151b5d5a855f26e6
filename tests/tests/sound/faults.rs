//! Sound that is not ours, or is made to cost work.

use std::f64::consts::TAU;

use rootcast_offline::link::sound::modulator::Modulator;
use rootcast_protocol::sound::mode::Mode;
use rootcast_tests::sound_channel::Dice;

use rootcast_tests::modem::{heard, sent};

const SECOND: usize = 48_000;

fn made(seconds: usize, mut each: impl FnMut(usize) -> f64) -> Vec<i16> {
    (0..seconds * SECOND).map(|n| (each(n).clamp(-1.0, 1.0) * 32_767.0) as i16).collect()
}

/// Something like speech: pulses of a voice, shaped by three formants that move from vowel to vowel, four syllables a second.
fn speech() -> Vec<i16> {
    let vowels =
        [[730.0, 1_090.0, 2_440.0], [270.0, 2_290.0, 3_010.0], [300.0, 870.0, 2_240.0], [530.0, 1_840.0, 2_480.0]];
    let mut resonances = [[0.0_f64; 2]; 3];
    let (mut phase, mut dice) = (0.0_f64, Dice::new(79));
    made(10, |n| {
        let time = n as f64 / 48_000.0;
        phase += (120.0 + 20.0 * (TAU * 0.7 * time).sin()) / 48_000.0;
        let pulse = if phase >= 1.0 { 1.0 } else { 0.0 };
        phase = phase.fract();
        let source = pulse + 0.01 * dice.normal();
        let vowel = vowels[(time * 4.0) as usize % vowels.len()];
        let sum: f64 = vowel
            .iter()
            .zip(&mut resonances)
            .map(|(formant, [before, last])| {
                // Two poles, 80 Hz wide.
                let radius = (-TAU * 40.0 / 48_000.0).exp();
                let now = source + 2.0 * radius * (TAU * formant / 48_000.0).cos() * *last - radius * radius * *before;
                (*before, *last) = (*last, now);
                now
            })
            .sum();
        0.02 * sum * (TAU * 2.0 * time).sin().abs()
    })
}

/// Something like music: chords of tones that die away, with their harmonics, and a drum.
fn music() -> Vec<i16> {
    let chords = [[261.6, 329.6, 392.0], [349.2, 440.0, 523.3], [392.0, 493.9, 587.3], [220.0, 261.6, 329.6]];
    let mut dice = Dice::new(80);
    made(10, |n| {
        let time = n as f64 / 48_000.0;
        let (beat, since) = ((time * 2.0) as usize, (time * 2.0).fract() / 2.0);
        let tone = |pitch: f64| -> f64 {
            (1..=6)
                .map(|harmonic| (TAU * pitch * f64::from(harmonic) * time).sin() / f64::from(harmonic * harmonic))
                .sum()
        };
        let chord: f64 = chords[beat / 2 % chords.len()].iter().map(|pitch| tone(*pitch)).sum();
        0.15 * chord * (-3.0 * since).exp() + 0.3 * dice.normal() * (-40.0 * since).exp()
    })
}

#[test]
fn whatever_is_not_ours_is_never_taken_for_it() {
    let mut dice = Dice::new(77);
    let mut pink = [0.0_f64; 3];
    let sounds = [
        ("silence", made(5, |_| 0.0)),
        ("direct current", made(5, |_| 0.6)),
        ("white noise", made(20, |_| 0.25 * dice.normal())),
        ("pink noise", {
            let mut dice = Dice::new(78);
            made(20, |_| {
                let white = dice.normal();
                for (state, keep) in pink.iter_mut().zip([0.997, 0.985, 0.95]) {
                    *state = *state * keep + white * (1.0 - keep);
                }
                0.5 * pink.iter().sum::<f64>()
            })
        }),
        ("a square wave at full scale", made(5, |n| if n / 256 % 2 == 0 { 1.0 } else { -1.0 })),
        (
            "chords that repeat in half a symbol",
            made(10, |n| {
                let time = n as f64 / 48_000.0;
                let base = 93.75 * (1.0 + (n / 24_000) as f64);
                [1.0, 5.0, 6.0, 9.0, 15.0].iter().map(|step| 0.15 * (TAU * base * step * time).sin().signum()).sum()
            }),
        ),
    ];
    let sounds = sounds.into_iter().chain([("speech", speech()), ("music", music())]);
    for (name, samples) in sounds {
        let (bytes, report) = heard(&samples);
        assert_eq!((report.superframes, bytes.len()), (0, 0), "{name}: {report:?}");
        let looks = report.looks as f64 / (samples.len() as f64 / 48_000.0);
        assert!(looks <= 94.0, "{name}: {looks} closer looks a second");
    }
}

#[test]
fn training_symbols_without_data_cost_a_bounded_number_of_looks() {
    let modulator = Modulator::new();
    let mut symbol = Vec::new();
    modulator.training(Mode::Qam4096R45, &mut symbol);
    // One begins every 2 ms, one over the other; and one after the other.
    let mut dense = vec![0_i32; 5 * SECOND];
    for at in (0..dense.len() - symbol.len()).step_by(96) {
        dense[at..at + symbol.len()].iter_mut().zip(&symbol).for_each(|(sum, sample)| *sum += i32::from(*sample) / 4);
    }
    let dense: Vec<i16> = dense.into_iter().map(|sum| sum.clamp(-32_768, 32_767) as i16).collect();
    let train = symbol.repeat(5 * SECOND / symbol.len());
    for samples in [dense, train] {
        let (_, report) = heard(&samples);
        assert!(report.looks <= 94 * 6, "{report:?}");
        assert!(report.superframes <= 28, "{report:?}");
    }
}

#[test]
fn two_senders_at_once_disturb_each_other_and_nothing_worse() {
    let (first, bytes) = sent(&[Mode::Qpsk12; 6], 1);
    let (second, others) = sent(&[Mode::Qpsk12; 6], 2);
    let shift = 7_000;
    let mut both = first.clone();
    both.iter_mut().skip(shift).zip(&second).for_each(|(sum, sample)| *sum = sum.saturating_add(*sample));
    let (told, report) = heard(&both);
    let size = Mode::Qpsk12.codeword_bytes();
    let known: Vec<&[u8]> = bytes.chunks(size).chain(others.chunks(size)).collect();
    assert!(report.superframes > 0, "{report:?}");
    let foreign = told.chunks(size).filter(|told| told.iter().any(|byte| *byte != 0) && !known.contains(told));
    assert_eq!(foreign.count(), 0, "{report:?}");
}

#[test]
fn modes_that_change_every_superframe_and_a_late_beginning_are_read() {
    let modes = Mode::ALL;
    let (samples, bytes) = sent(&modes, 3);
    let (told, report) = heard(&samples);
    assert_eq!(told, bytes, "{report:?}");
    // Joined in the middle of the second superframe: everything behind it.
    let late = &samples[4_800 + 17_408 + 9_000..];
    let (told, _) = heard(late);
    let missed = modes[0].bytes() + modes[1].bytes();
    assert_eq!(told, bytes[missed..]);
}

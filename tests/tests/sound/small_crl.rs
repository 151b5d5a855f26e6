//! How much sound a small CRL takes, from the beginning and for whoever comes late.

use std::collections::BTreeSet;

use rootcast_online::link::sound::demodulator::Demodulator;
use rootcast_protocol::cobs::{Piece, Splitter};
use rootcast_protocol::frame::Frame;
use rootcast_protocol::limits::FRAME_SIZE_MAX;
use rootcast_protocol::sound::profile::{LEAD_IN, SUPERFRAME};
use rootcast_tests::seeds::chance;
use rootcast_tests::sides::Sides;
use rootcast_tests::sound_channel::{Dice, SoundChannel, read_wave};

/// Seconds of sound until all source symbols of the object have arrived; nothing if they never do.
fn seconds_to_complete(samples: &[i16]) -> Option<f64> {
    let (mut demodulator, mut splitter) = (Demodulator::new(), Splitter::new(FRAME_SIZE_MAX));
    let (mut known, mut heard, mut is_complete) = (BTreeSet::new(), 0, false);
    for piece in samples.chunks(480) {
        let floats: Vec<f32> = piece.iter().map(|sample| f32::from(*sample) / 32_768.0).collect();
        demodulator.push(&floats);
        heard += piece.len();
        splitter.push(&demodulator.take_bytes(), &mut |piece| {
            if let Piece::Frame(bytes) = piece
                && let Ok(frame) = Frame::parse(bytes)
            {
                let source = frame.object.source_symbols();
                known.extend(frame.symbols().map(|(esi, _)| esi.get()).filter(|esi| *esi < source));
                is_complete = known.len() == source as usize;
            }
        });
        if is_complete {
            return Some(heard as f64 / 48_000.0);
        }
    }
    None
}

#[test]
fn a_crl_of_700_bytes_is_complete_within_a_second_of_sound_in_99_of_100_seeds() {
    let mut chance = chance("a_crl_of_700_bytes_is_complete_within_a_second");
    let sides = Sides::enrolled();
    let file = sides.scratch.file("small.crl", sides.crl_of_bytes(700, &mut chance));
    let recording = sides.scratch.path("small.wav");
    sides.send(&format!("audio:wav={}", recording.display()), &[file]).args(["--passes", "8"]).exits(0);
    let sound = read_wave(&recording);
    for (snr, seeds) in [(8.0, 100), (10.0, 10), (20.0, 10), (35.0, 10)] {
        let (mut late, mut worst, mut worst_join) = (0, 0.0_f64, 0.0_f64);
        for seed in 0..seeds {
            let channel = SoundChannel::mild(seed, snr);
            let (arrived, _) = channel.carry(&sound[..LEAD_IN + 5 * SUPERFRAME / 2]);
            let seconds = seconds_to_complete(&arrived).unwrap_or(f64::INFINITY);
            late += u64::from(seconds > 1.0);
            worst = worst.max(seconds);
            if seed >= 10 {
                continue;
            }
            // Joined at a random moment of the first three superframes: one turn of the modes.
            let begins = LEAD_IN + (Dice::new(seed + 1_000).share() * 3.0 * SUPERFRAME as f64) as usize;
            let (arrived, _) = channel.carry(&sound[begins..begins + 5 * SUPERFRAME]);
            worst_join = worst_join.max(seconds_to_complete(&arrived).unwrap_or(f64::INFINITY));
        }
        println!(
            "{snr} dB, {seeds} seeds: {late} took more than 1.0 s, the worst {worst:.2} s; joined late {worst_join:.2} s"
        );
        assert!(late * 100 <= seeds, "{snr} dB: {late} of {seeds} took more than a second, the worst {worst:.2} s");
        // Half a second is what it takes from the beginning.
        assert!(worst_join <= 0.5 + 0.8, "{snr} dB: joined late it took {worst_join:.2} s");
    }
}

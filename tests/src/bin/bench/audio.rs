//! Goodput of an audio cable, beside amodem in the same channel.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use rootcast_online::link::sound::demodulator::Demodulator;
use rootcast_protocol::cobs::{Piece, Splitter};
use rootcast_protocol::frame::Frame;
use rootcast_protocol::limits::FRAME_SIZE_MAX;
use rootcast_protocol::sound::profile::{LEAD_IN, LEAD_OUT, SYMBOL};
use rootcast_tests::seeds::Chance;
use rootcast_tests::sides::Sides;
use rootcast_tests::skipped::skipped;
use rootcast_tests::sound_channel::{SoundChannel, at_rate, read_wave};

use crate::table::{Table, Target};
use crate::{audio_grid, audio_receiving};

/// Noise below the signal in dB, our mode there, amodem's best known rates and the next higher one in kbit/s, and the ratio
/// that is promised.
const LEVELS: [(f64, &str, &[u32], f64); 6] = [
    (10.0, "16-2/3", &[8, 12], 3.0),
    (15.0, "64-2/3", &[20, 24], 2.4),
    (20.0, "64-4/5", &[32, 36], 1.9),
    (25.0, "1024-2/3", &[36, 42, 48], 2.2),
    (30.0, "1024-4/5", &[48, 54], 2.1),
    (35.0, "4096-4/5", &[48, 54], 2.5),
];

/// Passes of the object that are measured: enough that the last superframe, which is not full, counts for little.
const PASSES: &str = "8";

/// Bytes that amodem carries, and twice as many to take its beginning out.
const PEER_BYTES: usize = 16_000;

pub(crate) fn measure(table: &mut Table) {
    table.section(
        "Audio cable",
        "A simulated channel: ±0.5 dB, 50 ppm, hum at -34 dBFS, white noise below the signal (root mean squares, 0 to 24 kHz). \
         Ours: a CRL of 60 kB by the real `rootcast-offline send`; symbol bytes of the frames that arrive whole, in a second \
         of superframes. amodem 1.16.0: 16 kB, at the same root mean square; bytes in a second of data if all of them arrive.",
    );
    let peer = peer();
    let sides = Sides::enrolled();
    let file = sides.scratch.file("large.crl", sides.crl_of_bytes(60_000, &mut Chance::new(1)));
    for (snr, mode, rates, least) in LEVELS {
        let channel = SoundChannel::mild(1, snr);
        let ours = ours(&sides, &file, mode, &channel);
        table.figure(&format!("{snr} dB: {mode}"), ours / 1000.0, "kB/s", Target::Beside);
        let auto = ours_auto(&sides, &file, snr, &channel);
        if let Some(auto) = auto {
            table.figure(&format!("{snr} dB: auto"), auto / 1000.0, "kB/s", Target::Beside);
        }
        let Some(python) = &peer else { continue };
        let survived: Vec<Option<f64>> = rates.iter().map(|rate| theirs(&sides, python, *rate, &channel)).collect();
        for (rate, survived) in rates.iter().zip(&survived) {
            table.figure(
                &format!("{snr} dB: amodem at {rate} kbit/s"),
                survived.unwrap_or(0.0) / 1000.0,
                "kB/s",
                Target::Beside,
            );
        }
        let best = survived.iter().flatten().copied().fold(0.0, f64::max);
        table.figure(&format!("{snr} dB: {mode} over amodem"), ours / best, "×", Target::AtLeast(least));
        if let Some(auto) = auto {
            table.figure(&format!("{snr} dB: auto over amodem"), auto / best, "×", Target::AtLeast(1.3));
        }
    }
    // Compressed, it is about 16 kB: that is what both carry.
    let file = sides.scratch.file("small.crl", sides.crl_of_bytes(66_500, &mut Chance::new(2)));
    let channel = SoundChannel::mild(1, 35.0);
    let (ours, bytes) = seconds_to_complete(&sides, &file, &channel);
    assert!((16_000..16_500).contains(&bytes), "an object of {bytes} bytes, not of 16 kB");
    table.figure("an object at 35 dB: its size", bytes as f64 / 1000.0, "kB", Target::Beside);
    table.figure("4096-4/5: sound until it is complete", ours, "s", Target::Beside);
    if let Some(python) = &peer {
        // It ends with half a second of silence.
        let theirs = peer_sound(&sides, python, 48, bytes).len() as f64 / 32_000.0 - 0.5;
        table.figure("amodem at 48 kbit/s: sound for as many bytes", theirs, "s", Target::Beside);
        table.figure("seconds of amodem over ours", theirs / ours, "×", Target::AtLeast(2.8));
    }
    audio_grid::measure(table);
    audio_receiving::measure(table);
}

fn sent(sides: &Sides, file: &Path, mode: &str, passes: &str) -> Vec<i16> {
    let path = sides.scratch.path(&format!("{}-{passes}.wav", mode.replace('/', "-")));
    let _ = std::fs::remove_file(&path);
    let link = format!("audio:wav={},mode={mode}", path.display());
    let state =
        sides.fresh_offline(&format!("offline-{}-{}", mode.replace('/', "-"), file.file_stem().unwrap().display()));
    sides.send_from(&state, &link, &[file]).args(["--passes", passes]).exits(0);
    read_wave(&path)
}

/// Symbol bytes that arrive in a second.
fn ours(sides: &Sides, file: &Path, mode: &str, channel: &SoundChannel) -> f64 {
    let samples = sent(sides, file, mode, PASSES);
    let (arrived, _) = channel.carry(&samples);
    let mut symbols = 0;
    hear(&arrived, |frame, _| {
        symbols += frame.symbols.len();
        false
    });
    symbols as f64 * 48_000.0 / (samples.len() - LEAD_IN - LEAD_OUT - SYMBOL) as f64
}

/// The same of the mix, where the noise is low enough for all of it.
fn ours_auto(sides: &Sides, file: &Path, snr: f64, channel: &SoundChannel) -> Option<f64> {
    (snr >= 35.0).then(|| ours(sides, file, "auto", channel))
}

/// Seconds of sound until an object can be decoded, and its bytes.
fn seconds_to_complete(sides: &Sides, file: &Path, channel: &SoundChannel) -> (f64, usize) {
    let (arrived, _) = channel.carry(&sent(sides, file, "4096-4/5", "3"));
    let (mut known, mut bytes) = (BTreeSet::new(), 0);
    let heard = hear(&arrived, |frame, _| {
        bytes = frame.object.source_symbols() as usize * frame.symbols.len() / frame.symbols().count().max(1);
        known.extend(frame.symbols().map(|(esi, _)| esi));
        known.len() >= frame.object.source_symbols() as usize + 2
    });
    (heard as f64 / 48_000.0, bytes)
}

/// Hands whole frames to `each` until it has enough; how many samples that took.
fn hear(samples: &[i16], mut each: impl FnMut(&Frame<'_>, usize) -> bool) -> usize {
    let samples: Vec<f32> = samples.iter().map(|sample| f32::from(*sample) / 32_768.0).collect();
    let (mut demodulator, mut splitter) = (Demodulator::new(), Splitter::new(FRAME_SIZE_MAX));
    let (mut heard, mut enough) = (0, false);
    for piece in samples.chunks(480) {
        demodulator.push(piece);
        heard += piece.len();
        splitter.push(&demodulator.take_bytes(), &mut |piece| {
            if let Piece::Frame(bytes) = piece
                && let Ok(frame) = Frame::parse(bytes)
            {
                enough |= each(&frame, heard);
            }
        });
        if enough {
            return heard;
        }
    }
    assert!(samples.len() == heard, "all of it was heard");
    heard
}

/// Where amodem is, if `make bench AUDIO_PEER=1` has installed it.
fn peer() -> Option<PathBuf> {
    let found = std::env::var_os("ROOTCAST_AMODEM").map(PathBuf::from).filter(|program| program.is_file());
    if found.is_none() {
        skipped("amodem is not installed: `make bench AUDIO_PEER=1` measures it beside the audio link");
    }
    found
}

/// Samples a second of amodem at this rate.
fn peer_rate(kilobits: u32) -> f64 {
    match kilobits {
        0..=8 => 8_000.0,
        9..=24 => 16_000.0,
        _ => 32_000.0,
    }
}

fn peer_data(bytes: usize) -> Vec<u8> {
    Chance::new(3).bytes(bytes)
}

/// What amodem sends, as it writes it.
fn peer_sound(sides: &Sides, program: &Path, kilobits: u32, bytes: usize) -> Vec<f64> {
    let data = sides.scratch.file("peer.bin", peer_data(bytes));
    let sound = sides.scratch.path("peer.pcm");
    let ended = Command::new(program)
        .env("BITRATE", kilobits.to_string())
        .args(["send", "-l-", "-i"])
        .arg(data)
        .arg("-o")
        .arg(&sound)
        .output()
        .unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let bytes = std::fs::read(sound).unwrap();
    bytes.chunks_exact(2).map(|pair| f64::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0).collect()
}

/// Bytes in a second of data that amodem carries through the channel; nothing if they do not all arrive.
fn theirs(sides: &Sides, program: &Path, kilobits: u32, channel: &SoundChannel) -> Option<f64> {
    let rate = peer_rate(kilobits);
    let sound = peer_sound(sides, program, kilobits, PEER_BYTES);
    let longer = peer_sound(sides, program, kilobits, 2 * PEER_BYTES);
    let goodput = PEER_BYTES as f64 * rate / (longer.len() - sound.len()) as f64;
    let mut sound = at_rate(&sound, rate, 48_000.0);
    // As loud as ours.
    let loud: Vec<f64> = sound.iter().copied().filter(|sample| sample.abs() > 1e-6).collect();
    let level = (loud.iter().map(|sample| sample * sample).sum::<f64>() / loud.len() as f64).sqrt();
    sound.iter_mut().for_each(|sample| *sample *= 0.2239 / level);
    let samples: Vec<i16> = sound.iter().map(|sample| (sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16).collect();
    let (arrived, _) = channel.carry(&samples);
    let arrived: Vec<f64> = arrived.iter().map(|sample| f64::from(*sample) / 32_768.0).collect();
    let heard = at_rate(&arrived, 48_000.0, rate);
    let bytes: Vec<u8> =
        heard.iter().flat_map(|sample| ((sample.clamp(-1.0, 1.0) * 32_767.0) as i16).to_le_bytes()).collect();
    let (into, out_of) = (sides.scratch.file("heard.pcm", bytes), sides.scratch.path("heard.bin"));
    let _ = std::fs::remove_file(&out_of);
    let _ = Command::new(program)
        .env("BITRATE", kilobits.to_string())
        .args(["recv", "-l-", "-i"])
        .arg(into)
        .arg("-o")
        .arg(&out_of)
        .output()
        .unwrap();
    (std::fs::read(out_of).unwrap_or_default() == peer_data(PEER_BYTES)).then_some(goodput)
}

//! A piece of a recording on its way to a reader process, and what comes back of it.

use rootcast_protocol::sound::mode::Mode;
use serde::{Deserialize, Serialize};

pub(crate) use super::wave_format::Format;

/// Bytes of one piece of a recording.
pub(crate) const PIECE_SIZE: usize = 96 << 10;
/// Bytes that a piece may become: it is data of fewer bits than samples.
const BYTES_MAX: usize = 4 * PIECE_SIZE;
/// Characters of a refusal.
const REFUSAL_MAX: usize = 300;

/// A piece of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Piece {
    /// Where it begins in the recording.
    pub(crate) offset: u64,
    /// What a reader before found its samples to be: this one may be new.
    pub(crate) format: Option<Format>,
    /// Whether it is the last one.
    pub(crate) is_last: bool,
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
}

/// What a reader made of a piece.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DecodedPiece {
    /// What the samples are, once that is known.
    pub(crate) format: Option<Format>,
    /// Bytes of the line; zeros where a codeword was lost.
    pub(crate) bytes: Vec<u8>,
    /// What the sound is like.
    pub(crate) state: SoundState,
    /// Why nothing more can be made of this recording, in words.
    pub(crate) refused: Option<String>,
}

/// What the sound is like.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SoundState {
    /// Seconds heard.
    pub seconds: f32,
    /// The level of the last second: root mean square, in dB of full scale.
    pub level: f32,
    /// The share of samples at full scale in the last second.
    pub clipped: f32,
    /// What the last superframe was like of which a codeword was read.
    pub signal: Option<Signal>,
    /// The last superframe's signal above its noise, in dB.
    pub snr: Option<f32>,
    /// How much faster the sender's clock is, in millionths.
    pub clock: Option<f32>,
    /// The number of the last superframe's mode.
    pub mode: Option<u8>,
    /// Superframes read.
    pub superframes: u32,
    /// Codewords that were read, of each mode.
    pub good: [u32; Mode::ALL.len()],
    /// Codewords that could not be read.
    pub bad: [u32; Mode::ALL.len()],
}

/// What a superframe was like.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// Its level: root mean square, in dB of full scale.
    pub level: f32,
    /// The share of its samples at full scale.
    pub clipped: f32,
}

impl SoundState {
    /// The level to judge by, in dB of full scale: that of our signal, or that of the last second where none was read. The
    /// sound after the sender's end says nothing of the cable.
    #[must_use]
    pub fn judged_level(&self) -> f32 {
        self.signal.map_or(self.level, |signal| signal.level)
    }

    /// The mode of the last superframe.
    #[must_use]
    pub fn mode(&self) -> Option<Mode> {
        self.mode.and_then(|number| Mode::ALL.get(usize::from(number)).copied())
    }

    /// Modes that were heard: codewords read, and all of them.
    pub fn modes(&self) -> impl Iterator<Item = (Mode, u32, u32)> {
        let counts = self.good.into_iter().zip(self.bad);
        Mode::ALL
            .into_iter()
            .zip(counts)
            .map(|(mode, (good, bad))| (mode, good, good.saturating_add(bad)))
            .filter(|(.., all)| *all > 0)
    }

    fn is_sound(&self) -> bool {
        let signal = self.signal.map(|signal| signal.level + signal.clipped);
        let numbers = [Some(self.seconds), Some(self.level), Some(self.clipped), signal, self.snr, self.clock];
        numbers.into_iter().flatten().all(f32::is_finite)
    }
}

impl DecodedPiece {
    /// Whether this can have come from an honest reader. Whoever took one over can send anything.
    pub(crate) fn is_sound(&self) -> bool {
        let is_short = self.refused.as_ref().is_none_or(|why| why.chars().count() <= REFUSAL_MAX);
        let is_format = self.format.is_none_or(Format::is_supported);
        self.bytes.len() <= BYTES_MAX && is_short && is_format && self.state.is_sound()
    }
}

//! What a reader process does with a recording: samples of each channel, and the bytes of the one that bears ours.

use super::channels::Channels;
use super::piece::{DecodedPiece, Format, Piece, SoundState};
use super::wave_format::HeadParser;

/// Listens to one recording.
#[derive(Debug)]
pub(crate) struct Listener {
    head: HeadParser,
    format: Option<Format>,
    /// Bytes of samples that were taken.
    taken: u64,
    /// The beginning of a block.
    held: Vec<u8>,
    channels: Option<Channels>,
    refused: Option<String>,
}

impl Listener {
    /// One that begins with the piece at `offset`. What the samples are is known where an earlier one found it out.
    pub(crate) fn new(format: Option<Format>, offset: u64) -> Self {
        let mut listener =
            Self { head: HeadParser::new(), format: None, taken: 0, held: Vec::new(), channels: None, refused: None };
        if let Some(format) = format {
            listener.begin(format);
            listener.taken = offset.saturating_sub(format.begins);
            // In the middle of a block: its other half is with the reader before.
            let block = u64::try_from(format.block().max(1)).unwrap_or(1);
            let inside = usize::try_from(listener.taken % block).unwrap_or(0);
            listener.held.resize(inside, 0);
        } else if offset > 0 {
            listener.refused = Some("its head could not be read".to_owned());
        }
        listener
    }

    fn begin(&mut self, format: Format) {
        self.channels = Some(Channels::new(format));
        self.format = Some(format);
    }

    /// Hears a piece.
    pub(crate) fn hear(&mut self, piece: &Piece) -> DecodedPiece {
        let mut bytes = piece.bytes.as_slice();
        if self.format.is_none() && self.refused.is_none() {
            match self.head.take(bytes) {
                Ok(Some((format, used))) => {
                    self.begin(format);
                    bytes = bytes.get(used..).unwrap_or_default();
                }
                Ok(None) if piece.is_last => self.refused = Some("it ends before its samples begin".to_owned()),
                Ok(None) => {}
                Err(why) => self.refused = Some(why),
            }
        }
        let mut told = Vec::new();
        if let Some(format) = self.format {
            self.samples(format, bytes, &mut told);
            if piece.is_last {
                told.extend(self.channels.iter_mut().flat_map(Channels::finish));
            }
        }
        DecodedPiece { format: self.format, bytes: told, state: self.state(), refused: self.refused.clone() }
    }

    /// Hears samples. Whatever its head says of a length, what comes behind it is heard too: a pipe's head cannot know it, and
    /// a recording above four gigabytes has not enough digits for it. What a file may have behind its samples is a noise.
    fn samples(&mut self, format: Format, bytes: &[u8], told: &mut Vec<u8>) {
        self.taken += u64::try_from(bytes.len()).unwrap_or(0);
        self.held.extend_from_slice(bytes);
        let rest = self.held.split_off(self.held.len() - self.held.len() % format.block().max(1));
        let blocks = std::mem::replace(&mut self.held, rest);
        told.extend(self.channels.iter_mut().flat_map(|channels| channels.hear(&blocks)));
    }

    fn state(&self) -> SoundState {
        self.channels.as_ref().map(Channels::state).unwrap_or_default()
    }
}

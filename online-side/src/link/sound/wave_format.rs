//! The head of a WAV file, and how its bytes become samples. Whatever a file says of itself is checked, and may be a lie.

use serde::{Deserialize, Serialize};

/// Samples a second that are supported.
const RATES: std::ops::RangeInclusive<u32> = 44_100..=192_000;
/// Channels that are supported.
const CHANNELS_MAX: u16 = 8;
/// Bytes of the chunk that says what the samples are.
const FORMAT_SIZE_MAX: u32 = 4_096;

/// What the samples are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Format {
    /// Samples a second.
    pub rate: u32,
    /// Channels.
    pub channels: u16,
    /// How one sample is written.
    pub coding: Coding,
    /// Where the samples begin in the file.
    pub begins: u64,
    /// Bytes of samples, where the file says so. It may be a lie, and nothing depends on it.
    pub length: Option<u64>,
}

/// How one sample is written, little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Coding {
    /// 0 to 255.
    Unsigned8,
    /// 16 bits.
    Signed16,
    /// 24 bits in three bytes.
    Signed24,
    /// 32 bits.
    Signed32,
    /// IEEE 754, four bytes.
    Float32,
    /// IEEE 754, eight bytes.
    Float64,
}

impl Coding {
    /// Bytes of a sample.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::Unsigned8 => 1,
            Self::Signed16 => 2,
            Self::Signed24 => 3,
            Self::Signed32 | Self::Float32 => 4,
            Self::Float64 => 8,
        }
    }

    /// For people.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Unsigned8 => "8 bits",
            Self::Signed16 => "16 bits",
            Self::Signed24 => "24 bits",
            Self::Signed32 => "32 bits",
            Self::Float32 => "32 bits, floating point",
            Self::Float64 => "64 bits, floating point",
        }
    }

    /// The sample with these bytes, of full scale 1.
    fn sample(self, bytes: &[u8]) -> f32 {
        match (self, bytes) {
            (Self::Unsigned8, [byte]) => (f32::from(*byte) - 128.0) / 128.0,
            (Self::Signed16, &[a, b]) => f32::from(i16::from_le_bytes([a, b])) / 32_768.0,
            (Self::Signed24, &[a, b, c]) => whole(i32::from_le_bytes([0, a, b, c])),
            (Self::Signed32, &[a, b, c, d]) => whole(i32::from_le_bytes([a, b, c, d])),
            (Self::Float32, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]),
            #[expect(clippy::cast_possible_truncation, reason = "the rest works with seven digits")]
            (Self::Float64, &[a, b, c, d, e, f, g, h]) => f64::from_le_bytes([a, b, c, d, e, f, g, h]) as f32,
            _ => 0.0,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "24 bits are enough")]
fn whole(value: i32) -> f32 {
    value as f32 / 2_147_483_648.0
}

impl Format {
    /// Bytes of one sample of every channel.
    pub(crate) fn block(&self) -> usize {
        self.coding.size() * usize::from(self.channels)
    }

    /// Whether samples like these are read. A reader that was taken over may say anything.
    #[must_use]
    pub fn is_supported(self) -> bool {
        RATES.contains(&self.rate) && (1..=CHANNELS_MAX).contains(&self.channels)
    }

    /// The samples of channel `channel` in whole blocks.
    pub(crate) fn samples(&self, blocks: &[u8], channel: u16) -> Vec<f32> {
        let (size, at) = (self.coding.size(), usize::from(channel) * self.coding.size());
        let blocks = blocks.chunks_exact(self.block().max(1));
        blocks.map(|block| self.coding.sample(block.get(at..at + size).unwrap_or_default())).collect()
    }
}

/// What is said of what is none.
pub(super) const NO_WAVE: &str = "it is no WAV file; ffmpeg -i FILE sound.wav makes one of most recordings";

/// Whether these are the first 12 bytes of a WAV file.
pub(super) const fn is_file_head(head: &[u8]) -> bool {
    matches!(head, [b'R', b'I' | b'F', b'F' | b'6', b'F' | b'4', _, _, _, _, b'W', b'A', b'V', b'E'])
}

/// Where a parser of heads is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Before the 12 bytes of the file's head.
    File,
    /// Before the 8 bytes of a chunk's head.
    Chunk,
    /// In the chunk that says what the samples are.
    Format(u32),
    /// In a chunk that is of no use.
    Skip(u64),
}

/// Reads the head of a WAV file, in pieces of any size. It holds no more than [`FORMAT_SIZE_MAX`] bytes.
#[derive(Debug)]
pub struct HeadParser {
    stage: Stage,
    held: Vec<u8>,
    /// Bytes of the file that were taken.
    taken: u64,
    format: Option<(u32, u16, Coding)>,
}

impl HeadParser {
    /// One at the beginning of a file.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "it is made in one place")]
    pub const fn new() -> Self {
        Self { stage: Stage::File, held: Vec::new(), taken: 0, format: None }
    }

    /// Takes more bytes. Where the samples begin in them, and what they are.
    ///
    /// # Errors
    /// In words, where this is no WAV file that can be used.
    pub fn take(&mut self, bytes: &[u8]) -> Result<Option<(Format, usize)>, String> {
        let mut rest = bytes;
        loop {
            if let Stage::Skip(left) = self.stage {
                let count = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                rest = self.pass(rest, count);
                let left = left - u64::try_from(count).unwrap_or(left);
                self.stage = if left == 0 { Stage::Chunk } else { Stage::Skip(left) };
                if left > 0 {
                    return Ok(None);
                }
            }
            let needed = match self.stage {
                Stage::File => 12,
                Stage::Chunk | Stage::Skip(_) => 8,
                Stage::Format(size) => usize::try_from(size).unwrap_or(0) + usize::from(size % 2 == 1),
            };
            let count = needed.saturating_sub(self.held.len()).min(rest.len());
            self.held.extend_from_slice(rest.get(..count).unwrap_or_default());
            rest = self.pass(rest, count);
            if self.held.len() < needed {
                return Ok(None);
            }
            let held = std::mem::take(&mut self.held);
            if let Some(length) = self.step(&held)? {
                let Some((rate, channels, coding)) = self.format else {
                    return Err("its samples come before what they are".to_owned());
                };
                // A length of nothing, or of all ones, is that of a file whose writer did not know it.
                let length = (length != 0 && length < 0xffff_0000).then_some(u64::from(length));
                let format = Format { rate, channels, coding, begins: self.taken, length };
                return Ok(Some((format, bytes.len() - rest.len())));
            }
        }
    }

    fn pass<'b>(&mut self, rest: &'b [u8], count: usize) -> &'b [u8] {
        self.taken += u64::try_from(count).unwrap_or(0);
        rest.get(count..).unwrap_or_default()
    }

    /// Takes one head or chunk; the length of the samples if they begin behind it.
    fn step(&mut self, held: &[u8]) -> Result<Option<u32>, String> {
        match (self.stage, held) {
            (Stage::File, head) if is_file_head(head) => self.stage = Stage::Chunk,
            (Stage::File, _) => return Err(NO_WAVE.to_owned()),
            (Stage::Format(_), chunk) => {
                self.format = Some(format(chunk)?);
                self.stage = Stage::Chunk;
            }
            (_, &[a, b, c, d, e, f, g, h]) => {
                let size = u32::from_le_bytes([e, f, g, h]);
                match &[a, b, c, d] {
                    b"data" => return Ok(Some(size)),
                    b"fmt " if (16..=FORMAT_SIZE_MAX).contains(&size) => self.stage = Stage::Format(size),
                    b"fmt " => return Err(format!("what its samples are is said in {size} bytes")),
                    _ => self.stage = Stage::Skip(u64::from(size) + u64::from(size % 2)),
                }
            }
            _ => return Err("its head is broken".to_owned()),
        }
        Ok(None)
    }
}

/// Rate, channels and coding, from a format chunk.
fn format(chunk: &[u8]) -> Result<(u32, u16, Coding), String> {
    let &[t0, t1, c0, c1, r0, r1, r2, r3, _, _, _, _, a0, a1, b0, b1, ref more @ ..] = chunk else {
        return Err("its head is broken".to_owned());
    };
    let bits = u16::from_le_bytes([b0, b1]);
    // An extensible format has its kind further back (Microsoft, WAVEFORMATEXTENSIBLE).
    let kind = match (u16::from_le_bytes([t0, t1]), more.get(8..10)) {
        (0xfffe, Some(&[low, high])) => u16::from_le_bytes([low, high]),
        (kind, _) => kind,
    };
    let coding = match (kind, bits) {
        (1, 8) => Coding::Unsigned8,
        (1, 16) => Coding::Signed16,
        (1, 24) => Coding::Signed24,
        (1, 32) => Coding::Signed32,
        (3, 32) => Coding::Float32,
        (3, 64) => Coding::Float64,
        (1 | 3, bits) => return Err(format!("its samples have {bits} bits; 8, 16, 24 and 32 are supported")),
        (kind, _) => {
            return Err(format!(
                "its samples are of kind {kind}{}; plain PCM and floating point are supported: ffmpeg -i FILE sound.wav",
                match kind {
                    6 => " (A-law)",
                    7 => " (µ-law)",
                    2 | 17 => " (ADPCM)",
                    85 => " (MP3)",
                    _ => "",
                }
            ));
        }
    };
    let (rate, channels) = (u32::from_le_bytes([r0, r1, r2, r3]), u16::from_le_bytes([c0, c1]));
    if !RATES.contains(&rate) {
        return Err(format!("it has {rate} samples a second; {} to {} are supported", RATES.start(), RATES.end()));
    }
    if !(1..=CHANNELS_MAX).contains(&channels) {
        return Err(format!("it has {channels} channels; 1 to {CHANNELS_MAX} are supported"));
    }
    let block = u16::from_le_bytes([a0, a1]);
    if usize::from(block) != coding.size() * usize::from(channels) {
        return Err(format!("its head says that {channels} samples of {bits} bits have {block} bytes"));
    }
    Ok((rate, channels, coding))
}

#[cfg(test)]
mod tests {
    use super::{Coding, Format, HeadParser};

    /// A file's bytes, from the parts of its format chunk and from chunks before and behind it.
    fn file(kind: u16, channels: u16, rate: u32, bits: u16, length: u32) -> Vec<u8> {
        let block = channels.wrapping_mul(bits / 8);
        [
            &b"RIFF\xff\xff\xff\xffWAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0"[..],
            &kind.to_le_bytes(),
            &channels.to_le_bytes(),
            &rate.to_le_bytes(),
            &0_u32.to_le_bytes(),
            &block.to_le_bytes(),
            &bits.to_le_bytes(),
            b"fact\x04\0\0\0\0\0\0\0data",
            &length.to_le_bytes(),
        ]
        .concat()
    }

    fn read(bytes: &[u8], step: usize) -> Result<Option<Format>, String> {
        let mut parser = HeadParser::new();
        for piece in bytes.chunks(step) {
            if let Some((format, _)) = parser.take(piece)? {
                return Ok(Some(format));
            }
        }
        Ok(None)
    }

    #[test]
    fn what_a_reader_says_of_samples_is_looked_at() {
        let format = |rate, channels| Format { rate, channels, coding: Coding::Signed16, begins: 44, length: None };
        assert!(format(48_000, 1).is_supported() && format(192_000, 8).is_supported());
        for (rate, channels) in [(0, 1), (44_099, 1), (192_001, 1), (u32::MAX, 1), (48_000, 0), (48_000, 9)] {
            assert!(!format(rate, channels).is_supported(), "{rate} {channels}");
        }
    }

    #[test]
    fn every_usual_head_is_read_in_pieces_of_any_size() {
        let codings = [
            (1, 8, Coding::Unsigned8),
            (1, 16, Coding::Signed16),
            (1, 24, Coding::Signed24),
            (1, 32, Coding::Signed32),
            (3, 32, Coding::Float32),
            (3, 64, Coding::Float64),
        ];
        for (kind, bits, coding) in codings {
            for (length, told) in [(0, None), (u32::MAX, None), (0xffff_ffd3, None), (4_000, Some(4_000))] {
                let bytes = [file(kind, 2, 48_000, bits, length), vec![7; 9]].concat();
                for step in [1, 7, 4_096] {
                    let format = read(&bytes, step).unwrap().unwrap();
                    let begins = u64::try_from(bytes.len() - 9).unwrap();
                    assert_eq!(format, Format { rate: 48_000, channels: 2, coding, begins, length: told });
                }
            }
        }
    }

    #[test]
    fn heads_that_lie_or_cannot_be_used_are_refused_in_words() {
        let cases = [
            (file(1, 1, 1, 16, 0), "1 samples a second"),
            (file(1, 1, 10_000_000, 16, 0), "10000000 samples"),
            (file(1, 0, 48_000, 16, 0), "0 channels"),
            (file(1, 9, 48_000, 16, 0), "9 channels"),
            (file(1, 1, 48_000, 12, 0), "12 bits"),
            (file(6, 1, 48_000, 8, 0), "A-law"),
            (file(85, 1, 48_000, 16, 0), "MP3"),
            (b"RIFF\0\0\0\0WAVEdata\0\0\0\0".to_vec(), "before what they are"),
            (b"RIFF\0\0\0\0WAVEfmt \xff\xff\xff\xff".to_vec(), "4294967295 bytes"),
            (b"ID3\x04\0\0\0\0\0\0\0\0\0".to_vec(), "no WAV file"),
        ];
        for (bytes, told) in cases {
            let why = read(&bytes, 5).unwrap_err();
            assert!(why.contains(told), "{why}");
        }
        let mut block = file(1, 1, 48_000, 16, 0);
        let at = block.windows(4).position(|four| four == b"fact").unwrap() - 4;
        block[at] = 7;
        assert!(read(&block, 4_096).unwrap_err().contains("have 7 bytes"));
        // Cut anywhere, it waits for more.
        let whole = file(1, 1, 48_000, 16, 0);
        (0..whole.len()).for_each(|end| assert_eq!(read(&whole[..end], 3), Ok(None), "{end}"));
        let endless = [&b"RIFF\0\0\0\0WAVE"[..], &b"junk\xff\xff\xff\xff".repeat(1_000)].concat();
        assert_eq!(read(&endless, 64), Ok(None));
    }

    #[test]
    fn a_sample_is_what_its_bytes_say_in_every_coding() {
        let half = |coding: Coding, bytes: &[u8]| {
            let format = Format { rate: 48_000, channels: 2, coding, begins: 0, length: None };
            format.samples(bytes, 1)
        };
        assert_eq!(half(Coding::Unsigned8, &[0, 192]), [0.5]);
        assert_eq!(half(Coding::Signed16, &[0, 0, 0, 0x40, 9]), [0.5]);
        assert_eq!(half(Coding::Signed24, &[0, 0, 0, 0, 0, 0xc0]), [-0.5]);
        assert_eq!(half(Coding::Signed32, &[0, 0, 0, 0, 0, 0, 0, 0x40]), [0.5]);
        assert_eq!(half(Coding::Float32, &[0.0_f32.to_le_bytes(), 0.5_f32.to_le_bytes()].concat()), [0.5]);
        assert_eq!(half(Coding::Float64, &[0.0_f64.to_le_bytes(), 0.5_f64.to_le_bytes()].concat()), [0.5]);
    }
}

//! Heads of WAV files: the same in pieces of any size, and what they say of the samples is what can be read.

use rootcast_online::link::sound::wave_format::{Format, HeadParser};

use super::input::Input;
use super::{Reached, assert_printable};
use crate::sound_channel::wave_of;

/// Steps of a script.
const STEPS_MAX: usize = 12;

/// The bytes of a script: chunks of a WAV file, true ones and others.
fn head(input: &mut Input<'_>) -> Vec<u8> {
    let mut bytes = b"RIFF\xff\xff\xff\xffWAVE".to_vec();
    for _ in 0..STEPS_MAX {
        if input.is_empty() {
            break;
        }
        match input.byte() % 6 {
            0 => {
                let (kind, channels, bits) = (input.short() % 8, u16::from(input.byte() % 10), input.byte() % 65);
                let rate = [44_100, 48_000, 96_000, 192_000, 8_000, u32::MAX][usize::from(input.byte()) % 6];
                let file = wave_of(kind, channels, rate, bits.into(), &[]);
                bytes.extend_from_slice(&file[12..36]);
            }
            1 => {
                bytes.extend_from_slice(b"data");
                bytes.extend_from_slice(&u32::from(input.short()).to_le_bytes());
            }
            2 => {
                // A chunk of no use, with as many bytes as it says, or not.
                let (told, there) = (input.byte(), input.byte());
                bytes.extend_from_slice(b"LIST");
                bytes.extend_from_slice(&u32::from(told).to_le_bytes());
                bytes.extend(std::iter::repeat_n(b'x', usize::from(there)));
            }
            3 => {
                // An extensible format.
                let more = input.bytes(24);
                let file = wave_of(0xfffe, 2, 48_000, 16, &[]);
                bytes.extend_from_slice(b"fmt \x28\0\0\0");
                bytes.extend_from_slice(&file[20..36]);
                bytes.extend_from_slice(more);
                bytes.resize(bytes.len() + 24 - more.len(), 0);
            }
            4 => {
                let at = usize::from(input.short()) % bytes.len();
                bytes[at] = input.byte();
            }
            _ => bytes.extend_from_slice(input.short_text()),
        }
    }
    bytes
}

/// What a parser says that gets the bytes in pieces: the format, and where in the bytes the samples begin.
fn parsed(bytes: &[u8], step: usize) -> Result<Option<(Format, usize)>, String> {
    let (mut parser, mut before) = (HeadParser::new(), 0);
    for piece in bytes.chunks(step) {
        if let Some((format, used)) = parser.take(piece)? {
            assert!(used <= piece.len(), "it took more than there was");
            return Ok(Some((format, before + used)));
        }
        before += piece.len();
    }
    Ok(None)
}

/// First byte: a script or bytes as they are. Then the step in which they are read.
pub(super) fn run(input: &[u8]) -> Reached {
    let mut input = Input::new(input);
    let (is_raw, step) = (input.byte() & 1 != 0, usize::from(input.byte()) + 1);
    let bytes = if is_raw { input.rest().to_vec() } else { head(&mut input) };
    let whole = parsed(&bytes, usize::MAX);
    assert_eq!(whole, parsed(&bytes, step), "in steps of {step}");
    match &whole {
        Ok(Some((format, begins))) => {
            assert!(format.is_supported(), "{format:?}");
            assert_eq!(format.begins, *begins as u64, "{format:?}");
            assert_eq!(&bytes[begins - 8..begins - 4], b"data", "{format:?}");
            let told = u32::from_le_bytes(bytes[begins - 4..*begins].try_into().expect("four bytes"));
            assert!(format.length.is_none_or(|length| length == u64::from(told)), "{format:?}");
            assert!((1..=8).contains(&format.coding.size()), "{format:?}");
        }
        Ok(None) => {}
        Err(why) => assert_printable(why),
    }
    Reached::taken(matches!(whole, Ok(Some(_))))
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (kind, bits) in [(1, 8), (1, 16), (1, 24), (1, 32), (3, 32), (3, 64), (6, 8), (85, 0)] {
        let file = wave_of(kind, 2, 48_000, bits, &[1; 16]);
        seeds.push([&[1, 6][..], &file].concat());
        seeds.push(vec![0, 3, 0, kind as u8, 0, 2, bits as u8, 1, 1, 9, 0]);
    }
    // A chunk before and behind, an odd one, an extensible format, a byte changed, samples before what they are.
    seeds.push(vec![0, 0, 2, 3, 4, 0, 1, 0, 1, 16, 1, 2, 4, 4, 1, 0, 0]);
    seeds.push([&[0, 1, 3, 22, 0, 16, 0, 3, 0, 0, 0, 1, 0][..], &[0; 14], &[1, 0, 0]].concat());
    seeds.push(vec![0, 9, 0, 1, 0, 1, 16, 1, 4, 22, 0, 3, 1, 7, 0]);
    seeds.push(vec![0, 9, 1, 7, 0, 0, 1, 0, 1, 16, 1]);
    seeds.push(b"neither script nor head".to_vec());
    seeds
}

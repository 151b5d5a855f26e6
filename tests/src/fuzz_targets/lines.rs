//! What cuts a line or a recording into frames: how it is fed makes no difference, no byte is lost uncounted, and noise in
//! front of a frame does not swallow it.

use rootcast_protocol::cobs::{self, Piece};
use rootcast_protocol::datagram::{self, DATAGRAM_SIZE_MAX, LENGTH_SIZE};
use rootcast_protocol::frame;
use rootcast_protocol::limits::FRAME_SIZE_MAX;
use rootcast_protocol::recording;

use super::input::Input;
use super::{Reached, materials};
use crate::forged;

/// Frames as they came, or how many bytes were lost there.
type Pieces = Vec<Result<Vec<u8>, usize>>;

fn keep(pieces: &mut Pieces) -> impl FnMut(Piece<'_>) + '_ {
    |piece| {
        pieces.push(match piece {
            Piece::Frame(frame) => Ok(frame.to_vec()),
            Piece::Damaged { bytes } => Err(bytes),
        });
    }
}

fn split_cobs(line: &[u8], size_max: usize, step: usize) -> Pieces {
    let mut pieces = Vec::new();
    let mut splitter = cobs::Splitter::new(size_max);
    for part in line.chunks(step) {
        splitter.push(part, &mut keep(&mut pieces));
    }
    splitter.finish(&mut keep(&mut pieces));
    pieces
}

/// Two bytes: the longest frame; one: the step in which the line is read. Then the line.
pub(super) fn run_cobs(input: &[u8]) -> Reached {
    let mut input = Input::new(input);
    let size_max = usize::from(input.short()) % FRAME_SIZE_MAX + 1;
    let step = usize::from(input.byte()) + 1;
    let line = input.rest();
    let pieces = split_cobs(line, size_max, usize::MAX);
    assert_eq!(pieces, split_cobs(line, size_max, step), "in steps of {step}");
    // Between zeros there is one piece each, and what is counted as damage is what was there.
    let between: Vec<&[u8]> = line.split(|byte| *byte == 0).filter(|part| !part.is_empty()).collect();
    assert_eq!(pieces.len(), between.len());
    let mut taken = false;
    for (piece, part) in pieces.iter().zip(between) {
        match piece {
            Err(bytes) => assert_eq!(*bytes, part.len()),
            Ok(frame) => {
                assert!(frame.len() <= size_max);
                taken |= !frame.is_empty();
                let mut again = Vec::new();
                cobs::encode(frame, &mut again);
                assert!(again.len() <= cobs::encoded_size_max(frame.len()));
                assert_eq!(split_cobs(&again, size_max, step), [Ok(frame.clone())]);
            }
        }
    }
    // Any bytes are a frame to COBS, whatever came before on the line.
    let frame = &line[..line.len().min(size_max)];
    let mut noisy = line.to_vec();
    cobs::encode(frame, &mut noisy);
    assert_eq!(noisy[line.len()..].iter().filter(|byte| **byte == 0).count(), 2);
    assert_eq!(split_cobs(&noisy, size_max, step).last(), Some(&Ok(frame.to_vec())));
    Reached::taken(taken)
}

fn split_recording(bytes: &[u8], step: usize) -> Pieces {
    let mut pieces = Vec::new();
    let mut splitter = recording::Splitter::new();
    for part in bytes.chunks(step) {
        splitter.push(part, &mut keep(&mut pieces));
    }
    splitter.finish(&mut keep(&mut pieces));
    // Runs of lost bytes depend on the steps; their sum does not.
    let mut joined: Pieces = Vec::new();
    for piece in pieces {
        match (joined.last_mut(), piece) {
            (Some(Err(before)), Err(more)) => *before += more,
            (_, piece) => joined.push(piece),
        }
    }
    joined
}

/// Two bytes: the step in which it is read. Then the recording.
pub(super) fn run_recording(input: &[u8]) -> Reached {
    let mut input = Input::new(input);
    let step = usize::from(input.short()) + 1;
    let bytes = input.rest();
    let pieces = split_recording(bytes, usize::MAX);
    assert_eq!(pieces, split_recording(bytes, step), "in steps of {step}");
    let length = |piece: &Result<Vec<u8>, usize>| piece.as_ref().map_or_else(|lost| *lost, |frame| frame.len() + 2);
    assert_eq!(pieces.iter().map(length).sum::<usize>(), bytes.len(), "bytes are lost and not counted");
    let frame = &forged::frames_of(&materials::bytes(300), 0, 1)[0];
    let mut noisy = bytes.to_vec();
    recording::encode_record(frame, &mut noisy);
    assert_eq!(split_recording(&noisy, step).last(), Some(&Ok(frame.clone())), "noise swallowed a frame");
    Reached::taken(pieces.iter().any(Result::is_ok))
}

/// One datagram of any bytes, as an Ethernet frame or a UDP datagram brings it.
pub(super) fn run_datagram(input: &[u8]) -> Reached {
    let Ok(found) = datagram::frame_of(input) else { return Reached::Refused };
    assert!(found.len() + LENGTH_SIZE <= input.len().min(DATAGRAM_SIZE_MAX), "a frame from behind its datagram");
    // What follows the frame changes nothing, and what is sent is what is found.
    let mut padded = input.to_vec();
    padded.extend_from_slice(&[0xff; 9]);
    assert_eq!(datagram::frame_of(&padded), Ok(found));
    let mut again = Vec::new();
    datagram::encode(found, input.len(), &mut again);
    assert_eq!(datagram::frame_of(&again), Ok(found));
    Reached::taken(frame::open(found, &[]).is_ok())
}

/// Datagrams of true frames: exact, filled up, cut, with a length that is not theirs.
pub(super) fn seeds_datagram() -> Vec<Vec<u8>> {
    let mut seeds = vec![vec![], vec![0], vec![0; 46], vec![0xff; 60]];
    for frame in forged::frames_of(&materials::bytes(1500), 0, 3) {
        for size in [0, 1500] {
            let mut datagram = Vec::new();
            datagram::encode(&frame, size, &mut datagram);
            seeds.push(datagram[..datagram.len() / 2].to_vec());
            let mut other = datagram.clone();
            other[1] ^= 1;
            seeds.extend([datagram, other]);
        }
    }
    seeds
}

/// Lines with frames, noise between them, blocks of every length around 254.
pub(super) fn seeds_cobs() -> Vec<Vec<u8>> {
    let mut seeds = vec![vec![0xff, 0x03, 6], vec![9, 0, 0, 1, 1, 0, 1]];
    for length in [1, 3, 253, 254, 255, 508, 700] {
        let mut line = vec![5, 5, 5];
        for frame in [materials::bytes(length), vec![1; length], vec![0; length.min(40)]] {
            cobs::encode(&frame, &mut line);
        }
        seeds.push([&[0xff, 0x0a, 63], &line[..]].concat());
        seeds.push([&[0xfe, 0, 0], &line[..]].concat());
    }
    let mut line = Vec::new();
    forged::frames_of(&materials::bytes(3000), 0, 4).iter().for_each(|frame| cobs::encode(frame, &mut line));
    seeds.push([&[0x87, 0x0b, 99], &line[..]].concat());
    seeds
}

/// Recordings of true frames, cut, joined, with noise.
pub(super) fn seeds_recording() -> Vec<Vec<u8>> {
    let frames = forged::frames_of(&materials::bytes(1500), 0, 3);
    let mut whole = Vec::new();
    frames.iter().for_each(|frame| recording::encode_record(frame, &mut whole));
    let mut later = frames[0].clone();
    later[2] = 2;
    let mut other = whole[..500].to_vec();
    recording::encode_record(&later, &mut other);
    other.extend_from_slice(&whole);
    let nested = [&[0x04, 0x00, 0xd7, 0x52], &whole[..]].concat();
    [whole, other, nested]
        .iter()
        .flat_map(|bytes| [[&[0x3f, 0], &bytes[..]].concat(), [&[0xff, 0x7f], &bytes[..]].concat()])
        .collect()
}

//! COBS with a zero byte before and after every frame: how frames share a serial line.
//!
//! Consistent Overhead Byte Stuffing (Cheshire and Baker, 1999) removes all zero bytes from a frame, so that a zero on
//! the line always means "a frame ends or begins here". Whatever happened before it, a receiver is in step again after
//! the next zero. Nothing here knows what a frame contains. The frame's CRC finds damage that the stuffing does not
//! show.

/// The most bytes a frame of `frame_size` bytes takes on the line, both zero bytes included.
#[must_use]
pub const fn encoded_size_max(frame_size: usize) -> usize {
    frame_size + frame_size / 254 + 1 + 2
}

/// The bytes that this very frame takes on the line, both zero bytes included.
#[must_use]
pub fn size_on_line(frame: &[u8]) -> usize {
    // Each zero of the frame becomes a code byte; there is one code more, and one for each 254 bytes without a zero that
    // something follows.
    let (mut size, mut run) = (3, 0);
    for (left, byte) in (0..frame.len()).rev().zip(frame) {
        size += 1;
        run = if *byte == 0 { 0 } else { run + 1 };
        if run == 254 && left > 0 {
            (size, run) = (size + 1, 0);
        }
    }
    size
}

/// Appends a zero byte, the stuffed frame, and a zero byte. The zero in front ends whatever noise came before.
///
/// ```
/// use rootcast_protocol::cobs::{Piece, Splitter, encode};
///
/// let mut line = Vec::new();
/// encode(&[1, 0, 2], &mut line);
/// assert_eq!(line, [0, 2, 1, 2, 2, 0]);
/// let mut frames = Vec::new();
/// Splitter::new(100).push(&line, &mut |piece| {
///     if let Piece::Frame(frame) = piece {
///         frames.push(frame.to_vec());
///     }
/// });
/// assert_eq!(frames, [[1, 0, 2]]);
/// ```
pub fn encode(frame: &[u8], out: &mut Vec<u8>) {
    out.reserve(encoded_size_max(frame.len()));
    out.push(0);
    let mut rest = frame;
    loop {
        // A block is up to 254 bytes without a zero. Its code is one more than its length; 255 says that no zero follows.
        let block = rest.iter().take(254).position(|byte| *byte == 0);
        let length = block.unwrap_or_else(|| rest.len().min(254));
        let (bytes, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        out.push(u8::try_from(length + 1).unwrap_or(u8::MAX));
        out.extend_from_slice(bytes);
        match block {
            Some(_) => rest = after.get(1..).unwrap_or_default(),
            None if after.is_empty() => break,
            None => rest = after,
        }
    }
    out.push(0);
}

/// One thing found on the line between two zero bytes.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Piece<'a> {
    /// The bytes of a frame, unstuffed; not looked at any further.
    Frame(&'a [u8]),
    /// Bytes that are not a stuffed frame, or too many for one.
    Damaged {
        /// How many bytes of the line they were.
        bytes: usize,
    },
}

/// Cuts what a serial line delivers into frames, in pieces of any size. Holds at most one frame.
#[derive(Debug)]
pub struct Splitter {
    frame: Vec<u8>,
    frame_size_max: usize,
    /// Bytes of the line since the last zero.
    seen: usize,
    /// Bytes still to come in the present block.
    left: u8,
    /// Whether the frame goes on with a zero byte after the present block.
    zero_follows: bool,
    /// Whether the bytes since the last zero can no longer become a frame.
    lost: bool,
}

impl Splitter {
    /// A splitter for frames of at most `frame_size_max` bytes.
    #[must_use]
    pub fn new(frame_size_max: usize) -> Self {
        Self { frame: Vec::new(), frame_size_max, seen: 0, left: 0, zero_follows: false, lost: false }
    }

    /// Takes more bytes of the line and hands each piece that ended in them to `each`.
    pub fn push(&mut self, bytes: &[u8], each: &mut impl FnMut(Piece<'_>)) {
        for byte in bytes {
            if *byte == 0 {
                self.end(each);
            } else {
                self.take(*byte);
            }
        }
    }

    /// Ends what is still open, as a zero byte would: for a line that has an end.
    pub fn finish(&mut self, each: &mut impl FnMut(Piece<'_>)) {
        self.end(each);
    }

    fn take(&mut self, byte: u8) {
        self.seen = self.seen.saturating_add(1);
        if self.lost {
            return;
        }
        if self.left > 0 {
            self.left -= 1;
            self.append(byte);
        } else {
            if self.zero_follows {
                self.append(0);
            }
            self.left = byte - 1;
            self.zero_follows = byte != u8::MAX;
        }
    }

    fn append(&mut self, byte: u8) {
        if self.frame.len() < self.frame_size_max {
            self.frame.push(byte);
        } else {
            self.lost = true;
        }
    }

    fn end(&mut self, each: &mut impl FnMut(Piece<'_>)) {
        if self.seen > 0 {
            if self.lost || self.left > 0 {
                each(Piece::Damaged { bytes: self.seen });
            } else {
                each(Piece::Frame(&self.frame));
            }
        }
        self.frame.clear();
        (self.seen, self.left, self.zero_follows, self.lost) = (0, 0, false, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &[u8], frame_size_max: usize, step: usize) -> Vec<Result<Vec<u8>, usize>> {
        let mut splitter = Splitter::new(frame_size_max);
        let mut found = Vec::new();
        let mut each = |piece: Piece<'_>| {
            found.push(match piece {
                Piece::Frame(frame) => Ok(frame.to_vec()),
                Piece::Damaged { bytes } => Err(bytes),
            });
        };
        for part in line.chunks(step) {
            splitter.push(part, &mut each);
        }
        splitter.finish(&mut each);
        found
    }

    #[test]
    fn every_length_around_the_block_size_is_read_back() {
        assert_eq!(size_on_line(&[]), 3);
        for length in (1..=3).chain(250..=260).chain(505..=512) {
            for pattern in [0u8, 1, 255] {
                let mut frame = vec![pattern; length];
                for zeros in [vec![], vec![0], vec![length - 1], vec![length.min(255) - 1], vec![length / 2]] {
                    zeros.into_iter().for_each(|at| frame[at] = 0);
                    let mut line = Vec::new();
                    encode(&frame, &mut line);
                    assert_eq!(line.len(), size_on_line(&frame), "{length} {pattern}");
                    assert!(line.len() <= encoded_size_max(length), "{length} {pattern}");
                    assert_eq!(line.iter().filter(|byte| **byte == 0).count(), 2);
                    for step in [1, 7, 4096] {
                        assert_eq!(split(&line, 512, step), [Ok(frame.clone())], "{length} {pattern} {step}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_splitter_is_in_step_again_after_any_zero() {
        let mut line = vec![9, 9, 9];
        encode(b"first", &mut line);
        let cut = line.len();
        encode(b"second", &mut line);
        encode(b"third", &mut line);
        line.drain(cut + 3..cut + 6);
        assert_eq!(split(&line, 100, 1), [Err(3), Ok(b"first".to_vec()), Err(4), Ok(b"third".to_vec())]);
    }

    #[test]
    fn noise_without_a_zero_is_counted_and_not_kept() {
        let noise = vec![0x41; 1_000_000];
        let mut splitter = Splitter::new(100);
        let mut each = |_: Piece<'_>| panic!("nothing ended");
        splitter.push(&noise, &mut each);
        assert!(splitter.frame.capacity() <= 256);
        let mut damaged = 0;
        splitter.push(&[0], &mut |piece| {
            if let Piece::Damaged { bytes } = piece {
                damaged += bytes;
            }
        });
        assert_eq!(damaged, 1_000_000);
    }

    #[test]
    fn a_frame_longer_than_allowed_is_damage() {
        let mut line = Vec::new();
        encode(&[7; 101], &mut line);
        assert_eq!(split(&line, 100, 10), [Err(102)]);
        assert_eq!(split(&line, 101, 10), [Ok(vec![7; 101])]);
    }

    #[test]
    fn zeros_between_frames_are_nothing() {
        assert_eq!(split(&[0; 50], 100, 3), []);
    }
}

//! Datagrams: one frame as an Ethernet frame or a UDP datagram carries it.
//!
//! ```text
//! length of the frame │ frame        │ padding
//! 2 bytes, big-endian │ length bytes │ any bytes, ignored
//! ```
//!
//! The length is there because a datagram does not say where its frame ends: a network card fills up short frames, and a
//! sender fills up frames to one size. Nothing here looks into a frame, or allocates.

use core::fmt;

use crate::frame::FRAME_SIZE_MIN;
use crate::limits::FRAME_SIZE_MAX;

/// Bytes of the length before the frame.
pub const LENGTH_SIZE: usize = 2;

/// The longest datagram that a sender makes, in bytes: [`LENGTH_SIZE`] and the largest frame.
pub const DATAGRAM_SIZE_MAX: usize = LENGTH_SIZE + FRAME_SIZE_MAX;

/// Appends the datagram of `frame`, filled up with zeros to at least `size` bytes. A frame has at most
/// [`FRAME_SIZE_MAX`] bytes; of anything longer nothing is written.
pub fn encode(frame: &[u8], size: usize, out: &mut Vec<u8>) {
    let (Ok(length), true) = (u16::try_from(frame.len()), frame.len() <= FRAME_SIZE_MAX) else { return };
    let begin = out.len();
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(frame);
    let whole = (out.len() - begin).max(size.min(DATAGRAM_SIZE_MAX));
    out.resize(begin + whole, 0);
}

/// The bytes of the frame in a datagram. They are not looked at.
///
/// ```
/// use rootcast_protocol::datagram::{DatagramError, encode, frame_of};
/// use rootcast_protocol::test_pattern::TestPattern;
///
/// let frame = TestPattern::new().frame(0, 1).expect("the first frame");
/// let mut datagram = Vec::new();
/// encode(&frame, 1500, &mut datagram);
/// assert_eq!((datagram.len(), frame_of(&datagram)), (1500, Ok(&*frame)));
/// assert!(matches!(frame_of(&datagram[..100]), Err(DatagramError::Cut { .. })));
/// ```
///
/// # Errors
/// When the length is missing or out of range, or the datagram ends before its frame does.
pub fn frame_of(datagram: &[u8]) -> Result<&[u8], DatagramError> {
    let found = datagram.len();
    let (length, rest) = datagram.split_first_chunk::<LENGTH_SIZE>().ok_or(DatagramError::Short { found })?;
    let length = usize::from(u16::from_be_bytes(*length));
    if !(FRAME_SIZE_MIN..=FRAME_SIZE_MAX).contains(&length) {
        return Err(DatagramError::Length { length });
    }
    rest.get(..length).ok_or(DatagramError::Cut { length, found: rest.len() })
}

/// Why a datagram has no frame.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum DatagramError {
    /// It is shorter than a length.
    Short {
        /// Its length, in bytes.
        found: usize,
    },
    /// No frame is that long.
    Length {
        /// What it says, in bytes.
        length: usize,
    },
    /// It ends before its frame does.
    Cut {
        /// Bytes of the frame, as it says.
        length: usize,
        /// Bytes that are there.
        found: usize,
    },
}

impl DatagramError {
    /// A stable short name, as the vectors and the documentation use it.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Short { .. } => "datagram-short",
            Self::Length { .. } => "datagram-length",
            Self::Cut { .. } => "datagram-cut",
        }
    }
}

impl fmt::Display for DatagramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short { found } => write!(f, "a datagram of {found} bytes has no length"),
            Self::Length { length } => {
                write!(f, "a frame of {length} bytes; it has {FRAME_SIZE_MIN} to {FRAME_SIZE_MAX}")
            }
            Self::Cut { length, found } => write!(f, "a frame of {length} bytes, of which {found} are there"),
        }
    }
}

impl core::error::Error for DatagramError {}

#[cfg(test)]
mod tests {
    use super::{DATAGRAM_SIZE_MAX, DatagramError, encode, frame_of};
    use crate::limits::FRAME_SIZE_MAX;

    #[test]
    fn a_frame_comes_back_whatever_follows_it() {
        for length in [9, 10, 60, 1442, FRAME_SIZE_MAX] {
            let frame = vec![0xd7; length];
            for size in [0, 46, 1500, usize::MAX] {
                let mut datagram = vec![9, 9, 9];
                encode(&frame, size, &mut datagram);
                let datagram = &mut datagram[3..];
                assert_eq!(datagram.len(), (length + 2).max(size.min(DATAGRAM_SIZE_MAX)));
                assert_eq!(frame_of(datagram), Ok(&*frame));
                assert!(datagram[length + 2..].iter().all(|byte| *byte == 0));
                datagram[length + 2..].fill(0xff);
                assert_eq!(frame_of(datagram), Ok(&*frame), "padding is ignored");
            }
        }
        let mut nothing = Vec::new();
        encode(&[0; FRAME_SIZE_MAX + 1], 0, &mut nothing);
        assert!(nothing.is_empty());
    }

    #[test]
    fn a_length_that_no_frame_has_is_refused_before_anything_else() {
        assert_eq!(frame_of(&[]), Err(DatagramError::Short { found: 0 }));
        assert_eq!(frame_of(&[0]), Err(DatagramError::Short { found: 1 }));
        assert_eq!(frame_of(&[0; 1500]), Err(DatagramError::Length { length: 0 }));
        assert_eq!(frame_of(&[0xff; 9000]), Err(DatagramError::Length { length: 0xffff }));
        assert_eq!(frame_of(&[0, 9, 1, 1]), Err(DatagramError::Cut { length: 9, found: 2 }));
    }
}

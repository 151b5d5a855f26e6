//! What comes from the process that records: a hello, and then records. Numbers are big-endian.
//!
//! ```text
//! hello     length 4 · JSON
//! record    kind 1 · length 4 · bytes
//! ```
//!
//! Whoever took that process over can send anything, so lengths are bounded before anything is set aside.

use std::io;

use rootcast_host::sandbox::Closed;
use serde::{Deserialize, Serialize};

use crate::link::sound::piece::PIECE_SIZE;
use crate::link::sound::wave_format::Coding;

/// Bytes of a hello.
const HELLO_SIZE_MAX: usize = 16_384;
/// Characters of why a device failed.
const WHY_MAX: usize = 1_000;
/// Bytes before those of a record.
const HEAD_SIZE: usize = 5;

/// The first thing that the process says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Hello {
    /// The device is open.
    Open {
        /// Samples a second.
        rate: u32,
        /// Channels.
        channels: u16,
        /// How a sample is written.
        coding: Coding,
        /// For people: what is open, and how.
        text: String,
        /// What of its sandbox is in force.
        closed: Closed,
    },
    /// It cannot be opened.
    Refused {
        /// Why.
        why: String,
        /// What to do next.
        next: String,
    },
}

impl Hello {
    /// Its bytes.
    pub(super) fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let said = serde_json::to_vec(self)?;
        let length = u32::try_from(said.len()).map_err(io::Error::other)?;
        Ok([&length.to_be_bytes()[..], &said].concat())
    }
}

/// What the process says from then on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Record {
    /// Samples, in whole blocks.
    Samples(Vec<u8>),
    /// Overruns and suspends so far.
    Troubles(u32, u32),
    /// The device failed, in words.
    Failed(String),
}

impl Record {
    /// Its bytes.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let (kind, bytes) = match self {
            Self::Samples(bytes) => (b'S', bytes.clone()),
            Self::Troubles(overruns, suspends) => (b'T', [overruns.to_be_bytes(), suspends.to_be_bytes()].concat()),
            Self::Failed(why) => (b'F', why.chars().take(WHY_MAX).collect::<String>().into_bytes()),
        };
        let length = u32::try_from(bytes.len()).unwrap_or(0);
        [&[kind][..], &length.to_be_bytes(), &bytes].concat()
    }
}

/// Puts what was read together again.
#[derive(Debug, Default)]
pub(crate) struct Records {
    held: Vec<u8>,
}

impl Records {
    /// Bytes that are wanted at most at a time.
    pub(crate) const WANTED: usize = PIECE_SIZE;

    /// Takes bytes as they came.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    /// The hello, once all of it has come.
    ///
    /// # Errors
    /// Where it makes no sense.
    pub(crate) fn hello(&mut self) -> io::Result<Option<Hello>> {
        let Some((length, rest)) = self.held.split_first_chunk::<4>() else { return Ok(None) };
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        if length > HELLO_SIZE_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let Some((said, rest)) = rest.split_at_checked(length) else { return Ok(None) };
        let hello = serde_json::from_slice(said)?;
        self.held = rest.to_vec();
        Ok(Some(hello))
    }

    /// The next record, once all of it has come.
    ///
    /// # Errors
    /// Where it makes no sense.
    pub(crate) fn next(&mut self) -> io::Result<Option<Record>> {
        let Some((&[kind, a, b, c, d], rest)) = self.held.split_first_chunk::<HEAD_SIZE>() else { return Ok(None) };
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
        let most = match kind {
            b'S' => PIECE_SIZE,
            b'T' => 8,
            b'F' => 4 * WHY_MAX,
            _ => return Err(io::ErrorKind::InvalidData.into()),
        };
        if length > most {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let Some((bytes, rest)) = rest.split_at_checked(length) else { return Ok(None) };
        let record = match (kind, bytes) {
            (b'S', bytes) => Record::Samples(bytes.to_vec()),
            (b'T', &[a, b, c, d, e, f, g, h]) => {
                Record::Troubles(u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]))
            }
            (b'F', why) => Record::Failed(String::from_utf8_lossy(why).into_owned()),
            _ => return Err(io::ErrorKind::InvalidData.into()),
        };
        self.held = rest.to_vec();
        Ok(Some(record))
    }
}

#[cfg(test)]
mod tests {
    use super::{Closed, Coding, HELLO_SIZE_MAX, Hello, PIECE_SIZE, Record, Records};

    #[test]
    fn what_was_said_is_put_together_from_pieces_of_any_size() {
        let closed = Closed { paths: Ok("no path".to_owned()), calls: Ok("few calls".to_owned()) };
        let text = "hw:0".to_owned();
        let hello = Hello::Open { rate: 48_000, channels: 2, coding: Coding::Signed24, text, closed };
        let said =
            [Record::Samples(vec![7; PIECE_SIZE]), Record::Troubles(3, 1), Record::Failed("it is gone".to_owned())];
        let all: Vec<u8> =
            [hello.to_bytes().unwrap()].into_iter().chain(said.iter().map(Record::to_bytes)).flatten().collect();
        for step in [1, 5, 4_096, all.len()] {
            let (mut records, mut greeted, mut heard) = (Records::default(), false, Vec::new());
            for piece in all.chunks(step) {
                records.push(piece);
                greeted = greeted || matches!(records.hello().unwrap(), Some(Hello::Open { channels: 2, .. }));
                while greeted && let Some(record) = records.next().unwrap() {
                    heard.push(record);
                }
            }
            assert_eq!(heard, said, "in pieces of {step}");
        }
    }

    #[test]
    fn whatever_makes_no_sense_is_an_error_before_it_is_read() {
        let most = u32::try_from(PIECE_SIZE).unwrap();
        for (kind, length) in [(b'S', most + 1), (b'S', u32::MAX), (b'T', 9), (b'F', 4_001), (b'x', 0), (0, 0)] {
            let mut records = Records::default();
            records.push(&[&[kind][..], &length.to_be_bytes()].concat());
            assert!(records.next().is_err(), "{kind} {length}");
        }
        let mut short = Records::default();
        short.push(&[b'T', 0, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7]);
        assert!(short.next().is_err(), "a count that is no two numbers");
        let mut long = Records::default();
        long.push(&u32::try_from(HELLO_SIZE_MAX + 1).unwrap().to_be_bytes());
        assert!(long.hello().is_err());
        let mut nonsense = Records::default();
        nonsense.push(&[0, 0, 0, 2, b'{', b'x']);
        assert!(nonsense.hello().is_err());
    }
}

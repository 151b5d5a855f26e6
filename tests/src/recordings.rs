//! Recordings of frames (`file:` links), taken apart and put together again.
//!
//! The layout is written down here a second time, from `docs/wire-format.md`: a 16-bit big-endian length before each
//! frame, nothing else.

use std::fs;
use std::path::Path;

/// The frames of a recording without damage.
#[must_use]
pub fn frames(recording: &Path) -> Vec<Vec<u8>> {
    let bytes = fs::read(recording).unwrap_or_else(|e| panic!("{}: {e}", recording.display()));
    let mut rest = bytes.as_slice();
    let mut found = Vec::new();
    while let [high, low, after @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let (frame, next) = after.split_at(length);
        found.push(frame.to_vec());
        rest = next;
    }
    assert!(rest.is_empty(), "{} ends within a record", recording.display());
    found
}

/// Writes a recording of these frames.
pub fn write<F: AsRef<[u8]>>(recording: &Path, frames: impl IntoIterator<Item = F>) {
    let mut bytes = Vec::new();
    for frame in frames {
        let frame = frame.as_ref();
        bytes.extend_from_slice(&u16::try_from(frame.len()).expect("a frame").to_be_bytes());
        bytes.extend_from_slice(frame);
    }
    fs::write(recording, bytes).expect("a recording");
}

/// The frames numbered `which`, from 0.
#[must_use]
pub fn only(frames: &[Vec<u8>], which: &[usize]) -> Vec<Vec<u8>> {
    which.iter().map(|number| frames[*number].clone()).collect()
}

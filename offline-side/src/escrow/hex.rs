//! Hexadecimal digits of secrets, read and written in place: no copy of a secret is made on the way.
//!
//! Everything that is no secret goes through [`rootcast_protocol::hex`], which makes new buffers that nobody clears. Here
//! the caller gives the buffer, and clears it.

/// Reads exactly the bytes of `out`; `None` for anything else. Both cases of letters are read.
#[must_use]
pub(super) fn read(text: &str, out: &mut [u8]) -> Option<()> {
    let digits = text.as_bytes();
    if digits.len() != 2 * out.len() {
        return None;
    }
    for (byte, pair) in out.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = pair.iter().try_fold(0, |byte, digit| Some((byte << 4) | value(*digit)?))?;
    }
    Some(())
}

fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// The two digits of a byte, capital letters: what a scanner types.
#[must_use]
pub(super) fn digits(byte: u8) -> [u8; 2] {
    [byte >> 4, byte & 15].map(|half| if half < 10 { b'0' + half } else { b'A' + half - 10 })
}

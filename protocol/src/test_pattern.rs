//! The pattern that `link test` sends: frames of one fixed object that both sides make for themselves.
//!
//! It has 1,024 source symbols of 176 bytes from a fixed seed, sent over and over in whole frames of consecutive source
//! symbols. So a receiver of one frame knows which frames came before it, and what a damaged frame should have been.
//!
//! ```
//! use rootcast_protocol::frame::Frame;
//! use rootcast_protocol::test_pattern::TestPattern;
//!
//! let pattern = TestPattern::new();
//! let bytes = pattern.frame(5, 3).expect("a frame has room for 3 symbols");
//! assert_eq!(pattern.index_of(&Frame::parse(&bytes)?), Some((5, 3)));
//! assert_eq!(pattern.frame(0, 17), None);
//! # Ok::<(), rootcast_protocol::frame::FrameError>(())
//! ```

use crate::esi::Esi;
use crate::fec::source_symbols;
use crate::frame::Frame;
use crate::object::{Object, ObjectId, ObjectLength};

/// Source symbols of the pattern.
const SYMBOLS: u32 = 1_024;
/// Its length: symbols of 176 bytes, which is the size for objects up to 1 MiB.
const LENGTH: ObjectLength = match ObjectLength::new(SYMBOLS * 176) {
    Ok(length) => length,
    Err(_) => panic!("an object may be as long as the pattern"),
};
/// Where the bytes begin (xorshift64, Marsaglia 2003).
const SEED: u64 = 0x5243_2d4c_494e_4b31;

/// The pattern's object and bytes.
#[derive(Debug, Clone)]
pub struct TestPattern {
    object: Object,
    bytes: Vec<u8>,
}

impl TestPattern {
    /// Makes it: always the same.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "there is one, and nothing to choose")]
    pub fn new() -> Self {
        let mut state = SEED;
        let mut bytes = Vec::new();
        for _ in 0..LENGTH.get() / 8 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes.extend_from_slice(&state.to_le_bytes());
        }
        Self { object: Object { id: ObjectId::of(&bytes), length: LENGTH }, bytes }
    }

    /// The object that its frames name.
    #[must_use]
    pub fn object(&self) -> &Object {
        &self.object
    }

    /// How many different frames of `per_frame` symbols there are: after the last comes the first again.
    #[must_use]
    pub fn frames(per_frame: u16) -> u32 {
        (SYMBOLS / u32::from(per_frame.max(1))).max(1)
    }

    /// Frame `index` of those of `per_frame` symbols; `None` if a frame cannot have so many.
    #[must_use]
    pub fn frame(&self, index: u32, per_frame: u16) -> Option<Vec<u8>> {
        let first = Esi::new(index.checked_rem(Self::frames(per_frame))?.checked_mul(u32::from(per_frame))?)?;
        let symbols = source_symbols(&self.object, &self.bytes, first, u32::from(per_frame)).ok()?;
        Some(Frame::new(self.object, first, &symbols).ok()?.encode())
    }

    /// Which frame of its kind this is: its index and how many symbols it has; `None` if it is none of the pattern.
    #[must_use]
    pub fn index_of(&self, frame: &Frame<'_>) -> Option<(u32, u16)> {
        let per_frame = u32::from(frame.count);
        let index = frame.first.get().checked_div(per_frame)?;
        let is_ours = frame.object == self.object
            && index * per_frame == frame.first.get()
            && index < Self::frames(frame.count)
            && source_symbols(&self.object, &self.bytes, frame.first, per_frame).is_ok_and(|s| s == frame.symbols);
        is_ours.then_some((index, frame.count))
    }
}

#[cfg(test)]
mod tests {
    use super::{LENGTH, SYMBOLS, TestPattern};
    use crate::frame::Frame;

    #[test]
    fn the_pattern_never_changes_and_its_frames_are_known_again() {
        let pattern = TestPattern::new();
        assert_eq!((pattern.object().source_symbols(), pattern.object().length), (SYMBOLS, LENGTH));
        assert!(pattern.object().matches(&pattern.bytes));
        assert_eq!(pattern.object().id.to_string(), "5b4f400836522e7c5868e86236c99938");
        for per_frame in [1, 3, 4, 6] {
            for index in [0, 1, TestPattern::frames(per_frame) - 1] {
                let bytes = pattern.frame(index, per_frame).unwrap();
                let frame = Frame::parse(&bytes).unwrap();
                assert_eq!(pattern.index_of(&frame), Some((index, per_frame)));
            }
            assert_eq!(pattern.frame(TestPattern::frames(per_frame), per_frame), pattern.frame(0, per_frame));
        }
        assert_eq!(pattern.frame(0, 0), None);
    }
}

//! Encoding symbol ids: which symbol of an object this is.
//!
//! An id below K names a source symbol, any other a repair symbol (RFC 6330 §5.3.1). The space is 24 bits wide and wraps.
//!
//! ```
//! use rootcast_protocol::esi::Esi;
//!
//! let last = Esi::new(16_777_215).expect("24 bits");
//! assert_eq!(last.wrapping_add(1), Esi::ZERO);
//! assert_eq!(Esi::new(16_777_216), None);
//! ```

use core::fmt;

use crate::limits::ESI_COUNT;

/// An encoding symbol id, 0 … 2^24 - 1 (RFC 6330 §3.2).
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Esi(u32);

impl Esi {
    /// The first source symbol.
    pub const ZERO: Self = Self(0);

    /// The id `value`, or `None` if it needs more than 24 bits.
    #[must_use]
    pub const fn new(value: u32) -> Option<Self> {
        if value < ESI_COUNT { Some(Self(value)) } else { None }
    }

    /// The number, below 2^24.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The id `steps` further on, going on at 0 after 2^24 - 1.
    #[must_use]
    pub const fn wrapping_add(self, steps: u32) -> Self {
        Self(self.0.wrapping_add(steps) % ESI_COUNT)
    }
}

impl fmt::Display for Esi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_25_bits_is_refused() {
        assert_eq!(Esi::new(ESI_COUNT - 1).map(Esi::get), Some(16_777_215));
        assert_eq!(Esi::new(ESI_COUNT), None);
        assert_eq!(Esi::new(u32::MAX), None);
    }

    #[test]
    fn the_id_space_wraps_to_zero() {
        let last = Esi(ESI_COUNT - 1);
        assert_eq!(last.wrapping_add(1), Esi::ZERO);
        assert_eq!(last.wrapping_add(u32::MAX), Esi(ESI_COUNT - 2));
    }
}

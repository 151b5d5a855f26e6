//! One frame drawn as one QR symbol: byte mode, level L, one fixed mask (ISO/IEC 18004).
//!
//! Choosing the best of eight masks is what makes `qrcode`'s default take 18–28 ms for a version 40 symbol. Frames are
//! compressed or coded, so no mask is much better than another, and a reader follows whichever the symbol declares:
//! its public low-level parts with the checkerboard mask take a fraction of a millisecond. What no frame changes (the
//! finder, alignment and timing patterns) is drawn once a version.
//!
//! Must not: read a symbol, or know what a frame says.

use core::fmt;

use qrcode::bits::Bits;
use qrcode::canvas::{Canvas, MaskPattern};
use qrcode::{Color, EcLevel, Version, ec};
use rootcast_protocol::frame::{frame_size, symbols_per_frame};
use rootcast_protocol::object::Object;

/// The largest version there is.
pub const VERSION_MAX: u8 = 40;

/// The version used where there is room for any: what a webcam at arm's length still reads well.
pub const VERSION_DEFAULT: u8 = 27;

/// Light modules around a symbol (ISO/IEC 18004 asks for four).
pub const QUIET_ZONE: usize = 4;

/// Data codewords at level L of versions 1 to 40 (ISO/IEC 18004 table 7).
const CODEWORDS: [u16; 40] = [
    19, 34, 55, 80, 108, 136, 156, 194, 232, 274, 324, 370, 428, 461, 523, 589, 647, 721, 795, 861, 932, 1006, 1094,
    1174, 1276, 1370, 1468, 1531, 1631, 1735, 1843, 1955, 2071, 2191, 2306, 2434, 2566, 2702, 2812, 2956,
];

/// A QR version, 1 to 40.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QrVersion(u8);

impl QrVersion {
    /// The version `number`, if there is one.
    #[must_use]
    pub fn new(number: u8) -> Option<Self> {
        (1..=VERSION_MAX).contains(&number).then_some(Self(number))
    }

    /// Its number.
    #[must_use]
    pub fn get(self) -> u8 {
        self.0
    }

    /// Modules along one side, without the quiet zone.
    #[must_use]
    pub fn side(self) -> usize {
        17 + 4 * usize::from(self.0)
    }

    /// How many bytes it holds in byte mode at level L.
    #[must_use]
    pub fn capacity(self) -> usize {
        // A mode indicator of 4 bits and a length of 8 or 16 come before the bytes.
        let header = if self.0 < 10 { 2 } else { 3 };
        let codewords = CODEWORDS.get(usize::from(self.0) - 1).copied().unwrap_or(0);
        usize::from(codewords) - header
    }

    /// The smallest version that a frame of this object's symbols is shown in, by its symbol size.
    #[must_use]
    pub fn least_for(object: &Object) -> Self {
        Self(object.symbol_size().smallest_qr_version())
    }

    /// The version to show this object in where versions up to `most` have room: the smallest that carries as many
    /// symbols a frame as `most` would. Nothing where `most` cannot carry one symbol.
    #[must_use]
    pub fn useful_for(object: &Object, most: Self) -> Option<Self> {
        let count = symbols_per_frame(object, most.capacity())?;
        let needed = frame_size(object, count);
        let least = Self::least_for(object).0.min(most.0);
        (least..=most.0).map(Self).find(|version| version.capacity() >= needed)
    }
}

impl fmt::Display for QrVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

/// A symbol: its dark and light modules, row by row, without the quiet zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrSymbol {
    side: usize,
    dark: Vec<bool>,
}

impl QrSymbol {
    /// Modules along one side.
    #[must_use]
    pub fn side(&self) -> usize {
        self.side
    }

    /// Whether the module in `column` and `row` is dark; beyond the edge it never is.
    #[must_use]
    pub fn is_dark(&self, column: usize, row: usize) -> bool {
        column < self.side && self.dark.get(row * self.side + column).copied().unwrap_or(false)
    }

    /// The modules of each row.
    pub fn rows(&self) -> impl Iterator<Item = &[bool]> {
        self.dark.chunks(self.side.max(1))
    }
}

/// Draws symbols of one version.
pub struct QrPen {
    version: QrVersion,
    blank: Canvas,
}

impl QrPen {
    /// A pen for symbols of `version`.
    #[must_use]
    pub fn new(version: QrVersion) -> Self {
        let mut blank = Canvas::new(Version::Normal(i16::from(version.0)), EcLevel::L);
        blank.draw_all_functional_patterns();
        Self { version, blank }
    }

    /// The version it draws.
    #[must_use]
    pub fn version(&self) -> QrVersion {
        self.version
    }

    /// Draws `frame`.
    ///
    /// # Errors
    /// When the frame has more bytes than the version holds.
    pub fn draw(&self, frame: &[u8]) -> Result<QrSymbol, QrSymbolError> {
        let too_long =
            QrSymbolError::TooLong { length: frame.len(), capacity: self.version.capacity(), version: self.version };
        if frame.len() > self.version.capacity() {
            return Err(too_long);
        }
        let version = Version::Normal(i16::from(self.version.0));
        let mut bits = Bits::new(version);
        bits.push_byte_data(frame).map_err(|_| too_long)?;
        bits.push_terminator(EcLevel::L).map_err(|_| too_long)?;
        let (codewords, correction) =
            ec::construct_codewords(&bits.into_bytes(), version, EcLevel::L).map_err(|_| too_long)?;
        let mut canvas = self.blank.clone();
        canvas.draw_data(&codewords, &correction);
        canvas.apply_mask(MaskPattern::Checkerboard);
        let dark = canvas.into_colors().into_iter().map(|color| color == Color::Dark).collect();
        Ok(QrSymbol { side: self.version.side(), dark })
    }
}

impl fmt::Debug for QrPen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QrPen").field("version", &self.version).finish_non_exhaustive()
    }
}

/// Why a frame cannot be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QrSymbolError {
    /// The frame is longer than the version holds.
    TooLong {
        /// The frame's length in bytes.
        length: usize,
        /// What the version holds, in bytes.
        capacity: usize,
        /// The version.
        version: QrVersion,
    },
}

impl fmt::Display for QrSymbolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { length, capacity, version } => {
                write!(f, "a frame of {length} bytes does not fit QR {version}, which holds {capacity}")
            }
        }
    }
}

impl std::error::Error for QrSymbolError {}

#[cfg(test)]
mod tests {
    use super::{QrPen, QrVersion};
    use qrcode::bits::Bits;
    use qrcode::{EcLevel, QrCode, Version};
    use rootcast_protocol::object::Object;

    #[test]
    fn every_version_holds_exactly_its_capacity() {
        for number in 1..=40 {
            let version = QrVersion::new(number).unwrap();
            let pen = QrPen::new(version);
            assert!(pen.draw(&vec![0xd7; version.capacity()]).is_ok(), "{version}");
            assert!(pen.draw(&vec![0xd7; version.capacity() + 1]).is_err(), "{version}");
        }
        let capacity = |number| QrVersion::new(number).unwrap().capacity();
        assert_eq!([10, 20, 27, 30, 40].map(capacity), [271, 858, 1465, 1732, 2953]);
    }

    #[test]
    fn only_the_mask_tells_a_symbol_from_the_one_qrcode_draws() {
        // Where they agree on the mask they are equal; in any case the functional patterns are.
        let frame: Vec<u8> = (0u8..100).map(|n| n.wrapping_mul(151)).collect();
        let ours = QrPen::new(QrVersion::new(10).unwrap()).draw(&frame).unwrap();
        let mut bits = Bits::new(Version::Normal(10));
        bits.push_byte_data(&frame).unwrap();
        bits.push_terminator(EcLevel::L).unwrap();
        let theirs = QrCode::with_bits(bits, EcLevel::L).unwrap();
        assert_eq!(ours.side(), theirs.width());
        // Around a finder pattern the format bits differ with the mask; the pattern itself does not.
        for (column, row) in (0..8).flat_map(|c| (0..8).map(move |r| (c, r))) {
            assert_eq!(ours.is_dark(column, row), theirs.to_colors()[row * 57 + column] == qrcode::Color::Dark);
        }
    }

    #[test]
    fn a_small_object_is_shown_in_the_smallest_version_that_holds_all_of_it() {
        let version = |length: usize| {
            let object = Object::of(&vec![7; length]).unwrap();
            QrVersion::useful_for(&object, QrVersion::new(27).unwrap()).map(QrVersion::get)
        };
        assert_eq!(version(100), Some(10));
        assert_eq!(version(900), Some(23), "six symbols of 176 bytes");
        assert_eq!(version(1_000_000), Some(27));
        let large = Object::of(&vec![7; 2 << 20]).unwrap();
        assert_eq!(QrVersion::useful_for(&large, QrVersion::new(12).unwrap()), None);
    }
}

//! One frame drawn as one QR symbol: byte mode, level L where nothing else is asked for, one fixed mask (ISO/IEC 18004).
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
use qrcode::{Color, Version, ec};

mod version;

pub(crate) use version::VERSION_MAX;
pub use version::{Correction, QrVersion};

/// Light modules around a symbol (ISO/IEC 18004 asks for four).
pub(crate) const QUIET_ZONE: usize = 4;

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

/// Draws symbols of one version and level.
pub struct QrPen {
    version: QrVersion,
    correction: Correction,
    blank: Canvas,
}

impl QrPen {
    /// A pen for symbols of `version` at level L.
    #[must_use]
    pub fn new(version: QrVersion) -> Self {
        Self::at(version, Correction::L)
    }

    /// A pen for symbols of `version` at this level.
    #[must_use]
    pub(crate) fn at(version: QrVersion, correction: Correction) -> Self {
        let mut blank = Canvas::new(Version::Normal(i16::from(version.get())), correction.level());
        blank.draw_all_functional_patterns();
        Self { version, correction, blank }
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
        let capacity = self.version.capacity_at(self.correction);
        let too_long = QrSymbolError::TooLong { length: frame.len(), capacity, version: self.version };
        if frame.len() > capacity {
            return Err(too_long);
        }
        let (version, level) = (Version::Normal(i16::from(self.version.get())), self.correction.level());
        let mut bits = Bits::new(version);
        bits.push_byte_data(frame).map_err(|_| too_long)?;
        bits.push_terminator(level).map_err(|_| too_long)?;
        let (codewords, correction) =
            ec::construct_codewords(&bits.into_bytes(), version, level).map_err(|_| too_long)?;
        let mut canvas = self.blank.clone();
        canvas.draw_data(&codewords, &correction);
        canvas.apply_mask(MaskPattern::Checkerboard);
        let dark = canvas.into_colors().into_iter().map(|color| color == Color::Dark).collect();
        Ok(QrSymbol { side: self.version.side(), dark })
    }
}

impl fmt::Debug for QrPen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QrPen")
            .field("version", &self.version)
            .field("correction", &self.correction)
            .finish_non_exhaustive()
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
                write!(f, "a frame of {length} bytes does not fit QR {version}, which holds {capacity} bytes")
            }
        }
    }
}

impl std::error::Error for QrSymbolError {}

#[cfg(test)]
mod tests {
    use super::{Correction, QrPen, QrVersion};
    use qrcode::bits::Bits;
    use qrcode::{EcLevel, QrCode, Version};

    #[test]
    fn every_version_holds_exactly_its_capacity() {
        for number in 1..=40 {
            let version = QrVersion::new(number).unwrap();
            for correction in [Correction::L, Correction::M, Correction::Q, Correction::H] {
                let (pen, capacity) = (QrPen::at(version, correction), version.capacity_at(correction));
                assert!(pen.draw(&vec![0xd7; capacity]).is_ok(), "{version} {correction:?}");
                assert!(pen.draw(&vec![0xd7; capacity + 1]).is_err(), "{version} {correction:?}");
                // `qrcode` itself has room for no byte more: the table is not too small either.
                let mut bits = Bits::new(Version::Normal(i16::from(number)));
                bits.push_byte_data(&vec![0xd7; capacity + 1]).unwrap();
                assert!(bits.push_terminator(correction.level()).is_err(), "{version} {correction:?}");
            }
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
}

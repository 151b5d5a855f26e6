//! The forty versions of a QR symbol, the four levels of error correction, and what each holds.

use core::fmt;
use core::str::FromStr;

use qrcode::EcLevel;
use rootcast_protocol::frame::{frame_size, symbols_per_frame};
use rootcast_protocol::limits::FRAME_OVERHEAD_MAX;
use rootcast_protocol::object::Object;

/// The largest version there is.
pub(crate) const VERSION_MAX: u8 = 40;

/// The version used where there is room for any: what a webcam at arm's length still reads well.
pub(crate) const VERSION_DEFAULT: u8 = 27;

/// Data codewords of versions 1 to 40 (ISO/IEC 18004 table 7).
type Codewords = [u16; 40];

const LEVEL_L: Codewords = [
    19, 34, 55, 80, 108, 136, 156, 194, 232, 274, 324, 370, 428, 461, 523, 589, 647, 721, 795, 861, 932, 1006, 1094,
    1174, 1276, 1370, 1468, 1531, 1631, 1735, 1843, 1955, 2071, 2191, 2306, 2434, 2566, 2702, 2812, 2956,
];
const LEVEL_M: Codewords = [
    16, 28, 44, 64, 86, 108, 124, 154, 182, 216, 254, 290, 334, 365, 415, 453, 507, 563, 627, 669, 714, 782, 860, 914,
    1000, 1062, 1128, 1193, 1267, 1373, 1455, 1541, 1631, 1725, 1812, 1914, 1992, 2102, 2216, 2334,
];
const LEVEL_Q: Codewords = [
    13, 22, 34, 48, 62, 76, 88, 110, 132, 154, 180, 206, 244, 261, 295, 325, 367, 397, 445, 485, 512, 568, 614, 664,
    718, 754, 808, 871, 911, 985, 1033, 1115, 1171, 1231, 1286, 1354, 1426, 1502, 1582, 1666,
];
const LEVEL_H: Codewords = [
    9, 16, 26, 36, 46, 60, 66, 86, 100, 122, 140, 158, 180, 197, 223, 253, 283, 313, 341, 385, 406, 442, 464, 514, 538,
    596, 628, 661, 701, 745, 793, 845, 901, 961, 986, 1054, 1096, 1142, 1222, 1276,
];

/// How much of a symbol may be spoiled and still be read (ISO/IEC 18004 §6.5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Correction {
    /// About 7 %. The erasure code makes good whole frames, so this is the level that moves most.
    #[default]
    L,
    /// About 15 %.
    M,
    /// About 25 %.
    Q,
    /// About 30 %.
    H,
}

impl Correction {
    pub(super) fn level(self) -> EcLevel {
        match self {
            Self::L => EcLevel::L,
            Self::M => EcLevel::M,
            Self::Q => EcLevel::Q,
            Self::H => EcLevel::H,
        }
    }

    fn codewords(self) -> &'static Codewords {
        match self {
            Self::L => &LEVEL_L,
            Self::M => &LEVEL_M,
            Self::Q => &LEVEL_Q,
            Self::H => &LEVEL_H,
        }
    }
}

impl FromStr for Correction {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "L" | "l" => Ok(Self::L),
            "M" | "m" => Ok(Self::M),
            "Q" | "q" => Ok(Self::Q),
            "H" | "h" => Ok(Self::H),
            _ => Err(()),
        }
    }
}

/// A QR version, 1 to 40.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QrVersion(u8);

impl QrVersion {
    /// The largest.
    pub(crate) const MAX: Self = Self(VERSION_MAX);
    /// [`VERSION_DEFAULT`].
    pub(crate) const DEFAULT: Self = Self(VERSION_DEFAULT);

    /// The version `number`, if there is one.
    #[must_use]
    pub fn new(number: u8) -> Option<Self> {
        (1..=VERSION_MAX).contains(&number).then_some(Self(number))
    }

    /// All versions up to this one, smallest first.
    pub(crate) fn up_to(self) -> impl DoubleEndedIterator<Item = Self> {
        (1..=self.0).map(Self)
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
        self.capacity_at(Correction::L)
    }

    /// How many bytes it holds in byte mode at this level.
    #[must_use]
    pub(crate) fn capacity_at(self, correction: Correction) -> usize {
        // A mode indicator of 4 bits and a length of 8 or 16 come before the bytes.
        let header = if self.0 < 10 { 2 } else { 3 };
        let codewords = correction.codewords().get(usize::from(self.0) - 1).copied().unwrap_or(0);
        usize::from(codewords).saturating_sub(header)
    }

    /// The smallest version that a frame of this object's symbols is shown in: one symbol and a MAC fit. Nothing where
    /// not even version 40 has room at this level.
    #[must_use]
    pub(crate) fn least_for(object: &Object, correction: Correction) -> Option<Self> {
        let needed = usize::from(object.symbol_size().get()) + FRAME_OVERHEAD_MAX;
        Self::MAX.up_to().find(|version| version.capacity_at(correction) >= needed)
    }

    /// The version to show this object in where versions up to `most` have room: the smallest that carries as many
    /// symbols a frame as `most` would. Nothing where `most` cannot carry one symbol.
    #[must_use]
    pub fn useful_for(object: &Object, most: Self, correction: Correction) -> Option<Self> {
        let count = symbols_per_frame(object, most.capacity_at(correction))?;
        let needed = frame_size(object, count);
        let least = Self::least_for(object, correction)?.0.min(most.0);
        (least..=most.0).map(Self).find(|version| version.capacity_at(correction) >= needed)
    }
}

impl fmt::Display for QrVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Correction, QrVersion};
    use rootcast_protocol::object::{Object, SymbolSize};

    #[test]
    fn the_smallest_version_at_level_l_is_that_of_the_wire_format() {
        for (length, size) in [(100, SymbolSize::B176), (2 << 20, SymbolSize::B352), (17 << 20, SymbolSize::B704)] {
            let object = Object::new(&vec![7; length]).unwrap();
            let least = QrVersion::least_for(&object, Correction::L).map(QrVersion::get);
            assert_eq!((object.symbol_size(), least), (size, Some(size.smallest_qr_version())));
        }
    }

    #[test]
    fn more_correction_needs_a_larger_version_or_there_is_none() {
        let least = |length: usize, correction| {
            let object = Object::new(&vec![7; length]).unwrap();
            QrVersion::least_for(&object, correction).map(QrVersion::get)
        };
        assert_eq!(least(100, Correction::M), Some(11));
        assert_eq!(least(100, Correction::H), Some(16));
        assert_eq!(least(34 << 20, Correction::L), Some(27));
        assert_eq!(least(34 << 20, Correction::H), None, "1,408 bytes and 57 at level H");
    }

    #[test]
    fn a_small_object_is_shown_in_the_smallest_version_that_holds_all_of_it() {
        let version = |length: usize, most: u8| {
            let object = Object::new(&vec![7; length]).unwrap();
            QrVersion::useful_for(&object, QrVersion::new(most).unwrap(), Correction::L).map(QrVersion::get)
        };
        assert_eq!(version(100, 27), Some(10));
        assert_eq!(version(900, 27), Some(23), "six symbols of 176 bytes");
        assert_eq!(version(1_000_000, 27), Some(27));
        assert_eq!(version(2 << 20, 12), None);
    }
}

//! Why received bytes are not a frame, with the numbers, and in which of five ways.

use core::fmt;

/// What a refused frame is counted as.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FrameClass {
    /// Something else on the same link: it does not begin like a frame.
    Foreign,
    /// A frame that was changed or cut on its way.
    Damaged,
    /// A frame of a later version, of another kind, or for a receiver with a key.
    Unsupported,
    /// A frame of somebody who does not have the transport key.
    Unauthentic,
    /// A frame that arrived as it was sent, and says what no sender may say.
    OutOfBounds,
}

/// Why received bytes are not a frame.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum FrameError {
    /// Fewer bytes than the shortest frame.
    TooShort {
        /// Bytes found.
        length: usize,
        /// Bytes of the shortest frame.
        length_min: usize,
    },
    /// More bytes than the longest frame.
    TooLong {
        /// Bytes found.
        length: usize,
        /// Bytes of the longest frame.
        length_max: usize,
    },
    /// The first two bytes are others.
    Magic {
        /// The bytes found.
        found: [u8; 2],
    },
    /// A version this program does not know.
    Version {
        /// The version found.
        found: u8,
        /// The version known.
        known: u8,
    },
    /// A flag is set that must be understood and is not.
    Flags {
        /// All flags found.
        found: u8,
    },
    /// The frame carries a MAC and no transport key is configured.
    MacWithoutKey,
    /// The frame carries no MAC, and a transport key is configured.
    MacMissing,
    /// The MAC is that of no configured key.
    MacWrong,
    /// The checksum does not fit the bytes.
    Crc {
        /// The checksum in the frame.
        found: u32,
        /// The checksum of its bytes.
        computed: u32,
    },
    /// A kind of frame this program does not know.
    Kind {
        /// The kind found.
        found: u8,
    },
    /// The header ends early or holds a number too wide for its field.
    Header,
    /// The header spells a number in more bytes than it needs.
    Spelling,
    /// The object has no bytes, or more than allowed.
    ObjectLength {
        /// The length stated, in bytes.
        length: u32,
        /// The most there may be, in bytes.
        length_max: u32,
    },
    /// The first symbol's id needs more than 24 bits.
    Esi {
        /// The id stated.
        found: u32,
    },
    /// A beacon names more objects than it may.
    BeaconObjects {
        /// Objects stated.
        count: u32,
        /// The most there may be.
        count_max: usize,
    },
    /// The bytes after the header are not the stated number of symbols.
    SymbolBytes {
        /// Bytes found.
        found: usize,
        /// Symbols stated.
        count: u16,
        /// Bytes of one symbol of this object.
        symbol_size: u16,
    },
}

impl FrameError {
    /// What the frame is counted as.
    #[must_use]
    pub const fn class(&self) -> FrameClass {
        match self {
            Self::Magic { .. } => FrameClass::Foreign,
            Self::TooShort { .. } | Self::TooLong { .. } | Self::Crc { .. } => FrameClass::Damaged,
            Self::Version { .. } | Self::Flags { .. } | Self::MacWithoutKey | Self::Kind { .. } => {
                FrameClass::Unsupported
            }
            Self::MacMissing | Self::MacWrong => FrameClass::Unauthentic,
            Self::Header
            | Self::Spelling
            | Self::ObjectLength { .. }
            | Self::Esi { .. }
            | Self::BeaconObjects { .. }
            | Self::SymbolBytes { .. } => FrameClass::OutOfBounds,
        }
    }

    /// A stable short name, as the vectors and the documentation use it.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::TooShort { .. } => "frame-too-short",
            Self::TooLong { .. } => "frame-too-long",
            Self::Magic { .. } => "frame-magic",
            Self::Version { .. } => "frame-version",
            Self::Flags { .. } => "frame-flags",
            Self::MacWithoutKey => "frame-mac-without-key",
            Self::MacMissing => "frame-mac-missing",
            Self::MacWrong => "frame-mac-wrong",
            Self::Crc { .. } => "frame-crc",
            Self::Kind { .. } => "frame-kind",
            Self::Header => "frame-header",
            Self::Spelling => "frame-spelling",
            Self::ObjectLength { .. } => "frame-object-length",
            Self::Esi { .. } => "frame-esi",
            Self::BeaconObjects { .. } => "frame-beacon-objects",
            Self::SymbolBytes { .. } => "frame-symbol-bytes",
        }
    }
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { length, length_min } => {
                write!(f, "{length} bytes; the shortest frame has {length_min}")
            }
            Self::TooLong { length, length_max } => {
                write!(f, "{length} bytes; the longest frame has {length_max}")
            }
            Self::Magic { found: [first, second] } => {
                write!(f, "begins with {first:02x} {second:02x}, not with d7 52: not a frame of this program")
            }
            Self::Version { found, known } => write!(f, "frame version {found} is not supported; version {known} is"),
            Self::Flags { found } => write!(f, "flags {found:#04x} contain an unknown bit that must be understood"),
            Self::MacWithoutKey => f.write_str("the frame carries a MAC, but no transport key is configured"),
            Self::MacMissing => f.write_str("the frame carries no MAC, but a transport key is configured"),
            Self::MacWrong => f.write_str("the frame's MAC does not verify under any configured transport key"),
            Self::BeaconObjects { count, count_max } => {
                write!(f, "a beacon of {count} objects; at most {count_max} are allowed")
            }
            Self::Crc { found, computed } => {
                write!(f, "the checksum in the frame is {found:08x}; its bytes have {computed:08x}")
            }
            Self::Kind { found } => write!(f, "frame kind {found} is not known"),
            Self::Header => f.write_str("the header ends early or holds a number too wide for its field"),
            Self::Spelling => f.write_str("the header spells a number in more bytes than it needs"),
            Self::ObjectLength { length, length_max } => {
                write!(f, "an object of {length} bytes; 1 to {length_max} are allowed")
            }
            Self::Esi { found } => write!(f, "symbol id {found} needs more than 24 bits"),
            Self::SymbolBytes { found, count, symbol_size } => {
                write!(f, "{found} bytes of symbols; {count} symbols of {symbol_size} bytes were stated")
            }
        }
    }
}

impl core::error::Error for FrameError {}

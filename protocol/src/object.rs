//! Objects: what the erasure code carries, named by its content.
//!
//! An object is one encoded bundle. A receiver needs only its id and length to place a symbol, and both are in every
//! frame. Nothing here knows what an object contains.
//!
//! ```
//! use rootcast_protocol::object::{Object, ObjectError};
//!
//! let bytes = [7; 1000];
//! let object = Object::new(&bytes)?;
//! assert_eq!((object.symbol_size().get(), object.source_symbols()), (176, 6));
//! assert!(object.matches(&bytes) && !object.matches(&[7; 999]));
//! assert_eq!(object.id.to_string().parse(), Ok(object.id));
//! assert_eq!(Object::new(&[]), Err(ObjectError::Empty));
//! # Ok::<(), ObjectError>(())
//! ```

use core::fmt;
use core::num::NonZeroU32;
use core::str::FromStr;

use crate::digest::Digest;
use crate::hex::{HexError, read_hex, write_hex};
use crate::limits::{OBJECT_SIZE_MAX, SOURCE_SYMBOLS_MAX};

/// The first 16 bytes of the SHA-256 over an encoded bundle.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ObjectId(pub [u8; 16]);

impl ObjectId {
    /// The id of the object with these bytes.
    #[must_use]
    pub fn of(encoded: &[u8]) -> Self {
        let Digest(digest) = Digest::of(encoded);
        let mut id = [0; 16];
        id.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Self(id)
    }
}

/// 32 lower-case hexadecimal digits.
impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

/// 32 hexadecimal digits in either case, colons and white space skipped.
impl FromStr for ObjectId {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Self, HexError> {
        read_hex(text).map(Self)
    }
}

/// The length of an object in bytes: 1 … [`OBJECT_SIZE_MAX`].
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ObjectLength(NonZeroU32);

impl ObjectLength {
    /// The length `bytes`.
    ///
    /// # Errors
    /// [`ObjectError`] where it is 0 or more than [`OBJECT_SIZE_MAX`].
    pub const fn new(bytes: u32) -> Result<Self, ObjectError> {
        match NonZeroU32::new(bytes) {
            None => Err(ObjectError::Empty),
            Some(_) if bytes > OBJECT_SIZE_MAX => {
                Err(ObjectError::TooLong { length: bytes as u64, length_max: OBJECT_SIZE_MAX })
            }
            Some(length) => Ok(Self(length)),
        }
    }

    /// The length in bytes.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0.get()
    }
}

/// The size of every symbol of an object, in bytes. It follows from the object's length alone.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SymbolSize {
    /// 176 bytes, for objects up to 1 MiB.
    B176,
    /// 352 bytes, for objects up to 16 MiB.
    B352,
    /// 704 bytes, for objects up to 32 MiB.
    B704,
    /// 1,408 bytes, for objects up to [`OBJECT_SIZE_MAX`].
    B1408,
}

impl SymbolSize {
    /// All sizes, smallest first.
    pub const ALL: [Self; 4] = [Self::B176, Self::B352, Self::B704, Self::B1408];

    /// The symbol size of an object of this length.
    #[must_use]
    pub const fn for_length(length: ObjectLength) -> Self {
        match length.get() {
            0..=0x10_0000 => Self::B176,
            0x10_0001..=0x100_0000 => Self::B352,
            0x100_0001..=0x200_0000 => Self::B704,
            _ => Self::B1408,
        }
    }

    /// The size in bytes.
    #[must_use]
    pub const fn get(self) -> u16 {
        match self {
            Self::B176 => 176,
            Self::B352 => 352,
            Self::B704 => 704,
            Self::B1408 => 1408,
        }
    }

    /// The smallest QR version, 1 to 40, whose symbol (level L, byte mode: ISO/IEC 18004 table 7) has room for a frame of
    /// one such symbol and a MAC.
    #[must_use]
    pub const fn smallest_qr_version(self) -> u8 {
        match self {
            Self::B176 => 10,
            Self::B352 => 13,
            Self::B704 => 19,
            Self::B1408 => 27,
        }
    }
}

/// What names an object: its id and its length. Assemblies are keyed by both, so that a forged length blocks nobody.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Object {
    /// First 16 bytes of the SHA-256 over the object's bytes.
    pub id: ObjectId,
    /// How many bytes the object has.
    pub length: ObjectLength,
}

impl Object {
    /// The object with these bytes.
    ///
    /// # Errors
    /// [`ObjectError`] where there are none or more than [`OBJECT_SIZE_MAX`].
    pub fn new(encoded: &[u8]) -> Result<Self, ObjectError> {
        let length = u32::try_from(encoded.len())
            .map_err(|_| ObjectError::TooLong { length: encoded.len() as u64, length_max: OBJECT_SIZE_MAX })?;
        Ok(Self { length: ObjectLength::new(length)?, id: ObjectId::of(encoded) })
    }

    /// Whether these bytes are this object: length and digest agree. Only this says that a decoded object is right;
    /// a single false symbol makes the erasure code answer with wrong bytes.
    #[must_use]
    pub fn matches(&self, bytes: &[u8]) -> bool {
        u32::try_from(bytes.len()) == Ok(self.length.get()) && ObjectId::of(bytes) == self.id
    }

    /// The size of this object's symbols (T of RFC 6330).
    #[must_use]
    pub const fn symbol_size(&self) -> SymbolSize {
        SymbolSize::for_length(self.length)
    }

    /// How many source symbols the object has (K of RFC 6330), 1 … [`SOURCE_SYMBOLS_MAX`].
    #[must_use]
    pub const fn source_symbols(&self) -> u32 {
        self.length.get().div_ceil(self.symbol_size().get() as u32)
    }
}

const _: () = assert!(OBJECT_SIZE_MAX.div_ceil(1408) == SOURCE_SYMBOLS_MAX);
const _: () = assert!(0x100_0000_u32.div_ceil(352) <= SOURCE_SYMBOLS_MAX);

/// Why there is no such object.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum ObjectError {
    /// An object of no bytes.
    Empty,
    /// More bytes than one source block holds.
    TooLong {
        /// The length in bytes.
        length: u64,
        /// The most there may be, in bytes.
        length_max: u32,
    },
}

impl ObjectError {
    /// A stable short name, as the vectors and the documentation use it.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Empty => "object-empty",
            Self::TooLong { .. } => "object-too-long",
        }
    }
}

impl fmt::Display for ObjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("an object of 0 bytes; it must have at least 1"),
            Self::TooLong { length, length_max } => {
                write!(f, "an object of {length} bytes; at most {length_max} are allowed")
            }
        }
    }
}

impl core::error::Error for ObjectError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_symbol_size_follows_from_the_length_alone() {
        for (length, size, symbols) in [
            (1, 176, 1),
            (176, 176, 1),
            (177, 176, 2),
            (1 << 20, 176, 5958),
            ((1 << 20) + 1, 352, 2979),
            (16 << 20, 352, 47_663),
            ((16 << 20) + 1, 704, 23_832),
            (32 << 20, 704, 47_663),
            ((32 << 20) + 1, 1408, 23_832),
            (OBJECT_SIZE_MAX, 1408, SOURCE_SYMBOLS_MAX),
        ] {
            let object = Object { id: ObjectId([0; 16]), length: ObjectLength::new(length).unwrap() };
            assert_eq!((object.symbol_size().get(), object.source_symbols()), (size, symbols), "length {length}");
        }
    }

    #[test]
    fn an_empty_or_overlong_object_is_refused_with_its_length() {
        assert_eq!(Object::new(&[]), Err(ObjectError::Empty));
        let error = ObjectLength::new(OBJECT_SIZE_MAX + 1).unwrap_err();
        assert_eq!(error.to_string(), "an object of 79415425 bytes; at most 79415424 are allowed");
    }

    #[test]
    fn one_changed_bit_is_another_object() {
        let object = Object::new(b"bundle").unwrap();
        assert!(object.matches(b"bundle"));
        assert!(!object.matches(b"bundlf"));
        assert!(!object.matches(b"bundle\0"));
        assert_eq!(object.id.to_string().parse(), Ok(object.id));
    }
}

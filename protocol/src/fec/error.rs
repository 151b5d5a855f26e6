//! Why symbols cannot be made or used, with the numbers.

use core::fmt;

use crate::esi::Esi;
use crate::limits::ESI_COUNT;

/// Why symbols cannot be made or used.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum FecError {
    /// The bytes given are not as long as the object.
    ObjectBytes {
        /// The object's length in bytes.
        expected: u32,
        /// Bytes given.
        found: usize,
    },
    /// A symbol has not the object's symbol size.
    SymbolLength {
        /// The symbol's id.
        esi: Esi,
        /// The object's symbol size in bytes.
        expected: usize,
        /// The symbol's size in bytes.
        found: usize,
    },
    /// A source symbol was asked for, and the id is a repair symbol's.
    NotSource {
        /// The id.
        esi: Esi,
        /// How many source symbols the object has.
        source_symbols: u32,
    },
    /// Repair symbols were asked for, and the ids are not all from K to 2^24 - 1.
    NotRepair {
        /// The first id.
        first: Esi,
        /// How many were asked for.
        count: u32,
        /// How many source symbols the object has.
        source_symbols: u32,
    },
    /// These ids would cost the solver far more work than any a sender uses: they were chosen to do so.
    Effort {
        /// Unknowns that would about be set aside for dense elimination.
        set_aside: usize,
        /// The most there may be.
        set_aside_max: usize,
    },
    /// The solver met a state it holds impossible. These symbols are of no use together.
    Solver,
}

impl fmt::Display for FecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ObjectBytes { expected, found } => {
                write!(f, "{found} bytes given for an object of {expected} bytes")
            }
            Self::SymbolLength { esi, expected, found } => {
                write!(f, "symbol {esi} has {found} bytes; the object's symbols have {expected}")
            }
            Self::NotSource { esi, source_symbols } => {
                write!(f, "symbol {esi} is not one of the {source_symbols} source symbols")
            }
            Self::NotRepair { first, count, source_symbols } => {
                write!(f, "{count} symbols from {first} are not all between {source_symbols} and {}", ESI_COUNT - 1)
            }
            Self::Effort { set_aside, set_aside_max } => write!(
                f,
                "these symbols would leave {set_aside} unknowns for dense elimination; at most {set_aside_max} are allowed"
            ),
            Self::Solver => f.write_str("the erasure code's solver gave up on these symbols"),
        }
    }
}

impl core::error::Error for FecError {}

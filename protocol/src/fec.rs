//! The erasure code: RaptorQ (RFC 6330), one source block an object.
//!
//! This is the only module that names the crate `raptorq`, because that crate panics, aborts or answers with wrong
//! bytes when it is given unchecked numbers. Here every parameter is a checked type, every symbol has the right length,
//! and what comes out of [`decode`] is only a candidate: [`Object::matches`] decides whether it is the object.
//!
//! Parameters (the OTI of RFC 6330 §3.3): F = object length, T = symbol size, Z = 1 source block, N = 1 sub-block,
//! Al = 1. The last source symbol is filled up with zeros.

use core::fmt;
use core::ops::Range;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use raptorq::{
    EncodingPacket, ObjectTransmissionInformation, PayloadId, SourceBlockDecoder, SourceBlockEncoder,
    SourceBlockEncodingPlan,
};

use crate::esi::Esi;
use crate::limits::ESI_COUNT;
use crate::object::Object;

mod effort;
mod gf256;
mod syndrome;
#[cfg(test)]
mod tests;

pub use syndrome::{LOCATED_SOURCE_SYMBOLS_MAX, LOCATED_SURPLUS_MAX, SILENT_MIN, Syndrome};

/// Symbols beyond K that one attempt to decode uses at most. From H ≤ 16 (RFC 6330 table 2) on, the quick solver over
/// GF(2) can be tried first, and with 48 more it hardly ever fails; still more symbols would cost memory and win nothing.
pub const SURPLUS_MAX: usize = 64;

/// Up to so many symbols the most laborious set takes 40 ms and 14 MB: not worth a look.
const EFFORT_FREE: usize = 1000;

/// Makes repair symbols. Making one of these solves for the intermediate symbols, which takes about as long as
/// decoding; source symbols need none of that ([`source_symbols`]).
pub struct Encoder {
    object: Object,
    block: SourceBlockEncoder,
}

impl Encoder {
    /// Prepares repair symbols of the object with these bytes; refused where they are not as long as the object.
    pub fn new(object: &Object, bytes: &[u8]) -> Result<Self, FecError> {
        check_object_bytes(object, bytes)?;
        let symbol_size = usize::from(object.symbol_size().get());
        let padded_size = object.source_symbols() as usize * symbol_size;
        let padded: Cow<'_, [u8]> = if bytes.len() == padded_size {
            Cow::Borrowed(bytes)
        } else {
            let mut padded = Vec::with_capacity(padded_size);
            padded.extend_from_slice(bytes);
            padded.resize(padded_size, 0);
            Cow::Owned(padded)
        };
        let block = block_encoder(object.source_symbols(), &parameters(object), &padded)?;
        Ok(Self { object: *object, block })
    }

    /// Appends `count` repair symbols from `first` on to `symbols`. All ids must be ≥ K and must not wrap.
    pub fn repair(&self, first: Esi, count: u32, symbols: &mut Vec<u8>) -> Result<(), FecError> {
        let source_symbols = self.object.source_symbols();
        let start = first.get().checked_sub(source_symbols);
        let end = first.get().checked_add(count).filter(|end| *end <= ESI_COUNT);
        let (Some(start), Some(_)) = (start, end) else {
            return Err(FecError::NotRepair { first, count, source_symbols });
        };
        // One by one, so that no more than one symbol is held twice.
        for step in 0..count {
            for symbol in self.block.repair_packets(start + step, 1) {
                symbols.extend_from_slice(symbol.data());
            }
        }
        Ok(())
    }

    /// `count` encoding symbols from `first` on, one after the other, wrapping to source symbols after the last id.
    /// `bytes` are the object's, as given to [`Encoder::new`].
    pub fn symbols(&self, bytes: &[u8], first: Esi, count: u32) -> Result<Vec<u8>, FecError> {
        let mut symbols = Vec::with_capacity(room_for(&self.object, count));
        let mut next = first;
        let mut left = count.min(ESI_COUNT);
        while left > 0 {
            if let Some(source) = source_part(&self.object, next, left) {
                let run = source.end - source.start;
                append_source(&self.object, bytes, source, &mut symbols)?;
                next = next.wrapping_add(run);
                left -= run;
            } else {
                let run = left.min(ESI_COUNT - next.get());
                self.repair(next, run, &mut symbols)?;
                next = next.wrapping_add(run);
                left -= run;
            }
        }
        Ok(symbols)
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").field("object", &self.object).finish_non_exhaustive()
    }
}

/// One source symbol of the object with these bytes, the last one filled up with zeros. Needs no [`Encoder`].
pub fn source_symbol<'a>(object: &Object, bytes: &'a [u8], esi: Esi) -> Result<Cow<'a, [u8]>, FecError> {
    let source_symbols = object.source_symbols();
    check_object_bytes(object, bytes)?;
    if esi.get() >= source_symbols {
        return Err(FecError::NotSource { esi, source_symbols });
    }
    let size = usize::from(object.symbol_size().get());
    let start = esi.get() as usize * size;
    let rest = bytes.get(start..).unwrap_or_default();
    Ok(match rest.get(..size) {
        Some(symbol) => Cow::Borrowed(symbol),
        None => {
            let mut symbol = rest.to_vec();
            symbol.resize(size, 0);
            Cow::Owned(symbol)
        }
    })
}

/// `count` source symbols from `first` on, one after the other, so that a sender can start before its [`Encoder`]
/// exists. All ids must be below K.
pub fn source_symbols(object: &Object, bytes: &[u8], first: Esi, count: u32) -> Result<Vec<u8>, FecError> {
    let mut symbols = Vec::with_capacity(room_for(object, count));
    append_source(object, bytes, first.get()..first.get().saturating_add(count), &mut symbols)?;
    Ok(symbols)
}

/// Tries to put an object together from encoding symbols.
///
/// Symbols may come in any order; of several with one id the first counts. Gives nothing while there are too few (fewer
/// than K different ones, or, rarely, K and a few that do not suffice). What it gives has the object's length, and is
/// wrong if any symbol was false: ask [`Object::matches`]. Uses at most K + [`SURPLUS_MAX`] symbols, source symbols
/// before others; about 3 times the object's size of memory where source symbols are missing, once where none is.
///
/// Errors: a symbol that has not the object's symbol size; ids that would cost the solver far more work than any a sender
/// uses; a fault within the solver.
pub fn decode<S: AsRef<[u8]> + Into<Vec<u8>>>(
    object: &Object,
    symbols: impl IntoIterator<Item = (Esi, S)>,
) -> Result<Option<Vec<u8>>, FecError> {
    let size = object.symbol_size().get();
    let source_symbols = object.source_symbols() as usize;
    let mut source: Vec<Option<S>> = Vec::new();
    source.resize_with(source_symbols, || None);
    let mut source_count = 0;
    let mut repair: BTreeMap<Esi, S> = BTreeMap::new();
    for (esi, symbol) in symbols {
        let found = symbol.as_ref().len();
        if found != usize::from(size) {
            return Err(FecError::SymbolLength { esi, expected: usize::from(size), found });
        }
        match source.get_mut(esi.get() as usize) {
            Some(place @ None) => {
                *place = Some(symbol);
                source_count += 1;
            }
            Some(Some(_)) => {}
            None if repair.len() < source_symbols + SURPLUS_MAX => {
                repair.entry(esi).or_insert(symbol);
            }
            None => {}
        }
    }
    if source_count == source_symbols {
        return Ok(Some(joined(object, &source)));
    }
    let missing = source_symbols - source_count;
    if repair.len() < missing {
        return Ok(None);
    }
    let known = (0u32..).zip(source).filter_map(|(esi, symbol)| Some((esi, symbol?)));
    let repair = repair.into_iter().take(missing + SURPLUS_MAX).map(|(esi, symbol)| (esi.get(), symbol));
    let length = object.length.get() as usize;
    let solved = solve(object, size, known.chain(repair).collect())?;
    Ok(solved.filter(|bytes| bytes.len() >= length).map(|mut bytes| {
        bytes.truncate(length);
        bytes
    }))
}

/// Hands checked symbols of `width` bytes to the crate; gives the source symbols, one after the other. The crate's solver
/// has assertions whose truth depends on which ids arrived, and those an attacker may choose: should one fail, it is an
/// error here and not the end of the program. For the same reason the work is estimated first.
fn solve<S: Into<Vec<u8>>>(object: &Object, width: u16, symbols: Vec<(u32, S)>) -> Result<Option<Vec<u8>>, FecError> {
    let solved = catch_unwind(AssertUnwindSafe(|| {
        if symbols.len() > EFFORT_FREE {
            let ids = symbols.iter().map(|(esi, _)| *esi);
            let (set_aside, set_aside_max) = (effort::set_aside(object, ids), effort::set_aside_max(object));
            if set_aside > set_aside_max {
                return Err(FecError::Effort { set_aside, set_aside_max });
            }
        }
        let block_length = u64::from(object.source_symbols()) * u64::from(width);
        let oti = ObjectTransmissionInformation::new(block_length, width, 1, 1, 1);
        let mut block = SourceBlockDecoder::new(0, &oti, block_length);
        let symbols = symbols.into_iter();
        Ok(block.decode(symbols.map(|(esi, symbol)| EncodingPacket::new(PayloadId::new(0, esi), symbol.into()))))
    }));
    solved.map_err(|_| FecError::Solver)?
}

/// The encoder of a block of these source symbols, all of the size `oti` says.
fn block_encoder(
    source_symbols: u32,
    oti: &ObjectTransmissionInformation,
    padded: &[u8],
) -> Result<SourceBlockEncoder, FecError> {
    let symbols = u16::try_from(source_symbols).map_err(|_| FecError::Solver)?;
    catch_unwind(AssertUnwindSafe(|| {
        // The plan is dropped afterwards: the crate's own cache would keep it for the life of the program.
        let plan = SourceBlockEncodingPlan::generate(symbols);
        SourceBlockEncoder::with_encoding_plan(0, oti, padded, &plan)
    }))
    .map_err(|_| FecError::Solver)
}

fn joined<S: AsRef<[u8]>>(object: &Object, source: &[Option<S>]) -> Vec<u8> {
    let length = object.length.get() as usize;
    let mut bytes = Vec::with_capacity(source.len() * usize::from(object.symbol_size().get()));
    for symbol in source.iter().flatten() {
        bytes.extend_from_slice(symbol.as_ref());
    }
    bytes.truncate(length);
    bytes
}

fn parameters(object: &Object) -> ObjectTransmissionInformation {
    ObjectTransmissionInformation::new(u64::from(object.length.get()), object.symbol_size().get(), 1, 1, 1)
}

fn check_object_bytes(object: &Object, bytes: &[u8]) -> Result<(), FecError> {
    let expected = object.length.get();
    if u32::try_from(bytes.len()) == Ok(expected) {
        Ok(())
    } else {
        Err(FecError::ObjectBytes { expected, found: bytes.len() })
    }
}

/// The ids from `next` on, at most `left`, that are source symbols.
fn source_part(object: &Object, next: Esi, left: u32) -> Option<Range<u32>> {
    let end = object.source_symbols().min(next.get().saturating_add(left));
    (next.get() < end).then_some(next.get()..end)
}

fn append_source(object: &Object, bytes: &[u8], ids: Range<u32>, symbols: &mut Vec<u8>) -> Result<(), FecError> {
    for id in ids {
        let esi = Esi::new(id)
            .ok_or(FecError::NotSource { esi: Esi::ZERO.wrapping_add(id), source_symbols: object.source_symbols() })?;
        symbols.extend_from_slice(&source_symbol(object, bytes, esi)?);
    }
    Ok(())
}

/// Bytes of `count` symbols, but no more than a frame or two: a hint for the allocator, not a bound.
fn room_for(object: &Object, count: u32) -> usize {
    count.min(64) as usize * usize::from(object.symbol_size().get())
}

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
                write!(f, "symbol {esi} has {found} bytes where the object's symbols have {expected}")
            }
            Self::NotSource { esi, source_symbols } => {
                write!(f, "symbol {esi} is not one of the {source_symbols} source symbols")
            }
            Self::NotRepair { first, count, source_symbols } => {
                write!(f, "{count} symbols from {first} are not all between {source_symbols} and {}", ESI_COUNT - 1)
            }
            Self::Effort { set_aside, set_aside_max } => write!(
                f,
                "these symbols would leave {set_aside} unknowns for dense elimination, where at most {set_aside_max} are allowed"
            ),
            Self::Solver => f.write_str("the erasure code's solver gave up on these symbols"),
        }
    }
}

impl core::error::Error for FecError {}

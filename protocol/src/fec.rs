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

use raptorq::{ObjectTransmissionInformation, SourceBlockEncoder};

use crate::esi::Esi;
use crate::limits::ESI_COUNT;
use crate::object::Object;

mod effort;
mod error;
mod gf256;
mod solver;
mod syndrome;
#[cfg(test)]
mod tests;

pub use error::FecError;
pub use syndrome::{LOCATED_SOURCE_SYMBOLS_MAX, LOCATED_SURPLUS_MAX, SILENT_MIN, Syndrome};

use solver::{block_encoder, solve};

/// Symbols beyond K that one attempt to decode uses at most. From H ≤ 16 (RFC 6330 table 2) on, the quick solver over
/// GF(2) can be tried first, and with 48 more it hardly ever fails; still more symbols would cost memory and win nothing.
pub const SURPLUS_MAX: usize = 64;

/// Repair symbols that are made at once, and so held twice: those of the largest frame.
const REPAIR_AT_ONCE: u32 = 16;

/// Makes repair symbols (RFC 6330 §5.3). Making one of these solves for the intermediate symbols, which takes about as long as
/// decoding; source symbols need none of that ([`source_symbols`]).
pub struct Encoder {
    object: Object,
    block: SourceBlockEncoder,
}

impl Encoder {
    /// Prepares repair symbols of the object with these bytes.
    ///
    /// # Errors
    /// [`FecError::ObjectBytes`] where they are not as long as the object.
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

    /// Appends `count` repair symbols of T bytes each, from `first` on, to `symbols` (RFC 6330 §5.3.4).
    ///
    /// # Errors
    /// [`FecError::NotRepair`] where an id is below K, or would wrap.
    pub fn repair(&self, first: Esi, count: u32, symbols: &mut Vec<u8>) -> Result<(), FecError> {
        let source_symbols = self.object.source_symbols();
        let start = first.get().checked_sub(source_symbols);
        let end = first.get().checked_add(count).filter(|end| *end <= ESI_COUNT);
        let (Some(start), Some(_)) = (start, end) else {
            return Err(FecError::NotRepair { first, count, source_symbols });
        };
        // Some at once: each call looks up the parameters of the block anew, and that takes as long as a small symbol.
        for step in (0..count).step_by(REPAIR_AT_ONCE as usize) {
            for symbol in self.block.repair_packets(start + step, REPAIR_AT_ONCE.min(count - step)) {
                symbols.extend_from_slice(symbol.data());
            }
        }
        Ok(())
    }

    /// `count` encoding symbols from `first` on, one after the other, wrapping to source symbols after the last id.
    /// `bytes` are the object's, as given to [`Encoder::new`].
    ///
    /// # Errors
    /// [`FecError::ObjectBytes`] where they are not as long as the object.
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

/// One source symbol of the object with these bytes: T bytes, the last one filled up with zeros. Needs no [`Encoder`].
///
/// # Errors
/// [`FecError::NotSource`] for an id of K or above, and [`FecError::ObjectBytes`] where the bytes are not as long as the
/// object.
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
/// exists.
///
/// # Errors
/// As [`source_symbol`].
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
/// ```
/// use rootcast_protocol::esi::Esi;
/// use rootcast_protocol::fec::{Encoder, decode};
/// use rootcast_protocol::object::Object;
///
/// let bytes: Vec<u8> = (0..1000u32).map(|place| (place % 251) as u8).collect();
/// let object = Object::new(&bytes)?;
/// let encoder = Encoder::new(&object, &bytes)?;
/// // The first source symbol is lost; repair symbols take its place.
/// let mut symbols = Vec::new();
/// for esi in (1..object.source_symbols() + 5).filter_map(Esi::new) {
///     symbols.push((esi, encoder.symbols(&bytes, esi, 1)?));
/// }
/// let too_few = symbols[..5].to_vec();
/// assert_eq!(decode(&object, too_few)?, None);
/// let found = decode(&object, symbols)?;
/// assert!(found.is_some_and(|found| object.matches(&found)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`FecError`]: a symbol that has not the object's symbol size; ids that would cost the solver far more work than any a
/// sender uses; a fault within the solver.
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

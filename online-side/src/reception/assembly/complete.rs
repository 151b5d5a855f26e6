//! A complete object, and its false symbols by link.

use std::collections::BTreeMap;
use std::time::Duration;

use rootcast_host::disk::DiskError;
use rootcast_protocol::fec::{Encoder, source_symbol};
use rootcast_protocol::object::Object;

use crate::limits::COMPARED_OBJECT_MAX;
use crate::reception::symbol_store::{KeptSymbol, SymbolFile};

/// An object whose bytes give its id. Only this module's parent makes one.
#[derive(Debug)]
pub struct CompleteObject {
    pub(super) object: Object,
    pub(super) bytes: Vec<u8>,
    pub(super) false_symbols: Vec<FalseSymbols>,
    pub(super) took: Option<Duration>,
}

/// False symbols of one object that came by one link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FalseSymbols {
    /// The link.
    pub link: String,
    /// How many.
    pub symbols: u32,
    /// When the first came, Unix seconds.
    pub first: i64,
    /// When the last came, Unix seconds.
    pub last: i64,
}

impl CompleteObject {
    /// Which object it is.
    #[must_use]
    pub fn object(&self) -> Object {
        self.object
    }

    /// The encoded bundle.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// From its first frame in this run until its digest was found right; `None` where no frame of it came in this run.
    #[must_use]
    pub fn took(&self) -> Option<Duration> {
        self.took
    }

    /// The symbols that were false and were left out, by link, most first. Each was compared with the true one.
    #[must_use]
    pub fn false_symbols(&self) -> &[FalseSymbols] {
        &self.false_symbols
    }
}

/// Symbols compared at once: 720 kB of the largest.
const COMPARED_AT_ONCE: usize = 512;

/// Compares every kept symbol with the true one, now that the object is known.
pub(super) fn false_symbols(object: &Object, bytes: &[u8], file: &SymbolFile) -> Result<Vec<FalseSymbols>, DiskError> {
    let source_symbols = object.source_symbols();
    let any_repair = file.kept().iter().any(|symbol| symbol.esi.get() >= source_symbols);
    let encoder = (any_repair && object.length.get() <= COMPARED_OBJECT_MAX).then(|| Encoder::new(object, bytes).ok());
    let encoder = encoder.flatten();
    let mut found: BTreeMap<u16, FalseSymbols> = BTreeMap::new();
    for part in file.kept().chunks(COMPARED_AT_ONCE) {
        for (kept, symbol) in file.read(part)? {
            let is_true = if kept.esi.get() < source_symbols {
                source_symbol(object, bytes, kept.esi).is_ok_and(|expected| *expected == *symbol)
            } else if let Some(encoder) = &encoder {
                encoder.symbols(bytes, kept.esi, 1).is_ok_and(|expected| expected == symbol)
            } else {
                true
            };
            if !is_true {
                count(&mut found, &kept, file.links());
            }
        }
    }
    let mut found: Vec<FalseSymbols> = found.into_values().collect();
    found.sort_by_key(|it| std::cmp::Reverse(it.symbols));
    Ok(found)
}

fn count(found: &mut BTreeMap<u16, FalseSymbols>, symbol: &KeptSymbol, links: &[String]) {
    let entry = found.entry(symbol.link).or_insert_with(|| FalseSymbols {
        link: links.get(usize::from(symbol.link)).cloned().unwrap_or_default(),
        symbols: 0,
        first: symbol.time,
        last: symbol.time,
    });
    entry.symbols = entry.symbols.saturating_add(1);
    entry.first = entry.first.min(symbol.time);
    entry.last = entry.last.max(symbol.time);
}

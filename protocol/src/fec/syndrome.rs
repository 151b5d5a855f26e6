//! Which of more symbols than are needed are false: what they say about each other, without knowing the object.
//!
//! ```text
//! K symbols of the n received ─ decode, encode ─► what each of the others should be  (as y, and as a combination of the K)
//! others: received + expected = syndrome          parity equation: coefficients over all n symbols
//! elimination on the syndromes ─► equations that still tell of an error │ silent equations
//! ```
//!
//! Every equation that is silent holds in spite of the errors. Where the errors are linearly independent, as those of
//! forged symbols of random bytes are, no silent equation can contain a false symbol, and every true one stands in about
//! 255 of 256 of them: so the false ones are the symbols in no silent equation (Metzner and Kapturowski, "A general
//! decoding technique applicable to replicated file disagreement location and concatenated code decoding", 1990). With
//! n symbols, m false ones can be found where n ≥ K + 2 + m.
//!
//! The coefficients come from the erasure code itself, which is linear: the K symbols are given unit vectors beside
//! their bytes. Nothing here decides: only [`Object::matches`] does.

use raptorq::{ObjectTransmissionInformation, SourceBlockEncoder};

use super::error::FecError;
use super::gf256::{add_scaled, inverse, product, scale};
use super::solver::{block_encoder, solve};
use crate::esi::Esi;
use crate::object::Object;

/// The largest K for which false symbols are looked for. The work is two solutions with symbols of T + K bytes, which
/// at this K take K × (176 + K) = 4.6 MB several times over.
pub const LOCATED_SOURCE_SYMBOLS_MAX: u32 = 2_048;

/// Symbols beyond K that are looked at. More than T = 176 false symbols cannot be linearly independent; 16 more leave
/// silent equations.
pub const LOCATED_SURPLUS_MAX: usize = 192;

/// Silent equations that have to remain. A true symbol is in none of two with probability 256^-2, so that of 1,000 true
/// symbols one is suspected about once in 65 times; that costs nothing as long as enough symbols remain.
pub const SILENT_MIN: usize = 2;

/// How many selections of K symbols are tried where the first are not independent (0.4 to 0.7 % each).
const SELECTIONS_MAX: usize = 4;

/// What symbols say about each other.
#[derive(Debug)]
pub struct Syndrome {
    symbols: usize,
    /// Parity equations with syndromes that are linearly independent.
    telling: Vec<Vec<u8>>,
    /// Parity equations that hold.
    silent: Vec<Vec<u8>>,
}

impl Syndrome {
    /// What these symbols say about each other; several may have one id. Nothing where they are too few or not
    /// independent, or where K is above [`LOCATED_SOURCE_SYMBOLS_MAX`]. Uses the first K + [`LOCATED_SURPLUS_MAX`].
    ///
    /// # Errors
    /// As [`super::decode`].
    pub fn from_symbols(object: &Object, symbols: &[(Esi, &[u8])]) -> Result<Option<Self>, FecError> {
        let size = usize::from(object.symbol_size().get());
        if let Some((esi, wrong)) = symbols.iter().find(|(_, symbol)| symbol.len() != size) {
            return Err(FecError::SymbolLength { esi: *esi, expected: size, found: wrong.len() });
        }
        let source_symbols = object.source_symbols() as usize;
        let used = symbols.get(..source_symbols + LOCATED_SURPLUS_MAX).unwrap_or(symbols);
        if object.source_symbols() > LOCATED_SOURCE_SYMBOLS_MAX || used.len() <= source_symbols {
            return Ok(None);
        }
        let mut seen = std::collections::BTreeSet::new();
        let different: Vec<usize> = (0..).zip(used).filter(|(_, (esi, _))| seen.insert(*esi)).map(|(n, _)| n).collect();
        // The windows overlap, but one id more or less is another chance.
        for selection in different.windows(source_symbols).take(SELECTIONS_MAX) {
            if let Some(equations) = equations(object, used, selection)? {
                return Ok(Some(Self::eliminated(used.len(), equations)));
            }
        }
        Ok(None)
    }

    fn eliminated(symbols: usize, mut equations: Vec<Equation>) -> Self {
        let (mut telling, mut silent) = (Vec::new(), Vec::new());
        while let Some(equation) = equations.pop() {
            let Some((place, value)) = first_nonzero(&equation.syndrome) else {
                silent.push(equation.coefficients);
                continue;
            };
            for other in &mut equations {
                let factor = product(other.syndrome.get(place).copied().unwrap_or(0), inverse(value));
                add_scaled(&mut other.syndrome, &equation.syndrome, factor);
                add_scaled(&mut other.coefficients, &equation.coefficients, factor);
            }
            telling.push(equation.coefficients);
        }
        Self { symbols, telling, silent }
    }

    /// How many of the symbols given were used: the first so many.
    #[must_use]
    pub fn symbols(&self) -> usize {
        self.symbols
    }

    /// How many linearly independent errors there are: at least so many symbols are false.
    #[must_use]
    pub fn errors_min(&self) -> usize {
        self.telling.len()
    }

    /// The places, among those given and counted from 0, of the symbols that no equation which holds vouches for. All false
    /// ones, where their errors are linearly independent and enough symbols are there; empty if there is no error, or if too
    /// few equations hold to tell.
    #[must_use]
    pub fn suspects(&self) -> Vec<usize> {
        if self.telling.is_empty() || self.silent.len() < SILENT_MIN {
            return Vec::new();
        }
        let vouched = |place: usize| self.silent.iter().any(|row| row.get(place).is_some_and(|c| *c != 0));
        (0..self.symbols).filter(|place| !vouched(*place)).collect()
    }

    /// Whether errors at these places alone explain everything the symbols say, with equations to spare: for errors that
    /// depend on each other, which have to be guessed.
    #[must_use]
    pub fn explained_by(&self, places: &[usize]) -> bool {
        if places.len() < self.telling.len() || places.len() + SILENT_MIN > self.telling.len() + self.silent.len() {
            return false;
        }
        let at = |row: &Vec<u8>| places.iter().map(|place| row.get(*place).copied().unwrap_or(0)).collect::<Vec<u8>>();
        // No combination of telling equations may be free of these places: their rows are independent modulo the silent.
        let mut basis: Vec<(usize, Vec<u8>)> = Vec::new();
        for row in &self.silent {
            if basis.len() == places.len() {
                break;
            }
            insert(&mut basis, at(row));
        }
        self.telling.iter().all(|row| insert(&mut basis, at(row)))
    }
}

/// One parity equation: the sum of coefficient × symbol is the syndrome.
struct Equation {
    coefficients: Vec<u8>,
    syndrome: Vec<u8>,
}

/// The parity equation of every symbol that is not in `selection`; `None` if the selection does not decode.
fn equations(
    object: &Object,
    symbols: &[(Esi, &[u8])],
    selection: &[usize],
) -> Result<Option<Vec<Equation>>, FecError> {
    let size = usize::from(object.symbol_size().get());
    let source_symbols = object.source_symbols();
    let count = source_symbols as usize;
    let Ok(width) = u16::try_from(size + count) else { return Ok(None) };
    let chosen: Vec<(u32, Vec<u8>)> = (0..)
        .zip(selection)
        .filter_map(|(unit, place)| {
            let (esi, symbol) = symbols.get(*place)?;
            let mut wide = symbol.to_vec();
            wide.resize(usize::from(width), 0);
            *wide.get_mut(size + unit)? = 1;
            Some((esi.get(), wide))
        })
        .collect();
    let Some(source) = solve(object, width, chosen)? else { return Ok(None) };
    let oti = ObjectTransmissionInformation::new(u64::from(source_symbols) * u64::from(width), width, 1, 1, 1);
    let mut block: Option<SourceBlockEncoder> = None;
    let mut found = Vec::with_capacity(symbols.len().saturating_sub(count));
    let mut selected = vec![false; symbols.len()];
    selection.iter().for_each(|place| selected.get_mut(*place).into_iter().for_each(|it| *it = true));
    for ((place, (esi, symbol)), _) in (0..).zip(symbols).zip(&selected).filter(|(_, selected)| !**selected) {
        let expected = if esi.get() < source_symbols {
            let start = esi.get() as usize * usize::from(width);
            source.get(start..start + usize::from(width)).unwrap_or_default().to_vec()
        } else {
            if block.is_none() {
                block = Some(block_encoder(source_symbols, &oti, &source)?);
            }
            let packets = block.as_ref().map(|block| block.repair_packets(esi.get() - source_symbols, 1));
            packets.into_iter().flatten().next().map(|packet| packet.data().to_vec()).unwrap_or_default()
        };
        let (Some((sum, combination)), true) = (expected.split_at_checked(size), expected.len() == usize::from(width))
        else {
            return Err(FecError::Solver);
        };
        let mut equation = Equation { coefficients: vec![0; symbols.len()], syndrome: sum.to_vec() };
        add_scaled(&mut equation.syndrome, symbol, 1);
        for (coefficient, place) in combination.iter().zip(selection) {
            equation.coefficients.get_mut(*place).into_iter().for_each(|c| *c = *coefficient);
        }
        equation.coefficients.get_mut(place).into_iter().for_each(|c: &mut u8| *c = 1);
        found.push(equation);
    }
    Ok(Some(found))
}

fn first_nonzero(row: &[u8]) -> Option<(usize, u8)> {
    (0..).zip(row).find(|(_, value)| **value != 0).map(|(place, value)| (place, *value))
}

/// Adds a row to a basis, each row of which is 1 at its own place; whether it was independent of those there.
fn insert(basis: &mut Vec<(usize, Vec<u8>)>, mut row: Vec<u8>) -> bool {
    for (place, known) in basis.iter() {
        let factor = row.get(*place).copied().unwrap_or(0);
        add_scaled(&mut row, known, factor);
    }
    let Some((place, value)) = first_nonzero(&row) else { return false };
    scale(&mut row, inverse(value));
    basis.push((place, row));
    true
}

#[cfg(test)]
mod tests;

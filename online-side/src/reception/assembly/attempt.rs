//! One attempt to put an object together from its kept symbols, some of which may be forged.
//!
//! ```text
//! the first to come ─ digest? ─▶ one link alone ─▶ located false symbols ─▶ frames that explain the rest
//!                                 ─▶ without one link ─▶ the last to come ─▶ without a window of time ─▶ frames by chance ─▶ listen on
//! ```
//!
//! Each step is a guess at which symbols are true; the digest alone says whether it was right. Must not: forget a symbol
//! because it is suspected.

use std::collections::HashSet;

use rootcast_host::disk::DiskError;
use rootcast_host::processor_time::Budget;
use rootcast_protocol::esi::Esi;
use rootcast_protocol::fec::{
    self, FecError, LOCATED_SOURCE_SYMBOLS_MAX, LOCATED_SURPLUS_MAX, SILENT_MIN, SURPLUS_MAX, Syndrome,
};
use rootcast_protocol::object::Object;

use crate::limits::{EXPLANATIONS_MAX, LOCATION_STEP, SEARCH_SOLUTIONS_MAX, SEARCH_SOLUTIONS_MIN, SEARCH_TIME_MAX};
use crate::reception::symbol_store::{KeptSymbol, SymbolFile};

/// The result of an attempt.
#[derive(Debug, Default)]
pub(super) struct Tried {
    /// The object's bytes, if their digest is right.
    pub(super) bytes: Option<Vec<u8>>,
    /// Solutions with another digest.
    pub(super) wrong_digests: u32,
    /// Sets of symbols refused because of the work their ids would make.
    pub(super) laborious: u32,
    /// Solutions in all.
    pub(super) solutions: u32,
}

/// What one attempt may spend, and what it has found.
struct Attempt<'a> {
    object: &'a Object,
    file: &'a SymbolFile,
    budget: Budget,
    stop: &'a dyn Fn() -> bool,
    /// At least so many symbols are false, as far as is known.
    errors_min: usize,
    tried: Tried,
}

/// After how many more symbols false ones are looked for again; `None` if that is not worth it without a whole search.
pub(super) fn location_step(object: &Object, kept: u32) -> Option<u32> {
    let source_symbols = object.source_symbols();
    let most = u32::try_from(LOCATED_SURPLUS_MAX).unwrap_or(0).saturating_add(source_symbols);
    (source_symbols <= LOCATED_SOURCE_SYMBOLS_MAX && kept < most).then_some(1 + source_symbols / LOCATION_STEP)
}

/// Leaves out the symbols no equation vouches for, and tries nothing else.
///
/// # Errors
/// When symbols cannot be read back.
pub(super) fn locate(object: &Object, file: &SymbolFile, stop: &dyn Fn() -> bool) -> Result<Tried, DiskError> {
    let budget = Budget::new(SEARCH_TIME_MAX);
    let mut attempt = Attempt { object, file, budget, stop, errors_min: 1, tried: Tried::default() };
    attempt.locate()?;
    Ok(attempt.tried)
}

/// Tries to put `object` together. Ends early where `stop` says so.
///
/// # Errors
/// When symbols cannot be read back.
pub(super) fn attempt(object: &Object, file: &SymbolFile, stop: &dyn Fn() -> bool) -> Result<Tried, DiskError> {
    let budget = Budget::new(SEARCH_TIME_MAX);
    let mut attempt = Attempt { object, file, budget, stop, errors_min: 1, tried: Tried::default() };
    attempt.run()?;
    Ok(attempt.tried)
}

impl Attempt<'_> {
    /// Only what is quick: whether the symbols no equation vouches for are the false ones.
    fn locate(&mut self) -> Result<(), DiskError> {
        let kept = self.file.kept();
        let most = self.source_symbols() + LOCATED_SURPLUS_MAX;
        self.located_in(kept.get(..most).unwrap_or(kept), false).map(|_| ())
    }

    fn run(&mut self) -> Result<(), DiskError> {
        let file = self.file;
        let kept = file.kept();
        if self.solve(kept.iter())? {
            return Ok(());
        }
        let more_than_used = kept.len() > self.source_symbols() + SURPLUS_MAX;
        if self.is_fruitless() {
            // Too few, or a few too few: no reason to suspect anybody. Of more than are used, the last may say more.
            if more_than_used {
                self.solve(kept.iter().rev())?;
            }
            return Ok(());
        }
        // The first solution's own time is not the search's.
        self.budget = Budget::new(SEARCH_TIME_MAX);
        let _ = self.with_one_link()?
            || self.located()?
            || self.without_a_link()?
            || self.solve(kept.iter().rev())?
            || self.without_a_window()?
            || self.by_chance()?;
        Ok(())
    }

    fn source_symbols(&self) -> usize {
        usize::try_from(self.object.source_symbols()).unwrap_or(usize::MAX)
    }

    fn is_fruitless(&self) -> bool {
        self.tried.wrong_digests == 0 && self.tried.laborious == 0
    }

    /// Whether the processor time of the search is over.
    fn is_late(&self) -> bool {
        self.budget.is_spent() || (self.stop)()
    }

    /// Whether there is to be no further solution. A few are made whatever they take: one without each link is worth more
    /// than the second it costs with a large object.
    fn is_spent(&self) -> bool {
        let few = self.tried.solutions < SEARCH_SOLUTIONS_MIN && !(self.stop)();
        self.tried.solutions >= SEARCH_SOLUTIONS_MAX || self.is_late() && !few
    }

    /// Solves with the first of each id, K + [`SURPLUS_MAX`] at most; whether that gives the object.
    fn solve<'s>(&mut self, symbols: impl Iterator<Item = &'s KeptSymbol>) -> Result<bool, DiskError> {
        let mut seen = HashSet::new();
        let most = self.source_symbols() + SURPLUS_MAX;
        let chosen: Vec<KeptSymbol> = symbols.filter(|symbol| seen.insert(symbol.esi)).take(most).copied().collect();
        drop(seen);
        // One after the first costs time that a spent search no longer has.
        if chosen.len() < self.source_symbols() || self.tried.solutions > 0 && self.is_spent() {
            return Ok(false);
        }
        self.tried.solutions += 1;
        let object = self.object;
        let is_source = |symbol: &&KeptSymbol| symbol.esi.get() < object.source_symbols();
        if chosen.iter().filter(is_source).count() == self.source_symbols() {
            let source: Vec<KeptSymbol> = chosen.iter().filter(is_source).copied().collect();
            if let Some(bytes) = self.file.read_source(&source)? {
                return Ok(self.is_object(Ok(Some(bytes))));
            }
        }
        let read = self.file.read(&chosen)?;
        drop(chosen);
        let decoded = fec::decode(object, read.into_iter().map(|(symbol, bytes)| (symbol.esi, bytes)));
        Ok(self.is_object(decoded))
    }

    fn is_object(&mut self, decoded: Result<Option<Vec<u8>>, FecError>) -> bool {
        match decoded {
            Ok(Some(bytes)) if self.object.matches(&bytes) => {
                self.tried.bytes = Some(bytes);
                return true;
            }
            Ok(None) => {}
            Err(FecError::Effort { .. }) => self.tried.laborious = self.tried.laborious.saturating_add(1),
            Ok(Some(_)) | Err(_) => self.tried.wrong_digests = self.tried.wrong_digests.saturating_add(1),
        }
        false
    }

    /// Without the symbols that no equation vouches for, and the frames that explain what is left.
    fn located(&mut self) -> Result<bool, DiskError> {
        let file = self.file;
        let kept = file.kept();
        let most = self.source_symbols() + LOCATED_SURPLUS_MAX;
        if self.object.source_symbols() > LOCATED_SOURCE_SYMBOLS_MAX || kept.len() <= self.source_symbols() + SILENT_MIN
        {
            return Ok(false);
        }
        let first = kept.get(..most).unwrap_or(kept);
        if self.located_in(first, true)? {
            return Ok(true);
        }
        let last = kept.get(kept.len().saturating_sub(most)..).unwrap_or(kept);
        Ok(last.len() < kept.len() && !self.is_spent() && self.located_in(last, true)?)
    }

    fn located_in(&mut self, symbols: &[KeptSymbol], guess: bool) -> Result<bool, DiskError> {
        let read = self.file.read(symbols)?;
        let lent: Vec<(Esi, &[u8])> = read.iter().map(|(symbol, bytes)| (symbol.esi, bytes.as_slice())).collect();
        let Ok(Some(syndrome)) = Syndrome::from_symbols(self.object, &lent) else { return Ok(false) };
        self.errors_min = self.errors_min.max(syndrome.errors_min());
        let suspects = syndrome.suspects();
        let solve_without = |attempt: &mut Self, left_out: &[usize]| {
            let rest = read.iter().enumerate().filter(|(place, _)| !left_out.contains(place));
            let rest = rest.map(|(_, (symbol, _))| symbol).collect::<Vec<_>>();
            attempt.solve(rest.into_iter())
        };
        if !suspects.is_empty() && solve_without(self, &suspects)? {
            return Ok(true);
        }
        if !guess || suspects.len() >= syndrome.errors_min() {
            return Ok(false);
        }
        // Errors that depend on each other: whole frames are guessed, one, then two.
        let frames = frames_of(&read);
        let singles = (0..frames.len()).map(|n| (n, None));
        let pairs = (0..frames.len()).flat_map(|n| (0..n).map(move |m| (n, Some(m))));
        for (weighed, (one, other)) in singles.chain(pairs).enumerate() {
            if weighed >= EXPLANATIONS_MAX || weighed.is_multiple_of(16) && self.is_late() {
                break;
            }
            let chosen = [Some(one), other].into_iter().flatten().filter_map(|n| frames.get(n)).flatten();
            let mut places = suspects.clone();
            places.extend(chosen.filter(|place| !suspects.contains(place)));
            if syndrome.explained_by(&places) && solve_without(self, &places)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Without what came by one link, one after the other. Never without all.
    fn without_a_link(&mut self) -> Result<bool, DiskError> {
        let file = self.file;
        let count = u16::try_from(file.links().len()).unwrap_or(u16::MAX);
        // Of two links, all without the one is the other alone.
        if count > 2 {
            for link in 0..count {
                if self.is_spent() {
                    return Ok(false);
                }
                if self.solve(file.kept().iter().filter(|symbol| symbol.link != link))? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// What came by one link alone, one after the other: of many links all but one may have a forger. This comes first, so
    /// that no search takes its time away: whoever brings enough over a link without a forger gets through.
    fn with_one_link(&mut self) -> Result<bool, DiskError> {
        let file = self.file;
        let count = u16::try_from(file.links().len()).unwrap_or(u16::MAX);
        if count > 1 {
            for link in 0..count {
                if self.is_spent() {
                    return Ok(false);
                }
                if self.solve(file.kept().iter().filter(|symbol| symbol.link == link))? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Without a half, a quarter, an eighth of what came, in the order in which it came.
    fn without_a_window(&mut self) -> Result<bool, DiskError> {
        let file = self.file;
        let kept = file.kept();
        for parts in [2, 4, 8] {
            for part in 0..parts {
                if self.is_spent() {
                    return Ok(false);
                }
                let window = kept.len() * part / parts..kept.len() * (part + 1) / parts;
                let rest = kept.iter().enumerate().filter(|(place, _)| !window.contains(place));
                if self.solve(rest.map(|(_, symbol)| symbol))? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Just enough frames, drawn by chance.
    fn by_chance(&mut self) -> Result<bool, DiskError> {
        let file = self.file;
        let kept = file.kept();
        let mut frames: Vec<&[KeptSymbol]> = kept.chunk_by(|a, b| a.frame == b.frame).collect();
        let needed = self.source_symbols() + SILENT_MIN;
        if kept.len() <= needed || !worth_drawing(frames.len(), kept.len(), needed, self.errors_min) {
            return Ok(false);
        }
        // The same drawing for the same symbols, so that a run can be repeated.
        let [a, b, c, d, e, f, g, h, ..] = self.object.id.0;
        let mut chance = u64::from_be_bytes([a, b, c, d, e, f, g, h]) ^ kept.len() as u64;
        while !self.is_late() && !self.is_spent() {
            shuffle(&mut frames, &mut chance);
            let mut drawn = 0;
            let enough = frames.iter().take_while(|frame| {
                let more = drawn < needed;
                drawn += frame.len();
                more
            });
            let chosen: Vec<&KeptSymbol> = enough.flat_map(|frame| frame.iter()).collect();
            if self.solve(chosen.into_iter())? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether [`SEARCH_SOLUTIONS_MAX`] drawings of frames with `needed` of all `symbols` have a fair chance to hold a clean one,
/// where `errors` symbols are false: the product of (frames left - drawn) ÷ (frames left) for each false frame.
fn worth_drawing(frames: usize, symbols: usize, needed: usize, errors: usize) -> bool {
    let drawn = (needed * frames).div_ceil(symbols.max(1));
    let false_frames = (errors * frames).div_ceil(symbols.max(1));
    let odds = (0..false_frames).try_fold(1.0, |odds, n| {
        let left = frames.checked_sub(n).filter(|left| *left > drawn)?;
        Some(odds * f64::from(u32::try_from(left - drawn).ok()?) / f64::from(u32::try_from(left).ok()?))
    });
    odds.is_some_and(|odds: f64| odds * f64::from(SEARCH_SOLUTIONS_MAX) >= 1.0)
}

/// The places of the symbols of each frame.
fn frames_of(symbols: &[(KeptSymbol, Vec<u8>)]) -> Vec<Vec<usize>> {
    let mut place = 0;
    symbols
        .chunk_by(|(a, _), (b, _)| a.frame == b.frame)
        .map(|frame| {
            let places = (place..place + frame.len()).collect();
            place += frame.len();
            places
        })
        .collect()
}

/// Fisher and Yates, with a SplitMix64.
fn shuffle<T>(list: &mut [T], chance: &mut u64) {
    for end in (1..list.len()).rev() {
        *chance = chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (*chance ^ *chance >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        let at = (mixed ^ mixed >> 31) % (end as u64 + 1);
        list.swap(end, usize::try_from(at).unwrap_or(0));
    }
}

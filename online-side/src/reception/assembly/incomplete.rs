//! One object that is not complete yet.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use rootcast_protocol::object::Object;

use super::attempt;
use crate::reception::symbol_store::SymbolFile;

/// An object being put together.
#[derive(Debug)]
pub struct Assembly {
    /// Its symbols.
    pub(super) file: SymbolFile,
    pub(super) last_heard: i64,
    /// When the first frame of it came in this run.
    pub(super) begun: Option<Instant>,
    /// When it last had a new symbol, Unix seconds.
    pub(super) last_new_at: i64,
    /// The same, counted in frames over all objects of this run: which of two was later within one second.
    pub(super) last_new_order: u64,
    /// New symbols in this run, by link.
    pub(super) by_link: BTreeMap<String, u32>,
    /// How many symbols there must be before false ones are located again between attempts.
    pub(super) next_location: u32,
    /// Whether a link has just brought all that is kept of it: nothing more of it is waited for before the next attempt.
    pub(super) due: bool,
    /// Symbols that contradict one kept earlier.
    pub(super) conflicting: u32,
    /// Symbols that were thrown away because they filled all the room there is and did not give the object.
    pub(super) given_up: u32,
}

impl Assembly {
    pub(super) fn new(file: SymbolFile, now: i64) -> Self {
        let last_new_at = file.last_time().unwrap_or(now);
        let next_location = file.kept_count().saturating_add(1);
        Self {
            file,
            last_heard: last_new_at,
            begun: None,
            last_new_at,
            last_new_order: 0,
            by_link: BTreeMap::new(),
            next_location,
            due: false,
            conflicting: 0,
            given_up: 0,
        }
    }

    pub(super) fn is_ready(&self, object: &Object) -> bool {
        let kept = self.file.kept_count();
        let located = self.has_failed() && kept >= self.next_location;
        let located = located && attempt::location_step(object, kept).is_some();
        self.file.count() >= object.source_symbols() && (kept >= self.file.attempts().next || self.due || located)
    }

    /// Whether it was tried and some of its symbols are false.
    pub(super) fn has_failed(&self) -> bool {
        self.file.attempts().wrong_digests > 0
    }

    /// Different symbols kept.
    #[must_use]
    pub fn symbols(&self) -> u32 {
        self.file.count()
    }

    /// When a frame of it was last heard, Unix seconds.
    #[must_use]
    pub(crate) fn last_heard(&self) -> i64 {
        self.last_heard
    }

    /// Whether a frame of it came in this run.
    #[must_use]
    pub(crate) fn is_heard(&self) -> bool {
        self.begun.is_some()
    }

    /// The file of its symbols.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// New symbols in this run by link.
    #[must_use]
    pub(crate) fn by_link(&self) -> &BTreeMap<String, u32> {
        &self.by_link
    }

    /// Symbols that contradicted one kept earlier.
    #[must_use]
    pub(crate) fn conflicting(&self) -> u32 {
        self.conflicting
    }

    /// Solutions that gave bytes with another digest, over all runs: somebody forges, or memory fails.
    #[must_use]
    pub fn wrong_digests(&self) -> u32 {
        self.file.attempts().wrong_digests
    }

    /// Attempts refused because the ids were chosen to cost far more work than any a sender uses, over all runs.
    #[must_use]
    pub fn laborious(&self) -> u32 {
        self.file.attempts().laborious
    }

    /// Symbols thrown away in this run because they filled all the room there is and did not give the object.
    #[must_use]
    pub(crate) fn given_up(&self) -> u32 {
        self.given_up
    }
}

//! Puts objects together from the symbols of any mix of links and days.
//!
//! ```text
//! frame bytes ─ parse ─▶ symbols ─▶ symbol store (disk) ─ enough? ─▶ FEC ─ digest matches? ─▶ CompleteObject
//!                 │counted per link          │bounded, shared by link      │no: find the false ones, or listen on
//! ```
//!
//! A foreign or forged frame never resets anything: assemblies are keyed by (object id, length), and only the digest
//! decides. Must not: look into an object.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rootcast_host::disk::DiskError;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::frame::beacon::Beacon;
use rootcast_protocol::frame::{Frame, FrameClass, Opened, open};
use rootcast_protocol::object::Object;
use rootcast_protocol::transport_key::TransportKey;

use crate::limits::{FRUITLESS_MAX, JUDGED_AGAIN_AFTER_S, LIVE_OBJECTS_MAX, SYMBOL_BYTES_MAX, symbols_of_object_max};
use crate::reception::symbol_store::{Attempts, Kept, SymbolFile};

mod attempt;
mod complete;
mod room;
#[cfg(test)]
mod tests;

pub use complete::{CompleteObject, FalseSymbols};

/// How one link has done so far in this run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkCount {
    /// Frames that were whole and understood.
    pub frames: u64,
    /// Frames or pieces damaged on the way.
    pub damaged: u64,
    /// Pieces that are no frames of ours.
    pub foreign: u64,
    /// Frames of ours that this version does not understand, or that claim impossible numbers.
    pub refused: u64,
    /// Pictures looked at.
    pub pictures: u64,
    /// Pictures in which no code was found.
    pub pictures_without_code: u64,
    /// Frames of somebody who does not have the transport key.
    pub unauthentic: u64,
    /// Beacons.
    pub beacons: u64,
    /// Codes that were in a picture just before already, and are not counted again.
    pub doubled: u64,
    /// Codes of which a picture caught a part and the next one's part.
    pub mixed: u64,
    /// New symbols it brought.
    pub symbols: u64,
}

/// An object being put together.
#[derive(Debug)]
pub struct Assembly {
    /// Its symbols.
    file: SymbolFile,
    last_heard: i64,
    /// When it last had a new symbol, Unix seconds.
    last_new_at: i64,
    /// The same, counted in frames over all objects of this run: which of two was later within one second.
    last_new_order: u64,
    /// New symbols in this run, by link.
    by_link: BTreeMap<String, u32>,
    /// How many symbols there must be before false ones are located again between attempts.
    next_location: u32,
    /// Whether a link has just brought all that is kept of it: nothing more of it is waited for before the next attempt.
    due: bool,
    /// Symbols that contradict one kept earlier.
    conflicting: u32,
    /// Symbols that were thrown away because they filled all the room there is and did not give the object.
    given_up: u32,
}

impl Assembly {
    fn new(file: SymbolFile, now: i64) -> Self {
        let last_new_at = file.last_time().unwrap_or(now);
        let next_location = file.kept_count().saturating_add(1);
        Self {
            file,
            last_heard: last_new_at,
            last_new_at,
            last_new_order: 0,
            by_link: BTreeMap::new(),
            next_location,
            due: false,
            conflicting: 0,
            given_up: 0,
        }
    }

    fn is_ready(&self, object: &Object) -> bool {
        let kept = self.file.kept_count();
        let located = self.has_failed() && kept >= self.next_location;
        let located = located && attempt::location_step(object, kept).is_some();
        self.file.count() >= object.source_symbols() && (kept >= self.file.attempts().next || self.due || located)
    }

    /// Whether it was tried and some of its symbols are false.
    fn has_failed(&self) -> bool {
        self.file.attempts().wrong_digests > 0
    }

    /// Different symbols kept.
    #[must_use]
    pub fn symbols(&self) -> u32 {
        self.file.count()
    }

    /// When a frame of it was last heard, Unix seconds.
    #[must_use]
    pub fn last_heard(&self) -> i64 {
        self.last_heard
    }

    /// New symbols in this run by link.
    #[must_use]
    pub fn by_link(&self) -> &BTreeMap<String, u32> {
        &self.by_link
    }

    /// Symbols that contradicted one kept earlier.
    #[must_use]
    pub fn conflicting(&self) -> u32 {
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
    pub fn given_up(&self) -> u32 {
        self.given_up
    }
}

/// All objects being put together, and the ones done.
#[derive(Debug)]
pub struct Assemblies {
    folder: PathBuf,
    live: BTreeMap<Object, Assembly>,
    /// An object that came whole in one frame: its bytes, not yet asked for.
    whole: Option<(Object, Vec<u8>)>,
    /// Objects judged in this run, with the time they were last heard.
    judged: BTreeMap<Object, i64>,
    links: BTreeMap<String, LinkCount>,
    /// Objects that had to make room.
    evicted: u64,
    /// Frames taken in so far.
    heard: u64,
    /// Where there are any, frames that none of them made are not listened to.
    keys: Vec<TransportKey>,
    /// Beacons heard and not yet asked for, the newest of each source.
    beacons: BTreeMap<Digest, Beacon>,
    /// [`SYMBOL_BYTES_MAX`]; less in tests.
    bytes_max: u64,
}

impl Assemblies {
    /// Takes up what earlier runs left in `folder`.
    ///
    /// # Errors
    /// What the disk says.
    pub fn open(folder: &Path, now: i64) -> Result<Self, DiskError> {
        let mut assemblies = Self {
            folder: folder.to_owned(),
            live: BTreeMap::new(),
            whole: None,
            judged: BTreeMap::new(),
            links: BTreeMap::new(),
            evicted: 0,
            heard: 0,
            keys: Vec::new(),
            beacons: BTreeMap::new(),
            bytes_max: SYMBOL_BYTES_MAX,
        };
        for object in SymbolFile::list(folder)? {
            assemblies.live.insert(object, Assembly::new(SymbolFile::open(folder, object)?, now));
        }
        Ok(assemblies)
    }

    /// Listens from now on only to frames that one of these keys made; to all where there is none.
    pub fn require(&mut self, keys: Vec<TransportKey>) {
        self.keys = keys;
    }

    /// The beacons heard since this was last asked, the newest of each source. Their MACs were right.
    pub fn take_beacons(&mut self) -> impl Iterator<Item = Beacon> + use<> {
        std::mem::take(&mut self.beacons).into_values()
    }

    /// The objects being put together.
    #[must_use]
    pub fn live(&self) -> &BTreeMap<Object, Assembly> {
        &self.live
    }

    /// How each link has done.
    #[must_use]
    pub fn links(&self) -> &BTreeMap<String, LinkCount> {
        &self.links
    }

    /// Objects that had to make room for others.
    #[must_use]
    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    /// The counts of a link, to add to.
    pub fn link(&mut self, link: &str) -> &mut LinkCount {
        if !self.links.contains_key(link) {
            self.links.insert(link.to_owned(), LinkCount::default());
        }
        self.links.entry(link.to_owned()).or_default()
    }

    /// Takes in what may be a frame. Returns the object that became worth an attempt, if one did.
    ///
    /// # Errors
    /// When a symbol cannot be kept. The frame is lost, nothing else.
    pub fn hear(&mut self, link: &str, bytes: &[u8], now: i64) -> Result<Option<Object>, DiskError> {
        let frame = match open(bytes, &self.keys) {
            Ok(Opened::Symbols(frame)) => frame,
            Ok(Opened::Beacon(beacon)) => {
                let count = self.link(link);
                count.frames += 1;
                count.beacons += 1;
                if self.beacons.get(&beacon.source).is_none_or(|known| known.sent < beacon.sent)
                    && self.beacons.len() < LIVE_OBJECTS_MAX
                {
                    self.beacons.insert(beacon.source, beacon);
                }
                return Ok(None);
            }
            Err(error) => {
                let count = self.link(link);
                match error.class() {
                    FrameClass::Foreign => count.foreign += 1,
                    FrameClass::Damaged => count.damaged += 1,
                    FrameClass::Unsupported | FrameClass::OutOfBounds => count.refused += 1,
                    FrameClass::Unauthentic => count.unauthentic += 1,
                }
                return Ok(None);
            }
        };
        self.link(link).frames += 1;
        self.heard += 1;
        let object = frame.object;
        if let Some(last_heard) = self.judged.get_mut(&object) {
            let silent = now.saturating_sub(*last_heard);
            *last_heard = now;
            if silent < JUDGED_AGAIN_AFTER_S {
                return Ok(None);
            }
            self.judged.remove(&object);
        }
        // A frame that is the whole object proves itself: no forgery that came before it can stand in its way.
        let whole = frame.whole_object().filter(|bytes| object.matches(bytes)).map(<[u8]>::to_vec);
        let is_whole = whole.is_some();
        if let Some(bytes) = whole {
            self.whole = Some((object, bytes));
        }
        if !self.live.contains_key(&object) {
            self.make_room(link, now)?;
            let file = SymbolFile::open(&self.folder, object)?;
            self.live.insert(object, Assembly::new(file, now));
        }
        let ready = self.keep(link, &frame, now)?;
        Ok((ready || is_whole).then_some(object))
    }

    /// Keeps the symbols of a frame; whether its object became worth an attempt.
    fn keep(&mut self, link: &str, frame: &Frame<'_>, now: i64) -> Result<bool, DiskError> {
        let object = frame.object;
        self.make_room_for_bytes(&object, frame.symbols.len() as u64, now)?;
        let full = self.bytes() + frame.symbols.len() as u64 > self.bytes_max;
        let Some(assembly) = self.live.get_mut(&object) else { return Ok(false) };
        assembly.last_heard = now;
        assembly.file.next_frame();
        let (mut new, mut contradicting) = (0, false);
        for (esi, symbol) in frame.symbols().take_while(|_| !full) {
            match assembly.file.keep(esi, symbol, link, now)? {
                Kept::New => new += 1,
                Kept::Known => {}
                kept @ (Kept::Contradicting | Kept::TooMany) => {
                    assembly.conflicting = assembly.conflicting.saturating_add(1);
                    contradicting |= kept == Kept::Contradicting;
                }
            }
        }
        if new > 0 {
            assembly.due = assembly.file.is_link_full(link);
            (assembly.last_new_at, assembly.last_new_order) = (now, self.heard);
        }
        *assembly.by_link.entry(link.to_owned()).or_default() += new;
        let ready = (new > 0 || contradicting) && assembly.is_ready(&object);
        self.link(link).symbols += u64::from(new);
        Ok(ready)
    }

    /// Objects that earlier runs left with enough symbols for an attempt.
    #[must_use]
    pub fn ready(&self) -> Vec<Object> {
        self.live.iter().filter(|(object, a)| a.is_ready(object)).map(|(object, _)| *object).collect()
    }

    /// Tries to put `object` together, looking for false symbols where it has to, for a second at most and not longer than
    /// until `stop` says so. On success it stays on disk until [`Assemblies::judged`].
    ///
    /// # Errors
    /// When its symbols cannot be read back.
    pub fn attempt(
        &mut self,
        object: &Object,
        now: i64,
        stop: &dyn Fn() -> bool,
    ) -> Result<Option<CompleteObject>, DiskError> {
        let whole = self.whole.take_if(|(whole, _)| whole == object).map(|(_, bytes)| bytes);
        let Some(assembly) = self.live.get_mut(object) else { return Ok(None) };
        let mut attempts = assembly.file.attempts();
        let kept = assembly.file.kept_count();
        let between = kept < attempts.next && !std::mem::take(&mut assembly.due);
        let tried = match whole {
            Some(bytes) => attempt::Tried { bytes: Some(bytes), ..attempt::Tried::default() },
            None if between => attempt::locate(object, &assembly.file, stop)?,
            None => attempt::attempt(object, &assembly.file, stop)?,
        };
        assembly.next_location = kept.saturating_add(attempt::location_step(object, kept).unwrap_or(1));
        if let Some(bytes) = tried.bytes {
            let doubted =
                tried.wrong_digests + attempts.wrong_digests > 0 || assembly.file.kept_count() > assembly.file.count();
            let false_symbols =
                if doubted { complete::false_symbols(object, &bytes, &assembly.file)? } else { Vec::new() };
            return Ok(Some(CompleteObject { object: *object, bytes, false_symbols }));
        }
        if between || stop() {
            return Ok(None);
        }
        attempts.wrong_digests = attempts.wrong_digests.saturating_add(tried.wrong_digests);
        attempts.laborious = attempts.laborious.saturating_add(tried.laborious);
        let fruitless = tried.wrong_digests == 0 && tried.laborious == 0;
        attempts.fruitless = if fruitless { attempts.fruitless.saturating_add(1) } else { 0 };
        let step = if fruitless && attempts.fruitless < FRUITLESS_MAX { 1 } else { 1 + kept / 20 };
        // The last attempt is made with all there is room for.
        let most = symbols_of_object_max(object);
        attempts.next = if kept < most { (kept + step).min(most) } else { kept.saturating_add(step) };
        if assembly.file.is_full() {
            // Nothing that may still come could be kept. What is there does not give the object: begin anew.
            let folder = &self.folder;
            if let Some(assembly) = self.live.remove(object) {
                let given_up = assembly.given_up.saturating_add(kept);
                assembly.file.remove()?;
                let mut file = SymbolFile::open(folder, *object)?;
                file.note_attempts(Attempts { next: 0, fruitless: 0, ..attempts }, now)?;
                self.live.insert(*object, Assembly { file, given_up, ..assembly });
            }
        } else {
            assembly.file.note_attempts(attempts, now)?;
        }
        Ok(None)
    }

    /// `object` was judged: its symbols go, and further frames of the same transmission are only counted.
    ///
    /// # Errors
    /// What the disk says; the object counts as judged all the same.
    pub fn judged(&mut self, object: &Object, now: i64) -> Result<(), DiskError> {
        if self.judged.len() >= 4 * LIVE_OBJECTS_MAX
            && let Some(oldest) = self.judged.iter().min_by_key(|(_, heard)| **heard).map(|(object, _)| *object)
        {
            self.judged.remove(&oldest);
        }
        self.judged.insert(*object, now);
        self.live.remove(object).map_or(Ok(()), |assembly| assembly.file.remove())
    }

    /// Waits until everything received is on the disk.
    ///
    /// # Errors
    /// What the disk says.
    pub fn sync(&self) -> Result<(), DiskError> {
        self.live.values().try_for_each(|assembly| assembly.file.sync())
    }

    fn bytes(&self) -> u64 {
        self.live.values().map(|assembly| assembly.file.size()).sum()
    }

    /// Makes room for one more object that comes by `link`.
    fn make_room(&mut self, link: &str, now: i64) -> Result<(), DiskError> {
        while self.live.len() >= LIVE_OBJECTS_MAX {
            let Some(object) = room::for_an_object(&self.live, link, now) else { break };
            self.evict(&object)?;
        }
        Ok(())
    }

    /// Makes room for so many more bytes of `object`, as far as others can.
    fn make_room_for_bytes(&mut self, object: &Object, more: u64, now: i64) -> Result<(), DiskError> {
        while self.bytes() + more > self.bytes_max {
            let Some(other) = room::for_bytes(&self.live, object, now) else { break };
            self.evict(&other)?;
        }
        Ok(())
    }

    fn evict(&mut self, object: &Object) -> Result<(), DiskError> {
        self.evicted += 1;
        self.live.remove(object).map_or(Ok(()), |assembly| assembly.file.remove())
    }
}

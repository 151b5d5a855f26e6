//! Puts objects together from the symbols of any mix of links and days.
//!
//! ```text
//! frame bytes ─ parse ─▶ symbols ─▶ symbol store (disk) ─ enough? ─▶ FEC ─ digest matches? ─▶ CompleteObject
//!                 │counted per link          │bounded, oldest out            │no: leave a link out, or listen on
//! ```
//!
//! A foreign or forged frame never resets anything: assemblies are keyed by (object id, length), and only the digest
//! decides. Must not: look into an object.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rootcast_host::disk::DiskError;
use rootcast_protocol::fec;
use rootcast_protocol::frame::{Frame, FrameClass};
use rootcast_protocol::object::Object;

use crate::limits::{
    ATTEMPTS_PER_SYMBOL_COUNT, GRACE_S, JUDGED_AGAIN_AFTER_S, LIVE_OBJECTS_MAX, SYMBOL_BYTES_MAX, SYMBOLS_KEPT_EXTRA,
    SYMBOLS_KEPT_FACTOR,
};
use crate::symbol_store::{Kept, SymbolFile, symbols};

/// An object whose bytes give its id. Only this module makes one.
#[derive(Debug)]
pub struct CompleteObject {
    object: Object,
    bytes: Vec<u8>,
    left_out: Option<String>,
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

    /// The link whose symbols had to be left out because with them the digest did not match.
    #[must_use]
    pub fn left_out(&self) -> Option<&str> {
        self.left_out.as_deref()
    }
}

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
    /// New symbols it brought.
    pub symbols: u64,
}

/// An object being put together.
#[derive(Debug)]
pub struct Assembly {
    /// Its symbols.
    file: SymbolFile,
    first_heard: i64,
    last_heard: i64,
    /// Counts frames over all objects: which of two was heard later within one second.
    heard_order: u64,
    /// New symbols in this run, by link.
    by_link: BTreeMap<String, u32>,
    /// Symbols that contradict one kept earlier.
    conflicting: u32,
    /// How many symbols there must be before the next attempt.
    next_attempt: u32,
    /// Attempts whose bytes did not give the object id.
    wrong_digests: u32,
}

impl Assembly {
    fn new(file: SymbolFile, object: &Object, now: i64) -> Self {
        Self {
            file,
            first_heard: now,
            last_heard: now,
            heard_order: 0,
            by_link: BTreeMap::new(),
            conflicting: 0,
            next_attempt: object.source_symbols(),
            wrong_digests: 0,
        }
    }

    fn is_ready(&self, object: &Object) -> bool {
        self.file.count() >= object.source_symbols() && self.file.records() >= self.next_attempt
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

    /// Attempts that gave bytes with another digest: somebody forges, or memory fails.
    #[must_use]
    pub fn wrong_digests(&self) -> u32 {
        self.wrong_digests
    }
}

/// Which symbols an attempt uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    FirstCounts,
    LastCounts,
    /// None that came by the link of this index.
    Without(usize),
}

/// All objects being put together, and the ones done.
#[derive(Debug)]
pub struct Assemblies {
    folder: PathBuf,
    live: BTreeMap<Object, Assembly>,
    /// Objects judged in this run, with the time they were last heard.
    judged: BTreeMap<Object, i64>,
    links: BTreeMap<String, LinkCount>,
    /// Objects that had to make room.
    evicted: u64,
    /// Frames taken in so far.
    heard: u64,
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
            judged: BTreeMap::new(),
            links: BTreeMap::new(),
            evicted: 0,
            heard: 0,
        };
        for object in SymbolFile::list(folder)? {
            let assembly = Assembly::new(SymbolFile::open(folder, object)?, &object, now - GRACE_S);
            assemblies.live.insert(object, assembly);
        }
        Ok(assemblies)
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
        let frame = match Frame::parse(bytes) {
            Ok(frame) => frame,
            Err(error) => {
                let count = self.link(link);
                match error.class() {
                    FrameClass::Foreign => count.foreign += 1,
                    FrameClass::Damaged => count.damaged += 1,
                    FrameClass::Unsupported | FrameClass::OutOfBounds => count.refused += 1,
                }
                return Ok(None);
            }
        };
        self.link(link).frames += 1;
        let object = frame.object;
        if let Some(last_heard) = self.judged.get_mut(&object) {
            let silent = now.saturating_sub(*last_heard);
            *last_heard = now;
            if silent < JUDGED_AGAIN_AFTER_S {
                return Ok(None);
            }
            self.judged.remove(&object);
        }
        if !self.live.contains_key(&object) && !self.make_room(now)? {
            return Ok(None);
        }
        let folder = &self.folder;
        let assembly = match self.live.entry(object) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(Assembly::new(SymbolFile::open(folder, object)?, &object, now))
            }
        };
        assembly.last_heard = now;
        self.heard += 1;
        assembly.heard_order = self.heard;
        let most = object.source_symbols().saturating_mul(SYMBOLS_KEPT_FACTOR).saturating_add(SYMBOLS_KEPT_EXTRA);
        let (mut new, mut contradicting) = (0, false);
        for (esi, symbol) in frame.symbols() {
            if assembly.file.records() >= most {
                break;
            }
            match assembly.file.keep(esi, symbol, link, now)? {
                Kept::New => new += 1,
                Kept::Known => {}
                kept @ (Kept::Contradicting | Kept::TooMany) => {
                    assembly.conflicting = assembly.conflicting.saturating_add(1);
                    contradicting |= kept == Kept::Contradicting;
                }
            }
        }
        *assembly.by_link.entry(link.to_owned()).or_default() += new;
        let ready = (new > 0 || contradicting) && assembly.is_ready(&object);
        self.link(link).symbols += u64::from(new);
        Ok(ready.then_some(object))
    }

    /// Objects that earlier runs left with enough symbols for an attempt.
    #[must_use]
    pub fn ready(&self) -> Vec<Object> {
        self.live.iter().filter(|(object, a)| a.is_ready(object)).map(|(object, _)| *object).collect()
    }

    /// Tries to put `object` together. On success it stays on disk until [`Assemblies::judged`].
    ///
    /// # Errors
    /// When its symbols cannot be read back.
    pub fn attempt(&mut self, object: &Object) -> Result<Option<CompleteObject>, DiskError> {
        let Some(assembly) = self.live.get_mut(object) else { return Ok(None) };
        let bytes = assembly.file.read()?;
        let links = assembly.file.links();
        // All symbols first, of contradicting ones the first to come. If that gives other bytes than the id promises,
        // somebody lies: of contradicting ones the last to come, then without one link at a time.
        let mut ways = vec![Way::FirstCounts, Way::LastCounts];
        if links.len() > 1 {
            ways.extend((0..links.len()).map(Way::Without));
        }
        ways.truncate(ATTEMPTS_PER_SYMBOL_COUNT);
        let all: Vec<_> = symbols(&bytes, object).collect();
        let mut wrong = false;
        for way in ways {
            let decoded = match way {
                Way::FirstCounts => fec::decode(object, all.iter().map(|s| (s.esi, s.symbol))),
                Way::LastCounts => fec::decode(object, all.iter().rev().map(|s| (s.esi, s.symbol))),
                Way::Without(link) => {
                    let others = all.iter().filter(|s| usize::from(s.link) != link);
                    fec::decode(object, others.map(|s| (s.esi, s.symbol)))
                }
            };
            match decoded {
                Ok(Some(decoded)) if object.matches(&decoded) => {
                    let left_out = if let Way::Without(link) = way { links.get(link).cloned() } else { None };
                    return Ok(Some(CompleteObject { object: *object, bytes: decoded, left_out }));
                }
                Ok(Some(_)) | Err(_) => {
                    wrong = true;
                    assembly.wrong_digests = assembly.wrong_digests.saturating_add(1);
                }
                // Too few, or a few too few: no reason to suspect anybody.
                Ok(None) if way == Way::FirstCounts => break,
                Ok(None) => {}
            }
        }
        let step = if wrong { 1 + assembly.file.records() / 20 } else { 1 };
        assembly.next_attempt = assembly.file.records().saturating_add(step);
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

    /// Whether there is room for one more object; the longest unheard one goes if need be, one that failed before it.
    fn make_room(&mut self, now: i64) -> Result<bool, DiskError> {
        loop {
            let size: u64 = self.live.values().map(|a| a.file.size()).sum();
            if self.live.len() < LIVE_OBJECTS_MAX && size < SYMBOL_BYTES_MAX {
                return Ok(true);
            }
            // Out of their grace: one that failed first, then the longest unheard. All in their grace: a flood of
            // newcomers, and the one with the fewest symbols goes, so that an object that is really sent gets on.
            let old = |a: &Assembly| now.saturating_sub(a.first_heard) >= GRACE_S;
            let leaves = match self
                .live
                .iter()
                .filter(|(_, a)| old(a))
                .min_by_key(|(_, a)| (a.wrong_digests == 0, a.heard_order))
            {
                Some((object, _)) => Some(*object),
                None => self.live.iter().min_by_key(|(_, a)| (a.symbols(), a.heard_order)).map(|(object, _)| *object),
            };
            let Some(assembly) = leaves.and_then(|object| self.live.remove(&object)) else { return Ok(false) };
            assembly.file.remove()?;
            self.evicted += 1;
        }
    }
}

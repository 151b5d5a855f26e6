//! All objects that are being put together in one run, and how much room they may take.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rootcast_host::disk::DiskError;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::fec;
use rootcast_protocol::frame::beacon::Beacon;
use rootcast_protocol::frame::{Frame, FrameClass, Opened, open};
use rootcast_protocol::object::Object;
use rootcast_protocol::transport_key::TransportKey;

use super::complete::CompleteObject;
use super::incomplete::Assembly;
use super::link_count::LinkCount;
use super::parked::Parked;
use super::{attempt, complete, room};
use crate::limits::{FRUITLESS_MAX, JUDGED_AGAIN_AFTER_S, LIVE_OBJECTS_MAX, SYMBOL_BYTES_MAX, symbols_of_object_max};
use crate::reception::symbol_store::{Attempts, Kept, SymbolFile, Unsynced};

/// What a frame by itself says of its object.
enum Whole {
    /// It has not all of it, or nobody can say.
    No,
    /// It has all of it, which is this.
    True(Vec<u8>),
    /// It has all of it, and that is wrong.
    False,
}

/// Whether a frame alone gives its object. No file is needed to find that out.
fn whole_of(frame: &Frame<'_>) -> Whole {
    let object = &frame.object;
    if let Some(bytes) = frame.whole_object() {
        return if object.matches(bytes) { Whole::True(bytes.to_vec()) } else { Whole::False };
    }
    let symbols: Vec<_> = frame.symbols().collect();
    let is_enough = u32::try_from(symbols.len()).is_ok_and(|count| count >= object.source_symbols());
    let decoded =
        is_enough.then(|| fec::decode(object, symbols.into_iter().map(|(esi, symbol)| (esi, symbol.to_vec()))));
    match decoded {
        Some(Ok(Some(bytes))) if object.matches(&bytes) => Whole::True(bytes),
        Some(Ok(Some(_))) => Whole::False,
        Some(Ok(None) | Err(_)) | None => Whole::No,
    }
}

/// All objects being put together, and the ones done.
#[derive(Debug)]
pub struct Assemblies {
    folder: PathBuf,
    pub(super) live: BTreeMap<Object, Assembly>,
    /// An object that came whole in one frame: its bytes, not yet asked for.
    whole: Option<(Object, Vec<u8>)>,
    /// First frames of objects that have no place.
    parked: Parked,
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
    pub(super) bytes_max: u64,
}

impl Assemblies {
    /// Takes up what earlier runs left in `folder`.
    ///
    /// # Errors
    /// The disk's error.
    pub fn open(folder: &Path, now: i64) -> Result<Self, DiskError> {
        let mut assemblies = Self {
            folder: folder.to_owned(),
            live: BTreeMap::new(),
            whole: None,
            parked: Parked::default(),
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

    /// Listens from now on only to frames that one of these keys made; to all if there is none.
    pub fn require(&mut self, keys: Vec<TransportKey>) {
        self.keys = keys;
    }

    /// The beacons heard since this was last asked, the newest of each source. Their MACs were right.
    pub(crate) fn take_beacons(&mut self) -> impl Iterator<Item = Beacon> + use<> {
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
        // A frame that is the whole object proves itself: no forgery that came before it can stand in its way. One that
        // should be and is not is a forgery: where no slot is free it costs nothing but this.
        let is_whole = match whole_of(&frame) {
            Whole::True(bytes) => {
                self.whole = Some((object, bytes));
                true
            }
            Whole::False if !self.live.contains_key(&object) && self.live.len() >= LIVE_OBJECTS_MAX => {
                self.link(link).false_frames += 1;
                return Ok(None);
            }
            Whole::False | Whole::No => false,
        };
        if !self.live.contains_key(&object) {
            let parked = self.parked.take(&frame);
            if parked.is_none() && !is_whole && self.live.len() >= LIVE_OBJECTS_MAX {
                self.parked.park(link, &frame);
                return Ok(None);
            }
            self.make_room(link, now)?;
            let file = SymbolFile::open(&self.folder, object)?;
            self.live.insert(object, Assembly::new(file, now));
            if let Some((link, frame)) = &parked
                && let Some(frame) = frame.frame()
            {
                self.keep(link, &frame, now)?;
            }
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
        assembly.begun.get_or_insert_with(Instant::now);
        assembly.file.next_frame();
        let (mut new, mut contradicting) = (0, false);
        let conflicting = &mut assembly.conflicting;
        assembly.file.keep_all(frame.symbols().take_while(|_| !full), link, now, |kept| match kept {
            Kept::New => new += 1,
            Kept::Known => {}
            Kept::Contradicting | Kept::TooMany => {
                *conflicting = conflicting.saturating_add(1);
                contradicting |= kept == Kept::Contradicting;
            }
        })?;
        if new > 0 {
            assembly.due = assembly.file.is_link_full(link);
            (assembly.last_new_at, assembly.last_new_order) = (now, self.heard);
        }
        match assembly.by_link.get_mut(link) {
            Some(count) => *count += new,
            None => _ = assembly.by_link.insert(link.to_owned(), new),
        }
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
            let took = assembly.begun.map(|begun| begun.elapsed());
            return Ok(Some(CompleteObject { object: *object, bytes, false_symbols, took }));
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
    /// The disk's error; the object counts as judged all the same.
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
    /// The disk's error.
    pub(crate) fn sync(&self) -> Result<(), DiskError> {
        self.live.values().try_for_each(|assembly| assembly.file.sync())
    }

    /// The files with symbols that came since this was last asked.
    pub(crate) fn take_unsynced(&mut self) -> Vec<Unsynced> {
        self.live.values_mut().filter_map(|assembly| assembly.file.take_unsynced()).collect()
    }

    pub(super) fn bytes(&self) -> u64 {
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

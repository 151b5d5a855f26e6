//! Symbols on disk: received symbols stay there, whatever ends the run.
//!
//! One file an object, `<object id>-<length>.sym` in the folder of a receiver ([`super::place`]), appended to and never
//! rewritten:
//!
//! | bytes | meaning |
//! |---|---|
//! | 8 | `RCSYM\x00\x00\x01` |
//! | 4 + 8 + 2 + T + 4, repeated | ESI, time received (Unix seconds), link, the symbol, CRC-32C over these; big-endian |
//!
//! The highest bit of the link changes from frame to frame. A record with ESI 2^32-1 names a link: its symbol is the name,
//! padded with zeros. One with ESI 2^32-2 says how attempts to put the object together went, so that the next run does not
//! repeat them: its symbol begins with the four numbers of [`Attempts`]. A torn last record (power cut, full disk) is cut
//! off when the file is opened. Must not: decide what is an object, or trust a symbol.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{Read, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rootcast_host::disk::DiskError;
use rootcast_protocol::esi::Esi;
use rootcast_protocol::object::{Object, ObjectId, ObjectLength};
use rustix::fs::OFlags;

use crate::limits::{VARIANTS_MAX, VARIANTS_OF_LINK_MAX, symbols_of_link_max, symbols_of_object_max};

mod record;
#[cfg(test)]
mod tests;

use record::{ATTEMPTS_ESI, LINK_NAME_ESI, MAGIC, RECORD_OVERHEAD, Record, split_record};

/// Records read from the disk at once: at most 90 kB of the largest.
const READ_AT_ONCE: u32 = 64;

/// A symbol that is kept, but for its bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeptSymbol {
    /// Which encoding symbol it claims to be.
    pub esi: Esi,
    /// When it came, Unix seconds.
    pub time: i64,
    /// Index of the link it came by, see [`SymbolFile::links`].
    pub link: u16,
    /// Counts the frames of this file; symbols of one frame came together.
    pub frame: u32,
    /// Which record of the file holds it.
    record: u32,
    /// A hash of its bytes under a key of this process, so that nobody can make another symbol of the same hash.
    print: u64,
    /// The symbol with this ESI that came before it: its place, if there is one.
    earlier: Option<u32>,
}

/// How attempts to put an object together have gone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Attempts {
    /// How many symbols there must be before the next.
    pub next: u32,
    /// Those that gave bytes with another digest: somebody forges, or memory fails.
    pub wrong_digests: u32,
    /// Those that gave nothing: too few symbols, or ids that say nothing new.
    pub fruitless: u32,
    /// Those refused because the ids would cost far more work than any a sender uses.
    pub laborious: u32,
}

/// The symbols of one object.
#[derive(Debug)]
pub(crate) struct SymbolFile {
    path: PathBuf,
    file: Arc<File>,
    /// Whether anything was written since it was synced.
    is_unsynced: bool,
    object: Object,
    length: u64,
    kept: Vec<KeptSymbol>,
    /// The last kept symbol with each ESI: its place in `kept`.
    by_esi: HashMap<Esi, u32>,
    links: Vec<String>,
    /// Symbols kept of each link.
    of_link: Vec<u32>,
    frame: u32,
    records: u32,
    /// Records that are entered and not yet written: those of one frame.
    unwritten: Vec<u8>,
    attempts: Attempts,
    prints: RandomState,
}

/// The result for a symbol offered to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It is new and on disk.
    New,
    /// The same symbol was there.
    Known,
    /// It is on disk, beside another symbol with this ESI: one of the two is false.
    Contradicting,
    /// It was not kept: as many contradicting ones are there as are kept, or as many of this link.
    TooMany,
}

impl SymbolFile {
    /// The name of the file of an object.
    #[must_use]
    pub(crate) fn name_of(object: &Object) -> String {
        format!("{}-{}.sym", object.id, object.length.get())
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the file of `object` below `folder`, or creates it.
    ///
    /// # Errors
    /// The disk's error.
    pub(crate) fn open(folder: &Path, object: Object) -> Result<Self, DiskError> {
        let path = folder.join(Self::name_of(&object));
        let error = |doing| {
            let path = path.clone();
            move |e| DiskError { doing, path, source: e }
        };
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
            .open(&path)
            .map_err(error("open"))?;
        let mut store = Self {
            path: path.clone(),
            file: Arc::new(file),
            is_unsynced: true,
            object,
            length: 0,
            kept: Vec::new(),
            by_esi: HashMap::new(),
            links: Vec::new(),
            of_link: Vec::new(),
            frame: 0,
            records: 0,
            unwritten: Vec::new(),
            attempts: Attempts::default(),
            prints: RandomState::new(),
        };
        let found = store.index().map_err(error("read"))?;
        if store.length != found || store.length == 0 {
            store.file.set_len(store.length).map_err(error("cut"))?;
        }
        if store.length == 0 {
            (&*store.file).write_all(MAGIC).map_err(error("write"))?;
            store.length = MAGIC.len() as u64;
        }
        Ok(store)
    }

    /// The objects with a symbol file below `folder`, and the paths of files there that are none.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub(crate) fn list(folder: &Path) -> Result<Vec<Object>, DiskError> {
        let error = |e| DiskError::new("list", folder, e);
        let mut objects = Vec::new();
        for entry in fs::read_dir(folder).map_err(error)? {
            let name = entry.map_err(error)?.file_name();
            if let Some(object) = name.to_str().and_then(object_of_file_name) {
                objects.push(object);
            }
        }
        objects.sort_unstable();
        Ok(objects)
    }

    /// Reads the whole records of the file, some at a time; returns how many bytes the file has.
    fn index(&mut self) -> Result<u64, std::io::Error> {
        let size = self.file.metadata()?.len();
        let mut magic = [0; MAGIC.len()];
        if size < MAGIC.len() as u64 || (&*self.file).read_exact(&mut magic).is_err() || magic != *MAGIC {
            return Ok(size);
        }
        self.length = MAGIC.len() as u64;
        let mut odd_before = None;
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            let at_once = (READ_AT_ONCE as usize * self.record_size()) as u64;
            (&*self.file).take(at_once).read_to_end(&mut bytes)?;
            let mut rest = bytes.as_slice();
            while let Some((record, after)) = split_record(rest, self.symbol_size()) {
                self.take_up(&record, &mut odd_before);
                rest = after;
            }
            // Less than was asked for is the end of the file; so is a record that is not whole.
            if (bytes.len() as u64) < at_once || !rest.is_empty() {
                return Ok(size);
            }
        }
    }

    fn take_up(&mut self, record: &Record<'_>, odd_before: &mut Option<bool>) {
        if let Some(esi) = Esi::new(record.esi) {
            if *odd_before != Some(record.odd_frame) {
                self.frame = self.frame.wrapping_add(1);
                // The count's own parity goes on where the file's left off.
                self.frame = self.frame.wrapping_add(u32::from(self.frame % 2 != u32::from(record.odd_frame)));
                *odd_before = Some(record.odd_frame);
            }
            let print = self.prints.hash_one(record.symbol);
            self.note_kept(esi, record.time, record.link, print);
        } else if record.esi == LINK_NAME_ESI {
            let name: Vec<u8> = record.symbol.iter().copied().take_while(|b| *b != 0).collect();
            self.links.push(String::from_utf8_lossy(&name).into_owned());
        } else if record.esi == ATTEMPTS_ESI
            && let Some(attempts) = Attempts::parse(record.symbol)
        {
            self.attempts = attempts;
        }
        self.records = self.records.saturating_add(1);
        self.length += self.record_size() as u64;
    }

    /// Enters a symbol whose record is the next of the file.
    fn note_kept(&mut self, esi: Esi, time: i64, link: u16, print: u64) {
        let place = u32::try_from(self.kept.len()).unwrap_or(u32::MAX);
        let earlier = self.by_esi.insert(esi, place);
        self.kept.push(KeptSymbol { esi, time, link, frame: self.frame, record: self.records, print, earlier });
        let index = usize::from(link);
        if self.of_link.len() <= index {
            self.of_link.resize(index + 1, 0);
        }
        self.of_link.get_mut(index).into_iter().for_each(|count| *count = count.saturating_add(1));
    }

    fn symbol_size(&self) -> usize {
        usize::from(self.object.symbol_size().get())
    }

    fn record_size(&self) -> usize {
        self.symbol_size() + RECORD_OVERHEAD
    }

    /// Symbols from here on came in another frame than those before.
    pub(crate) fn next_frame(&mut self) {
        self.frame = self.frame.wrapping_add(1);
    }

    /// Keeps a symbol, see [`SymbolFile::keep_all`].
    ///
    /// # Errors
    /// When it cannot be written; what was there stays readable.
    #[cfg(test)]
    pub(crate) fn keep(&mut self, esi: Esi, symbol: &[u8], link: &str, time: i64) -> Result<Kept, DiskError> {
        let mut result = Kept::Known;
        self.keep_all(std::iter::once((esi, symbol)), link, time, |kept| result = kept)?;
        Ok(result)
    }

    /// Keeps symbols that came by `link` in one frame, with one write. A symbol is kept also where another with its ESI is
    /// there: the first to come need not be the true one. Hands to `each` what became of each.
    ///
    /// # Errors
    /// When they cannot be written: then none of them is kept, and what was there stays readable.
    pub(crate) fn keep_all<'s>(
        &mut self,
        symbols: impl Iterator<Item = (Esi, &'s [u8])>,
        link: &str,
        time: i64,
        mut each: impl FnMut(Kept),
    ) -> Result<(), DiskError> {
        let (kept, links, records) = (self.kept.len(), self.links.len(), self.records);
        let mut index = self.link_index(link);
        for (esi, symbol) in symbols {
            each(self.enter(esi, symbol, link, &mut index, time));
        }
        self.write().inspect_err(|_| self.forget_after(kept, links, records))
    }

    /// Enters a symbol, to be written. `index` is that of its link, once it has one.
    fn enter(&mut self, esi: Esi, symbol: &[u8], link: &str, index: &mut Option<u16>, time: i64) -> Kept {
        let print = self.prints.hash_one(symbol);
        let (mut variants, mut of_link) = (0, 0);
        for other in self.variants(esi) {
            if other.print == print {
                return Kept::Known;
            }
            variants += 1;
            of_link += usize::from(Some(other.link) == *index);
        }
        let mine = index.and_then(|index| self.of_link.get(usize::from(index))).copied().unwrap_or(0);
        if variants >= VARIANTS_MAX || of_link >= VARIANTS_OF_LINK_MAX || self.is_full_for(mine) {
            return Kept::TooMany;
        }
        let index = *index.get_or_insert_with(|| self.add_link(link, time));
        self.append(esi.get(), time, index, symbol);
        self.note_kept(esi, time, index, print);
        self.records = self.records.saturating_add(1);
        if variants > 0 { Kept::Contradicting } else { Kept::New }
    }

    /// Takes back what could not be written, down to so many symbols, links and records.
    fn forget_after(&mut self, kept: usize, links: usize, records: u32) {
        while self.kept.len() > kept {
            let Some(symbol) = self.kept.pop() else { break };
            match symbol.earlier {
                Some(earlier) => self.by_esi.insert(symbol.esi, earlier),
                None => self.by_esi.remove(&symbol.esi),
            };
            let count = self.of_link.get_mut(usize::from(symbol.link));
            count.into_iter().for_each(|count| *count = count.saturating_sub(1));
        }
        self.links.truncate(links);
        self.records = records;
    }

    /// Whether a link that brought so many symbols has brought enough.
    fn is_full_for(&self, of_link: u32) -> bool {
        of_link >= symbols_of_link_max(&self.object)
            || self.kept_count() >= symbols_of_object_max(&self.object)
                && of_link >= self.object.source_symbols().saturating_add(64)
    }

    /// Whether this link has brought enough: of it nothing more is kept.
    #[must_use]
    pub(crate) fn is_link_full(&self, link: &str) -> bool {
        let count = self.link_index(link).and_then(|index| self.of_link.get(usize::from(index)));
        count.is_some_and(|count| self.is_full_for(*count))
    }

    /// Whether every link that brought symbols has brought enough: of these links nothing more is kept.
    #[must_use]
    pub(crate) fn is_full(&self) -> bool {
        self.of_link.iter().any(|count| *count > 0)
            && self.of_link.iter().filter(|count| **count > 0).all(|count| self.is_full_for(*count))
    }

    /// The kept symbols with this ESI, the last first.
    fn variants(&self, esi: Esi) -> impl Iterator<Item = &KeptSymbol> {
        let place = |place: u32| self.kept.get(usize::try_from(place).ok()?);
        let last = self.by_esi.get(&esi).and_then(|last| place(*last));
        std::iter::successors(last, move |symbol| symbol.earlier.and_then(place))
    }

    fn link_name(&self, link: &str) -> Vec<u8> {
        let name: String = link.chars().filter(|c| *c != '\0').collect();
        name.as_bytes().get(..self.symbol_size()).unwrap_or(name.as_bytes()).to_vec()
    }

    fn link_index(&self, link: &str) -> Option<u16> {
        let name = self.link_name(link);
        let index = self.links.iter().position(|known| *known == String::from_utf8_lossy(&name))?;
        u16::try_from(index).ok()
    }

    fn add_link(&mut self, link: &str, time: i64) -> u16 {
        let mut symbol = self.link_name(link);
        let text = String::from_utf8_lossy(&symbol).into_owned();
        symbol.resize(self.symbol_size(), 0);
        self.append(LINK_NAME_ESI, time, 0, &symbol);
        self.records = self.records.saturating_add(1);
        self.links.push(text);
        u16::try_from(self.links.len() - 1).unwrap_or(u16::MAX)
    }

    /// Appends a record to those that are to be written.
    fn append(&mut self, esi: u32, time: i64, link: u16, symbol: &[u8]) {
        Record { esi, time, link, odd_frame: self.frame % 2 == 1, symbol }.encode(&mut self.unwritten);
    }

    /// Writes the records that are to be written.
    fn write(&mut self) -> Result<(), DiskError> {
        let written = (&*self.file).write_all(&self.unwritten);
        let length = self.unwritten.len() as u64;
        self.unwritten.clear();
        if let Err(error) = written {
            // Half a record would hide every later one; what was whole before stays.
            let _ = self.file.set_len(self.length);
            return Err(DiskError::new("append to", &self.path, error));
        }
        self.length += length;
        self.is_unsynced |= length > 0;
        Ok(())
    }

    /// How attempts have gone, over all runs.
    #[must_use]
    pub(crate) fn attempts(&self) -> Attempts {
        self.attempts
    }

    /// Writes down how attempts have gone.
    ///
    /// # Errors
    /// When it cannot be written; what was there stays readable.
    pub(crate) fn note_attempts(&mut self, attempts: Attempts, time: i64) -> Result<(), DiskError> {
        self.attempts = attempts;
        let mut symbol = attempts.encode();
        symbol.resize(self.symbol_size(), 0);
        self.append(ATTEMPTS_ESI, time, 0, &symbol);
        self.write()?;
        self.records = self.records.saturating_add(1);
        Ok(())
    }

    /// How many different symbols are kept.
    #[must_use]
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.by_esi.len()).unwrap_or(u32::MAX)
    }

    /// How many symbols are kept, contradicting ones included.
    #[must_use]
    pub(crate) fn kept_count(&self) -> u32 {
        u32::try_from(self.kept.len()).unwrap_or(u32::MAX)
    }

    /// The symbols kept, in the order in which they came.
    #[must_use]
    pub(crate) fn kept(&self) -> &[KeptSymbol] {
        &self.kept
    }

    /// Bytes on disk.
    #[must_use]
    pub(crate) fn size(&self) -> u64 {
        self.length
    }

    /// Names of the links the symbols came by, in the order in which each was first heard.
    #[must_use]
    pub(crate) fn links(&self) -> &[String] {
        &self.links
    }

    /// When the last symbol came, Unix seconds; `None` if there is none.
    #[must_use]
    pub(crate) fn last_time(&self) -> Option<i64> {
        self.kept.last().map(|symbol| symbol.time)
    }

    /// Reads symbols back from the disk, in the order given; one that no longer has its checksum is left out.
    ///
    /// # Errors
    /// The disk's error.
    pub(crate) fn read(&self, wanted: &[KeptSymbol]) -> Result<Vec<(KeptSymbol, Vec<u8>)>, DiskError> {
        let mut found = Vec::with_capacity(wanted.len());
        self.read_each(wanted, |symbol, bytes| found.push((*symbol, bytes.to_vec())))?;
        Ok(found)
    }

    /// The same, handed to `each` one by one.
    ///
    /// # Errors
    /// The disk's error.
    pub(crate) fn read_each(
        &self,
        wanted: &[KeptSymbol],
        mut each: impl FnMut(&KeptSymbol, &[u8]),
    ) -> Result<(), DiskError> {
        let mut rest = wanted;
        let mut bytes = Vec::new();
        while let Some(first) = rest.first() {
            let run = (0..READ_AT_ONCE).zip(rest).take_while(|(n, symbol)| symbol.record == first.record + n).count();
            let (these, after) = rest.split_at(run);
            rest = after;
            bytes.resize(run * self.record_size(), 0);
            let offset = MAGIC.len() as u64 + u64::from(first.record) * self.record_size() as u64;
            self.file.read_exact_at(&mut bytes, offset).map_err(|e| DiskError::new("read", &self.path, e))?;
            for (symbol, record) in these.iter().zip(bytes.chunks_exact(self.record_size())) {
                if let Some((record, _)) = split_record(record, self.symbol_size()) {
                    each(symbol, record.symbol);
                }
            }
        }
        Ok(())
    }

    /// The object's bytes where these symbols are all its source symbols, in any order; `None` where one of them is missing
    /// or no longer has its checksum. Nothing is solved for this.
    ///
    /// # Errors
    /// The disk's error.
    pub(crate) fn read_source(&self, source: &[KeptSymbol]) -> Result<Option<Vec<u8>>, DiskError> {
        let (count, size) = (self.object.source_symbols() as usize, self.symbol_size());
        if source.len() != count {
            return Ok(None);
        }
        let (mut bytes, mut placed) = (vec![0; count * size], 0);
        self.read_each(source, |symbol, found| {
            let begin = symbol.esi.get() as usize * size;
            if let Some(place) = bytes.get_mut(begin..begin + size) {
                place.copy_from_slice(found);
                placed += 1;
            }
        })?;
        bytes.truncate(self.object.length.get() as usize);
        Ok((placed == count).then_some(bytes))
    }

    /// Waits until everything kept is on the disk.
    ///
    /// # Errors
    /// The disk's error.
    pub(crate) fn sync(&self) -> Result<(), DiskError> {
        self.file.sync_data().map_err(|e| DiskError::new("sync", &self.path, e))
    }

    /// Its file, where anything was written since this was last asked: for another thread to wait for the disk.
    pub(crate) fn take_unsynced(&mut self) -> Option<Unsynced> {
        let unsynced = || Unsynced { path: self.path.clone(), file: Arc::clone(&self.file) };
        std::mem::take(&mut self.is_unsynced).then(unsynced)
    }

    /// Removes the file: the object was judged, or had to make room.
    ///
    /// # Errors
    /// The disk's error.
    pub(crate) fn remove(self) -> Result<(), DiskError> {
        fs::remove_file(&self.path).map_err(|e| DiskError::new("remove", &self.path, e))
    }
}

/// A file with symbols that may not be on the disk yet.
#[derive(Debug)]
pub(crate) struct Unsynced {
    path: PathBuf,
    file: Arc<File>,
}

impl Unsynced {
    /// Waits until they are.
    ///
    /// # Errors
    /// The disk's error.
    pub(crate) fn sync(&self) -> Result<(), DiskError> {
        self.file.sync_data().map_err(|e| DiskError::new("sync", &self.path, e))
    }
}

impl Attempts {
    fn encode(self) -> Vec<u8> {
        [self.next, self.wrong_digests, self.fruitless, self.laborious].iter().flat_map(|n| n.to_be_bytes()).collect()
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut numbers = bytes.chunks_exact(4).filter_map(|four| Some(u32::from_be_bytes(four.try_into().ok()?)));
        let (next, wrong_digests) = (numbers.next()?, numbers.next()?);
        Some(Self { next, wrong_digests, fruitless: numbers.next()?, laborious: numbers.next()? })
    }
}

fn object_of_file_name(name: &str) -> Option<Object> {
    let (id, length) = name.strip_suffix(".sym")?.split_once('-')?;
    let id: ObjectId = id.parse().ok()?;
    let length = ObjectLength::new(length.parse().ok()?).ok()?;
    Some(Object { id, length })
}

//! The journal: a hash chain of everything this side did, one JSON line an entry, each on the disk before what follows.
//!
//! A torn last line (no newline) is what a power cut leaves. It is ignored when reading and cut off before the next
//! entry, and said aloud both times. Anything else that is not as it was written is an error that names the entry.
//! Must not: decide anything, or write an entry for what did not happen.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rootcast_host::disk::{Disk, DiskError, parent};
use rootcast_protocol::digest::Digest;
use rootcast_protocol::object::ObjectId;

use crate::store::state::{JournalRecord, Record, State};

pub mod ceremony;
mod entry;
mod head;

pub use entry::{Entry, Event, ItemRecord, NO_ENTRY, TransmissionRecord};
pub use head::{HEAD_BYTES_MIN, Head, HeadError, HeadPlace};

/// The journal's name in the state directory.
pub const FILE_NAME: &str = "journal.jsonl";

/// What [`TransmissionRecord::ended`] says of a run that was killed.
pub const INTERRUPTED: &str = "interrupted, frames unknown";

/// All entries of a journal, checked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chain {
    /// The entries, oldest first.
    pub entries: Vec<Entry>,
    /// Bytes of a torn last line that were ignored.
    pub torn: u64,
    /// Bytes of the whole lines before it.
    whole: u64,
}

impl Chain {
    /// Reads and checks the journal at `path`. A file that is not there is an empty journal.
    ///
    /// # Errors
    /// [`JournalError::Broken`] naming the first entry that does not hold; [`JournalError::Disk`].
    pub fn read(path: &Path) -> Result<Self, JournalError> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(JournalError::Disk(DiskError::new("read", path, error))),
        };
        Self::of_bytes(&bytes)
    }

    /// Reads and checks the journal of `state`, to look at it only.
    ///
    /// # Errors
    /// As [`Chain::read`] and [`Chain::holds`].
    pub fn of_state(state: &State<'_>) -> Result<Self, JournalError> {
        let chain = Self::read(&state.folder().join(FILE_NAME))?;
        chain.holds(&state.record)?;
        Ok(chain)
    }

    /// Reads entries that were copied out of a journal: each is sealed; between them others may be missing.
    ///
    /// # Errors
    /// [`JournalError::Broken`] naming the first line that is not as it was written.
    pub fn of_part(bytes: &[u8]) -> Result<Self, JournalError> {
        let mut chain = Self::default();
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            chain.entries.push(Entry::read_alone(line, chain.count())?);
        }
        Ok(chain)
    }

    fn of_bytes(bytes: &[u8]) -> Result<Self, JournalError> {
        let mut chain = Self::default();
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let length = line.len() as u64;
            let Some(line) = line.strip_suffix(b"\n") else {
                chain.torn = length;
                break;
            };
            chain.entries.push(Entry::read(line, chain.count(), chain.head())?);
            chain.whole += length;
        }
        Ok(chain)
    }

    /// How many entries there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.entries.len() as u64
    }

    /// The digest of the last entry; 64 zeros where there is none.
    #[must_use]
    pub fn head(&self) -> Digest {
        self.entries.last().map_or(NO_ENTRY, |entry| entry.digest)
    }

    /// How far it has come, as the state remembers it.
    #[must_use]
    pub fn reached(&self) -> JournalRecord {
        JournalRecord { entries: self.count(), head: self.head() }
    }

    /// Checks that nothing the state with this record remembers of it is gone. Every enrolled state has a first entry, also
    /// one written before the journal was remembered; one that was only begun may have none.
    ///
    /// # Errors
    /// [`JournalError::Lost`] where it is shorter than it was, or is another journal.
    pub fn holds(&self, record: &Record) -> Result<(), JournalError> {
        if !record.has_journal() {
            return Ok(());
        }
        let remembered = record.journal.as_ref();
        let least = JournalRecord { entries: 1, head: NO_ENTRY };
        let JournalRecord { entries, head } = *remembered.unwrap_or(&least);
        let found = usize::try_from(entries).ok().and_then(|entries| self.entries.get(entries.checked_sub(1)?));
        match found {
            Some(entry) if remembered.is_none() || entry.digest == head => Ok(()),
            other => Err(JournalError::Lost { found: self.count(), entries, another: other.is_some() }),
        }
    }

    /// The transmissions recorded.
    pub fn transmissions(&self) -> impl Iterator<Item = &TransmissionRecord> {
        self.entries.iter().filter_map(|entry| match &entry.event {
            Event::Transmission(record) => Some(record),
            _ => None,
        })
    }

    /// How many transmissions of `object` have begun: the index of the next.
    #[must_use]
    pub fn next_transmission(&self, object: &ObjectId) -> u32 {
        let of_object = self.transmissions().filter(|record| record.object == *object);
        of_object.map(|record| record.transmission.saturating_add(1)).max().unwrap_or(0)
    }
}

/// A journal open for appending; the state directory is locked.
pub struct Journal<'a> {
    disk: &'a dyn Disk,
    path: PathBuf,
    chain: Chain,
}

impl<'a> Journal<'a> {
    /// Opens the journal in the state directory `state`, checking all of it.
    ///
    /// # Errors
    /// As [`Chain::read`].
    pub fn open(disk: &'a dyn Disk, state: &Path) -> Result<Self, JournalError> {
        let path = state.join(FILE_NAME);
        let chain = Chain::read(&path)?;
        Ok(Self { disk, path, chain })
    }

    /// What it holds.
    #[must_use]
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Appends `event`, and returns when it is on the disk.
    ///
    /// # Errors
    /// [`JournalError::Disk`]; a line half written is cut off again as far as the disk allows.
    pub fn append(&mut self, now: i64, event: Event) -> Result<&Entry, JournalError> {
        let time = rootcast_host::clock::rfc3339(now);
        let (entry, line) = Entry::write(self.chain.count(), time, event, self.chain.head())?;
        if self.chain.torn > 0 {
            self.disk.truncate(&self.path, self.chain.whole)?;
            self.chain.torn = 0;
        }
        let first = self.chain.entries.is_empty();
        let written = self.disk.append(&self.path, line.as_bytes()).and_then(|()| self.disk.sync_file(&self.path));
        if let Err(error) = written {
            // Best effort: left as it is, it is a torn line, which the next run cuts off.
            let _ = self.disk.truncate(&self.path, self.chain.whole);
            return Err(error.into());
        }
        if first {
            self.disk.sync_dir(parent(&self.path))?;
        }
        self.chain.whole += line.len() as u64;
        self.chain.entries.push(entry);
        self.chain.entries.last().ok_or_else(|| JournalError::broken(0, "the entry just written is gone"))
    }
}

impl fmt::Debug for Journal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("path", &self.path).field("entries", &self.chain.count()).finish()
    }
}

/// Why a journal cannot be used.
#[derive(Debug)]
pub enum JournalError {
    /// The chain does not hold.
    Broken {
        /// The first entry that does not, counted from 0.
        entry: u64,
        /// Why.
        why: String,
    },
    /// It holds less than the state remembers, or something else.
    Lost {
        /// Entries found.
        found: u64,
        /// Entries it had at least.
        entries: u64,
        /// Whether the last of those is there, with another digest.
        another: bool,
    },
    /// Reading or writing failed.
    Disk(DiskError),
}

impl JournalError {
    fn broken(entry: u64, why: impl Into<String>) -> Self {
        Self::Broken { entry, why: why.into() }
    }
}

impl From<DiskError> for JournalError {
    fn from(error: DiskError) -> Self {
        Self::Disk(error)
    }
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken { entry, why } => write!(f, "journal entry {entry} (line {}): {why}", entry + 1),
            Self::Lost { found, entries, another: false } => {
                let had = rootcast_host::text::count(*entries, "entry");
                write!(f, "{FILE_NAME} is missing or was cut: it has {found}, and the state remembers {had} or more")
            }
            Self::Lost { entries, another: true, .. } => {
                write!(
                    f,
                    "{FILE_NAME} is another journal: its entry {} is not the one the state remembers",
                    entries - 1
                )
            }
            Self::Disk(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for JournalError {}

pub mod link_record;
pub mod pending;
#[cfg(test)]
mod tests;

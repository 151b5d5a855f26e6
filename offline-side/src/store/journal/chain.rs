//! All entries of a journal, read and checked.
//!
//! A torn last line (no newline) is what a power cut leaves: it is ignored. Anything else that is not as it was written
//! is an error that names the entry.

use std::io;
use std::path::Path;

use rootcast_host::disk::DiskError;
use rootcast_host::own_file;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::object::ObjectId;

use super::entry::{Entry, Event, NO_ENTRY, TransmissionRecord};
use super::error::JournalError;

/// All entries of a journal, checked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chain {
    /// The entries, oldest first.
    pub entries: Vec<Entry>,
    /// Bytes of a torn last line that were ignored.
    pub torn: u64,
    /// Bytes of the whole lines before it.
    pub(super) whole: u64,
}

impl Chain {
    /// Reads and checks the journal at `path`. A file that is not there is an empty journal.
    ///
    /// # Errors
    /// [`JournalError::Broken`] naming the first entry that does not hold; [`JournalError::Disk`].
    pub fn read(path: &Path) -> Result<Self, JournalError> {
        let bytes = match own_file::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(JournalError::Disk(DiskError::new("read", path, error))),
        };
        Self::from_bytes(&bytes)
    }

    /// Reads entries that were copied out of a journal: each is sealed; between them others may be missing.
    ///
    /// # Errors
    /// [`JournalError::Broken`] naming the first line that is not as it was written.
    pub(crate) fn of_part(bytes: &[u8]) -> Result<Self, JournalError> {
        let mut chain = Self::default();
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            chain.entries.push(Entry::read_alone(line, chain.count())?);
        }
        Ok(chain)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, JournalError> {
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

    /// The digest of the last entry; 64 zeros if there is none.
    #[must_use]
    pub(crate) fn head(&self) -> Digest {
        self.entries.last().map_or(NO_ENTRY, |entry| entry.digest)
    }

    /// The transmissions recorded.
    pub(crate) fn transmissions(&self) -> impl Iterator<Item = &TransmissionRecord> {
        self.entries.iter().filter_map(|entry| match &entry.event {
            Event::Transmission(record) => Some(record),
            _ => None,
        })
    }

    /// How many transmissions of `object` have begun: the index of the next.
    #[must_use]
    pub(crate) fn next_transmission(&self, object: &ObjectId) -> u32 {
        let of_object = self.transmissions().filter(|record| record.object == *object);
        of_object.map(|record| record.transmission.saturating_add(1)).max().unwrap_or(0)
    }
}

#[cfg(test)]
impl Chain {
    /// A journal of these events, each written and read again.
    pub(crate) fn of_events(events: Vec<Event>) -> Self {
        let mut chain = Self::default();
        for event in events {
            let (index, previous) = (chain.count(), chain.head());
            let (entry, line) = Entry::write(index, "2026-11-21T09:00:00Z".to_owned(), event, previous).unwrap();
            let read = Entry::read(line.trim_end().as_bytes(), index, previous).unwrap();
            assert_eq!(read, entry, "{line}");
            chain.entries.push(entry);
        }
        chain
    }
}

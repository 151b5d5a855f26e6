//! The journal open for appending: each entry is on the disk before what follows.

use std::fmt;
use std::path::{Path, PathBuf};

use rootcast_host::disk::{Disk, parent};

use super::chain::Chain;
use super::entry::{Entry, Event};
use super::error::JournalError;
use crate::store::layout::JOURNAL;

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
        let path = state.join(JOURNAL);
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
        self.chain.entries.last().ok_or_else(|| JournalError::broken(0, "the new entry is missing"))
    }
}

impl fmt::Debug for Journal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("path", &self.path).field("entries", &self.chain.count()).finish()
    }
}

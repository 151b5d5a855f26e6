//! Intents: what is about to be transmitted, on the disk before the first frame.
//!
//! A program that is killed cannot write its journal entry. The intent it left becomes that entry at the next start:
//! "interrupted, frames unknown". So every transmission has exactly one entry, and no two of them start at one symbol.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rootcast_host::disk::{Disk, DiskError};
use rootcast_host::own_file;
use rootcast_protocol::object::ObjectId;

use super::chain::Chain;
use super::entry::{Event, INTERRUPTED, TransmissionRecord};
use super::error::JournalError;
use super::writer::Journal;
use crate::store::layout::PENDING;

/// An intent on the disk.
#[derive(Debug)]
pub(crate) struct Intent {
    path: PathBuf,
}

impl Intent {
    /// Writes down that `record` is about to happen, in the state directory `state`.
    ///
    /// # Errors
    /// When it cannot be made durable; then nothing may be sent.
    pub(crate) fn declare(disk: &dyn Disk, state: &Path, record: &TransmissionRecord) -> Result<Self, DiskError> {
        let folder = state.join(PENDING);
        let path = folder.join(format!("{}-{}.json", record.object, record.transmission));
        let declared = TransmissionRecord {
            frames: None,
            passes: None,
            failure_odds: None,
            ended: INTERRUPTED.to_owned(),
            ..record.clone()
        };
        let text = serde_json::to_string(&declared)
            .map_err(|error| DiskError::new("write", &path, io::Error::other(error)))?;
        disk.write_new_synced(&path, text.as_bytes())?;
        disk.sync_dir(&folder)?;
        Ok(Self { path })
    }

    /// Removes it: the journal has its entry, or nothing was sent.
    ///
    /// # Errors
    /// When it cannot be removed; the next start will see that the journal has it.
    pub(crate) fn settle(self, disk: &dyn Disk) -> Result<(), DiskError> {
        disk.remove_file(&self.path)
    }
}

/// All intents in `state`, with their files. One that was cut short by a power failure is given without its record: it
/// was never durable, so nothing was sent under it.
fn intents(state: &Path) -> Result<Vec<(PathBuf, Option<TransmissionRecord>)>, DiskError> {
    let folder = state.join(PENDING);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(DiskError::new("look into", &folder, error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| DiskError::new("look into", &folder, error))?.path();
        let bytes = own_file::read(&path).map_err(|error| DiskError::new("read", &path, error))?;
        found.push((path, serde_json::from_slice::<TransmissionRecord>(&bytes).ok()));
    }
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(found)
}

/// Turns the intents of killed runs into journal entries; how many there were.
///
/// # Errors
/// When the state cannot be read or written.
pub(crate) fn recover(
    disk: &dyn Disk,
    state: &Path,
    journal: &mut Journal<'_>,
    now: i64,
) -> Result<usize, JournalError> {
    let mut recovered = 0;
    for (path, record) in intents(state)? {
        if let Some(record) = record {
            let known =
                |known: &TransmissionRecord| known.object == record.object && known.transmission == record.transmission;
            if !journal.chain().transmissions().any(known) {
                journal.append(now, Event::Transmission(record))?;
                recovered += 1;
            }
        }
        disk.remove_file(&path)?;
    }
    Ok(recovered)
}

/// The transmissions under way, or killed and not yet in the journal.
///
/// # Errors
/// When the state cannot be read.
pub(crate) fn under_way(state: &Path) -> Result<Vec<TransmissionRecord>, DiskError> {
    Ok(intents(state)?.into_iter().filter_map(|(_, record)| record).collect())
}

/// The index of the next transmission of `object` where intents may be open: for a plan, which changes nothing.
///
/// # Errors
/// When the state cannot be read.
pub(crate) fn next_transmission(state: &Path, chain: &Chain, object: &ObjectId) -> Result<u32, DiskError> {
    let open = intents(state)?.into_iter().filter_map(|(_, record)| record);
    let of_object = open.filter(|record| record.object == *object).map(|record| record.transmission.saturating_add(1));
    Ok(of_object.max().unwrap_or(0).max(chain.next_transmission(object)))
}

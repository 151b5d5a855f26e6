//! Opens, checks and commits generations.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use rootcast_host::disk::Disk;
use rootcast_host::process::is_as_made;
use rootcast_host::state_lock::{LockError, StateLock};
use rootcast_host::text::printable_json;
use rootcast_protocol::digest::Digest;

use super::brought_forward;
use super::committed_mark;
use super::committed_mark::Mark;
use super::draft::Draft;
use super::error::StateError;
use super::layout::{DIGEST_DIGITS, GENERATIONS, LINK, RECEIPTS, STATE_FILE, SYMBOLS, receipt_path};
use super::receipt::Receipt;
use super::record::{Record, VERSION};
use super::snapshot::{Snapshot, bound_digest};
use crate::limits::LOCK_WAIT;

/// A state directory, locked for this process.
pub struct State {
    dir: PathBuf,
    disk: Box<dyn Disk>,
    snapshot: Option<Snapshot>,
    unfinished: bool,
    _lock: StateLock,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl State {
    /// Opens a state directory that trusts a root. `who` names this process to other processes.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn open(dir: &Path, disk: Box<dyn Disk>, who: &str) -> Result<Self, StateError> {
        // Looked at first, so that a mistyped directory stays as it is.
        Snapshot::read(dir)?;
        let state = Self::open_for_enrolment(dir, disk, who)?;
        if state.snapshot.is_none() {
            return Err(StateError::NotEnrolled(dir.to_owned()));
        }
        Ok(state)
    }

    /// Opens a state directory, creating it if there is none.
    ///
    /// # Errors
    /// [`StateError`], but not that nothing is trusted.
    pub fn open_for_enrolment(dir: &Path, disk: Box<dyn Disk>, who: &str) -> Result<Self, StateError> {
        if !dir.exists() {
            disk.create_dir(dir)?;
            disk.sync_dir(rootcast_host::disk::parent(dir))?;
        }
        let lock = StateLock::take_within(dir, who, LOCK_WAIT)?;
        check_folders(&*disk, dir)?;
        let snapshot = match Snapshot::read(dir) {
            Ok(snapshot) => Some(snapshot),
            Err(StateError::NotEnrolled(_)) => None,
            Err(error) => return Err(error),
        };
        Self::recovered(dir, disk, snapshot, lock)
    }

    /// Opens the state that `known` was read from once more, to commit: as it is now, which may be another generation.
    /// Another process is waited for that changes it.
    ///
    /// # Errors
    /// [`StateError::StillInUse`] where that takes too long, and every other [`StateError`].
    pub(crate) fn reopen(known: &Snapshot, disk: Box<dyn Disk>, who: &str) -> Result<Self, StateError> {
        let dir = &known.dir;
        let lock = StateLock::take_within(dir, who, LOCK_WAIT).map_err(|error| match error {
            LockError::InUse { path, by } => StateError::StillInUse { path, by },
            other => StateError::from(other),
        })?;
        check_folders(&*disk, dir)?;
        let snapshot = if known.is_current() { known.clone() } else { Snapshot::read(dir)? };
        Self::recovered(dir, disk, Some(snapshot), lock)
    }

    /// A state whose lock this process has, after what a run that was cut short has left was put in order.
    fn recovered(
        dir: &Path,
        disk: Box<dyn Disk>,
        snapshot: Option<Snapshot>,
        lock: StateLock,
    ) -> Result<Self, StateError> {
        let unfinished = snapshot.is_none() && committed_mark::is_begun(dir);
        let state = Self { dir: dir.to_owned(), disk, snapshot, unfinished, _lock: lock };
        state.mark()?;
        state.sweep();
        Ok(state)
    }

    /// The current generation. The lock is released: from now on, another process may change the state.
    #[must_use]
    pub(crate) fn into_snapshot(self) -> Option<Snapshot> {
        self.snapshot
    }

    /// Whether an earlier first `trust` was interrupted here, as far as can be seen.
    #[must_use]
    pub(crate) fn is_begun_again(&self) -> bool {
        self.unfinished
    }

    /// Where symbols are kept.
    #[must_use]
    pub fn symbols_folder(&self) -> PathBuf {
        self.dir.join(SYMBOLS)
    }

    /// The current generation; none before the first `trust`.
    #[must_use]
    pub fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshot.as_ref()
    }

    /// A copy of the current state to change and commit.
    #[must_use]
    pub fn draft(&self) -> Draft {
        Draft::new(self.snapshot.as_ref().map_or_else(Record::empty, |s| s.record.clone()), self.snapshot.clone())
    }

    /// Makes `draft` the state: all of it or, after any failure or power cut, nothing of it.
    ///
    /// # Errors
    /// When the draft is of another generation than the current one; when the disk fails; the state is what it was. (If only the very last sync fails, it may already be the new one:
    /// whoever opens it next reads what the link says.)
    pub fn commit(&mut self, draft: Draft, mut receipt: Receipt, now: i64) -> Result<(), StateError> {
        // A state of two generations has the mark: the one of the first is there before the second is made.
        self.mark()?;
        let disk = &*self.disk;
        let current = self.snapshot.as_ref().map(|snapshot| (snapshot.record.generation, &snapshot.record.receipt));
        let (made, receipt_of_made) = (draft.record().generation, &draft.record().receipt);
        if current.is_some_and(|current| current != (made, receipt_of_made)) || current.is_none() && made > 0 {
            return Err(StateError::Outdated { made, current: current.map_or(0, |(generation, _)| generation) });
        }
        let (mut record, files) = draft.finish();
        record.version = VERSION;
        brought_forward::date(&mut record, now);
        record.generation += 1;
        record.latest_time = record.latest_time.max(now);
        receipt.generation = record.generation;
        receipt.previous = std::mem::take(&mut record.receipt);
        receipt.record_sha256 = Some(bound_digest(&state_bytes_of(&record), "").to_string());
        // People read receipts as they are, on a terminal too.
        let text = serde_json::to_string_pretty(&receipt).unwrap_or_default();
        let receipt_bytes = format!("{}\n", printable_json(&text)).into_bytes();
        record.receipt = Digest::of(&receipt_bytes).to_string();
        let state_bytes = state_bytes_of(&record);
        let digest = Digest::of(&state_bytes).to_string();
        let name = format!("{:08}-{}", record.generation, digest.get(..DIGEST_DIGITS).unwrap_or_default());
        let folder = self.dir.join(GENERATIONS).join(&name);

        // 1. The generation, beside the current one. Unchanged files get a second name; those that an earlier version made
        // as the umask had it are written anew, or a web server might not read them.
        if let Err(error) = self.write_generation(&folder, &record, &files, &state_bytes) {
            // A full disk gets its room back.
            let _ = disk.remove_dir_all(&folder);
            return Err(error);
        }

        // 2. Its receipt. One left over from a run that did not finish is not the one that counts.
        let receipt_path = receipt_path(&self.dir, record.generation);
        if receipt_path.symlink_metadata().is_ok() {
            disk.remove_file(&receipt_path)?;
        }
        disk.write_new_synced(&receipt_path, &receipt_bytes)?;
        disk.sync_dir(&self.dir.join(RECEIPTS))?;

        // 3. The link: from here on this generation is the state.
        let fresh = self.dir.join("published.new");
        if fresh.symlink_metadata().is_ok() {
            disk.remove_file(&fresh)?;
        }
        disk.symlink(&Path::new(GENERATIONS).join(&name).join(LINK), &fresh)?;
        disk.rename(&fresh, &self.dir.join(LINK))?;
        self.snapshot = Some(Snapshot { dir: self.dir.clone(), folder: folder.clone(), record });
        disk.sync_dir(&self.dir)?;

        // 4. What can wait, and is made good at the next opening if it fails now.
        let _ = self.mark();
        self.sweep();
        Ok(())
    }

    fn write_generation(
        &self,
        folder: &Path,
        record: &Record,
        files: &BTreeMap<String, Vec<u8>>,
        state_bytes: &[u8],
    ) -> Result<(), StateError> {
        let disk = &*self.disk;
        if folder.symlink_metadata().is_ok() {
            disk.remove_dir_all(folder)?;
        }
        disk.create_dir(folder)?;
        let mut folders =
            BTreeSet::from([PathBuf::from(LINK), PathBuf::from("published/crl"), PathBuf::from("published/ca")]);
        folders.extend(record.files.keys().filter_map(|file| Path::new(file).parent().map(Path::to_owned)));
        for inner in &folders {
            disk.create_dir(&folder.join(inner))?;
        }
        for name in record.files.keys() {
            let path = folder.join(name);
            match (files.get(name), &self.snapshot) {
                (Some(bytes), _) => disk.write_new_synced(&path, bytes)?,
                (None, Some(current)) if is_as_made(&current.folder.join(name)) => {
                    disk.hard_link(&current.folder.join(name), &path)?;
                }
                (None, Some(current)) => disk.write_new_synced(&path, &current.file(name)?)?,
                (None, None) => return Err(StateError::Lost { path }),
            }
        }
        disk.write_new_synced(&folder.join(STATE_FILE), state_bytes)?;
        for inner in folders.iter().rev() {
            disk.sync_dir(&folder.join(inner))?;
        }
        disk.sync_dir(folder)?;
        disk.sync_dir(&self.dir.join(GENERATIONS))?;
        Ok(())
    }

    /// Leaves the mark that makes a missing link lost state and no fresh start, and one moved back broken.
    fn mark(&self) -> Result<(), StateError> {
        let Some(snapshot) = &self.snapshot else { return Ok(()) };
        let mark = Mark::from_record(&snapshot.record);
        if Mark::read(&self.dir)? != mark {
            mark.write(&*self.disk, &self.dir)?;
        }
        Ok(())
    }

    /// Removes what runs that did not finish have left, and generations nobody reads any more: all but the current one
    /// and the one before it, which a web server may still be reading.
    fn sweep(&self) {
        let current = self.snapshot.as_ref().map(|s| (s.record.generation, s.folder.clone()));
        let Ok(entries) = fs::read_dir(self.dir.join(GENERATIONS)) else { return };
        for path in entries.flatten().map(|entry| entry.path()) {
            let number =
                path.file_name().and_then(|n| n.to_str()).and_then(|n| n.split_once('-')).map(|(n, _)| n.parse());
            let keep = match (&current, number) {
                (Some((_, folder)), _) if path == *folder => true,
                (Some((generation, _)), Some(Ok(number))) => generation.checked_sub(1) == Some(number),
                _ => false,
            };
            if !keep {
                let _ = self.disk.remove_dir_all(&path);
            }
        }
    }
}

/// The bytes of `state.json`.
fn state_bytes_of(record: &Record) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(record).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// Checks the folders of a state, and makes those that are missing.
fn check_folders(disk: &dyn Disk, dir: &Path) -> Result<(), StateError> {
    for folder in [GENERATIONS, RECEIPTS, SYMBOLS] {
        let path = dir.join(folder);
        match path.symlink_metadata() {
            Ok(found) if found.is_dir() => {}
            // What is in them is written, swept and removed, so they must not lead elsewhere.
            Ok(_) => {
                let why = "it is not a folder of this state. Mount another disk there; do not link it".to_owned();
                return Err(StateError::Broken { path, why });
            }
            Err(_) => {
                disk.create_dir(&path)?;
                disk.sync_dir(dir)?;
            }
        }
    }
    Ok(())
}

//! The state directory of the offline side: the trusted roots, the items sent last, and their manifest numbers.
//!
//! ```text
//! STATE/lock                        one process at a time changes it
//!       state.json                  one sealed line, replaced as a whole: all that decides
//!       items/<sha-256>.der         trusted roots and sent items, named by their content
//!       bundles/<object id>.bundle  the last bundle of each source
//!       intents/                    transmissions under way
//!       journal.jsonl               the hash chain
//! ```
//!
//! Every file that `state.json` names must exist and have its digest; anything else is an error, never a fresh start.

use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rootcast_host::disk::{Disk, DiskError, parent};
use rootcast_host::own_file;
use rootcast_host::state_folder::foreign_file;
use rootcast_host::state_lock::StateLock;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::object::ObjectId;

use crate::store::digest_line::seal;
use crate::store::layout::{BEGUN, BUNDLES, ITEMS, JOURNAL, PENDING, RECORD};

mod error;
mod record;

pub use crate::store::journal::JournalRecord;
pub use error::StateError;
pub use record::{
    AbandonedRecord, BurnedRecord, CertificateRecord, CrlRecord, Record, RevokedRecord, RootRecord, SourceRecord,
};

use record::read_record;

/// A state directory.
pub struct State<'a> {
    folder: PathBuf,
    disk: &'a dyn Disk,
    /// What it says.
    pub record: Record,
    lock: Option<StateLock>,
}

impl<'a> State<'a> {
    /// Opens the state in `folder` for changes by `who`, making the directory and the state if there is none. The files
    /// `named` on the command line may stand where a state is made, and nothing else.
    ///
    /// # Errors
    /// Locked, broken, lost, or not writable; [`StateError::Occupied`].
    pub fn create_or_open(disk: &'a dyn Disk, folder: &Path, who: &str, named: &[&Path]) -> Result<Self, StateError> {
        if !folder.exists() {
            let mut missing: Vec<&Path> =
                folder.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists()).collect();
            while let Some(path) = missing.pop() {
                disk.create_dir(path)?;
                disk.sync_dir(parent(path))?;
            }
        }
        if !folder.is_dir() {
            let error = io::Error::from(io::ErrorKind::NotADirectory);
            return Err(StateError::Disk(DiskError::new("open", folder, error)));
        }
        // Before the lock is written there.
        Self::check_place(folder, named)?;
        let lock = StateLock::take(folder, who)?;
        let fresh = !folder.join(RECORD).exists();
        for name in [ITEMS, PENDING] {
            let path = folder.join(name);
            if !path.exists() {
                disk.create_dir(&path)?;
            }
        }
        let record = if fresh { Record::default() } else { read_record(folder)? };
        Ok(Self { folder: folder.to_owned(), disk, record, lock: Some(lock) })
    }

    /// Whether a state was begun in `folder`, or lost there.
    #[must_use]
    pub(crate) fn is_begun(folder: &Path) -> bool {
        folder.join(RECORD).exists() || is_lost(folder)
    }

    /// Whether `folder` is a state, or one may be made there.
    ///
    /// # Errors
    /// [`StateError::Lost`], so that a state that lost its record is not taken for a new one; [`StateError::Occupied`]
    /// where something stands there that is neither of a state nor among the files `named` on the command line.
    pub(crate) fn check_place(folder: &Path, named: &[&Path]) -> Result<(), StateError> {
        if folder.join(RECORD).exists() {
            return Ok(());
        }
        if is_lost(folder) {
            return Err(StateError::Lost { folder: folder.to_owned() });
        }
        match foreign_file(folder, BEGUN, named) {
            Some(foreign_file) => Err(StateError::Occupied { folder: folder.to_owned(), foreign_file }),
            None => Ok(()),
        }
    }

    /// Opens a trusted state in `folder` for changes by `who`.
    ///
    /// # Errors
    /// No root is trusted, lost, locked or broken.
    pub fn open(disk: &'a dyn Disk, folder: &Path, who: &str) -> Result<Self, StateError> {
        let mut state = Self::look(disk, folder)?;
        state.lock = Some(StateLock::take(folder, who)?);
        // Read again under the lock.
        state.record = read_record(folder)?;
        Ok(state)
    }

    /// Opens a trusted state in `folder` to look at it only.
    ///
    /// # Errors
    /// No root is trusted, lost or broken.
    pub fn look(disk: &'a dyn Disk, folder: &Path) -> Result<Self, StateError> {
        if !folder.join(RECORD).exists() {
            let (lost, folder) = (is_lost(folder), folder.to_owned());
            return Err(if lost { StateError::Lost { folder } } else { StateError::NotEnrolled { folder } });
        }
        Ok(Self { folder: folder.to_owned(), disk, record: read_record(folder)?, lock: None })
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The disk it is on.
    #[must_use]
    pub(crate) fn disk(&self) -> &'a dyn Disk {
        self.disk
    }

    /// The bytes of the item with this digest.
    ///
    /// # Errors
    /// When they are missing or have another digest.
    pub fn item(&self, sha256: &Digest) -> Result<Vec<u8>, StateError> {
        self.items().item(sha256)
    }

    /// Its items, to be read later.
    #[must_use]
    pub(crate) fn items(&self) -> Items {
        Items { folder: self.folder.join(ITEMS) }
    }

    /// Keeps an item; durable with the next [`State::commit`].
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_item(&self, bytes: &[u8]) -> Result<Digest, StateError> {
        let sha256 = Digest::of(bytes);
        let path = self.item_path(&sha256);
        self.keep(&path, bytes)?;
        Ok(sha256)
    }

    /// The bytes of the bundle that is `object`.
    ///
    /// # Errors
    /// When they are missing or are another object.
    pub fn bundle(&self, object: &ObjectId) -> Result<Vec<u8>, StateError> {
        let path = self.bundle_path(object);
        let bytes = read_kept(&path)?;
        let found = ObjectId::of(&bytes);
        if found == *object {
            Ok(bytes)
        } else {
            Err(StateError::Broken { path, why: format!("its object id is {found}") })
        }
    }

    /// Keeps a bundle; durable with the next [`State::commit`].
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn keep_bundle(&self, object: &ObjectId, bytes: &[u8]) -> Result<(), StateError> {
        let folder = self.folder.join(BUNDLES);
        if !folder.exists() {
            self.disk.create_dir(&folder)?;
        }
        self.keep(&self.bundle_path(object), bytes)
    }

    /// Makes the record as it now stands durable, with everything kept before it; then forgets bundles it no longer
    /// names.
    ///
    /// # Errors
    /// When it cannot be written: the old record stays.
    pub fn commit(&self) -> Result<(), StateError> {
        for name in [ITEMS, BUNDLES] {
            let folder = self.folder.join(name);
            if folder.exists() {
                self.disk.sync_dir(&folder)?;
            }
        }
        let path = self.folder.join(RECORD);
        let body = serde_json::to_string(&self.record)
            .map_err(|error| DiskError::new("write", &path, io::Error::other(error)))?;
        let (_, line) = seal(&body);
        self.disk.replace(&path, format!("{line}\n").as_bytes())?;
        self.forget_old_bundles();
        Ok(())
    }

    fn forget_old_bundles(&self) {
        let named: Vec<PathBuf> = self.record.sources.iter().map(|source| self.bundle_path(&source.object)).collect();
        let Ok(entries) = fs::read_dir(self.folder.join(BUNDLES)) else { return };
        for path in entries.flatten().map(|entry| entry.path()).filter(|path| !named.contains(path)) {
            // A bundle too many is no harm.
            let _ = self.disk.remove_file(&path);
        }
    }

    fn keep(&self, path: &Path, bytes: &[u8]) -> Result<(), StateError> {
        if holds(path, bytes) {
            return Ok(());
        }
        Ok(self.disk.replace(path, bytes)?)
    }

    fn item_path(&self, sha256: &Digest) -> PathBuf {
        self.items().path(sha256)
    }

    fn bundle_path(&self, object: &ObjectId) -> PathBuf {
        self.folder.join(BUNDLES).join(format!("{object}.bundle"))
    }
}

/// The items of a state. They are only ever added, each under its digest, so they can be read without the state's lock.
#[derive(Debug, Clone)]
pub(crate) struct Items {
    folder: PathBuf,
}

impl Items {
    /// The bytes of the item with this digest.
    ///
    /// # Errors
    /// When they are missing or have another digest.
    pub(crate) fn item(&self, sha256: &Digest) -> Result<Vec<u8>, StateError> {
        let path = self.path(sha256);
        let bytes = read_kept(&path)?;
        let found = Digest::of(&bytes);
        if found == *sha256 {
            Ok(bytes)
        } else {
            Err(StateError::Broken { path, why: format!("its SHA-256 is {found}") })
        }
    }

    fn path(&self, sha256: &Digest) -> PathBuf {
        self.folder.join(format!("{sha256}.der"))
    }
}

impl fmt::Debug for State<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("folder", &self.folder).field("record", &self.record).finish_non_exhaustive()
    }
}

/// Whether a folder without a record holds what only a state has that had one.
fn is_lost(folder: &Path) -> bool {
    [JOURNAL, BUNDLES].iter().any(|name| folder.join(name).exists())
}

/// Whether the file holds exactly these bytes; compared in parts, because they may be large.
fn holds(path: &Path, bytes: &[u8]) -> bool {
    let Ok(mut file) = own_file::open(path) else { return false };
    let mut rest = bytes;
    let mut part = vec![0; 1 << 16];
    loop {
        match file.read(&mut part) {
            Ok(0) => return rest.is_empty(),
            Ok(count) => match (part.get(..count), rest.split_at_checked(count)) {
                (Some(read), Some((expected, after))) if read == expected => rest = after,
                _ => return false,
            },
            Err(_) => return false,
        }
    }
}

fn read_kept(path: &Path) -> Result<Vec<u8>, StateError> {
    own_file::read(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => StateError::Broken { path: path.to_owned(), why: "it is missing".to_owned() },
        _ => StateError::Disk(DiskError::new("read", path, error)),
    })
}

#[cfg(test)]
mod tests {
    use super::{JournalRecord, RootRecord, State, StateError};
    use crate::store::layout::RECORD;
    use rootcast_host::disk::RealDisk;
    use rootcast_protocol::digest::Digest;
    use std::path::Path;

    fn enrolled() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let mut state = State::create_or_open(&RealDisk, folder.path(), "a test", &[]).unwrap();
        let sha256 = state.keep_item(b"root").unwrap();
        state.record.roots.push(RootRecord::new(sha256, "private".to_owned()));
        state.commit().unwrap();
        folder
    }

    #[test]
    fn a_state_is_read_as_it_was_committed() {
        let folder = enrolled();
        let state = State::open(&RealDisk, folder.path(), "a test").unwrap();
        assert_eq!(state.item(&state.record.roots[0].sha256).unwrap(), b"root");
        assert!(matches!(State::open(&RealDisk, folder.path(), "another"), Err(StateError::InUse { .. })));
        assert!(State::look(&RealDisk, folder.path()).is_ok(), "looking needs no lock");
    }

    #[test]
    fn a_record_of_format_1_is_read_and_written_as_4() {
        let folder = enrolled();
        let path = folder.path().join(RECORD);
        let sha256 = Digest::of(b"root");
        let old = format!(
            "{{\"format\":1,\"roots\":[{{\"sha256\":\"{sha256}\",\"profile\":\"webpki\"}}],\"crls\":[],\"certificates\":[],\"sources\":[]}}"
        );
        std::fs::write(&path, crate::store::digest_line::seal(&old).1 + "\n").unwrap();
        let state = State::open(&RealDisk, folder.path(), "a test").unwrap();
        assert_eq!(state.record.roots, [RootRecord::new(sha256, "webpki".to_owned())]);
        state.commit().unwrap();
        assert!(std::fs::read_to_string(&path).unwrap().contains("\"format\":4"));
    }

    #[test]
    fn a_state_written_before_the_journal_was_remembered_is_read() {
        let folder = enrolled();
        assert!(!std::fs::read_to_string(folder.path().join(RECORD)).unwrap().contains("journal"));
        let mut state = State::open(&RealDisk, folder.path(), "a test").unwrap();
        assert_eq!(state.record.journal, None);
        let reached = JournalRecord { entries: 3, head: Digest([7; 32]) };
        state.record.journal = Some(reached);
        state.commit().unwrap();
        assert_eq!(State::look(&RealDisk, folder.path()).unwrap().record.journal, Some(reached));
    }

    #[test]
    fn a_folder_without_state_is_not_enrolled_and_one_that_lost_it_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(State::look(&RealDisk, folder.path()), Err(StateError::NotEnrolled { .. })));
        std::fs::write(folder.path().join("journal.jsonl"), "").unwrap();
        assert!(matches!(State::look(&RealDisk, folder.path()), Err(StateError::Lost { .. })));
        let created = State::create_or_open(&RealDisk, folder.path(), "a test", &[]);
        assert!(matches!(created, Err(StateError::Lost { .. })));
    }

    #[test]
    fn no_state_is_made_beside_what_is_somebody_elses() {
        let folder = tempfile::tempdir().unwrap();
        let letter = folder.path().join("letter");
        std::fs::write(&letter, "").unwrap();
        let create = |named: &[&Path]| State::create_or_open(&RealDisk, folder.path(), "a test", named).map(drop);
        assert!(matches!(create(&[]), Err(StateError::Occupied { foreign_file, .. }) if foreign_file == "letter"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "not even a lock");
        create(&[&letter]).unwrap();
        // One that was begun and cut off is begun again.
        std::fs::remove_file(&letter).unwrap();
        create(&[]).unwrap();
    }

    #[test]
    fn any_changed_byte_of_the_record_is_noticed() {
        let folder = enrolled();
        let path = folder.path().join(RECORD);
        let bytes = std::fs::read(&path).unwrap();
        for at in 0..bytes.len() - 1 {
            let mut edited = bytes.clone();
            edited[at] ^= 1;
            std::fs::write(&path, &edited).unwrap();
            let looked = State::look(&RealDisk, folder.path());
            assert!(matches!(looked, Err(StateError::Broken { .. })), "byte {at} changed");
        }
    }

    #[test]
    fn a_changed_or_missing_item_is_noticed() {
        let folder = enrolled();
        let state = State::look(&RealDisk, folder.path()).unwrap();
        let sha256 = state.record.roots[0].sha256;
        std::fs::write(state.item_path(&sha256), "toor").unwrap();
        assert!(matches!(state.item(&sha256), Err(StateError::Broken { .. })));
        assert!(matches!(state.item(&Digest([0; 32])), Err(StateError::Broken { .. })));
    }
}

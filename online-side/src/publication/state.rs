//! Opens, checks and commits generations.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

use rootcast_host::disk::{Disk, DiskError};
use rootcast_host::state_lock::{LockError, StateLock};
use rootcast_host::text::printable_json;
use rootcast_protocol::digest::Digest;

use super::committed_mark;
use super::committed_mark::Mark;
use super::draft::Draft;
use super::error::StateError;
use super::receipt::Receipt;
use super::record::{Record, VERSION};
use crate::limits::STATE_SIZE_MAX;

pub(super) const LINK: &str = "published";
pub(super) const GENERATIONS: &str = "generations";
pub(super) const RECEIPTS: &str = "receipts";
const SYMBOLS: &str = "symbols";

/// Every name there may be in a state directory in which an enrolment was begun.
pub const STATE_NAMES: &[&str] = &["lock", GENERATIONS, RECEIPTS, SYMBOLS, "published.new", "enrolled.new"];

const STATE_FILE: &str = "state.json";

/// One generation, read and checked.
#[derive(Debug, Clone)]
pub struct Snapshot {
    dir: PathBuf,
    folder: PathBuf,
    record: Record,
}

impl Snapshot {
    /// Reads what the link names now, without the lock: a commit in between is seen whole or not at all.
    ///
    /// # Errors
    /// [`StateError`]; every file of the generation has the SHA-256 the state gives, and there is no other; it is the one
    /// committed last, and has its receipt.
    pub fn read(state: &Path) -> Result<Self, StateError> {
        // Before the link: a commit in between makes the mark older than the link, never newer.
        let mark = Mark::read(state)?;
        let link = state.join(LINK);
        let target = match fs::read_link(&link) {
            Ok(target) => target,
            Err(e) if e.kind() == ErrorKind::NotFound => {
                return Err(match mark.was_enrolled(state) {
                    true => StateError::Lost { path: link },
                    false => StateError::NotEnrolled(state.to_owned()),
                });
            }
            Err(e) if e.kind() == ErrorKind::InvalidInput => {
                return Err(StateError::Broken { path: link, why: "it is not the link that was committed".to_owned() });
            }
            Err(e) => return Err(DiskError::new("read", &link, e).into()),
        };
        let folder = state.join(target.parent().unwrap_or(Path::new("")));
        let broken = |why: &str| StateError::Broken { path: link.clone(), why: why.to_owned() };
        let name = folder.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
        let (number, digest) = name.split_once('-').ok_or_else(|| broken("it does not name a generation"))?;
        let path = folder.join(STATE_FILE);
        let bytes = read_file(&path)?;
        if !Digest::of(&bytes).to_string().starts_with(digest) || digest.len() != DIGEST_DIGITS {
            return Err(StateError::Broken {
                path,
                why: format!("its SHA-256 does not begin with {digest}, as its folder's name says: it was changed"),
            });
        }
        let unreadable = |why: String| StateError::Broken { path: path.clone(), why };
        let record = parse_record(&bytes).map_err(unreadable)?;
        if Ok(record.generation) != number.parse() {
            return Err(unreadable(format!("it is of generation {}, not {number}", record.generation)));
        }
        let snapshot = Self { dir: state.to_owned(), folder, record };
        snapshot.check_files()?;
        mark.check(state, &snapshot.record)?;
        snapshot.receipt(snapshot.record.generation, &snapshot.record.receipt)?;
        Ok(snapshot)
    }

    /// Verifies the whole chain of receipts, from this generation's back to the first; how many there are. One is read
    /// at a time.
    ///
    /// # Errors
    /// When one is missing, was changed, or does not name the one before it.
    pub fn verify_receipts(&self) -> Result<u64, StateError> {
        let mut sha256 = self.record.receipt.clone();
        for generation in (1..=self.record.generation).rev() {
            let receipt = self.receipt(generation, &sha256)?;
            let path = receipt_path(&self.dir, generation);
            if receipt.generation != generation || receipt.previous.is_empty() != (generation == 1) {
                let why = format!("it is of generation {} and names no receipt that fits", receipt.generation);
                return Err(StateError::Broken { path, why });
            }
            sha256 = receipt.previous;
        }
        Ok(self.record.generation)
    }

    /// The receipt of a generation, which has this SHA-256.
    fn receipt(&self, generation: u64, sha256: &str) -> Result<Receipt, StateError> {
        let path = receipt_path(&self.dir, generation);
        let bytes = read_file(&path)?;
        let found = Digest::of(&bytes).to_string();
        if found != sha256 {
            let why = format!("its SHA-256 is {found}; the one committed had {sha256}");
            return Err(StateError::Broken { path, why });
        }
        serde_json::from_slice(&bytes)
            .map_err(|e| StateError::Broken { path, why: format!("it cannot be read as a receipt: {e}") })
    }

    /// What this generation accepted.
    #[must_use]
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// The bytes of a file of this generation, such as `published/crl/….crl`.
    ///
    /// # Errors
    /// When it is missing or has another SHA-256.
    pub fn file(&self, name: &str) -> Result<Vec<u8>, StateError> {
        let path = self.folder.join(name);
        let expected = self
            .record
            .files
            .get(name)
            .ok_or_else(|| StateError::Broken { path: path.clone(), why: "the state does not list it".to_owned() })?;
        let bytes = read_file(&path)?;
        let found = Digest::of(&bytes).to_string();
        if found != *expected {
            return Err(StateError::Broken { path, why: format!("its SHA-256 is {found}, committed was {expected}") });
        }
        Ok(bytes)
    }

    /// A copy to judge against; it can be committed by nobody.
    #[must_use]
    pub fn into_draft(self) -> Draft {
        Draft::of(self.record.clone(), Some(self))
    }

    fn check_files(&self) -> Result<(), StateError> {
        for name in self.record.files.keys() {
            self.file(name)?;
        }
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).map_err(|e| DiskError::new("list", &folder, e))? {
                let path = entry.map_err(|e| DiskError::new("list", &folder, e))?.path();
                let name = path.strip_prefix(&self.folder).unwrap_or(&path).to_string_lossy().into_owned();
                if path.is_dir() {
                    folders.push(path);
                } else if name != STATE_FILE && !self.record.files.contains_key(&name) {
                    return Err(StateError::Broken { path, why: "it was never committed".to_owned() });
                }
            }
        }
        Ok(())
    }
}

/// Reads the record of this layout or an older one. The version is looked at first: what a newer layout holds is not
/// guessed at.
fn parse_record(bytes: &[u8]) -> Result<Record, String> {
    #[derive(serde::Deserialize)]
    struct Versioned {
        version: u32,
    }
    let unreadable = |error: serde_json::Error| format!("unreadable: {error}");
    let Versioned { version } = serde_json::from_slice(bytes).map_err(unreadable)?;
    if version > VERSION {
        return Err(format!("it has layout version {version}; this program knows up to {VERSION}: use a newer one"));
    }
    let record: Record = serde_json::from_slice(bytes).map_err(unreadable)?;
    let is_below = |name: &&String| Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    match record.files.keys().find(|name| !is_below(name)) {
        Some(name) => Err(format!("it names the file {name}, which is not in its folder")),
        None => Ok(record),
    }
}

/// Hexadecimal digits of the state's SHA-256 in a generation's name.
const DIGEST_DIGITS: usize = 16;

fn receipt_path(dir: &Path, generation: u64) -> PathBuf {
    dir.join(RECEIPTS).join(format!("{generation:08}.json"))
}

fn read_file(path: &Path) -> Result<Vec<u8>, StateError> {
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == ErrorKind::NotFound => return Err(StateError::Lost { path: path.to_owned() }),
        Err(e) => return Err(DiskError::new("read", path, e).into()),
    };
    let mut bytes = Vec::new();
    match file.take(STATE_SIZE_MAX * 2).read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(e) => Err(DiskError::new("read", path, e).into()),
    }
}

/// A state directory, locked for this process.
pub struct State {
    dir: PathBuf,
    disk: Box<dyn Disk>,
    snapshot: Option<Snapshot>,
    unfinished: bool,
    /// Genuine items of this run whose verdict has its receipt: as many as issuers made, whatever is replayed.
    told: BTreeSet<(Digest, &'static str)>,
    _lock: StateLock,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl State {
    /// Opens a state directory in which a root is enrolled. `who` is what other processes are told.
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

    /// Opens a state directory, creating it where there is none.
    ///
    /// # Errors
    /// [`StateError`], but not that nothing is enrolled.
    pub fn open_for_enrolment(dir: &Path, disk: Box<dyn Disk>, who: &str) -> Result<Self, StateError> {
        if !dir.exists() {
            disk.create_dir(dir)?;
            disk.sync_dir(rootcast_host::disk::parent(dir))?;
        }
        let lock = StateLock::take(dir, who).map_err(|error| match error {
            LockError::InUse { path, by } => StateError::InUse { path, by },
            LockError::Disk(error) => StateError::Disk(error),
        })?;
        for folder in [GENERATIONS, RECEIPTS, SYMBOLS] {
            let path = dir.join(folder);
            match path.symlink_metadata() {
                Ok(found) if found.is_dir() => {}
                // What is in them is written, swept and removed, so they must not lead elsewhere.
                Ok(_) => {
                    let why = "it is no folder of this state; another disk is mounted there, not linked".to_owned();
                    return Err(StateError::Broken { path, why });
                }
                Err(_) => {
                    disk.create_dir(&path)?;
                    disk.sync_dir(dir)?;
                }
            }
        }
        let snapshot = match Snapshot::read(dir) {
            Ok(snapshot) => Some(snapshot),
            Err(StateError::NotEnrolled(_)) => None,
            Err(error) => return Err(error),
        };
        let unfinished = snapshot.is_none() && committed_mark::is_begun(dir);
        let state = Self { dir: dir.to_owned(), disk, snapshot, unfinished, told: BTreeSet::new(), _lock: lock };
        state.mark()?;
        state.sweep();
        Ok(state)
    }

    /// Whether an enrolment was begun here before, as far as can be seen, and nothing came of it.
    #[must_use]
    pub fn is_begun_again(&self) -> bool {
        self.unfinished
    }

    /// Whether a receipt of this run has this verdict on this item.
    #[must_use]
    pub fn was_told(&self, sha256: &Digest, verdict: &'static str) -> bool {
        self.told.contains(&(*sha256, verdict))
    }

    /// Takes note of that.
    pub fn told(&mut self, sha256: Digest, verdict: &'static str) {
        self.told.insert((sha256, verdict));
    }

    /// Where symbols are kept.
    #[must_use]
    pub fn symbols_folder(&self) -> PathBuf {
        self.dir.join(SYMBOLS)
    }

    /// The current generation; none before the first enrolment.
    #[must_use]
    pub fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshot.as_ref()
    }

    /// A copy of the current state to change and commit.
    #[must_use]
    pub fn draft(&self) -> Draft {
        Draft::of(self.snapshot.as_ref().map_or_else(Record::empty, |s| s.record.clone()), self.snapshot.clone())
    }

    /// Makes `draft` the state: all of it or, after any failure or power cut, nothing of it.
    ///
    /// # Errors
    /// When the disk fails; the state is what it was. (If only the very last sync fails, it may already be the new one:
    /// whoever opens it next reads what the link says.)
    pub fn commit(&mut self, draft: Draft, mut receipt: Receipt, now: i64) -> Result<(), StateError> {
        let disk = &*self.disk;
        let (mut record, files) = draft.finish();
        record.version = VERSION;
        record.generation += 1;
        record.latest_time = record.latest_time.max(now);
        receipt.generation = record.generation;
        receipt.previous.clone_from(&record.receipt);
        // People read receipts as they are, on a terminal too.
        let text = serde_json::to_string_pretty(&receipt).unwrap_or_default();
        let receipt_bytes = format!("{}\n", printable_json(&text)).into_bytes();
        record.receipt = Digest::of(&receipt_bytes).to_string();
        let mut state_bytes = serde_json::to_vec_pretty(&record).unwrap_or_default();
        state_bytes.push(b'\n');
        let digest = Digest::of(&state_bytes).to_string();
        let name = format!("{:08}-{}", record.generation, digest.get(..DIGEST_DIGITS).unwrap_or_default());
        let folder = self.dir.join(GENERATIONS).join(&name);

        // 1. The generation, beside the current one. Unchanged files get a second name.
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
                (None, Some(current)) => disk.hard_link(&current.folder.join(name), &path)?,
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
        let mark = Mark::of(&snapshot.record);
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

#[cfg(test)]
mod tests {
    use super::{Record, parse_record};

    /// Files are linked and written under these names by commands that are not locked in.
    #[test]
    fn a_state_that_names_a_file_outside_its_folder_is_not_read() {
        let mut record = Record::empty();
        record.version = super::VERSION;
        record.files.insert("published/crl/one.crl".to_owned(), String::new());
        assert!(parse_record(&serde_json::to_vec(&record).unwrap()).is_ok());
        for name in ["../../../outside/one.crl", "/etc/one", "published/../../one", "published/./../one"] {
            let mut edited = record.clone();
            edited.files.insert(name.to_owned(), String::new());
            let why = parse_record(&serde_json::to_vec(&edited).unwrap()).unwrap_err();
            assert!(why.contains(name), "{why}");
        }
    }
}

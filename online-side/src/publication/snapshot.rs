//! One generation, read and checked: the one that the link names now. Must not: change anything.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

use rootcast_host::disk::DiskError;
use rootcast_host::own_file;
use rootcast_pki::item::{self, ItemKind};
use rootcast_protocol::digest::Digest;

use super::brought_forward;
use super::committed_mark::Mark;
use super::error::StateError;
use super::layout::{DIGEST_DIGITS, GENERATIONS, LINK, STATE_FILE, receipt_path};
use super::receipt::Receipt;
use super::record::{Record, VERSION};
use crate::limits::STATE_SIZE_MAX;

/// How often a generation is read again that others have replaced meanwhile.
const READ_AGAIN_MAX: usize = 5;

/// One generation, read and checked.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub(super) dir: PathBuf,
    pub(super) folder: PathBuf,
    pub(super) record: Record,
}

impl Snapshot {
    /// Reads what the link names now, without the lock: a commit in between is seen whole or not at all.
    ///
    /// # Errors
    /// [`StateError`]; every file of the generation has the SHA-256 the state gives, and there is no other; it is the one
    /// committed last, and has its receipt.
    pub fn read(state: &Path) -> Result<Self, StateError> {
        let link = state.join(LINK);
        // One commit in between leaves the generation that is being read where it is, a second one removes it.
        for _ in 0..READ_AGAIN_MAX {
            let target = fs::read_link(&link).ok();
            match Self::read_once(state) {
                Err(_) if fs::read_link(&link).ok() != target => {}
                read => return read,
            }
        }
        let target = fs::read_link(&link).ok();
        Self::read_once(state).map_err(|error| match fs::read_link(&link).ok() == target {
            true => error,
            false => StateError::Replaced { folder: state.to_owned() },
        })
    }

    /// Whether the link names this generation still.
    #[must_use]
    pub(crate) fn is_current(&self) -> bool {
        let target = fs::read_link(self.dir.join(LINK)).ok();
        target.and_then(|target| target.parent().map(|parent| self.dir.join(parent))).as_ref() == Some(&self.folder)
    }

    /// Reads what the link names now, and gives what `see` finds in its files. Other processes may commit meanwhile, and
    /// the second commit removes the files: then all of it is read again.
    ///
    /// # Errors
    /// [`StateError`]; of `see`, where the generation that it saw is still the current one.
    pub(crate) fn look<T>(
        state: &Path,
        mut see: impl FnMut(&Self) -> Result<T, StateError>,
    ) -> Result<(Self, T), StateError> {
        for _ in 0..READ_AGAIN_MAX {
            let snapshot = Self::read(state)?;
            match see(&snapshot) {
                Err(_) if snapshot.is_replaced() => {}
                seen => return seen.map(|seen| (snapshot, seen)),
            }
        }
        let snapshot = Self::read(state)?;
        see(&snapshot).map(|seen| (snapshot, seen))
    }

    /// Whether nothing is left of the state that it was read from: neither this generation nor a link to another one.
    #[must_use]
    pub(crate) fn is_removed(&self) -> bool {
        !self.folder.exists() && !self.dir.join(LINK).is_symlink()
    }

    /// Whether another generation has taken the place of this one.
    fn is_replaced(&self) -> bool {
        self.dir.join(LINK).is_symlink() && !self.is_current()
    }

    /// Whether the other one is the same generation.
    #[must_use]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.folder == other.folder
    }

    /// The state directory it was read from.
    #[must_use]
    pub(crate) fn state_folder(&self) -> &Path {
        &self.dir
    }

    fn read_once(state: &Path) -> Result<Self, StateError> {
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
                return Err(StateError::Broken { path: link, why: "it is not the committed link".to_owned() });
            }
            Err(e) => return Err(DiskError::new("read", &link, e).into()),
        };
        let broken = |why: &str| StateError::Broken { path: link.clone(), why: why.to_owned() };
        let name = named_generation(&target).ok_or_else(|| broken("it does not name a generation of this state"))?;
        let folder = state.join(GENERATIONS).join(&name);
        for part in [&state.join(GENERATIONS), &folder, &folder.join(LINK)] {
            check_is_folder(part)?;
        }
        let (number, digest) = name.split_once('-').ok_or_else(|| broken("it does not name a generation"))?;
        let path = folder.join(STATE_FILE);
        let bytes = read_file(&path)?;
        if !Digest::of(&bytes).to_string().starts_with(digest) || digest.len() != DIGEST_DIGITS {
            return Err(StateError::Broken {
                path,
                why: format!(
                    "its SHA-256 does not begin with {digest}, the digits in its folder's name: it was changed"
                ),
            });
        }
        let unreadable = |why: String| StateError::Broken { path: path.clone(), why };
        let record = parse_record(&bytes).map_err(unreadable)?;
        if Ok(record.generation) != number.parse() {
            return Err(unreadable(format!("it belongs to generation {}, not {number}", record.generation)));
        }
        let snapshot = Self { dir: state.to_owned(), folder, record };
        snapshot.check_files()?;
        mark.check(state, &snapshot.record)?;
        let receipt = snapshot.receipt(snapshot.record.generation, &snapshot.record.receipt)?;
        let found = bound_digest(&bytes, &snapshot.record.receipt).to_string();
        if receipt.record_sha256.is_some_and(|expected| expected != found) {
            let path = snapshot.folder.join(STATE_FILE);
            return Err(StateError::Broken { path, why: "it is not the record that its receipt is of".to_owned() });
        }
        let mut record = snapshot.record.clone();
        brought_forward::identify(&mut record, |name| snapshot.own_file(name))?;
        Ok(Self { record, ..snapshot })
    }

    /// Verifies the whole chain of receipts, from this generation's back to the first, and that exactly what they say is
    /// published; how many there are. One is read at a time.
    ///
    /// # Errors
    /// When one is missing, was changed, or does not name the one before it; when something else is published.
    pub fn verify_receipts(&self) -> Result<u64, StateError> {
        // By path below `published`: what the newest receipt says that names it.
        let mut published: BTreeMap<String, String> = BTreeMap::new();
        let verified = self.walk_receipts(|_, receipt| {
            // Of two CRLs of one issuer in one object, the last one is published.
            for item in receipt.items.into_iter().rev().filter(|item| item.is_accepted()) {
                if let Some(path) = item.published {
                    published.entry(path).or_insert(item.sha256);
                }
            }
            true
        })?;
        self.check_published(&published)?;
        Ok(verified)
    }

    /// Hands each receipt with its SHA-256 to `see`, from this generation's back to the first or until `see` says `false`;
    /// how many it was. One is read at a time, and each is the one that the receipt after it names.
    ///
    /// # Errors
    /// When one is missing, was changed, or does not name the one before it.
    pub(crate) fn walk_receipts(&self, mut see: impl FnMut(&str, Receipt) -> bool) -> Result<u64, StateError> {
        let mut sha256 = self.record.receipt.clone();
        let mut walked = 0;
        for generation in (1..=self.record.generation).rev() {
            let receipt = self.receipt(generation, &sha256).map_err(|error| match error {
                StateError::Lost { path } => StateError::ReceiptLost { path },
                other => other,
            })?;
            let path = receipt_path(&self.dir, generation);
            if receipt.generation != generation || receipt.previous.is_empty() != (generation == 1) {
                let why =
                    format!("it belongs to generation {} and does not name the receipt before it", receipt.generation);
                return Err(StateError::Broken { path, why });
            }
            let previous = receipt.previous.clone();
            walked += 1;
            if !see(&sha256, receipt) {
                break;
            }
            sha256 = previous;
        }
        Ok(walked)
    }

    /// Checks that the CRLs and certificates of the published tree are these, and that each PEM file is of the DER file
    /// beside it.
    fn check_published(&self, by_receipts: &BTreeMap<String, String>) -> Result<(), StateError> {
        let files =
            self.record.files.iter().filter_map(|(name, sha256)| Some((name.strip_prefix("published/")?, sha256)));
        let items = files.filter(|(name, _)| name.ends_with(".crl") || name.ends_with(".crt"));
        let found: BTreeMap<String, String> = items.map(|(name, sha256)| (name.to_owned(), sha256.clone())).collect();
        let differs = |name: &&String| found.get(*name) != by_receipts.get(*name);
        let broken = |name: &str, why: &str| {
            Err(StateError::Broken { path: self.folder.join(LINK).join(name), why: why.to_owned() })
        };
        if let Some(name) = found.keys().chain(by_receipts.keys()).find(differs) {
            return broken(name, "it is not what the receipts say is published");
        }
        for name in found.keys() {
            let kind = if name.ends_with(".crl") { ItemKind::Crl } else { ItemKind::Certificate };
            let (der, pem) = (format!("published/{name}"), format!("{name}.pem"));
            if self.file(&format!("published/{pem}"))? != item::to_pem(kind, &self.file(&der)?).into_bytes() {
                return broken(&pem, "it is not the PEM of the file that the receipts say is published");
            }
        }
        Ok(())
    }

    /// The receipt of a generation, which has this SHA-256.
    fn receipt(&self, generation: u64, sha256: &str) -> Result<Receipt, StateError> {
        let path = receipt_path(&self.dir, generation);
        let bytes = read_file(&path)?;
        let found = Digest::of(&bytes).to_string();
        if found != sha256 {
            let why = format!("its SHA-256 is {found}; the committed one had {sha256}");
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
    /// When it is missing or has another SHA-256; [`StateError::Replaced`] where it is missing because other processes
    /// have committed since.
    pub fn file(&self, name: &str) -> Result<Vec<u8>, StateError> {
        match self.own_file(name) {
            Err(_) if self.is_replaced() => Err(StateError::Replaced { folder: self.folder.clone() }),
            read => read,
        }
    }

    fn own_file(&self, name: &str) -> Result<Vec<u8>, StateError> {
        let path = self.folder.join(name);
        let expected = self
            .record
            .files
            .get(name)
            .ok_or_else(|| StateError::Broken { path: path.clone(), why: "the state does not list it".to_owned() })?;
        let bytes = read_file(&path)?;
        let found = Digest::of(&bytes).to_string();
        if found != *expected {
            return Err(StateError::Broken {
                path,
                why: format!("its SHA-256 is {found}; the committed file had {expected}"),
            });
        }
        Ok(bytes)
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
                let kind = path.symlink_metadata().map_err(|e| DiskError::new("look at", &path, e))?.file_type();
                if kind.is_symlink() {
                    return Err(StateError::Broken { path, why: "it is a symbolic link".to_owned() });
                } else if kind.is_dir() {
                    folders.push(path);
                } else if name != STATE_FILE && !self.record.files.contains_key(&name) {
                    return Err(StateError::Broken { path, why: "it was never committed".to_owned() });
                }
            }
        }
        Ok(())
    }
}

/// The generation that the link names: its target is exactly `generations/NAME/published`.
fn named_generation(target: &Path) -> Option<String> {
    let parts: Vec<&str> = target.to_str()?.split('/').collect();
    match parts[..] {
        [GENERATIONS, name, LINK] if !matches!(name, "" | "." | "..") => Some(name.to_owned()),
        _ => None,
    }
}

/// Checks that a part of the state is a folder and no symbolic link to one.
fn check_is_folder(path: &Path) -> Result<(), StateError> {
    match path.symlink_metadata() {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(StateError::Broken { path: path.to_owned(), why: "it is not a folder of this state".to_owned() }),
        Err(e) if e.kind() == ErrorKind::NotFound => Err(StateError::Lost { path: path.to_owned() }),
        Err(e) => Err(DiskError::new("look at", path, e).into()),
    }
}

/// What a receipt has of the record it made: SHA-256 of `state.json` with an empty text in the place of `receipt`, which
/// is the receipt's own digest.
pub(super) fn bound_digest(state_bytes: &[u8], receipt: &str) -> Digest {
    let member = format!("\"receipt\": \"{receipt}\"");
    let at = state_bytes.windows(member.len()).rposition(|window| window == member.as_bytes());
    let (before, after) = at.map_or((state_bytes, &[][..]), |at| {
        let (before, rest) = state_bytes.split_at(at);
        (before, rest.get(member.len()..).unwrap_or_default())
    });
    Digest::of_parts(&[before, b"\"receipt\": \"\"", after])
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
        return Err(format!(
            "it has layout version {version}, but this program supports up to {VERSION}: use a newer one"
        ));
    }
    let record: Record = serde_json::from_slice(bytes).map_err(unreadable)?;
    let is_below = |name: &&String| Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    match record.files.keys().find(|name| !is_below(name)) {
        Some(name) => Err(format!("it names the file {name}, which is not in its folder")),
        None => Ok(record),
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, StateError> {
    let file = match own_file::open(path) {
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rootcast_host::disk::RealDisk;

    use super::{Record, Snapshot, parse_record};
    use crate::publication::{PolicyRecord, Receipt, RootRecord, State, StateError, root_file};

    /// A receipt of nothing.
    fn receipt() -> Receipt {
        serde_json::from_str(
            r#"{"version":1,"generation":0,"time":"","what":"enrol","by_program":"","previous":"","items":[]}"#,
        )
        .unwrap()
    }

    fn commit(state: &mut State) {
        state.commit(state.draft(), receipt(), 0).unwrap();
    }

    fn with_a_root(dir: &Path) -> State {
        let mut state = State::open_for_enrolment(dir, Box::new(RealDisk), "a test").unwrap();
        let (sha256, profile) = ("ab".repeat(32), "private".to_owned());
        let policy = PolicyRecord::default();
        let mut draft = state.draft();
        let root = RootRecord { sha256, profile, allow_sha1: false, first_number: None, enrolled: 0, policy };
        draft.enrol(root, b"a certificate");
        state.commit(draft, receipt(), 0).unwrap();
        state
    }

    /// `status` said STATE-LOST, and that the state was to be restored from its backup.
    #[test]
    fn what_two_commits_remove_while_it_is_looked_at_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut state = with_a_root(folder.path());
        let file = root_file(&"ab".repeat(32));
        let mut looked = 0;
        let (snapshot, bytes) = Snapshot::look(folder.path(), |snapshot| {
            looked += 1;
            if looked < 3 {
                commit(&mut state);
                commit(&mut state);
                assert!(matches!(snapshot.file(&file), Err(StateError::Replaced { .. })), "the commits removed it");
            }
            snapshot.file(&file)
        })
        .unwrap();
        assert_eq!((looked, snapshot.record().generation, bytes.as_slice()), (3, 5, b"a certificate".as_slice()));
    }

    #[test]
    fn what_is_really_missing_is_lost_at_the_first_look() {
        let folder = tempfile::tempdir().unwrap();
        let _state = with_a_root(folder.path());
        let file = root_file(&"ab".repeat(32));
        let mut looked = 0;
        let looking = Snapshot::look(folder.path(), |snapshot| {
            looked += 1;
            std::fs::remove_file(snapshot.folder.join(&file)).unwrap();
            snapshot.file(&file)
        });
        assert!(matches!(looking, Err(StateError::Lost { .. })) && looked == 1);
    }

    /// Commands without a sandbox link and write files under these names.
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

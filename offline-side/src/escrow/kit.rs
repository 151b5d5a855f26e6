//! The recovery kit: what a recovery needs besides the key. Nothing in it is secret but the wrapped key, which nobody
//! opens without both groups.
//!
//! ```text
//! KIT/kit.txt           for people: root, last CRL and its number, the journal's head, the program's digest, what to do
//!    /places.txt        where the envelopes are; given by the operator
//!    /state/…           state.json, items, bundles, journal.jsonl: a copy, as it was committed
//!    /site/…            site file and approvers
//!    /SHA256SUMS        of everything above, as `sha256sum -c` reads it
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rootcast_host::disk::{Disk, DiskError, parent};
use rootcast_protocol::digest::Digest;

use crate::store::layout::{BUNDLES, ITEMS, JOURNAL, PENDING, RECORD};

/// The folder with the copy of the state.
const STATE: &str = "state";
/// The folder with the site's files.
const SITE: &str = "site";
/// The digests.
const SUMS: &str = "SHA256SUMS";

/// What goes into a kit.
pub(crate) struct Kit<'k> {
    /// The state directory, which is locked.
    pub(crate) state: &'k Path,
    /// The site's files, each with the name it is kept under.
    pub(crate) site: Vec<(String, Vec<u8>)>,
    /// For people.
    pub(crate) text: String,
    /// Where the envelopes are, if somebody said so.
    pub(crate) places: Option<Vec<u8>>,
}

/// The journal of a kit.
#[must_use]
pub(crate) fn journal(kit: &Path) -> PathBuf {
    kit.join(STATE).join(JOURNAL)
}

/// The files of a folder, in order of their names; nothing where there is no such folder.
fn files_of(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, DiskError> {
    let read = |error| DiskError::new("read", folder, error);
    let listed = match fs::read_dir(folder) {
        Ok(listed) => listed,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(read(error)),
    };
    let mut files = Vec::new();
    for entry in listed {
        let entry = entry.map_err(read)?;
        if entry.file_type().map_err(read)?.is_file() {
            let bytes = fs::read(entry.path()).map_err(|error| DiskError::new("read", &entry.path(), error))?;
            files.push((entry.file_name().to_string_lossy().into_owned(), bytes));
        }
    }
    files.sort();
    Ok(files)
}

/// Every file of a state that is copied, by its path within.
fn state_files(state: &Path) -> Result<Vec<(String, Vec<u8>)>, DiskError> {
    let mut files = Vec::new();
    for name in [RECORD, JOURNAL] {
        let path = state.join(name);
        files.push((name.to_owned(), fs::read(&path).map_err(|error| DiskError::new("read", &path, error))?));
    }
    for folder in [ITEMS, BUNDLES] {
        let within = files_of(&state.join(folder))?;
        files.extend(within.into_iter().map(|(name, bytes)| (format!("{folder}/{name}"), bytes)));
    }
    Ok(files)
}

impl Kit<'_> {
    /// Writes it into a new folder.
    ///
    /// # Errors
    /// When the folder exists, or something cannot be read or written.
    pub(crate) fn write(&self, disk: &dyn Disk, folder: &Path) -> Result<usize, DiskError> {
        let mut files: Vec<(String, &[u8])> = vec![("kit.txt".to_owned(), self.text.as_bytes())];
        files.extend(self.places.as_deref().map(|places| ("places.txt".to_owned(), places)));
        let state = state_files(self.state)?;
        files.extend(state.iter().map(|(name, bytes)| (format!("{STATE}/{name}"), bytes.as_slice())));
        files.extend(self.site.iter().map(|(name, bytes)| (format!("{SITE}/{name}"), bytes.as_slice())));
        let sums: String = files.iter().map(|(name, bytes)| format!("{}  {name}\n", Digest::of(bytes))).collect();
        write_all(disk, folder, &files)?;
        disk.write_new_synced(&folder.join(SUMS), sums.as_bytes())?;
        disk.sync_dir(folder)?;
        Ok(files.len())
    }
}

/// Writes files into a new folder, with the folders between.
fn write_all(disk: &dyn Disk, folder: &Path, files: &[(String, &[u8])]) -> Result<(), DiskError> {
    disk.create_dir(folder)?;
    let mut made = vec![folder.to_owned()];
    for (name, bytes) in files {
        let path = folder.join(name);
        let missing: Vec<&Path> = path.ancestors().skip(1).take_while(|path| !path.exists()).collect();
        for path in missing.into_iter().rev() {
            disk.create_dir(path)?;
            made.push(path.to_owned());
        }
        disk.write_new_synced(&path, bytes)?;
    }
    for folder in made.iter().rev() {
        disk.sync_dir(folder)?;
    }
    disk.sync_dir(parent(folder))
}

/// Why a kit cannot be used.
#[derive(Debug)]
pub(crate) enum KitFault {
    /// A file of it was changed, or is missing.
    Changed(String),
    /// It has no list of digests, or one in another form.
    NoSums,
    /// Reading or writing failed.
    Disk(DiskError),
}

impl From<DiskError> for KitFault {
    fn from(error: DiskError) -> Self {
        Self::Disk(error)
    }
}

impl std::fmt::Display for KitFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Changed(name) => write!(f, "the file {name} of the kit is missing, or not as SHA256SUMS has it"),
            Self::NoSums => f.write_str("the kit has no SHA256SUMS, or one of another form"),
            Self::Disk(error) => error.fmt(f),
        }
    }
}

/// Whether every file of the kit is as it was written. It protects against rot, not against people: the wrapped key and
/// the state have checks of their own.
///
/// # Errors
/// The first file that is not.
pub(crate) fn check(kit: &Path) -> Result<(), KitFault> {
    let sums = fs::read_to_string(kit.join(SUMS)).map_err(|_| KitFault::NoSums)?;
    for line in sums.lines() {
        let (digest, name) = line.split_once("  ").ok_or(KitFault::NoSums)?;
        let is_within = !Path::new(name).is_absolute() && !name.split('/').any(|part| part == "..");
        let bytes = if is_within { fs::read(kit.join(name)).ok() } else { None };
        if bytes.is_none_or(|bytes| Digest::of(&bytes).to_string() != digest) {
            return Err(KitFault::Changed(name.chars().take(100).collect()));
        }
    }
    Ok(())
}

/// Puts the copy of the state into the new directory `state`.
///
/// # Errors
/// When it exists, or something cannot be read or written.
pub(crate) fn install_state(disk: &dyn Disk, kit: &Path, state: &Path) -> Result<(), KitFault> {
    let files = state_files(&kit.join(STATE))?;
    let files: Vec<(String, &[u8])> = files.iter().map(|(name, bytes)| (name.clone(), bytes.as_slice())).collect();
    write_all(disk, state, &files)?;
    for folder in [ITEMS, PENDING] {
        let path = state.join(folder);
        if !path.exists() {
            disk.create_dir(&path)?;
        }
    }
    disk.sync_dir(state)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use rootcast_host::disk::RealDisk;

    use super::*;

    #[test]
    fn a_kit_holds_the_state_and_notices_every_changed_file() {
        let folder = tempfile::tempdir().unwrap();
        let (state, kit, new) = (folder.path().join("state"), folder.path().join("kit"), folder.path().join("new"));
        fs::create_dir_all(state.join(ITEMS)).unwrap();
        for (name, text) in [(RECORD, "{}\n"), (JOURNAL, ""), ("items/ab.der", "item"), ("lock", "1")] {
            fs::write(state.join(name), text).unwrap();
        }
        let site = vec![("site.toml".to_owned(), b"[key]".to_vec())];
        let made = Kit { state: &state, site, text: "what to do".to_owned(), places: Some(b"a safe".to_vec()) };
        assert_eq!(made.write(&RealDisk, &kit).unwrap(), 6);
        check(&kit).unwrap();
        assert!(made.write(&RealDisk, &kit).is_err(), "a kit is never written over");
        install_state(&RealDisk, &kit, &new).unwrap();
        assert_eq!(fs::read(new.join("items/ab.der")).unwrap(), b"item");
        assert!(!new.join("lock").exists() && new.join(PENDING).is_dir());
        fs::write(kit.join("site/site.toml"), "[key] ").unwrap();
        assert!(matches!(check(&kit), Err(KitFault::Changed(name)) if name == "site/site.toml"));
        fs::write(kit.join(SUMS), format!("{}  ../state/lock\n", Digest::of(b"1"))).unwrap();
        assert!(matches!(check(&kit), Err(KitFault::Changed(_))), "nothing outside is looked at");
    }
}

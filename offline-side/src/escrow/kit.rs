//! The recovery kit: what a recovery needs besides the key. Nothing in it is secret but the wrapped key, which nobody
//! opens without both groups.
//!
//! ```text
//! KIT/kit.txt           for people: root, last CRL and its number, the journal's head, digests of programs, what to do
//!    /root.crt          the root's certificate, and the last CRL that it signed, DER: the next request names both
//!    /last.crl
//!    /places.txt        where the envelopes are; given by the operator
//!    /state/…           state.json, items, bundles, journal.jsonl: a copy, as it was committed
//!    /site/…            site file and approvers
//!    /SHA256SUMS        of everything above, as `sha256sum -c` reads it
//! ```

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rootcast_host::disk::{Disk, DiskError, parent};
use rootcast_host::own_file;
use rootcast_host::text::printable;
use rootcast_protocol::digest::Digest;

use crate::store::journal::Chain;
use crate::store::layout::{BUNDLES, ITEMS, JOURNAL, PENDING, RECORD};
use crate::store::state::State;

/// The folder with the copy of the state.
const STATE: &str = "state";
/// The folder with the site's files.
const SITE: &str = "site";
/// The digests.
const SUMS: &str = "SHA256SUMS";
/// For people.
const TEXT: &str = "kit.txt";
/// The root's certificate, once there is one.
pub(crate) const ROOT: &str = "root.crt";
/// The last CRL that the root signed, once there is one.
pub(crate) const LAST_CRL: &str = "last.crl";
/// What every kit has.
const NEEDED: [&str; 4] = [TEXT, "state/state.json", "state/journal.jsonl", "site/site.toml"];

/// Bytes of a file at most: the largest is a bundle, of 128 MiB.
const FILE_SIZE_MAX: u64 = 128 << 20;
/// Files at most: a root has a few of its own, and one for each item sent last.
const FILES_MAX: usize = 4_096;
/// Bytes of all files at most: they are in memory together.
const KIT_SIZE_MAX: u64 = 1 << 30;
/// Bytes of the list of digests at most: for each file a digest, and a name of 255 bytes below two folders.
const SUMS_SIZE_MAX: u64 = FILES_MAX as u64 * (64 + 2 + 3 * 256);
/// Folders below one another at most: `state/items`.
const DEPTH_MAX: usize = 2;

/// What whoever may not write a state may not write after it either; a medium without modes says more.
const MODE_MASK: u32 = 0o644;

/// What goes into a kit.
pub(crate) struct Kit<'k> {
    /// The state directory, which is locked.
    pub(crate) state: &'k Path,
    /// The site's files, each with the name it is kept under.
    pub(crate) site: Vec<(String, Vec<u8>)>,
    /// For people.
    pub(crate) text: String,
    /// [`ROOT`] and [`LAST_CRL`], as far as there are any: copies of items of the state.
    pub(crate) at_hand: Vec<(&'static str, Vec<u8>)>,
    /// Where the envelopes are, if somebody said so.
    pub(crate) places: Option<Vec<u8>>,
}

/// A file of a state or of a kit.
#[derive(Debug)]
struct Kept {
    /// Its path within.
    name: String,
    bytes: Vec<u8>,
    /// Who may read it; nothing where that does not matter.
    mode: Option<u32>,
}

/// Reads a regular file, and no link; so many bytes at most.
fn read_kept(path: &Path, size_max: u64) -> io::Result<(Vec<u8>, u32)> {
    let file = own_file::open(path)?;
    let mode = file.metadata()?.permissions().mode();
    let mut bytes = Vec::new();
    file.take(size_max.saturating_add(1)).read_to_end(&mut bytes)?;
    match u64::try_from(bytes.len()) {
        Ok(length) if length <= size_max => Ok((bytes, mode & MODE_MASK | 0o600)),
        _ => Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {size_max} bytes"))),
    }
}

/// The files of a folder, in order of their names; nothing where there is no such folder.
fn files_of(folder: &Path, within: &str) -> Result<Vec<Kept>, DiskError> {
    let read = |error| DiskError::new("read", folder, error);
    match fs::symlink_metadata(folder) {
        Ok(found) if found.is_dir() => {}
        Ok(_) => return Err(read(io::Error::new(io::ErrorKind::NotADirectory, "it is no folder"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(read(error)),
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(read)? {
        let entry = entry.map_err(read)?;
        if entry.file_type().map_err(read)?.is_file() {
            let name = format!("{within}/{}", entry.file_name().to_string_lossy());
            files.push(kept(&entry.path(), name)?);
        }
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}

fn kept(path: &Path, name: String) -> Result<Kept, DiskError> {
    let (bytes, mode) = read_kept(path, FILE_SIZE_MAX).map_err(|error| DiskError::new("read", path, error))?;
    Ok(Kept { name, bytes, mode: Some(mode) })
}

/// Every file of a state that is copied, by its path within.
fn state_files(state: &Path) -> Result<Vec<Kept>, DiskError> {
    let mut files = Vec::new();
    for name in [RECORD, JOURNAL] {
        files.push(kept(&state.join(name), format!("{STATE}/{name}"))?);
    }
    for folder in [ITEMS, BUNDLES] {
        files.extend(files_of(&state.join(folder), &format!("{STATE}/{folder}"))?);
    }
    Ok(files)
}

impl Kit<'_> {
    /// Writes it into a new folder.
    ///
    /// # Errors
    /// When the folder exists, or something cannot be read or written.
    pub(crate) fn write(&self, disk: &dyn Disk, folder: &Path) -> Result<usize, DiskError> {
        let without_mode = |name: String, bytes: &[u8]| Kept { name, bytes: bytes.to_vec(), mode: None };
        let mut files = vec![without_mode(TEXT.to_owned(), self.text.as_bytes())];
        files.extend(self.places.as_deref().map(|places| without_mode("places.txt".to_owned(), places)));
        files.extend(self.at_hand.iter().map(|(name, bytes)| without_mode((*name).to_owned(), bytes)));
        files.extend(state_files(self.state)?);
        files.extend(self.site.iter().map(|(name, bytes)| without_mode(format!("{SITE}/{name}"), bytes)));
        let sums: String = files.iter().map(|file| format!("{}  {}\n", Digest::of(&file.bytes), file.name)).collect();
        let written: Vec<_> = files.iter().map(|file| (file.name.as_str(), file)).collect();
        write_all(disk, folder, &written)?;
        disk.write_new_synced(&folder.join(SUMS), sums.as_bytes())?;
        disk.sync_dir(folder)?;
        Ok(files.len())
    }
}

/// Writes files into a new folder, with the folders between.
fn write_all(disk: &dyn Disk, folder: &Path, files: &[(&str, &Kept)]) -> Result<(), DiskError> {
    disk.create_dir(folder)?;
    let mut made = vec![folder.to_owned()];
    for (name, file) in files {
        let path = folder.join(name);
        let missing: Vec<&Path> = path.ancestors().skip(1).take_while(|path| !path.exists()).collect();
        for path in missing.into_iter().rev() {
            disk.create_dir(path)?;
            made.push(path.to_owned());
        }
        disk.write_new_synced(&path, &file.bytes)?;
        if let Some(mode) = file.mode {
            // Not every medium has modes.
            let _ = fs::set_permissions(&path, Permissions::from_mode(mode));
        }
    }
    for folder in made.iter().rev() {
        disk.sync_dir(folder)?;
    }
    disk.sync_dir(parent(folder))
}

/// Why a kit cannot be used. Nothing of it was installed.
#[derive(Debug)]
pub(crate) enum KitFault {
    /// A file of it was changed.
    Changed(String),
    /// A file is missing that SHA256SUMS or every kit has.
    Missing(String),
    /// A file is there that SHA256SUMS does not have.
    NotListed(String),
    /// It is neither a file nor a folder of a kit, or too large.
    Unfit {
        /// What.
        name: String,
        /// Why.
        why: String,
    },
    /// It has more files, or more bytes, than a kit can have.
    TooLarge,
    /// It has no list of digests, or one in another form.
    NoSums,
    /// Its state or its journal is not whole.
    State(String),
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
        let short = |name: &str| printable(&name.chars().take(100).collect::<String>());
        match self {
            Self::Changed(name) => write!(f, "the file {} of the kit is not as SHA256SUMS has it", short(name)),
            Self::Missing(name) => write!(f, "the kit lacks the file {}, or SHA256SUMS does", short(name)),
            Self::NotListed(name) => write!(f, "SHA256SUMS does not have the file {}", short(name)),
            Self::Unfit { name, why } => write!(f, "{} cannot be of a kit: {}", short(name), printable(why)),
            Self::TooLarge => {
                write!(f, "it has more than {FILES_MAX} files, or more than {KIT_SIZE_MAX} bytes: no kit is so large")
            }
            Self::NoSums => f.write_str("the kit has no SHA256SUMS, or one of another form"),
            Self::State(why) => write!(f, "the state in it is not whole: {}", printable(why)),
            Self::Disk(error) => f.write_str(&printable(&error.to_string())),
        }
    }
}

impl std::error::Error for KitFault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Disk(error) => std::error::Error::source(error),
            _ => None,
        }
    }
}

/// A kit that was read and checked: every file that it has is listed, every listed file is there and as it was written. That
/// protects against rot, not against people: the wrapped key, the state and the journal have checks of their own.
#[derive(Debug)]
pub(crate) struct CheckedKit {
    files: BTreeMap<String, Kept>,
}

impl CheckedKit {
    /// Reads the kit in this folder. Links in it are not followed.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub(crate) fn read(kit: &Path) -> Result<Self, KitFault> {
        let sums = read_kept(&kit.join(SUMS), SUMS_SIZE_MAX).map_err(|_| KitFault::NoSums)?;
        // This program wrote it, and another form of it is another file: it is not read as a text that people wrote.
        let sums = String::from_utf8(sums.0).map_err(|_| KitFault::NoSums)?;
        let mut listed: BTreeMap<String, String> = BTreeMap::new();
        for line in sums.lines() {
            let (digest, name) = line.split_once("  ").ok_or(KitFault::NoSums)?;
            if listed.insert(name.to_owned(), digest.to_owned()).is_some() || listed.len() > FILES_MAX {
                return Err(KitFault::NoSums);
            }
        }
        if !sums.ends_with('\n') {
            return Err(KitFault::NoSums);
        }
        let mut found = Vec::new();
        names_below(kit, "", 0, &mut found)?;
        if let Some(name) = found.iter().find(|name| !listed.contains_key(*name)) {
            return Err(KitFault::NotListed(name.clone()));
        }
        let needed = NEEDED.iter().find(|name| !listed.contains_key(**name));
        let missing = listed.keys().find(|name| !found.contains(name)).cloned();
        if let Some(name) = needed.map(|name| (*name).to_owned()).or(missing) {
            return Err(KitFault::Missing(name));
        }
        let (mut files, mut size) = (BTreeMap::new(), 0_u64);
        for (name, digest) in listed {
            let read = read_kept(&kit.join(&name), FILE_SIZE_MAX);
            let (bytes, mode) = read.map_err(|error| KitFault::Unfit { name: name.clone(), why: error.to_string() })?;
            if digest.parse() != Ok(Digest::of(&bytes)) {
                return Err(KitFault::Changed(name));
            }
            size = size.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            if size > KIT_SIZE_MAX {
                return Err(KitFault::TooLarge);
            }
            files.insert(name.clone(), Kept { name, bytes, mode: Some(mode) });
        }
        Ok(Self { files })
    }

    /// Its journal.
    #[must_use]
    pub(crate) fn journal(&self) -> &[u8] {
        let journal = self.files.get(&format!("{STATE}/{JOURNAL}"));
        journal.map(|file| file.bytes.as_slice()).unwrap_or_default()
    }

    /// Whether it has a file of this name. A kit of an earlier program has neither [`ROOT`] nor [`LAST_CRL`].
    #[must_use]
    pub(crate) fn has(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    /// Puts the copy of the state into the new directory `state`. It is made beside, and checked as a state is when a
    /// command opens it: `state` is there whole, or not at all.
    ///
    /// # Errors
    /// When something cannot be written, or the state is not whole.
    pub(crate) fn install_state(&self, disk: &dyn Disk, state: &Path) -> Result<(), KitFault> {
        let mut name = std::ffi::OsString::from(".");
        name.push(state.file_name().unwrap_or_default());
        name.push(".from-kit");
        let beside = state.with_file_name(name);
        // What a run left that was killed.
        disk.clear_dir(&beside)?;
        let made = self.make_state(disk, &beside).and_then(|()| {
            disk.rename(&beside, state)?;
            Ok(disk.sync_dir(parent(state))?)
        });
        if made.is_err() {
            // The fault is told; what is left is removed by the next run.
            let _ = disk.clear_dir(&beside);
        }
        made
    }

    fn make_state(&self, disk: &dyn Disk, folder: &Path) -> Result<(), KitFault> {
        let below = |name: &str| name.strip_prefix(STATE)?.strip_prefix('/').map(str::to_owned);
        let named: Vec<(String, &Kept)> =
            self.files.values().filter_map(|file| Some((below(&file.name)?, file))).collect();
        let files: Vec<(&str, &Kept)> = named.iter().map(|(name, file)| (name.as_str(), *file)).collect();
        write_all(disk, folder, &files)?;
        for name in [ITEMS, PENDING] {
            let path = folder.join(name);
            if !path.exists() {
                disk.create_dir(&path)?;
            }
        }
        disk.sync_dir(folder)?;
        let not_whole = |why: String| KitFault::State(why);
        let state = State::look(disk, folder).map_err(|error| not_whole(error.to_string()))?;
        let chain = Chain::from_bytes(self.journal()).map_err(|error| not_whole(error.to_string()))?;
        chain.holds(&state.record).map_err(|error| not_whole(error.to_string()))?;
        let roots = state.record.roots.iter().map(|root| root.sha256);
        let crls = state.record.signed_crls.iter().map(|crl| crl.sha256);
        for sha256 in roots.chain(crls) {
            state.item(&sha256).map_err(|error| not_whole(error.to_string()))?;
        }
        Ok(())
    }
}

/// The paths of all files below a folder of a kit, its list of digests aside.
fn names_below(kit: &Path, within: &str, depth: usize, found: &mut Vec<String>) -> Result<(), KitFault> {
    let folder: PathBuf = if within.is_empty() { kit.to_owned() } else { kit.join(within) };
    let failed = |error| KitFault::Disk(DiskError::new("read", &folder, error));
    for entry in fs::read_dir(&folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let own = entry.file_name();
        let name = match within {
            "" => own.to_string_lossy().into_owned(),
            within => format!("{within}/{}", own.to_string_lossy()),
        };
        // Of the entry itself, and not of what a link leads to.
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() && depth < DEPTH_MAX {
            names_below(kit, &name, depth + 1, found)?;
        } else if !kind.is_file() {
            let why = "it is no regular file, or a folder too deep".to_owned();
            return Err(KitFault::Unfit { name, why });
        } else if name != SUMS {
            found.push(name);
        }
        if found.len() > FILES_MAX {
            return Err(KitFault::TooLarge);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rootcast_host::disk::RealDisk;

    use super::*;

    /// A state with one item that nothing names, and a kit of it.
    fn kit(folder: &Path) -> (PathBuf, PathBuf) {
        let (state, kit) = (folder.join("state"), folder.join("kit"));
        let made = State::create_or_open(&RealDisk, &state, "a test", &[]).unwrap();
        made.commit().unwrap();
        drop(made);
        for (name, text) in [(JOURNAL, ""), ("items/ab.der", "item"), ("lock", "1")] {
            fs::write(state.join(name), text).unwrap();
        }
        fs::set_permissions(state.join("items/ab.der"), Permissions::from_mode(0o600)).unwrap();
        let site = vec![("site.toml".to_owned(), b"[key]".to_vec())];
        let (text, places, at_hand) =
            ("what to do".to_owned(), Some(b"a safe".to_vec()), vec![(ROOT, b"root".to_vec())]);
        let made = Kit { state: &state, site, text, at_hand, places };
        assert_eq!(made.write(&RealDisk, &kit).unwrap(), 7);
        let checked = CheckedKit::read(&kit).unwrap();
        assert!(checked.has(ROOT) && !checked.has(LAST_CRL));
        assert!(made.write(&RealDisk, &kit).is_err(), "a kit is never written over");
        (state, kit)
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_kit_gives_the_state_back_with_its_modes() {
        let folder = tempfile::tempdir().unwrap();
        let (_, kit) = kit(folder.path());
        let new = folder.path().join("new");
        // What a run left that was killed.
        fs::create_dir(folder.path().join(".new.from-kit")).unwrap();
        CheckedKit::read(&kit).unwrap().install_state(&RealDisk, &new).unwrap();
        assert_eq!(fs::read(new.join("items/ab.der")).unwrap(), b"item");
        assert_eq!((mode(&kit.join("state/items/ab.der")), mode(&new.join("items/ab.der"))), (0o600, 0o600));
        assert!(!new.join("lock").exists() && new.join(PENDING).is_dir());
        assert!(!folder.path().join(".new.from-kit").exists());
        // A medium without modes gives everything to everybody.
        fs::set_permissions(kit.join("state/items/ab.der"), Permissions::from_mode(0o777)).unwrap();
        let wide = folder.path().join("wide");
        CheckedKit::read(&kit).unwrap().install_state(&RealDisk, &wide).unwrap();
        assert_eq!(mode(&wide.join("items/ab.der")), 0o644);
    }

    #[test]
    fn a_kit_is_whole_or_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (state, good) = kit(folder.path());
        let secret = folder.path().join("secret");
        fs::create_dir(&secret).unwrap();
        fs::copy(good.join("state/items/ab.der"), secret.join("ab.der")).unwrap();
        fs::write(secret.join("key"), "of this host").unwrap();
        let sums = fs::read_to_string(good.join(SUMS)).unwrap();
        let link = |to: &Path, path: &Path| std::os::unix::fs::symlink(to, path);
        type Change<'c> = &'c dyn Fn(&Path);
        let changes: [(&str, Change<'_>); 15] = [
            ("not as SHA256SUMS has it", &|kit| fs::write(kit.join("site/site.toml"), "[key] ").unwrap()),
            ("no SHA256SUMS", &|kit| fs::write(kit.join(SUMS), "").unwrap_or_default()),
            ("does not have the file", &|kit| {
                fs::write(kit.join(SUMS), sums.lines().next().unwrap().to_owned() + "\n").unwrap()
            }),
            ("no SHA256SUMS", &|kit| fs::write(kit.join(SUMS), &sums[..sums.len() - 1]).unwrap()),
            ("no SHA256SUMS", &|kit| fs::write(kit.join(SUMS), sums.clone() + &sums).unwrap()),
            ("no SHA256SUMS", &|kit| fs::remove_file(kit.join(SUMS)).unwrap()),
            ("lacks the file", &|kit| {
                fs::write(kit.join(SUMS), sums.clone() + &format!("{}  ../state/lock\n", Digest::of(b"1"))).unwrap();
            }),
            ("lacks the file state/items/ab.der", &|kit| fs::remove_file(kit.join("state/items/ab.der")).unwrap()),
            ("does not have the file more", &|kit| fs::write(kit.join("more"), "").unwrap()),
            ("no regular file", &|kit| {
                fs::remove_dir_all(kit.join("state/items")).unwrap();
                link(&secret, &kit.join("state/items")).unwrap();
            }),
            ("no regular file", &|kit| {
                fs::remove_file(kit.join("places.txt")).unwrap();
                link(Path::new("/dev/zero"), &kit.join("places.txt")).unwrap();
            }),
            ("no SHA256SUMS", &|kit| {
                fs::remove_file(kit.join(SUMS)).unwrap();
                link(Path::new("/dev/zero"), &kit.join(SUMS)).unwrap();
            }),
            ("no regular file", &|kit| {
                let path = kit.join("state/journal.jsonl");
                fs::remove_file(&path).unwrap();
                rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RUSR).unwrap();
            }),
            ("more than", &|kit| {
                let file = fs::File::create(kit.join("places.txt")).unwrap();
                file.set_len(FILE_SIZE_MAX + 1).unwrap();
            }),
            ("too deep", &|kit| fs::create_dir_all(kit.join("state/items/deeper/still")).unwrap()),
        ];
        for (number, (says, change)) in changes.iter().enumerate() {
            let kit = folder.path().join(format!("kit-{number}"));
            Kit {
                state: &state,
                site: vec![("site.toml".to_owned(), b"[key]".to_vec())],
                text: "what to do".to_owned(),
                at_hand: Vec::new(),
                places: Some(b"a safe".to_vec()),
            }
            .write(&RealDisk, &kit)
            .unwrap();
            change(&kit);
            let fault = CheckedKit::read(&kit).unwrap_err().to_string();
            assert!(fault.contains(says), "{number}: {fault}");
        }
        assert!(CheckedKit::read(Path::new("/dev/zero")).is_err());
        assert!(CheckedKit::read(&good).is_ok());
    }

    #[test]
    fn a_kit_whose_state_is_not_whole_leaves_no_state() {
        let folder = tempfile::tempdir().unwrap();
        let (_, kit) = kit(folder.path());
        let new = folder.path().join("new");
        // Sums that fit do not help.
        for (name, text) in [("state/state.json", "{}\n"), ("state/journal.jsonl", "{\"x\":1}\n")] {
            let before = fs::read(kit.join(name)).unwrap();
            let sums = fs::read_to_string(kit.join(SUMS)).unwrap();
            fs::write(kit.join(name), text).unwrap();
            let [old, changed] = [&before, text.as_bytes()].map(|bytes| Digest::of(bytes).to_string());
            fs::write(kit.join(SUMS), sums.replace(&format!("{old}  {name}"), &format!("{changed}  {name}"))).unwrap();
            let fault = CheckedKit::read(&kit).unwrap().install_state(&RealDisk, &new).unwrap_err();
            assert!(matches!(fault, KitFault::State(_)), "{name}: {fault}");
            assert!(!new.exists() && !folder.path().join(".new.from-kit").exists());
            fs::write(kit.join(name), before).unwrap();
            fs::write(kit.join(SUMS), sums).unwrap();
        }
        CheckedKit::read(&kit).unwrap().install_state(&RealDisk, &new).unwrap();
    }
}

//! A disk whose power can be cut after any operation.
//!
//! Operations go to a real folder, so that the program under test can read what it wrote, and are recorded. Afterwards
//! [`CrashDisk::left_after`] rebuilds in a fresh folder what a machine would find after a power cut behind operation n,
//! under the assumption of one [`Cut`]. Only what goes through [`Disk`] is recorded: a lock file, say, is not there.

mod remains;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rootcast_host::disk::{Disk, DiskError, RealDisk};

use remains::Remains;

/// What the disk kept of operations that nobody waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Everything: the kindest disk.
    KeepsAll,
    /// Only what was synced: a file's bytes by `sync_file`, a name by `sync_dir` of its folder; a rename that was not
    /// synced leaves the old name.
    KeepsSynced,
    /// Of the rest, some: each name change or not, each file's bytes whole, old, or cut somewhere. By this seed.
    KeepsSome(u64),
}

/// One operation as it was recorded, with paths below the disk's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// A folder was created.
    CreateDir(PathBuf),
    /// A file was created with these bytes.
    WriteNew(PathBuf, Vec<u8>),
    /// Bytes were appended to a file.
    Append(PathBuf, Vec<u8>),
    /// A file was cut to this many bytes.
    Truncate(PathBuf, u64),
    /// A file's bytes were waited for.
    SyncFile(PathBuf),
    /// A folder's names were waited for.
    SyncDir(PathBuf),
    /// A file got a second name.
    HardLink(PathBuf, PathBuf),
    /// A symbolic link with this target was created.
    Symlink(PathBuf, PathBuf),
    /// Something was renamed.
    Rename(PathBuf, PathBuf),
    /// A name was removed.
    Remove(PathBuf),
    /// A folder and everything below was removed.
    RemoveAll(PathBuf),
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateDir(path) => write!(f, "create folder {}", path.display()),
            Self::WriteNew(path, bytes) => write!(f, "write {} bytes to new {}", bytes.len(), path.display()),
            Self::Append(path, bytes) => write!(f, "append {} bytes to {}", bytes.len(), path.display()),
            Self::Truncate(path, length) => write!(f, "cut {} to {length} bytes", path.display()),
            Self::SyncFile(path) => write!(f, "sync file {}", path.display()),
            Self::SyncDir(path) => write!(f, "sync folder {}", path.display()),
            Self::HardLink(from, to) => write!(f, "link {} as {}", from.display(), to.display()),
            Self::Symlink(target, link) => write!(f, "point {} to {}", link.display(), target.display()),
            Self::Rename(from, to) => write!(f, "rename {} to {}", from.display(), to.display()),
            Self::Remove(path) => write!(f, "remove {}", path.display()),
            Self::RemoveAll(path) => write!(f, "remove all of {}", path.display()),
        }
    }
}

/// The disk. Clones are the same disk.
#[derive(Debug, Clone)]
pub struct CrashDisk {
    folder: PathBuf,
    before: Arc<Remains>,
    operations: Arc<Mutex<Vec<Operation>>>,
}

impl CrashDisk {
    /// A disk over `folder`; what is in it now is safe.
    #[must_use]
    pub fn over(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), before: Arc::new(Remains::read(folder)), operations: Arc::default() }
    }

    /// What was done so far, in order.
    #[must_use]
    pub fn operations(&self) -> Vec<Operation> {
        self.operations.lock().expect("operations").clone()
    }

    /// Writes to the empty folder `into` what is left after a power cut behind the first `count` operations.
    pub fn left_after(&self, count: usize, cut: Cut, into: &Path) {
        let mut remains = Remains::clone(&self.before);
        for operation in self.operations.lock().expect("operations").iter().take(count) {
            remains.apply(operation);
        }
        remains.write(cut, into);
    }

    fn record(&self, done: Result<(), DiskError>, operation: impl FnOnce() -> Operation) -> Result<(), DiskError> {
        if done.is_ok() {
            self.operations.lock().expect("operations").push(operation());
        }
        done
    }

    fn below(&self, path: &Path) -> PathBuf {
        let below = path.strip_prefix(&self.folder);
        below.unwrap_or_else(|_| panic!("{} is outside {}", path.display(), self.folder.display())).to_owned()
    }
}

impl Disk for CrashDisk {
    fn create_dir(&self, path: &Path) -> Result<(), DiskError> {
        self.record(RealDisk.create_dir(path), || Operation::CreateDir(self.below(path)))
    }

    fn write_new(&self, path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
        self.record(RealDisk.write_new(path, bytes), || Operation::WriteNew(self.below(path), bytes.to_vec()))
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
        self.record(RealDisk.append(path, bytes), || Operation::Append(self.below(path), bytes.to_vec()))
    }

    fn truncate(&self, path: &Path, length: u64) -> Result<(), DiskError> {
        self.record(RealDisk.truncate(path, length), || Operation::Truncate(self.below(path), length))
    }

    fn sync_file(&self, path: &Path) -> Result<(), DiskError> {
        self.record(RealDisk.sync_file(path), || Operation::SyncFile(self.below(path)))
    }

    fn sync_dir(&self, path: &Path) -> Result<(), DiskError> {
        self.record(RealDisk.sync_dir(path), || Operation::SyncDir(self.below(path)))
    }

    fn hard_link(&self, from: &Path, to: &Path) -> Result<(), DiskError> {
        self.record(RealDisk.hard_link(from, to), || Operation::HardLink(self.below(from), self.below(to)))
    }

    fn symlink(&self, target: &Path, link: &Path) -> Result<(), DiskError> {
        self.record(RealDisk.symlink(target, link), || Operation::Symlink(target.to_owned(), self.below(link)))
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<(), DiskError> {
        self.record(RealDisk.rename(from, to), || Operation::Rename(self.below(from), self.below(to)))
    }

    fn remove_file(&self, path: &Path) -> Result<(), DiskError> {
        self.record(RealDisk.remove_file(path), || Operation::Remove(self.below(path)))
    }

    fn remove_dir_all(&self, path: &Path) -> Result<(), DiskError> {
        self.record(RealDisk.remove_dir_all(path), || Operation::RemoveAll(self.below(path)))
    }
}

#[cfg(test)]
mod tests {
    use super::{CrashDisk, Cut};
    use crate::scratch::{Scratch, tree};
    use rootcast_host::disk::Disk;

    fn left(disk: &CrashDisk, count: usize, cut: Cut) -> Vec<(String, Vec<u8>)> {
        let into = Scratch::new();
        disk.left_after(count, cut, into.folder());
        tree(into.folder()).into_iter().map(|(path, bytes)| (path.display().to_string(), bytes)).collect()
    }

    #[test]
    fn what_was_not_synced_is_gone_and_a_rename_not_synced_leaves_the_old_name() {
        let scratch = Scratch::new();
        let path = scratch.file("state", "old");
        let disk = CrashDisk::over(scratch.folder());
        disk.replace(&path, b"new").unwrap();
        let names: Vec<_> = disk.operations();
        assert_eq!(names.len(), 4, "write, sync, rename, sync of the folder: {names:?}");
        assert_eq!(left(&disk, 3, Cut::KeepsSynced), [("state".to_owned(), b"old".to_vec())]);
        assert_eq!(left(&disk, 3, Cut::KeepsAll), [("state".to_owned(), b"new".to_vec())]);
        assert_eq!(left(&disk, 4, Cut::KeepsSynced), [("state".to_owned(), b"new".to_vec())]);
        for seed in 0..40 {
            for count in 0..=4 {
                let found = left(&disk, count, Cut::KeepsSome(seed));
                let state = found.iter().find(|(name, _)| name == "state").expect("never without a state");
                assert!(state.1 == b"old" || state.1 == b"new", "{seed} {count} {found:?}");
            }
        }
    }

    #[test]
    fn a_rename_without_syncing_the_file_first_is_caught() {
        let scratch = Scratch::new();
        let path = scratch.file("state", "old");
        let disk = CrashDisk::over(scratch.folder());
        disk.write_new(&scratch.path("state.new"), b"new").unwrap();
        disk.rename(&scratch.path("state.new"), &path).unwrap();
        let torn = (0..40).any(|seed| {
            left(&disk, 2, Cut::KeepsSome(seed)).iter().any(|(name, bytes)| name == "state" && bytes.len() < 3)
        });
        assert!(torn, "a careless rename should leave a torn file for some seed");
    }

    #[test]
    fn a_file_in_a_new_folder_needs_both_folders_synced() {
        let scratch = Scratch::new();
        let disk = CrashDisk::over(scratch.folder());
        let folder = scratch.path("generation");
        disk.create_dir(&folder).unwrap();
        disk.write_new_synced(&folder.join("a"), b"a").unwrap();
        disk.sync_dir(&folder).unwrap();
        assert_eq!(left(&disk, 4, Cut::KeepsSynced), []);
        disk.sync_dir(scratch.folder()).unwrap();
        assert_eq!(left(&disk, 5, Cut::KeepsSynced), [("generation/a".to_owned(), b"a".to_vec())]);
    }
}

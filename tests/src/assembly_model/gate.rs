//! The way from a complete object to the published tree, for the runs that go so far.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rootcast_host::disk::{Disk, DiskError, RealDisk};
use rootcast_online::gate::judge_object;
use rootcast_online::publication::State;
use rootcast_online::reception::assembly::CompleteObject;
use rootcast_protocol::manifest::ItemKind;

use super::sender::Truth;
use crate::forged::object_of;
use crate::scratch::tree;
use crate::seeds::Chance;
use crate::sides::Sides;

/// What all runs share: an enrolled state to begin from, and signed CRLs.
pub struct World {
    sides: Sides,
    /// The CRLs by rising number, each with the object that carries it.
    signed: Vec<(Vec<u8>, Truth)>,
    /// The time at which runs begin.
    pub(super) now: i64,
}

impl World {
    /// A fresh one.
    #[must_use]
    pub fn new() -> Self {
        let sides = Sides::enrolled();
        let mut chance = Chance::new(7);
        // Every CRL holds the entries of those before it.
        let mut entries = Vec::new();
        let signed = [0, 1, 20, 60, 150]
            .into_iter()
            .zip(1_u32..)
            .map(|(more, number)| {
                entries.extend((0..more).map(|_| chance.serial()));
                let crl = sides.crl_of_the_minute(number, &entries);
                let truth = Truth::of(object_of(&[(ItemKind::Crl, "root.crl", &crl)]));
                (crl, truth)
            })
            .collect();
        Self { signed, now: sides.root.now, sides }
    }

    pub(super) fn truth(&self, chance: &mut Chance) -> Truth {
        self.signed[chance.below(self.signed.len())].1.clone()
    }

    fn number_of(&self, crl: &[u8]) -> Option<usize> {
        self.signed.iter().position(|(signed, _)| signed == crl)
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a world with {} CRLs", self.signed.len())
    }
}

/// A state and what was published from it.
pub(super) struct Gate<'w> {
    world: &'w World,
    folder: PathBuf,
    state: State,
    /// The newest CRL published so far, by its place in the world.
    newest: Option<usize>,
}

impl<'w> Gate<'w> {
    pub(super) fn open(world: &'w World, folder: &Path) -> Result<Self, String> {
        let folder = folder.join("state");
        copy(&world.sides.online, &folder);
        let state = state_of(&folder)?;
        Ok(Self { world, folder, state, newest: None })
    }

    pub(super) fn symbols_folder(&self) -> PathBuf {
        self.state.symbols_folder()
    }

    pub(super) fn reopened(self) -> Result<Self, String> {
        let Self { world, folder, state, newest, .. } = self;
        drop(state);
        let state = state_of(&folder)?;
        let gate = Self { world, folder, state, newest };
        gate.look().map(|_| gate)
    }

    pub(super) fn judge(&mut self, complete: &CompleteObject, now: i64) -> Result<(), String> {
        judge_object(&mut self.state, complete, &[], now).map_err(|e| e.to_string())?;
        let found = self.look()?;
        if found < self.newest {
            return Err(format!("CRL {found:?} is published after {:?}", self.newest));
        }
        self.newest = found;
        Ok(())
    }

    /// Which CRL is published. Anything that was not signed is an error.
    fn look(&self) -> Result<Option<usize>, String> {
        let crls = tree(&self.folder.join("published/crl"));
        let mut found = None;
        for (path, bytes) in crls.iter().filter(|(path, _)| path.extension().is_some_and(|e| e == "crl")) {
            let number = self.world.number_of(bytes);
            found = Some(number.ok_or_else(|| format!("{} is not what was signed", path.display()))?);
        }
        match tree(&self.folder.join("published/ca")).as_slice() {
            [] => Ok(found),
            more => Err(format!("{} certificates are published, and none was sent", more.len())),
        }
    }

    /// The newest of what was sent and completed is published: everything was, in the end.
    pub(super) fn conclude(self, truths: &[Truth]) -> Result<(), String> {
        let places = self.world.signed.iter().enumerate();
        let sent = places.filter(|(_, (_, truth))| truths.iter().any(|sent| sent.object == truth.object));
        let expected = sent.map(|(place, _)| place).max();
        let found = self.look()?;
        (found == expected).then_some(()).ok_or_else(|| format!("CRL {found:?} is published, {expected:?} should be"))
    }
}

fn state_of(folder: &Path) -> Result<State, String> {
    State::open(folder, Box::new(UnsyncedDisk), "a model").map_err(|e| e.to_string())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a state") {
        let entry = entry.expect("an entry");
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_symlink() {
            symlink(fs::read_link(&path).expect("a link"), &target).expect("a link");
        } else if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a file");
        }
    }
}

/// The real disk without its waiting: power cuts are `crash_disk`'s matter.
struct UnsyncedDisk;

impl Disk for UnsyncedDisk {
    fn create_dir(&self, path: &Path) -> Result<(), DiskError> {
        RealDisk.create_dir(path)
    }

    fn write_new(&self, path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
        RealDisk.write_new(path, bytes)
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
        RealDisk.append(path, bytes)
    }

    fn truncate(&self, path: &Path, length: u64) -> Result<(), DiskError> {
        RealDisk.truncate(path, length)
    }

    fn sync_file(&self, _: &Path) -> Result<(), DiskError> {
        Ok(())
    }

    fn sync_dir(&self, _: &Path) -> Result<(), DiskError> {
        Ok(())
    }

    fn hard_link(&self, from: &Path, to: &Path) -> Result<(), DiskError> {
        RealDisk.hard_link(from, to)
    }

    fn symlink(&self, target: &Path, link: &Path) -> Result<(), DiskError> {
        RealDisk.symlink(target, link)
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<(), DiskError> {
        RealDisk.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> Result<(), DiskError> {
        RealDisk.remove_file(path)
    }

    fn remove_dir_all(&self, path: &Path) -> Result<(), DiskError> {
        RealDisk.remove_dir_all(path)
    }
}

//! Files and folders in memory, each with what is there now and what is safe.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use super::{Cut, Operation};
use crate::seeds::Chance;

/// The number of a file, folder or link, whatever its names.
type Node = usize;
type Names = BTreeMap<OsString, Node>;

/// Changes of names that belong together: folder, name, and what the name means afterwards.
type Change = Vec<(Node, OsString, Option<Node>)>;

#[derive(Debug, Clone)]
enum Thing {
    File { now: Vec<u8>, safe: Vec<u8> },
    Folder { now: Names, safe: Names },
    Link { target: PathBuf },
}

/// A folder and everything below it.
#[derive(Debug, Clone)]
pub(super) struct Remains {
    things: Vec<Thing>,
    /// Changes of names that were not synced yet, oldest first.
    pending: Vec<Change>,
}

const ROOT: Node = 0;

impl Remains {
    /// What is in `folder` now, all of it safe.
    pub(super) fn read(folder: &Path) -> Self {
        let mut remains = Self { things: Vec::new(), pending: Vec::new() };
        remains.take(folder);
        remains
    }

    fn take(&mut self, path: &Path) -> Node {
        let node = self.things.len();
        let kind = fs::symlink_metadata(path).expect("something to read");
        if kind.is_dir() {
            self.things.push(Thing::Folder { now: Names::new(), safe: Names::new() });
            let mut names = Names::new();
            for entry in fs::read_dir(path).expect("a folder") {
                let entry = entry.expect("an entry");
                names.insert(entry.file_name(), self.take(&entry.path()));
            }
            self.things[node] = Thing::Folder { now: names.clone(), safe: names };
        } else if kind.is_symlink() {
            self.things.push(Thing::Link { target: fs::read_link(path).expect("a link") });
        } else {
            let bytes = fs::read(path).expect("a file");
            self.things.push(Thing::File { now: bytes.clone(), safe: bytes });
        }
        node
    }

    /// Does `operation` once more, in memory.
    pub(super) fn apply(&mut self, operation: &Operation) {
        match operation {
            Operation::CreateDir(path) => self.add(path, Thing::Folder { now: Names::new(), safe: Names::new() }),
            Operation::WriteNew(path, bytes) => self.add(path, Thing::File { now: bytes.clone(), safe: Vec::new() }),
            Operation::Append(path, bytes) => match self.find(path) {
                Some(node) => self.file(node).0.extend_from_slice(bytes),
                None => self.add(path, Thing::File { now: bytes.clone(), safe: Vec::new() }),
            },
            Operation::Truncate(path, length) => {
                let node = self.must_find(path);
                self.file(node).0.resize(usize::try_from(*length).expect("a length"), 0);
            }
            Operation::SyncFile(path) => {
                let node = self.must_find(path);
                if let Thing::File { now, safe } = &mut self.things[node] {
                    safe.clone_from(now);
                }
            }
            Operation::SyncDir(path) => {
                let folder = self.must_find(path);
                self.sync_names(folder);
            }
            Operation::HardLink(from, to) => {
                let node = self.must_find(from);
                let (folder, name) = self.place(to);
                self.change(vec![(folder, name, Some(node))]);
            }
            Operation::Symlink(target, link) => self.add(link, Thing::Link { target: target.clone() }),
            Operation::Rename(from, to) => {
                let (old_folder, old_name) = self.place(from);
                // A link that is renamed is not followed.
                let node = self.names(old_folder).0.get(&old_name).copied().expect("something to rename");
                let (folder, name) = self.place(to);
                self.change(vec![(folder, name, Some(node)), (old_folder, old_name, None)]);
            }
            Operation::Remove(path) | Operation::RemoveAll(path) => {
                let (folder, name) = self.place(path);
                self.change(vec![(folder, name, None)]);
            }
        }
    }

    /// Writes what `cut` leaves to the empty folder `into`.
    pub(super) fn write(mut self, cut: Cut, into: &Path) {
        let mut chance = Chance::new(0);
        if let Cut::KeepsSome(seed) = cut {
            chance = Chance::new(seed);
            for change in std::mem::take(&mut self.pending) {
                if chance.happens(0.5) {
                    change.into_iter().for_each(|(folder, name, node)| set(self.names(folder).1, name, node));
                }
            }
        }
        self.write_folder(ROOT, cut, &mut chance, into);
    }

    fn write_folder(&self, folder: Node, cut: Cut, chance: &mut Chance, into: &Path) {
        let Thing::Folder { now, safe } = &self.things[folder] else { panic!("no folder") };
        for (name, node) in if cut == Cut::KeepsAll { now } else { safe } {
            let path = into.join(name);
            match &self.things[*node] {
                Thing::File { now, safe } => {
                    let bytes = match cut {
                        Cut::KeepsAll => now.clone(),
                        Cut::KeepsSynced => safe.clone(),
                        Cut::KeepsSome(_) => some_bytes(now, safe, chance),
                    };
                    fs::write(&path, bytes).expect("a file that is left");
                }
                Thing::Link { target } => std::os::unix::fs::symlink(target, &path).expect("a link that is left"),
                Thing::Folder { .. } => {
                    fs::create_dir(&path).expect("a folder that is left");
                    self.write_folder(*node, cut, chance, &path);
                }
            }
        }
    }

    fn add(&mut self, path: &Path, thing: Thing) {
        let (folder, name) = self.place(path);
        let node = self.things.len();
        self.things.push(thing);
        self.change(vec![(folder, name, Some(node))]);
    }

    fn change(&mut self, change: Change) {
        for (folder, name, node) in &change {
            set(self.names(*folder).0, name.clone(), *node);
        }
        self.pending.push(change);
    }

    /// A sync of a folder makes the changes safe that touch it; a rename out of or into it is one change.
    fn sync_names(&mut self, synced: Node) {
        let (now, later): (Vec<Change>, Vec<Change>) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|change| change.iter().any(|(folder, _, _)| *folder == synced));
        self.pending = later;
        for (folder, name, node) in now.into_iter().flatten() {
            set(self.names(folder).1, name, node);
        }
    }

    fn find(&self, path: &Path) -> Option<Node> {
        self.follow(path, 0)
    }

    fn follow(&self, path: &Path, depth: usize) -> Option<Node> {
        assert!(depth < 10, "links in a circle: {}", path.display());
        let mut at = ROOT;
        let mut walked = PathBuf::new();
        for part in path.components() {
            let Thing::Folder { now, .. } = &self.things[at] else { return None };
            at = *now.get(part.as_os_str())?;
            if let Thing::Link { target } = &self.things[at] {
                at = self.follow(&walked.join(target), depth + 1)?;
            }
            walked.push(part);
        }
        Some(at)
    }

    fn must_find(&self, path: &Path) -> Node {
        self.find(path).unwrap_or_else(|| panic!("{} was never created", path.display()))
    }

    /// The folder and the name of a path; a link at its end is not followed.
    fn place(&self, path: &Path) -> (Node, OsString) {
        let name: &OsStr = path.file_name().expect("a name");
        (self.must_find(path.parent().expect("a folder")), name.to_owned())
    }

    fn file(&mut self, node: Node) -> (&mut Vec<u8>, &mut Vec<u8>) {
        match &mut self.things[node] {
            Thing::File { now, safe } => (now, safe),
            other => panic!("no file: {other:?}"),
        }
    }

    fn names(&mut self, node: Node) -> (&mut Names, &mut Names) {
        match &mut self.things[node] {
            Thing::Folder { now, safe } => (now, safe),
            other => panic!("no folder: {other:?}"),
        }
    }
}

fn set(names: &mut Names, name: OsString, node: Option<Node>) {
    match node {
        Some(node) => names.insert(name, node),
        None => names.remove(&name),
    };
}

/// The old bytes, the new ones, or new ones that end too early.
fn some_bytes(now: &[u8], safe: &[u8], chance: &mut Chance) -> Vec<u8> {
    if now == safe {
        return now.to_vec();
    }
    match chance.below(3) {
        0 => safe.to_vec(),
        1 => now.to_vec(),
        _ => now[..chance.below(now.len() + 1)].to_vec(),
    }
}

//! The folder of a state directory: is it empty before it becomes one, or does it hold something else? And is it still the
//! same one later?

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

use crate::diagnosis::{Diagnosis, Label};

/// A folder that is known whatever happens to its name: no other one gets its number as long as this has it.
#[derive(Debug)]
pub struct KnownFolder(File);

impl KnownFolder {
    /// Takes note of the folder that a path names. Nothing is read of it.
    ///
    /// # Errors
    /// When there is no such folder.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let flags = (OFlags::PATH | OFlags::DIRECTORY).bits().cast_signed();
        OpenOptions::new().read(true).custom_flags(flags).open(folder).map(Self)
    }

    /// Whether a path names this folder. It does not any more where the folder was removed or moved, or another one put in its
    /// place.
    #[must_use]
    pub fn is_at(&self, path: &Path) -> bool {
        let identity = |found: io::Result<fs::Metadata>| found.ok().map(|found| (found.dev(), found.ino()));
        let known = identity(self.0.metadata());
        known.is_some() && known == identity(path.metadata())
    }
}

/// The first name in `folder` that is neither one of `own` nor a file of `named`, those on the command line; nothing
/// if there is none or no folder. `lost+found` is in the way of nobody: it marks the top of a file system.
#[must_use]
pub fn foreign_file(folder: &Path, own: &[&str], named: &[&Path]) -> Option<String> {
    let named: Vec<_> = named.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let mut foreign: Vec<String> = fs::read_dir(folder)
        .ok()?
        .flatten()
        .filter(|entry| !named.contains(&entry.path().canonicalize().unwrap_or_default()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name != "lost+found" && !own.contains(&name.as_str()))
        .collect();
    foreign.sort_unstable();
    foreign.into_iter().next()
}

/// The diagnosis of a folder that holds `foreign_file`; `what` says what was not done.
#[must_use]
pub fn occupied(folder: &Path, foreign_file: &str, what: &str) -> Diagnosis {
    let other = match foreign_file {
        "generations" | "published" | "receipts" | "symbols" | "enrolled" => ": it is an online state",
        "items" | "intents" | "bundles" | "journal.jsonl" | "state.json" => ": it is an offline state",
        _ => "",
    };
    Diagnosis::new(
        Label::OutputExists,
        what,
        format!(
            "{} is not a state directory of this program and already holds {foreign_file}{other}.",
            folder.display()
        ),
        "Name an empty folder, or one that does not exist yet, with --state.",
    )
}

#[cfg(test)]
mod tests {
    use super::{KnownFolder, foreign_file};

    #[test]
    fn only_what_belongs_to_nobody_here_is_foreign() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root.crt");
        for name in ["lock", "lost+found", "root.crt"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(foreign_file(folder.path(), &["lock"], &[&root]), None);
        assert_eq!(foreign_file(folder.path(), &["lock"], &[]), Some("root.crt".to_owned()));
        assert_eq!(foreign_file(&folder.path().join("none"), &[], &[]), None);
    }

    #[test]
    fn a_folder_is_known_whatever_happens_to_its_name_and_to_what_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let (state, moved) = (folder.path().join("state"), folder.path().join("moved"));
        assert!(KnownFolder::open(&state).is_err());
        std::fs::create_dir(&state).unwrap();
        std::fs::write(state.join("lock"), "").unwrap();
        let known = KnownFolder::open(&state).unwrap();
        std::fs::remove_file(state.join("lock")).unwrap();
        assert!(known.is_at(&state));
        std::fs::rename(&state, &moved).unwrap();
        assert!(!known.is_at(&state) && known.is_at(&moved));
        std::fs::create_dir(&state).unwrap();
        assert!(!known.is_at(&state));
        // Its number is not given to another one.
        std::fs::remove_dir(&moved).unwrap();
        std::fs::create_dir(&moved).unwrap();
        assert!(!known.is_at(&moved));
    }
}

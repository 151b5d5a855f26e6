//! A folder that lasts as long as the test, or longer when `ROOTCAST_KEEP` is set and somebody wants to look.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A scratch folder, removed when dropped.
#[derive(Debug)]
pub struct Scratch {
    folder: TempDir,
}

impl Scratch {
    /// An empty folder.
    #[must_use]
    pub fn new() -> Self {
        let mut folder = tempfile::Builder::new().prefix("rootcast-").tempdir().expect("a folder for this test");
        if std::env::var_os("ROOTCAST_KEEP").is_some() {
            folder.disable_cleanup(true);
            eprintln!("kept: {}", folder.path().display());
        }
        Self { folder }
    }

    /// The folder itself.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A path in it; nothing is created.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file in it with these bytes.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("a folder for a file");
        }
        std::fs::write(&path, bytes).expect("a file of this test");
        path
    }

    /// A named pipe in it.
    #[must_use]
    pub fn pipe(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::from_raw_mode(0o600))
            .expect("a pipe of this test");
        path
    }

    /// An empty folder in it.
    #[must_use]
    pub fn subfolder(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(&path).expect("a folder of this test");
        path
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

/// Every file below `folder` with its bytes, links followed, sorted by path: two trees are equal when these are.
#[must_use]
pub fn tree(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&next) else { continue };
        for entry in entries {
            let path = entry.expect("an entry of a folder").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let bytes = std::fs::read(&path).expect("a file of a tree");
                found.push((path.strip_prefix(folder).expect("a path below").to_owned(), bytes));
            }
        }
    }
    found.sort();
    found
}

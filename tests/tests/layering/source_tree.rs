//! The sources that are checked: every crate of the workspace but the tests, and every file below
//! its `src`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The member where both sides meet; its own files have no rooms.
const NOT_CHECKED: &str = "tests";

/// A crate of the workspace.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    /// Its folder, for example `offline-side`.
    pub(crate) folder: String,
    /// Its name in a path, for example `rootcast_offline`.
    pub(crate) name: String,
}

impl Package {
    /// The folder of its sources, with a slash at the end.
    pub(crate) fn sources(&self) -> String {
        format!("{}/src/", self.folder)
    }
}

/// What the test reads: crates, and the text of each file by its path from the root of the
/// repository.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    pub(crate) packages: Vec<Package>,
    pub(crate) files: BTreeMap<String, String>,
}

impl Sources {
    /// The members of the workspace below `root`.
    pub(crate) fn of_repository(root: &Path) -> Self {
        let workspace = read(&root.join("Cargo.toml"));
        let mut sources = Self::default();
        for folder in members(&workspace) {
            if folder == NOT_CHECKED {
                continue;
            }
            let name = crate_name(&read(&root.join(&folder).join("Cargo.toml")));
            sources.add_folder(root, &format!("{folder}/src"));
            sources.packages.push(Package { folder, name });
        }
        sources
    }

    /// Sources that stand in a test: crates as folder and name, files as path and text.
    pub(crate) fn written(packages: &[(&str, &str)], files: &[(&str, &str)]) -> Self {
        let package = |&(folder, name): &(&str, &str)| Package { folder: folder.to_owned(), name: name.to_owned() };
        let file = |&(path, text): &(&str, &str)| (path.to_owned(), text.to_owned());
        Self { packages: packages.iter().map(package).collect(), files: files.iter().map(file).collect() }
    }

    fn add_folder(&mut self, root: &Path, folder: &str) {
        let entries = fs::read_dir(root.join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
        for entry in entries {
            let entry = entry.unwrap();
            let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                self.add_folder(root, &path);
            } else if path.ends_with(".rs") {
                let text = read(&entry.path());
                self.files.insert(path, text);
            }
        }
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The folders in `members = […]` of a workspace.
fn members(manifest: &str) -> Vec<String> {
    let (_, rest) = manifest.split_once("\nmembers = [").expect("the workspace lists its members");
    let (list, _) = rest.split_once(']').expect("the list of members ends");
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The name of a crate in a path: that of its library, or else that of its package.
fn crate_name(manifest: &str) -> String {
    let name = name_in(manifest, "[lib]").or_else(|| name_in(manifest, "[package]"));
    name.expect("a manifest has a name").replace('-', "_")
}

fn name_in(manifest: &str, section: &str) -> Option<String> {
    let mut lines = manifest.lines().skip_while(|line| line.trim() != section).skip(1);
    let line = lines.by_ref().take_while(|line| !line.starts_with('[')).find(|line| line.starts_with("name"))?;
    Some(line.split('"').nth(1)?.to_owned())
}

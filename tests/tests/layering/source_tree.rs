//! The sources that are checked: every crate of the workspace but the tests, and every file below
//! its `src`. For the question who uses a crate: these, and all that is tests.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The member where both sides meet; its own files have no rooms.
pub(crate) const NOT_CHECKED: &str = "tests";

/// A crate that is no member of the workspace.
const NO_MEMBER: &str = "fuzz";

/// Folders beside `src` whose files are crates of their own.
const BESIDE_SOURCES: [&str; 3] = ["tests", "examples", "fuzz_targets"];

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
    /// Whether code for tests is read too.
    pub(crate) with_tests: bool,
}

impl Sources {
    /// The members of the workspace below `root`.
    pub(crate) fn of_repository(root: &Path) -> Self {
        let mut sources = Self::default();
        for folder in members(root) {
            if folder != NOT_CHECKED {
                sources.add_package(root, folder);
            }
        }
        sources
    }

    /// The members of the workspace below `root`, the tests among them, and everything else that
    /// may use them.
    pub(crate) fn with_tests_of_repository(root: &Path) -> Self {
        let mut sources = Self { with_tests: true, ..Self::default() };
        for folder in members(root) {
            sources.add_beside(root, &folder);
            sources.add_package(root, folder);
        }
        sources.add_beside(root, NO_MEMBER);
        sources
    }

    /// Sources that stand in a test: crates as folder and name, files as path and text.
    pub(crate) fn written(packages: &[(&str, &str)], files: &[(&str, &str)]) -> Self {
        let package = |&(folder, name): &(&str, &str)| Package { folder: folder.to_owned(), name: name.to_owned() };
        let file = |&(path, text): &(&str, &str)| (path.to_owned(), text.to_owned());
        let (packages, files) = (packages.iter().map(package).collect(), files.iter().map(file).collect());
        Self { packages, files, with_tests: false }
    }

    /// Whether `path` is the first file of a crate that is no package: a test, an example.
    pub(crate) fn is_beside(path: &str) -> bool {
        let Some((folder, name)) = path.rsplit_once('/') else { return false };
        let folder = if name == "main.rs" { folder.rsplit_once('/').map_or("", |(folder, _)| folder) } else { folder };
        folder.split_once('/').is_some_and(|(_, kind)| BESIDE_SOURCES.contains(&kind))
    }

    fn add_package(&mut self, root: &Path, folder: String) {
        let name = crate_name(&read(&root.join(&folder).join("Cargo.toml")));
        self.add_folder(root, &format!("{folder}/src"));
        self.packages.push(Package { folder, name });
    }

    fn add_beside(&mut self, root: &Path, folder: &str) {
        for kind in BESIDE_SOURCES {
            let folder = format!("{folder}/{kind}");
            if root.join(&folder).is_dir() {
                self.add_folder(root, &folder);
            }
        }
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

/// The folders in `members = […]` of the workspace.
fn members(root: &Path) -> Vec<String> {
    let manifest = read(&root.join("Cargo.toml"));
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

//! Certificates, CRLs and photographs made by others. They are not part of the project: where they are absent, a test
//! says so loudly and stops.

use std::path::{Path, PathBuf};

/// The folder `name` of the corpora, from `ROOTCAST_CORPORA` or beside the project; says `SKIPPED` where it is absent.
#[must_use]
pub fn folder(name: &str) -> Option<PathBuf> {
    let corpora = std::env::var_os("ROOTCAST_CORPORA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora"), PathBuf::from);
    let folder = corpora.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    skipped(&format!("the corpus {name} is not there (set ROOTCAST_CORPORA to the folder that holds it)"));
    None
}

/// The folder `name` of the cases, which stand beside the corpora; says `SKIPPED` where it is absent.
#[must_use]
pub fn cases(name: &str) -> Option<PathBuf> {
    folder(&format!("../cases/{name}"))
}

/// Says that a test, or a part of it, did not run. Standard output and error of a passing test are not shown, so it is
/// written to a file of its own that `make test` prints at the end.
pub fn skipped(why: &str) {
    eprintln!("SKIPPED: {why}");
    let note = crate::program::folder().join("skipped.txt");
    let already = std::fs::read_to_string(&note).unwrap_or_default();
    if !already.lines().any(|line| line == why) {
        let _ = std::fs::write(&note, format!("{already}{why}\n"));
    }
}

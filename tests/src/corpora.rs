//! Certificates, CRLs and photographs made by others. They are not part of the project: where they are absent, a test
//! says so loudly and stops.

use std::path::{Path, PathBuf};

pub use crate::skipped::skipped;

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

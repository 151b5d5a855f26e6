//! A line of the listing that people sign, for scripts.

use serde::Serialize;

use crate::ceremony::folder::Line;

/// One file of a rehearsal's folder.
#[derive(Serialize)]
pub(super) struct FileDocument<'d> {
    path: &'d str,
    sha256: String,
    words: String,
}

impl<'d> From<&'d Line> for FileDocument<'d> {
    fn from(line: &'d Line) -> Self {
        Self { path: &line.path, sha256: line.sha256.to_string(), words: line.words() }
    }
}

//! Files that a ceremony's command makes: never in place of one that is there.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::disk::DiskError;

use crate::command::NOTHING_SENT;

/// Writes a file that is not there yet.
pub(super) fn write_new(path: &Path, text: &str) -> Result<(), Diagnosis> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => exists(path),
        _ => Diagnosis::new(
            Label::StorageFailed,
            format!("{} could not be written. {NOTHING_SENT}", path.display()),
            DiskError::new("write", path, error).to_string(),
            "Check the path and the room left on the disk, then run this command again.",
        ),
    })
}

/// The refusal to write what exists.
pub(super) fn exists(path: &Path) -> Diagnosis {
    Diagnosis::new(
        Label::OutputExists,
        format!("Nothing was written, and no key was used. {NOTHING_SENT}"),
        format!("{} exists already.", path.display()),
        "Name something that does not exist yet.",
    )
}

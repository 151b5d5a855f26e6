//! A file that one transmission makes: it must not exist before, or be empty, and is on the disk when the transmission has ended.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rootcast_host::link_name::{LinkName, LinkNameError};
use rootcast_host::sandbox::set_apart;

use super::error::LinkError;
use super::outlet::Outlet;

/// The file, open for writing.
#[derive(Debug)]
pub(super) struct OutputFile {
    path: PathBuf,
    file: File,
}

impl OutputFile {
    /// Makes it.
    pub(super) fn create(path: &Path) -> Result<Self, LinkError> {
        match OpenOptions::new().write(true).create_new(true).open(path).or_else(|error| empty_file(path, error)) {
            Ok(file) => match set_apart(file) {
                Ok(descriptor) => Ok(Self { path: path.to_owned(), file: descriptor.into() }),
                Err(source) => {
                    // Made a moment ago and empty; a file left behind is no harm.
                    let _ = std::fs::remove_file(path);
                    Err(LinkError::Storage { doing: "number the descriptor of", path: path.to_owned(), source })
                }
            },
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(LinkError::OutputExists { path: path.to_owned() })
            }
            Err(source) => Err(LinkError::Storage { doing: "create", path: path.to_owned(), source }),
        }
    }

    /// The open file.
    pub(super) fn outlet(&self) -> Outlet<'_> {
        Outlet::Descriptor(self.file.as_fd())
    }

    /// Writes all of `bytes`.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), LinkError> {
        let written = self.file.write_all(bytes);
        written.map_err(|source| LinkError::Storage { doing: "write", path: self.path.clone(), source })
    }

    /// Writes `bytes` over what is at `offset`.
    pub(super) fn write_again(&self, offset: u64, bytes: &[u8]) -> Result<(), LinkError> {
        let written = self.file.write_all_at(bytes, offset);
        written.map_err(|source| LinkError::Storage { doing: "write", path: self.path.clone(), source })
    }

    /// Returns when it is on the disk.
    pub(super) fn sync(&self) -> Result<(), LinkError> {
        let synced = self.file.sync_all();
        synced.map_err(|source| LinkError::Storage { doing: "sync", path: self.path.clone(), source })
    }

    /// Takes it away again, where nothing was sent.
    pub(super) fn withdraw(&self) {
        // Made by this run and without a frame. A process in the sandbox may not remove it; then it is left empty,
        // and an empty file stands in nobody's way.
        if std::fs::remove_file(&self.path).is_err() {
            let _ = self.file.set_len(0);
        }
    }
}

/// Whether this file can be made: nothing is there, or an empty file.
pub(super) fn check_free(path: &Path) -> Result<(), LinkError> {
    match path.symlink_metadata() {
        Ok(found) if !(found.is_file() && found.len() == 0) => Err(LinkError::OutputExists { path: path.to_owned() }),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// A file that is there and empty, in place of `error`, where that says that it is there: nothing is lost with it.
fn empty_file(path: &Path, error: io::Error) -> io::Result<File> {
    let is_empty = path.symlink_metadata().is_ok_and(|found| found.is_file() && found.len() == 0);
    if error.kind() != io::ErrorKind::AlreadyExists || !is_empty {
        return Err(error);
    }
    // It may be another one by now: what is open is looked at again, and a pipe in its place is not waited for.
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let file = OpenOptions::new().write(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    let is_still_empty = file.metadata().is_ok_and(|found| found.is_file() && found.len() == 0);
    if is_still_empty { Ok(file) } else { Err(error) }
}

/// The file that a link such as `qr:gif=FILE` names.
pub(super) fn named_file(name: &LinkName, file: &str) -> Result<PathBuf, LinkNameError> {
    if file.is_empty() {
        return Err(name.wrong("no file is named"));
    }
    Ok(PathBuf::from(file))
}

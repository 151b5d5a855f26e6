//! Files of links under numbers of their own.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;

use rootcast_host::sandbox::set_apart;

/// The same open file under a descriptor number that only links have.
pub(super) fn set_apart_file(file: impl AsFd) -> io::Result<File> {
    Ok(set_apart(file)?.into())
}

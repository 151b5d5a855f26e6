//! What an open link goes out of, and a descriptor number of its own for it.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::Path;

use rootcast_host::sandbox::LINK_DESCRIPTOR_MIN;
use rustix::io::fcntl_dupfd_cloexec;

/// What frames go out of.
#[derive(Debug, Clone, Copy)]
pub enum Outlet<'a> {
    /// A descriptor that is open for as long as the link is.
    Descriptor(BorrowedFd<'a>),
    /// A folder in which each picture is a new file, open while it is written.
    Folder(&'a Path),
}

/// The same open file under a number from [`LINK_DESCRIPTOR_MIN`] on; the number it had is free again.
pub(super) fn set_apart(descriptor: OwnedFd) -> io::Result<OwnedFd> {
    Ok(fcntl_dupfd_cloexec(&descriptor, LINK_DESCRIPTOR_MIN)?)
}

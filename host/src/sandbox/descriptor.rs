//! Numbers of descriptors that links have, and nothing else.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::io::fcntl_dupfd_cloexec;

/// Descriptors of links have this number or a higher one, and nothing else has: so one rule on the number holds for every
/// link, also after one of them is closed.
pub(crate) const LINK_DESCRIPTOR_MIN: i32 = 200;

/// The same open file under a number from [`LINK_DESCRIPTOR_MIN`] on. Drop the one it had.
///
/// # Errors
/// Where the process may have no such number (`ulimit -n`).
pub fn set_apart(descriptor: impl AsFd) -> io::Result<OwnedFd> {
    Ok(fcntl_dupfd_cloexec(descriptor, LINK_DESCRIPTOR_MIN)?)
}

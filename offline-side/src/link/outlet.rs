//! What an open link goes out of.

use std::os::fd::BorrowedFd;
use std::path::Path;

/// What frames go out of.
#[derive(Debug, Clone, Copy)]
pub enum Outlet<'a> {
    /// A descriptor that is open for as long as the link is.
    Descriptor(BorrowedFd<'a>),
    /// A folder in which each picture is a new file, open while it is written.
    Folder(&'a Path),
}

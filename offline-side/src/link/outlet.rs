//! What an open link goes out of.

use std::os::fd::BorrowedFd;
use std::path::Path;

/// What frames go out of.
#[derive(Debug, Clone, Copy)]
pub enum Outlet<'a> {
    /// A descriptor that is open for as long as the link is.
    Descriptor(BorrowedFd<'a>),
    /// A packet socket of protocol 0, bound to an interface.
    PacketSocket {
        /// The socket.
        socket: BorrowedFd<'a>,
        /// The interface's name.
        interface: &'a str,
        /// The interface's number.
        index: u32,
    },
    /// A sound device that a library has opened.
    SoundDevice {
        /// The numbers of the descriptors that were opened with it.
        descriptors: &'a [i32],
        /// How it is set, for people.
        lines: &'a [String],
    },
    /// A folder in which each picture is a new file, open while it is written.
    Folder(&'a Path),
}

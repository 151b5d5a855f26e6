//! Numbers of descriptors that links have, and nothing else.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use rustix::io::{Errno, fcntl_dupfd_cloexec};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors of links have this number or a higher one, and nothing else has: so one rule on the number holds for every
/// link, also after one of them is closed.
pub(crate) const LINK_DESCRIPTOR_MIN: i32 = 200;

/// Numbers that a process takes for itself, where whoever started it allows that many.
const NUMBERS_WANTED: u64 = 1_024;
/// Without so many no link is opened: some links, and what waits for each.
const NUMBERS_MIN: u64 = LINK_DESCRIPTOR_MIN as u64 + 56;

/// The same open file under a number from [`LINK_DESCRIPTOR_MIN`] on. Drop the one it had.
///
/// # Errors
/// Where the process may have no such number (`ulimit -n`).
pub fn set_apart(descriptor: impl AsFd) -> io::Result<OwnedFd> {
    fcntl_dupfd_cloexec(descriptor, LINK_DESCRIPTOR_MIN).map_err(|error| match error {
        Errno::INVAL => numbers_for_links().err().unwrap_or_else(|| error.into()),
        _ => error.into(),
    })
}

/// Runs `open` so that whatever it opens by itself, also in a library, gets a number from [`LINK_DESCRIPTOR_MIN`] on: the
/// lower ones are taken meanwhile. No other thread may open anything then.
///
/// # Errors
/// Where the process may have no such number (`ulimit -n`).
pub fn above_link_numbers<T>(open: impl FnOnce() -> T) -> io::Result<T> {
    numbers_for_links()?;
    let mut taken = vec![File::open("/dev/null")?];
    while let Some(last) = taken.last().filter(|last| !is_link_number(last.as_raw_fd())) {
        let next = last.try_clone()?;
        taken.push(next);
    }
    // The one that is a link's already.
    drop(taken.pop());
    let opened = open();
    drop(taken);
    Ok(opened)
}

/// Whether only links have descriptors of this number.
#[must_use]
pub const fn is_link_number(number: i32) -> bool {
    number >= LINK_DESCRIPTOR_MIN
}

/// Raises a low limit of open files to what links need, as far as whoever started the program allows that.
pub fn raise_limit_of_open_files() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.map_or(NUMBERS_WANTED, |hard| hard.min(NUMBERS_WANTED));
    if current.is_some_and(|soft| soft < wanted) {
        // What fails here is told where a link is opened.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum });
    }
}

/// Whether links may have the numbers they need.
///
/// # Errors
/// Where they may not, in words.
pub fn numbers_for_links() -> io::Result<()> {
    match getrlimit(Resource::Nofile).current {
        Some(soft) if soft < NUMBERS_MIN => {
            Err(io::Error::other(format!("at most {soft} files may be open (ulimit -n): links need {NUMBERS_MIN}")))
        }
        _ => Ok(()),
    }
}

//! The process that records: it opens and configures one sound device, locks itself in, and passes samples on.
//!
//! ```text
//! receive ── starts, before its own sandbox closes ──▶ capture ◀── sound device (through alsa-lib)
//!    ◀── hello, then records of samples, counts, a failure ──┘
//! ```
//!
//! So alsa-lib does not run where items are judged and published. The process is this program, executed again with a fixed
//! argument; if it ends, its link ends. Must not: look at the samples.

mod process;
mod wire;

use std::ffi::OsString;

use rootcast_host::exit::Exit;

pub(super) use wire::{Hello, Record, Records};

/// The first argument of this process; the second one is the link as it was named.
pub(super) const ARGUMENT: &str = "--capture-sound";

/// Runs this process as one that records, if that is what it was started for.
#[must_use]
pub(crate) fn main_of(mut arguments: impl Iterator<Item = OsString>) -> Option<Exit> {
    let link = arguments.next().filter(|argument| argument == ARGUMENT).and(arguments.next())?;
    Some(process::main(&link.to_string_lossy()))
}

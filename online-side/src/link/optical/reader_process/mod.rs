//! Pictures are looked at in processes that can do nothing else.
//!
//! ```text
//! receive ── a fixed-size request ──▶ supervisor ── starts, watches, ends ──▶ reader
//!    │  ◀──── the two pipes of a reader ──┘                                     │
//!    ├───────────── pictures, encoded or grey ────────────────────────────────▶│
//!    └ ◀─────────── contents of codes, and what aiming needs ──────────────────┘
//! ```
//!
//! The decoders and the reader of QR codes are other people's code, some of it `unsafe`, and what they look at is
//! hostile. A reader has no path, no socket and no descriptor but its two pipes. The supervisor has no file, no state
//! and no link; it counts the processor time of each reader, and ends one that takes too much. Whatever a reader sends
//! is as hostile as the picture: it is bounded, and a frame's own CRC and the gate decide. All three are this program:
//! the supervisor and the readers are it, executed again with a fixed argument.

mod animation;
mod control;
mod decoded;
mod grey;
mod pictures;
mod reader;
mod reader_set;
mod readers;
mod supervisor;
mod wire;

use rootcast_host::exit::Exit;

pub(crate) use control::{hear_closed, say_closed};
pub(crate) use pictures::{Payload, Picture};
pub(crate) use reader_set::{Looked, ReaderSet};
pub(crate) use readers::{ClosedProcesses, Readers};
pub(crate) use supervisor::give_up_privileges;
pub(crate) use wire::Seen;

/// Runs this process as a supervisor or a reader, if that is what it was started for.
#[must_use]
pub(crate) fn main_of(argument: &str) -> Option<Exit> {
    match argument {
        control::SUPERVISOR_ARGUMENT => Some(supervisor::main()),
        control::READER_ARGUMENT => Some(reader::main()),
        _ => None,
    }
}

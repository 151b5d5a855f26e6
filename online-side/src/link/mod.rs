//! Receivers: each brings frames from one link and knows nothing of what they hold.
//!
//! ```text
//! file:      bytes ─ records ──────────┐
//! serial:    bytes ─ COBS splitter ────┼─ Heard::Frame ─▶ frame::parse ─▶ assembly
//! qr:images  pictures ─┐
//! qr:video   film ─────┼ QR reader ────┘
//! qr:camera  pictures ─┘
//! ```
//!
//! Adding a link: a variant of [`Place`] with the name it has, one file here, a section in `hardware-notes.md`. The
//! compiler then asks for the rest: how it is opened ([`open`]), what the process is left with for it
//! (`confinement.rs`), and what to do when it fails (`command/receive.rs`).
//! Must not: parse a frame, keep a symbol, or write to a link.

mod file;
mod name;
pub mod optical;
pub mod sandbox;
mod serial;

use std::fmt;
use std::time::Duration;

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::link_name::{LinkName, LinkNameError};

pub use name::{Link, Place};

use crate::link::optical::qr_reader::Reading;
use crate::link::optical::viewfinder::View;

/// The name of the threads in which other people's picture code runs; `main` keeps their panics off the screen.
pub const READER_THREAD: &str = "picture-reader";

/// Something a link brought.
#[derive(Debug, Clone)]
pub enum Heard {
    /// The bytes of what may be a frame.
    Frame(Vec<u8>),
    /// Bytes that the line coding already shows to be damaged.
    Damaged {
        /// How many bytes of the line they were.
        bytes: usize,
    },
    /// What a link is, now that it is open, for people.
    Told(String),
    /// A picture was looked at; how many codes were in it (their content follows as frames).
    Picture {
        /// QR symbols read in it.
        codes: u32,
        /// How many of them were read in a picture just before already.
        doubled: u32,
        /// QR symbols of which a part was already the next one.
        mixed: u32,
    },
    /// What was seen in a picture of a camera or film, for whoever aims; and now and then what it looked like.
    Seen {
        /// What reading it gave.
        reading: Box<Reading>,
        /// The picture, made small.
        view: Option<Box<View>>,
    },
    /// A file of the link that could not be used, in words.
    Unusable(String),
}

/// Whether a link can bring more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// It may.
    More,
    /// It has an end and that is reached.
    Ended,
}

/// One open link.
pub trait Receiver: Send {
    /// Waits at most about `wait` and hands what the link brought to `each`.
    ///
    /// # Errors
    /// When the link or its device failed; it is not asked again.
    fn receive(&mut self, wait: Duration, each: &mut dyn FnMut(Heard)) -> Result<Flow, LinkFailure>;
}

/// A link that failed while in use, in words with its device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkFailure(pub String);

impl fmt::Display for LinkFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LinkFailure {}

/// Opens the link an operator named.
///
/// # Errors
/// A [`Diagnosis`]: an option that cannot be understood (exit 2), a file that is not there (2), a device that fails (7).
pub fn open(link: &Link, follow: bool) -> Result<Box<dyn Receiver>, Diagnosis> {
    let name = &link.name;
    Ok(match &link.place {
        Place::Recording(file) => Box::new(file::Recording::open(name, file)?),
        Place::Serial(port) => Box::new(serial::SerialPort::open(name, port)?),
        Place::Pictures(folder) => Box::new(optical::pictures::Pictures::open(name, folder, follow)?),
        Place::Film(path) => Box::new(optical::video::Video::open(name, path.as_deref())?),
        Place::Camera(index) => Box::new(optical::camera::Camera::open(name, *index)?),
    })
}

/// The diagnosis of a link name that cannot be used.
#[must_use]
pub fn bad_name(error: &LinkNameError) -> Diagnosis {
    Diagnosis::new(
        Label::LinkName,
        "Nothing was received and nothing published: a link was named in a way that cannot be used.",
        error.to_string(),
        "Correct the --link; `rootcast-online receive --help` shows the forms.",
    )
}

/// The diagnosis of a link that could not be opened.
fn not_opened(name: &LinkName, why: impl fmt::Display, next: &str) -> Diagnosis {
    Diagnosis::new(
        Label::LinkFailed,
        format!("Could not open the link {name}. Nothing was received and nothing published."),
        why.to_string(),
        next,
    )
}

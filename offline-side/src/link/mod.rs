//! Transmitters: what moves frames out, one kind a file, and the one match that knows them all.
//!
//! ```text
//!                  ┌─ recording   file:FILE                      length and frame, one after the other
//! frame (bytes) ──►├─ pictures    qr:png=DIR                     one PNG a frame
//!                  ├─ terminal    qr:terminal                    half blocks, 11 a second
//!                  └─ serial      serial:PORT,baud=N             COBS, the port opened write-only
//! ```
//!
//! A link is first *named* ([`Link`]: what it can carry, how fast, what it probably loses) and only then *opened*
//! ([`Transmitter`]). Neither knows what a frame says. Must not: read anything from any link. The one thing that is read
//! while frames go out is the operator's own keyboard, for `qr:terminal` alone (`keyboard`).

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::interrupt::Interrupt;
use rootcast_host::link_name::{LinkName, LinkNameError};
use rootcast_protocol::object::Object;

use crate::link::cover_sheet::Cover;
use crate::link::optical::qr_symbol::QrSymbolError;

pub mod cover_sheet;
mod file;
pub mod optical;
mod outlet;
mod output_file;
mod pace;
mod serial;

pub use file::RecordingLink;
pub use optical::player::draw_half_blocks;
pub use optical::terminal::TerminalLink;
pub use outlet::Outlet;
pub use pace::Pace;
pub use serial::SerialLink;

/// A link as it was named: nothing is opened yet.
pub trait Link: Send + Sync + fmt::Debug {
    /// The name as it was given.
    fn name(&self) -> String;

    /// The share of frames assumed lost when odds are told, 0 to 1.
    fn design_loss(&self) -> f64;

    /// Whether it ends by itself when everything was written (a file), or goes on until somebody stops it.
    fn has_end(&self) -> bool;

    /// The most bytes a frame of this object may have here.
    ///
    /// # Errors
    /// When not even one symbol fits, saying what would.
    fn room(&self, object: &Object) -> Result<usize, LinkError>;

    /// How long one frame of `size` bytes takes. For a link without a rate of its own (a file), what it would take to
    /// show or move it.
    fn frame_time(&self, size: usize) -> Duration;

    /// The least time a transmission to given odds is spread over, because losses come in bursts.
    fn spread(&self) -> Duration {
        Duration::ZERO
    }

    /// Whether the transmitter takes the terminal for itself, so that nothing else may be shown there.
    fn takes_terminal(&self) -> bool {
        false
    }

    /// How many frames stand on one picture or page: they are shown together, and may be lost together.
    fn frames_together(&self) -> u32 {
        1
    }

    /// Whether every transmission begins with the object itself, symbols 0 to K - 1, also after earlier ones: where it
    /// has to be read without this program, a solver of RaptorQ may be what is missing.
    fn begins_with_source(&self) -> bool {
        false
    }

    /// What the operator should heed, a line each, where frames have at most `room` bytes.
    fn advice(&self, room: usize) -> Vec<String> {
        let _ = room;
        Vec::new()
    }

    /// Opens it for the transmission that `cover` describes.
    ///
    /// # Errors
    /// When it cannot be opened; nothing is left behind.
    fn open(&self, cover: &Cover) -> Result<Box<dyn Transmitter>, LinkError>;
}

/// An open link.
pub trait Transmitter: Send {
    /// The most bytes of the next frame, where that is not what it was: the operator or the window changed it.
    /// Returns when the link is ready for a frame, or `stop` was due.
    ///
    /// # Errors
    /// When the link fails.
    fn new_room(&mut self, stop: &Stop) -> Result<Option<usize>, LinkError> {
        let _ = stop;
        Ok(None)
    }

    /// Moves one frame out, taking the time that takes. `caption` is said to people where there is room for it, the most
    /// important first.
    ///
    /// # Errors
    /// When the link fails; the frame does not count as sent.
    fn transmit(&mut self, frame: &[u8], caption: &[String], stop: &Stop) -> Result<Moved, LinkError>;

    /// Ends the transmission: what was handed over is out when this returns, or `stop` was due.
    ///
    /// # Errors
    /// When the link fails.
    fn finish(&mut self, stop: &Stop) -> Result<(), LinkError>;

    /// What it goes out of, for the report that is kept of it.
    fn outlet(&self) -> Outlet<'_>;

    /// Ends it without a frame: removes what opening left behind.
    fn withdraw(&mut self) {}
}

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// It went out.
    Whole,
    /// It was time to stop before all of it was out, or it no longer fitted.
    Cut,
}

/// When a transmission has to stop, whatever it is doing.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    /// The wall-clock end, if there is one.
    pub deadline: Option<Instant>,
    /// Set by the operator.
    pub interrupt: Interrupt,
}

impl Stop {
    /// Whether it is time.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.interrupt.is_set() || self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Sleeps until `until`, or until it is time to stop; whether `until` was reached.
    #[must_use]
    pub fn sleep_until(&self, until: Instant) -> bool {
        loop {
            let now = Instant::now();
            if now >= until {
                return true;
            }
            if self.is_due() {
                return false;
            }
            let slice = until.duration_since(now).min(Duration::from_millis(50));
            let slice = self.deadline.map_or(slice, |deadline| slice.min(deadline.saturating_duration_since(now)));
            std::thread::sleep(slice);
        }
    }
}

/// The links this program has, for messages; the help of `--link` says the same.
pub const LINKS: &str =
    "file:FILE, qr:png=DIR, qr:gif=FILE, qr:html=FILE, qr:pdf=FILE, qr:terminal, serial:PORT,baud=N";

/// The link that `name` names.
///
/// # Errors
/// When there is no such link, or it has no such option.
pub fn link(name: &LinkName) -> Result<Box<dyn Link>, LinkNameError> {
    Ok(match (name.kind.as_str(), name.target.split_once('=')) {
        ("file", _) => Box::new(RecordingLink::named(name)?),
        ("qr", Some(("png", folder))) => Box::new(optical::pictures::link(name, Path::new(folder))?),
        ("qr", Some(("gif", file))) => Box::new(optical::animation::link(name, Path::new(file))?),
        ("qr", Some(("html", file))) => Box::new(optical::web_page::link(name, Path::new(file))?),
        ("qr", Some(("pdf", file))) => Box::new(optical::paper::link(name, Path::new(file))?),
        ("qr", None) if name.target == "terminal" => Box::new(TerminalLink::named(name)?),
        ("serial", _) => Box::new(SerialLink::named(name)?),
        _ => return Err(name.wrong(format!("there is no such link; the links are {LINKS}"))),
    })
}

/// The most frames that a link can hold in one file.
#[derive(Debug, Clone)]
struct FramesMax {
    link: String,
    frames_max: u32,
}

impl FramesMax {
    fn check(&self, frames: Option<u32>) -> Result<(), LinkError> {
        match frames {
            Some(frames) if frames > self.frames_max => {
                Err(LinkError::TooManyFrames { link: self.link.clone(), frames, frames_max: self.frames_max })
            }
            _ => Ok(()),
        }
    }
}

/// Why a link cannot be used, or failed in use.
#[derive(Debug)]
pub enum LinkError {
    /// One file would hold more frames than anything shows or anybody handles.
    TooManyFrames {
        /// The link.
        link: String,
        /// How many it would be.
        frames: u32,
        /// How many it may be.
        frames_max: u32,
    },
    /// The output file or folder holds something already.
    OutputExists {
        /// Where.
        path: PathBuf,
    },
    /// A file or folder could not be written.
    Storage {
        /// What was being done.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A port could not be opened, or failed in use.
    Port {
        /// What was being done.
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The line did not take what was written within the time it needs.
    NotDrained {
        /// Which port.
        path: PathBuf,
        /// How long was waited, in seconds.
        seconds: u64,
    },
    /// There is no terminal to show a symbol on.
    NoTerminal,
    /// Writing to the terminal failed.
    Terminal {
        /// What the system said.
        source: io::Error,
    },
    /// The terminal is too small.
    TerminalSmall {
        /// Cells it has: columns and rows.
        has: (usize, usize),
        /// Cells needed: columns and rows.
        needs: (usize, usize),
        /// For this QR version.
        version: u8,
        /// The largest smaller version that fits the terminal and has room for a symbol, if there is one.
        smaller: Option<u8>,
    },
    /// A frame of one symbol does not fit.
    FrameRoom {
        /// The link.
        link: String,
        /// Room in bytes.
        room: usize,
        /// Bytes needed.
        needed: usize,
        /// What to give instead, as an option.
        instead: String,
    },
    /// A frame could not be drawn.
    Symbol(QrSymbolError),
    /// The program itself failed while it sent.
    Panicked,
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutputExists { path } if path.is_dir() => {
                write!(f, "the folder {} holds frames already", path.display())
            }
            Self::OutputExists { path } => write!(f, "{} exists already", path.display()),
            Self::Storage { doing, path, source } | Self::Port { doing, path, source } => {
                write!(f, "cannot {doing} {}: {source}", path.display())
            }
            Self::NotDrained { path, seconds } => {
                write!(f, "{} did not take what was written within {seconds} s", path.display())
            }
            Self::NoTerminal => f.write_str("standard error is not a terminal"),
            Self::Terminal { source } => write!(f, "cannot write to the terminal: {source}"),
            Self::TerminalSmall { has, needs, version, .. } => write!(
                f,
                "a version {version} symbol needs {} columns and {} rows; this terminal has {} and {}",
                needs.0, needs.1, has.0, has.1
            ),
            Self::FrameRoom { link, room, needed, instead } => {
                write!(f, "{link} has room for {room} bytes a frame; one symbol needs {needed}: use {instead}")
            }
            Self::TooManyFrames { link, frames, frames_max } => {
                write!(f, "{link} would hold {frames} frames; {frames_max} is the most")
            }
            Self::Symbol(error) => error.fmt(f),
            Self::Panicked => f.write_str("the transmitter ended by a fault of this program"),
        }
    }
}

impl std::error::Error for LinkError {}

impl LinkError {
    /// The error told in full. `what` says what happened and whether anything was sent.
    #[must_use]
    pub fn diagnosis(&self, what: impl Into<String>) -> Diagnosis {
        let (label, next) = match self {
            Self::OutputExists { .. } => (Label::OutputExists, "Name a file or folder that does not exist yet."),
            Self::Storage { .. } => (
                Label::StorageFailed,
                "Check the path and make room, then send again; a file or folder that holds frames stays: name another.",
            ),
            Self::Port { .. } | Self::NotDrained { .. } => {
                (Label::LinkFailed, "Check the port's name, its cable and your permission to it, then send again.")
            }
            Self::NoTerminal | Self::Terminal { .. } => {
                (Label::LinkFailed, "Run it in a terminal, or send to qr:html=FILE or qr:png=DIR and show that.")
            }
            Self::TerminalSmall { smaller: Some(smaller), .. } => {
                let instead = "choose a smaller font, or send to qr:html=FILE or qr:png=DIR.";
                let next = format!("Enlarge the window, give version={smaller}, {instead}");
                return Diagnosis::new(Label::LinkFailed, what, self.to_string(), next);
            }
            Self::TerminalSmall { smaller: None, .. } => {
                (Label::LinkFailed, "Enlarge the window, choose a smaller font, or send to qr:html=FILE or qr:png=DIR.")
            }
            Self::TooManyFrames { .. } => (
                Label::LinkName,
                "Send to qr:terminal, qr:png=DIR or a faster link; or give --passes N or a larger version=N.",
            ),
            Self::FrameRoom { .. } => (Label::LinkName, "Change the link's options and send again."),
            Self::Symbol(_) => (Label::LinkFailed, "Send to another link."),
            Self::Panicked => (Label::LinkFailed, "Send again, and report this with the text above."),
        };
        Diagnosis::new(label, what, self.to_string(), next)
    }
}

#[cfg(test)]
mod tests {
    use super::{LINKS, LinkError, link};
    use crate::link::cover_sheet::Cover;
    use crate::sending::plan::{LinkPlan, StopRule};
    use rootcast_protocol::object::Object;

    #[test]
    fn the_links_there_are_can_be_named_and_no_others() {
        for name in [
            "file:a",
            "qr:png=dir,version=20,scale=8,tiles=2x2,ec=M,fps=5",
            "qr:terminal,fps=5,version=12,ec=Q",
            "qr:gif=a.gif,fps=5,tiles=1x2",
            "qr:html=a.html,tiles=2x2,scale=3",
            "qr:pdf=a.pdf,tiles=3x2,ec=H",
            "serial:/dev/x,baud=9600",
        ] {
            link(&name.parse().unwrap()).unwrap();
        }
        let wrong = [
            "gif:x",
            "qr:gif",
            "qr:gif=",
            "qr:html=",
            "qr:pdf=",
            "qr:png",
            "qr:png=d,tiles=2",
            "qr:png=d,tiles=9x1",
            "qr:png=d,ec=X",
            "qr:pdf=f,fps=3",
            "qr:terminal,tiles=2x2",
            "qr:terminal=x",
            "serial:/dev/x",
            "serial:/dev/x,baud=0",
            "file:a,version=3",
            "qr:png=d,version=41",
            "qr:png=d,scale=3",
            "audio:wav=x",
        ];
        for name in wrong {
            let error = link(&name.parse().unwrap()).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
        assert!(link(&"qr:jpg=x".parse().unwrap()).unwrap_err().to_string().contains(LINKS));
    }

    #[test]
    fn a_file_that_nobody_could_handle_is_refused_before_it_is_made() {
        let object = Object::of(&vec![7; 60 << 20]).unwrap();
        for kind in ["gif", "html", "pdf"] {
            let path = std::env::temp_dir().join(format!("rootcast-too-many.{kind}"));
            let name = format!("qr:{kind}={}", path.display());
            let link = link(&name.parse().unwrap()).unwrap();
            let plan = LinkPlan::new(&*link, &object, 0, StopRule::ByLink).unwrap();
            let refused = link.open(&Cover::without_items(&object, &plan)).map(|_| ()).unwrap_err();
            assert!(matches!(refused, LinkError::TooManyFrames { .. }), "{refused}");
            assert!(!path.exists());
        }
    }
}

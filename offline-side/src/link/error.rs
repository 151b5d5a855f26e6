//! Errors of links: a link cannot be used, or failed in use.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::interface_family::folder;
use rootcast_host::serial_port::PortFault;
use rustix::io::Errno;

use super::interface_count::{Carrier, InterfaceCount};
use super::optical::qr_symbol::QrSymbolError;

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
        /// The operation.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A serial port could not be opened or set.
    SerialPort {
        /// Which one.
        path: PathBuf,
        /// The speed asked for, in bits a second.
        baud: u32,
        /// What is wrong.
        fault: PortFault,
    },
    /// A port failed in use.
    Port {
        /// The operation.
        doing: &'static str,
        /// Which one.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// An interface could not be used, or failed in use.
    Interface {
        /// The operation.
        doing: &'static str,
        /// Which one.
        interface: String,
        /// The system's error.
        source: io::Error,
    },
    /// Frames were handed over, and none left this host.
    NothingLeft {
        /// What the interface counted.
        count: InterfaceCount,
    },
    /// Fewer frames left this host than any receiver needs.
    TooFewLeft {
        /// What the interface counted.
        count: InterfaceCount,
        /// How many any receiver needs.
        needed: u64,
    },
    /// So many frames did not leave this host that the odds asked for were not reached.
    OddsNotReached {
        /// What the interface counted.
        count: InterfaceCount,
        /// The odds of failure of the frames that left.
        failure_odds: f64,
        /// Those asked for.
        asked: f64,
    },
    /// A pipe to what plays the sound could not be opened, or failed in use.
    Sound {
        /// The operation.
        doing: &'static str,
        /// Which one.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A sound device could not be used, or failed in use.
    SoundDevice {
        /// Why, in words.
        why: String,
        /// What to do next.
        next: &'static str,
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
        /// The system's error.
        source: io::Error,
    },
    /// The terminal does not say how large it is.
    TerminalUnsized,
    /// The terminal cannot place anything.
    TerminalDumb {
        /// Its kind, as `TERM` says it.
        kind: String,
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
        /// Whether it is a screen without a window system.
        is_linux_console: bool,
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
            Self::OutputExists { path } if path.is_dir() && is_empty_folder(path) => {
                write!(f, "{} is a folder, and a file is to be made", path.display())
            }
            Self::OutputExists { path } if path.is_dir() => {
                write!(f, "the folder {} already holds frames", path.display())
            }
            Self::OutputExists { path } => write!(f, "{} exists already", path.display()),
            Self::SerialPort { path, baud, fault } => f.write_str(&fault.why(path, *baud)),
            Self::Storage { doing, path, source }
            | Self::Port { doing, path, source }
            | Self::Sound { doing, path, source } => {
                write!(f, "cannot {doing} {}: {source}", path.display())
            }
            Self::SoundDevice { why, .. } => f.write_str(why),
            Self::Interface { doing, interface, source } => write!(f, "cannot {doing} {interface}: {source}"),
            Self::NothingLeft { count } if count.carrier == Carrier::Up => {
                write!(f, "nothing left this host: {}", count.text())
            }
            Self::NothingLeft { count } => write!(f, "carrier is down: nothing left this host: {}", count.text()),
            Self::TooFewLeft { count, needed } => {
                write!(f, "fewer frames left this host than the {needed} that a receiver needs: {}", count.text())
            }
            Self::OddsNotReached { count, failure_odds, asked } => write!(
                f,
                "the odds of failure of the frames that left this host are {failure_odds:.1e}; {asked:e} was asked for: {}",
                count.text()
            ),
            Self::NotDrained { path, seconds } => {
                write!(f, "{} did not transmit the written bytes within {seconds} s", path.display())
            }
            Self::NoTerminal => f.write_str("standard error is not a terminal"),
            Self::Terminal { source } => write!(f, "cannot write to the terminal: {source}"),
            Self::TerminalUnsized => f.write_str("this terminal does not say how many columns and rows it has (0 × 0)"),
            Self::TerminalDumb { kind } if kind.is_empty() => {
                f.write_str("TERM is not set, so nobody knows how this terminal places a code")
            }
            Self::TerminalDumb { kind } => write!(f, "this terminal cannot place a code: TERM is {kind}"),
            Self::TerminalSmall { has, needs, version, .. } => write!(
                f,
                "a version {version} symbol needs {} columns and {} rows; this terminal has {} and {}",
                needs.0, needs.1, has.0, has.1
            ),
            Self::FrameRoom { link, room, needed, instead } => {
                write!(f, "{link} has {room} bytes for a frame, but one symbol needs {needed}: use {instead}")
            }
            Self::TooManyFrames { link, frames, frames_max } => {
                write!(f, "{link} would hold {frames} frames; at most {frames_max} are allowed")
            }
            Self::Symbol(error) => error.fmt(f),
            Self::Panicked => f.write_str("the transmitter stopped because of a fault in this program"),
        }
    }
}

impl std::error::Error for LinkError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Storage { source, .. }
            | Self::Port { source, .. }
            | Self::Interface { source, .. }
            | Self::Sound { source, .. }
            | Self::Terminal { source } => std::error::Error::source(source),
            Self::SerialPort { fault, .. } => fault.source(),
            Self::Symbol(error) => std::error::Error::source(error),
            Self::TooManyFrames { .. }
            | Self::SoundDevice { .. }
            | Self::OutputExists { .. }
            | Self::NothingLeft { .. }
            | Self::TooFewLeft { .. }
            | Self::OddsNotReached { .. }
            | Self::NotDrained { .. }
            | Self::NoTerminal
            | Self::TerminalUnsized
            | Self::TerminalDumb { .. }
            | Self::TerminalSmall { .. }
            | Self::FrameRoom { .. }
            | Self::Panicked => None,
        }
    }
}

impl LinkError {
    /// The full diagnosis. `what` says what happened and whether anything was sent.
    #[must_use]
    pub fn diagnosis(&self, what: impl Into<String>) -> Diagnosis {
        let (label, next) = match self {
            Self::OutputExists { .. } => (Label::OutputExists, "Name a file or folder that does not exist yet."),
            Self::Storage { .. } => (
                Label::StorageFailed,
                "Check the path and free some space, then send again. A file or folder that holds frames stays: name another one.",
            ),
            Self::SerialPort { path, fault, .. } => {
                return Diagnosis::new(Label::LinkFailed, what, self.to_string(), fault.next(path));
            }
            Self::Port { source, .. } if is_gone(source) => (
                Label::LinkFailed,
                "The adapter was unplugged, or its driver gave up (`dmesg`). Plug it in again, and send again.",
            ),
            Self::Port { .. } => {
                (Label::LinkFailed, "Look at `dmesg`, unplug the adapter and plug it in, then send again.")
            }
            Self::NotDrained { .. } => (
                Label::LinkFailed,
                "The adapter takes bytes and does not send them. Unplug it and plug it in, then send again.",
            ),
            Self::Interface { interface, source, .. } => {
                return Diagnosis::new(Label::LinkFailed, what, self.to_string(), next_at_interface(interface, source));
            }
            Self::NothingLeft { .. } | Self::TooFewLeft { .. } | Self::OddsNotReached { .. } => (
                Label::LinkFailed,
                "Check the cable and what lights the interface: `link check` says what the kernel sees of it. When its carrier is up, send again.",
            ),
            Self::Sound { .. } => {
                (Label::LinkFailed, "Start what plays the sound first, check that it goes on running, then send again.")
            }
            Self::SoundDevice { next, .. } => (Label::LinkFailed, *next),
            Self::NoTerminal | Self::Terminal { .. } => (
                Label::LinkFailed,
                "Run the command in a terminal, or send to qr:html=FILE or qr:png=DIR and show that.",
            ),
            Self::TerminalUnsized => (
                Label::LinkFailed,
                "Set them: stty cols COLUMNS rows ROWS, with the numbers of your window. Then send again.",
            ),
            Self::TerminalDumb { .. } => (
                Label::LinkFailed,
                "Set TERM to what your terminal is (TERM=linux, TERM=xterm, TERM=vt220), or send to qr:html=FILE or qr:png=DIR.",
            ),
            Self::TerminalSmall { smaller, is_linux_console, .. } => {
                let enlarge = if *is_linux_console {
                    "Choose a higher mode of the screen, such as video=1920x1080 on the kernel's command line"
                } else {
                    "Enlarge the window"
                };
                let version = smaller.map(|smaller| format!(", give version={smaller}")).unwrap_or_default();
                let font = if *is_linux_console { "" } else { ", choose a smaller font" };
                let next = format!("{enlarge}{version}{font}, or send to qr:html=FILE or qr:png=DIR.");
                return Diagnosis::new(Label::LinkFailed, what, self.to_string(), next);
            }
            Self::TooManyFrames { .. } => (
                Label::LinkName,
                "Send to qr:terminal, qr:png=DIR or a faster link; or give --passes N or a larger version=N.",
            ),
            Self::FrameRoom { .. } => (Label::LinkName, "Change the link's options and send again."),
            Self::Symbol(_) => (Label::LinkFailed, "Send to another link."),
            Self::Panicked => (Label::LinkFailed, "Send again, and report this fault with the text above."),
        };
        Diagnosis::new(label, what, self.to_string(), next)
    }
}

fn is_empty_folder(path: &Path) -> bool {
    fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

/// Whether the device behind a descriptor is gone.
fn is_gone(error: &io::Error) -> bool {
    let gone = [Errno::IO, Errno::NXIO, Errno::NODEV];
    error.raw_os_error().is_some_and(|number| gone.contains(&Errno::from_raw_os_error(number)))
}

/// What to do about an interface that cannot be used, for each cause.
fn next_at_interface(interface: &str, source: &io::Error) -> String {
    let is_there = folder(interface).exists();
    match source.kind() {
        io::ErrorKind::PermissionDenied => {
            let which = if cfg!(feature = "audio-device") {
                "program without sound, and send over Ethernet with that"
            } else {
                "program"
            };
            format!(
                "Opening a packet socket needs the privilege CAP_NET_RAW, and nothing after that does. Give it to the \
                 {which}: sudo setcap cap_net_raw+ep \"$(command -v rootcast-offline)\" - or run this command as root."
            )
        }
        io::ErrorKind::NotFound => {
            format!("Check the name: `ip link` shows the interfaces. {interface} is none of them.")
        }
        io::ErrorKind::NetworkDown if is_there => {
            format!("Switch it on: ip link set {interface} up - then send again.")
        }
        io::ErrorKind::Unsupported => "Name a wired Ethernet interface: `ip link` shows them.".to_owned(),
        _ if source.raw_os_error() == Some(Errno::MSGSIZE.raw_os_error()) => format!(
            "The MTU of {interface} was lowered after the start. Send again: frames are made for the MTU at the start."
        ),
        _ if !is_there => format!("{interface} is gone. Plug it in again, and send again."),
        _ => format!("Check {interface} with `ip link`, its cable and its driver (`dmesg`), then send again."),
    }
}

/// The most frames that a link can hold in one file.
#[derive(Debug, Clone)]
pub(super) struct FramesMax {
    pub(super) link: String,
    pub(super) frames_max: u32,
}

impl FramesMax {
    pub(super) fn check(&self, frames: Option<u32>) -> Result<(), LinkError> {
        match frames {
            Some(frames) if frames > self.frames_max => {
                Err(LinkError::TooManyFrames { link: self.link.clone(), frames, frames_max: self.frames_max })
            }
            _ => Ok(()),
        }
    }
}

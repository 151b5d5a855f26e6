//! `serial:PORT,baud=N`: COBS-coded frames from a serial port or pseudo-terminal, opened read-only.
//!
//! It is opened and set before the sandbox closes. So no path to the port is left by which it could be opened for writing,
//! and no request that sends something: what a receiver does to its port must not reach the offline host. The one request
//! that is left asks how the port is set: another program may have changed that.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::link_name::LinkName;
use rootcast_host::sandbox::LinkCalls;
use rootcast_host::serial_line::{Direction, differences, differences_text};
use rootcast_host::serial_port::{LIST, NEXT_OF_LIST, PortFault, listed};
use rootcast_protocol::cobs::{Piece, Splitter};
use rootcast_protocol::limits::FRAME_SIZE_MAX;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::descriptor::set_apart_file;
use super::file::heard;
use super::kind::{LinkKind, LinkPaths, OpenWith, Opening, Remedy, Source};
use super::line_count::{LineCount, NEXT_OF_ANOTHER_PROGRAM};
use super::port_process::PortOpener;
use super::read_port::open_port;
use super::receiver::{Flow, LinkEvent, LinkFailure, Receiver, Tried};
use super::refusal::not_opened;

/// The speed where none is given, in bits a second.
const BAUD_DEFAULT: u32 = 115_200;
/// How often the settings of a port are looked at while it brings nothing of use.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// After so many bytes without a good piece much is damaged, and the settings are looked at: a few of the longest frames.
const DAMAGED_BYTES: u64 = 4_096;
/// A good piece has so many bytes: noise is full of shorter ones that the coding does not show to be damaged, and every
/// frame is longer.
const GOOD_PIECE_BYTES: usize = 64;

/// Its row in the registry.
pub(super) const KIND: LinkKind = LinkKind {
    name: "serial",
    medium: None,
    form: "serial:PORT[,baud=N]",
    options: &["baud"],
    hardware_notes: "#serial",
    opening: Opening::BeforeSandbox,
    calls: LinkCalls::SERIAL_RECEIVER,
    keeps_settings: false,
    is_recording: false,
    readers: 0,
    remedy: Remedy::CHECK_CABLE,
    read: |name| {
        if name.target == LIST {
            return Err(name.wrong("this is no port, it asks for the ports").listing(listed(), NEXT_OF_LIST));
        }
        let baud = name.number("baud", 50, 4_000_000)?.unwrap_or(BAUD_DEFAULT);
        Ok(Box::new(Port { path: PathBuf::from(&name.target), baud }))
    },
};

/// A port that was named.
#[derive(Debug)]
struct Port {
    path: PathBuf,
    baud: u32,
}

impl Source for Port {
    fn paths(&self) -> LinkPaths {
        LinkPaths::default()
    }

    fn open(&self, name: &LinkName, with: &OpenWith) -> Result<Box<dyn Receiver>, Diagnosis> {
        let port = SerialPort::open(&self.path, self.baud);
        let mut port =
            port.map_err(|fault| not_opened(name, fault.why(&self.path, self.baud), &fault.next(&self.path)))?;
        if with.is_beside_others {
            // Without it the link works as well.
            match PortOpener::start(&self.path, self.baud, with) {
                Ok(opener) => port.opener = Some(opener),
                Err(error) => port.told = Some(no_opener(&port.name, &error)),
            }
        }
        Ok(Box::new(port))
    }
}

/// What is said of a port that is open, and that nothing can open again.
fn no_opener(name: &str, error: &std::io::Error) -> String {
    format!(
        "{name} is open, but if it fails it is not tried again: the process that would do so could not be started: {error}"
    )
}

struct SerialPort {
    name: String,
    /// Nothing after it failed, until it is open again.
    port: Option<File>,
    /// Opens it again.
    opener: Option<PortOpener>,
    splitter: Splitter,
    count: LineCount,
    /// What is to be told first.
    told: Option<String>,
    /// Whether what the line is like was told, and when its settings were last looked at.
    is_told: bool,
    looked: Instant,
    /// Bytes since the last good piece.
    damaged: u64,
}

impl SerialPort {
    fn open(path: &Path, baud: u32) -> Result<Self, PortFault> {
        let port = open_port(path, baud)?;
        Ok(Self {
            name: path.display().to_string(),
            port: Some(set_apart_file(port).map_err(PortFault::Open)?),
            opener: None,
            told: None,
            splitter: Splitter::new(FRAME_SIZE_MAX),
            count: LineCount::new(baud),
            is_told: false,
            looked: Instant::now(),
            damaged: 0,
        })
    }

    fn gone(&self, why: impl std::fmt::Display) -> LinkFailure {
        LinkFailure::new(format!("the serial port {} failed: {why}", self.name))
    }

    /// Looks at the settings of the port.
    ///
    /// # Errors
    /// When they are not what they were made: then nothing that comes can be read.
    fn look(&mut self, each: &mut dyn FnMut(LinkEvent)) -> Result<(), LinkFailure> {
        self.looked = Instant::now();
        // What cannot be asked shows elsewhere: a port that is gone, in the next read.
        let Some(port) = &self.port else { return Ok(()) };
        let found = differences(port, self.count.baud, Direction::Receive).unwrap_or_default();
        if found.is_empty() {
            return Ok(());
        }
        self.count.is_set_by_another = true;
        each(LinkEvent::Line(self.count));
        let why = format!("another program set the port {}: {}", self.name, differences_text(&found));
        Err(LinkFailure::new(why).with_next(NEXT_OF_ANOTHER_PROGRAM))
    }

    /// The same, but not too often.
    fn look_again(&mut self, each: &mut dyn FnMut(LinkEvent)) -> Result<(), LinkFailure> {
        if self.looked.elapsed() < LOOK_EVERY { Ok(()) } else { self.look(each) }
    }

    fn take(&mut self, bytes: &[u8], each: &mut dyn FnMut(LinkEvent)) {
        self.count.take(bytes);
        each(LinkEvent::Line(self.count));
        self.damaged += bytes.len() as u64;
        let damaged = &mut self.damaged;
        let mut hear = |piece: Piece<'_>| {
            if matches!(piece, Piece::Frame(frame) if frame.len() >= GOOD_PIECE_BYTES) {
                *damaged = 0;
            }
            each(heard(&piece));
        };
        self.splitter.push(bytes, &mut hear);
    }
}

impl Receiver for SerialPort {
    fn receive(&mut self, wait: Duration, each: &mut dyn FnMut(LinkEvent)) -> Result<Flow, LinkFailure> {
        if let Some(told) = self.told.take() {
            each(LinkEvent::Opened(told));
        }
        if !std::mem::replace(&mut self.is_told, true) {
            // Told before anything is waited for.
            each(LinkEvent::Line(self.count));
            return Ok(Flow::More);
        }
        let timeout = Timespec::try_from(wait).ok();
        let Some(mut port) = self.port.as_ref() else { return Err(self.gone("it is closed")) };
        let mut ready = [PollFd::new(port, PollFlags::IN)];
        match poll(&mut ready, timeout.as_ref()) {
            Ok(0) => {
                self.look_again(each)?;
                return Ok(Flow::More);
            }
            Err(rustix::io::Errno::INTR) => return Ok(Flow::More),
            Ok(_) => {}
            Err(error) => return Err(self.gone(error)),
        }
        let mut bytes = [0; 4096];
        match port.read(&mut bytes) {
            // An end of input typed on a line that edits is read as nothing, too.
            Ok(0) => {
                self.look(each)?;
                Err(self.gone("it was unplugged or its other end was closed"))
            }
            Ok(count) => {
                self.take(bytes.get(..count).unwrap_or_default(), each);
                if self.damaged >= DAMAGED_BYTES {
                    self.look_again(each)?;
                }
                Ok(Flow::More)
            }
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(Flow::More),
            Err(e) => Err(self.gone(e)),
        }
    }
    fn is_tried_again(&self) -> bool {
        self.opener.is_some()
    }

    fn try_again(&mut self) -> Result<Tried, LinkFailure> {
        // The kernel lets nobody open it while it is open here.
        self.port = None;
        let Some(opener) = &self.opener else { return Err(self.gone("it is closed")) };
        let opened = opener.open().and_then(|port| port.map(set_apart_file).transpose());
        match opened {
            Ok(Some(port)) => {
                self.port = Some(port);
                self.splitter = Splitter::new(FRAME_SIZE_MAX);
                (self.looked, self.damaged, self.count.is_set_by_another) = (Instant::now(), 0, false);
                Ok(Tried::Open)
            }
            Ok(None) => Ok(Tried::NotYet),
            Err(error) => {
                self.opener = None;
                Err(self.gone(format!("it cannot be opened again, the process that does so has ended ({error})")))
            }
        }
    }
}

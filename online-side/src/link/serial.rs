//! `serial:PORT,baud=N`: COBS-coded frames from a serial port or pseudo-terminal, opened read-only.
//!
//! It is opened and set before the sandbox closes. So no path to the port is left by which it could be opened for writing,
//! and no request that sends something: what a receiver does to its port must not reach the offline host.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::link_name::LinkName;
use rootcast_host::sandbox::LinkCalls;
use rootcast_host::serial_line::{self, Direction};
use rootcast_protocol::cobs::Splitter;
use rootcast_protocol::limits::FRAME_SIZE_MAX;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;

use super::descriptor::set_apart_file;
use super::file::heard;
use super::kind::{LinkKind, LinkPaths, OpenWith, Opening, Remedy, Source};
use super::receiver::{Flow, LinkEvent, LinkFailure, Receiver};
use super::refusal::not_opened;

/// The speed where none is given, in bits a second.
const BAUD_DEFAULT: u32 = 115_200;

/// Its row in the registry.
pub(super) const KIND: LinkKind = LinkKind {
    name: "serial",
    medium: None,
    form: "serial:PORT[,baud=N]",
    options: &["baud"],
    hardware_notes: "#serial",
    opening: Opening::BeforeSandbox,
    calls: LinkCalls::SERIAL_RECEIVER,
    readers: 0,
    remedy: Remedy::CheckCable,
    read: |name| {
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

    fn open(&self, name: &LinkName, _with: &OpenWith) -> Result<Box<dyn Receiver>, Diagnosis> {
        Ok(Box::new(SerialPort::open(name, &self.path, self.baud)?))
    }
}

struct SerialPort {
    name: String,
    port: File,
    splitter: Splitter,
}

impl SerialPort {
    fn open(name: &LinkName, path: &Path, baud: u32) -> Result<Self, Diagnosis> {
        let flags = OFlags::NOCTTY | OFlags::NONBLOCK;
        let port = OpenOptions::new()
            .read(true)
            .custom_flags(flags.bits().cast_signed())
            .open(path)
            .and_then(set_apart_file)
            .map_err(|e| not_opened(name, e, "Check that the adapter is plugged in and that you may read the port."))?;
        serial_line::configure(&port, baud, Direction::Receive).map_err(|e| {
            not_opened(
                name,
                format!("{} cannot be set to raw mode at {baud} baud: {e}", path.display()),
                "Check that this is a serial port and that it supports this speed.",
            )
        })?;
        Ok(Self { name: path.display().to_string(), port, splitter: Splitter::new(FRAME_SIZE_MAX) })
    }

    fn gone(&self, why: impl std::fmt::Display) -> LinkFailure {
        LinkFailure(format!("the serial port {} failed: {why}", self.name))
    }
}

impl Receiver for SerialPort {
    fn receive(&mut self, wait: Duration, each: &mut dyn FnMut(LinkEvent)) -> Result<Flow, LinkFailure> {
        let timeout = Timespec::try_from(wait).ok();
        let mut ready = [PollFd::new(&self.port, PollFlags::IN)];
        match poll(&mut ready, timeout.as_ref()) {
            Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(Flow::More),
            Ok(_) => {}
            Err(error) => return Err(self.gone(error)),
        }
        let mut bytes = [0; 4096];
        match self.port.read(&mut bytes) {
            Ok(0) => Err(self.gone("it was unplugged or its other end was closed")),
            Ok(count) => {
                let mut hear = |piece: rootcast_protocol::cobs::Piece<'_>| each(heard(&piece));
                self.splitter.push(bytes.get(..count).unwrap_or_default(), &mut hear);
                Ok(Flow::More)
            }
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(Flow::More),
            Err(e) => Err(self.gone(e)),
        }
    }
}

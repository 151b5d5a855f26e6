//! The link `serial:PORT,baud=N`: COBS-coded frames on a line that uses only the transmit conductor.
//!
//! The port is opened `O_WRONLY | O_NONBLOCK | O_NOCTTY`. There is no read call, no wait for input, no modem-line call
//! (`TIOCM…`), and no flow control, because XOFF and CTS are return paths. Where the port takes no more bytes, the program
//! sleeps and writes again: poll(2) and its like can wait for input too, and are not left to a process that sends. If a
//! receive conductor exists against the rules, the program never reads from it. The settings are read back once, when the
//! port was set and before the sandbox closes.

use std::io;
use std::os::fd::AsFd;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rootcast_host::link_name::{LinkName, LinkNameError};
use rootcast_host::sandbox::set_apart;
use rootcast_host::serial_line::{Direction, take};
use rootcast_host::serial_port::{LIST, NEXT_OF_LIST, PortFault, listed};
use rootcast_protocol::cobs;
use rootcast_protocol::frame::{frame_size, symbols_per_frame};
use rootcast_protocol::limits::FRAME_SIZE_MAX;
use rootcast_protocol::object::Object;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::termios::{QueueSelector, tcdrain, tcflush};

use super::error::LinkError;
use super::file::usual_room;
use super::outlet::Outlet;
use super::pace::{Pace, line_time};
use super::transmitter::{Link, Moved, Stop, Transmitter};
use crate::link::cover_sheet::CoverSheet;

/// The most bytes of a frame unless asked otherwise: damage costs whole frames, so they are kept short.
const FRAME_ROOM: usize = 1_200;

/// Bytes of a frame of an object that needs several: shorter frames lose less to each burst of damage than their headers
/// cost (docs/measurements.md has the curve).
const FRAME_ROOM_OF_SEVERAL: usize = 750;
/// The share of frames assumed lost.
const DESIGN_LOSS: f64 = 0.05;
const BAUD_MIN: u32 = 50;
const BAUD_MAX: u32 = 4_000_000;
/// So many bytes should have left a port that was full when it is written to again.
const ROOM_AGAIN: usize = 256;
/// How long a line may take, beyond its arithmetic, to let go of what the kernel and the adapter hold.
const DRAIN_WAIT: Duration = Duration::from_secs(10);

/// A serial port, as named.
#[derive(Debug)]
struct SerialLink {
    name: LinkName,
    port: PathBuf,
    baud: u32,
    room: Option<usize>,
}

/// The link `name` to the port it names.
pub(super) fn link(name: &LinkName, port: &str) -> Result<Box<dyn Link>, LinkNameError> {
    if port == LIST {
        return Err(name.wrong("this is no port, it asks for the ports").listing(listed(), NEXT_OF_LIST));
    }
    let baud = name.number("baud", BAUD_MIN, BAUD_MAX)?;
    let baud = baud.ok_or_else(|| {
        let next = "Add the speed of both ends, for example serial:PORT,baud=115200.";
        name.wrong("baud=N is missing: the speed of both ends").with_next(next)
    })?;
    let room = name.number("frame", 256, u32::try_from(FRAME_SIZE_MAX).unwrap_or(u32::MAX))?;
    let room = room.and_then(|room| usize::try_from(room).ok());
    Ok(Box::new(SerialLink { name: name.clone(), port: PathBuf::from(port), baud, room }))
}

impl SerialLink {
    fn fault(&self, fault: PortFault) -> LinkError {
        LinkError::SerialPort { path: self.port.clone(), baud: self.baud, fault }
    }
}

impl Link for SerialLink {
    fn name(&self) -> String {
        self.name.to_string()
    }

    fn design_loss(&self) -> f64 {
        DESIGN_LOSS
    }

    fn has_end(&self) -> bool {
        false
    }

    fn room(&self, object: &Object) -> Result<usize, LinkError> {
        match self.room {
            None if symbols_per_frame(object, FRAME_ROOM).is_some_and(|n| u32::from(n) >= object.source_symbols()) => {
                Ok(FRAME_ROOM)
            }
            None => Ok(usual_room(object, FRAME_ROOM_OF_SEVERAL)),
            Some(room) if symbols_per_frame(object, room).is_some() => Ok(room),
            Some(room) => {
                let needed = frame_size(object, 1);
                let instead = format!("frame={needed} or more");
                Err(LinkError::FrameRoom { link: self.name(), room, needed, instead })
            }
        }
    }

    fn frame_time(&self, size: usize, _frames_suffice: u32) -> Duration {
        line_time(cobs::encoded_size_max(size), self.baud)
    }

    fn open(&self, _cover: &CoverSheet) -> Result<Box<dyn Transmitter>, LinkError> {
        let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let opened = rustix::fs::open(&self.port, flags, Mode::empty()).map_err(io::Error::from).and_then(set_apart);
        let port = opened.map_err(|error| self.fault(PortFault::Open(error)))?;
        take(&port, self.baud, Direction::Transmit).map_err(|error| self.fault(PortFault::Line(error)))?;
        Ok(Box::new(SerialPort {
            path: self.port.clone(),
            port: Arc::new(port),
            baud: self.baud,
            pace: Pace::from(Instant::now()),
            stuffed: Vec::new(),
        }))
    }
}

struct SerialPort {
    path: PathBuf,
    port: Arc<OwnedFd>,
    baud: u32,
    pace: Pace,
    stuffed: Vec<u8>,
}

impl SerialPort {
    fn error(&self, doing: &'static str, source: impl Into<io::Error>) -> LinkError {
        LinkError::Port { doing, path: self.path.clone(), source: source.into() }
    }

    /// Sleeps until the port should take more bytes; at most a moment, so that a stop is noticed.
    fn wait_for_room(&self, stop: &Stop) {
        let left = stop.deadline.map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()));
        let moment = line_time(ROOM_AGAIN, self.baud).clamp(Duration::from_millis(1), Duration::from_millis(20));
        thread::sleep(left.min(moment));
    }

    /// Waits for the line in another thread, because only that can be given up.
    fn drained_within(&self, limit: Duration) -> Result<bool, LinkError> {
        let (done, drained) = mpsc::channel();
        let port = Arc::clone(&self.port);
        let waiting = thread::Builder::new().name("drain".to_owned()).spawn(move || {
            // Whoever waited may have given up.
            let _ = done.send(tcdrain(&*port));
        });
        waiting.map_err(|e| self.error("wait for", e))?;
        match drained.recv_timeout(limit) {
            Ok(Ok(()) | Err(Errno::INTR)) => Ok(true),
            Ok(Err(error)) => Err(self.error("drain", error)),
            Err(_) => Ok(false),
        }
    }
}

impl Transmitter for SerialPort {
    fn outlet(&self) -> Outlet<'_> {
        Outlet::Descriptor(self.port.as_fd())
    }

    fn transmit(&mut self, frame: &[u8], _caption: &[String], stop: &Stop) -> Result<Moved, LinkError> {
        if !stop.sleep_until(self.pace.free_at()) {
            return Ok(Moved::Cut);
        }
        let mut stuffed = std::mem::take(&mut self.stuffed);
        stuffed.clear();
        cobs::encode(frame, &mut stuffed);
        self.pace.take(Instant::now(), line_time(stuffed.len(), self.baud));
        let mut rest = stuffed.as_slice();
        while !rest.is_empty() {
            if stop.is_due() {
                self.stuffed = stuffed;
                return Ok(Moved::Cut);
            }
            match rustix::io::write(&*self.port, rest) {
                Ok(count) if count > 0 => rest = rest.get(count..).unwrap_or_default(),
                Ok(_) | Err(Errno::AGAIN) => self.wait_for_room(stop),
                Err(Errno::INTR) => {}
                Err(error) => return Err(self.error("write to", error)),
            }
        }
        self.stuffed = stuffed;
        Ok(Moved::Whole)
    }

    fn finish(&mut self, stop: &Stop) -> Result<(), LinkError> {
        let in_time = stop.sleep_until(self.pace.free_at());
        let limit = match stop.deadline {
            Some(deadline) => deadline.saturating_duration_since(Instant::now()).min(DRAIN_WAIT),
            None if stop.interrupt.is_set() => Duration::from_secs(1),
            None => DRAIN_WAIT,
        };
        if self.drained_within(limit.max(Duration::from_millis(20)))? {
            return Ok(());
        }
        // The line is stuck. What it holds is given up, or closing the port would wait for it.
        let _ = tcflush(&*self.port, QueueSelector::OFlush);
        if stop.is_due() || !in_time {
            return Ok(());
        }
        Err(LinkError::NotDrained { path: self.path.clone(), seconds: limit.as_secs() })
    }
}

//! The packet socket: opened once, and from then on only sent through.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rootcast_host::interface::{Flags, Interface};
use rootcast_host::sandbox::set_apart;
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, MMsgHdr, SendAncillaryBuffer, SendFlags, SocketFlags, SocketType, sendmmsg, socket_with,
};

use super::counters::Counters;
use super::header::{ETHERNET_SIZE, Header};
use super::pacing::{BATCH_MAX, Rate, Wire};
use crate::link::error::LinkError;
use crate::link::interface_count::InterfaceCount;
use crate::link::outlet::Outlet;
use crate::link::transmitter::{Moved, Stop, Transmitter, Watch};

/// How long a full queue of the interface is waited for before it is written to again.
const ROOM_AGAIN: Duration = Duration::from_millis(1);
/// How long an interface may take nothing at all.
const STUCK: Duration = Duration::from_secs(10);

/// Makes the socket of `interface`: of protocol 0, to which the kernel delivers nothing (packet(7)), and bound to it.
pub(super) fn open(interface: &Interface) -> io::Result<OwnedFd> {
    if !Flags::named(&interface.name).is_none_or(Flags::is_up) {
        return Err(Errno::NETDOWN.into());
    }
    let socket = socket_with(AddressFamily::PACKET, SocketType::RAW, SocketFlags::CLOEXEC, None)?;
    interface.bind(&socket)?;
    set_apart(socket)
}

/// An open link over an interface.
pub(super) struct Port {
    interface: Interface,
    socket: OwnedFd,
    counters: Arc<Counters>,
    header: Header,
    /// Bytes of every datagram, so that no frame differs from the others in size.
    size: usize,
    wire: Wire,
    rate: Rate,
    /// Ethernet frames that wait to be handed over together.
    batch: Vec<Vec<u8>>,
    /// How many of [`Port::batch`] do.
    waiting: usize,
    /// How many are handed over together.
    together: usize,
    handed_over: u64,
}

impl Port {
    #[expect(clippy::too_many_arguments, reason = "its parts, each of another kind")]
    pub(super) fn new(
        interface: Interface,
        socket: OwnedFd,
        counters: Counters,
        header: Header,
        size: usize,
        wire: Wire,
        rate: Rate,
        in_batches: bool,
    ) -> Self {
        let together = if in_batches { BATCH_MAX as usize } else { 1 };
        let batch = vec![Vec::new(); together];
        let counters = Arc::new(counters);
        Self { interface, socket, counters, header, size, wire, rate, batch, waiting: 0, together, handed_over: 0 }
    }

    fn error(&self, source: impl Into<io::Error>) -> LinkError {
        LinkError::Interface { doing: "send through", interface: self.interface.name.clone(), source: source.into() }
    }

    /// Hands over what waits, when the wire is free for it.
    fn hand_over(&mut self, stop: &Stop) -> Result<(), LinkError> {
        let waiting = self.batch.get(..self.waiting).unwrap_or_default();
        let Some(longest) = waiting.iter().map(Vec::len).max() else { return Ok(()) };
        let frame_time = self.rate.frame_time(longest - ETHERNET_SIZE);
        self.wire.take(u32::try_from(waiting.len()).unwrap_or(BATCH_MAX), frame_time, stop);
        let slices: Vec<[IoSlice<'_>; 1]> = waiting.iter().map(|frame| [IoSlice::new(frame)]).collect();
        let mut controls: Vec<_> = slices.iter().map(|_| SendAncillaryBuffer::default()).collect();
        let mut messages: Vec<MMsgHdr<'_>> =
            slices.iter().zip(&mut controls).map(|(slice, control)| MMsgHdr::new(slice, control)).collect();
        let (mut out, mut moved, mut ended) = (0, Instant::now(), Ok(()));
        while let Some(rest) = messages.get_mut(out..).filter(|rest| !rest.is_empty()) {
            match sendmmsg(&self.socket, rest, SendFlags::DONTWAIT) {
                Ok(count) if count > 0 => {
                    out += count;
                    self.handed_over += count as u64;
                    moved = Instant::now();
                }
                // Its queue is full.
                Ok(_) | Err(Errno::AGAIN | Errno::NOBUFS) if stop.is_due() => break,
                Ok(_) | Err(Errno::AGAIN | Errno::NOBUFS) if moved.elapsed() > STUCK => {
                    ended = Err(self.error(io::Error::new(io::ErrorKind::TimedOut, "it takes no more frames")));
                    break;
                }
                Ok(_) | Err(Errno::AGAIN | Errno::NOBUFS) => thread::sleep(ROOM_AGAIN),
                Err(Errno::INTR) => {}
                Err(error) => {
                    ended = Err(self.error(error));
                    break;
                }
            }
        }
        drop(messages);
        // What the stop or a failure cut off stays unsent; what is out is never sent again.
        let out = out.min(self.waiting);
        self.batch.rotate_left(out);
        self.waiting -= out;
        ended
    }
}

impl Transmitter for Port {
    fn outlet(&self) -> Outlet<'_> {
        Outlet::PacketSocket {
            socket: self.socket.as_fd(),
            interface: &self.interface.name,
            index: self.interface.index,
        }
    }

    fn watch(&self) -> Option<Watch> {
        let counters = Arc::clone(&self.counters);
        Some(Box::new(move || counters.trouble()))
    }

    fn transmit(&mut self, frame: &[u8], _caption: &[String], stop: &Stop) -> Result<Moved, LinkError> {
        if let Some(room) = self.batch.get_mut(self.waiting) {
            self.header.write(frame, self.size, room);
            self.waiting += 1;
        }
        if self.waiting < self.together {
            return Ok(Moved::Whole);
        }
        let ended = self.hand_over(stop);
        if ended.is_ok() && self.waiting < self.together {
            return Ok(Moved::Whole);
        }
        // The caller does not count this frame: it does not wait either.
        self.waiting = self.waiting.saturating_sub(1);
        ended.map(|()| Moved::Cut)
    }

    fn finish(&mut self, stop: &Stop) -> Result<(), LinkError> {
        self.hand_over(stop)?;
        self.wire.drain(stop);
        Ok(())
    }

    fn unsent(&self) -> u64 {
        self.waiting as u64
    }

    fn count(&self) -> Option<InterfaceCount> {
        Some(self.counters.count(self.handed_over))
    }
}

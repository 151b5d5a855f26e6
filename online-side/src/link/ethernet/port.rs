//! The open socket: datagrams in, frames out, and what the kernel had to drop because nobody took it in time.

use std::io;
use std::net::IpAddr;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use rootcast_host::interface::{Attribute, Flags, Interface};
use rootcast_protocol::datagram::{DatagramError, frame_of};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::sockopt::socket_recv_buffer_size;

use super::address::Listening;
use super::membership::Membership;
use super::queue::Queue;
use super::socket::BUFFER_WANTED;
use crate::link::receiver::{Flow, LinkEvent, LinkFailure, Receiver, WindUp};

/// What the kernel counts against a receive buffer for a frame of ordinary Ethernet: its bytes and its own records.
const COUNTED_SIZE: usize = 2_304;
/// Bits on the wire of such a frame.
const WIRE_BITS: u64 = 8 * 1_538;
/// How often an interface on which nothing comes is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// An open link over an interface.
pub(super) struct Port {
    interface: String,
    queue: Queue,
    /// Bytes of its receive buffer.
    granted: usize,
    /// Its flags, by a file that was open before the sandbox closed.
    flags: Attribute,
    carrier: Attribute,
    /// That of its socket in an IPv6 group.
    membership: Option<Membership>,
    is_down: bool,
    has_carrier: bool,
    looked: Instant,
    /// What is told at the first chance.
    opened: Option<String>,
}

impl Port {
    pub(super) fn new(interface: &Interface, socket: OwnedFd, listening: Listening) -> io::Result<Self> {
        let flags = interface.open_attribute("flags")?;
        let granted = socket_recv_buffer_size(&socket)?;
        let opened = format!(
            "{} on {} (interface {}; {})",
            match listening {
                Listening::EtherType(ethertype) => format!("Ethernet frames of type {ethertype:04x}"),
                Listening::Udp { to, port } => format!("UDP datagrams to {to} port {port}"),
            },
            interface.name,
            interface.index,
            buffer_text(granted),
        );
        Ok(Self {
            interface: interface.name.clone(),
            queue: Queue::new(socket),
            granted,
            flags,
            carrier: interface.open_attribute("carrier")?,
            membership: match listening {
                Listening::Udp { to: IpAddr::V6(to), .. } if to.is_multicast() => Membership::open(to, interface.index),
                Listening::Udp { .. } | Listening::EtherType(_) => None,
            },
            is_down: false,
            has_carrier: true,
            looked: Instant::now(),
            opened: Some(opened),
        })
    }

    fn failed(&self, why: impl std::fmt::Display) -> LinkFailure {
        let next = format!(
            "Look with `ip link` whether {} is there, and with `dmesg` what its driver says. Then run the same command again.",
            self.interface
        );
        LinkFailure::new(format!("the interface {} failed: {why}", self.interface)).with_next(next)
    }

    /// The host has left the group, of which the interface knows nothing.
    fn left(&self, lost: &Membership) -> LinkFailure {
        let why = format!(
            "the interface {} failed: this host has left the group {}, as it does when the MTU is below 1,280 for a moment: \
             nothing would be heard any more",
            self.interface, lost.group
        );
        LinkFailure::new(why).with_next(format!(
            "Set the MTU to 1,280 or more: ip link set {} mtu 1500. Then run the same command again.",
            self.interface
        ))
    }

    /// Looks whether the interface is still there, and up.
    fn look(&mut self, each: &mut dyn FnMut(LinkEvent)) -> Result<(), LinkFailure> {
        self.looked = Instant::now();
        let flags = match self.flags.read() {
            Ok(flags) => flags,
            Err(error) => return Err(self.failed(format!("it is gone ({error})"))),
        };
        let is_down = Flags::parse(&flags).is_some_and(|flags| !flags.is_up());
        if is_down != self.is_down {
            self.is_down = is_down;
            let now = if is_down { "went down; listening on, for when it is up again" } else { "is up again" };
            each(LinkEvent::Interface(format!("{} {now}", self.interface)));
        }
        // That of an interface that is down cannot be read.
        let has_carrier = self.carrier.number().is_none_or(|carrier| carrier > 0);
        if has_carrier != self.has_carrier {
            self.has_carrier = has_carrier;
            let now = if has_carrier {
                "has a carrier again"
            } else {
                "has NO CARRIER: nothing can arrive. Look at the cable and at the power of the other end; listening on"
            };
            each(LinkEvent::Interface(format!("{} {now}", self.interface)));
        }
        if !is_down && let Some(lost) = self.membership.as_ref().filter(|membership| membership.is_lost()) {
            return Err(self.left(lost));
        }
        Ok(())
    }

    /// Takes what is there; how many datagrams that were.
    fn take(&mut self, each: &mut dyn FnMut(LinkEvent)) -> Result<usize, LinkFailure> {
        let taken = match self.queue.take(&mut |datagram| each(heard(datagram))) {
            Ok(taken) => taken,
            Err(Errno::ENETDOWN) => {
                self.look(each)?;
                return Ok(0);
            }
            Err(error) => return Err(self.failed(error)),
        };
        if taken.dropped > 0 {
            each(LinkEvent::QueueDrops(u64::from(taken.dropped)));
        }
        Ok(taken.count)
    }
}

/// What a datagram is.
fn heard(datagram: &[u8]) -> LinkEvent {
    match frame_of(datagram) {
        Ok(frame) => LinkEvent::Frame(frame.to_vec()),
        Err(DatagramError::Cut { found, .. }) => LinkEvent::Damaged { bytes: found },
        Err(DatagramError::Short { .. } | DatagramError::Length { .. }) => LinkEvent::Foreign,
    }
}

/// What a receive buffer is worth, for people.
fn buffer_text(granted: usize) -> String {
    let frames = (granted / COUNTED_SIZE) as u64;
    let milliseconds = |rate: u64| frames * WIRE_BITS * 1_000 / rate;
    let raise = if granted < BUFFER_WANTED {
        format!("; sysctl -w net.core.rmem_max={BUFFER_WANTED} allows more")
    } else {
        String::new()
    };
    format!(
        "a buffer of {} KiB, {} asked for, holds a stall of {} ms at 100 Mbit/s and of {} ms at 1 Gbit/s{raise}",
        granted >> 10,
        BUFFER_WANTED >> 10,
        milliseconds(100_000_000),
        milliseconds(1_000_000_000),
    )
}

impl Receiver for Port {
    fn receive(&mut self, wait: Duration, each: &mut dyn FnMut(LinkEvent)) -> Result<Flow, LinkFailure> {
        if let Some(opened) = self.opened.take() {
            each(LinkEvent::Opened(opened));
        }
        let timeout = Timespec::try_from(wait).ok();
        match poll(&mut [PollFd::new(&self.queue.socket(), PollFlags::IN)], timeout.as_ref()) {
            Ok(0) | Err(rustix::io::Errno::INTR) => {}
            Ok(_) => {
                if self.take(each)? > 0 {
                    return Ok(Flow::More);
                }
            }
            Err(error) => return Err(self.failed(error)),
        }
        if self.looked.elapsed() >= LOOK_EVERY || self.is_down {
            self.look(each)?;
        }
        Ok(Flow::More)
    }

    fn winds_up(&self) -> WindUp {
        WindUp::Always
    }

    fn dropped_in_all(&mut self) -> u64 {
        self.queue.dropped_in_all(self.granted)
    }
}

#[cfg(test)]
mod tests {
    use super::{buffer_text, heard};
    use crate::link::LinkEvent;

    #[test]
    fn a_datagram_is_a_frame_damage_or_foreign() {
        assert!(matches!(heard(&[0, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0]), LinkEvent::Frame(frame) if frame.len() == 9));
        assert!(matches!(heard(&[0, 9, 1]), LinkEvent::Damaged { bytes: 1 }));
        for foreign in [&[][..], &[7], &[0; 46], &[0xff; 2_955]] {
            assert!(matches!(heard(foreign), LinkEvent::Foreign), "{foreign:?}");
        }
    }

    #[test]
    fn a_buffer_is_told_in_the_time_it_bridges() {
        let small = buffer_text(212_992);
        assert!(small.contains("a stall of 11 ms at 100 Mbit/s and of 1 ms at 1 Gbit/s; sysctl"), "{small}");
        assert!(!buffer_text(128 << 20).contains("sysctl"));
    }
}

//! The queue of a socket: datagrams in, and how many the kernel had to drop because nobody took them in time.
//!
//! The count comes with a datagram and has the value of the moment when that one was queued. So whoever is behind learns late
//! what was dropped, and at the end of a run the rest of the queue is read for its counts alone.

use std::io::IoSliceMut;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg};
use rootcast_protocol::datagram::DATAGRAM_SIZE_MAX;

/// Datagrams that are taken at once: 190 kB.
const BATCH: usize = 64;
/// The least that the kernel counts against a receive buffer for a datagram.
const COUNTED_SIZE_MIN: usize = 512;

/// The queue of one socket.
pub(super) struct Queue {
    socket: OwnedFd,
    room: Vec<u8>,
    /// Datagrams that the kernel dropped by what it said last.
    dropped: u32,
}

/// What was taken at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    /// How many datagrams.
    pub(super) count: usize,
    /// How many more were dropped than was known before.
    pub(super) dropped: u32,
}

impl Queue {
    pub(super) fn new(socket: OwnedFd) -> Self {
        Self { socket, room: vec![0; BATCH * DATAGRAM_SIZE_MAX], dropped: 0 }
    }

    pub(super) fn socket(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Takes datagrams that are there, each of them to `each`.
    ///
    /// # Errors
    /// The kernel's.
    pub(super) fn take(&mut self, each: &mut dyn FnMut(&[u8])) -> Result<Taken, Errno> {
        let (mut lengths, mut dropped) = ([0; BATCH], self.dropped);
        let received = {
            let mut slices: Vec<[IoSliceMut<'_>; 1]> =
                self.room.chunks_exact_mut(DATAGRAM_SIZE_MAX).map(|room| [IoSliceMut::new(room)]).collect();
            // Made anew each time: the kernel writes into it how much of it was used.
            let mut headers = MultiHeaders::<SockaddrStorage>::preallocate(BATCH, Some(cmsg_space!(u32)));
            let messages =
                recvmmsg(self.socket.as_raw_fd(), &mut headers, slices.iter_mut(), MsgFlags::MSG_DONTWAIT, None);
            messages.map(|messages| {
                let mut count = 0;
                for (message, length) in messages.zip(&mut lengths) {
                    (*length, count) = (message.bytes, count + 1);
                    for control in message.cmsgs().into_iter().flatten() {
                        if let ControlMessageOwned::RxqOvfl(number) = control {
                            dropped = number;
                        }
                    }
                }
                count
            })
        };
        let count = match received {
            Ok(count) => count,
            Err(Errno::EAGAIN | Errno::EINTR) => 0,
            Err(error) => return Err(error),
        };
        for (datagram, length) in self.room.chunks_exact(DATAGRAM_SIZE_MAX).zip(lengths).take(count) {
            each(datagram.get(..length).unwrap_or(datagram));
        }
        let more = dropped.wrapping_sub(self.dropped);
        self.dropped = dropped;
        Ok(Taken { count, dropped: more })
    }

    /// How many were dropped in all: reads what a buffer of `granted` bytes can hold, and looks at none of it.
    pub(super) fn dropped_in_all(&mut self, granted: usize) -> u64 {
        let mut read = 0;
        while read < granted / COUNTED_SIZE_MIN {
            match self.take(&mut |_| {}) {
                Ok(taken) if taken.count > 0 => read += taken.count,
                Ok(_) | Err(_) => break,
            }
        }
        u64::from(self.dropped)
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use nix::sys::socket::{setsockopt, sockopt};
    use rustix::net::sockopt::{set_socket_recv_buffer_size, socket_recv_buffer_size};

    use super::Queue;

    /// Of 250,000 frames that were dropped a run once told none, because the queue held older frames at its end.
    #[test]
    fn what_was_dropped_behind_a_backlog_is_known_at_the_end() {
        let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
        let to = receiver.local_addr().unwrap();
        set_socket_recv_buffer_size(&receiver, 200_000).unwrap();
        setsockopt(&receiver, sockopt::RxqOvfl, &1).unwrap();
        let granted = socket_recv_buffer_size(&receiver).unwrap();
        let mut queue = Queue::new(receiver.into());
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        // Each of these is in the queue, or dropped, when the call returns.
        let flood = |count: u32| (0..count).for_each(|_| assert_eq!(sender.send_to(&[7; 1_400], to).unwrap(), 1_400));
        flood(3_000);
        let first = queue.take(&mut |_| {}).unwrap();
        assert!(first.count > 0 && first.dropped == 0, "what was queued first knows of no drop: {first:?}");
        flood(3_000);
        let dropped = queue.dropped_in_all(granted);
        assert!(dropped > 2_000, "{dropped}");
        assert_eq!(queue.dropped_in_all(granted), dropped);
    }
}

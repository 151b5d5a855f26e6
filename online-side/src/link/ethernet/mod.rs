//! `eth:IFACE` and `udp:GROUP:PORT,interface=IFACE`: one frame in each Ethernet frame or UDP datagram.
//!
//! ```text
//! packet socket, bound to interface and EtherType ─┐
//! UDP socket, joined to the group                 ─┴─ recvmmsg ─ datagram ─▶ LinkEvent::Frame
//! ```
//!
//! Both sockets are opened before the sandbox closes, which leaves them receiving calls alone: the process can make no
//! socket, and send through none. Must not: send, set an interface promiscuous, or look into a frame.

mod address;
mod membership;
mod named;
mod port;
mod queue;
mod socket;

pub(super) use named::{ETHERNET, UDP};

//! The links `eth:IFACE` and `udp:GROUP:PORT,interface=IFACE`: each frame in an Ethernet frame of its own.
//!
//! ```text
//! name (link) ─▶ header (Ethernet, IP, UDP) ─▶ pacing (bits on the wire) ─▶ port (packet socket, sendmmsg)
//! quiet (what else could speak there) · counters (carrier, what left) · address (48 bits)
//! ```
//!
//! Both go out of a packet socket of protocol 0, bound to one interface. The kernel delivers nothing to such a socket
//! (packet(7)), and it needs no address of the interface, no ARP and no route. The sandbox leaves it sendmmsg(2)
//! only. Must not: receive, or read any counter of what came in.

mod address;
pub(crate) mod counters;
mod header;
mod named;
mod pacing;
mod port;
pub(crate) mod quiet;

pub(super) use named::{ethernet, udp};

//! The socket of a link: opened, bound, and set before the sandbox closes.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::OwnedFd;

use nix::sys::socket::{setsockopt, sockopt};
use rootcast_host::interface::Interface;
use rootcast_host::sandbox::set_apart;
use rustix::net::sockopt::{
    set_ip_add_membership_with_ifindex, set_ipv6_add_membership, set_socket_recv_buffer_size, set_socket_reuseaddr,
};
use rustix::net::{AddressFamily, Protocol, RawProtocol, RecvFlags, SocketFlags, SocketType, bind, recv, socket_with};

use super::address::Listening;

/// The receive buffer that is asked for, in bytes: half a second of a gigabit. The kernel grants `net.core.rmem_max`.
pub(super) const BUFFER_WANTED: usize = 64 << 20;

/// Frames that may have come in the moment before a socket is bound.
const HEARD_BEFORE_MAX: usize = 10_000;

/// Opens the socket.
pub(super) fn open(interface: &Interface, listening: Listening) -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = match listening {
        Listening::EtherType(ethertype) => {
            let protocol = RawProtocol::new(u32::from(ethertype.to_be())).map(Protocol::from_raw);
            let socket = socket_with(AddressFamily::PACKET, SocketType::DGRAM, flags, protocol)?;
            interface.bind(&socket)?;
            // Before that it was bound to no interface, and may have heard others (packet(7)).
            let heard = std::iter::from_fn(|| recv(&socket, &mut [0_u8; 1][..], RecvFlags::TRUNC).ok());
            let _ = heard.take(HEARD_BEFORE_MAX).count();
            socket
        }
        Listening::Udp { to, port } => {
            let family = if to.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
            let socket = socket_with(family, SocketType::DGRAM, flags, None)?;
            set_socket_reuseaddr(&socket, true)?;
            setsockopt(&socket, sockopt::BindToDevice, &interface.name.clone().into())?;
            match to {
                IpAddr::V4(to) => {
                    bind(&socket, &SocketAddr::from((to, port)))?;
                    if to.is_multicast() {
                        set_ip_add_membership_with_ifindex(&socket, &to, &Ipv4Addr::UNSPECIFIED, interface.index)?;
                    }
                }
                IpAddr::V6(to) => {
                    let address = std::net::SocketAddrV6::new(to, port, 0, interface.index);
                    bind(&socket, &address)?;
                    if to.is_multicast() {
                        set_ipv6_add_membership(&socket, &to, interface.index)?;
                    }
                }
            }
            socket
        }
    };
    // Refused or cut down by the kernel: what was granted is told.
    let _ = set_socket_recv_buffer_size(&socket, BUFFER_WANTED);
    setsockopt(&socket, sockopt::RxqOvfl, &1)?;
    set_apart(socket)
}

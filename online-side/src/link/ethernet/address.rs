//! What a link over an interface listens to.

use std::net::IpAddr;

/// What is taken from an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listening {
    /// Ethernet frames of this EtherType.
    EtherType(u16),
    /// UDP datagrams to this group or address, and to this port.
    Udp {
        /// The group, or this host's address.
        to: IpAddr,
        /// The port.
        port: u16,
    },
}

//! What a link over UDP is named by: a group or a host, and a port. Both programs read it here.
//!
//! Must not: make a socket, or know an interface.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::link_name::{LinkName, LinkNameError};

/// Where datagrams go to: `224.0.0.77:4200`, `[ff02::4d]:4200`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UdpTarget {
    /// A group, or the address of one host.
    pub to: IpAddr,
    /// The port, which is not 0.
    pub port: u16,
}

impl UdpTarget {
    /// Reads `target`, that of `link`. The address 0.0.0.0, or ::, is nobody's.
    ///
    /// # Errors
    /// When it is not GROUP:PORT.
    pub fn of_link(link: &LinkName, target: &str) -> Result<Self, LinkNameError> {
        Self::parse(target).ok_or_else(|| {
            link.wrong("the target is not GROUP:PORT, for example udp:224.0.0.77:4200 or udp:[ff02::4d]:4200")
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let (to, port) = text.rsplit_once(':')?;
        let is_number = port.bytes().all(|digit| digit.is_ascii_digit());
        let port = port.parse().ok().filter(|port: &u16| is_number && *port > 0)?;
        let to: IpAddr = match to.strip_prefix('[').and_then(|to| to.strip_suffix(']')) {
            Some(to) => to.parse::<Ipv6Addr>().ok()?.into(),
            None => to.parse::<Ipv4Addr>().ok()?.into(),
        };
        (!to.is_unspecified()).then_some(Self { to, port })
    }
}

#[cfg(test)]
mod tests {
    use super::UdpTarget;

    #[test]
    fn a_target_is_an_address_and_a_port() {
        for (text, to, port) in [("224.0.0.77:4200", "224.0.0.77", 4200), ("[ff02::4d]:1", "ff02::4d", 1)] {
            assert_eq!(UdpTarget::parse(text), Some(UdpTarget { to: to.parse().unwrap(), port }));
        }
        for wrong in [
            "",
            ":",
            "224.0.0.77",
            "224.0.0.77:",
            "224.0.0.77:0",
            "224.0.0.77:65536",
            "224.0.0.77:+1",
            "ff02::4d:4200",
            "[224.0.0.77]:1",
            "[ff02::4d:1",
            "group:1",
            "0.0.0.0:1",
            "[::]:1",
        ] {
            assert_eq!(UdpTarget::parse(wrong), None, "{wrong}");
        }
    }
}

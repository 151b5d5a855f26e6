//! Ethernet addresses: 48 bits, written `01:00:5e:00:00:fb`.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// An address of 48 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EthernetAddress(pub(super) [u8; 6]);

impl EthernetAddress {
    /// All stations: every card takes it, without promiscuous mode.
    pub(super) const BROADCAST: Self = Self([0xff; 6]);

    /// Whether a switch or a card delivers what is sent to it: not to nobody, and not to the addresses that bridges keep for
    /// themselves (IEEE 802.1Q, 01:80:c2:00:00:00 to 0f).
    pub(super) fn is_delivered(&self) -> bool {
        self.0 != [0; 6] && !(self.0.starts_with(&[0x01, 0x80, 0xc2, 0, 0]) && self.0[5] < 0x10)
    }

    /// The address of an IPv4 group (RFC 1112 §6.4).
    pub(super) const fn of_group4(group: Ipv4Addr) -> Self {
        let [_, b, c, d] = group.octets();
        Self([0x01, 0x00, 0x5e, b & 0x7f, c, d])
    }

    /// The address of an IPv6 group (RFC 2464 §7).
    pub(super) const fn of_group6(group: Ipv6Addr) -> Self {
        let [.., a, b, c, d] = group.octets();
        Self([0x33, 0x33, a, b, c, d])
    }

    /// The link-local IPv6 address that follows from it (RFC 4291 appendix A).
    pub(super) const fn link_local6(self) -> Ipv6Addr {
        let [a, b, c, d, e, f] = self.0;
        Ipv6Addr::new(
            0xfe80,
            0,
            0,
            0,
            ((a ^ 2) as u16) << 8 | b as u16,
            (c as u16) << 8 | 0xff,
            0xfe00 | d as u16,
            (e as u16) << 8 | f as u16,
        )
    }
}

/// Six pairs of hexadecimal digits with colons between them.
impl fmt::Display for EthernetAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

/// As it is displayed, in either case.
impl FromStr for EthernetAddress {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut address = [0; 6];
        let mut pairs = text.split(':');
        for byte in &mut address {
            let pair = pairs.next().filter(|pair| pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit()));
            *byte = u8::from_str_radix(pair.ok_or(())?, 16).map_err(|_| ())?;
        }
        if pairs.next().is_none() { Ok(Self(address)) } else { Err(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::EthernetAddress;

    #[test]
    fn a_group_has_the_address_of_the_standard() {
        // RFC 1112 §6.4: the low 23 bits; RFC 2464 §7: the low 32.
        let of = |group: &str| EthernetAddress::of_group4(group.parse().unwrap()).to_string();
        assert_eq!(of("224.0.0.251"), "01:00:5e:00:00:fb");
        assert_eq!(of("239.129.1.2"), "01:00:5e:01:01:02");
        let of = |group: &str| EthernetAddress::of_group6(group.parse().unwrap()).to_string();
        assert_eq!(of("ff02::1:ff28:9c5a"), "33:33:ff:28:9c:5a");
    }

    #[test]
    fn a_link_local_address_follows_from_the_interface() {
        // RFC 4291 appendix A.
        let address: EthernetAddress = "34:56:78:9a:bc:de".parse().unwrap();
        assert_eq!(address.link_local6().to_string(), "fe80::3656:78ff:fe9a:bcde");
    }

    #[test]
    fn only_six_pairs_are_an_address() {
        for wrong in [
            "",
            "ff",
            "ff:ff:ff:ff:ff",
            "ff:ff:ff:ff:ff:ff:ff",
            "f:f:f:f:f:f",
            "gg:00:00:00:00:00",
            "+1:00:00:00:00:00",
        ] {
            assert!(wrong.parse::<EthernetAddress>().is_err(), "{wrong}");
        }
    }
}

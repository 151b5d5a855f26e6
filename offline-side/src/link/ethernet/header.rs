//! What stands before a datagram on the wire: Ethernet II, and for `udp:` the headers of IPv4 or IPv6 and UDP.
//!
//! This program writes them itself, because a UDP socket would need an addressed interface and a route, and an ICMP message of
//! the far side would reach it as an error. Must not: send anything.

use std::net::{Ipv4Addr, Ipv6Addr};

use rootcast_protocol::datagram;

use super::address::EthernetAddress;

/// Bytes of an Ethernet II header: destination, source, EtherType.
pub(super) const ETHERNET_SIZE: usize = 14;
/// The least payload of an Ethernet frame (IEEE 802.3): cards fill up what is shorter.
pub(super) const PAYLOAD_SIZE_MIN: usize = 46;
const IPV4_SIZE: usize = 20;
const IPV6_SIZE: usize = 40;
const UDP_SIZE: usize = 8;
/// Protocol number and next header of UDP.
const UDP: u8 = 17;

/// What carries a datagram within an Ethernet frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carriage {
    /// Nothing: it is the payload.
    Raw {
        /// The EtherType.
        ethertype: u16,
    },
    /// UDP over IPv4.
    Udp4 { from: Ipv4Addr, to: Ipv4Addr, port: u16, ttl: u8 },
    /// UDP over IPv6.
    Udp6 { from: Ipv6Addr, to: Ipv6Addr, port: u16, ttl: u8 },
}

impl Carriage {
    /// Bytes of an Ethernet payload that are not the datagram.
    pub(super) const fn overhead(self) -> usize {
        match self {
            Self::Raw { .. } => 0,
            Self::Udp4 { .. } => IPV4_SIZE + UDP_SIZE,
            Self::Udp6 { .. } => IPV6_SIZE + UDP_SIZE,
        }
    }

    const fn ethertype(self) -> u16 {
        match self {
            Self::Raw { ethertype } => ethertype,
            Self::Udp4 { .. } => 0x0800,
            Self::Udp6 { .. } => 0x86dd,
        }
    }
}

/// The headers of one transmission.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) to: EthernetAddress,
    pub(super) from: EthernetAddress,
    pub(super) carriage: Carriage,
}

impl Header {
    /// Writes the whole Ethernet frame of `frame` into `out`, whose datagram has at least `size` bytes.
    pub(super) fn write(&self, frame: &[u8], size: usize, out: &mut Vec<u8>) {
        out.clear();
        out.extend_from_slice(&self.to.0);
        out.extend_from_slice(&self.from.0);
        out.extend_from_slice(&self.carriage.ethertype().to_be_bytes());
        let size = size.max(PAYLOAD_SIZE_MIN.saturating_sub(self.carriage.overhead()));
        let mut payload = Vec::with_capacity(size.max(frame.len() + datagram::LENGTH_SIZE));
        datagram::encode(frame, size, &mut payload);
        match self.carriage {
            Carriage::Raw { .. } => {}
            Carriage::Udp4 { from, to, port, ttl } => {
                out.extend_from_slice(&ipv4(from, to, ttl, payload.len()));
                let pseudo = [&from.octets()[..], &to.octets(), &[0, UDP]].concat();
                out.extend_from_slice(&udp(&pseudo, port, &payload));
            }
            Carriage::Udp6 { from, to, port, ttl } => {
                out.extend_from_slice(&ipv6(from, to, ttl, payload.len()));
                let pseudo = [&from.octets()[..], &to.octets(), &[0, UDP]].concat();
                out.extend_from_slice(&udp(&pseudo, port, &payload));
            }
        }
        out.extend_from_slice(&payload);
    }
}

/// Bytes as a header counts them. No datagram is longer than 3,000 bytes.
fn length(bytes: usize) -> [u8; 2] {
    u16::try_from(bytes).unwrap_or(u16::MAX).to_be_bytes()
}

/// A header of IPv4 (RFC 791) before so many bytes of UDP payload: not to be fragmented, so its identification is 0 (RFC 6864).
fn ipv4(from: Ipv4Addr, to: Ipv4Addr, ttl: u8, payload: usize) -> [u8; IPV4_SIZE] {
    let [l0, l1] = length(IPV4_SIZE + UDP_SIZE + payload);
    let ([a, b, c, d], [e, f, g, h]) = (from.octets(), to.octets());
    let header = |[s0, s1]: [u8; 2]| [0x45, 0, l0, l1, 0, 0, 0x40, 0, ttl, UDP, s0, s1, a, b, c, d, e, f, g, h];
    header(checksum(&[&header([0, 0])]))
}

/// A header of IPv6 (RFC 8200) before so many bytes of UDP payload.
fn ipv6(from: Ipv6Addr, to: Ipv6Addr, hops: u8, payload: usize) -> Vec<u8> {
    let [l0, l1] = length(UDP_SIZE + payload);
    [&[0x60, 0, 0, 0, l0, l1, UDP, hops][..], &from.octets(), &to.octets()].concat()
}

/// A header of UDP (RFC 768) before `payload`. `pseudo` has the addresses and the protocol.
fn udp(pseudo: &[u8], port: u16, payload: &[u8]) -> [u8; UDP_SIZE] {
    let ([p0, p1], [l0, l1]) = (port.to_be_bytes(), length(UDP_SIZE + payload.len()));
    let header = |[s0, s1]: [u8; 2]| [p0, p1, p0, p1, l0, l1, s0, s1];
    match checksum(&[pseudo, &[l0, l1], &header([0, 0]), payload]) {
        // 0 would mean that there is none.
        [0, 0] => header([0xff, 0xff]),
        sum => header(sum),
    }
}

/// The Internet checksum (RFC 1071) over these pieces, each of which but the last has an even number of bytes.
fn checksum(pieces: &[&[u8]]) -> [u8; 2] {
    let mut sum = 0_u64;
    for piece in pieces {
        let (pairs, rest) = piece.as_chunks::<2>();
        sum += pairs.iter().map(|pair| u64::from(u16::from_be_bytes(*pair))).sum::<u64>();
        sum += rest.first().map_or(0, |byte| u64::from(*byte) << 8);
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    (!u16::try_from(sum).unwrap_or(u16::MAX)).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::{Carriage, EthernetAddress, Header, checksum, ipv4};
    use rootcast_protocol::datagram::frame_of;

    fn header(carriage: Carriage) -> Header {
        Header { to: EthernetAddress::BROADCAST, from: EthernetAddress([2, 0, 0, 0, 0, 9]), carriage }
    }

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        // RFC 1071 §3.
        assert_eq!(checksum(&[&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]]), [0x22, 0x0d]);
        assert_eq!(checksum(&[&[0x01]]), [0xfe, 0xff]);
        let header = ipv4("192.168.0.1".parse().unwrap(), "192.168.0.199".parse().unwrap(), 64, 87);
        assert_eq!(checksum(&[&header]), [0, 0], "a right header sums up to nothing");
    }

    #[test]
    fn a_raw_frame_has_its_addresses_its_type_and_its_datagram() {
        let mut out = vec![7; 99];
        let frame = [0xd7; 20];
        header(Carriage::Raw { ethertype: 0x88b5 }).write(&frame, 30, &mut out);
        assert_eq!(out[..14], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9, 0x88, 0xb5]);
        assert_eq!((out.len(), frame_of(&out[14..])), (14 + 46, Ok(&frame[..])), "filled up with zeros");
    }

    #[test]
    fn datagrams_of_both_versions_of_ip_sum_up() {
        for (carriage, ip, addresses) in [
            (Carriage::Udp4 { from: [0, 0, 0, 0].into(), to: [224, 0, 0, 77].into(), port: 4200, ttl: 1 }, 20, 12..20),
            (
                Carriage::Udp6 {
                    from: "fe80::1".parse().unwrap(),
                    to: "ff02::4d".parse().unwrap(),
                    port: 4200,
                    ttl: 1,
                },
                40,
                8..40,
            ),
        ] {
            for length in [9, 100, 101, 1442] {
                let (mut out, frame) = (Vec::new(), vec![0xab; length]);
                header(carriage).write(&frame, 0, &mut out);
                let packet = &out[14..];
                let datagram = &packet[ip..];
                assert_eq!(usize::from(u16::from_be_bytes([datagram[4], datagram[5]])), datagram.len());
                let pseudo = [&packet[addresses.clone()], &[0, 17], &datagram[4..6]].concat();
                assert_eq!(checksum(&[&pseudo, datagram]), [0, 0], "{carriage:?}, {length} bytes");
                assert_eq!(frame_of(&datagram[8..]), Ok(&*frame));
            }
        }
    }
}

//! The links as they are named: `eth:eth0,rate=100M`, `udp:224.0.0.77:4200,interface=eth0`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};

use rootcast_host::ether_type::EtherType;
use rootcast_host::interface::{Interface, attribute, of_link};
use rootcast_host::link_name::{LinkName, LinkNameError};
use rootcast_host::udp_target::UdpTarget;
use rootcast_protocol::datagram::LENGTH_SIZE;
use rootcast_protocol::frame::{frame_size, symbols_per_frame};
use rootcast_protocol::limits::FRAME_SIZE_MAX;
use rootcast_protocol::object::Object;

use super::address::EthernetAddress;
use super::counters::Counters;
use super::header::{Carriage, Header};
use super::pacing::{Rate, Wire};
use super::port::{self, Port};
use super::quiet;
use crate::link::beat::Beat;
use crate::link::cover_sheet::CoverSheet;
use crate::link::error::LinkError;
use crate::link::transmitter::{Link, Transmitter};

/// The share of frames assumed lost.
const DESIGN_LOSS: f64 = 0.05;
/// The longest time in which everything may be lost at once: a receiver that is not scheduled, a switch that learns.
const OUTAGE: Duration = Duration::from_millis(200);
/// Frames of an object that is sent at intervals instead of at the wire's rate.
const FEW_FRAMES: u32 = 8;
/// What the payload of an Ethernet frame holds where nobody says otherwise.
const MTU_USUAL: usize = 1500;

/// A link over an interface, as named.
#[derive(Debug)]
struct InterfaceLink {
    name: LinkName,
    interface: String,
    rate: Rate,
    to: EthernetAddress,
    addressing: Addressing,
}

/// What the headers say, as far as the name says it.
#[derive(Debug, Clone, Copy)]
enum Addressing {
    Raw {
        ethertype: u16,
    },
    Udp4 {
        from: Ipv4Addr,
        to: Ipv4Addr,
        port: u16,
        ttl: u8,
    },
    /// Without a source, the link-local address that follows from the interface's.
    Udp6 {
        from: Option<Ipv6Addr>,
        to: Ipv6Addr,
        port: u16,
        ttl: u8,
    },
}

impl Addressing {
    fn carriage(self, address: EthernetAddress) -> Carriage {
        match self {
            Self::Raw { ethertype } => Carriage::Raw { ethertype },
            Self::Udp4 { from, to, port, ttl } => Carriage::Udp4 { from, to, port, ttl },
            Self::Udp6 { from, to, port, ttl } => {
                Carriage::Udp6 { from: from.unwrap_or(address.link_local6()), to, port, ttl }
            }
        }
    }
}

/// The link `name` to the interface it names.
pub(crate) fn ethernet(name: &LinkName, interface: &str) -> Result<Box<dyn Link>, LinkNameError> {
    let ethertype = match name.option("ethertype") {
        None => EtherType::DEFAULT,
        Some(text) => text.parse().map_err(|why: String| name.wrong(why))?,
    };
    let to = mac(name)?.unwrap_or(EthernetAddress::BROADCAST);
    link(name, Some(interface), to, Addressing::Raw { ethertype: ethertype.get() })
}

/// The link `name` to the group and port it names.
pub(crate) fn udp(name: &LinkName, target: &str) -> Result<Box<dyn Link>, LinkNameError> {
    let UdpTarget { to, port } = UdpTarget::of_link(name, target)?;
    if to.is_loopback() {
        return Err(name.wrong(format!("{to} is an address of this host itself, and no frame to it leaves")));
    }
    let interface = name.option("interface");
    let ttl = name.number("ttl", 1, 255)?.and_then(|ttl| u8::try_from(ttl).ok()).unwrap_or(1);
    let source = name.option("source");
    let no_source = |form: &str| name.wrong(format!("source={} is not {form}", source.unwrap_or_default()));
    let mac = mac(name)?;
    let no_mac = || {
        name.wrong(format!(
            "{to} is the address of one host, and this program cannot ask for its Ethernet address: give mac=, as \
             `ip link` shows it on the other side, or use a group, for example udp:224.0.0.77:{port}"
        ))
    };
    let (addressing, of_group) = match to {
        IpAddr::V4(to) => {
            let from: Option<Ipv4Addr> =
                source.map(|text| text.parse().map_err(|_| no_source("an IPv4 address"))).transpose()?;
            if from.is_some_and(|from| from.is_multicast() || from.is_broadcast()) {
                return Err(no_source("the address of one host: a receiver drops what a group seems to have sent"));
            }
            if from.is_some_and(|from| from.is_unspecified() || from.is_loopback()) {
                return Err(no_source(
                    "the address of another host: a receiver drops what nobody, or it itself, seems to have sent",
                ));
            }
            let is_local_group = to.octets().starts_with(&[224, 0, 0]);
            if from.is_none() && !is_local_group {
                return Err(name.wrong(
                    "source= is missing: a receiver takes datagrams without a source address only for groups in \
                     224.0.0.0/24. Give an address of the receiver's network"
                        .to_owned(),
                ));
            }
            let is_broadcast = to.is_broadcast();
            let of_group = match to {
                to if to.is_multicast() => Some(EthernetAddress::of_group4(to)),
                _ if is_broadcast => Some(EthernetAddress::BROADCAST),
                _ => None,
            };
            (Addressing::Udp4 { from: from.unwrap_or(Ipv4Addr::UNSPECIFIED), to, port, ttl }, of_group)
        }
        IpAddr::V6(to) => {
            let from: Option<Ipv6Addr> =
                source.map(|text| text.parse().map_err(|_| no_source("an IPv6 address"))).transpose()?;
            if from.is_some_and(|from| from.is_multicast() || from.is_unspecified() || from.is_loopback()) {
                return Err(no_source(
                    "the address of one other host: a receiver drops what a group, nobody or it itself seems to have sent",
                ));
            }
            let of_group = to.is_multicast().then(|| EthernetAddress::of_group6(to));
            (Addressing::Udp6 { from, to, port, ttl }, of_group)
        }
    };
    link(name, interface, mac.or(of_group).ok_or_else(no_mac)?, addressing)
}

fn mac(name: &LinkName) -> Result<Option<EthernetAddress>, LinkNameError> {
    let wrong = |text: &str| name.wrong(format!("mac={text} is not an Ethernet address such as 02:00:00:00:00:01"));
    let address = |text: &str| text.parse().ok().filter(EthernetAddress::is_delivered);
    name.option("mac").map(|text| address(text).ok_or_else(|| wrong(text))).transpose()
}

fn link(
    name: &LinkName,
    interface: Option<&str>,
    to: EthernetAddress,
    addressing: Addressing,
) -> Result<Box<dyn Link>, LinkNameError> {
    let interface = of_link(name, interface)?;
    let rate = match name.option("rate") {
        None => Rate::DEFAULT,
        Some(text) => text.parse().map_err(|()| {
            name.wrong(format!(
                "rate={text} is not a rate from 10M to 1G: give bits a second on the wire, such as 100M"
            ))
        })?,
    };
    Ok(Box::new(InterfaceLink { name: name.clone(), interface, rate, to, addressing }))
}

impl InterfaceLink {
    /// Bytes of an Ethernet payload that are not the frame.
    fn overhead(&self) -> usize {
        self.addressing.carriage(self.to).overhead() + LENGTH_SIZE
    }

    /// What the interface takes as a payload; the usual where there is no such interface.
    fn mtu(&self) -> usize {
        attribute(&self.interface, "mtu").and_then(|mtu| mtu.parse().ok()).unwrap_or(MTU_USUAL)
    }
}

impl Link for InterfaceLink {
    fn name(&self) -> String {
        self.name.to_string()
    }

    fn interface(&self) -> Option<&str> {
        Some(&self.interface)
    }

    fn design_loss(&self) -> f64 {
        DESIGN_LOSS
    }

    fn has_end(&self) -> bool {
        false
    }

    fn room(&self, object: &Object) -> Result<usize, LinkError> {
        let mtu = self.mtu();
        let room = mtu.saturating_sub(self.overhead()).min(FRAME_SIZE_MAX);
        if symbols_per_frame(object, room).is_some() {
            return Ok(room);
        }
        let needed = frame_size(object, 1);
        let instead = format!(
            "an interface with an MTU of {} or more (`ip link set {} mtu …`)",
            needed + self.overhead(),
            self.interface
        );
        Err(LinkError::FrameRoom { link: self.name(), room, needed, instead })
    }

    fn frame_time(&self, size: usize, _frames_suffice: u32) -> Duration {
        self.rate.frame_time(size + self.overhead())
    }

    fn outage(&self, frames_in_pass: u32) -> Duration {
        if frames_in_pass > FEW_FRAMES { OUTAGE } else { Duration::ZERO }
    }

    fn beat(&self, frames_in_pass: u32) -> Option<Beat> {
        (frames_in_pass <= FEW_FRAMES).then_some(Beat { frames: frames_in_pass })
    }

    fn is_fast(&self) -> bool {
        true
    }

    fn advice(&self, _room: usize) -> Vec<String> {
        if attribute(&self.interface, "ifindex").is_none() {
            return vec![format!("there is no interface {} on this host (yet)", self.interface)];
        }
        let findings = quiet::look(&self.interface).into_iter().filter(|finding| finding.is_against());
        findings.map(|finding| format!("{}: {}", self.interface, finding.text)).collect()
    }

    fn open(&self, cover: &CoverSheet) -> Result<Box<dyn Transmitter>, LinkError> {
        let error = |doing, source| LinkError::Interface { doing, interface: self.interface.clone(), source };
        let interface = Interface::find(&self.interface).map_err(|source| error("use", source))?;
        let socket = port::open(&interface).map_err(|source| error("open a packet socket on", source))?;
        let counters = Counters::open(&interface).map_err(|source| error("read the counters of", source))?;
        let address = EthernetAddress(interface.address);
        let header = Header { to: self.to, from: address, carriage: self.addressing.carriage(address) };
        let largest = cover.frame_size + LENGTH_SIZE;
        let pass = cover.object.source_symbols().div_ceil(u32::from(cover.symbols_per_frame.max(1)));
        Ok(Box::new(Port::new(
            interface,
            socket,
            counters,
            header,
            largest,
            Wire::from(Instant::now()),
            self.rate,
            pass > FEW_FRAMES,
        )))
    }
}

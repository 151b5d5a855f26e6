//! The rows of both links, and their names.

use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::ether_type::EtherType;
use rootcast_host::interface::{Interface, of_link};
use rootcast_host::link_name::{LinkName, LinkNameError};
use rootcast_host::sandbox::LinkCalls;
use rootcast_host::udp_target::UdpTarget;

use super::address::Listening;
use super::port::Port;
use super::socket;
use crate::link::kind::{LinkKind, LinkPaths, OpenWith, Opening, Remedy, Source};
use crate::link::receiver::Receiver;
use crate::link::refusal::not_opened;

/// The row of `eth:`.
pub(in crate::link) const ETHERNET: LinkKind = LinkKind {
    name: "eth",
    medium: None,
    form: "eth:IFACE[,ethertype=HEX]",
    options: &["ethertype"],
    hardware_notes: "#ethernet",
    opening: Opening::BeforeSandbox,
    calls: LinkCalls::RECEIVING_SOCKET,
    keeps_settings: false,
    is_recording: false,
    readers: 0,
    remedy: Remedy::CHECK_CABLE,
    read: ethernet,
};

/// The row of `udp:`.
pub(in crate::link) const UDP: LinkKind =
    LinkKind { name: "udp", form: "udp:GROUP:PORT,interface=IFACE", options: &["interface"], read: udp, ..ETHERNET };

/// A link over an interface that was named.
#[derive(Debug)]
struct InterfaceLink {
    interface: String,
    listening: Listening,
}

fn ethernet(name: &LinkName) -> Result<Box<dyn Source>, LinkNameError> {
    let ethertype = match name.option("ethertype") {
        None => EtherType::DEFAULT,
        Some(text) => text.parse().map_err(|why: String| name.wrong(why))?,
    };
    link(name, Some(&name.target), Listening::EtherType(ethertype.get()))
}

fn udp(name: &LinkName) -> Result<Box<dyn Source>, LinkNameError> {
    let UdpTarget { to, port } = UdpTarget::of_link(name, &name.target)?;
    link(name, name.option("interface"), Listening::Udp { to, port })
}

fn link(name: &LinkName, interface: Option<&str>, listening: Listening) -> Result<Box<dyn Source>, LinkNameError> {
    Ok(Box::new(InterfaceLink { interface: of_link(name, interface)?, listening }))
}

impl Source for InterfaceLink {
    fn paths(&self) -> LinkPaths {
        LinkPaths::default()
    }

    fn open(&self, name: &LinkName, _with: &OpenWith) -> Result<Box<dyn Receiver>, Diagnosis> {
        let interface = Interface::find(&self.interface).map_err(|error| {
            not_opened(
                name,
                format!("the interface {} cannot be used: {error}", self.interface),
                "Name a wired Ethernet interface: `ip link` shows them.",
            )
        })?;
        let socket = socket::open(&interface, self.listening).map_err(|error| {
            let next = match (error.kind(), self.listening) {
                (std::io::ErrorKind::PermissionDenied, Listening::Udp { port: ..1024, .. }) => {
                    "Ports below 1024 need the privilege CAP_NET_BIND_SERVICE: use a port from 1024 up, on both sides."
                }
                (std::io::ErrorKind::PermissionDenied, _) => {
                    "Opening this socket needs the privilege CAP_NET_RAW, and nothing after that does. Give it to the \
                     program: sudo setcap cap_net_raw+ep \"$(command -v rootcast-online)\" - or run this command as root."
                }
                (std::io::ErrorKind::AddrInUse, _) => "Another program has this port: end it, or use another port.",
                (_, Listening::Udp { .. }) => {
                    "Check that the interface is up and has an address (`ip address`), and that the group is one of its \
                     kind of IP."
                }
                (_, Listening::EtherType(_)) => "Check the interface with `ip link`, and its driver (`dmesg`).",
            };
            not_opened(name, format!("no socket could be opened on {}: {error}", self.interface), next)
        })?;
        let port = Port::new(&interface, socket, self.listening);
        Ok(Box::new(port.map_err(|error| {
            not_opened(name, error, "Check that /sys is mounted and is that of this network namespace.")
        })?))
    }
}

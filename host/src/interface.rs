//! Ethernet interfaces: named, found, bound to; and what the kernel says of one in `/sys/class/net`.
//!
//! Must not: make a socket, send or receive.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::FileExt;

use nix::sys::socket::{LinkAddr, SockaddrLike};

use crate::interface_family::{folder, is_radio, radio_below};
use crate::link_name::{LinkName, LinkNameError};

/// The hardware type of an Ethernet interface (`ARPHRD_ETHER`, linux/if_arp.h).
const ETHERNET: u16 = 1;
/// The longest name (`IFNAMSIZ` less the zero at its end).
const NAME_SIZE_MAX: usize = 15;
/// Bytes read of one of its files: numbers and words.
const ATTRIBUTE_SIZE_MAX: usize = 256;

/// Whether an interface may have this name, as the kernel has it.
fn is_interface_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'/' && byte != b':';
    (1..=NAME_SIZE_MAX).contains(&name.len()) && name != "." && name != ".." && name.bytes().all(is_plain)
}

/// One of its files, without the line end; `None` where it is not there or says nothing.
#[must_use]
pub fn attribute(name: &str, file: &str) -> Option<String> {
    let text = std::fs::read_to_string(folder(name).join(file)).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Why an interface is none of the wired kind, as far as `/sys` says; nothing where it is, or where `/sys` says nothing.
#[must_use]
pub fn kind_fault(name: &str) -> Option<&'static str> {
    let kind = attribute(name, "type").and_then(|kind| kind.parse::<u16>().ok());
    match kind {
        Some(kind) if kind != ETHERNET => Some(NO_ETHERNET),
        _ => is_radio(name).then_some("a radio, which receives what it can send to"),
    }
}

/// What an interface is that has frames of another kind.
const NO_ETHERNET: &str = "not an Ethernet interface";

/// The flags of an interface (linux/if.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flags(u64);

impl Flags {
    const UP: u64 = 0x1;
    const NO_ARP: u64 = 0x80;
    const PROMISCUOUS: u64 = 0x100;

    /// From the file `flags`, which has them in hexadecimal digits: `0x1003`. `None` where it has something else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        u64::from_str_radix(text.trim_start_matches("0x"), 16).ok().map(Self)
    }

    /// Those of the interface with this name; `None` where `/sys` does not say.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        attribute(name, "flags").as_deref().and_then(Self::parse)
    }

    /// Whether somebody has set it up.
    #[must_use]
    pub const fn is_up(self) -> bool {
        self.0 & Self::UP != 0
    }

    /// Whether it neither asks by ARP nor answers.
    #[must_use]
    pub const fn is_without_arp(self) -> bool {
        self.0 & Self::NO_ARP != 0
    }

    /// Whether it takes every frame.
    #[must_use]
    pub const fn is_promiscuous(self) -> bool {
        self.0 & Self::PROMISCUOUS != 0
    }
}

/// The name of the interface of a link: its target, or its option `interface`.
///
/// # Errors
/// When it is missing, or cannot be the name of an interface.
pub fn of_link(link: &LinkName, interface: Option<&str>) -> Result<String, LinkNameError> {
    let interface = interface.filter(|interface| !interface.is_empty());
    let interface =
        interface.ok_or_else(|| link.wrong("interface=IFACE is missing: `ip link` shows the interfaces"))?;
    if is_interface_name(interface) {
        return Ok(interface.to_owned());
    }
    Err(link.wrong(format!("{interface} is not the name of an interface: `ip link` shows them")))
}

/// An Ethernet interface of this host.
#[derive(Debug, Clone)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// Its number, which stays when it is renamed.
    pub index: u32,
    /// Its address.
    pub address: [u8; 6],
    link: LinkAddr,
}

impl Interface {
    /// The interface of this name. Asks the kernel through a netlink socket, so it works outside a sandbox only.
    ///
    /// # Errors
    /// When there is none, or it is no Ethernet interface of the wired kind.
    pub fn find(name: &str) -> io::Result<Self> {
        let all = nix::ifaddrs::getifaddrs()?;
        let links = all.filter(|one| one.interface_name == name).filter_map(|one| one.address);
        let link = links.filter_map(|address| address.as_link_addr().copied()).next();
        let link = link.ok_or_else(|| io::Error::new(ErrorKind::NotFound, "there is no such interface"))?;
        let other = |what: &str| io::Error::new(ErrorKind::Unsupported, format!("it is {what}"));
        if link.hatype() != ETHERNET {
            return Err(other(NO_ETHERNET));
        }
        if let Some(fault) = kind_fault(name) {
            return Err(other(fault));
        }
        if let Some(radio) = radio_below(name) {
            return Err(other(&format!(
                "an interface that goes out of {radio}, a radio, which receives what it can send to"
            )));
        }
        let address = link.addr().ok_or_else(|| other("an interface without an address"))?;
        let index = u32::try_from(link.ifindex()).map_err(io::Error::other)?;
        Ok(Self { name: name.to_owned(), index, address, link })
    }

    /// Binds a packet socket to this interface, and to no protocol but its own.
    ///
    /// # Errors
    /// The kernel's.
    pub fn bind(&self, socket: impl AsFd) -> io::Result<()> {
        debug_assert!(self.link.protocol() == 0 && self.link.len() > 0);
        Ok(nix::sys::socket::bind(socket.as_fd().as_raw_fd(), &self.link)?)
    }

    /// Opens one of its files in `/sys/class/net`, to be read again and again.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub fn open_attribute(&self, file: &str) -> io::Result<Attribute> {
        let path = folder(&self.name).join(file);
        File::open(&path)
            .map(Attribute)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    }
}

/// An open file of `/sys/class/net`. It stays that of its interface, also when that is renamed.
#[derive(Debug)]
pub struct Attribute(File);

impl Attribute {
    /// What it says now, without the line end.
    ///
    /// # Errors
    /// The kernel's: ENODEV where the interface is gone, EINVAL for the carrier of one that is down.
    pub fn read(&self) -> io::Result<String> {
        let mut bytes = [0; ATTRIBUTE_SIZE_MAX];
        let count = self.0.read_at(&mut bytes, 0)?;
        Ok(String::from_utf8_lossy(bytes.get(..count).unwrap_or_default()).trim().to_owned())
    }

    /// The number that it says now; `None` where it says none.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        self.read().ok()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{Flags, Interface, attribute, is_interface_name, kind_fault, of_link};
    use crate::link_name::LinkName;

    #[test]
    fn flags_are_read_as_the_kernel_writes_them() {
        let flags =
            |text| Flags::parse(text).map(|flags| (flags.is_up(), flags.is_without_arp(), flags.is_promiscuous()));
        assert_eq!(flags("0x1003"), Some((true, false, false)));
        assert_eq!(flags("0x1182"), Some((false, true, true)));
        for wrong in ["", "0x", "up", "-1"] {
            assert_eq!(flags(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_interface_of_a_link_has_a_name_that_there_can_be() {
        let link: LinkName = "udp:224.0.0.77:4200,interface=eth0".parse().unwrap();
        assert_eq!(of_link(&link, link.option("interface")), Ok("eth0".to_owned()));
        for (interface, says) in [(None, "is missing"), (Some(""), "is missing"), (Some("a/b"), "is not the name of")] {
            assert!(of_link(&link, interface).unwrap_err().to_string().contains(says), "{interface:?}");
        }
    }

    #[test]
    fn names_are_those_that_the_kernel_allows() {
        for name in ["eth0", "enp0s31f6", "a", "veth-1.2@x", "fifteen-letters"] {
            assert!(is_interface_name(name), "{name}");
        }
        for name in ["", ".", "..", "a/b", "a:b", "a b", "ä", "a\n", "sixteen-letters!", "../eth0"] {
            assert!(!is_interface_name(name), "{name}");
        }
    }

    #[test]
    fn what_is_no_ethernet_interface_is_refused_in_words() {
        let said = |name| Interface::find(name).unwrap_err().to_string();
        assert_eq!(said("no-such-if"), "there is no such interface");
        if attribute("lo", "type").is_some() {
            assert_eq!(said("lo"), "it is not an Ethernet interface");
            assert_eq!(kind_fault("lo"), Some("not an Ethernet interface"));
        }
    }
}

//! What else could speak over an interface, or hear: from `/sys/class/net`, `/proc/net` and netlink only.
//!
//! No packet is sent, and the only socket is the one for questions to this kernel, so anybody may look. What only `ethtool`
//! can say is told as a command, and as not checked. Must not: change anything.

use std::fs;
use std::net::Ipv4Addr;
use std::thread;
use std::time::Duration;

use rootcast_host::interface::{Flags, attribute};
use rootcast_host::interface_family::{below, folder, ipv4_addresses, is_bridge, upon};
use rootcast_host::text::count;
use serde::Serialize;

/// What is known of one point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Found {
    /// As it should be.
    Quiet,
    /// Something speaks or could speak, or hears.
    NotQuiet,
    /// This program cannot see it.
    NotChecked,
}

/// One point that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// Its stable name.
    pub(crate) point: &'static str,
    /// What was found.
    pub(crate) found: Found,
    /// For people.
    pub(crate) text: String,
    /// What to type to change it, or to look at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) command: Option<String>,
}

impl Finding {
    fn new(point: &'static str, problem: Option<String>, fine: &str, command: String) -> Self {
        match problem {
            None => Self { point, found: Found::Quiet, text: fine.to_owned(), command: None },
            Some(text) => Self { point, found: Found::NotQuiet, text, command: Some(command) },
        }
    }

    fn not_checked(point: &'static str, text: &str, command: String) -> Self {
        Self { point, found: Found::NotChecked, text: text.to_owned(), command: Some(command) }
    }

    /// One line for people, or two.
    pub(crate) fn line(&self) -> String {
        let mark = match self.found {
            Found::Quiet => "ok         ",
            Found::NotQuiet => "NOT QUIET  ",
            Found::NotChecked => "not checked",
        };
        let command = self.command.iter().map(|command| format!("\n                {command}")).collect::<String>();
        format!("{mark} {}{command}", self.text)
    }

    /// Whether it speaks against a one-way link.
    pub(crate) fn is_against(&self) -> bool {
        self.found == Found::NotQuiet
    }
}

/// Everything about `interface` that can be seen at once.
pub(crate) fn look(interface: &str) -> Vec<Finding> {
    let flags = Flags::named(interface);
    let carrier = attribute(interface, "carrier");
    let down = (!flags.is_some_and(Flags::is_up)).then(|| "it is down".to_owned());
    let no_carrier = (carrier.as_deref() != Some("1")).then(|| "its carrier is down: nothing would leave".to_owned());
    let ipv4 = ipv4_of(interface)
        .map(|address| format!("it has the IPv4 address or route {address}, so the kernel answers and asks"));
    let ipv6 = ipv6_of(interface);
    let arp = (!flags.is_some_and(Flags::is_without_arp)).then(|| "ARP is on: the kernel would answer".to_owned());
    let promiscuous = flags
        .is_some_and(Flags::is_promiscuous)
        .then(|| "it is promiscuous: something listens to all frames".to_owned());
    let above = above(interface).map(|above| format!("it is part of {above}, which sends over it"));
    let sockets = match listening_sockets(interface) {
        0 => None,
        sockets => Some(format!("{} of other programs can receive from it", count(sockets, "packet socket"))),
    };
    vec![
        Finding::new("up", down, "it is up", format!("ip link set {interface} up")),
        Finding::new("carrier", no_carrier, "its carrier is up", format!("ip -s link show {interface}")),
        Finding::new("ipv4", ipv4, "it has no IPv4 address", format!("ip -4 addr flush dev {interface}")),
        Finding::new("ipv6", ipv6, "IPv6 is off", format!("sysctl -w net/ipv6/conf/{interface}/disable_ipv6=1")),
        Finding::new("arp", arp, "ARP is off", format!("ip link set {interface} arp off")),
        Finding::new(
            "promiscuous",
            promiscuous,
            "it is not promiscuous",
            format!("ip link set {interface} promisc off"),
        ),
        Finding::new(
            "part-of",
            above,
            "it is part of no bridge or bond, and carries no VLAN",
            format!("ip link set {interface} nomaster"),
        ),
        Finding::new(
            "stands-on",
            stands_on(interface),
            "it goes out of no other interface that is not quiet",
            "rootcast-offline link check eth:INTERFACE, for each of them".to_owned(),
        ),
        Finding::new("listeners", sockets, "no other program receives from it", "ss -0 -p".to_owned()),
        Finding::not_checked(
            "energy-efficient",
            "energy-efficient Ethernet lets the other end tell this card when to sleep",
            format!("ethtool --show-eee {interface}; ethtool --set-eee {interface} eee off"),
        ),
        Finding::not_checked(
            "pause",
            "pause frames of the other end stop this card",
            format!("ethtool --show-pause {interface}; ethtool --pause {interface} autoneg off rx off tx off"),
        ),
        Finding::not_checked(
            "autonegotiation",
            "a copper card that negotiates its speed exchanges it with the other end",
            format!("ethtool {interface}; ethtool -s {interface} speed 100 duplex full autoneg off"),
        ),
        Finding::not_checked(
            "mdi-x",
            "a copper card that swaps its pairs (MDI-X) can receive on the pair that is connected",
            format!("ethtool {interface}; ethtool -s {interface} mdix off"),
        ),
    ]
}

/// Whether something sends over `interface` during `time`.
pub(crate) fn watch(interface: &str, time: Duration) -> Finding {
    let sent = || attribute(interface, "statistics/tx_packets").and_then(|sent| sent.parse::<u64>().ok()).unwrap_or(0);
    let before = sent();
    thread::sleep(time);
    let more = sent().saturating_sub(before);
    let text = (more > 0).then(|| format!("something sent {} over it in {} s", count(more, "frame"), time.as_secs()));
    Finding::new("silence", text, "nothing was sent over it while it was watched", format!("tcpdump -i {interface}"))
}

/// What speaks where `interface` goes out: it may be a VLAN, macvlan or bond on another interface, or a bridge.
fn stands_on(interface: &str) -> Option<String> {
    let lower = below(interface);
    let mut found = Vec::new();
    if is_bridge(interface) {
        found.push("it is a bridge, which sends what comes in elsewhere, and frames of its own".to_owned());
    }
    for name in &lower {
        let address = ipv4_of(name).map(|address| format!("has the IPv4 address or route {address}"));
        let arp = (!Flags::named(name).is_some_and(Flags::is_without_arp)).then(|| "has ARP on".to_owned());
        let ipv6 = ipv6_of(name).map(|_| "has IPv6 on".to_owned());
        let sockets = (listening_sockets(name) > 0).then(|| "has packet sockets of other programs".to_owned());
        let others: Vec<String> =
            upon(name).into_iter().filter(|one| one != interface && !lower.contains(one)).collect();
        let others = (!others.is_empty()).then(|| format!("carries {}", others.join(", ")));
        let all: Vec<String> = [address, arp, ipv6, sockets, others].into_iter().flatten().collect();
        if !all.is_empty() {
            found.push(format!("it goes out of {name}, which {}", all.join(", and ")));
        }
    }
    (!found.is_empty()).then(|| found.join("; "))
}

/// An IPv4 address or route of `interface`.
fn ipv4_of(interface: &str) -> Option<String> {
    let routes = fs::read_to_string("/proc/net/route").unwrap_or_default();
    if let Ok(addresses) = ipv4_addresses(interface) {
        let route = ipv4_in(interface, &routes, "");
        return route.or_else(|| addresses.first().map(|address| format!("{address}/32")));
    }
    // Where the kernel does not say whose an address is.
    let local = fs::read_to_string("/proc/net/fib_trie").unwrap_or_default();
    ipv4_in(interface, &routes, &local)
}

/// The same in the text of these files: a route of the interface, or a local address that no other interface's route and no
/// loopback explains.
fn ipv4_in(interface: &str, routes: &str, local: &str) -> Option<String> {
    let number = |hex: &str| u32::from_str_radix(hex, 16).ok().map(u32::swap_bytes);
    let routes: Vec<(&str, u32, u32)> = routes
        .lines()
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            Some((*words.first()?, number(words.get(1)?)?, number(words.get(7)?)?))
        })
        .collect();
    if let Some((_, to, mask)) = routes.iter().find(|(of, ..)| *of == interface) {
        return Some(format!("{}/{}", Ipv4Addr::from(*to), mask.count_ones()));
    }
    let mut lines = local.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        let address = line.strip_prefix("|-- ").and_then(|text| text.parse::<Ipv4Addr>().ok());
        let is_local = lines.peek().is_some_and(|next| next.contains("host LOCAL"));
        let Some(address) = address.filter(|address| is_local && !address.is_loopback()) else { continue };
        let is_explained = |(_, to, mask): &(&str, u32, u32)| *mask != 0 && u32::from(address) & mask == *to;
        if !routes.iter().any(is_explained) {
            return Some(format!("{address} (of an interface without a route: perhaps this one)"));
        }
    }
    None
}

fn ipv6_of(interface: &str) -> Option<String> {
    let addresses = fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    if addresses.lines().any(|line| line.split_whitespace().next_back() == Some(interface)) {
        return Some("it has an IPv6 address, and sends and answers by itself".to_owned());
    }
    let switch = fs::read_to_string(format!("/proc/sys/net/ipv6/conf/{interface}/disable_ipv6")).ok()?;
    (switch.trim() != "1").then(|| "IPv6 is on: it takes an address as soon as its carrier is up".to_owned())
}

/// What `interface` is part of, or what stands on it.
fn above(interface: &str) -> Option<String> {
    let mut names = fs::read_dir(folder(interface)).ok()?.flatten().map(|entry| entry.file_name());
    let name = names.find_map(|name| {
        let name = name.to_string_lossy().into_owned();
        if name == "master" {
            Some("a bridge or bond".to_owned())
        } else {
            name.strip_prefix("upper_").map(str::to_owned)
        }
    })?;
    Some(name)
}

/// How many packet sockets receive from `interface`, or from all.
fn listening_sockets(interface: &str) -> u64 {
    let index = attribute(interface, "ifindex").and_then(|index| index.parse().ok()).unwrap_or(0);
    let sockets = fs::read_to_string("/proc/net/packet").unwrap_or_default();
    let listens = |socket: &PacketSocket| socket.is_receiving && (socket.interface == index || socket.interface == 0);
    sockets.lines().filter_map(PacketSocket::parse).filter(listens).count() as u64
}

/// A line of `/proc/net/packet`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PacketSocket {
    /// The protocol it receives; 0 for none.
    pub(crate) protocol: u16,
    /// The number of its interface; 0 for all.
    pub(crate) interface: u32,
    /// Whether the kernel delivers anything to it.
    pub(crate) is_receiving: bool,
    /// Bytes that wait in it.
    pub(crate) waiting: u64,
    inode: u64,
}

impl PacketSocket {
    /// The socket with this inode number.
    pub(crate) fn of_inode(inode: u64) -> Option<Self> {
        let sockets = fs::read_to_string("/proc/net/packet").ok()?;
        sockets.lines().filter_map(Self::parse).find(|socket| socket.inode == inode)
    }

    /// `sk RefCnt Type Proto Iface R Rmem User Inode`
    fn parse(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split_whitespace().collect();
        Some(Self {
            protocol: u16::from_str_radix(words.get(3)?, 16).ok()?,
            interface: words.get(4)?.parse().ok()?,
            is_receiving: *words.get(5)? != "0",
            waiting: words.get(6)?.parse().ok()?,
            inode: words.get(8)?.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{PacketSocket, ipv4_in};

    const ROUTES: &str = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
        eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
        eth0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
    const LOCAL: &str = "Local:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 10.0.0.7\n        /32 host LOCAL\n     |-- 127.0.0.1\n        /32 host LOCAL\n";

    #[test]
    fn an_address_is_found_by_its_route_or_by_having_none() {
        assert_eq!(ipv4_in("eth0", ROUTES, LOCAL).as_deref(), Some("0.0.0.0/0"));
        assert_eq!(ipv4_in("eth1", ROUTES, LOCAL), None);
        let more = format!("{LOCAL}     |-- 192.0.2.9\n        /32 host LOCAL\n");
        assert!(ipv4_in("eth1", ROUTES, &more).unwrap().starts_with("192.0.2.9"));
        assert_eq!(ipv4_in("eth1", "", ""), None);
    }

    #[test]
    fn a_packet_socket_is_read_as_the_kernel_writes_it() {
        assert_eq!(PacketSocket::parse("sk               RefCnt Type Proto  Iface R Rmem   User   Inode"), None);
        let line = "00000000a6fd4cd0 3      3    0000   4     0 0      0      59042";
        let socket = PacketSocket::parse(line).unwrap();
        let wanted = PacketSocket { protocol: 0, interface: 4, is_receiving: false, waiting: 0, inode: 59_042 };
        assert_eq!(socket, wanted);
        assert!(PacketSocket::parse("0000 3 3 0003 0 1 0 0 17").unwrap().is_receiving);
    }
}

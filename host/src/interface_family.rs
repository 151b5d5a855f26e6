//! Where the kernel says what it knows of an interface; what one stands on (a VLAN, macvlan, bridge or
//! bond goes out of another interface), and the addresses that it has.
//!
//! Must not: send, or change anything.

use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

/// Interfaces that are looked at.
const BELOW_MAX: usize = 64;

/// The folder in which the kernel says what it knows of an interface.
#[must_use]
pub fn folder(name: &str) -> PathBuf {
    Path::new("/sys/class/net").join(name)
}

/// The interfaces out of which what `name` sends goes, nearest first: those it stands on, and those that they stand on.
#[must_use]
pub fn below(name: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut next = vec![name.to_owned()];
    while let Some(of) = next.pop() {
        for lower in beside(&of, "lower_") {
            if lower != name && !found.contains(&lower) && found.len() < BELOW_MAX {
                found.push(lower.clone());
                next.push(lower);
            }
        }
    }
    found
}

/// The interfaces that stand on `name`.
#[must_use]
pub fn upon(name: &str) -> Vec<String> {
    beside(name, "upper_")
}

/// The names behind the links in its folder that begin with `prefix`.
fn beside(name: &str, prefix: &str) -> Vec<String> {
    let entries = fs::read_dir(folder(name)).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().to_str()?.strip_prefix(prefix).map(str::to_owned));
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// Whether it is a bridge, which sends what comes in elsewhere, and frames of its own.
#[must_use]
pub fn is_bridge(name: &str) -> bool {
    folder(name).join("bridge").exists()
}

/// Whether it is a radio.
#[must_use]
pub(crate) fn is_radio(name: &str) -> bool {
    ["wireless", "phy80211"].iter().any(|file| folder(name).join(file).exists())
}

/// The first of the interfaces below `name` that is a radio.
#[must_use]
pub(crate) fn radio_below(name: &str) -> Option<String> {
    below(name).into_iter().find(|name| is_radio(name))
}

/// The IPv4 addresses of an interface. Asks the kernel through a netlink socket, so it works outside a sandbox only.
///
/// # Errors
/// The kernel's.
pub fn ipv4_addresses(name: &str) -> io::Result<Vec<Ipv4Addr>> {
    let all = nix::ifaddrs::getifaddrs()?;
    // An address may have a label of its own: `eth0:1`.
    let is_of = |of: &str| of.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
    let addresses = all.filter(|one| is_of(&one.interface_name)).filter_map(|one| one.address);
    Ok(addresses.filter_map(|address| address.as_sockaddr_in().map(|address| address.ip())).collect())
}

#[cfg(test)]
mod tests {
    use super::{below, ipv4_addresses, is_bridge, radio_below, upon};

    #[test]
    fn an_interface_that_stands_on_nothing_has_nothing_below_it() {
        for name in ["lo", "no-such-if"] {
            assert!(below(name).is_empty() && upon(name).is_empty() && radio_below(name).is_none() && !is_bridge(name));
        }
        assert!(ipv4_addresses("no-such-if").unwrap().is_empty());
    }
}

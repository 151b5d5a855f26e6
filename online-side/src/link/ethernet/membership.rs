//! Whether the kernel is still in the IPv6 group of a socket. It leaves without a word when the MTU of the interface falls
//! below 1,280, even for a moment (RFC 8200 §5), and nobody joins again for a socket that is bound.

use std::fs::File;
use std::net::Ipv6Addr;
use std::os::unix::fs::FileExt;

/// Where the kernel lists its groups.
const GROUPS: &str = "/proc/net/igmp6";
/// Bytes of that list that are read. In a longer one nothing is looked for.
const LIST_SIZE_MAX: usize = 64 << 10;

/// A group in the list of the kernel, by a file that was open before the sandbox closed.
#[derive(Debug)]
pub(super) struct Membership {
    list: File,
    index: u32,
    pub(super) group: Ipv6Addr,
}

impl Membership {
    /// That of `group` on the interface with this number; nothing where the kernel does not list it.
    pub(super) fn open(group: Ipv6Addr, index: u32) -> Option<Self> {
        let membership = Self { list: File::open(GROUPS).ok()?, index, group };
        (membership.is_listed() == Some(true)).then_some(membership)
    }

    /// Whether the kernel has left the group.
    pub(super) fn is_lost(&self) -> bool {
        self.is_listed() == Some(false)
    }

    /// Whether it is in the list; `None` where that cannot be read to its end.
    fn is_listed(&self) -> Option<bool> {
        let (mut list, mut read) = (vec![0; LIST_SIZE_MAX], 0);
        loop {
            let count = self.list.read_at(list.get_mut(read..)?, u64::try_from(read).ok()?).ok()?;
            if count == 0 {
                break;
            }
            read += count;
            if read >= LIST_SIZE_MAX {
                return None;
            }
        }
        Some(is_in(&String::from_utf8_lossy(list.get(..read)?), self.group, self.index))
    }
}

/// Whether a list has the group: `2 eth0 ff02000000000000000000000000004d 1 00000004 0`.
fn is_in(list: &str, group: Ipv6Addr, index: u32) -> bool {
    let hexadecimal: String = group.octets().iter().map(|octet| format!("{octet:02x}")).collect();
    list.lines().any(|line| {
        let mut words = line.split_whitespace();
        words.next().and_then(|word| word.parse().ok()) == Some(index) && words.nth(1) == Some(hexadecimal.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::is_in;

    #[test]
    fn a_group_is_looked_for_on_its_interface() {
        let list = "1    lo              ff020000000000000000000000000001     1 0000000C 0\n\
            12   i0              ff02000000000000000000000000004d     1 00000004 0\n";
        let group = |text: &str| text.parse().unwrap();
        assert!(is_in(list, group("ff02::4d"), 12) && is_in(list, group("ff02::1"), 1));
        assert!(!is_in(list, group("ff02::4d"), 1) && !is_in(list, group("ff02::4e"), 12));
        assert!(!is_in("", group("ff02::4d"), 12) && !is_in("12\nx i0\n\n", group("ff02::4d"), 12));
    }
}

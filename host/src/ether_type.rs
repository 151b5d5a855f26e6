//! The EtherType of our Ethernet frames, as both programs name it.
//!
//! Must not: know an interface, send or receive.

use std::str::FromStr;

/// Below this the field is a length (IEEE 802.3).
const LENGTHS_BELOW: u16 = 0x0600;
/// What hosts answer to, or cards and switches act on: IPv4, ARP, IPv6, VLAN tags, pause frames, slow
/// protocols, LLDP, 802.1X, MACsec, PTP, MPLS, PPPoE, Fibre Channel and its initialization.
const TAKEN: [u16; 19] = [
    0x0800, 0x0806, 0x86dd, 0x8100, 0x88a8, 0x9100, 0x9200, 0x8808, 0x8809, 0x88cc, 0x888e, 0x88e5, 0x88f7, 0x8847,
    0x8848, 0x8863, 0x8864, 0x8906, 0x8914,
];

/// An EtherType that nothing else uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EtherType(u16);

impl EtherType {
    /// The first one for experiments (IEEE 802).
    pub const DEFAULT: Self = Self(0x88b5);

    /// The number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

/// Four hexadecimal digits. The error says what is wrong, for people.
impl FromStr for EtherType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_number = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        u16::from_str_radix(text, 16)
            .ok()
            .filter(|number| is_number && *number >= LENGTHS_BELOW && !TAKEN.contains(number))
            .map(Self)
            .ok_or_else(|| {
                format!(
                    "ethertype={text} is not four hexadecimal digits of an EtherType that nothing else uses: use 88b5 or \
                     88b6, which are for experiments"
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::EtherType;

    #[test]
    fn four_digits_that_nothing_else_uses_are_an_ethertype() {
        for (text, number) in [("88b5", 0x88b5), ("88B6", 0x88b6), ("0600", 0x0600)] {
            assert_eq!(text.parse::<EtherType>().unwrap().get(), number);
        }
        for wrong in ["", "88b", "88b55", "+8b5", " 8b5", "05ff", "0800", "86dd", "9100", "8906", "0x88", "88g5"] {
            assert!(wrong.parse::<EtherType>().is_err(), "{wrong}");
        }
    }
}

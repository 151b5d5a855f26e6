//! The check word of a line.
//!
//! A word stands for a byte, and a byte is read as an element of the field GF(256): polynomials over GF(2) modulo
//! x^8 + x^4 + x^3 + x^2 + 1 (0x11d, the one of QR symbols). There x, the byte 2, generates all 255 elements but zero.
//! What is checked is a sequence b_1 … b_n with n at most 254. Its check is
//!
//! ```text
//! c = 2^(n-1)·b_1 + 2^(n-2)·b_2 + … + 2·b_(n-1) + b_n        by Horner: c becomes 2·c + b, with c = 0 at first
//! ```
//!
//! **Any single wrong word is found for certain.** Let b_i be replaced by b_i + d with d ≠ 0. The check changes by
//! 2^(n-i)·d. A product in a field is zero only if a factor is; 2^(n-i) and d are not. So the check changes. A wrong
//! check word differs from the right one. In either case the check word on the line is not the check of the line.
//!
//! **Two words that changed places are found for certain**, if they differ. Exchanging b_i and b_j changes the check by
//! (2^(n-i) + 2^(n-j))·(b_i + b_j). The first factor is not zero, because n - i and n - j differ by less than 255, the
//! order of 2; the second is not zero, because the words differ.
//!
//! **A line in the place of another one of its set is found for certain.** The sequence begins with a byte that is
//! different for every line of a set ([`super::line::LineId`]). That is a single wrong b_1, as above. The bytes of the set
//! follow it: a line of a set that differs in one byte is found for certain, and of any other set in 255 of 256 cases.
//! The digest of each piece finds the rest.

/// The check of the bytes so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Check(u8);

impl Check {
    /// Of nothing.
    #[must_use]
    pub(super) fn new() -> Self {
        Self(0)
    }

    /// With these bytes behind.
    #[must_use]
    pub(super) fn add(self, bytes: &[u8]) -> Self {
        Self(bytes.iter().fold(self.0, |check, byte| doubled(check) ^ byte))
    }

    /// The byte that the check word stands for.
    #[must_use]
    pub(super) fn byte(self) -> u8 {
        self.0
    }
}

/// 2·b in the field.
fn doubled(byte: u8) -> u8 {
    let shifted = byte << 1;
    if byte & 0x80 == 0 { shifted } else { shifted ^ 0x1d }
}

#[cfg(test)]
mod tests {
    use super::{Check, doubled};

    #[test]
    fn two_generates_every_element_but_zero() {
        let mut seen = [false; 256];
        let mut power = 1_u8;
        for _ in 0..255 {
            assert!(power != 0 && !std::mem::replace(&mut seen[usize::from(power)], true));
            power = doubled(power);
        }
        assert_eq!(power, 1);
    }

    #[test]
    fn the_check_is_the_one_of_the_recipe() {
        // Worked by hand: 2*(2*(2*0+1)+0x80)+3 = 2*(2^0x80)+3 = 2*0x82+3, and 0x104 is 0x19 modulo 0x11d.
        assert_eq!(Check::new().add(&[1, 0x80, 3]).byte(), 0x19 ^ 3);
    }
}

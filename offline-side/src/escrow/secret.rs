//! Thirty-two secret bytes: a group's key, or a piece of one. They stay in one place and are overwritten when dropped.

use std::fmt;

use zeroize::{Zeroize as _, Zeroizing};

/// Bytes of a group's key and of each of its pieces: an AES-256 key.
pub(crate) const SECRET_BYTES: usize = 32;

/// A secret. It is not shown, not copied, and moving it moves a pointer: no bytes stay behind.
pub(crate) struct Secret(Box<Zeroizing<[u8; SECRET_BYTES]>>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(not shown)")
    }
}

impl Secret {
    /// All zeros, to be filled in place.
    #[must_use]
    pub(crate) fn zero() -> Self {
        Self(Box::new(Zeroizing::new([0; SECRET_BYTES])))
    }

    /// Its bytes.
    #[must_use]
    pub(crate) fn bytes(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }

    /// Its bytes, to be written in place.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8; SECRET_BYTES] {
        &mut self.0
    }

    /// Adds `other` to it, bit by bit without carry (XOR).
    pub(crate) fn add(&mut self, other: &Self) {
        for (byte, added) in self.bytes_mut().iter_mut().zip(other.bytes()) {
            *byte ^= added;
        }
    }

    /// Whether both are the same.
    #[must_use]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let differing = self.bytes().iter().zip(other.bytes()).fold(0, |differing, (a, b)| differing | (a ^ b));
        differing == 0
    }
}

/// Bytes of the stack that are overwritten: more than anything here and in the library uses.
const STACK_BYTES: usize = 65_536;

/// Overwrites what calls before left on the stack. The cipher of the library keeps its round keys there, of which the first
/// are the key.
#[inline(never)]
pub(super) fn scrub_stack() {
    let mut stack = [0_u8; STACK_BYTES];
    stack.zeroize();
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_secret_is_never_shown_and_adding_it_twice_gives_it_back() {
        let (mut a, mut b) = (Secret::zero(), Secret::zero());
        a.bytes_mut().fill(0x5a);
        b.bytes_mut().fill(0xc3);
        assert_eq!(format!("{a:?}"), "Secret(not shown)");
        a.add(&b);
        assert!(a.bytes().iter().all(|byte| *byte == 0x99) && !a.is_same(&b));
        a.add(&b);
        assert!(a.bytes().iter().all(|byte| *byte == 0x5a));
    }
}

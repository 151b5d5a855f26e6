//! How a group's key is divided: replicated XOR pieces, 2 of 3.
//!
//! ```text
//! key = piece 1 XOR piece 2 XOR piece 3          piece 1 and piece 2 are random
//!
//! envelope 1   piece 2, piece 3                  one envelope lacks one piece, which is as random as the key:
//! envelope 2   piece 1, piece 3                  it says nothing about the key
//! envelope 3   piece 1, piece 2                  any two envelopes have all three, and one of them twice
//! ```
//!
//! The two groups' keys are applied one after the other. The token wraps the root's key under the key of the *first*
//! group; this program wraps the result under the key of the *second*.

use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};
use rootcast_protocol::digest::Digest;

use super::secret::{SECRET_BYTES, Secret};
use super::set_id::SetId;

/// Bytes of a piece's digest.
pub(crate) const DIGEST_BYTES: usize = 4;

/// One of the two groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// The one whose key the token wraps the root's key under.
    First,
    /// The one whose key the result is wrapped under again.
    Second,
}

impl Group {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::First, Self::Second];

    /// 0 or 1.
    #[must_use]
    pub(crate) fn index(self) -> u8 {
        match self {
            Self::First => 0,
            Self::Second => 1,
        }
    }
}

/// Which of three: a piece, or an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Third {
    /// 1
    One,
    /// 2
    Two,
    /// 3
    Three,
}

impl Third {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::One, Self::Two, Self::Three];

    /// 1 to 3.
    #[must_use]
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
        }
    }

    /// The two others, lower one first: what envelope `self` holds.
    #[must_use]
    pub(crate) fn others(self) -> [Self; 2] {
        match self {
            Self::One => [Self::Two, Self::Three],
            Self::Two => [Self::One, Self::Three],
            Self::Three => [Self::One, Self::Two],
        }
    }
}

impl fmt::Display for Third {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(f)
    }
}

/// Which piece of which group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PieceId {
    /// Whose key it is a piece of.
    pub(crate) group: Group,
    /// Which one.
    pub(crate) number: Third,
}

impl PieceId {
    /// All six, in the order in which they are asked for.
    #[must_use]
    pub(crate) fn all() -> [Self; 6] {
        let of = |group| Third::ALL.map(|number| Self { group, number });
        let ([a, b, c], [d, e, f]) = (of(Group::First), of(Group::Second));
        [a, b, c, d, e, f]
    }

    /// 0 to 5.
    #[must_use]
    pub(crate) fn index(self) -> u8 {
        3 * self.group.index() + self.number.number() - 1
    }

    /// SHA-256 over set, group, number and bytes, for the journal: whether a piece is the one that was printed.
    #[must_use]
    pub(crate) fn commitment(self, set: &SetId, piece: &Secret) -> Digest {
        let mut context = Context::new(&SHA256);
        context.update(b"rootcast escrow piece in the journal v1");
        context.update(set.bytes());
        context.update(&[self.group.index(), self.number.number()]);
        context.update(piece.bytes());
        Digest(context.finish().as_ref().first_chunk().copied().unwrap_or_default())
    }

    /// The first bytes of SHA-256 over set, group, number and bytes: the end of its last line on paper.
    #[must_use]
    pub(crate) fn digest(self, set: &SetId, piece: &Secret) -> [u8; DIGEST_BYTES] {
        let mut context = Context::new(&SHA256);
        context.update(b"rootcast escrow piece v1");
        context.update(set.bytes());
        context.update(&[self.group.index(), self.number.number()]);
        context.update(piece.bytes());
        first_bytes(context.finish().as_ref())
    }
}

/// The first four bytes of a digest.
#[must_use]
pub(super) fn first_bytes(digest: &[u8]) -> [u8; DIGEST_BYTES] {
    digest.first_chunk().copied().unwrap_or_default()
}

/// The pieces of a key: the first two are the random ones given.
#[must_use]
pub(crate) fn divide(key: &Secret, one: Secret, two: Secret) -> [Secret; 3] {
    let mut three = Secret::zero();
    for part in [key, &one, &two] {
        three.add(part);
    }
    [one, two, three]
}

/// The pieces of one group as they come in, from whichever envelope.
#[derive(Debug, Default)]
pub(crate) struct Gathered([Option<Secret>; 3]);

/// Why a piece does not join the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GatherFault {
    /// This piece was given before, with the same bytes.
    Twice(Third),
    /// This piece was given before, with other bytes: one of them is not of this set, or was changed.
    Contradicts(Third),
}

impl Gathered {
    /// Takes a piece.
    ///
    /// # Errors
    /// When it was given before.
    pub(crate) fn take(&mut self, number: Third, piece: Secret) -> Result<(), GatherFault> {
        let Some(place) = self.0.get_mut(usize::from(number.number()) - 1) else { return Ok(()) };
        match place {
            Some(before) if before.is_same(&piece) => Err(GatherFault::Twice(number)),
            Some(_) => Err(GatherFault::Contradicts(number)),
            None => {
                *place = Some(piece);
                Ok(())
            }
        }
    }

    /// Whether it has this piece.
    #[must_use]
    pub(crate) fn has(&self, number: Third) -> bool {
        self.0.get(usize::from(number.number()) - 1).is_some_and(Option::is_some)
    }

    /// The key; `Err` names the pieces that are missing.
    ///
    /// # Errors
    /// When a piece is missing.
    pub(crate) fn key(&self) -> Result<Secret, Vec<Third>> {
        let missing: Vec<Third> = Third::ALL.into_iter().filter(|number| !self.has(*number)).collect();
        if !missing.is_empty() {
            return Err(missing);
        }
        let mut key = Secret::zero();
        self.0.iter().flatten().for_each(|piece| key.add(piece));
        Ok(key)
    }
}

const _: () = assert!(SECRET_BYTES + DIGEST_BYTES == 36, "a piece fills six lines of six words");

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(with: u8) -> Secret {
        let mut secret = Secret::zero();
        for (at, byte) in (0_u8..).zip(secret.bytes_mut()) {
            *byte = with.wrapping_mul(167).wrapping_add(at.wrapping_mul(59));
        }
        secret
    }

    fn copy(secret: &Secret) -> Secret {
        let mut copy = Secret::zero();
        copy.add(secret);
        copy
    }

    #[test]
    fn any_two_envelopes_give_the_key_and_one_envelope_gives_none() {
        let key = filled(1);
        let pieces = divide(&key, filled(2), filled(3));
        let of = |number: Third| copy(&pieces[usize::from(number.number()) - 1]);
        for first in Third::ALL {
            let mut alone = Gathered::default();
            for number in first.others() {
                alone.take(number, of(number)).unwrap();
            }
            assert_eq!(alone.key().unwrap_err(), [first], "envelope {first} lacks exactly its own number");
            for second in first.others() {
                let mut both = Gathered::default();
                let mut twice = 0;
                for number in first.others().into_iter().chain(second.others()) {
                    match both.take(number, of(number)) {
                        Ok(()) => {}
                        Err(GatherFault::Twice(told)) => {
                            assert_eq!(told, number);
                            twice += 1;
                        }
                        Err(fault) => panic!("{fault:?}"),
                    }
                }
                assert_eq!(twice, 1, "two envelopes have one piece in common");
                assert!(both.key().unwrap().is_same(&key), "{first} and {second}");
            }
        }
    }

    #[test]
    fn what_is_missing_in_one_envelope_can_be_any_key() {
        // Whatever the key is, there is a missing piece that gives it: so the pieces of one envelope fit every key.
        let [_, two, three] = divide(&filled(1), filled(2), filled(3));
        for other in [filled(7), filled(8), Secret::zero()] {
            let mut missing = copy(&other);
            missing.add(&two);
            missing.add(&three);
            let mut gathered = Gathered::default();
            for (number, piece) in [(Third::One, missing), (Third::Two, copy(&two)), (Third::Three, copy(&three))] {
                gathered.take(number, piece).unwrap();
            }
            assert!(gathered.key().unwrap().is_same(&other));
        }
    }

    #[test]
    fn the_same_piece_twice_and_two_pieces_of_one_number_are_told_apart() {
        let mut gathered = Gathered::default();
        gathered.take(Third::Two, filled(4)).unwrap();
        assert_eq!(gathered.take(Third::Two, filled(4)), Err(GatherFault::Twice(Third::Two)));
        assert_eq!(gathered.take(Third::Two, filled(5)), Err(GatherFault::Contradicts(Third::Two)));
    }

    #[test]
    fn a_digest_is_of_set_group_and_number() {
        let piece = filled(9);
        let sets = [SetId::new([1; 7]), SetId::new([2; 7])];
        let mut seen = std::collections::BTreeSet::new();
        for set in &sets {
            for id in PieceId::all() {
                assert!(seen.insert(id.digest(set, &piece)), "{id:?}");
            }
        }
        assert_eq!(PieceId::all().map(PieceId::index), [0, 1, 2, 3, 4, 5]);
    }
}

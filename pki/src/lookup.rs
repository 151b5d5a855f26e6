//! Entries of one CRL, found from those of another.

use crate::crl::{InspectedCrl, Place};

/// Finds the entries of `before` in the new CRL, by their serial numbers, and tells `found` what is there: the old entry,
/// and the new one if it has one. As long as both CRLs have them in the same order, one walk over each is enough.
pub(crate) fn find_each<'p, 'a>(
    before: impl Iterator<Item = Place<'p>>,
    now: &InspectedCrl<'a>,
    mut found: impl FnMut(Place<'p>, Option<Place<'a>>),
) {
    let mut walk = now.places();
    let mut before = before;
    let other = before.by_ref().find(|old| {
        let same = walk.find(|new| new.serial == old.serial);
        same.is_none_or(|new| {
            found(*old, Some(new));
            false
        })
    });
    let Some(other) = other else { return };
    let made;
    let index = match now.index() {
        Some(index) => index,
        None => {
            made = now.make_index();
            &made
        }
    };
    index.find_each(core::iter::once(other).chain(before), found);
}

/// Which entries were found from the other side: one bit for each four bytes, as no entry is shorter.
pub(crate) struct Seen(Vec<u64>);

impl Seen {
    /// None yet, in a CRL of `length` bytes.
    pub(crate) fn new(length: usize) -> Self {
        Seen(vec![0; length / (4 * 64) + 1])
    }

    fn bit(offset: usize) -> (usize, u64) {
        let index = offset / 4;
        (index / 64, 1 << (index % 64))
    }

    /// Marks the entry at `offset`.
    pub(crate) fn mark(&mut self, offset: usize) {
        let (word, bit) = Self::bit(offset);
        if let Some(word) = self.0.get_mut(word) {
            *word |= bit;
        }
    }

    /// Whether the entry at `offset` is marked.
    pub(crate) fn is_marked(&self, offset: usize) -> bool {
        let (word, bit) = Self::bit(offset);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }
}

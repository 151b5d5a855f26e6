//! Entries of one CRL, found from those of another.

use crate::crl::{InspectedCrl, Place, SerialIndex};

/// Finds entries of the new CRL. As long as they are asked for in their own order one walk is enough.
pub(crate) struct Lookup<'c, 'a> {
    crl: &'c InspectedCrl<'a>,
    /// The rest of the walk; ended when an entry was not in it.
    walk: Option<Box<dyn Iterator<Item = Place<'a>> + 'a>>,
    made: Option<SerialIndex<'a>>,
}

impl<'c, 'a> Lookup<'c, 'a> {
    pub(crate) fn new(crl: &'c InspectedCrl<'a>) -> Self {
        Lookup { crl, walk: Some(Box::new(crl.places())), made: None }
    }

    pub(crate) fn find(&mut self, serial: &[u8]) -> Option<Place<'a>> {
        if let Some(walk) = &mut self.walk {
            if let Some(found) = walk.find(|place| place.serial == serial) {
                return Some(found);
            }
            self.walk = None;
        }
        match self.crl.index() {
            Some(index) => index.find(serial),
            None => self.made.get_or_insert_with(|| self.crl.make_index()).find(serial),
        }
    }
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

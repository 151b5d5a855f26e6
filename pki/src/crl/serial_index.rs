//! An index of the serial numbers of one CRL, for those whose entries are in no helpful order. 8 bytes an
//! entry, 27 MB for the 3.3 million entries that a 64 MiB CRL can hold; the entries stay where they are.
//!
//! Serial numbers are found by a mark of 38 bits. Its key is a secret of this process: whoever makes a CRL cannot choose
//! serial numbers with equal marks, which would have to be sorted by reading them again and again.

use core::cmp::Ordering;
use core::hash::BuildHasher;
use std::hash::RandomState;

use super::entry::{Entries, Place};
use crate::limits::ITEM_SIZE_MAX;
use crate::strict_der::Reader;

/// The low bits of a key hold an offset: 26 bits reach every byte of 64 MiB.
const OFFSET_MASK: u64 = (1 << 26) - 1;
const _: () = assert!(ITEM_SIZE_MAX as u64 == OFFSET_MASK + 1, "an offset fits its bits");

/// Keys of a mark (the high 38 bits) and an offset, sorted by mark and then by serial number.
#[derive(Debug)]
pub(crate) struct SerialIndex<'a> {
    der: &'a [u8],
    marks: Marks,
    keys: Vec<u64>,
}

impl<'a> SerialIndex<'a> {
    /// Of all entries, of which there are `count`, in the CRL `der`.
    pub(crate) fn new(der: &'a [u8], entries: &Entries<'a>, count: u64) -> Self {
        let marks = Marks(RandomState::new());
        let mut keys: Vec<u64> = Vec::with_capacity(usize::try_from(count).unwrap_or_default());
        let key = |place: Place<'a>| {
            let offset = u64::try_from(place.offset).ok().filter(|offset| *offset <= OFFSET_MASK)?;
            Some(marks.of(place.serial) | offset)
        };
        keys.extend(entries.places().filter_map(key));
        keys.sort_unstable();
        // Equal marks nearly always are equal serial numbers, and those are in the order of their offsets already.
        for alike in keys.chunk_by_mut(|left, right| left & !OFFSET_MASK == right & !OFFSET_MASK) {
            if alike.len() > 1 {
                alike.sort_unstable_by(|left, right| {
                    serial_at(der, *left).cmp(serial_at(der, *right)).then_with(|| left.cmp(right))
                });
            }
        }
        SerialIndex { der, marks, keys }
    }

    /// The entry with this serial number.
    pub(crate) fn find(&self, serial: &[u8]) -> Option<Place<'a>> {
        let wanted = self.marks.of(serial);
        let at = self.keys.binary_search_by(|key| match (key & !OFFSET_MASK).cmp(&wanted) {
            Ordering::Equal => serial_at(self.der, *key).cmp(serial),
            unequal => unequal,
        });
        at.ok().and_then(|at| self.keys.get(at)).and_then(|key| place_at(self.der, *key))
    }

    /// Entries whose serial number an earlier entry has as well, in their order.
    pub(crate) fn repeated(&self) -> impl Iterator<Item = Place<'a>> {
        let repeats = self.keys.windows(2).filter_map(|pair| {
            let [first, second] = pair else { return None };
            let alike = first & !OFFSET_MASK == second & !OFFSET_MASK;
            let equal = alike && serial_at(self.der, *first) == serial_at(self.der, *second);
            equal.then_some(second & OFFSET_MASK)
        });
        let mut offsets: Vec<u64> = repeats.collect();
        offsets.sort_unstable();
        offsets.into_iter().filter_map(|offset| place_at(self.der, offset))
    }
}

fn place_at(der: &[u8], key: u64) -> Option<Place<'_>> {
    let offset = usize::try_from(key & OFFSET_MASK).ok()?;
    Entries::new(Reader::at(der.get(offset..)?, offset)).places().next()
}

fn serial_at(der: &[u8], key: u64) -> &[u8] {
    place_at(der, key).map_or(&[], |place| place.serial)
}

/// What gives serial numbers their marks.
#[derive(Debug)]
struct Marks(RandomState);

impl Marks {
    /// A mark in the high 38 bits, which nearly always differ where serial numbers do; the others are 0.
    fn of(&self, serial: &[u8]) -> u64 {
        self.0.hash_one(serial) & !OFFSET_MASK
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::hash::RandomState;

    use super::Marks;

    /// Serial numbers that had one mark, as long as anybody could compute marks: a product by an odd number, inverted.
    fn of_one_mark_once(count: u64) -> impl Iterator<Item = [u8; 8]> {
        const INVERSE: u64 = 0xf1de_83e1_9937_733d;
        (0..count).map(|low| {
            let mark: u64 = 0x1234_5678_9abc_def0 & !super::OFFSET_MASK | low;
            let once = mark ^ (mark >> 29);
            let mixed = mark ^ (once >> 29);
            (mixed.wrapping_mul(INVERSE) ^ 8).to_be_bytes()
        })
    }

    fn mark_before(serial: [u8; 8]) -> u64 {
        let mixed = (8 ^ u64::from_be_bytes(serial)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ (mixed >> 29)) & !super::OFFSET_MASK
    }

    #[test]
    fn nobody_can_choose_serial_numbers_of_one_mark() {
        let before: BTreeSet<u64> = of_one_mark_once(100_000).map(mark_before).collect();
        assert_eq!(before.len(), 1, "they had one mark");
        let marks = Marks(RandomState::new());
        let after: BTreeSet<u64> = of_one_mark_once(100_000).map(|serial| marks.of(&serial)).collect();
        assert!(after.len() > 99_990, "{} marks", after.len());
    }
}

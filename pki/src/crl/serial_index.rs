//! An index of the serial numbers of one CRL, for those whose entries are in no helpful order. 8 bytes an
//! entry, 27 MB for the 3.3 million entries that a 64 MiB CRL can hold; the entries stay where they are.

use core::cmp::Ordering;

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
    keys: Vec<u64>,
}

impl<'a> SerialIndex<'a> {
    /// Of all entries, of which there are `count`, in the CRL `der`.
    pub(crate) fn new(der: &'a [u8], entries: &Entries<'a>, count: u64) -> Self {
        let mut keys: Vec<u64> = Vec::with_capacity(usize::try_from(count).unwrap_or_default());
        let key = |place: Place<'a>| {
            let offset = u64::try_from(place.offset).ok().filter(|offset| *offset <= OFFSET_MASK)?;
            Some((mark(place.serial) & !OFFSET_MASK) | offset)
        };
        keys.extend(entries.places().filter_map(key));
        keys.sort_unstable();
        // Equal marks nearly always are equal serial numbers. Whoever makes others only makes this sort longer.
        for alike in keys.chunk_by_mut(|left, right| left & !OFFSET_MASK == right & !OFFSET_MASK) {
            if alike.len() > 1 {
                alike.sort_unstable_by(|left, right| {
                    serial_at(der, *left).cmp(serial_at(der, *right)).then_with(|| left.cmp(right))
                });
            }
        }
        SerialIndex { der, keys }
    }

    /// The entry with this serial number.
    pub(crate) fn find(&self, serial: &[u8]) -> Option<Place<'a>> {
        let wanted = mark(serial) & !OFFSET_MASK;
        let at = self.keys.binary_search_by(|key| match (key & !OFFSET_MASK).cmp(&wanted) {
            Ordering::Equal => serial_at(self.der, *key).cmp(serial),
            unequal => unequal,
        });
        at.ok().and_then(|at| self.keys.get(at)).and_then(|key| place_at(self.der, *key))
    }

    /// Entries whose serial number another entry has as well; of two, the later.
    pub(crate) fn repeated(&self) -> impl Iterator<Item = Place<'a>> {
        self.keys.windows(2).filter_map(|pair| {
            let [first, second] = pair else { return None };
            let alike = first & !OFFSET_MASK == second & !OFFSET_MASK;
            let equal = alike && serial_at(self.der, *first) == serial_at(self.der, *second);
            if equal { place_at(self.der, *second) } else { None }
        })
    }
}

fn place_at(der: &[u8], key: u64) -> Option<Place<'_>> {
    let offset = usize::try_from(key & OFFSET_MASK).ok()?;
    Entries::new(Reader::at(der.get(offset..)?, offset)).places().next()
}

fn serial_at(der: &[u8], key: u64) -> &[u8] {
    place_at(der, key).map_or(&[], |place| place.serial)
}

/// 64 bits that nearly always differ where serial numbers do.
fn mark(serial: &[u8]) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    serial.chunks(8).fold(serial.len() as u64, |sum, part| {
        let word = part.iter().fold(0_u64, |word, byte| (word << 8) | u64::from(*byte));
        let mixed = (sum ^ word).wrapping_mul(ODD);
        mixed ^ (mixed >> 29)
    })
}

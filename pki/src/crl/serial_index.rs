//! An index of the serial numbers of one CRL, for those whose entries are in no helpful order. 8 bytes an
//! entry and a little, 31 MB for the 3.3 million entries that a 64 MiB CRL can hold, and three times as much at most
//! while it is made; the entries stay where they are.
//!
//! Serial numbers are found by a mark of 38 bits. Its key is a secret of this process: whoever makes a CRL cannot choose
//! serial numbers with equal marks, which would have to be sorted by reading them again and again.

use core::cmp::Ordering;
use core::hash::BuildHasher;
use core::hint::black_box;
use core::ops::Range;
use std::hash::RandomState;

use super::entry::{Entries, Place};
use crate::limits::ITEM_SIZE_MAX;
use crate::strict_der::Reader;

/// The low bits of a key hold an offset: 26 bits reach every byte of 64 MiB.
const OFFSET_MASK: u64 = (1 << 26) - 1;
const _: () = assert!(ITEM_SIZE_MAX as u64 == OFFSET_MASK + 1, "an offset fits its bits");

/// Keys of a mark (the high 38 bits) and an offset, of the entries of one CRL as they come.
#[derive(Debug)]
pub(crate) struct SerialKeys {
    marks: Marks,
    keys: Vec<u64>,
}

impl SerialKeys {
    /// Of these entries.
    pub(crate) fn of<'a>(places: impl Iterator<Item = Place<'a>>) -> Self {
        let mut keys = SerialKeys { marks: Marks::new(), keys: Vec::new() };
        places.for_each(|place| keys.push(place.serial, place.offset));
        keys
    }

    /// One entry more, by its serial number and where it stands.
    #[inline]
    pub(crate) fn push(&mut self, serial: &[u8], offset: usize) {
        if let Some(offset) = u64::try_from(offset).ok().filter(|offset| *offset <= OFFSET_MASK) {
            self.keys.push(self.marks.of(serial) | offset);
        }
    }

    /// The index of them, which are entries of the CRL `der`.
    pub(crate) fn sorted(self, der: &[u8]) -> SerialIndex<'_> {
        let SerialKeys { marks, keys } = self;
        let (shelves, mut keys) = Shelves::fill(&keys);
        for shelf in shelves.ranges() {
            let shelf = keys.get_mut(shelf).unwrap_or_default();
            shelf.sort_unstable();
            // Equal marks nearly always are equal serial numbers, and those are in the order of their offsets already.
            for alike in shelf.chunk_by_mut(|left, right| left & !OFFSET_MASK == right & !OFFSET_MASK) {
                if alike.len() > 1 {
                    alike.sort_unstable_by(|left, right| {
                        serial_at(der, *left).cmp(serial_at(der, *right)).then_with(|| left.cmp(right))
                    });
                }
            }
        }
        SerialIndex { der, marks, keys, shelves }
    }
}

/// Serial numbers that are looked for at once. Each lies somewhere else in memory, and the processor fetches several
/// such places in the time of one.
const AT_ONCE: usize = 32;
/// Keys of a shelf that are fetched before it is searched: more than nearly every shelf has.
const FETCHED_MAX: usize = 8;

/// The keys of all entries of one CRL, sorted by mark and then by serial number.
#[derive(Debug)]
pub(crate) struct SerialIndex<'a> {
    der: &'a [u8],
    marks: Marks,
    keys: Vec<u64>,
    shelves: Shelves,
}

impl<'a> SerialIndex<'a> {
    /// Of these entries, in the CRL `der`.
    pub(crate) fn new(der: &'a [u8], entries: &Entries<'a>) -> Self {
        SerialKeys::of(entries.places()).sorted(der)
    }

    /// The entry with this serial number.
    pub(crate) fn find(&self, serial: &[u8]) -> Option<Place<'a>> {
        let mark = self.marks.of(serial);
        self.find_on(self.shelves.of(mark), mark, serial)
    }

    fn find_on(&self, shelf: Range<usize>, mark: u64, serial: &[u8]) -> Option<Place<'a>> {
        let keys = self.keys.get(shelf)?;
        let at = keys.binary_search_by(|key| match (key & !OFFSET_MASK).cmp(&mark) {
            Ordering::Equal => serial_at(self.der, *key).cmp(serial),
            unequal => unequal,
        });
        at.ok().and_then(|at| keys.get(at)).and_then(|key| place_at(self.der, *key))
    }

    /// The first keys of a shelf, which are fetched before it is searched. A shelf that a repeated serial number makes long
    /// is not walked.
    fn likely(&self, shelf: Range<usize>) -> &[u64] {
        let end = shelf.end.min(shelf.start.saturating_add(FETCHED_MAX));
        self.keys.get(shelf.start..end).unwrap_or_default()
    }

    /// Looks for the serial number of each of `wanted` and tells `found` what is there, in their order.
    pub(crate) fn find_each<'p>(
        &self,
        mut wanted: impl Iterator<Item = Place<'p>>,
        mut found: impl FnMut(Place<'p>, Option<Place<'a>>),
    ) {
        let mut batch: Vec<(Place<'p>, u64, Range<usize>)> = Vec::with_capacity(AT_ONCE);
        loop {
            batch.extend(wanted.by_ref().take(AT_ONCE).map(|place| {
                let mark = self.marks.of(place.serial);
                (place, mark, self.shelves.of(mark))
            }));
            if batch.is_empty() {
                return;
            }
            // Two rounds that only fetch: the key where each is likely to be, then the byte it points to.
            let first = |shelf: &Range<usize>| self.keys.get(shelf.start).copied().unwrap_or_default();
            black_box(batch.iter().fold(0, |sum: u64, (_, _, shelf)| sum ^ first(shelf)));
            let byte = |(_, mark, shelf): &(Place<'p>, u64, Range<usize>)| {
                let key = self
                    .likely(shelf.clone())
                    .iter()
                    .fold(0, |kept, key| if key & !OFFSET_MASK == *mark { *key } else { kept });
                usize::try_from(key & OFFSET_MASK).ok().and_then(|at| self.der.get(at)).copied().unwrap_or_default()
            };
            black_box(batch.iter().fold(0, |sum: u8, wanted| sum ^ byte(wanted)));
            for (place, mark, shelf) in batch.drain(..) {
                found(place, self.find_on(shelf, mark, place.serial));
            }
        }
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

/// Where the keys of each range of marks begin: some four keys a range, so that looking for one costs the same in a CRL
/// of any length.
#[derive(Debug)]
struct Shelves {
    /// How far a mark is shifted to give its range.
    shift: u32,
    /// One more than there are ranges.
    starts: Vec<u32>,
}

impl Shelves {
    /// The most ranges: 2 to this power.
    const BITS_MAX: u32 = 20;

    /// Puts keys where they belong, in any order within a range.
    fn fill(keys: &[u64]) -> (Self, Vec<u64>) {
        let bits = (keys.len() / 4).checked_ilog2().unwrap_or_default().clamp(1, Self::BITS_MAX);
        let shift = u64::BITS - bits;
        let range = |key: &u64| usize::try_from(key >> shift).unwrap_or_default();
        let mut starts = vec![0_u32; (1 << bits) + 1];
        for key in keys {
            if let Some(count) = starts.get_mut(range(key)) {
                *count += 1;
            }
        }
        // The number of keys up to the end of each range; from there on it counts down.
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut filled = vec![0; keys.len()];
        for key in keys.iter().rev() {
            if let Some(start) = starts.get_mut(range(key)) {
                *start -= 1;
                if let Some(place) = filled.get_mut(*start as usize) {
                    *place = *key;
                }
            }
        }
        (Shelves { shift, starts }, filled)
    }

    /// The positions of the keys among which this mark is, if it is there.
    #[inline]
    fn of(&self, mark: u64) -> Range<usize> {
        let range = usize::try_from(mark >> self.shift).unwrap_or_default();
        let start = |range: usize| self.starts.get(range).copied().unwrap_or_default() as usize;
        start(range)..start(range + 1)
    }

    /// All ranges of positions.
    fn ranges(&self) -> impl Iterator<Item = Range<usize>> {
        self.starts.windows(2).filter_map(|pair| match pair {
            [start, end] => Some(*start as usize..*end as usize),
            _ => None,
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

/// What gives serial numbers their marks: a sum of secret numbers times the 64-bit words of the serial number, of which
/// the high bits are taken. Two serial numbers that were chosen without knowing the secret have one mark as rarely as
/// two random ones (D. Lemire and O. Kaser, "Strongly universal string hashing is fast", 2014, Multilinear).
#[derive(Debug)]
struct Marks {
    /// The first is for the length, the next ones are for the words.
    secrets: [u128; 1 + Marks::WORDS],
    for_long: RandomState,
}

impl Marks {
    /// Words of a serial number: enough for the 20 octets that RFC 5280 allows.
    const WORDS: usize = 3;

    fn new() -> Self {
        let mut number = 0_u8;
        let mut secret = || {
            number += 1;
            // Its own state: SipHash with a key of 128 random bits.
            RandomState::new().hash_one(number)
        };
        let secrets = core::array::from_fn(|_| u128::from(secret()) << 64 | u128::from(secret()));
        Marks { secrets, for_long: RandomState::new() }
    }

    /// A mark in the high 38 bits, which nearly always differ where serial numbers do; the others are 0.
    #[inline]
    fn of(&self, serial: &[u8]) -> u64 {
        if serial.len() > 8 * Self::WORDS {
            return self.for_long.hash_one(serial) & !OFFSET_MASK;
        }
        let (words, rest) = serial.as_chunks::<8>();
        let last = rest.iter().fold(0, |word, octet| word << 8 | u64::from(*octet));
        let words = words.iter().map(|word| u64::from_be_bytes(*word)).chain([last]);
        let words = [serial.len() as u64].into_iter().chain(words);
        let sum = self
            .secrets
            .iter()
            .zip(words)
            .fold(0_u128, |sum, (secret, word)| sum.wrapping_add(secret.wrapping_mul(u128::from(word))));
        u64::try_from(sum >> 64).unwrap_or_default() & !OFFSET_MASK
    }
}

#[cfg(test)]
mod tests {
    use super::{Entries, FETCHED_MAX, Marks, Place, SerialIndex};
    use crate::strict_der::Reader;
    use std::collections::BTreeSet;

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
        let marks = Marks::new();
        let after: BTreeSet<u64> = of_one_mark_once(100_000).map(|serial| marks.of(&serial)).collect();
        assert!(after.len() > 99_990, "{} marks", after.len());
    }

    /// Entries with these serial numbers.
    fn list<'s>(serials: impl Iterator<Item = &'s [u8]>) -> Vec<u8> {
        let octet = |length: usize| u8::try_from(length).unwrap();
        let entry = |serial: &[u8]| {
            let head = [0x30, octet(serial.len() + 17), 0x02, octet(serial.len())];
            [&head, serial, b"\x17\x0d260101000000Z"].concat()
        };
        serials.flat_map(entry).collect()
    }

    #[test]
    fn every_serial_number_is_found_where_it_stands_and_no_other() {
        // 1 to 30 octets, those that only differ in length among them.
        let serial = |number: u32| {
            let length = 1 + number as usize % 30;
            [vec![1; length - 1], vec![0x7f]].concat().into_iter().chain(number.to_be_bytes()).collect::<Vec<u8>>()
        };
        for count in [0, 1, 2, 31, 32, 33, 1_000] {
            let serials: Vec<Vec<u8>> = (0..count).map(|number| serial(number * 7_919 % 10_007)).collect();
            let der = list(serials.iter().map(Vec::as_slice));
            let index = SerialIndex::new(&der, &Entries::new(Reader::new(&der)));
            let wanted = list((0..10_007).map(serial).collect::<Vec<_>>().iter().map(Vec::as_slice));
            let mut found = 0;
            index.find_each(Entries::new(Reader::new(&wanted)).places(), |old: Place<'_>, new| {
                assert_eq!(new.map(|new| new.offset), index.find(old.serial).map(|new| new.offset));
                assert_eq!(new.is_some(), serials.iter().any(|serial| serial == old.serial));
                assert!(new.is_none_or(|new| new.serial == old.serial));
                found += usize::from(new.is_some());
            });
            assert_eq!(found, serials.len());
            assert_eq!(index.repeated().count(), 0);
        }
    }

    #[test]
    fn a_serial_number_that_stands_in_every_entry_is_not_looked_at_in_each_of_them() {
        const COUNT: usize = 20_000;
        let der = list(std::iter::repeat_n(b"one".as_slice(), COUNT));
        let entries = Entries::new(Reader::new(&der));
        let index = SerialIndex::new(&der, &entries);
        let shelf = index.shelves.of(index.marks.of(b"one"));
        assert_eq!(shelf.len(), COUNT, "they stand on one shelf");
        assert!(index.likely(shelf).len() <= FETCHED_MAX);
        let mut found = 0;
        index.find_each(entries.places(), |_, new| found += usize::from(new.is_some()));
        assert_eq!(found, COUNT);
    }

    #[test]
    fn each_entry_but_the_first_of_a_serial_number_is_repeated() {
        let serials: [&[u8]; 7] = [b"one", b"two", b"one", b"three", b"one", b"two", b"a number of twenty-five octets"];
        let der = list(serials.into_iter());
        let entries = Entries::new(Reader::new(&der));
        let offsets: Vec<usize> = entries.places().map(|place| place.offset).collect();
        let repeated: Vec<usize> = SerialIndex::new(&der, &entries).repeated().map(|place| place.offset).collect();
        assert_eq!(repeated, [offsets[2], offsets[4], offsets[5]]);
    }
}

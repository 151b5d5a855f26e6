//! Symbols made false in every way, and found.
#![expect(clippy::cast_possible_truncation, clippy::type_complexity, reason = "numbers of a test are small")]

use super::{SILENT_MIN, Syndrome};
use crate::esi::Esi;
use crate::fec::{Encoder, decode};
use crate::object::Object;

struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        // SplitMix64: a generator that is linear over GF(2) would make dependent errors.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) % end as u64) as usize
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.below(256) as u8).collect()
    }
}

/// An object of K symbols, and `count` of its encoding symbols with ids by chance.
fn received(source_symbols: usize, count: usize, chance: &mut Chance) -> (Object, Vec<u8>, Vec<(Esi, Vec<u8>)>) {
    let bytes = chance.bytes(source_symbols * 176 - 3);
    let object = Object::new(&bytes).unwrap();
    let encoder = Encoder::new(&object, &bytes).unwrap();
    let first = chance.below(source_symbols) as u32;
    let mut esi = Esi::new(first).unwrap();
    let symbols = (0..count).map(|_| {
        esi = esi.wrapping_add(1 + chance.below(3) as u32);
        (esi, encoder.symbols(&bytes, esi, 1).unwrap())
    });
    let symbols = symbols.collect();
    (object, bytes, symbols)
}

fn lent(symbols: &[(Esi, Vec<u8>)]) -> Vec<(Esi, &[u8])> {
    symbols.iter().map(|(esi, symbol)| (*esi, symbol.as_slice())).collect()
}

#[test]
fn independent_false_symbols_are_found_as_soon_as_there_are_k_plus_2_plus_m() {
    let mut chance = Chance(0x5eed_0601);
    println!("seed {:#x}", chance.0);
    let (mut exact, mut trials) = (0, 0);
    for source_symbols in [1, 2, 10, 60, 147, 400] {
        for false_ones in [1, 2, 5, 20, 60, 150] {
            trials += 1;
            let count = source_symbols + false_ones + SILENT_MIN;
            let (object, bytes, mut symbols) = received(source_symbols, count, &mut chance);
            let mut wrong: Vec<usize> = Vec::new();
            while wrong.len() < false_ones {
                let place = chance.below(count);
                if !wrong.contains(&place) {
                    symbols[place].1 = chance.bytes(176);
                    wrong.push(place);
                }
            }
            wrong.sort_unstable();
            let syndrome = Syndrome::from_symbols(&object, &lent(&symbols)).unwrap().unwrap();
            assert_eq!(syndrome.errors_min(), false_ones, "K {source_symbols}, {false_ones} false");
            let found = syndrome.suspects();
            assert!(wrong.iter().all(|place| found.contains(place)), "K {source_symbols}: {wrong:?}, found {found:?}");
            exact += usize::from(found == wrong);
            assert!(syndrome.explained_by(&wrong));
            let rest = (0..count).filter(|place| !wrong.contains(place));
            let rest = rest.map(|place| (symbols[place].0, symbols[place].1.as_slice()));
            assert!(decode(&object, rest).unwrap().is_none_or(|decoded| decoded == bytes));
        }
    }
    println!("{exact} of {trials} without a true symbol among the suspects");
    assert!(exact * 10 >= trials * 9);
}

#[test]
fn without_a_false_symbol_nothing_is_suspected() {
    let mut chance = Chance(0x5eed_0602);
    for source_symbols in [1, 10, 200] {
        let (object, _, symbols) = received(source_symbols, source_symbols + 5, &mut chance);
        let syndrome = Syndrome::from_symbols(&object, &lent(&symbols)).unwrap().unwrap();
        assert_eq!((syndrome.errors_min(), syndrome.suspects().len()), (0, 0));
    }
}

#[test]
fn two_symbols_with_one_id_accuse_each_other_and_the_rest_decides() {
    let mut chance = Chance(0x5eed_0603);
    let (object, _, mut symbols) = received(20, 26, &mut chance);
    let esi = symbols[3].0;
    symbols.insert(0, (esi, chance.bytes(176)));
    let syndrome = Syndrome::from_symbols(&object, &lent(&symbols)).unwrap().unwrap();
    assert_eq!(syndrome.suspects(), [0]);
}

// One pattern laid over all forged symbols: their errors are the same, so they cannot be told one by one.
#[test]
fn dependent_false_symbols_are_not_found_but_explained() {
    let mut chance = Chance(0x5eed_0604);
    let (object, _, mut symbols) = received(60, 80, &mut chance);
    symbols[12..18].iter_mut().flat_map(|(_, symbol)| symbol).for_each(|byte| *byte ^= 0x5a);
    let syndrome = Syndrome::from_symbols(&object, &lent(&symbols)).unwrap().unwrap();
    assert_eq!(syndrome.errors_min(), 1);
    assert!(syndrome.suspects().is_empty());
    assert!(syndrome.explained_by(&(12..18).collect::<Vec<_>>()));
    assert!(syndrome.explained_by(&(10..20).collect::<Vec<_>>()), "more than those explain it too");
    for wrong in [vec![11], (0..6).collect(), (13..19).collect(), (12..17).collect()] {
        assert!(!syndrome.explained_by(&wrong), "{wrong:?}");
    }
}

#[test]
fn too_few_symbols_or_too_many_source_symbols_give_nothing() {
    let mut chance = Chance(0x5eed_0605);
    let (object, _, symbols) = received(10, 10, &mut chance);
    assert!(Syndrome::from_symbols(&object, &lent(&symbols)).unwrap().is_none());
    let (object, _, symbols) = received(2_049, 2_060, &mut chance);
    assert!(Syndrome::from_symbols(&object, &lent(&symbols)).unwrap().is_none());
    let short: Vec<(Esi, &[u8])> = vec![(Esi::ZERO, &[0; 175]); 12];
    assert!(Syndrome::from_symbols(&object, &short).is_err());
}

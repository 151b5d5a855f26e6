//! The traps of the erasure code, each sprung on purpose.

use super::*;
use crate::object::{ObjectId, ObjectLength};

/// A small generator of numbers (xorshift64*), so that every run sees the same.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: u32) -> u32 {
        u32::try_from(((self.next() >> 32) * u64::from(end)) >> 32).unwrap()
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next().to_be_bytes()[0]).collect()
    }
}

fn esi(id: u32) -> Esi {
    Esi::new(id).unwrap()
}

fn made(object: &Object, bytes: &[u8], ids: impl IntoIterator<Item = u32>) -> Vec<(Esi, Vec<u8>)> {
    let encoder = Encoder::new(object, bytes).unwrap();
    ids.into_iter().map(|id| (esi(id), encoder.symbols(bytes, esi(id), 1).unwrap())).collect()
}

fn tried(object: &Object, symbols: &[(Esi, Vec<u8>)]) -> Result<Option<Vec<u8>>, FecError> {
    decode(object, symbols.iter().map(|(esi, symbol)| (*esi, symbol.as_slice())))
}

#[test]
fn objects_of_every_small_size_come_back_from_repair_symbols_alone() {
    let mut random = Random(0x5eed_0101);
    println!("seed 0x5eed_0101");
    for length in (1..40).chain([175, 176, 177, 352, 353, 1760, 1761, 5000, 20_000]) {
        let bytes = random.bytes(length);
        let object = Object::new(&bytes).unwrap();
        let k = object.source_symbols();
        let symbols = made(&object, &bytes, 16_000_000..16_000_000 + k + 4);
        assert_eq!(tried(&object, &symbols), Ok(Some(bytes)), "length {length}");
    }
}

#[test]
fn source_symbols_alone_need_no_solver_and_no_encoder() {
    let bytes = Random(7).bytes(1000);
    let object = Object::new(&bytes).unwrap();
    let all = source_symbols(&object, &bytes, Esi::ZERO, 6).unwrap();
    assert_eq!(all.len(), 6 * 176);
    assert_eq!(all[1000..], [0; 56]);
    let symbols: Vec<(Esi, Vec<u8>)> = (0..).map(esi).zip(all.chunks(176).map(<[u8]>::to_vec)).collect();
    assert_eq!(tried(&object, &symbols), Ok(Some(bytes.clone())));
    assert_eq!(tried(&object, &symbols[1..]), Ok(None));
    assert_eq!(Encoder::new(&object, &bytes).unwrap().symbols(&bytes, Esi::ZERO, 6), Ok(all));
}

#[test]
fn too_few_symbols_give_nothing_and_doubles_do_not_count() {
    let bytes = Random(8).bytes(2000);
    let object = Object::new(&bytes).unwrap();
    let symbols = made(&object, &bytes, 100..111);
    let doubled: Vec<_> = symbols.iter().cycle().take(1000).cloned().collect();
    assert_eq!(object.source_symbols(), 12);
    assert_eq!(tried(&object, &doubled), Ok(None));
    assert_eq!(tried(&object, &[]), Ok(None));
}

#[test]
fn a_symbol_of_another_length_is_refused_with_the_numbers() {
    let bytes = Random(9).bytes(2000);
    let object = Object::new(&bytes).unwrap();
    for found in [0, 1, 175, 177, 352, 1408, 100_000] {
        let mut symbols = made(&object, &bytes, 0..20);
        symbols[13].1.resize(found, 0);
        assert_eq!(tried(&object, &symbols), Err(FecError::SymbolLength { esi: esi(13), expected: 176, found }));
    }
}

#[test]
fn the_last_ids_are_made_and_wrap_to_the_source() {
    let bytes = Random(10).bytes(1000);
    let object = Object::new(&bytes).unwrap();
    let encoder = Encoder::new(&object, &bytes).unwrap();
    let run = encoder.symbols(&bytes, esi(ESI_COUNT - 2), 10).unwrap();
    assert_eq!(run.len(), 10 * 176);
    let symbols: Vec<(Esi, Vec<u8>)> =
        (0..).map(|step| esi(ESI_COUNT - 2).wrapping_add(step)).zip(run.chunks(176).map(<[u8]>::to_vec)).collect();
    assert_eq!(symbols[2].1, bytes[..176]);
    assert_eq!(tried(&object, &symbols), Ok(Some(bytes)));
    let mut out = Vec::new();
    let wrong = |first, count| FecError::NotRepair { first, count, source_symbols: 6 };
    assert_eq!(encoder.repair(esi(ESI_COUNT - 1), 2, &mut out), Err(wrong(esi(ESI_COUNT - 1), 2)));
    assert_eq!(encoder.repair(esi(5), 1, &mut out), Err(wrong(esi(5), 1)));
    assert_eq!(encoder.repair(esi(6), u32::MAX, &mut out), Err(wrong(esi(6), u32::MAX)));
    assert!(out.is_empty());
}

#[test]
fn bytes_of_another_length_make_no_encoder() {
    let object = Object::new(&[1; 1000]).unwrap();
    for found in [0, 999, 1001] {
        let wrong = FecError::ObjectBytes { expected: 1000, found };
        assert_eq!(Encoder::new(&object, &vec![1; found]).map(|_| ()), Err(wrong));
        assert_eq!(source_symbol(&object, &vec![1; found], Esi::ZERO), Err(wrong));
    }
    assert_eq!(source_symbol(&object, &[1; 1000], esi(6)), Err(FecError::NotSource { esi: esi(6), source_symbols: 6 }));
}

#[test]
fn the_largest_object_with_few_symbols_costs_no_solving() {
    let length = ObjectLength::new(crate::limits::OBJECT_SIZE_MAX).unwrap();
    let object = Object { id: ObjectId([9; 16]), length };
    let symbol = vec![1; 1408];
    let few = (0..1000).map(|id| (esi(id * 16_000), symbol.as_slice()));
    assert_eq!(decode(&object, few), Ok(None));
}

#[test]
fn one_false_symbol_gives_wrong_bytes_that_the_digest_refuses() {
    let mut random = Random(0x5eed_0102);
    println!("seed 0x5eed_0102");
    let (mut wrong, mut none) = (0, 0);
    for trial in 0..200 {
        let bytes = random.bytes(3000);
        let object = Object::new(&bytes).unwrap();
        let mut symbols = made(&object, &bytes, 500..520);
        let place = random.below(20) as usize;
        symbols[place].1[usize::from(trial % 176u8)] ^= 1;
        match tried(&object, &symbols).unwrap() {
            Some(found) => {
                assert_eq!(found.len(), bytes.len());
                assert!(!object.matches(&found) || found == bytes);
                wrong += usize::from(found != bytes);
            }
            None => none += 1,
        }
    }
    println!("{wrong} wrong answers, {none} without answer");
    assert!(wrong > 150, "the fault was meant to be seen: {wrong} wrong, {none} none");
}

#[test]
fn ids_chosen_at_will_never_end_the_program() {
    let mut random = Random(0x5eed_0103);
    println!("seed 0x5eed_0103");
    let (mut solved, mut unsolved, mut failed) = (0, 0, 0);
    for _ in 0..3000 {
        let length = 1 + random.below(176 * 40);
        let object = Object { id: ObjectId([1; 16]), length: ObjectLength::new(length).unwrap() };
        let k = object.source_symbols();
        let symbol = random.bytes(176);
        // Runs, strides and clusters, as an attacker would pick them, rather than ids like a sender's.
        let (start, stride) = (random.below(ESI_COUNT), 1 + random.below(1 << 14));
        let ids = (0..k + random.below(3)).map(|i| Esi::ZERO.wrapping_add(start.wrapping_add(i.wrapping_mul(stride))));
        match decode(&object, ids.map(|id| (id, symbol.as_slice()))) {
            Ok(Some(_)) => solved += 1,
            Ok(None) => unsolved += 1,
            Err(_) => failed += 1,
        }
    }
    println!("{solved} solved, {unsolved} unsolved, {failed} given up");
    assert!(solved > 2000 && unsolved > 0, "{solved} solved, {unsolved} unsolved, {failed} given up");
}

#[test]
fn at_sixty_symbols_and_thirty_percent_loss_the_overhead_is_near_the_ideal() {
    let mut random = Random(0x5eed_0104);
    println!("seed 0x5eed_0104");
    let bytes = random.bytes(60 * 176);
    let object = Object::new(&bytes).unwrap();
    assert_eq!(object.source_symbols(), 60);
    let encoder = Encoder::new(&object, &bytes).unwrap();
    let mut shown: Vec<u32> = Vec::new();
    let (mut lost, mut retried) = (0u32, 0u32);
    for _ in 0..2000 {
        // Joined anywhere: in the first pass, or in a later transmission's range.
        let start = if random.below(2) == 0 { random.below(60) } else { random.below(ESI_COUNT) };
        let mut heard: Vec<(Esi, Vec<u8>)> = Vec::new();
        let mut frames = 0;
        loop {
            let id = esi(start).wrapping_add(frames);
            frames += 1;
            if random.below(1000) < 300 {
                lost += 1;
                continue;
            }
            heard.push((id, encoder.symbols(&bytes, id, 1).unwrap()));
            if heard.len() < 60 {
                continue;
            }
            match tried(&object, &heard).unwrap() {
                Some(found) => break assert_eq!(found, bytes),
                None => retried += 1,
            }
        }
        shown.push(frames);
    }
    shown.sort_unstable();
    let (median, p99) = (f64::from(shown[1000]) / 60.0, f64::from(shown[1980]) / 60.0);
    println!("median {median:.3} K, p99 {p99:.3} K, {lost} lost, {retried} attempts without answer");
    assert!(lost > 40_000, "{lost}");
    assert!(median <= 1.45, "median {median}");
    assert!(p99 <= 1.70, "p99 {p99}");
    assert!(retried < 40, "{retried}");
}

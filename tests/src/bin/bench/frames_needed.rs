//! Frames shown until an object is decoded, of three ways to repeat it.

use rootcast_protocol::esi::Esi;
use rootcast_protocol::fec::{self, Encoder};
use rootcast_protocol::limits::ESI_COUNT;
use rootcast_protocol::object::Object;
use rootcast_tests::seeds::Chance;

use crate::table::{Table, Target};

const K: usize = 60;
const LOSS: f64 = 0.3;
const TRIALS: usize = 100_000;
const SEED: u64 = 60;

pub(crate) fn measure(table: &mut Table) {
    table.section(
        "Frames shown until decoded",
        &format!(
            "K = {K}, one symbol a frame, each frame lost independently with probability {LOSS}, {TRIALS} trials, seed {SEED}. \
             Every trial decodes for real; frames are counted, not drawn. A trial joins the carousel at a random frame: at \
             any ESI for RaptorQ, anywhere in the loop, within the first 20 K parts for BC-UR (crate `ur`). In units of K; \
             the ideal is 1/(1-p) = {:.2}.",
            1.0 / (1.0 - LOSS)
        ),
    );
    let mut chance = Chance::new(SEED);
    let raptorq = carousel(&mut chance);
    table.figure("RaptorQ carousel, median", raptorq.median, "K", Target::AtMost(1.45));
    table.figure("RaptorQ carousel, p99", raptorq.p99, "K", Target::AtMost(1.70));
    let plain = plain_loop(&mut chance);
    table.figure("plain loop, median", plain.median, "K", Target::Beside);
    table.figure("plain loop, p99", plain.p99, "K", Target::Beside);
    for (what, late) in [("from the first part", 0), ("late join", 20 * K)] {
        let ur = bc_ur(&mut chance, late);
        table.figure(&format!("BC-UR {what}, median"), ur.median, "K", Target::Beside);
        table.figure(&format!("BC-UR {what}, p99"), ur.p99, "K", Target::Beside);
    }
}

struct Shown {
    median: f64,
    p99: f64,
}

fn shown(mut frames: Vec<usize>) -> Shown {
    frames.sort_unstable();
    let at = |share: f64| frames[((frames.len() - 1) as f64 * share) as usize] as f64 / K as f64;
    Shown { median: at(0.5), p99: at(0.99) }
}

fn carousel(chance: &mut Chance) -> Shown {
    let bytes = chance.bytes(K * 176);
    let object = Object::new(&bytes).expect("an object");
    assert_eq!(object.source_symbols() as usize, K);
    let encoder = Encoder::new(&object, &bytes).expect("an encoder");
    let (mut exact, mut one_more, mut two_more, mut later) = (0, 0, 0, 0);
    let trials = (0..TRIALS)
        .map(|trial| {
            // Half of the trials join near the beginning, where source symbols are, half anywhere.
            let end = if trial % 2 == 0 { 2 * K } else { ESI_COUNT as usize };
            let mut next = Esi::new(chance.below(end) as u32).expect("an ESI");
            let mut heard: Vec<(Esi, Vec<u8>)> = Vec::with_capacity(K + 4);
            for frame in 1.. {
                if !chance.happens(LOSS) {
                    heard.push((next, encoder.symbols(&bytes, next, 1).expect("a symbol")));
                    if heard.len() >= K {
                        let symbols = heard.iter().map(|(esi, symbol)| (*esi, symbol.as_slice()));
                        if let Some(decoded) = fec::decode(&object, symbols).expect("symbols") {
                            assert!(object.matches(&decoded));
                            match heard.len() - K {
                                0 => exact += 1,
                                1 => one_more += 1,
                                2 => two_more += 1,
                                _ => later += 1,
                            }
                            return frame;
                        }
                    }
                }
                next = next.wrapping_add(1);
            }
            unreachable!("the ids do not end")
        })
        .collect();
    eprintln!(
        "RaptorQ decoded with K symbols in {exact} trials, K+1 in {one_more}, K+2 in {two_more}, more in {later}"
    );
    shown(trials)
}

fn plain_loop(chance: &mut Chance) -> Shown {
    let trials = (0..TRIALS)
        .map(|_| {
            let mut have = [false; K];
            let mut missing = K;
            let mut next = chance.below(K);
            for frame in 1.. {
                if !chance.happens(LOSS) && !std::mem::replace(&mut have[next], true) {
                    missing -= 1;
                    if missing == 0 {
                        return frame;
                    }
                }
                next = (next + 1) % K;
            }
            unreachable!("the loop does not end")
        })
        .collect();
    shown(trials)
}

fn bc_ur(chance: &mut Chance, late: usize) -> Shown {
    // Two bytes a fragment: how many parts are needed does not depend on their size.
    let message = chance.bytes(2 * K);
    let mut encoder = ur::fountain::Encoder::new(&message, 2).expect("an encoder");
    assert_eq!(encoder.fragment_count(), K);
    let parts: Vec<_> = (0..late + 20 * K).map(|_| encoder.next_part()).collect();
    let trials = (0..TRIALS)
        .map(|_| {
            let join = if late == 0 { 0 } else { chance.below(late) };
            let mut decoder = ur::fountain::Decoder::default();
            for (frame, part) in parts[join..].iter().enumerate() {
                if !chance.happens(LOSS) {
                    decoder.receive(part.clone()).expect("a part");
                    if decoder.complete() {
                        return frame + 1;
                    }
                }
            }
            panic!("20 K parts were not enough");
        })
        .collect();
    shown(trials)
}

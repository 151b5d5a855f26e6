//! The poison table.

use rootcast_tests::poison_table::{Errors, K, trials};
use rootcast_tests::seeds::Chance;

use crate::table::Table;

const TRIALS: u32 = 10;
const SEED: u64 = 6;

pub(crate) fn measure(_table: &mut Table) {
    println!(
        "\n## Poison\n\nForged symbols among N received, K = {K}, one symbol a frame, one link, {TRIALS} trials each, seed {SEED}: \
         completed / refused / wrong; most attempts and longest time of one trial. *Independent* errors are random bytes, \
         *same* is one pattern over all.\n\n| forged | N | independent | attempts | ms | same | attempts | ms |\n\
         |---:|---:|---|---:|---:|---|---:|---:|"
    );
    let mut chance = Chance::new(SEED);
    for forged in [1, 2, 4, 8, 12, 20] {
        for received in [K, K + 2 + forged, K * 5 / 4, K * 3 / 2, 2 * K, 3 * K] {
            let row = [Errors::Independent, Errors::Same].map(|errors| {
                let found = trials(TRIALS, received, forged, errors, &mut chance);
                assert_eq!(found.wrong, 0, "wrong bytes were given out");
                let ms = found.longest.as_secs_f64() * 1000.0;
                format!("{} / {} / {} | {} | {ms:.0}", found.completed, found.refused, found.wrong, found.attempts)
            });
            println!("| {forged} | {received} | {} | {} |", row[0], row[1]);
        }
    }
}

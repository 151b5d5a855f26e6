//! A thousand schedules of everything that can happen to frames. `rootcast-ordeal model` runs a million.

use rootcast_tests::assembly_model::{Counts, World, runs};
use rootcast_tests::seeds::chance;

/// Schedules where `ROOTCAST_RUNS` gives no number.
const RUNS: u64 = 1_000;

#[test]
fn what_is_published_is_what_was_signed_or_nothing_and_an_honest_link_brings_it_in_the_end() {
    let mut chance = chance("an_honest_link_brings_it_in_the_end");
    let count = std::env::var("ROOTCAST_RUNS").ok().map_or(RUNS, |text| text.parse().expect("a number of runs"));
    let first = if count == 1 { rootcast_tests::seeds::given() } else { None }.unwrap_or_else(|| chance.bits());
    let counts: Counts = runs(first, count, &World::new()).unwrap_or_else(|failure| panic!("{failure}"));
    counts.show(&format!("{count} schedules from seed 0x{first:016x}:"));
    if count >= RUNS {
        counts.assert_all_happened();
    }
}

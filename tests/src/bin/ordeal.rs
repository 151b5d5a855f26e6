//! `make long`: the long runs that `make test` holds a short form of. One part each:
//!
//! ```text
//! rootcast-ordeal model [RUNS]      schedules of faults before the assembly; a million where nothing is said
//! rootcast-ordeal kills [KILLS]     receive, killed by SIGKILL at random moments; a thousand
//! rootcast-ordeal soak [MINUTES]    hours of hostile lines with flat memory; an hour
//! rootcast-ordeal sound [CODEWORDS] codewords through a simulated cable at the edge of every mode, none of them wrong; 100,000
//! ```
//!
//! The seed is `ROOTCAST_SEED`, else made from the clock and printed. Ends with a panic where a claim does not hold.
#![allow(clippy::expect_used, clippy::panic, reason = "a long run fails loudly")]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rootcast_tests::assembly_model::{self, Counts, World};
use rootcast_tests::kills::kill;
use rootcast_tests::modem;
use rootcast_tests::program::folder;
use rootcast_tests::seeds::{self, Chance};
use rootcast_tests::soak::Soak;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let count = |usual: u64| words.get(1).map_or(usual, |word| word.parse().expect("a number"));
    match words.first().map(String::as_str) {
        Some("model") => model(count(1_000_000)),
        Some("kills") => kills(count(1_000)),
        Some("soak") => soak(count(60)),
        Some("sound") => sound(count(100_000)),
        _ => panic!("rootcast-ordeal model|kills|soak|sound [NUMBER]"),
    }
}

fn model(runs: u64) {
    let first = seeds::given().unwrap_or_else(now);
    let world = World::new();
    // In parts, so that whoever waits sees it go on.
    let (mut counts, mut done, begun) = (Counts::default(), 0, Instant::now());
    while done < runs {
        let part = (runs - done).min(10_000);
        let more = assembly_model::runs(first.wrapping_add(done), part, &world);
        counts.take_in(&more.unwrap_or_else(|failure| panic!("{failure}")));
        done += part;
        eprintln!("{done} of {runs} schedules from seed 0x{first:016x}, {} s", begun.elapsed().as_secs());
    }
    counts.show(&format!("{runs} schedules from seed 0x{first:016x}, {} s:", begun.elapsed().as_secs()));
    if runs >= 1_000 {
        counts.assert_all_happened();
    }
}

fn kills(count: u64) {
    let seed = seeds::given().unwrap_or_else(now);
    eprintln!("seed 0x{seed:016x}");
    let begun = Instant::now();
    let hits = kill(count, &mut Chance::new(seed));
    println!("{hits:?} in {} s", begun.elapsed().as_secs());
    assert!(hits.publishing > 0 && hits.committed > 0 && hits.receiving + hits.before_symbols > 0, "{hits:?}");
}

fn soak(minutes: u64) {
    let soak = Soak {
        lasts: Duration::from_secs(minutes * 60),
        bytes_per_second: 23_040,
        every: Duration::from_secs(30),
        series: folder().join(format!("soak-{}.tsv", now())),
        seed: seeds::given().unwrap_or_else(now),
    };
    let soaked = soak.run();
    println!("{minutes} minutes: {soaked}");
    println!("{}", soaked.series);
}

fn sound(codewords: u64) {
    let seed = seeds::given().unwrap_or_else(now);
    let (begun, mut shown) = (Instant::now(), 0);
    let [good, bad, wrong] = modem::ordeal(codewords, seed, |good, bad| {
        if good + bad >= shown + 10_000 {
            shown = good + bad;
            eprintln!("{shown} of {codewords} codewords from seed 0x{seed:016x}, {} s", begun.elapsed().as_secs());
        }
    });
    println!("seed 0x{seed:016x}: {good} codewords read, {bad} not, {wrong} wrong, {} s", begun.elapsed().as_secs());
    assert!(wrong == 0 && good > codewords / 10 && bad > codewords / 10, "{good} {bad} {wrong}");
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

//! A short while with every fuzz target: its seeds, the inputs kept of those the fuzzer found, and mutations of both.

use rootcast_tests::fuzz_targets::TARGETS;
use rootcast_tests::fuzz_targets::smoke::smoke;
use rootcast_tests::seeds;
use rootcast_tests::shown_table::ShownTable;

#[test]
fn every_fuzz_target_holds_for_its_seeds_kept_inputs_and_mutations_of_them() {
    let mut chance = seeds::chance("every_fuzz_target_holds");
    let times = std::env::var("ROOTCAST_FUZZ_TIMES").map_or(1, |times| times.parse().expect("a number"));
    let mut table = ShownTable::new(&["target", "seeds", "kept", "mutations", "taken", "seconds"]);
    for target in TARGETS {
        let smoke = smoke(target, times, &mut chance);
        // Where nothing gets through, or everything does, this proved nothing.
        assert!(smoke.seeds_taken > 0, "{}: no seed is taken", target.name);
        assert!((1..smoke.mutations).contains(&smoke.taken), "{}: {smoke:?}", target.name);
        let counts =
            [smoke.seeds.to_string(), smoke.kept.to_string(), smoke.mutations.to_string(), smoke.taken.to_string()];
        let seconds = format!("{:.1}", smoke.took.as_secs_f64());
        table.row([target.name.to_owned()].into_iter().chain(counts).chain([seconds]));
    }
    table.show("Fuzz targets: seeds, kept inputs, mutations");
}

//! A short while with every fuzz target: its seeds, the inputs kept of those the fuzzer found, and mutations of both.
//! And the fuzzer itself has the same targets, by `make fuzz`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

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

/// The value of `key = "value"` on the first such line.
fn said<'a>(table: &'a str, key: &str) -> &'a str {
    let line = table.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = ")).expect(key);
    line.trim_matches('"')
}

#[test]
fn the_fuzzer_is_built_for_exactly_the_targets_there_are() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let targets: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(targets.len(), TARGETS.len(), "a target stands twice");

    let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).expect("fuzz/Cargo.toml");
    let mut built = BTreeSet::new();
    for table in manifest.split("[[bin]]").skip(1) {
        let name = said(table, "name");
        assert_eq!(said(table, "path"), format!("fuzz_targets/{name}.rs"));
        assert!(built.insert(name.to_owned()), "{name} is built twice");
    }
    assert_eq!(built, targets, "the programs of fuzz/Cargo.toml and TARGETS");

    let mut written = BTreeSet::new();
    for entry in fs::read_dir(fuzz.join("fuzz_targets")).expect("fuzz/fuzz_targets") {
        let path = entry.expect("a file").path();
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("a target");
        assert!(text.contains(&format!("target(\"{name}\")")), "{} runs another target", path.display());
        written.insert(name);
    }
    assert_eq!(written, targets, "the files of fuzz/fuzz_targets and TARGETS");
}

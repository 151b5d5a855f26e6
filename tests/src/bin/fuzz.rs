//! Fuzz targets without a fuzzer.
//!
//! ```text
//! rootcast-fuzz seeds FOLDER         writes the seeds of every target, a folder each
//! rootcast-fuzz smoke TIMES [TARGET] seeds, kept inputs and mutations, TIMES as many as `make test` makes
//! rootcast-fuzz run TARGET FILE…     tries these inputs
//! ```
#![allow(clippy::expect_used, clippy::panic, reason = "a tool of the harness fails loudly")]

use std::path::Path;

use rootcast_tests::fuzz_targets::smoke::smoke;
use rootcast_tests::fuzz_targets::{TARGETS, target};
use rootcast_tests::seeds;
use rootcast_tests::shown_table::ShownTable;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["seeds", folder] => write_seeds(Path::new(folder)),
        ["smoke", times, only @ ..] => smoke_all(times.parse().expect("a number"), only),
        ["run", name, files @ ..] => {
            for file in files {
                let input = std::fs::read(file).unwrap_or_else(|error| panic!("{file}: {error}"));
                println!("{file}: {:?}", (target(name).run)(&input));
            }
        }
        _ => panic!("rootcast-fuzz seeds FOLDER | smoke TIMES [TARGET…] | run TARGET FILE…"),
    }
}

fn write_seeds(folder: &Path) {
    for target in TARGETS {
        let folder = folder.join(target.name);
        std::fs::create_dir_all(&folder).expect("a folder");
        for (number, seed) in (target.seeds)().iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number:03}")), seed).expect("a seed");
        }
    }
}

fn smoke_all(times: u32, only: &[&str]) {
    let mut chance = seeds::chance("every_fuzz_target_holds");
    let mut table = ShownTable::new(&["target", "seeds taken", "mutations", "taken", "seconds"]);
    for target in TARGETS.iter().filter(|target| only.is_empty() || only.contains(&target.name)) {
        let smoke = smoke(target, times, &mut chance);
        table.row([
            target.name.to_owned(),
            format!("{} of {}", smoke.seeds_taken, smoke.seeds + smoke.kept),
            smoke.mutations.to_string(),
            smoke.taken.to_string(),
            format!("{:.1}", smoke.took.as_secs_f64()),
        ]);
    }
    table.show("Fuzz targets: seeds, kept inputs, mutations");
}

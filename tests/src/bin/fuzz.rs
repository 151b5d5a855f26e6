//! Fuzz targets without a fuzzer.
//!
//! ```text
//! rootcast-fuzz seeds FOLDER      writes the seeds of every target, a folder each
//! rootcast-fuzz run TARGET FILE…  tries these inputs
//! ```
//!
//! Mutations of them are the scenario `fuzz_smoke`.
#![allow(clippy::expect_used, clippy::panic, reason = "a tool of the harness fails loudly")]

use std::path::Path;

use rootcast_tests::fuzz_targets::{TARGETS, target};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["seeds", folder] => write_seeds(Path::new(folder)),
        ["run", name, files @ ..] => {
            for file in files {
                let input = std::fs::read(file).unwrap_or_else(|error| panic!("{file}: {error}"));
                println!("{file}: {:?}", (target(name).run)(&input));
            }
        }
        _ => panic!("rootcast-fuzz seeds FOLDER | run TARGET FILE…"),
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

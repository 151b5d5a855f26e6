//! What is tried with any bytes at all: one body a target, for the fuzzer (`fuzz/`) and for the short form of it in
//! `make test`.
//!
//! ```text
//! input ─ bytes as they are, or a small script: which true thing is taken, and what is done to it ─▶ program ─▶ properties
//! ```
//!
//! A checksum or a signature stops a fuzzer at the door, so targets also write the checksum again and sign with a fixed key
//! ([`materials`]): what is fuzzed is what stands behind the door. A target panics where a property does not hold.
//! Nothing in it depends on the clock, on randomness or on what ran before: an input that fails always fails.

mod assembly;
mod bundles;
mod ceremony;
mod der_tree;
mod films;
mod frames;
mod input;
mod items;
mod lines;
mod materials;
mod mutation;
mod publication;
pub mod smoke;
mod sound;
mod typed;
mod wave_heads;

use std::path::{Path, PathBuf};

/// How far an input came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// It was refused.
    Refused,
    /// It was taken for what the target is about: a frame, a bundle, an accepted CRL, something published.
    Taken,
}

impl Reached {
    fn taken(is_taken: bool) -> Self {
        if is_taken { Self::Taken } else { Self::Refused }
    }
}

/// One thing that is tried with any bytes.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name: of the fuzz target, of the folder of kept inputs.
    pub name: &'static str,
    /// Tries one input; panics where a property does not hold.
    pub run: fn(&[u8]) -> Reached,
    /// Where mutation begins: real material, the same on every machine.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Mutated inputs in `make test`: all targets together take about a minute of one core.
    pub smoke: u32,
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target { name: "frame", run: frames::run, seeds: frames::seeds, smoke: 360_000 },
    Target { name: "cobs", run: lines::run_cobs, seeds: lines::seeds_cobs, smoke: 180_000 },
    Target { name: "datagram", run: lines::run_datagram, seeds: lines::seeds_datagram, smoke: 120_000 },
    Target { name: "recording", run: lines::run_recording, seeds: lines::seeds_recording, smoke: 48_000 },
    Target { name: "bundle", run: bundles::run, seeds: bundles::seeds, smoke: 120_000 },
    Target { name: "assembly", run: assembly::run, seeds: assembly::seeds, smoke: 12_000 },
    Target { name: "crl", run: items::run_crl, seeds: items::seeds_crl, smoke: 48_000 },
    Target { name: "certificate", run: items::run_certificate, seeds: items::seeds_certificate, smoke: 48_000 },
    Target { name: "csr", run: items::run_csr, seeds: items::seeds_csr, smoke: 48_000 },
    Target { name: "request", run: ceremony::run_request, seeds: ceremony::seeds_request, smoke: 120_000 },
    Target { name: "site", run: ceremony::run_site, seeds: ceremony::seeds_site, smoke: 120_000 },
    Target { name: "approval", run: ceremony::run_approval, seeds: ceremony::seeds_approval, smoke: 60_000 },
    Target { name: "film", run: films::run, seeds: films::seeds, smoke: 240_000 },
    Target { name: "sound", run: sound::run, seeds: sound::seeds, smoke: 240 },
    Target { name: "wave", run: wave_heads::run, seeds: wave_heads::seeds, smoke: 240_000 },
    Target { name: "typed", run: typed::run, seeds: typed::seeds, smoke: 240_000 },
    Target { name: "publication", run: publication::run, seeds: publication::seeds, smoke: 4_800 },
];

/// The target of this name.
///
/// # Panics
/// Where there is none.
#[must_use]
pub fn target(name: &str) -> &'static Target {
    TARGETS.iter().find(|target| target.name == name).unwrap_or_else(|| panic!("there is no target {name}"))
}

/// Inputs that once failed or went where no seed leads: each is tried again by every test run.
#[must_use]
pub fn kept_inputs(target: &Target) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz_inputs").join(target.name);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.expect("a kept input").path()).collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), std::fs::read(path).expect("a kept input"))).collect()
}

/// Fails where `text` holds a character that does something to a terminal instead of being shown.
fn assert_printable(text: &str) {
    let hidden = text.chars().find(|c| {
        c.is_control() && *c != '\n'
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
                | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
    });
    assert_eq!(hidden, None, "not fit to be printed: {text:?}");
}

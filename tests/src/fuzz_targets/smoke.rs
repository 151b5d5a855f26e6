//! The short form of fuzzing: a target's seeds, its kept inputs, and mutations of both.

use std::io::Write as _;
use std::time::{Duration, Instant};

use super::mutation::mutated;
use super::{Reached, Target, kept_inputs};
use crate::seeds::Chance;

/// What came of it.
#[derive(Debug, Clone, Copy)]
pub struct Smoke {
    /// Seeds.
    pub seeds: usize,
    /// Kept inputs.
    pub kept: usize,
    /// Mutated inputs.
    pub mutations: u32,
    /// Seeds and kept inputs that were taken.
    pub seeds_taken: usize,
    /// Mutated inputs that were taken.
    pub taken: u32,
    /// How long it took.
    pub took: Duration,
}

/// Tries the seeds, the kept inputs and `times` as many mutations as the target says.
#[must_use]
pub fn smoke(target: &Target, times: u32, chance: &mut Chance) -> Smoke {
    let begun = Instant::now();
    let kept = kept_inputs(target);
    let mut inputs = (target.seeds)();
    let seeds = inputs.len();
    inputs.extend(kept.iter().map(|(_, input)| input.clone()));
    let seeds_taken = inputs.iter().filter(|input| tried(target, input) == Reached::Taken).count();
    let (mutations, mut taken) = (target.smoke * times, 0);
    for _ in 0..mutations {
        taken += u32::from(tried(target, &mutated(&inputs, chance)) == Reached::Taken);
    }
    Smoke { seeds, kept: kept.len(), mutations, seeds_taken, taken, took: begun.elapsed() }
}

/// Tries an input. One that fails is written to a file, and that is said past the capture of the test harness.
fn tried(target: &Target, input: &[u8]) -> Reached {
    match std::panic::catch_unwind(|| (target.run)(input)) {
        Ok(reached) => reached,
        Err(panic) => {
            let path = std::env::temp_dir().join(format!("rootcast-{}-{}", target.name, std::process::id()));
            let _ = std::fs::write(&path, input);
            let told = format!("\ntarget {} fails on {} bytes, kept in {}\n", target.name, input.len(), path.display());
            let _ = std::io::stderr().write_all(told.as_bytes());
            std::panic::resume_unwind(panic)
        }
    }
}

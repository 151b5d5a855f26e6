//! The poison table: how many forged symbols among how many received an object survives, and what that costs.
//!
//! Symbols come by one link, one a frame, in any order; each forged one replaces a true one. Every attempt is one the
//! receiver makes by itself.

use std::time::{Duration, Instant};

use rootcast_online::reception::assembly::Assemblies;
use rootcast_protocol::esi::Esi;
use rootcast_protocol::fec::Encoder;
use rootcast_protocol::frame::Frame;
use rootcast_protocol::object::Object;

use crate::seeds::Chance;

/// Source symbols of the object.
pub const K: usize = 60;

/// How the forged symbols are wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errors {
    /// Random bytes: linearly independent errors.
    Independent,
    /// One pattern over all of them: errors that depend on each other.
    Same,
}

/// What came of some trials with the same numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Outcome {
    /// The object was put together.
    pub completed: u32,
    /// Nothing was given out: the receiver listens on.
    pub refused: u32,
    /// Other bytes were given out. Never.
    pub wrong: u32,
    /// The most attempts in one trial.
    pub attempts: u32,
    /// The longest that all attempts of one trial took together.
    pub longest: Duration,
    /// Trials in which the link and exactly the forged symbols were named.
    pub named: u32,
}

/// Trials with `forged` of `received` symbols.
#[must_use]
pub fn trials(count: u32, received: usize, forged: usize, errors: Errors, chance: &mut Chance) -> Outcome {
    let mut outcome = Outcome::default();
    for _ in 0..count {
        let bytes = chance.bytes(K * 176 - 9);
        let object = Object::new(&bytes).expect("an object");
        let encoder = Encoder::new(&object, &bytes).expect("an encoder");
        let wrong = chance.choose(forged, received);
        let pattern = chance.bytes(176);
        let mut frames: Vec<Vec<u8>> = (0..received)
            .map(|number| {
                let esi = Esi::new(number as u32).expect("an ESI");
                let mut symbol = encoder.symbols(&bytes, esi, 1).expect("a symbol");
                if wrong.contains(&number) {
                    let error = if errors == Errors::Same { pattern.clone() } else { chance.bytes(176) };
                    symbol.iter_mut().zip(error).for_each(|(byte, error)| *byte ^= error);
                }
                Frame::new(object, esi, &symbol).expect("a frame").encode()
            })
            .collect();
        chance.shuffle(&mut frames);
        trial(&object, &bytes, &frames, &mut outcome);
    }
    outcome
}

fn trial(object: &Object, bytes: &[u8], frames: &[Vec<u8>], outcome: &mut Outcome) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut assemblies = Assemblies::open(folder.path(), 0).expect("an assembly");
    let (mut attempts, mut took, mut complete) = (0, Duration::ZERO, None);
    let mut heard_forged = 0;
    for frame in frames {
        let parsed = Frame::parse(frame).expect("a frame");
        let start = parsed.first.get() as usize * 176;
        let is_source = start < bytes.len();
        heard_forged += u32::from(is_source && !is_prefix(bytes, start, parsed.symbols));
        if assemblies.hear("link", frame, 0).expect("a disk").is_none() {
            continue;
        }
        let begun = Instant::now();
        complete = assemblies.attempt(object, 0, &|| false).expect("a disk");
        took += begun.elapsed();
        attempts += 1;
        if complete.is_some() {
            break;
        }
    }
    match complete {
        Some(complete) if complete.bytes() == bytes => {
            outcome.completed += 1;
            let named: u32 = complete.false_symbols().iter().map(|these| these.symbols).sum();
            outcome.named += u32::from(named >= heard_forged);
        }
        Some(_) => outcome.wrong += 1,
        None => outcome.refused += 1,
    }
    outcome.attempts = outcome.attempts.max(attempts);
    outcome.longest = outcome.longest.max(took);
}

/// Whether `symbol` holds the object's bytes from `start` on; the last one is filled up with zeros.
fn is_prefix(bytes: &[u8], start: usize, symbol: &[u8]) -> bool {
    let rest = bytes.get(start..).unwrap_or_default();
    let length = rest.len().min(symbol.len());
    rest[..length] == symbol[..length]
}

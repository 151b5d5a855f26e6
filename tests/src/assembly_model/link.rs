//! What a link does to frames, and a disk to files.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::counts::{Count, Counts};
use crate::seeds::Chance;

/// A link: frames go in at one tick and come out at another, or not.
pub(super) struct Link {
    name: &'static str,
    loss: f64,
    doubling: f64,
    damage: f64,
    delay_max: usize,
    /// When each comes out, which number it had, and its bytes.
    on_the_way: Vec<(usize, u64, Vec<u8>)>,
    sent: u64,
    newest_out: u64,
}

impl Link {
    pub(super) fn new(name: &'static str, chance: &mut Chance) -> Self {
        let mut some = |rates: [f64; 3]| rates[chance.below(3)];
        let (loss, doubling, damage) = (some([0.0, 0.1, 0.6]), some([0.0, 0.05, 0.5]), some([0.0, 0.03, 0.3]));
        let delay_max = [1, 3, 20][chance.below(3)];
        Self { name, loss, doubling, damage, delay_max, on_the_way: Vec::new(), sent: 0, newest_out: 0 }
    }

    /// Puts a frame on the way.
    pub(super) fn carry(&mut self, mut frame: Vec<u8>, tick: usize, chance: &mut Chance, counts: &mut Counts) {
        self.sent += 1;
        if chance.happens(self.loss) {
            counts.add(Count::Lost);
            return;
        }
        if chance.happens(self.doubling) {
            counts.add(Count::Doubled);
            self.on_the_way.push((tick + chance.below(self.delay_max), self.sent, frame.clone()));
        }
        if chance.happens(self.damage) {
            counts.add(Count::Damaged);
            damage(&mut frame, chance);
        }
        self.on_the_way.push((tick + chance.below(self.delay_max), self.sent, frame));
    }

    /// The frames that come out at this tick.
    pub(super) fn arriving(&mut self, tick: usize, counts: &mut Counts) -> Vec<Vec<u8>> {
        let (mut arriving, rest) = std::mem::take(&mut self.on_the_way).into_iter().partition(|(at, ..)| *at <= tick);
        self.on_the_way = rest;
        let mut frames = Vec::new();
        let arriving: &mut Vec<(usize, u64, Vec<u8>)> = &mut arriving;
        arriving.sort_by_key(|(at, ..)| *at);
        for (_, number, frame) in arriving.drain(..) {
            if number < self.newest_out {
                counts.add(Count::Reordered);
            }
            self.newest_out = self.newest_out.max(number);
            frames.push(frame);
        }
        frames
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: loss {}, damage {}", self.name, self.loss, self.damage)
    }
}

/// Some flipped bits, or a piece missing.
fn damage(frame: &mut Vec<u8>, chance: &mut Chance) {
    if chance.below(4) == 0 {
        frame.truncate(chance.below(frame.len()));
        return;
    }
    for _ in 0..1 + chance.below(4) {
        let at = chance.below(frame.len());
        frame[at] ^= 1 << chance.below(8);
    }
}

/// Now and then tears the end off a symbol file, as a kill within a write does, or changes a byte, as a bad disk does.
pub(super) fn hurt_files(folder: &Path, chance: &mut Chance, counts: &mut Counts) {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("the folder of symbols")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "sym"))
        .collect();
    // The order of a listing is no part of the seed.
    paths.sort();
    for path in paths {
        let file = File::options().read(true).write(true).open(&path).expect("a symbol file");
        let length = file.metadata().expect("its length").len();
        match chance.below(8) {
            0 => {
                counts.add(Count::Torn);
                file.set_len(length.saturating_sub(1 + chance.below(300) as u64)).expect("a torn file");
            }
            1 if length > 0 => {
                counts.add(Count::Rotten);
                let at = chance.below(length as usize) as u64;
                let mut byte = [0];
                file.read_exact_at(&mut byte, at).expect("a byte");
                file.write_all_at(&[byte[0] ^ 1 << chance.below(8)], at).expect("a changed byte");
            }
            _ => {}
        }
    }
}

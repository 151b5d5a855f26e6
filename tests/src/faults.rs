//! What goes wrong with bytes on a line: lost, flipped, invented, and whole bursts cut out. Seeded and counted.

use crate::seeds::Chance;

/// How often each fault begins, per byte.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rates {
    /// A byte, or the bytes of a burst, are lost.
    pub lost: f64,
    /// A bit of a byte, or of every byte of a burst, is flipped.
    pub flipped: f64,
    /// A byte that nobody sent appears.
    pub inserted: f64,
    /// The mean length of a burst of losses or flips, in bytes; lengths are geometric. 0 and 1 mean single bytes.
    pub burst: f64,
}

impl Rates {
    /// A line on which `share` of the bytes are lost or flipped, half and half, in bursts of `burst` bytes on average.
    #[must_use]
    pub fn damaged(share: f64, burst: f64) -> Self {
        let begins = share / burst.max(1.0) / 2.0;
        Self { lost: begins, flipped: begins, inserted: 0.0, burst }
    }
}

/// What a line did to the bytes so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Bytes that went in.
    pub bytes: u64,
    /// Bytes lost.
    pub lost: u64,
    /// Bytes with a flipped bit.
    pub flipped: u64,
    /// Bytes invented.
    pub inserted: u64,
    /// Bursts of two bytes and more.
    pub bursts: u64,
}

impl Counts {
    /// Fails unless every kind of fault in `rates` happened at least once.
    pub fn assert_happened(&self, rates: &Rates) {
        for (rate, count, what) in [
            (rates.lost, self.lost, "lost"),
            (rates.flipped, self.flipped, "flipped"),
            (rates.inserted, self.inserted, "inserted"),
            (rates.burst - 1.0, self.bursts, "cut in a burst"),
        ] {
            assert!(rate <= 0.0 || count > 0, "no byte was {what}: this run proved nothing ({self:?})");
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Burst {
    Lost,
    Flipped,
}

/// A line with faults.
#[derive(Debug, Clone)]
pub struct ByteFaults {
    rates: Rates,
    chance: Chance,
    counts: Counts,
    burst: Option<(Burst, u64)>,
}

impl ByteFaults {
    /// A line with these faults.
    #[must_use]
    pub fn new(rates: Rates, chance: Chance) -> Self {
        Self { rates, chance, counts: Counts::default(), burst: None }
    }

    /// A line without faults.
    #[must_use]
    pub fn none() -> Self {
        Self::new(Rates::default(), Chance::new(0))
    }

    /// Passes `bytes` on to `out`, as far as they survive.
    pub fn pass(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for byte in bytes {
            self.counts.bytes += 1;
            if self.rates.inserted > 0.0 && self.chance.happens(self.rates.inserted) {
                self.counts.inserted += 1;
                out.push(self.chance.bits() as u8);
            }
            match self.fault() {
                Some(Burst::Lost) => self.counts.lost += 1,
                Some(Burst::Flipped) => {
                    self.counts.flipped += 1;
                    out.push(byte ^ (1 << self.chance.below(8)));
                }
                None => out.push(*byte),
            }
        }
    }

    /// What happened so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    fn fault(&mut self) -> Option<Burst> {
        if let Some((burst, left)) = self.burst {
            self.burst = (left > 1).then_some((burst, left - 1));
            return Some(burst);
        }
        let begins = self.rates.lost + self.rates.flipped;
        if begins <= 0.0 || !self.chance.happens(begins) {
            return None;
        }
        let burst = if self.chance.happens(self.rates.lost / begins) { Burst::Lost } else { Burst::Flipped };
        let mut length = 1;
        let goes_on = 1.0 - 1.0 / self.rates.burst.max(1.0);
        while goes_on > 0.0 && self.chance.happens(goes_on) {
            length += 1;
        }
        if length > 1 {
            self.counts.bursts += 1;
            self.burst = Some((burst, length - 1));
        }
        Some(burst)
    }
}

#[cfg(test)]
mod tests {
    use super::{ByteFaults, Rates};
    use crate::seeds::Chance;

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "a share of a million")]
    fn the_share_of_damaged_bytes_is_the_one_asked_for() {
        for burst in [1.0, 5.0, 64.0] {
            let mut faults = ByteFaults::new(Rates::damaged(0.001, burst), Chance::new(7));
            faults.pass(&vec![0x55; 8_000_000], &mut Vec::new());
            let counts = faults.counts();
            let share = (counts.lost + counts.flipped) as f64 / 8e6;
            assert!((0.000_7..0.001_3).contains(&share), "{burst}: {share}");
        }
    }
}

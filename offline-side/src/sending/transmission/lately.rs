//! The last frames that a transmitter took: which of them counted, where it did not send the last few.

use std::collections::VecDeque;

/// How many frames are remembered: more than any transmitter keeps back.
const REMEMBERED: usize = 64;

/// The last frames that a transmitter took, the latest one last.
#[derive(Debug, Default)]
pub(super) struct Lately(VecDeque<Option<u16>>);

impl Lately {
    /// One more: its symbols, or nothing for a frame that is not counted (a beacon, or a source symbol sent again).
    pub(super) fn add(&mut self, symbols: Option<u16>) {
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(symbols);
    }

    /// Of the last `unsent` frames: how many were counted, and with how many symbols.
    pub(super) fn cut_off(&self, unsent: u64) -> (u64, u64) {
        let unsent = usize::try_from(unsent).unwrap_or(usize::MAX);
        let counted = self.0.iter().rev().take(unsent).flatten();
        counted.fold((0, 0), |(frames, all), symbols| (frames + 1, all + u64::from(*symbols)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Lately, REMEMBERED};

    /// Beacons and frames that were not counted were once taken off the frames that were.
    #[test]
    fn what_was_not_counted_is_not_taken_off() {
        let mut lately = Lately::default();
        for symbols in [Some(8), None, Some(3), None] {
            lately.add(symbols);
        }
        let cut_off: Vec<_> = (0..=5).map(|unsent| lately.cut_off(unsent)).collect();
        assert_eq!(cut_off, [(0, 0), (0, 0), (1, 3), (1, 3), (2, 11), (2, 11)]);
        (0..2 * REMEMBERED).for_each(|_| lately.add(Some(1)));
        assert_eq!(lately.cut_off(u64::MAX), (64, 64));
    }
}

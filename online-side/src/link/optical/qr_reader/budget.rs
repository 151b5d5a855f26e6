//! The time that one picture may take.

use std::time::{Duration, Instant};

/// A moment after which nothing more is begun. What is begun ends in some tens of milliseconds on a picture of the
/// size that passes are made on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    from: Instant,
    most: Duration,
}

impl Budget {
    /// So much time from now.
    pub(super) fn new(most: Duration) -> Self {
        Self { from: Instant::now(), most }
    }

    /// Whether nothing of it is left.
    pub(super) fn is_spent(&self) -> bool {
        self.from.elapsed() >= self.most
    }

    /// Whether less than half of it is left: no time for what seldom helps.
    pub(super) fn is_half_spent(&self) -> bool {
        self.from.elapsed() >= self.most / 2
    }
}

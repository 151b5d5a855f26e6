//! Pacing: the arithmetic of when the next frame may go out.
//!
//! A pseudo-terminal takes bytes as fast as they come, and a terminal shows a frame at once: the rate has to be kept by
//! the clock. A sender that wakes up late may catch up a little, so that the mean rate is the line's.

use std::time::{Duration, Instant};

/// How much lateness is made up for: the wake-up delays of a busy machine, not a pause.
const CATCH_UP_MAX: Duration = Duration::from_millis(20);

/// When what was handed over so far is out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    free_at: Instant,
}

impl Pace {
    /// A line on which nothing is under way at `now`.
    #[must_use]
    pub(crate) fn from(now: Instant) -> Self {
        Self { free_at: now }
    }

    /// When the line is free again.
    #[must_use]
    pub(crate) fn free_at(&self) -> Instant {
        self.free_at
    }

    /// Hands over something at `now` that takes `time`.
    pub(crate) fn take(&mut self, now: Instant, time: Duration) {
        let earliest = now.checked_sub(CATCH_UP_MAX).unwrap_or(now);
        self.free_at = self.free_at.max(earliest) + time;
    }
}

/// The time `bytes` take on a line of `baud` bits a second with 10 bits a byte (a start and a stop bit).
#[must_use]
pub(super) fn line_time(bytes: usize, baud: u32) -> Duration {
    let nanoseconds = bytes as u128 * 10 * 1_000_000_000 / u128::from(baud.max(1));
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::{Pace, line_time};
    use std::time::{Duration, Instant};

    #[test]
    fn a_line_carries_a_tenth_of_its_bits_in_bytes() {
        assert_eq!(line_time(11_520, 115_200), Duration::from_secs(1));
        assert_eq!(line_time(1_200, 9_600), Duration::from_millis(1_250));
        assert_eq!(line_time(0, 9_600), Duration::ZERO);
        assert_eq!(line_time(usize::MAX, 1), Duration::from_nanos(u64::MAX));
    }

    #[test]
    fn late_wake_ups_are_made_up_for_and_pauses_are_not() {
        let start = Instant::now();
        let (frame, late) = (Duration::from_millis(100), Duration::from_millis(3));
        let mut pace = Pace::from(start);
        for _ in 0..10 {
            let now = pace.free_at() + late;
            pace.take(now, frame);
        }
        assert_eq!(pace.free_at(), start + 10 * frame, "the mean rate is the line's");
        let now = pace.free_at() + Duration::from_secs(5);
        pace.take(now, frame);
        assert_eq!(pace.free_at(), now + frame - Duration::from_millis(20), "no burst after a pause");
    }
}

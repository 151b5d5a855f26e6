//! When the frames of an object of few frames go out: a few passes at once, then one after longer and longer pauses.
//!
//! An object of one frame would be over in a hundredth of a second at the rate of a fast link, and one bad moment would
//! take all of it. Nothing here waits.

use std::time::Duration;

/// Passes at the start.
const FIRST_PASSES: u32 = 8;
/// The time between them: eight in a quarter of a second.
const FIRST_GAP: Duration = Duration::from_micros(31_250);
/// Pauses double until there are so many of them, …
const DOUBLED: u32 = 6;
/// … and are this long from then on.
const LAST_GAP: Duration = Duration::from_secs(60);

/// The beat of an object with so many frames in a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    /// Frames in a pass.
    pub frames: u32,
}

impl Beat {
    /// How long after the start pass `pass`, counted from 0, begins.
    #[must_use]
    pub(crate) fn begins(pass: u32) -> Duration {
        match pass.checked_sub(FIRST_PASSES - 1) {
            None | Some(0) => FIRST_GAP * pass,
            Some(pauses) => {
                let first = FIRST_GAP * (FIRST_PASSES - 1);
                let doubled = (1_u64 << pauses.min(DOUBLED)) - 1;
                let others = u64::from(pauses.saturating_sub(DOUBLED)).saturating_mul(LAST_GAP.as_secs());
                first + Duration::from_secs(doubled.saturating_add(others))
            }
        }
    }

    /// The frames of the first passes and of the first one after a pause: so many a transmission to given odds has at least.
    #[must_use]
    pub(crate) fn frames_least(self) -> u32 {
        self.frames.saturating_mul(FIRST_PASSES + 1)
    }

    /// How long after the start frame `frame`, counted from 0, may go out.
    #[must_use]
    pub(crate) fn due(self, frame: u64) -> Duration {
        Self::begins(u32::try_from(frame / u64::from(self.frames.max(1))).unwrap_or(u32::MAX))
    }

    /// How many frames have gone out after `time`.
    #[must_use]
    pub(crate) fn frames_in(self, time: Duration) -> u32 {
        let (mut began, mut after) = (0, 1);
        while Self::begins(after) <= time && after < u32::MAX / 2 {
            (began, after) = (after, after * 2);
        }
        // The pass `began` has begun by then, and `after` has not.
        while after - began > 1 {
            let middle = began + (after - began) / 2;
            if Self::begins(middle) <= time { began = middle } else { after = middle }
        }
        (began + 1).saturating_mul(self.frames)
    }
}

#[cfg(test)]
mod tests {
    use super::Beat;
    use std::time::Duration;

    #[test]
    fn eight_passes_in_a_quarter_of_a_second_and_then_longer_and_longer_pauses() {
        let begins: Vec<u128> = (0..18).map(|pass| Beat::begins(pass).as_millis()).collect();
        assert_eq!(begins[..8], [0, 31, 62, 93, 125, 156, 187, 218]);
        let pauses: Vec<u128> = begins[7..].windows(2).map(|pair| (pair[1] - pair[0]) / 1000).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
        assert_eq!(Beat::begins(u32::MAX).as_secs(), 63 + (u64::from(u32::MAX) - 7 - 6) * 60);
    }

    #[test]
    fn the_frames_of_a_time_are_those_of_the_passes_that_began() {
        let beat = Beat { frames: 3 };
        for (time, frames) in [(0, 3), (30, 3), (32, 6), (219, 24), (1218, 24), (1219, 27), (600_000, 66)] {
            assert_eq!(beat.frames_in(Duration::from_millis(time)), frames, "{time} ms");
        }
        assert_eq!((beat.due(2), beat.due(3)), (Duration::ZERO, Beat::begins(1)));
        assert_eq!(beat.frames_least(), 27);
    }
}

//! Pacing: how many bits a second are on the wire, and when the next frames may go out.
//!
//! A queue on the way that overflows is what loses frames on such a link, and no code makes up for it: so the rate is kept
//! from the first frame on, by the clock.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

use super::header::PAYLOAD_SIZE_MIN;
use crate::link::transmitter::Stop;

/// Bytes on the wire around the payload of an Ethernet frame: preamble and start 8, header 14, check sequence 4, gap 12.
const AROUND_SIZE: usize = 38;
/// Frames that are handed to the kernel at once.
pub(super) const BATCH_MAX: u32 = 8;
/// A shorter wait than this is not slept: waking up takes as long.
const SLEEP_MIN: Duration = Duration::from_micros(60);

/// Bits a second on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rate(u64);

impl Rate {
    /// What is used where nobody asks otherwise: the slowest card there is keeps up.
    pub(super) const DEFAULT: Self = Self(100_000_000);
    const MIN: u64 = 10_000_000;
    const MAX: u64 = 1_000_000_000;

    /// How long an Ethernet frame with so many bytes of payload takes.
    pub(super) fn frame_time(self, payload: usize) -> Duration {
        let bits = 8 * (payload.max(PAYLOAD_SIZE_MIN) + AROUND_SIZE) as u64;
        Duration::from_nanos(bits.saturating_mul(1_000_000_000) / self.0)
    }
}

/// `100M`, `1G`
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} Mbit/s", self.0 / 1_000_000)
    }
}

/// A whole number and `M` or `G`, from 10M to 1G.
impl FromStr for Rate {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (number, unit) = match text.strip_suffix('M') {
            Some(number) => (number, 1_000_000),
            None => (text.strip_suffix('G').ok_or(())?, 1_000_000_000),
        };
        if !number.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(());
        }
        let number: u64 = number.parse().map_err(|_| ())?;
        let rate = number.checked_mul(unit).filter(|rate| (Self::MIN..=Self::MAX).contains(rate));
        rate.map(Self).ok_or(())
    }
}

/// When the wire is free of what was handed over. Lateness is made up for by [`BATCH_MAX`] frames at most, so that no more
/// than twice as many follow each other without a gap.
#[derive(Debug)]
pub(super) struct Wire {
    free_at: Instant,
}

impl Wire {
    /// A wire on which nothing is under way at `now`.
    pub(super) fn from(now: Instant) -> Self {
        Self { free_at: now }
    }

    /// Waits until the wire is free, or it is time to stop; then takes it for `frames` frames of `frame_time` each.
    pub(super) fn take(&mut self, frames: u32, frame_time: Duration, stop: &Stop) {
        loop {
            let now = Instant::now();
            let left = self.free_at.saturating_duration_since(now);
            if left.is_zero() || stop.is_due() {
                let late = now.checked_sub(frame_time * BATCH_MAX).unwrap_or(now);
                self.free_at = self.free_at.max(late) + frame_time * frames;
                return;
            }
            if left < SLEEP_MIN {
                std::hint::spin_loop();
            } else if !stop.sleep_until(self.free_at) {
                // It is time to stop: what was taken on is sent now.
            }
        }
    }

    /// Waits until what was handed over is out, or it is time to stop.
    pub(super) fn drain(&self, stop: &Stop) {
        let _ = stop.sleep_until(self.free_at);
    }
}

#[cfg(test)]
mod tests {
    use super::{BATCH_MAX, Rate, Wire};
    use crate::link::transmitter::Stop;
    use std::time::{Duration, Instant};

    #[test]
    fn a_rate_counts_the_bits_on_the_wire() {
        let rate: Rate = "100M".parse().unwrap();
        // 1,538 bytes for the largest payload of an ordinary Ethernet frame, 84 for the smallest.
        assert_eq!(rate.frame_time(1500), Duration::from_nanos(123_040));
        assert_eq!(
            (rate.frame_time(0), rate.frame_time(46)),
            (Duration::from_nanos(6_720), Duration::from_nanos(6_720))
        );
        assert_eq!("1G".parse::<Rate>().unwrap().frame_time(1500), Duration::from_nanos(12_304));
        for wrong in
            ["", "M", "9M", "2G", "1001M", "100", "100m", "-1M", "1.5G", "99999999999999999999G", "18446744073710M"]
        {
            assert!(wrong.parse::<Rate>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_mean_rate_is_kept_and_a_pause_is_not_made_up_for() {
        let (frame_time, stop) = (Duration::from_micros(200), Stop::default());
        let start = Instant::now();
        let mut wire = Wire::from(start);
        for _ in 0..50 {
            wire.take(BATCH_MAX, frame_time, &stop);
        }
        let took = start.elapsed();
        assert!(took >= frame_time * BATCH_MAX * 48, "{took:?}");
        std::thread::sleep(Duration::from_millis(30));
        let again = Instant::now();
        let free_at = wire.free_at;
        assert!(free_at < again);
        wire.take(BATCH_MAX, frame_time, &stop);
        wire.take(BATCH_MAX, frame_time, &stop);
        wire.take(BATCH_MAX, frame_time, &stop);
        assert!(again.elapsed() >= frame_time * BATCH_MAX, "three batches took {:?}", again.elapsed());
    }
}

//! The result of a link test: frames of the pattern counted by what happened to them, and the resulting odds.
//!
//! The receiver knows every frame of the pattern and their order, so it sees what is missing between two good ones, and
//! compares a damaged one with those it may have been. Must not: keep a symbol, or touch a state.

use rootcast_protocol::cobs::size_on_line;
use rootcast_protocol::frame::Frame;
use rootcast_protocol::object::{Object, ObjectId, ObjectLength};
use rootcast_protocol::odds::{frames_for, frames_needed};
use rootcast_protocol::test_pattern::TestPattern;
use serde::Serialize;

/// How far after the last good frame a damaged one is looked for.
const AHEAD: u32 = 8;
/// Source symbols of the example object for the odds: a CRL of about 10 kB.
pub(crate) const TOLD_SYMBOLS: u32 = 60;
/// Its length in bytes, in symbols of 176.
const TOLD_OBJECT_SIZE: u32 = TOLD_SYMBOLS * 176;
/// The accepted odds of failure for it.
const TOLD_FAILURE: f64 = 1e-9;

/// Frames by what happened to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(crate) struct Counts {
    /// Arrived as they were sent.
    pub good: u64,
    /// The one before once more, as a camera sees a picture twice: no loss.
    pub repeated: u64,
    /// Good frames of something else.
    pub foreign: u64,
    /// Missing between two good ones, damaged ones among them.
    pub missing: u64,
    /// Missing without a trace: neither good nor damaged.
    pub dropped: u64,
    /// Damaged, with as many bytes as were sent: bits were flipped.
    pub flipped: u64,
    /// Bits that differ in those, where the line's coding was not hit.
    pub flipped_bits: u64,
    /// Damaged and too short: bytes were lost on the way, as a receiver that is overrun loses them.
    pub overrun: u64,
    /// Bytes that are missing in those.
    pub overrun_bytes: u64,
    /// Damaged and too long: bytes came in between.
    pub inserted: u64,
    /// Bytes too many in those.
    pub inserted_bytes: u64,
    /// Damaged before the first good frame, so that nobody knows what they were.
    pub broken: u64,
    /// Dropped by this host's queue: of those without a trace, the ones that the cable brought.
    pub queue_drops: u64,
    /// Damaged pieces beyond the frames that are missing: somebody else's bytes, or a frame cut in pieces.
    pub surplus: u64,
}

/// A test under way.
#[derive(Debug)]
pub(crate) struct LinkTest {
    pattern: TestPattern,
    counts: Counts,
    /// The last good frame: its index, and how many symbols it had.
    last: Option<(u32, u16)>,
    /// Damaged pieces since.
    damaged: u64,
}

impl LinkTest {
    /// A test without any frame yet.
    #[must_use]
    pub(crate) fn new(pattern: TestPattern) -> Self {
        Self { pattern, counts: Counts::default(), last: None, damaged: 0 }
    }

    /// What was found so far.
    #[must_use]
    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Takes in bytes that may be a frame.
    pub(crate) fn hear(&mut self, bytes: &[u8]) {
        match Frame::parse(bytes) {
            Ok(frame) => match self.pattern.index_of(&frame) {
                Some(place) => self.good(place),
                None => self.counts.foreign += 1,
            },
            Err(_) => self.bad(bytes),
        }
    }

    /// Takes in that the queue of this host dropped so many frames.
    pub(crate) fn hear_dropped(&mut self, frames: u64) {
        self.counts.queue_drops += frames;
    }

    /// Takes in a datagram of something else.
    pub(crate) fn hear_foreign(&mut self) {
        self.counts.foreign += 1;
    }

    /// Takes in a piece of so many bytes of a line, which its coding (COBS) showed to be damaged.
    pub(crate) fn hear_broken(&mut self, bytes: usize) {
        let next = u32::try_from(self.damaged).unwrap_or(u32::MAX).saturating_add(1);
        self.damaged += 1;
        let meant = self.last.and_then(|(last, per_frame)| self.pattern.frame(last.wrapping_add(next), per_frame));
        match meant {
            None => self.counts.broken += 1,
            // The zero bytes around a piece are none of it.
            Some(frame) => self.of_another_size(bytes, size_on_line(&frame).saturating_sub(2)),
        }
    }

    /// A damaged frame of `found` bytes of which so many were `sent`.
    fn of_another_size(&mut self, found: usize, sent: usize) {
        match (sent.saturating_sub(found), found.saturating_sub(sent)) {
            (0, 0) => self.counts.flipped += 1,
            (0, more) => {
                self.counts.inserted += 1;
                self.counts.inserted_bytes += more as u64;
            }
            (fewer, _) => {
                self.counts.overrun += 1;
                self.counts.overrun_bytes += fewer as u64;
            }
        }
    }

    fn good(&mut self, (index, per_frame): (u32, u16)) {
        let damaged = std::mem::take(&mut self.damaged);
        let missing = match self.last {
            Some(last) if last == (index, per_frame) && damaged == 0 => {
                self.counts.repeated += 1;
                return;
            }
            Some((last, same)) if same == per_frame => {
                let frames = TestPattern::frames(per_frame);
                u64::from((index + frames - 1 - last) % frames)
            }
            // The first, or the sender changed the size of its frames.
            _ => damaged,
        };
        self.counts.good += 1;
        self.counts.missing += missing;
        self.counts.dropped += missing.saturating_sub(damaged);
        self.counts.surplus += damaged.saturating_sub(missing);
        self.last = Some((index, per_frame));
    }

    fn bad(&mut self, bytes: &[u8]) {
        self.damaged += 1;
        // Before the first good frame nobody knows how long a frame is.
        let Some((last, per_frame)) = self.last else {
            self.counts.broken += 1;
            return;
        };
        let meant = |step: u32| self.pattern.frame(last.wrapping_add(step), per_frame);
        // Frames of as many symbols are equally long.
        let Some(sent) = meant(1).map(|frame| frame.len()) else { return };
        if bytes.len() == sent {
            let bits = (1..=AHEAD).filter_map(meant).map(|frame| differing_bits(&frame, bytes)).min();
            self.counts.flipped_bits += bits.unwrap_or(0);
        }
        self.of_another_size(bytes.len(), sent);
    }

    /// The share of frames that is lost: as measured, and the most it is with 95 % confidence (Wilson 1927, one-sided).
    /// Nothing before two good frames.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "shares for people")]
    pub(crate) fn loss(&self) -> Option<(f64, f64)> {
        let Counts { good, missing, .. } = self.counts;
        if good < 2 {
            return None;
        }
        let (sent, z) = ((good + missing) as f64, 1.645_f64);
        let measured = missing as f64 / sent;
        let middle = measured + z * z / (2.0 * sent);
        let width = z * (measured * (1.0 - measured) / sent + z * z / (4.0 * sent * sent)).sqrt();
        Some((measured, ((middle + width) / (1.0 + z * z / sent)).min(1.0)))
    }

    /// What follows for an object of [`TOLD_SYMBOLS`]: how many frames any receiver needs, and how many give odds of at least
    /// 1 - 1e-9 at the higher of the two losses.
    #[must_use]
    pub(crate) fn frames_that_follow(&self) -> Option<(u32, u32)> {
        let (_, most) = self.loss()?;
        let (_, per_frame) = self.last?;
        let object = Object { id: ObjectId([0; 16]), length: ObjectLength::new(TOLD_OBJECT_SIZE).ok()? };
        Some((frames_needed(&object, per_frame), frames_for(TOLD_FAILURE, &object, per_frame, most)?))
    }
}

fn differing_bits(a: &[u8], b: &[u8]) -> u64 {
    a.iter().zip(b).map(|(a, b)| u64::from((a ^ b).count_ones())).sum()
}

#[cfg(test)]
mod tests {
    use super::{Counts, LinkTest};
    use rootcast_protocol::test_pattern::TestPattern;

    fn heard(each: impl Fn(u32, Vec<u8>) -> Vec<Vec<u8>>) -> LinkTest {
        let pattern = TestPattern::new();
        let mut test = LinkTest::new(pattern.clone());
        for index in 0..600 {
            for bytes in each(index, pattern.frame(index, 4).unwrap()) {
                test.hear(&bytes);
            }
        }
        test
    }

    #[test]
    fn a_clean_link_loses_nothing_over_the_turn_of_the_pattern() {
        let test = heard(|_, frame| vec![frame]);
        assert_eq!(*test.counts(), Counts { good: 600, ..Counts::default() });
        let (measured, most) = test.loss().unwrap();
        assert!(measured == 0.0 && (0.003..0.006).contains(&most), "{most}");
        let (needed, frames) = test.frames_that_follow().unwrap();
        assert!(needed == 15 && (16..22).contains(&frames), "{frames}");
    }

    #[test]
    fn every_cause_is_told_from_the_others() {
        let test = heard(|index, mut frame| match index % 100 {
            10 | 11 => vec![],
            20 => {
                frame[100] ^= 0x81;
                vec![frame]
            }
            30 => {
                frame.drain(50..57);
                vec![frame]
            }
            40 => {
                frame.splice(60..60, [1, 2, 3]);
                vec![frame]
            }
            50 => vec![frame.clone(), frame],
            _ => vec![frame],
        });
        let counts = Counts {
            good: 600 - 30,
            repeated: 6,
            missing: 30,
            dropped: 12,
            flipped: 6,
            flipped_bits: 12,
            overrun: 6,
            overrun_bytes: 42,
            inserted: 6,
            inserted_bytes: 18,
            ..Counts::default()
        };
        assert_eq!(*test.counts(), counts);
        let (measured, most) = test.loss().unwrap();
        assert!((measured - 0.05).abs() < 1e-9 && (0.06..0.08).contains(&most), "{most}");
    }

    #[test]
    fn a_piece_of_the_line_is_measured_by_the_frame_it_was_meant_to_be() {
        let pattern = TestPattern::new();
        for (change, wanted) in [(-7_isize, (0, 1, 7)), (0, (1, 0, 0))] {
            let mut test = LinkTest::new(pattern.clone());
            test.hear(&pattern.frame(0, 4).unwrap());
            let mut line = Vec::new();
            rootcast_protocol::cobs::encode(&pattern.frame(1, 4).unwrap(), &mut line);
            test.hear_broken((line.len() - 2).checked_add_signed(change).unwrap());
            let counts = test.counts();
            assert_eq!((counts.flipped, counts.overrun, counts.overrun_bytes), wanted);
        }
    }

    #[test]
    fn noise_beside_whole_frames_is_no_loss() {
        let test = heard(|index, frame| if index == 5 { vec![frame, vec![1; 20]] } else { vec![frame] });
        assert_eq!((test.counts().missing, test.counts().surplus), (0, 1));
    }
}

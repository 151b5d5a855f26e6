//! The odds that a transmission without any answer arrived.
//!
//! A sender cannot know what was received. It can state what is enough ("any 62 of these 217 frames") and, for a stated
//! share p of frames lost independently, how probable that is. The numbers here are that binomial tail, with RaptorQ's
//! own failures counted as measured upper bounds. All sums run in logarithms, so a failure of 1e-12 is as exact as one
//! of 0.1. Which p to assume is the sender's business.

use crate::object::Object;

/// Upper bounds of the probability that K + x different symbols do not decode: 10^-2, 10^-4, 10^-6, … for x = 0, 1, 2, …
/// (measured 0.4–0.7 % and 5e-5 for the first two; RFC 6330 states less than 10^-2, 10^-4, 10^-6).
const CODE_FAILURE_STEP: f64 = -2.0 * core::f64::consts::LN_10;

/// Where the code's own failures no longer matter: 10^-40.
const CODE_FAILURE_MIN: f64 = -40.0 * core::f64::consts::LN_10;

/// The most frames [`frames_for`] considers.
pub const FRAMES_MAX: u32 = 1 << 24;

/// How many frames any receiver needs: ⌈K ÷ symbols per frame⌉. This is also one pass.
#[must_use]
pub fn frames_needed(object: &Object, per_frame: u16) -> u32 {
    object.source_symbols().div_ceil(u32::from(per_frame.max(1)))
}

/// The probability, 0 to 1, that `frames_sent` frames of `per_frame` different symbols each are enough. Each is lost
/// independently with probability `loss`, 0 to 1.
///
/// ```
/// use rootcast_protocol::object::Object;
/// use rootcast_protocol::odds::{frames_for, frames_needed, odds};
///
/// let object = Object::new(&[1; 10_000])?;
/// assert_eq!(frames_needed(&object, 2), 29);
/// // A fifth of the frames is lost: how many give a failure of one in a million?
/// let frames = frames_for(1e-6, &object, 2, 0.2).expect("enough frames");
/// assert!(frames > 29 && odds(frames, &object, 2, 0.2) >= 1.0 - 1e-6);
/// // Where all are lost, no number is enough.
/// assert_eq!(frames_for(1e-6, &object, 2, 1.0), None);
/// # Ok::<(), rootcast_protocol::object::ObjectError>(())
/// ```
#[must_use]
pub fn odds(frames_sent: u32, object: &Object, per_frame: u16, loss: f64) -> f64 {
    1.0 - failure_odds(frames_sent, object, per_frame, loss)
}

/// The probability that `frames_sent` frames are *not* enough: 1 - [`odds`], exact also where it is tiny.
///
/// Wherever the transmission started; one that started with the source symbols is never worse
/// ([`failure_odds_from_source`]). A `loss` that is no number, or 1 and more, gives 1.
#[must_use]
pub fn failure_odds(frames_sent: u32, object: &Object, per_frame: u16, loss: f64) -> f64 {
    tail(frames_sent, object, per_frame, loss, false)
}

/// As [`failure_odds`] for a transmission whose first pass is exactly the source symbols: where all of that arrives,
/// the code has nothing to solve and cannot fail.
#[must_use]
pub fn failure_odds_from_source(frames_sent: u32, object: &Object, per_frame: u16, loss: f64) -> f64 {
    tail(frames_sent, object, per_frame, loss, true)
}

/// The smallest number of frames whose [`failure_odds`] are at most `failure`; `None` if [`FRAMES_MAX`] do not
/// suffice (as with a loss of 1).
#[must_use]
pub fn frames_for(failure: f64, object: &Object, per_frame: u16, loss: f64) -> Option<u32> {
    let suffices = |frames: u32| failure_odds(frames, object, per_frame, loss) <= failure;
    let mut low = frames_needed(object, per_frame).saturating_sub(1);
    let mut high = low.saturating_add(1);
    while !suffices(high) {
        if high >= FRAMES_MAX {
            return None;
        }
        low = high;
        high = high.saturating_add(high / 4 + 8).min(FRAMES_MAX);
    }
    // `low` does not suffice, `high` does: more frames are never worse.
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if suffices(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}

/// A number of frames with odds of at least 1 - 1e-9, in closed form: N = ⌈x² ÷ (1 - p)⌉ with
/// x = (6.2√p + √(38.44 p + 4 (K' + 4))) ÷ 2, for K' frames needed. A few frames more than [`frames_for`] gives.
#[must_use]
pub fn closed_form_frames(frames_needed: u32, loss: f64) -> u32 {
    let loss = loss.clamp(0.0, 0.999);
    let x = (6.2 * loss.sqrt() + (38.44 * loss + 4.0 * (f64::from(frames_needed) + 4.0)).sqrt()) / 2.0;
    let frames = (x * x / (1.0 - loss)).ceil();
    let (mut low, mut high) = (0, u32::MAX);
    // The smallest whole number not below `frames`, without a cast that could cut.
    while low < high {
        let middle = low + (high - low) / 2;
        if f64::from(middle) < frames {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// ln of the probability that the code fails on `frames_received` whole frames.
fn ln_code_failure(frames_received: u32, source_symbols: u32, per_frame: u32) -> f64 {
    let symbols = u64::from(frames_received) * u64::from(per_frame);
    match symbols.checked_sub(u64::from(source_symbols)) {
        None => 0.0,
        // All symbols in one frame: every frame is the source symbols.
        Some(_) if source_symbols <= per_frame => f64::NEG_INFINITY,
        Some(surplus) => CODE_FAILURE_STEP * (1.0 + f64::from(u32::try_from(surplus).unwrap_or(u32::MAX))),
    }
}

/// Sums P(r frames received) × P(the code fails on r frames) over r, largest exponent first taken out.
fn tail(frames_sent: u32, object: &Object, per_frame: u16, loss: f64, from_source: bool) -> f64 {
    // Fewer symbols than K never suffice; said exactly, where a sum of many terms would come close to 1 only.
    if u64::from(frames_sent) * u64::from(per_frame) < u64::from(object.source_symbols()) {
        return 1.0;
    }
    if loss.is_nan() || loss >= 1.0 {
        return 1.0;
    }
    let loss = loss.max(0.0);
    let per_frame = u32::from(per_frame.max(1));
    let source_symbols = object.source_symbols();
    let needed = source_symbols.div_ceil(per_frame);
    let pass_sent = from_source && frames_sent >= needed;
    if loss == 0.0 {
        return if pass_sent { 0.0 } else { ln_code_failure(frames_sent, source_symbols, per_frame).exp() };
    }
    let (ln_loss, ln_arrival) = (loss.ln(), (-loss).ln_1p());
    let mut sum = LogSum::new();
    // ln P(r received), from r = 0 on: P(r + 1) = P(r) × (n - r) ÷ (r + 1) × (1 - p) ÷ p.
    let mut ln_received = f64::from(frames_sent) * ln_loss;
    // ln of the share of those cases in which the whole first pass is among the r: (n - k over r - k) ÷ (n over r).
    let mut ln_whole_pass = f64::NEG_INFINITY;
    for received in 0..=frames_sent {
        let ln_failure = ln_code_failure(received, source_symbols, per_frame);
        if ln_failure < CODE_FAILURE_MIN {
            break;
        }
        if pass_sent && received == needed {
            ln_whole_pass = -ln_choose(frames_sent, needed);
        }
        let ln_not_whole = (-ln_whole_pass.exp().min(1.0)).ln_1p();
        sum.add(ln_received + ln_failure + ln_not_whole);
        let next = f64::from(received) + 1.0;
        ln_received += (f64::from(frames_sent - received) / next).ln() + ln_arrival - ln_loss;
        ln_whole_pass += (next / (next - f64::from(needed)).max(1.0)).ln();
    }
    sum.value().min(1.0)
}

/// ln of (n over k).
fn ln_choose(n: u32, k: u32) -> f64 {
    (0..k.min(n - k)).map(|i| (f64::from(n - i) / f64::from(i + 1)).ln()).sum()
}

/// A sum of numbers given by their logarithms, which may all be too small for a float.
struct LogSum {
    largest: f64,
    scaled: f64,
}

impl LogSum {
    fn new() -> Self {
        Self { largest: f64::NEG_INFINITY, scaled: 0.0 }
    }

    fn add(&mut self, ln: f64) {
        if ln > self.largest {
            self.scaled = self.scaled * (self.largest - ln).exp() + 1.0;
            self.largest = ln;
        } else if ln > f64::NEG_INFINITY {
            self.scaled += (ln - self.largest).exp();
        }
    }

    fn value(&self) -> f64 {
        if self.scaled > 0.0 { self.scaled * self.largest.exp() } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::{ObjectId, ObjectLength};

    fn object_of(source_symbols: u32) -> Object {
        let object = Object { id: ObjectId([0; 16]), length: ObjectLength::new(176 * source_symbols - 100).unwrap() };
        assert_eq!(object.source_symbols(), source_symbols);
        object
    }

    fn close(left: f64, right: f64) -> bool {
        (left - right).abs() <= 1e-9 * right.abs()
    }

    #[test]
    fn one_frame_of_an_object_that_fits_it_is_enough() {
        let object = object_of(6);
        assert_eq!(frames_needed(&object, 6), 1);
        for (frames, failure) in [(1, 0.5), (10, 0.5f64.powi(10)), (40, 0.5f64.powi(40))] {
            assert!(close(failure_odds(frames, &object, 6, 0.5), failure), "{frames}");
        }
        assert_eq!(frames_for(1e-9, &object, 6, 0.5), Some(30));
    }

    #[test]
    fn small_cases_agree_with_the_sum_written_out() {
        // Two symbols, one a frame, three frames: P(0) + P(1) + P(2)/100 + P(3)/10,000.
        let p: f64 = 0.3;
        let q = 1.0 - p;
        let expected = p.powi(3) + 3.0 * p.powi(2) * q + 3.0 * p * q.powi(2) * 1e-2 + q.powi(3) * 1e-4;
        assert!(close(failure_odds(3, &object_of(2), 1, p), expected));
        // From the source on: of the three pairs one is the source itself, and so is part of all three.
        let expected = p.powi(3) + 3.0 * p.powi(2) * q + 2.0 * p * q.powi(2) * 1e-2;
        assert!(close(failure_odds_from_source(3, &object_of(2), 1, p), expected));
    }

    #[test]
    fn without_loss_the_first_pass_is_certain() {
        let object = object_of(1000);
        assert_eq!(failure_odds_from_source(1000, &object, 1, 0.0), 0.0);
        assert_eq!(failure_odds_from_source(999, &object, 1, 0.0), 1.0);
        assert!(close(failure_odds(1000, &object, 1, 0.0), 1e-2));
        assert!(close(failure_odds(1001, &object, 1, 0.0), 1e-4));
    }

    #[test]
    fn a_loss_that_is_no_probability_is_counted_as_failure() {
        for loss in [1.0, 7.0, f64::INFINITY, f64::NAN] {
            assert_eq!(failure_odds(1000, &object_of(10), 1, loss), 1.0);
        }
        assert_eq!(frames_for(1e-9, &object_of(10), 1, 1.0), None);
        assert_eq!(failure_odds(0, &object_of(10), 1, 0.0), 1.0);
    }

    #[test]
    fn frames_for_is_the_exact_minimum() {
        for (symbols, per_frame) in [(1, 1), (2, 1), (60, 1), (60, 6), (62, 4), (5958, 6), (5958, 1)] {
            for loss in [0.0, 0.05, 0.3, 0.5] {
                for failure in [1e-3, 1e-9, 1e-12] {
                    let object = object_of(symbols);
                    let frames = frames_for(failure, &object, per_frame, loss).unwrap();
                    let case = format!("{symbols} {per_frame} {loss} {failure} {frames}");
                    assert!(failure_odds(frames, &object, per_frame, loss) <= failure, "{case}");
                    assert!(failure_odds(frames - 1, &object, per_frame, loss) > failure, "{case}");
                }
            }
        }
    }

    #[test]
    fn the_closed_form_gives_one_in_a_thousand_million_everywhere() {
        for needed in (1..=70).chain([100, 217, 1000, 5000]) {
            for loss in [0.0, 0.01, 0.05, 0.2, 0.3, 0.5, 0.7, 0.9] {
                // An object of one frame, and one symbol a frame: the cases of least and of most code failure.
                let object = object_of(needed);
                let frames = closed_form_frames(needed, loss);
                let failure = failure_odds(frames, &object, 1, loss);
                assert!(failure <= 1e-9, "{needed} frames at {loss}: {frames} sent fail with {failure:e}");
            }
        }
    }

    #[test]
    fn fifty_thousand_frames_are_quick_and_sound() {
        let object = object_of(5958);
        let failure = failure_odds(50_000, &object, 1, 0.88);
        assert!(failure > 0.0 && failure < 1.0, "{failure}");
        assert!(close(failure + odds(50_000, &object, 1, 0.88), 1.0));
    }
}

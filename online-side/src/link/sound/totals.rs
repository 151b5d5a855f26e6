//! What was heard since the beginning. A reader that is replaced, and a channel that is chosen again, count from nothing.

use super::piece::SoundState;

/// The counts of all readers of one recording.
#[derive(Debug, Default)]
pub(super) struct Totals {
    /// Of those before the one that counts now.
    before: SoundState,
    /// What that one said last.
    last: SoundState,
}

impl Totals {
    /// Takes what a reader says it has counted, and gives it with the counts of everything before it. A reader that was taken
    /// over can say anything: sums stay finite and do not overflow.
    pub(super) fn take(&mut self, said: SoundState) -> SoundState {
        let all = |state: &SoundState| state.good.iter().chain(&state.bad).map(|count| u64::from(*count)).sum::<u64>();
        let is_new = said.seconds < self.last.seconds
            || said.superframes < self.last.superframes
            || all(&said) < all(&self.last);
        if is_new {
            self.before = with(&self.before, self.last.clone());
        }
        self.last = said.clone();
        with(&self.before, said)
    }
}

/// The same state, with the counts of `before` added.
fn with(before: &SoundState, state: SoundState) -> SoundState {
    let mut sum = state;
    sum.seconds = (sum.seconds + before.seconds).min(f32::MAX);
    sum.superframes = sum.superframes.saturating_add(before.superframes);
    for (count, before) in sum.good.iter_mut().chain(&mut sum.bad).zip(before.good.iter().chain(&before.bad)) {
        *count = count.saturating_add(*before);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(seconds: f32, superframes: u32, good: u32, bad: u32) -> SoundState {
        let mut state = SoundState { seconds, superframes, level: -20.0, ..SoundState::default() };
        (state.good[2], state.bad[4]) = (good, bad);
        state
    }

    #[test]
    fn totals_go_on_where_another_reader_counts_from_nothing() {
        let mut totals = Totals::default();
        for (one, seconds, superframes, good, bad) in [
            (said(0.5, 1, 10, 0), 0.5, 1, 10, 0),
            (said(1.0, 2, 20, 3), 1.0, 2, 20, 3),
            // Replaced.
            (said(0.5, 0, 0, 0), 1.5, 2, 20, 3),
            (said(1.0, 3, 7, 1), 2.0, 5, 27, 4),
            // Replaced again, and at once as far as the one before was.
            (said(1.0, 2, 1, 1), 3.0, 7, 28, 5),
        ] {
            let sum = totals.take(one);
            assert_eq!((sum.seconds, sum.superframes, sum.good[2], sum.bad[4]), (seconds, superframes, good, bad));
            assert!((sum.level + 20.0).abs() < f32::EPSILON, "the level is of the last second");
        }
    }

    #[test]
    fn what_a_reader_that_was_taken_over_says_does_not_overflow() {
        let mut totals = Totals::default();
        for at in 0..6 {
            let most = said(f32::MAX, u32::MAX, u32::MAX, u32::MAX);
            let sum = totals.take(if at % 2 == 0 { most } else { said(-f32::MAX, 0, 0, 0) });
            assert!(sum.seconds.is_finite(), "{at}");
        }
    }
}

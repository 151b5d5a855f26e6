//! The samples that were heard lately, under numbers that count from the first one.

/// Samples, the oldest of which are forgotten.
#[derive(Debug, Clone, Default)]
pub(crate) struct Samples {
    first: i64,
    heard: Vec<f32>,
}

/// Samples that are kept beyond those asked for, so that forgetting costs little.
const FORGOTTEN_AT_ONCE: usize = 16_384;

impl Samples {
    /// Appends more.
    pub(crate) fn push(&mut self, samples: &[f32]) {
        self.heard.extend_from_slice(samples);
    }

    /// The number of the next sample.
    #[inline]
    pub(crate) fn end(&self) -> i64 {
        self.first + i64::try_from(self.heard.len()).unwrap_or(0)
    }

    /// Forgets what is before sample `number`.
    pub(crate) fn forget_before(&mut self, number: i64) {
        let count = usize::try_from(number - self.first).unwrap_or(0).min(self.heard.len());
        if count >= FORGOTTEN_AT_ONCE {
            self.heard.drain(..count);
            self.first += i64::try_from(count).unwrap_or(0);
        }
    }

    /// `count` samples from number `from` on; none where some of them are not there.
    #[inline]
    pub(crate) fn from(&self, from: i64, count: usize) -> &[f32] {
        usize::try_from(from - self.first)
            .ok()
            .and_then(|at| self.heard.get(at..at.checked_add(count)?))
            .unwrap_or_default()
    }
}

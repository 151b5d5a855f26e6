//! What a sound device went through while it played: the moments in which it had nothing to play.
//!
//! It changes what people are told and the journal. It never changes which frames are sent, or when.

use rootcast_host::text::count;
use serde::{Deserialize, Serialize};

/// What was survived. Sound that was not played is lost; the symbols of other frames make up for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SoundCount {
    /// Times at which the device had nothing to play, because this host was late.
    pub(crate) underruns: u32,
    /// Times at which the host was suspended.
    pub(crate) suspends: u32,
}

impl SoundCount {
    /// For people; nothing where nothing happened.
    #[must_use]
    pub(crate) fn text(&self) -> Option<String> {
        let named = [(self.underruns, "underrun"), (self.suspends, "suspend")];
        let parts =
            named.into_iter().filter(|(number, _)| *number > 0).map(|(number, what)| count(number.into(), what));
        Some(parts.collect::<Vec<_>>().join(", ")).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::SoundCount;

    #[test]
    fn what_happened_is_told_and_nothing_is_not() {
        let text = |underruns, suspends| SoundCount { underruns, suspends }.text();
        assert_eq!(text(0, 0), None);
        assert_eq!(text(1, 0).as_deref(), Some("1 underrun"));
        assert_eq!(text(20, 2).as_deref(), Some("20 underruns, 2 suspends"));
    }
}

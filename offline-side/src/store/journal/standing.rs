//! Where a head on paper stands to what the journal says was signed. A state that was restored, or another state, does not
//! have the newest head, or has signed since.

use super::chain::Chain;
use super::entry::{Entry, Event};
use super::head::{Head, HeadPlace};

/// How a head that was written down earlier stands to the entries of some kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum HeadStanding<'c> {
    /// It is in the journal, after the last of them.
    AfterAll {
        /// How many entries the journal has up to it.
        entries: u64,
    },
    /// It is in the journal, before this one, which is the first after it.
    Before(&'c Entry),
    /// It is not in the journal.
    Missing,
}

impl Event {
    /// Whether it is a step of a signing: a number was burned, or the key was used. How a signing ended comes after both, and
    /// may be written down by a later run.
    fn is_of_a_signing(&self) -> bool {
        matches!(self, Self::NumberBurned { .. } | Self::KeyUsed { .. })
    }

    /// Whether a rule for approvals holds from here on, or none.
    fn pins(&self) -> bool {
        matches!(self, Self::ApprovalsPinned { .. })
    }
}

impl Chain {
    /// Whether it says that something was signed here, or was to be.
    #[must_use]
    pub(crate) fn holds_a_signing(&self) -> bool {
        self.entries.iter().any(|entry| entry.event.is_of_a_signing())
    }

    /// How `head` stands to the signings.
    #[must_use]
    pub(crate) fn standing_among_signings(&self, head: &Head) -> HeadStanding<'_> {
        self.standing(head, Event::is_of_a_signing)
    }

    /// Whether `head` is in it, and nothing was signed and no rule pinned after it.
    #[must_use]
    pub(crate) fn is_after_every_signing_and_rule(&self, head: &Head) -> bool {
        let standing = self.standing(head, |event| event.is_of_a_signing() || event.pins());
        matches!(standing, HeadStanding::AfterAll { .. })
    }

    fn standing(&self, head: &Head, counts: impl Fn(&Event) -> bool) -> HeadStanding<'_> {
        let since = match self.place_of(head) {
            HeadPlace::Last => 0,
            HeadPlace::Earlier { since } => since,
            HeadPlace::Missing => return HeadStanding::Missing,
        };
        let entries = self.count().saturating_sub(since);
        let after = self.entries.iter().skip(usize::try_from(entries).unwrap_or(usize::MAX));
        match after.into_iter().find(|entry| counts(&entry.event)) {
            Some(entry) => HeadStanding::Before(entry),
            None => HeadStanding::AfterAll { entries },
        }
    }
}

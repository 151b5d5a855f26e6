//! The journal held against the state: nothing that the state remembers of it may be gone.

use super::approval_rule::PinnedApprovals;
use super::journal::{Chain, Event, JournalError, JournalRecord, NO_ENTRY};
use super::layout::JOURNAL;
use super::state::{Record, State};

impl Chain {
    /// Reads and checks the journal of `state`, to look at it only.
    ///
    /// # Errors
    /// As [`Chain::read`] and [`Chain::holds`].
    pub(crate) fn of_state(state: &State<'_>) -> Result<Self, JournalError> {
        let chain = Self::read(&state.folder().join(JOURNAL))?;
        chain.holds(&state.record)?;
        Ok(chain)
    }

    /// Checks that the journal still has every entry that the state remembers. Every state with a root has a first
    /// entry, also one written before the journal was remembered; one that was only begun may have none.
    ///
    /// # Errors
    /// [`JournalError::Lost`] where it is shorter than it was, or is another journal.
    pub(crate) fn holds(&self, record: &Record) -> Result<(), JournalError> {
        if !record.has_journal() {
            return Ok(());
        }
        let remembered = record.journal.as_ref();
        let least = JournalRecord { entries: 1, head: NO_ENTRY };
        let JournalRecord { entries, head } = *remembered.unwrap_or(&least);
        let found = usize::try_from(entries).ok().and_then(|entries| self.entries.get(entries.checked_sub(1)?));
        match found {
            Some(entry) if remembered.is_none() || entry.digest == head => Ok(()),
            other => Err(JournalError::Lost { found: self.count(), entries, another: other.is_some() }),
        }
    }
}

impl PinnedApprovals {
    /// The rule that holds, as state and journal have it. Where they differ, one of them was restored: the later change
    /// holds.
    #[must_use]
    pub(crate) fn of(record: &Record, chain: &Chain) -> Option<Self> {
        let in_journal = chain.entries.iter().rev().find_map(|entry| match &entry.event {
            Event::ApprovalsPinned { pinned, .. } => Some(pinned),
            _ => None,
        });
        match (&record.approvals, in_journal) {
            (Some(state), Some(journal)) if journal.serial > state.serial => Some(journal.clone()),
            (None, journal) => journal.cloned(),
            (state, _) => state.clone(),
        }
    }
}

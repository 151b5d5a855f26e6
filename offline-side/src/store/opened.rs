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
    /// [`JournalError::Lost`] where it is shorter than it was, or is another journal; [`JournalError::OtherRule`].
    pub(crate) fn holds(&self, record: &Record) -> Result<(), JournalError> {
        if !record.has_journal() {
            return Ok(());
        }
        let remembered = record.journal.as_ref();
        let least = JournalRecord { entries: 1, head: NO_ENTRY };
        let JournalRecord { entries, head } = *remembered.unwrap_or(&least);
        if entries == 0 && record.roots.is_empty() {
            // It was opened, and nothing was written yet.
            return self.has_rule_of(record);
        }
        let found = usize::try_from(entries).ok().and_then(|entries| self.entries.get(entries.checked_sub(1)?));
        match found {
            Some(entry) if remembered.is_none() || entry.digest == head => self.has_rule_of(record),
            other => Err(JournalError::Lost { found: self.count(), entries, another: other.is_some() }),
        }
    }
}

impl Chain {
    /// Checks that the rule for approvals in the state is the journal's, or an older one. The state is written after the
    /// journal, so it may lag behind. Its seal is no signature: whoever can write the file can seal what he likes.
    fn has_rule_of(&self, record: &Record) -> Result<(), JournalError> {
        let Some(in_state) = &record.approvals else { return Ok(()) };
        let is_begun_anew =
            || matches!(self.entries.first().map(|entry| &entry.event), Some(Event::JournalBegun { .. }));
        let fits = match self.last_pinned() {
            Some(in_journal) => in_state.serial < in_journal.serial || in_state == in_journal,
            None => is_begun_anew(),
        };
        if fits { Ok(()) } else { Err(JournalError::OtherRule) }
    }

    fn last_pinned(&self) -> Option<&PinnedApprovals> {
        self.entries.iter().rev().find_map(|entry| match &entry.event {
            Event::ApprovalsPinned { pinned, .. } => Some(pinned),
            _ => None,
        })
    }
}

impl PinnedApprovals {
    /// The rule that holds: the journal's, which nobody can edit unseen. A journal that was begun anew has none; then it is
    /// the state's.
    #[must_use]
    pub(crate) fn in_force(record: &Record, chain: &Chain) -> Option<Self> {
        chain.last_pinned().or(record.approvals.as_ref()).cloned()
    }
}

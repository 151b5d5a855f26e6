//! How much of everything happened: a run in which a fault never came proves nothing about it.

use crate::shown_table::ShownTable;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// Schedules run.
    Runs,
    /// Frames that arrived.
    Frames,
    /// Frames lost.
    Lost,
    /// Frames that came twice.
    Doubled,
    /// Frames that came behind one sent later over the same link.
    Reordered,
    /// Frames with flipped or missing bytes.
    Damaged,
    /// Forged: right CRC and id, random symbols.
    Forged,
    /// Forged with one pattern over all: errors that depend on each other.
    ForgedAlike,
    /// Forged for ids far away.
    ForgedFarAway,
    /// The right id with another length.
    WrongLength,
    /// Ids of objects that do not exist.
    MadeUp,
    /// Whole objects of the forger's own.
    Junk,
    /// Starts after a kill.
    Restarts,
    /// Symbol files whose end was torn off before.
    Torn,
    /// Symbol files with a changed byte.
    Rotten,
    /// Runs with two senders or more.
    TwoSenders,
    /// Runs with forgers on more than one link.
    ForgersOnMoreThanOneLink,
    /// Runs with a transport key.
    Keyed,
    /// Runs through the gate to the published tree.
    ThroughGate,
    /// Frames the receiver found damaged or foreign.
    FoundDamaged,
    /// Frames the receiver found made without the transport key.
    FoundUnauthentic,
    /// Attempts to put an object together.
    Attempts,
    /// False symbols named and left out.
    LeftOut,
    /// Objects completed among all this.
    CompletedInSchedule,
    /// Objects completed by the link without a forger afterwards.
    CompletedByHonestLink,
}

const ALL: [Count; 25] = [
    Count::Runs,
    Count::Frames,
    Count::Lost,
    Count::Doubled,
    Count::Reordered,
    Count::Damaged,
    Count::Forged,
    Count::ForgedAlike,
    Count::ForgedFarAway,
    Count::WrongLength,
    Count::MadeUp,
    Count::Junk,
    Count::Restarts,
    Count::Torn,
    Count::Rotten,
    Count::TwoSenders,
    Count::ForgersOnMoreThanOneLink,
    Count::Keyed,
    Count::ThroughGate,
    Count::FoundDamaged,
    Count::FoundUnauthentic,
    Count::Attempts,
    Count::LeftOut,
    Count::CompletedInSchedule,
    Count::CompletedByHonestLink,
];

/// The counts of some runs.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    counts: [u64; ALL.len()],
    honest: f64,
}

impl Counts {
    pub(super) fn add(&mut self, count: Count) {
        self.add_many(count, 1);
    }

    pub(super) fn add_many(&mut self, count: Count, more: u64) {
        self.counts[count as usize] += more;
    }

    pub(super) fn most_honest(&mut self, beyond: f64) {
        self.honest = self.honest.max(beyond);
    }

    /// How often.
    #[must_use]
    pub fn of(&self, count: Count) -> u64 {
        self.counts[count as usize]
    }

    /// Those of other runs as well.
    pub fn take_in(&mut self, others: &Self) {
        self.counts.iter_mut().zip(others.counts).for_each(|(mine, more)| *mine += more);
        self.honest = self.honest.max(others.honest);
    }

    /// Fails unless everything happened.
    ///
    /// # Panics
    /// Then.
    pub fn assert_all_happened(&self) {
        for count in ALL {
            assert!(self.of(count) > 0, "{count:?} never happened: these runs proved nothing about it");
        }
    }

    /// Shows them.
    pub fn show(&self, title: &str) {
        let mut table = ShownTable::new(&["what", "times"]);
        for count in ALL {
            table.row([format!("{count:?}"), self.of(count).to_string()]);
        }
        table.row(["most symbols beyond K that the honest link had to bring".to_owned(), self.honest.to_string()]);
        table.show(title);
    }
}

//! What belongs to which of the two groups, for people: `line 3 of BOARD piece 2`.

use super::line::{LineFault, LineId};
use super::piece::{Group, PieceId, Third};
use crate::ceremony::request::EscrowGroups;

/// The two groups, the first one first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Groups(EscrowGroups);

impl From<EscrowGroups> for Groups {
    fn from(names: EscrowGroups) -> Self {
        Self(names)
    }
}

/// For people, and the name under which the journal knows an envelope of a group: `BOARD envelope 2`.
#[must_use]
pub(crate) fn envelope(group: &str, number: Third) -> String {
    format!("{group} envelope {number}")
}

impl Groups {
    /// The name of a group.
    #[must_use]
    pub(crate) fn name(&self, group: Group) -> &str {
        let [first, second] = self.0.names();
        match group {
            Group::First => first,
            Group::Second => second,
        }
    }

    /// For people: `BOARD piece 2`.
    #[must_use]
    pub(crate) fn piece(&self, id: PieceId) -> String {
        format!("{} piece {}", self.name(id.group), id.number)
    }

    /// For people: `BOARD envelope 2`.
    #[must_use]
    pub(crate) fn envelope(&self, group: Group, number: Third) -> String {
        envelope(self.name(group), number)
    }

    /// For people: `line 3 of BOARD piece 2`.
    #[must_use]
    pub(crate) fn line(&self, id: LineId) -> String {
        match id {
            LineId::Piece(piece, line) => format!("line {line} of {}", self.piece(piece)),
            LineId::Blob(line) => format!("line {line} of the wrapped key"),
        }
    }

    /// For people, what is wrong with a line that was typed.
    #[must_use]
    pub(crate) fn fault(&self, fault: LineFault, line: LineId) -> String {
        fault.text(&self.line(line), Some(&|line| self.line(line)))
    }

    /// Both names.
    #[must_use]
    pub(crate) fn names(&self) -> &[String; 2] {
        self.0.names()
    }
}

//! The exit codes of both programs. They are a contract: scripts and alarms depend on the numbers.

/// How a run ended, as the number a script sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Exit {
    /// Done as asked.
    Done = 0,
    /// Wrong usage or configuration; a named file cannot be read; no root is trusted.
    Usage = 2,
    /// Offline: a source file was refused, whatever the rule.
    SourceRefused = 3,
    /// Links ended or the deadline passed before anything was complete. Harmless: try again.
    Incomplete = 4,
    /// Rejected by a rule. An alarm.
    Rejected = 5,
    /// Rolled back or equivocating. An alarm.
    RolledBack = 6,
    /// A link or device failed.
    Link = 7,
    /// Storage failed: full disk, or state that is lost, locked or broken.
    Storage = 8,
    /// Held for a recorded human decision.
    Held = 9,
    /// `status`: something ends within the warning time, or contact is overdue.
    Attention = 10,
    /// Interrupted by a signal.
    Interrupted = 130,
}

impl Exit {
    /// The number of this exit.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// Of two outcomes in one run, the one that decides the exit code: 8, 7, 6, 5, 9, 4, 0, worst first.
    #[must_use]
    pub fn worst(self, other: Self) -> Self {
        if other.weight() > self.weight() { other } else { self }
    }

    fn weight(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Attention => 1,
            Self::Incomplete => 2,
            Self::Held => 3,
            Self::Rejected => 4,
            Self::SourceRefused => 5,
            Self::RolledBack => 6,
            Self::Link => 7,
            Self::Storage => 8,
            Self::Usage => 9,
            Self::Interrupted => 10,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn the_worst_of_several_items_decides() {
        let order =
            [Exit::Storage, Exit::Link, Exit::RolledBack, Exit::Rejected, Exit::Held, Exit::Incomplete, Exit::Done];
        for (at, worse) in order.iter().enumerate() {
            for better in &order[at..] {
                assert_eq!(worse.worst(*better), *worse);
                assert_eq!(better.worst(*worse), *worse);
            }
        }
    }
}

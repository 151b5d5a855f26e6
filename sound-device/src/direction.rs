//! Which way the sound goes.

/// Which way the sound goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Out of this host.
    Play,
    /// Into it.
    Record,
}

impl Direction {
    /// For people.
    pub(crate) const fn verb(self) -> &'static str {
        match self {
            Self::Play => "play",
            Self::Record => "record",
        }
    }
}

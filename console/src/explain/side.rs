//! The two sides of the gap, for texts that differ between them.

/// The side on which a program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The host of the root CA.
    Offline,
    /// The host that publishes.
    Online,
}

impl Side {
    /// Its program, as it is typed.
    pub(super) const fn program(self) -> &'static str {
        match self {
            Self::Offline => "rootcast-offline",
            Self::Online => "rootcast-online",
        }
    }

    /// Its name within a sentence.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Online => "online",
        }
    }
}

/// Whose program ends with a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndsOn {
    /// Either.
    Both,
    /// `rootcast-offline` alone.
    Offline,
    /// `rootcast-online` alone.
    Online,
}

impl EndsOn {
    /// The one side, if it is one.
    pub(super) const fn one(self) -> Option<Side> {
        match self {
            Self::Both => None,
            Self::Offline => Some(Side::Offline),
            Self::Online => Some(Side::Online),
        }
    }
}

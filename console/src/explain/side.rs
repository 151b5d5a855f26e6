//! The two sides of the gap, for texts that differ between them.

use rootcast_host::configuration::Side;

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

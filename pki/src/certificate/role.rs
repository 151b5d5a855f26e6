//! What a certificate is to the CA that it certifies, and when it was issued: what the rules on its uses and policies ask.

use crate::rule::Demand;
use crate::time::Timestamp;

/// What the rules on uses and policies ask about a certificate beside its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) kind: Kind,
    /// When it was issued, as far as that can be known.
    pub(super) issued: Timestamp,
}

/// For which CA it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A subordinate CA of this issuer alone.
    Subordinate,
    /// A CA that another issuer certified before, or a root.
    Cross {
        /// Whether people said that it is of the issuer's organisation or affiliated with it.
        is_affiliated: bool,
    },
}

impl Role {
    /// Whether a demand holds for it.
    pub(super) fn has_to(self, demand: Demand) -> bool {
        demand.holds_for(self.issued)
    }
}

//! Which verdicts of one run have a receipt: as many as issuers made genuine items, whatever is replayed.

use std::collections::BTreeSet;

use rootcast_pki::stage::Ruling;
use rootcast_protocol::digest::Digest;

use super::judged_item::JudgedItem;

/// Verdicts on genuine items that this run has a receipt of.
#[derive(Debug, Default)]
pub struct RecordedVerdicts {
    of: BTreeSet<(Digest, Ruling)>,
}

impl RecordedVerdicts {
    /// Whether a receipt of this run has this verdict on this item.
    pub(super) fn has(&self, item: &JudgedItem) -> bool {
        self.of.contains(&(item.sha256, item.verdict))
    }

    /// Takes note of that.
    pub(super) fn note(&mut self, item: &JudgedItem) {
        self.of.insert((item.sha256, item.verdict));
    }
}

//! A file that was read but not judged: its kind, its issuer, and its place in a bundle.

use std::sync::Arc;

use rootcast_pki::finding::Findings;
use rootcast_pki::item::ItemKind;
use rootcast_protocol::digest::Digest;

use super::item_summary::ItemSummary;

/// A file that was read and not judged yet.
#[derive(Debug)]
pub(crate) struct InspectedItem {
    /// Its name for people: the file's.
    pub(super) name: String,
    /// Its kind and its bytes, DER; or why it is no item.
    pub(super) content: Result<(ItemKind, Arc<Vec<u8>>), Findings>,
    /// SHA-256 of those bytes; of the file's where it is no item.
    pub(crate) sha256: Digest,
    /// Its summary; `None` if it cannot be read.
    pub(super) facts: Option<ItemSummary>,
    /// The name in its issuer field and, of a certificate, in its subject field, DER.
    pub(crate) names: (Vec<u8>, Option<Vec<u8>>),
    /// How many issuers stand above its own.
    pub(crate) tier: usize,
    /// Its issuer, by its place among the gate's authorities, as they were in this version.
    pub(super) issuer: (Option<usize>, u64),
}

impl InspectedItem {
    /// Which kind it is; `None` if it is neither.
    #[must_use]
    pub(crate) fn kind(&self) -> Option<ItemKind> {
        self.content.as_ref().ok().map(|(kind, _)| *kind)
    }
}

//! What the journal says was printed: anybody can write a page that fits itself, and this tells it from the printed one.

use rootcast_protocol::digest::Digest;

use super::piece::PieceId;
use super::scanned::{PART_BYTES_MAX, Part};
use super::secret::Secret;
use super::set_id::SetId;

/// The pieces and the wrapped key of a set, as far as a journal knows them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Printed<'p> {
    /// The SHA-256 of each piece, in order; none in a journal of an earlier program, or without one.
    pub(crate) pieces: &'p [Digest],
    /// The wrapped key; nothing without a journal.
    pub(crate) blob: Option<&'p [u8]>,
}

impl Printed<'_> {
    /// Whether this is the piece that was printed, as far as that is known.
    #[must_use]
    pub(crate) fn has_piece(&self, set: &SetId, id: PieceId, piece: &Secret) -> bool {
        self.pieces.get(usize::from(id.index())).is_none_or(|printed| *printed == id.commitment(set, piece))
    }

    /// Whether this is a part of the wrapped key that was printed, as far as that is known.
    #[must_use]
    pub(crate) fn has_part(&self, part: &Part) -> bool {
        let Some(blob) = self.blob else { return true };
        let mut parts = blob.chunks(PART_BYTES_MAX);
        let is_counted = parts.len() == usize::from(part.count);
        is_counted && parts.nth(usize::from(part.number).saturating_sub(1)).is_some_and(|bytes| bytes == part.bytes)
    }
}

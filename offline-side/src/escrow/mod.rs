//! Escrow: the root's key on paper, in envelopes of two groups, and back.
//!
//! ```text
//! key of a group ─► piece ×3 ─► line of words ─┐
//!                              scanned text ───┼─► page ─► envelope       two pieces and the wrapped key in each
//! root's key ─► blob: wrapped under both keys ─┘
//! ```
//!
//! | where | what |
//! |---|---|
//! | [`secret`] | 32 bytes that are overwritten |
//! | [`groups`], [`set_id`] | the names of two groups; the name of everything that one key generation prints |
//! | [`piece`] | a group's key in three pieces, of which an envelope has two |
//! | [`check_word`], [`line`] | words with a check, read and written |
//! | [`blob`], [`base64_lines`] | the wrapped key, and its lines where it is too long for words |
//! | [`scanned`], [`hex`] | the text of a QR symbol, as a scanner types it |
//! | [`escape`] | keys that are no letters |
//! | [`typed_line`], [`gathering`] | what people type and scan, until both groups' keys are there |
//! | [`printed`] | what the journal says was printed, for a comparison |
//! | [`paper`] | a USB printer, or a file in memory |
//! | [`proof`] | what a restored key signs |
//! | [`dice`] | randomness that a witness throws |
//! | [`kit`] | what a recovery needs besides the key |
//! | [`generation`] | makes the key and the six envelopes |
//! | [`page`], [`recipe`] | the two pages of an envelope, and how to get the key back without this program |
//!
//! Must not: keep a secret in a buffer that grows, or name one in an
//! error.

mod base64_lines;
pub(crate) mod blob;
mod check_word;
pub(crate) mod dice;
mod escape;
pub(crate) mod gathering;
pub(crate) mod generation;
pub(crate) mod groups;
mod hex;
pub(crate) mod kit;
#[cfg(test)]
mod leftover_tests;
pub(crate) mod line;
mod page;
pub(crate) mod paper;
pub(crate) mod piece;
pub(crate) mod printed;
pub(crate) mod proof;
mod recipe;
pub(crate) mod scanned;
pub(crate) mod secret;
pub(crate) mod set_id;
pub(crate) mod typed_line;

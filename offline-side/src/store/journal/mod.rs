//! The journal: a hash chain of everything this side did, one JSON line an entry, each on the disk before what follows.
//!
//! A power cut can leave a torn last line (no newline). It is ignored when reading and removed before the next entry,
//! each time with a note. Any other change is an error that names the entry.
//! Must not: decide anything, write an entry for an event that did not happen, or know the rest of the state.

pub(crate) mod audit;
pub mod ceremony;
pub mod ceremony_record;
mod chain;
mod entry;
mod error;
pub mod escrow;
mod escrow_left_over;
pub mod escrow_record;
mod escrow_sets;
mod head;
pub mod link_record;
pub mod outcome;
pub mod paper_head;
pub(crate) mod pending;
pub(crate) mod standing;
mod writer;

pub use chain::Chain;
pub(crate) use entry::NO_ENTRY;
pub use entry::{Entry, Event, ItemRecord, TransmissionRecord};
pub use error::JournalError;
pub use head::JournalRecord;
pub(crate) use head::{Head, HeadPlace};
pub use writer::Journal;

#[cfg(test)]
mod tests;

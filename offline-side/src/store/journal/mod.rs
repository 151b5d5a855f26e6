//! The journal: a hash chain of everything this side did, one JSON line an entry, each on the disk before what follows.
//!
//! A torn last line (no newline) is what a power cut leaves. It is ignored when reading and cut off before the next
//! entry, and said aloud both times. Anything else that is not as it was written is an error that names the entry.
//! Must not: decide anything, write an entry for what did not happen, or know the rest of the state.

pub mod ceremony;
pub mod ceremony_record;
mod chain;
mod entry;
mod error;
mod head;
pub mod link_record;
pub mod outcome;
pub mod pending;
mod writer;

pub use chain::Chain;
pub use entry::{Entry, Event, INTERRUPTED, ItemRecord, NO_ENTRY, TransmissionRecord};
pub use error::JournalError;
pub use head::{HEAD_BYTES_MIN, Head, HeadError, HeadPlace, JournalRecord};
pub use writer::Journal;

#[cfg(test)]
mod tests;

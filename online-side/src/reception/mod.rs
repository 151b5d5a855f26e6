//! Reception: from the frames of links to complete objects, and the last contact with each source.
//!
//! ```text
//! links ─ threads ─▶ listening ─ assembly ─▶ CompleteObject ─▶ whoever listens
//!                        │           └ symbol_store (disk)
//!                        └ beacons, notices, pictures
//! ```
//!
//! Must not: look into an object, or publish anything.

pub mod assembly;
pub mod last_contact;
pub(crate) mod link_test;
mod listener;
mod listening;
pub(crate) mod place;
pub(crate) mod symbol_store;

pub use listener::{Ended, Fate, GoesOnWithout, LinkState, Listener};
pub(crate) use listening::is_due;
pub use listening::receive;

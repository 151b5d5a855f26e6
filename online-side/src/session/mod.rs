//! The loop of the online side: receive, judge, publish.
//!
//! ```text
//! links ─ reception ─▶ CompleteObject ─ gate::propose ─▶ anything new? ─ yes ─▶ lock ─ same generation? ─▶ commit
//!                                       (no lock held)        │ no                         │ no: judge again
//!                                                             ▼                            ▼
//!                                                          Observer ◀──────────────────────┘
//! ```
//!
//! A [`Session`] has a place of its own for its symbols as long as it listens; a state has two. It holds the lock on the
//! state only while it commits: other commands on the state, and another session, need not wait.
//! Must not: print, read arguments, or know who watches. It reports to its [`Observer`].

mod expected_item;
mod judged_objects;
mod observer;
mod receiving;
mod wait;

pub use expected_item::ExpectedItem;
pub use judged_objects::JudgedObjects;
pub use observer::Observer;
pub use receiving::{Conclusion, Session, Settings};
pub(crate) use wait::{Arrival, Expected, Waited};
pub use wait::{GoesOn, Until, Wait};

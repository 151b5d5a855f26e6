//! The loop of the online side: receive, judge, publish.
//!
//! ```text
//! links ─ reception ─▶ CompleteObject ─ gate::propose ─▶ anything new? ─ yes ─▶ lock ─ same generation? ─▶ commit
//!                                       (no lock held)        │ no                         │ no: judge again
//!                                                             ▼                            ▼
//!                                                          Observer ◀──────────────────────┘
//! ```
//!
//! A [`Session`] has the lock on the symbol store for as long as it listens, so that there is one receiver for each
//! state. The lock on the state it has only while it commits: whoever decides, enrols or looks meanwhile is not held up.
//! Must not: print, read arguments, or know who watches. It tells its [`Observer`].

mod judged_objects;
mod observer;
mod receiving;

pub use judged_objects::JudgedObjects;
pub use observer::Observer;
pub use receiving::{Conclusion, Session, Settings};

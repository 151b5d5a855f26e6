//! The rehearsal: everything a ceremony does, without its key. What will be signed is built, signed with an
//! ephemeral key under the issuer re-issued with it, read back, and judged by every rule the online side will apply.
//!
//! What that side would refuse or hold is not rehearsed to the end: it would be signed for nothing.

mod checks;
pub(crate) mod clock;
mod difference;
mod dump;
pub(crate) mod ephemeral_key;
mod error;
mod given;
mod judging;
mod known;
mod notes;
mod object;
mod run;

pub use error::{RefusedObject, RehearsalError};
pub use given::Given;
pub use known::Known;
pub use object::RehearsedObject;
pub use run::{Rehearsal, judge_again, rehearse};

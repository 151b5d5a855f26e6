//! The rehearsal: all steps of a ceremony without its key. The objects are built, signed with an ephemeral key under
//! the re-issued issuer, read back, and judged by every rule of the online side.
//!
//! A rehearsal stops at an object that the online side would refuse or hold.

mod changes;
mod checks;
pub(crate) mod clock;
mod difference;
mod dump;
mod endings;
pub(crate) mod ephemeral_key;
mod error;
mod given;
mod identity;
mod judging;
mod known;
mod mass_revocation;
mod note;
mod notes;
mod object;
mod revoked;
mod run;

pub use error::{RefusedObject, RehearsalError};
pub use given::Given;
pub use known::{Known, SignedCrl};
pub use mass_revocation::MassRevocation;
pub use note::Note;
pub use object::RehearsedObject;
pub(crate) use run::judge_again;
pub use run::{Rehearsal, rehearse};

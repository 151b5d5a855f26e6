//! The signing: the number is burned, the key is used once for each object, each object is read back, and all are
//! released together or none.
//!
//! ```text
//! burn ─► journal ─► C_Sign ─► journal ─► read back ─► … ─► release ─► state ─► journal
//! └ from here on the number is used, whatever happens ┘     └ one rename ┘
//! ```
//!
//! Everything that can be checked without the key was checked before ([`preflight`]). Whoever calls this holds the
//! state's lock.

mod error;
pub(crate) mod preflight;
mod recovery;
mod release;
mod remembered;
mod signed_object;
mod steps;

pub use error::SigningError;
pub use recovery::{INTERRUPTED, recover};
pub(crate) use recovery::{clear_unreleased, copy_missing_entries, unfinished};
pub(crate) use release::write_entries;
pub use signed_object::SignedObject;
pub use steps::Signing;

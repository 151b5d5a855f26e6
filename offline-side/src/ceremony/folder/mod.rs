//! The folder of a rehearsal: people examine it, approve it, and later sign it.
//!
//! ```text
//! DIR/to-be-signed/root.crl.tbs …   the exact bytes to be signed
//!     to-be-signed.txt              a line for every other file: SHA-256, words, path; this is what people sign
//!     request.toml                  the request
//!     inputs/                       every file it names, the site file, the approvers file
//!     rehearsal.json                what was decided: number, serial numbers, scheme, expected fields
//!     difference.txt, dump.txt      in words, for people
//! ```
//!
//! A change of the rule for approvals has such a folder, too. It has `approvals.json` in the place of `rehearsal.json`,
//! and nothing to be signed ([`ChangeFolder`]).
//!
//! It is written under another name and then renamed, so it exists whole or not at all. Opening it trusts nothing:
//! every digest is computed again, an extra or missing file is refused, and the bytes to be signed are built again from
//! the request and compared (SIGN-REHEARSED).

pub(crate) mod approvals;
mod change;
mod choices_file;
mod csr_words;
mod error;
pub(crate) mod layout;
mod listing;
mod opened;
mod reading;
pub(crate) mod released;
mod writing;

pub(crate) use change::{ChangeFolder, RuleChange};
pub(crate) use csr_words::{CertifiedCsr, CsrWords};
pub use error::FolderError;
pub use listing::Line;
pub use opened::RehearsalFolder;
pub(crate) use reading::{has_listing, listing_sha256, read_added};

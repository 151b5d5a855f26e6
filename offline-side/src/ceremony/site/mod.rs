//! The site file, `SITE.toml`: the configuration of this machine. It says where the key is, how it signs, and who must
//! approve. It holds no PIN, and it is read strictly: an unknown key is refused with its line.
//!
//! ```toml
//! [key]
//! module = "/usr/lib/softhsm/libsofthsm2.so"
//! token_label = "root-2026"
//! token_serial = "5c9f6f6ad3c1b2a4"
//! key_label = "example root"
//! public_key_sha256 = "…"                 # over the DER SubjectPublicKeyInfo; left out until the key is made
//! signature = "rsa-pss-sha384"            # left out: what goes with the key
//!
//! [approvals]
//! required = 2
//! allowed_signers = "approvers"
//! revoked = "revoked-approvers"           # optional
//! ```
//!
//! Instead of the first five, `rehearsal_key = "demo.p8"`. Paths are taken from the folder of the site file.

mod error;
pub(crate) mod kept;
mod key_place;
mod site_file;
mod text;

pub use error::SiteError;
pub use key_place::{KeyPlace, MadeKey};
pub use site_file::Site;

#[cfg(test)]
mod tests;

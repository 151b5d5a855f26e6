//! The request: one file that people review, and the whole input of a ceremony (REQ-STRICT).
//!
//! It is read strictly: an unknown key, a wrong date or a bad name is refused with its line. It has no PIN, module,
//! slot or token: those belong to the site file or to people. Paths are relative to its folder.
//! Must not: read a file it names (see [`super::draft::inputs`]).

mod contents;
pub(crate) mod decision;
pub mod distinguished_name;
mod document;
mod error;
mod escrow_groups;
mod files;
mod kept_name;
mod lined;
mod profile;
mod reading;
pub(crate) mod reason;
mod shape;
pub(crate) mod template;

pub(crate) use contents::ROOT_NAME;
pub use contents::{
    AbandonRequest, ApprovalsRequest, AskedSubject, CertificateRequest, CrlRequest, Request, RevocationRequest,
    RootKey, RootRequest,
};
pub(crate) use error::REHEARSED_AHEAD_DAYS_MAX;
pub use error::{RequestError, RequestFault, SameAs};
pub use escrow_groups::{EscrowGroups, GroupsFault};
pub use files::{KeptInput, RequestFiles};
pub use lined::Lined;
pub use profile::CertificateProfile;
pub(crate) use reading::REQUEST_SIZE_MAX;
pub use reading::read;

#[cfg(test)]
mod tests;

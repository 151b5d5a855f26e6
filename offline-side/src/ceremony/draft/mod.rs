//! The bytes to be signed, built with an encoding library (`der`, `x509-cert`). What they say is read again by other
//! code, the strict reader of `pki`: in the rehearsal, and after signing. Must not: decide anything, or read an item.

pub mod certificate;
pub mod choices;
pub mod crl;
pub mod expected;
pub mod extension;
pub mod inputs;
pub mod objects;

pub use crate::ceremony::der_builder::DraftError;
pub use certificate::CertificateDraft;
pub use crl::{CrlDraft, EntryDraft};
pub use objects::{DraftedObject, drafted};

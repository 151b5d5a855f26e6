//! The bytes to be signed, built with an encoding library (`der`, `x509-cert`). Other code, the strict reader of `pki`,
//! reads their content again in the rehearsal and after signing. Must not: decide anything, or read an item.

pub(crate) mod certificate;
pub(crate) mod choices;
pub(crate) mod crl;
pub(crate) mod decisions;
pub(crate) mod expected;
pub(crate) mod expected_record;
pub(crate) mod extension;
pub(crate) mod identity;
pub(crate) mod inputs;
pub(crate) mod named_file;
pub(crate) mod objects;

pub(crate) use objects::{AskedBy, DraftedObject, drafted};

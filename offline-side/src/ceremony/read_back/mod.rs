//! SIGN-READBACK: what came back from the key, read by a second parser (`pki`, which shares no code with the drafts),
//! verified in software under the pinned key, compared byte for byte with what people approved, and field by field with
//! what was meant. One difference, and the object is not released.
//!
//! The fields come first: they say in words what is wrong. The bytes come last: they say that nothing else is there.

mod certificate;
mod crl;
mod error;
mod field;
mod signed_object;

pub use error::ReadBackError;
pub use signed_object::read_back;

#[cfg(test)]
mod tests;

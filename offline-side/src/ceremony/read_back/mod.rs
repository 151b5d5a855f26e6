//! SIGN-READBACK: a second parser (`pki`, which shares no code with the drafts) reads the signed object. The signature
//! is verified in software under the pinned key. The object is compared byte for byte with the approved bytes, and
//! field by field with the expected content. After any difference the object is not released. What is cut out of the object
//! beside that is cut out by a reader of this folder, and which extensions are wanted is in a list of this folder. Nothing
//! else uses the two: a fault in the code that made the object cannot hide itself here.
//!
//! The fields come first, because they name what is wrong. The bytes come last: they show that nothing else is there.

mod certificate;
mod crl;
mod element;
mod error;
mod field;
mod object_identifier;
mod signed_object;

pub use error::ReadBackError;
pub use signed_object::read_back;

#[cfg(test)]
mod tests;

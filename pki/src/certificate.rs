//! CA certificates on their way: [`inspect`] (well-formed, content rules), [`verify`] (whose they are, authentic).
//! What may be published is decided in [`crate::acceptance`]; nothing here knows what was accepted before.

pub(crate) mod body;
mod content;
mod inspected;
mod issuance;
mod issuing_rules;
mod known_extensions;
mod verified;

pub use self::inspected::{InspectedCertificate, inspect};
pub(crate) use self::verified::IssuerMark;
pub use self::verified::{VerifiedCertificate, verify};

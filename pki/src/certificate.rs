//! The steps of a CA certificate: [`inspect`] (well-formed, content rules) and [`verify`] (issuer, signature).
//! [`crate::acceptance`] decides what may be published. Nothing here knows what was accepted before.

pub(crate) mod body;
mod content;
mod inspected;
mod issuance;
mod issuing_rules;
mod known_extensions;
mod permitted_names;
mod policy_rules;
mod role;
mod uses;
mod verified;

pub use self::inspected::{InspectedCertificate, inspect};
pub(crate) use self::verified::IssuerMark;
pub use self::verified::{VerifiedCertificate, verify};

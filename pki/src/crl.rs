//! The steps of a CRL: [`inspect`] (well-formed, content rules) and [`verify`] (issuer, signature, time).
//! [`crate::acceptance`] decides what may be published. Nothing here knows what was accepted before.

mod body;
mod certificate_issuer;
mod content;
mod distribution_point;
pub(crate) mod entry;
mod entry_rules;
mod features;
mod inspected;
mod issuance;
mod refused_entry;
mod revocation;
mod serial_index;
mod verified;

pub use self::certificate_issuer::CertificateIssuer;
pub(crate) use self::entry::Place;
pub use self::entry::{Entries, Entry};
pub use self::features::Feature;
pub(crate) use self::inspected::inspect_until;
pub use self::inspected::{InspectedCrl, inspect};
pub use self::refused_entry::{RefusedEntry, refused_entries};
pub(crate) use self::revocation::revocation;
pub use self::verified::{VerifiedCrl, verify, verify_whole};

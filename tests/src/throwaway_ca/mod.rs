//! A CA to throw away: keys, CRLs and certificates of any shape, right or wrong in exactly one place.
//! It writes DER with its own few lines and signs with aws-lc-rs, so that it shares no code with what it
//! tests. It must never judge anything.
//!
//! ```ignore
//! let ca = ThrowAwayCa::new("Example Root");
//! let good = ca.crl(7).sign();
//! let mut draft = ca.crl(8);
//! draft.next_update = None;
//! let without_next_update = draft.sign();
//! ```

mod ca;
mod certificate_draft;
mod crl_draft;
pub mod der_writer;
mod extension_draft;
mod second_file;
mod signing_key;

pub use self::ca::{ThrowAwayCa, name, pem};
pub use self::certificate_draft::{CertificateDraft, RawTime};
pub use self::crl_draft::{CrlDraft, EntryDraft};
pub use self::extension_draft::ExtensionDraft;
pub use self::second_file::{mirrored, wrapped_again};
pub use self::signing_key::{KeyKind, Scheme, SigningKey};

/// One day, in seconds.
pub const DAY: i64 = 86_400;

/// 2026-11-21T00:00:00Z: the time of every draft unless told otherwise.
pub const DEFAULT_NOW: i64 = 1_795_219_200;

//! The rules for an acceptable CRL or CA certificate: one rule set for both sides of the air gap.
//!
//! An item passes three steps. Each step returns the only type that the next one accepts:
//!
//! ```text
//! bytes ── item::read ──► Item ── crl::inspect ──────► InspectedCrl ── crl::verify ──► VerifiedCrl ── acceptance::judge_crl ──► AcceptedCrl
//!                              └─ certificate::inspect ► …             (issuer, now)                (history)
//! ```
//!
//! Every rule has an id ([`rule::Rule`], `docs/rules.md`). A broken rule gives a [`finding::Finding`], and findings
//! stay with the item up to its verdict. There is no I/O, no clock and no randomness here: the time is an argument, and
//! so is everything accepted before.
//!
//! | where | what |
//! |---|---|
//! | [`pem`], [`item`], [`judgement`], [`stop`] | a file, the full verdict on it, and its early end |
//! | [`crl`], [`certificate`] | inspect and verify |
//! | [`acceptance`], [`history`], [`second_signature`] | the verdict, and its input |
//! | [`issuer`], [`authority`], [`request`] | whose items are judged, and whose keys are expected |
//! | [`rule`], [`disabled_rules`], [`finding`], [`profile`], [`policy_options`], [`policy_record`], [`policy_change`], [`stage`] | the words of a verdict |
//! | [`report`], [`difference`], [`compatibility`] | the report of `check` on a file |
//! | [`name`], [`serial`], [`crl_number`], [`time`], [`typed_time`], [`extension`], [`extension_words`], [`text`], [`digest`], [`limits`] | what items are made of |
//!
//! # Judging a CRL
//!
//! ```
//! use rootcast_pki::history::NoState;
//! use rootcast_pki::issuer::Issuer;
//! use rootcast_pki::profile::Policy;
//! use rootcast_pki::stage::Ruling;
//! use rootcast_pki::time::parse_rfc3339;
//! use rootcast_pki::{item, judge_under};
//!
//! # let root = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/root.crt"));
//! # let crl = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/root.crl"));
//! let policy = Policy::default();
//! let issuer = Issuer::from_certificate(&item::read(root)?.der, &policy)?;
//! let item = item::read(crl)?;
//! let judge_at = |time: &str| {
//!     let now = parse_rfc3339(time).expect("a time");
//!     judge_under(&item, &issuer, &NoState::default(), &policy, now).verdict.outcome.ruling()
//! };
//! assert_eq!(judge_at("2026-12-01T00:00:00Z"), Ruling::Accepted);
//! assert_eq!(judge_at("2028-12-01T00:00:00Z"), Ruling::Rejected); // CRL-EXPIRED
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `examples/judge_crl.rs` does the same with files.

#![warn(clippy::missing_errors_doc)]

pub mod acceptance;
mod access_points;
pub mod authority;
pub mod certificate;
mod certificate_policies;
pub mod compatibility;
pub mod contents;
mod context;
mod continuity;
pub mod crl;
pub mod crl_number;
pub mod difference;
pub mod digest;
pub mod disabled_rules;
pub mod extension;
pub mod extension_words;
pub mod finding;
mod form;
mod general_name;
pub mod history;
pub mod issuer;
pub mod item;
pub mod judgement;
mod key_identifier;
mod key_purposes;
pub mod limits;
mod lookup;
pub mod name;
mod name_constraints;
mod new_entries;
mod oid;
pub mod pem;
pub mod policy_change;
pub mod policy_options;
pub mod policy_record;
pub mod profile;
mod public_key;
pub mod report;
pub mod request;
pub mod rule;
pub mod second_signature;
pub mod serial;
mod signature_algorithm;
pub mod stage;
pub mod stop;
mod strict_der;
pub mod text;
pub mod time;
pub mod typed_time;
mod weak_rsa;

pub use judgement::{judge, judge_under, judge_under_any, judge_until};

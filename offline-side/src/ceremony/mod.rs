//! The ceremony: from one reviewed file to the exact bytes that the root's key will sign, and back from what it signed.
//!
//! ```text
//! REQUEST.toml ─► request ─► inputs ─► plan ─► draft ─► rehearsal ─► rehearsal_folder ═► readiness ─► signing ─► record
//!                 strict     verified  number, to-be-   every rule,  what people         again     one use of   on paper
//!                                      serials signed   no real key  approve             checked   the key each
//! ```
//!
//! | where | what |
//! |---|---|
//! | [`template`] | the request to fill in, and the script to print |
//! | [`request`], [`distinguished_name`], [`reason`] | what people ask for, read strictly |
//! | [`inputs`], [`clock`] | the files the request names, verified; is the machine's time possible |
//! | [`plan`] | what is decided once: number, serial numbers, scheme |
//! | [`draft`] | the bytes to be signed, by an encoding library |
//! | [`intent`], [`read_back`] | what was meant, field by field, and whether the signed object says that and nothing else |
//! | [`throw_away`], [`rehearsal`] | the same with a key to throw away, judged by every rule |
//! | [`site`] | which key signs here, and whose approvals count |
//! | [`rehearsal_folder`] | what is kept for approval and signing |
//! | [`readiness`] | everything that can be checked before the token is opened |
//! | [`signing`], [`approvals_kept`] | the number burned, the key used, what is released and kept |
//! | [`record`] | the pages to print |
//!
//! Only [`signing`] uses the root's key, and only through what it is given.

pub mod approval;
pub mod der_builder;
pub mod draft;
pub mod folder;
pub mod key;
pub mod read_back;
pub mod record;
pub mod rehearsal;
pub mod request;
pub mod signing;
pub mod site;

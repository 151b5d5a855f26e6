//! The ceremony: from one reviewed file to the exact bytes that the root's key will sign, and back from what it signed.
//!
//! ```text
//! REQUEST.toml ─► request ─► inputs ─► plan ─► draft ─► rehearsal ─► rehearsal_folder ═► (approved, signed) ═► read_back
//!                 strict     verified  number, to-be-   every rule,  what people
//!                                      serials signed   no real key  approve
//! ```
//!
//! | where | what |
//! |---|---|
//! | [`template`] | the request to fill in, and the script to print |
//! | [`request`], [`distinguished_name`], [`reason`] | what people ask for, read strictly |
//! | [`inputs`], [`clock`] | the files the request names, verified; is the machine's time possible |
//! | [`plan`], [`scheme`] | what is decided once: number, serial numbers, scheme |
//! | [`draft`] | the bytes to be signed, by an encoding library |
//! | [`intent`], [`read_back`] | what was meant, field by field, and whether the signed object says that and nothing else |
//! | [`throw_away`], [`rehearsal`] | the same with a key to throw away, judged by every rule |
//! | [`site`] | which key signs here, and whose approvals count |
//! | [`site_digests`], [`rehearsal_folder`] | what is kept for approval and signing |
//!
//! Nothing here uses the root's key.

pub mod clock;
pub mod distinguished_name;
pub mod draft;
pub mod inputs;
pub mod intent;
pub mod plan;
pub mod read_back;
pub mod reason;
pub mod rehearsal;
pub mod rehearsal_folder;
pub mod request;
pub mod scheme;
pub mod site;
pub mod site_digests;
pub mod template;
pub mod throw_away;

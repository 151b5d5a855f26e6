//! What the offline side keeps: the state that decides, and the journal that proves.
//!
//! Must not: judge an item, or know how a frame is sent.

pub mod approval_rule;
pub(crate) mod digest_line;
pub(crate) mod hex_text;
pub mod journal;
pub(crate) mod layout;
pub(crate) mod opened;
pub mod state;
pub mod weakened_policy;

//! What the offline side keeps: the state that decides, and the journal that proves.
//!
//! Must not: judge an item, or know how a frame leaves.

pub mod digest_line;
pub mod hex_text;
pub mod journal;
pub mod layout;
pub mod opened;
pub mod state;

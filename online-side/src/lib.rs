//! The online side: receives, reassembles and judges what crossed the air gap, refuses what must not be published, and
//! publishes the rest atomically.
//!
//! ```text
//! links ─ receiver ─▶ frames ─ assembly ─▶ CompleteObject ─ gate ─▶ Accepted… ─ publication ─▶ STATE/published
//!                                │ symbol_store (disk)       │ rules of rootcast-pki       │ receipts, held items
//! ```
//!
//! Each arrow is a type only the step before can make: nothing but what `rootcast-pki` accepted can be published.
//! Everything that arrives is hostile. Must not: transmit, or hold a key.

mod command;
pub mod gate;
pub mod limits;
pub mod link;
pub mod publication;
pub mod reception;
mod session;

pub use command::main;

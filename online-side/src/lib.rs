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

pub mod aiming;
pub mod assembly;
mod command;
pub mod confinement;
pub mod contact;
pub mod export_key;
pub mod gate;
mod judged_objects;
pub mod limits;
pub mod link_test;
pub mod program;
pub mod publication;
pub mod qr_reader;
pub mod receiver;
pub mod reception;
mod report;
pub mod symbol_store;
pub mod viewfinder;

//! Receivers: each brings frames from one link and knows nothing of what they hold.
//!
//! ```text
//! file:      bytes ─ records ──────────┐
//! serial:    bytes ─ COBS splitter ────┼─ Heard::Frame ─▶ frame::parse ─▶ assembly
//! qr:images  pictures ─┐
//! qr:video   film ─────┼ QR reader ────┘
//! qr:camera  pictures ─┘
//! ```
//!
//! Adding a link: a variant of [`Place`] with the name it has, one file here, a section in `hardware-notes.md`. The
//! compiler then asks for the rest: how it is opened ([`open`]), what the process is left with for it
//! (`confinement.rs`), and what to do when it fails (`command/receive.rs`).
//! Must not: parse a frame, keep a symbol, or write to a link.

mod file;
mod name;
mod opening;
pub mod optical;
mod receiver;
mod refusal;
pub mod sandbox;
mod serial;

pub use name::{Link, Place};
pub use opening::open;
pub use receiver::{Flow, Heard, LinkFailure, Receiver};
pub use refusal::bad_name;

//! Links: each brings frames from one link and knows nothing about their content.
//!
//! ```text
//! file:      bytes ─ records ──────────┐
//! serial:    bytes ─ COBS splitter ────┼─ LinkEvent::Frame ─▶ frame::parse ─▶ assembly
//! eth: udp:  datagrams ────────────────┤
//! audio:     bytes ─ reader of sound ──┤      (of a device: samples from a process that records)
//! qr:images  pictures ─┐
//! qr:video   film ─────┼ QR reader ────┘
//! qr:camera  pictures ─┘
//! ```
//!
//! Adding a link: one file here with its row ([`LinkKind`]), that row in the registry ([`Registry`]), and a section in
//! `hardware-notes.md`. No other code knows which links there are.
//! Must not: parse a frame, keep a symbol, or write to a link.

mod descriptor;
mod ethernet;
mod file;
mod foreign_format;
mod kind;
pub mod line_count;
mod name;
mod opening;
pub mod optical;
mod passed_over;
pub(crate) mod port_process;
mod read_port;
mod receiver;
mod refusal;
mod registry;
mod sandbox;
mod serial;
pub mod sound;
#[cfg(test)]
mod tests;
mod value;

pub use foreign_format::ForeignFormat;
pub(crate) use kind::Children;
pub use kind::{LinkKind, LinkPaths, OpenWith, Opening, Remedy, Source};
pub use name::Link;
pub(crate) use opening::open_around;
pub use passed_over::PassedOver;
pub use receiver::{Flow, LinkEvent, LinkFailure, OpenLinks, Receiver, Tried, WindUp};
pub(crate) use refusal::bad_name;
pub use registry::Registry;
pub(crate) use sandbox::sandbox;

//! Links: what moves frames out, one kind a file, and the registry that knows them all.
//!
//! ```text
//!                  ┌─ file               file:FILE                 length and frame, one after the other
//! frame (bytes) ──►├─ optical/pictures   qr:png=DIR                one PNG a picture
//!                  ├─ optical/animation  qr:gif=FILE               a picture that moves
//!                  ├─ optical/web_page   qr:html=FILE              a page that plays
//!                  ├─ optical/paper      qr:pdf=FILE               pages to print
//!                  ├─ optical/terminal   qr:terminal               half blocks, 11 a second
//!                  ├─ serial             serial:PORT,baud=N        COBS, the port opened write-only
//!                  ├─ ethernet           eth:IFACE, udp:GROUP:PORT a packet socket to which nothing is delivered
//!                  ├─ sound/wave         audio:wav=FILE            COBS, as sound
//!                  └─ sound/device       audio:device=hw:…         the same into a sound device (package variant)
//! ```
//!
//! A link is first *named* ([`Link`]: what it can carry, how fast, what it probably loses) and only then *opened*
//! ([`Transmitter`]). Neither knows what a frame says. Must not: read anything from any link. The one thing that is read
//! while frames go out is the operator's own keyboard, for `qr:terminal` alone (`optical/keyboard.rs`).

mod beat;
pub mod cover_sheet;
mod error;
pub(crate) mod ethernet;
mod file;
pub(crate) mod inspection;
mod interface_count;
pub(crate) mod odds_text;
pub mod optical;
mod outlet;
mod output_file;
mod pace;
pub mod registry;
mod sandbox;
mod serial;
pub mod sound;
mod sound_count;
mod transmitter;

pub use beat::Beat;
pub use error::LinkError;
pub use interface_count::{Carrier, InterfaceCount};
pub use outlet::Outlet;
pub(crate) use pace::Pace;
pub(crate) use registry::REGISTRY;
pub use sandbox::sandbox;
pub use sound_count::SoundCount;
pub use transmitter::{Link, Moved, Stop, Transmitter, Watch};

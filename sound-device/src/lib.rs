//! Sound devices through ALSA: how they are named, opened, and written to or read.
//!
//! ```text
//! name ─ listed (what the kernel has) ─▶ configuration (what alsa-lib may know) ─▶ device (open, configured) ─▶ frames
//! ```
//!
//! The online program always has this crate. The offline program has it as a package variant of its own (feature
//! `audio-device`). Must not: know what the sound means, or open a device that records in order to play.

pub mod configuration;
pub mod device;
mod direction;
mod error;
mod format;
mod listed;
mod name;

pub use device::Device;
pub use direction::Direction;
pub use error::DeviceError;
pub use format::{Coding, Format};
pub use name::DeviceName;

//! Sound: frames as samples that any player plays, out of a headphone socket into a line input.
//!
//! ```text
//! frames ─ COBS ─ schedule (which mode when) ─ modulator ─ playing ─┬─ wave    WAV file, pipe or standard output
//!                                                                   └─ device  a sound device, in the package variant
//! ```
//!
//! What both sides must agree on is in `rootcast_protocol::sound`. Must not: hear anything.

#[cfg(feature = "audio-device")]
pub(crate) mod device;
mod manner;
pub mod modulator;
mod playing;
mod schedule;
pub(crate) mod wave;

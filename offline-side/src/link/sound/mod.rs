//! Sound: frames as samples that any player plays, out of a headphone socket into a line input.
//!
//! ```text
//! frames ─ COBS ─ schedule (which mode when) ─ modulator ─ WAV file, pipe or standard output
//! ```
//!
//! What both sides must agree on is in `rootcast_protocol::sound`. Must not: open a sound device, or hear anything.

pub mod modulator;
mod schedule;
pub(crate) mod wave;

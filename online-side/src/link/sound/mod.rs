//! Sound: what a line input recorded becomes frames again.
//!
//! ```text
//! recording ── pieces of a WAV file ──▶ listener ─ wave_format · channels ─ converter ─ demodulator ──▶ bytes ── COBS splitter ─▶ frames
//! (receives)      (in a reader process) demodulator: detector ─ finder ─ superframe (estimate · demapper · ldpc)
//!
//! device ◀── samples ── capture (a process that records)
//! (receives, as a recording)
//! ```
//!
//! Samples are hostile: they are only looked at in a reader process. What both sides must agree on is in
//! `rootcast_protocol::sound`. Must not: open a sound device in the process that receives.

pub(crate) mod advice;
#[cfg(feature = "audio-device")]
pub(crate) mod capture;
mod channels;
mod converter;
mod demapper;
pub mod demodulator;
mod detector;
#[cfg(feature = "audio-device")]
pub(crate) mod device;
mod estimate;
mod finder;
mod ldpc;
pub(crate) mod listener;
pub(crate) mod piece;
pub(crate) mod recording;
pub mod report;
mod resampler;
mod samples;
mod superframe;
mod totals;
pub mod wave_format;

use rootcast_host::link_name::AbsentLink;

/// Why no sound device is named so.
pub(super) const NO_DEVICE: AbsentLink = AbsentLink {
    kind: "audio",
    word: "device",
    #[cfg(not(feature = "audio-device"))]
    why: "this program is built without sound devices; record with arecord and use audio:wav=FILE, or audio:wav=- behind \
          arecord",
    #[cfg(feature = "audio-device")]
    why: "a device is named as audio:device=hw:CARD,DEVICE; audio:device=list shows them",
};

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

use rootcast_host::link_name::AbsentLink;

/// Why no sound device is named so.
pub(super) const NO_DEVICE: AbsentLink = AbsentLink {
    kind: "audio",
    word: "device",
    #[cfg(not(feature = "audio-device"))]
    why: "this program is built without sound devices: the package variant rootcast-offline-audio has them. Or use \
          audio:wav=FILE and play that file, or audio:wav=- with a player behind it",
    #[cfg(feature = "audio-device")]
    why: "a device is named as audio:device=hw:CARD,DEVICE; audio:device=list shows them",
};

//! What every link of sound has in common as it is named: its modes, its frames, and how long they take.

use std::time::Duration;

use rootcast_host::link_name::{LinkName, LinkNameError};
use rootcast_protocol::object::Object;
use rootcast_protocol::sound::mode::Mode;
use rootcast_protocol::sound::profile::{SAMPLE_RATE, SUPERFRAME};

use super::schedule::{Choice, Schedule};
use crate::link::file::usual_room;

/// The most bytes of a frame: five symbols of 176 and a MAC, so that a CRL of 700 bytes is one frame, and one frame fits
/// one superframe of QPSK 4/5.
const FRAME_ROOM: usize = 930;
/// The share of frames assumed lost.
pub(super) const DESIGN_LOSS: f64 = 0.2;

/// How the modes are chosen: the option `mode=`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner(Choice);

impl Manner {
    pub(super) fn read(name: &LinkName) -> Result<Self, LinkNameError> {
        Ok(Self(match name.option("mode") {
            None | Some("auto") => Choice::Auto,
            Some(mode) => Choice::Fixed(Mode::from_name(mode).ok_or_else(|| {
                let known: Vec<&str> = Mode::ALL.into_iter().map(Mode::name).collect();
                name.wrong(format!("there is no mode {mode}; the modes are auto, {}", known.join(", ")))
            })?),
        }))
    }

    pub(super) fn schedule(self, frame_size: usize, frames_suffice: u32) -> Schedule {
        Schedule::new(self.0, frame_size, frames_suffice)
    }

    pub(super) fn room(object: &Object) -> usize {
        usual_room(object, FRAME_ROOM)
    }

    /// How long a frame of so many bytes takes, in the mean: with `mode=auto` much longer in a small object than in a large
    /// one, of which `frames_suffice` frames are enough.
    pub(super) fn frame_time(self, size: usize, frames_suffice: u32) -> Duration {
        let superframes = self.schedule(size, frames_suffice).superframes_per_frame(size);
        Duration::from_secs_f64(superframes * SUPERFRAME_SECONDS)
    }
}

#[expect(clippy::cast_precision_loss, reason = "17,408")]
const SUPERFRAME_SECONDS: f64 = SUPERFRAME as f64 / SAMPLE_RATE as f64;

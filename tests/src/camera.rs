//! A simulated camera before a simulated screen. **Simulated**: what reads its pictures still has to prove itself on
//! real ones.
//!
//! ```text
//! shown picture ─ panel ───▶ light ─ optics ──▶ light on the sensor ─ shutter ─▶ light a row took ─ sensor ─▶ grey
//!   grey levels   gamma        │     pixel area    perspective        rows one      mixes shown       noise     JPEG
//!                 settling     │     lens, focus   vignetting         after         frames, shakes    tone
//!                 scan-out     │     glare, wall                      another
//! ```
//!
//! Everything is computed in linear light. A shown picture goes through the optics once; each camera frame then only
//! mixes, adds noise and applies the tone curve, so that 1080p film comes out about as fast as it is read.
//!
//! Built from physics: perspective of a plane, radial lens distortion, pixel aperture, defocus (Gaussian), vignetting, a
//! lamp mirrored in the screen, the panel's gamma, refresh, scan-out from the top and exponential settling, exposure,
//! rolling shutter, shaking hands (so motion blur and skew), shot and read noise, saturation, tone curve, JPEG, clocks
//! that drift.
//! Not simulated: moiré and colour (the screen's sub-pixels, the sensor's colour filter), flicker of the backlight, focus
//! and exposure that hunt, sharpening and noise reduction inside the camera, blooming, dust.

mod film;
mod jpeg;
mod optics;
mod panel;
mod plane;
mod sensor;
mod shot;
mod shutter;
mod y4m;

pub use film::{Film, FilmFrame};
pub use jpeg::through_jpeg;
pub use optics::{Glare, Lens, Pose};
pub use panel::Panel;
pub use sensor::Sensor;
pub use shot::{Shot, photograph};
pub use shutter::{Shake, Shutter};
pub use y4m::Y4mWriter;

/// A camera and where it stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Camera {
    /// Columns of the sensor.
    pub columns: u32,
    /// Rows of the sensor.
    pub rows: u32,
    /// The lens.
    pub lens: Lens,
    /// Where it stands.
    pub pose: Pose,
    /// A lamp in the screen, if one is mirrored there.
    pub glare: Option<Glare>,
    /// When which row is exposed.
    pub shutter: Shutter,
    /// How much the hand that holds it shakes.
    pub shake: Shake,
    /// What light becomes.
    pub sensor: Sensor,
    /// Quality of the JPEG frames it sends (1 to 100); nothing for a camera that sends them uncompressed.
    pub jpeg: Option<u8>,
}

impl Camera {
    /// A webcam of 1,920 × 1,080 pixels and 30 frames a second on a small tripod, with its ordinary faults: a slightly
    /// barrel-shaped picture, dark corners, exposure 10 ms, a readout of 28 ms, JPEG of quality 90.
    #[must_use]
    pub fn webcam(pose: Pose) -> Self {
        Self {
            columns: 1920,
            rows: 1080,
            lens: Lens::WEBCAM,
            pose,
            glare: None,
            shutter: Shutter::WEBCAM,
            shake: Shake::NONE,
            sensor: Sensor::WEBCAM,
            jpeg: Some(90),
        }
    }

    /// A camera without any fault but pixels: what a test of one fault begins with.
    #[must_use]
    pub fn ideal(columns: u32, rows: u32, pose: Pose) -> Self {
        Self {
            columns,
            rows,
            lens: Lens::IDEAL,
            pose,
            glare: None,
            shutter: Shutter::GLOBAL,
            shake: Shake::NONE,
            sensor: Sensor::IDEAL,
            jpeg: None,
        }
    }
}

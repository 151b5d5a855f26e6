//! A simulated camera before a simulated screen. **Simulated**: what reads its pictures still has to prove itself on
//! real ones.
//!
//! ```text
//! shown picture ─ panel ───▶ light ─ optics ──▶ light on the sensor ─ shutter ─▶ light a row took ─ sensor ─▶ grey or
//!   grey levels   gamma        │     pixel area    perspective        rows one      mixes shown       noise     colours
//!                 settling     │     lens, focus   vignetting         after         frames, shakes    Bayer       │
//!                 scan-out     │     glare, wall   finger, dust       another       pulses, hunting              ▼
//!                 tear      subpixels                                                          processing, crop, JPEG
//! ```
//!
//! Everything is computed in linear light. A shown picture goes through the optics once; each camera frame then only
//! mixes, adds noise and applies the tone curve, so that 1080p film comes out about as fast as it is read. With
//! subpixels and a colour filter a frame takes several times as long.
//!
//! Built from physics: perspective of a plane, radial lens distortion, pixel aperture, defocus (Gaussian), vignetting, a
//! lamp mirrored in the screen, the panel's gamma, refresh, scan-out from the top and exponential settling, exposure,
//! rolling shutter, shaking hands (so motion blur and skew), shot and read noise, saturation, tone curve, JPEG, clocks
//! that drift; the panel's subpixels (so moiré), a backlight dimmed by pulses (so bands), a torn picture, a Bayer
//! pattern, white balance, sharpening (so halos), chroma subsampling, an exposure that hunts, dust, a finger, a crop.
//! Not simulated: a focus that hunts, noise reduction, blooming, lens errors of colour, moiré that changes with a
//! tremor: it moves with the picture. Colours between are bilinear, simpler than those of good cameras.

mod film;
mod flicker;
mod grid;
mod jpeg;
mod monitor;
mod obstacles;
mod optics;
mod panel;
mod plane;
mod processing;
mod sensor;
mod shot;
mod shutter;
#[cfg(test)]
mod tests;
mod y4m;

pub use film::{Film, FilmFrame};
pub use flicker::{Backlight, Hunting};
pub use grid::SubpixelGrid;
pub use jpeg::{colour_through_jpeg, through_jpeg};
pub use monitor::{MonitorPhotograph, Stand};
pub use obstacles::{Dust, Finger};
pub use optics::{Glare, Lens, Pose};
pub use panel::Panel;
pub use processing::{Chroma, Crop, Processing, Sharpening};
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
    /// A finger before the lens.
    pub finger: Option<Finger>,
    /// Dust on the lens.
    pub dust: Option<Dust>,
    /// How its exposure hunts, if it does.
    pub hunting: Option<Hunting>,
    /// How it works its pictures over.
    pub processing: Processing,
    /// What is cut away from its pictures.
    pub crop: Option<Crop>,
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
            ..Self::ideal(1920, 1080, pose)
        }
    }

    /// A phone that films, propped against something: still, 1080p, 30 a second. It sees colours through a Bayer
    /// pattern, sharpens, hands over a quarter of the colour, is a little too cold, and has dust on its lens.
    #[must_use]
    pub fn propped(pose: Pose) -> Self {
        Self {
            lens: Lens { blur: 0.45, ..Lens::WEBCAM },
            sensor: Sensor { bayer: true, ..Sensor::WEBCAM },
            shutter: Shutter { exposure: 0.008, readout: 0.022, ..Shutter::WEBCAM },
            processing: Processing {
                balance: [0.92, 1.0, 1.12],
                sharpening: Some(Sharpening { amount: 0.7, radius: 1.2 }),
                chroma: Chroma::Quarter,
            },
            dust: Some(Dust { specks: 10, radius: 9.0, depth: 0.25 }),
            hunting: Some(Hunting { stops: 0.1, hertz: 0.3 }),
            ..Self::webcam(pose)
        }
    }

    /// The same phone in a steady hand: it trembles, and its exposure hunts more.
    #[must_use]
    pub fn hand_held(pose: Pose) -> Self {
        Self { shake: Shake::HAND, hunting: Some(Hunting { stops: 0.25, hertz: 0.4 }), ..Self::propped(pose) }
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
            finger: None,
            dust: None,
            hunting: None,
            processing: Processing::NONE,
            crop: None,
        }
    }

    /// Columns and rows of the pictures it hands over.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        let whole = (self.columns, self.rows);
        self.crop.map_or(whole, |crop| {
            let [_, _, width, height] = crop.rectangle(whole);
            (width, height)
        })
    }
}

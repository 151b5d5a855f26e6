//! Photographs of monitors, each a little different: by chance, as people take them.

use image::{GrayImage, RgbImage};

use super::{
    Backlight, Camera, Chroma, Crop, Dust, Film, Finger, Glare, Lens, Panel, Pose, Processing, Sensor, Shake,
    Sharpening, Shutter, SubpixelGrid,
};
use crate::seeds::Chance;

/// How the camera is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// In a hand: at more of an angle, shaken while it exposes, and now and then a finger is in the way.
    HandHeld,
    /// Propped against something, or on a tripod.
    Propped,
}

/// One photograph.
#[derive(Debug, Clone)]
pub struct MonitorPhotograph {
    /// Its brightness: what a reader looks at.
    pub grey: GrayImage,
    /// As it is.
    pub colour: RgbImage,
    /// Camera pixels for one pixel of the panel.
    pub scale: f64,
    /// What is wrong with it beside what every such photograph has.
    pub faults: Vec<&'static str>,
}

impl Stand {
    /// The camera and the panel of one photograph of a picture of this size, and what is wrong there. The picture fills
    /// a share of the sensor between two thirds and nearly all.
    fn setting(self, (width, height): (u32, u32), size: (u32, u32), chance: &mut Chance) -> (Camera, Panel, f64) {
        let either_way = |most: f64, chance: &mut Chance| (chance.fraction() * 2.0 - 1.0) * most;
        let most = (f64::from(size.0) / f64::from(width)).min(f64::from(size.1) / f64::from(height));
        let (share, turn, tilt) = match self {
            Self::HandHeld => (0.68 + 0.18 * chance.fraction(), 4.0, 9.0),
            Self::Propped => (0.74 + 0.18 * chance.fraction(), 1.5, 5.0),
        };
        let scale = most * share;
        let pose = Pose {
            roll: either_way(turn, chance),
            yaw: either_way(tilt, chance),
            pitch: either_way(tilt, chance),
            aside: (either_way(0.02, chance) * f64::from(size.0), either_way(0.02, chance) * f64::from(size.1)),
            ..Pose::straight(scale)
        };
        let shake = match self {
            Self::HandHeld => Shake { reach: 1.0 + 2.0 * chance.fraction(), hertz: 5.0 },
            Self::Propped => Shake::NONE,
        };
        let camera = Camera {
            columns: size.0,
            rows: size.1,
            lens: Lens { blur: 0.3 + 0.5 * chance.fraction(), barrel: either_way(0.012, chance), ..Lens::WEBCAM },
            sensor: Sensor { bayer: true, white: 0.6 + 0.5 * chance.fraction(), ..Sensor::WEBCAM }
                .with_noise(2.0 + 5.0 * chance.fraction()),
            shutter: Shutter { exposure: 0.006 + 0.014 * chance.fraction(), readout: 0.024, ..Shutter::WEBCAM },
            shake,
            processing: Processing {
                balance: [1.0 + either_way(0.12, chance), 1.0, 1.0 + either_way(0.18, chance)],
                sharpening: Some(Sharpening { amount: 0.3 + 0.9 * chance.fraction(), radius: 1.2 }),
                chroma: Chroma::Quarter,
            },
            dust: Some(Dust { specks: 8, radius: 0.004 * f64::from(size.0), depth: 0.3 }),
            jpeg: Some(75 + chance.below(20) as u8),
            ..Camera::ideal(size.0, size.1, pose)
        };
        (camera, Panel { grid: Some(SubpixelGrid::OFFICE), ..Panel::OFFICE }, scale)
    }

    /// Photographs a picture that stands still on a monitor, with a camera of this many pixels.
    #[must_use]
    pub fn photograph(self, picture: &GrayImage, size: (u32, u32), chance: &mut Chance) -> MonitorPhotograph {
        let (mut camera, mut panel, scale) = self.setting(picture.dimensions(), size, chance);
        let mut faults = Vec::new();
        if chance.happens(0.3) {
            let hertz = [120.0, 240.0, 400.0][chance.below(3)];
            panel.backlight = Some(Backlight { hertz, duty: 0.4 + 0.4 * chance.fraction() });
            faults.push("bands");
        }
        if chance.happens(0.25) {
            let place = (0.2 + 0.6 * chance.fraction(), 0.2 + 0.6 * chance.fraction());
            camera.glare = Some(Glare { place, size: 0.04 + 0.05 * chance.fraction(), light: 0.35 });
            faults.push("a lamp");
        }
        if self == Self::HandHeld && chance.happens(0.25) {
            let corner = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)][chance.below(4)];
            camera.finger = Some(Finger { place: corner, reach: 0.15 + 0.1 * chance.fraction(), softness: 0.12 });
            faults.push("a finger");
        }
        if chance.happens(0.15) {
            camera.crop = Some(Crop { left: 0.03, top: 0.03, right: 0.03, bottom: 0.03 });
            faults.push("a crop");
        }
        let still = |number: usize| (number == 0).then(|| picture.clone());
        // Half a second after the picture appeared: the panel is long settled.
        let mut film = Film::starting(camera, panel, 1.0, still, 0.5, chance);
        let frame = film.next().expect("a frame of a picture that is shown");
        let colour = frame.colour.expect("a sensor that sees colours");
        MonitorPhotograph { grey: frame.grey, colour, scale, faults }
    }
}

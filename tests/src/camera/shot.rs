//! One photograph of one picture that stands still.

use std::fs;
use std::path::Path;

use image::{GrayImage, ImageFormat};

use super::{Camera, Film, Lens, Panel, Pose, Sensor};
use crate::seeds::Chance;

/// How a photograph is taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shot {
    /// Pixels of the photograph for one pixel of the picture.
    pub scale: f64,
    /// Largest rotation in the picture's plane, in degrees, either way.
    pub rotation: f64,
    /// Largest tilt about the two other axes, in degrees, either way.
    pub tilt: f64,
    /// Standard deviation of the blur, in pixels of the photograph.
    pub blur: f64,
    /// Standard deviation of the noise at middle grey, in grey levels of 255.
    pub noise: f64,
    /// Barrel distortion, as in [`Lens`].
    pub barrel: f64,
}

impl Shot {
    /// A hand-held photograph of a screen at which somebody aimed with care.
    pub const HAND_HELD: Self = Self { scale: 0.8, rotation: 2.0, tilt: 4.0, blur: 0.7, noise: 5.0, barrel: 0.01 };

    /// Photographs `picture`, each time a little differently.
    #[must_use]
    pub fn of(&self, picture: &GrayImage, chance: &mut Chance) -> GrayImage {
        let mut either_way = |most: f64| (chance.fraction() * 2.0 - 1.0) * most;
        let pose = Pose {
            roll: either_way(self.rotation),
            yaw: either_way(self.tilt),
            pitch: either_way(self.tilt),
            aside: (either_way(3.0), either_way(3.0)),
            ..Pose::straight(self.scale)
        };
        let (width, height) = (f64::from(picture.width()) * self.scale, f64::from(picture.height()) * self.scale);
        // Room for what a rotation and a tilt turn outwards.
        let margin = width.max(height) * (0.05 + self.rotation.to_radians() + self.tilt.to_radians() * 0.3) + 4.0;
        let (columns, rows) = ((width + 2.0 * margin) as u32, (height + 2.0 * margin) as u32);
        let camera = Camera {
            lens: Lens { blur: self.blur, barrel: self.barrel, ..Lens::WEBCAM },
            sensor: Sensor::WEBCAM.with_noise(self.noise),
            ..Camera::ideal(columns, rows, pose)
        };
        let still = |number: usize| (number == 0).then(|| picture.clone());
        // Half a second after the picture appeared: the panel is long settled.
        let mut film = Film::starting(camera, Panel::OFFICE, 1.0, still, 0.5, chance);
        film.next().expect("a frame of a picture that is shown").grey
    }
}

/// Photographs the picture file `from` into `to`, a PNG or JPEG by its name.
pub fn photograph(from: &Path, to: &Path, shot: &Shot, chance: &mut Chance) {
    let picture = image::open(from).unwrap_or_else(|e| panic!("{}: {e}", from.display())).into_luma8();
    let format = if to.extension().is_some_and(|e| e == "jpg") { ImageFormat::Jpeg } else { ImageFormat::Png };
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).expect("a folder for photographs");
    }
    shot.of(&picture, chance).save_with_format(to, format).expect("a photograph");
}

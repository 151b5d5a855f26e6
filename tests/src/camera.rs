//! A simulated photograph of a picture on a screen.
//!
//! It is simulated and says so: a scale, a small rotation and perspective tilt, a defocus blur, a screen's black level,
//! sensor noise and gamma, on a grey background. There is no moiré, no rolling shutter, no reflection and no motion.
//! What reads these pictures still has to prove itself on real ones.

use std::fs;
use std::path::Path;

use image::{GrayImage, ImageFormat, Luma};

use crate::seeds::Chance;

/// How a photograph is taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shot {
    /// Pixels of the photograph for one pixel of the picture.
    pub scale: f64,
    /// Largest rotation in the picture's plane, in degrees, either way.
    pub rotation: f64,
    /// Largest perspective tilt, as the share by which one side is shorter than the other.
    pub tilt: f64,
    /// Standard deviation of the blur, in pixels of the photograph.
    pub blur: f64,
    /// Standard deviation of the noise, in grey levels of 255.
    pub noise: f64,
    /// Exponent of the brightness curve.
    pub gamma: f64,
}

impl Shot {
    /// A hand-held photograph of a screen at which somebody aimed with care.
    pub const HAND_HELD: Self = Self { scale: 0.8, rotation: 2.0, tilt: 0.03, blur: 0.7, noise: 5.0, gamma: 1.2 };

    /// Photographs `picture`, each time a little differently.
    #[must_use]
    pub fn of(&self, picture: &GrayImage, chance: &mut Chance) -> GrayImage {
        let (width, height) = (f64::from(picture.width()) * self.scale, f64::from(picture.height()) * self.scale);
        let margin = width.max(height) * 0.08 + 4.0;
        let mut either_way = |most: f64| (chance.fraction() * 2.0 - 1.0) * most;
        let angle = either_way(self.rotation).to_radians();
        let (tilt_x, tilt_y) = (either_way(self.tilt), either_way(self.tilt));
        let (sin, cos) = angle.sin_cos();
        let columns = (width + 2.0 * margin) as u32;
        let rows = (height + 2.0 * margin) as u32;
        let (half_x, half_y) = (f64::from(columns) / 2.0, f64::from(rows) / 2.0);
        let lit = |x: u32, y: u32| {
            // Backwards from the photograph's pixel to the picture: centre, rotation, perspective, scale.
            let (u, v) = (f64::from(x) + 0.5 - half_x, f64::from(y) + 0.5 - half_y);
            let (u, v) = (u * cos + v * sin, v * cos - u * sin);
            let depth = 1.0 + tilt_x * u / width + tilt_y * v / height;
            let (u, v) = (u / depth / self.scale, v / depth / self.scale);
            let seen = sample(picture, u + f64::from(picture.width()) / 2.0, v + f64::from(picture.height()) / 2.0);
            // A lit screen: black is not black, white is not quite white. Beside it a dim wall.
            seen.map_or(0.35, |level| 0.06 + 0.86 * level)
        };
        let mut light: Vec<f32> =
            (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y))).map(|(x, y)| lit(x, y) as f32).collect();
        blur(&mut light, columns as usize, self.blur);
        let mut photograph = GrayImage::new(columns, rows);
        for (pixel, light) in photograph.pixels_mut().zip(light) {
            let level = f64::from(light).powf(self.gamma) * 255.0 + chance.normal() * self.noise;
            *pixel = Luma([level.clamp(0.0, 255.0) as u8]);
        }
        photograph
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

/// The light at a place of the picture, 0 to 1, between four pixels; nothing beside it.
fn sample(picture: &GrayImage, x: f64, y: f64) -> Option<f64> {
    let (x, y) = (x - 0.5, y - 0.5);
    let (left, top) = (x.floor(), y.floor());
    if left < 0.0 || top < 0.0 || left + 1.0 >= f64::from(picture.width()) || top + 1.0 >= f64::from(picture.height()) {
        return None;
    }
    let (dx, dy) = (x - left, y - top);
    let at = |right: u32, down: u32| f64::from(picture.get_pixel(left as u32 + right, top as u32 + down).0[0]) / 255.0;
    let upper = at(0, 0) * (1.0 - dx) + at(1, 0) * dx;
    let lower = at(0, 1) * (1.0 - dx) + at(1, 1) * dx;
    Some(upper * (1.0 - dy) + lower * dy)
}

/// A Gaussian blur of rows, then columns.
fn blur(light: &mut [f32], columns: usize, deviation: f64) {
    if deviation <= 0.0 {
        return;
    }
    let reach = (deviation * 3.0).ceil() as usize;
    let weights: Vec<f32> =
        (0..=reach).map(|d| (-((d * d) as f64) / (2.0 * deviation * deviation)).exp() as f32).collect();
    let sum = weights[0] + 2.0 * weights[1..].iter().sum::<f32>();
    let rows = light.len() / columns;
    for (count, length, step, stride) in [(rows, columns, 1, columns), (columns, rows, columns, 1)] {
        for line in 0..count {
            let before: Vec<f32> = (0..length).map(|at| light[line * stride + at * step]).collect();
            for at in 0..length {
                let mut total = before[at] * weights[0];
                for (distance, weight) in weights.iter().enumerate().skip(1) {
                    total += weight * (before[at.saturating_sub(distance)] + before[(at + distance).min(length - 1)]);
                }
                light[line * stride + at * step] = total / sum;
            }
        }
    }
}

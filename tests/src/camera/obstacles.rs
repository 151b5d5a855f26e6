//! What is in the camera's way: a finger before its lens, dust on it.

use crate::seeds::Chance;

/// A fingertip that reaches over a part of the lens: a soft, dark, reddish spot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finger {
    /// Where its middle is on the sensor, as a share of width and height. It may be beside the sensor.
    pub place: (f64, f64),
    /// How far it reaches, as a share of the sensor's height.
    pub reach: f64,
    /// The width of its soft edge, as a share of the sensor's height.
    pub softness: f64,
}

impl Finger {
    /// Light of skin in a lit room beside a white panel: red, green, blue.
    pub(super) const LIGHT: [f64; 3] = [0.11, 0.045, 0.03];

    /// How much of the light it keeps from a place of the sensor, 0 to 1.
    pub(super) fn hides(&self, (x, y): (f64, f64), (width, height): (f64, f64)) -> f64 {
        let distance = (x - self.place.0 * width).hypot(y - self.place.1 * height) / height;
        let inside = ((self.reach - distance) / self.softness.max(1e-6) + 0.5).clamp(0.0, 1.0);
        inside * inside * (3.0 - 2.0 * inside)
    }
}

/// Dust on the lens or on the sensor's glass: soft dark specks that stay where they are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dust {
    /// How many specks.
    pub specks: usize,
    /// The largest radius, in pixels of the camera; the smallest is a third of it.
    pub radius: f64,
    /// How much light the middle of a speck takes, 0 to 1.
    pub depth: f64,
}

/// One speck: its place in pixels, its radius.
pub(super) type Speck = (f64, f64, f64);

impl Dust {
    /// Specks by chance on a sensor of this size.
    pub(super) fn fall(&self, (columns, rows): (u32, u32), chance: &mut Chance) -> Vec<Speck> {
        (0..self.specks)
            .map(|_| {
                let place = (chance.fraction() * f64::from(columns), chance.fraction() * f64::from(rows));
                (place.0, place.1, self.radius * (1.0 + 2.0 * chance.fraction()) / 3.0)
            })
            .collect()
    }

    /// The share of the light that passes these specks, for each pixel.
    pub(super) fn passes(&self, specks: &[Speck], (columns, rows): (u32, u32)) -> Vec<f32> {
        let mut passes = vec![1.0_f32; columns as usize * rows as usize];
        for (x, y, radius) in specks {
            let around = |middle: f64, most: u32| {
                let from = (middle - 2.0 * radius).max(0.0) as u32;
                from..((middle + 2.0 * radius).ceil().max(0.0) as u32).min(most)
            };
            for row in around(*y, rows) {
                for column in around(*x, columns) {
                    let distance = (f64::from(column) + 0.5 - x).hypot(f64::from(row) + 0.5 - y) / radius;
                    let taken = self.depth * (-(distance.powi(4))).exp();
                    passes[row as usize * columns as usize + column as usize] *= (1.0 - taken) as f32;
                }
            }
        }
        passes
    }
}

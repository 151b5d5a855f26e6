//! From the screen to the sensor: where each sensor pixel looks, through which lens, and what else shines into it.

use super::grid::{Footprint, Spread, Stripes, SubpixelGrid};
use super::obstacles::Finger;
use super::panel::BEZEL;
use super::plane::{Kernel, Plane, WHITE};

/// Where the camera stands, told by what it sees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pose {
    /// Camera pixels for one panel pixel, in the middle of the picture.
    pub scale: f64,
    /// Turned about the vertical axis, in degrees: left and right side at different distances.
    pub yaw: f64,
    /// Turned about the horizontal axis, in degrees.
    pub pitch: f64,
    /// Turned in the picture's plane, in degrees.
    pub roll: f64,
    /// Where the middle of the panel is seen, in camera pixels from the middle of the sensor.
    pub aside: (f64, f64),
}

impl Pose {
    /// Straight before the panel.
    #[must_use]
    pub fn straight(scale: f64) -> Self {
        Self { scale, yaw: 0.0, pitch: 0.0, roll: 0.0, aside: (0.0, 0.0) }
    }
}

/// A lens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lens {
    /// Degrees it sees across.
    pub view: f64,
    /// Barrel distortion: how far a corner is drawn inwards, as a share of its distance from the middle.
    pub barrel: f64,
    /// Deviation of the spot that a point of light makes, in camera pixels: defocus and the lens itself.
    pub blur: f64,
    /// Share of the light that is missing in the corners.
    pub vignetting: f64,
}

impl Lens {
    /// A good webcam's, well focused.
    pub const WEBCAM: Self = Self { view: 65.0, barrel: 0.015, blur: 0.6, vignetting: 0.3 };
    /// A pinhole.
    pub const IDEAL: Self = Self { view: 60.0, barrel: 0.0, blur: 0.0, vignetting: 0.0 };
}

/// A lamp mirrored in the screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Glare {
    /// Where on the sensor, as a share of its width and height.
    pub place: (f64, f64),
    /// Deviation of the spot, as a share of the sensor's height.
    pub size: f64,
    /// Its light in the middle, beside that of a white panel.
    pub light: f64,
}

/// Where one sensor pixel looks.
#[derive(Debug, Clone, Copy)]
struct Look {
    /// The upper left of the four panel pixels around the place, or [`WALL`].
    place: u32,
    /// How far the place is right of and below it, in 1/256.
    right: u8,
    down: u8,
    /// Share of the light that arrives, in 1/65536.
    gain: u16,
}

/// Beside the screen.
const WALL: u32 = u32::MAX;
/// The light of the wall beside a white panel.
const WALL_LIGHT: f64 = 0.12;

/// A lens before a panel: everything that stays the same from frame to frame.
pub(super) struct Projection {
    columns: usize,
    looks: Vec<Look>,
    glare: Vec<u16>,
    /// How much of a pixel's light is that of a finger instead, in 1/65536.
    skin: Vec<u16>,
    aperture: Option<Kernel>,
    spot: Option<Kernel>,
    panel: (usize, usize),
    inverse: [[f64; 3]; 3],
    lens: Lens,
}

impl Projection {
    /// A camera of this size before a panel that shows pictures of `panel` pixels.
    pub(super) fn new(
        (columns, rows): (u32, u32),
        panel: (u32, u32),
        pose: &Pose,
        lens: &Lens,
        glare: Option<&Glare>,
    ) -> Self {
        let (width, height) = (f64::from(columns), f64::from(rows));
        let focal = width / 2.0 / (lens.view / 2.0).to_radians().tan();
        let mut projection = Self {
            columns: columns as usize,
            looks: Vec::with_capacity(columns as usize * rows as usize),
            glare: Vec::new(),
            skin: Vec::new(),
            // A pixel takes the light of its whole area. Reading between four panel pixels already spreads light by a
            // variance of 1/6; a box has 1/12 of its width squared.
            aperture: Kernel::boxed((pose.scale.powi(-2) - 2.0).max(0.0).sqrt()),
            spot: Kernel::gaussian(lens.blur),
            panel: (panel.0 as usize + 2 * BEZEL, panel.1 as usize + 2 * BEZEL),
            inverse: inverse(&onto_sensor(pose, focal, width, height)),
            lens: *lens,
        };
        for row in 0..rows {
            for column in 0..columns {
                let look = projection.look(f64::from(column) + 0.5, f64::from(row) + 0.5, width, height);
                projection.looks.push(look);
            }
        }
        if let Some(glare) = glare {
            let spread = 2.0 * (glare.size * height).powi(2);
            let light = |column: u32, row: u32| {
                let (x, y) = (f64::from(column) - glare.place.0 * width, f64::from(row) - glare.place.1 * height);
                (glare.light * (-(x * x + y * y) / spread).exp() * WHITE).min(65_535.0) as u16
            };
            projection.glare =
                (0..rows).flat_map(|r| (0..columns).map(move |c| (c, r))).map(|(c, r)| light(c, r)).collect();
        }
        projection
    }

    /// The same behind a finger and behind what lets only these shares of the light pass.
    pub(super) fn behind(mut self, finger: Option<&Finger>, passes: Option<&[f32]>) -> Self {
        let columns = self.columns;
        let rows = self.looks.len() / columns.max(1);
        let place = |at: usize| ((at % columns) as f64 + 0.5, (at / columns) as f64 + 0.5);
        if let Some(finger) = finger {
            let size = (columns as f64, rows as f64);
            self.skin = (0..self.looks.len()).map(|at| (finger.hides(place(at), size) * 65_535.0) as u16).collect();
        }
        for (at, look) in self.looks.iter_mut().enumerate() {
            let passed = passes.map_or(1.0, |passes| f64::from(passes[at]));
            let free = 65_535.0 - f64::from(self.skin.get(at).copied().unwrap_or(0));
            look.gain = (f64::from(look.gain) * passed * free / 65_535.0) as u16;
        }
        self
    }

    /// Whether the sensor looks beside the panel here.
    pub(super) fn is_wall(&self, column: usize, row: usize) -> bool {
        self.looks[row * self.columns + column].place == WALL
    }

    /// The place of the panel, in its pixels from the upper left of the bezel, that is seen at a place of the sensor.
    fn seen(&self, x: f64, y: f64, width: f64, height: f64) -> (f64, f64) {
        let (x, y) = (x - width / 2.0, y - height / 2.0);
        let corner = (x * x + y * y) / (width * width + height * height) * 4.0;
        let straight = 1.0 + self.lens.barrel * corner;
        let ray = [x * straight, y * straight, 1.0];
        let [u, v, w] = self.inverse.map(|line| line[0] * ray[0] + line[1] * ray[1] + line[2] * ray[2]);
        if w.abs() < 1e-12 {
            return (f64::MIN, f64::MIN);
        }
        (u / w + self.panel.0 as f64 / 2.0, v / w + self.panel.1 as f64 / 2.0)
    }

    fn look(&self, x: f64, y: f64, width: f64, height: f64) -> Look {
        let corner = ((x / width - 0.5).powi(2) * width * width + (y / height - 0.5).powi(2) * height * height)
            / (width * width + height * height)
            * 4.0;
        let gain = ((1.0 - self.lens.vignetting * corner).max(0.0) * 65_535.0) as u16;
        let (u, v) = self.seen(x, y, width, height);
        let (u, v) = (u - 0.5, v - 0.5);
        if !(u >= 0.0 && v >= 0.0 && u < (self.panel.0 - 1) as f64 && v < (self.panel.1 - 1) as f64) {
            return Look { place: WALL, right: 0, down: 0, gain };
        }
        let place = v as usize * self.panel.0 + u as usize;
        Look { place: place as u32, right: (u.fract() * 256.0) as u8, down: (v.fract() * 256.0) as u8, gain }
    }

    /// How far down the panel (0 to 1) the sensor looks at this place; beside the panel the nearest edge counts.
    pub(super) fn share_down(&self, column: usize, row: usize) -> f64 {
        let (width, height) = (self.columns as f64, (self.looks.len() / self.columns) as f64);
        let (_, v) = self.seen(column as f64 + 0.5, row as f64 + 0.5, width, height);
        (v / self.panel.1 as f64).clamp(0.0, 1.0)
    }

    /// The light that falls on the sensor when the panel gives this light for ever.
    pub(super) fn cast(&self, panel: &Plane) -> Plane {
        assert_eq!((panel.columns, panel.rows()), self.panel, "all shown pictures have one size");
        let filtered = self.aperture.as_ref().map(|aperture| aperture.convolve(panel));
        let source = filtered.as_ref().unwrap_or(panel);
        let below = source.columns;
        let wall = (WALL_LIGHT * WHITE) as u32;
        let between = |look: &Look| {
            if look.place == WALL {
                return wall;
            }
            let four = &source.light[look.place as usize..][..below + 2];
            let (right, down) = (u32::from(look.right), u32::from(look.down));
            let upper = u32::from(four[0]) * (256 - right) + u32::from(four[1]) * right;
            let lower = u32::from(four[below]) * (256 - right) + u32::from(four[below + 1]) * right;
            ((upper >> 4) * (256 - down) + (lower >> 4) * down) >> 12
        };
        let light = self.looks.iter().map(|look| ((between(look) * u32::from(look.gain)) >> 16) as u16).collect();
        let sharp = Plane { columns: self.columns, light };
        let plane = self.spot.as_ref().map_or(sharp.clone(), |spot| spot.convolve(&sharp));
        self.with_foreign_light(plane, brightness(Finger::LIGHT))
    }

    /// The light of each colour that falls on the sensor when this grid of subpixels gives this light for ever.
    pub(super) fn cast_grid(&self, panel: &Plane, grid: SubpixelGrid) -> [Plane; 3] {
        assert_eq!((panel.columns, panel.rows()), self.panel, "all shown pictures have one size");
        let (width, height) = (self.columns as f64, (self.looks.len() / self.columns) as f64);
        let (stripes, spread) = (Stripes::new(panel, grid), Spread::new(self.lens.blur));
        let mut planes = [(); 3].map(|()| Plane { columns: self.columns, light: Vec::with_capacity(self.looks.len()) });
        for (at, look) in self.looks.iter().enumerate() {
            let light = if look.place == WALL {
                [WALL_LIGHT * WHITE; 3]
            } else {
                let (x, y) = ((at % self.columns) as f64 + 0.5, (at / self.columns) as f64 + 0.5);
                let place = self.seen(x, y, width, height);
                let (beside, below) = (self.seen(x + 1.0, y, width, height), self.seen(x, y + 1.0, width, height));
                let step =
                    ((beside.0 - place.0).hypot(below.0 - place.0), (beside.1 - place.1).hypot(below.1 - place.1));
                stripes.light(&Footprint { place, step }, &spread)
            };
            let gain = f64::from(look.gain) / 65_536.0;
            for (plane, light) in planes.iter_mut().zip(light) {
                plane.light.push((light * gain).clamp(0.0, 65_535.0) as u16);
            }
        }
        let mut colour = 0..3;
        planes.map(|plane| self.with_foreign_light(plane, Finger::LIGHT[colour.next().expect("three colours")]))
    }

    /// The plane with the lamp in the screen and with a finger of this light.
    pub(super) fn with_foreign_light(&self, mut plane: Plane, finger: f64) -> Plane {
        for (light, glare) in plane.light.iter_mut().zip(&self.glare) {
            *light = light.saturating_add(*glare);
        }
        for (light, skin) in plane.light.iter_mut().zip(&self.skin) {
            *light = light.saturating_add((f64::from(*skin) / 65_535.0 * finger * WHITE) as u16);
        }
        plane
    }
}

/// The brightness of light of three colours.
pub(super) fn brightness([red, green, blue]: [f64; 3]) -> f64 {
    0.299 * red + 0.587 * green + 0.114 * blue
}

/// The homography from the panel (pixels from its middle) to the sensor (pixels from its middle).
fn onto_sensor(pose: &Pose, focal: f64, width: f64, height: f64) -> [[f64; 3]; 3] {
    let (yaw, pitch, roll) = (pose.yaw.to_radians(), pose.pitch.to_radians(), pose.roll.to_radians());
    // The panel's axes as the camera sees them: turned by yaw, then pitch, then roll.
    let turn = |[x, y, z]: [f64; 3]| {
        let [x, z] = [x * yaw.cos() + z * yaw.sin(), z * yaw.cos() - x * yaw.sin()];
        let [y, z] = [y * pitch.cos() - z * pitch.sin(), z * pitch.cos() + y * pitch.sin()];
        [x * roll.cos() - y * roll.sin(), y * roll.cos() + x * roll.sin(), z]
    };
    let (across, down) = (turn([1.0, 0.0, 0.0]), turn([0.0, 1.0, 0.0]));
    let distance = focal / pose.scale;
    let aside = [pose.aside.0.clamp(-width, width) / pose.scale, pose.aside.1.clamp(-height, height) / pose.scale];
    [
        [focal * across[0], focal * down[0], focal * aside[0]],
        [focal * across[1], focal * down[1], focal * aside[1]],
        [across[2], down[2], distance],
    ]
}

/// The inverse of a 3 × 3 matrix, up to a factor.
fn inverse(m: &[[f64; 3]; 3]) -> [[f64; 3]; 3] {
    let minor = |r: usize, c: usize| {
        let (r1, r2, c1, c2) = ((r + 1) % 3, (r + 2) % 3, (c + 1) % 3, (c + 2) % 3);
        m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1]
    };
    [0, 1, 2].map(|row| [0, 1, 2].map(|column| minor(column, row)))
}

#[cfg(test)]
mod tests {
    use super::{Lens, Pose, Projection};
    use crate::camera::plane::Plane;

    fn seen(pose: &Pose, lens: &Lens, x: f64, y: f64) -> (f64, f64) {
        let projection = Projection::new((400, 300), (200, 100), pose, lens, None);
        let (u, v) = projection.seen(x, y, 400.0, 300.0);
        (u - projection.panel.0 as f64 / 2.0, v - projection.panel.1 as f64 / 2.0)
    }

    #[test]
    fn the_middle_is_seen_in_the_middle_at_the_scale_asked_for() {
        let pose = Pose { yaw: 8.0, pitch: -5.0, roll: 3.0, ..Pose::straight(2.0) };
        let (u, v) = seen(&pose, &Lens::IDEAL, 200.0, 150.0);
        assert!(u.abs() < 1e-9 && v.abs() < 1e-9, "{u} {v}");
        let (u, v) = seen(&Pose::straight(2.0), &Lens::IDEAL, 220.0, 130.0);
        assert!((u - 10.0).abs() < 1e-9 && (v + 10.0).abs() < 1e-9, "{u} {v}");
    }

    #[test]
    fn a_turned_panel_is_nearer_on_one_side() {
        let pose = Pose { yaw: 10.0, ..Pose::straight(1.0) };
        let (left, right) = (seen(&pose, &Lens::IDEAL, 100.0, 150.0).0, seen(&pose, &Lens::IDEAL, 300.0, 150.0).0);
        assert!((left.abs() - right.abs()).abs() > 5.0, "{left} {right}");
    }

    #[test]
    fn a_barrel_lens_shows_more_in_the_corners() {
        let lens = Lens { barrel: 0.05, ..Lens::IDEAL };
        let (u, v) = seen(&Pose::straight(1.0), &lens, 0.0, 0.0);
        assert!((u + 210.0).abs() < 1e-6 && (v + 157.5).abs() < 1e-6, "{u} {v}");
    }

    #[test]
    fn corners_get_less_light_and_glare_gets_more() {
        let lens = Lens { vignetting: 0.5, ..Lens::IDEAL };
        let glare = super::Glare { place: (0.25, 0.5), size: 0.1, light: 1.0 };
        let projection = Projection::new((400, 300), (400, 300), &Pose::straight(1.0), &lens, Some(&glare));
        let (columns, rows) = projection.panel;
        let cast = projection.cast(&Plane { columns, light: vec![8_000; columns * rows] });
        assert!((3_900..4_200).contains(&cast.light[0]), "{}", cast.light[0]);
        assert!(cast.light[150 * 400 + 100] > 20_000 && cast.light[150 * 400 + 300] < 8_000);
    }
}

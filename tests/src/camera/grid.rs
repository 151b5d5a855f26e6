//! The grid of a panel's subpixels before a sensor: where moiré comes from.
//!
//! A pixel of the panel is three upright stripes, red, green and blue, with dark gaps. A pixel of the camera takes the
//! light of an area of about the same size. So a slow beat is left between the two grids, in brightness and in colour.
//!
//! The light of any upright rectangle of the panel is computed exactly, from sums over all pixels left of and above a
//! place. Nothing is sampled on the panel, so that every beat in a picture is one that the camera makes. What a camera's
//! pixel sees through its lens is a weighted grid of such rectangles, each at most [`CELL`] of its own pixels wide.

use super::plane::Plane;

/// The stripes of a panel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SubpixelGrid {
    /// The dark gap between two stripes, as a share of a pixel's width.
    pub gap: f64,
    /// The dark gap between two rows of pixels, as a share of a pixel's height.
    pub row_gap: f64,
}

impl SubpixelGrid {
    /// An ordinary office monitor.
    pub const OFFICE: Self = Self { gap: 0.07, row_gap: 0.18 };

    /// How much of a pixel's light of this colour (0 red, 1 green, 2 blue) lies left of this share of its width.
    fn left_of(&self, share: f64, colour: usize) -> f64 {
        let begin = colour as f64 / 3.0 + self.gap / 2.0;
        ((share - begin) / (1.0 / 3.0 - self.gap)).clamp(0.0, 1.0)
    }

    /// How much of a pixel's light lies above this share of its height.
    fn above(&self, share: f64) -> f64 {
        ((share - self.row_gap / 2.0) / (1.0 - self.row_gap)).clamp(0.0, 1.0)
    }
}

/// The widest rectangle, in pixels of the camera. Wider ones would let beats through that a lens hides.
const CELL: f64 = 0.6;
/// Most rectangles in a row and in a column: softer lenses have wider ones, and show no grid anyway.
const CELLS_MAX: usize = 14;

/// What one pixel of the camera sees: its own area, spread by the lens.
#[derive(Debug, Clone)]
pub(super) struct Spread {
    /// The borders of the cells, in pixels of the camera from the pixel's middle.
    borders: Vec<f64>,
    /// The share of the light that comes from each cell, in one direction.
    weights: Vec<f64>,
}

impl Spread {
    /// A pixel behind a lens that spreads light with this deviation, in pixels of the camera.
    pub(super) fn new(blur: f64) -> Self {
        let reach = 0.5 + 3.0 * blur;
        let cells = ((2.0 * reach / CELL).ceil() as usize).clamp(1, CELLS_MAX);
        let border = |at: usize| reach * (2.0 * at as f64 / cells as f64 - 1.0);
        // The box of the pixel and the bell of the lens, one over the other, at this distance from the middle.
        let density = |distance: f64| {
            let parts = 32;
            let deviation = blur.max(0.02);
            let bell = |part: u32| {
                let from = distance - 0.5 + (f64::from(part) + 0.5) / f64::from(parts);
                (-from * from / (2.0 * deviation * deviation)).exp()
            };
            (0..parts).map(bell).sum::<f64>()
        };
        let weight = |at: usize| {
            let (from, to) = (border(at), border(at + 1));
            (0..16).map(|part| density(from + (to - from) * (f64::from(part) + 0.5) / 16.0)).sum::<f64>()
        };
        let weights: Vec<f64> = (0..cells).map(weight).collect();
        let whole: f64 = weights.iter().sum();
        let weights = weights.iter().map(|weight| weight / whole).collect();
        Self { borders: (0..=cells).map(border).collect(), weights }
    }

    /// The width of a cell.
    fn cell(&self) -> f64 {
        self.borders[1] - self.borders[0]
    }
}

/// A panel's picture as sums of light.
pub(super) struct Stripes {
    grid: SubpixelGrid,
    columns: usize,
    rows: usize,
    /// The light of all pixels left of and above each corner of a pixel, row by row.
    sums: Vec<f64>,
}

/// A place of the panel and how far the next pixel of the camera is from there, in pixels of the panel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Footprint {
    pub(super) place: (f64, f64),
    pub(super) step: (f64, f64),
}

impl Stripes {
    pub(super) fn new(panel: &Plane, grid: SubpixelGrid) -> Self {
        let (columns, rows) = (panel.columns, panel.rows());
        let across = columns + 1;
        let mut sums = vec![0.0; across * (rows + 1)];
        for row in 0..rows {
            let (above, below) = sums.split_at_mut((row + 1) * across);
            let above = &above[row * across..];
            let mut of_row = 0.0;
            for (at, light) in panel.row(row).iter().enumerate() {
                of_row += f64::from(*light);
                below[at + 1] = above[at + 1] + of_row;
            }
        }
        Self { grid, columns, rows, sums }
    }

    /// The light of each colour that one pixel of the camera gets.
    pub(super) fn light(&self, footprint: &Footprint, spread: &Spread) -> [f64; 3] {
        let Footprint { place: (u, v), step } = *footprint;
        let place = |at: f64, most: usize| {
            let at = at.clamp(0.0, most as f64 - 1e-6);
            (at as usize, at.fract())
        };
        let mut columns = [(0_usize, [0.0_f64; 3]); CELLS_MAX + 1];
        for (column, border) in columns.iter_mut().zip(&spread.borders) {
            let (at, share) = place(u + border * step.0, self.columns);
            *column = (at, std::array::from_fn(|colour| self.grid.left_of(share, colour)));
        }
        let columns = &columns[..spread.borders.len()];
        let mut light = [0.0_f64; 3];
        let mut above = [0.0_f64; 3];
        for (number, border) in spread.borders.iter().enumerate() {
            let (row, share) = place(v + border * step.1, self.rows);
            let down = self.grid.above(share);
            let (upper, lower) = (row * (self.columns + 1), (row + 1) * (self.columns + 1));
            // What lies above this border, each cell of the row with its weight.
            let mut here = [0.0_f64; 3];
            let mut before = [0.0_f64; 3];
            for (at, (column, right)) in columns.iter().enumerate() {
                let left = self.sums[upper + column] * (1.0 - down) + self.sums[lower + column] * down;
                let next = self.sums[upper + column + 1] * (1.0 - down) + self.sums[lower + column + 1] * down;
                let sums = right.map(|right| left * (1.0 - right) + next * right);
                if at > 0 {
                    for colour in 0..3 {
                        here[colour] += (sums[colour] - before[colour]) * spread.weights[at - 1];
                    }
                }
                before = sums;
            }
            if number > 0 {
                for colour in 0..3 {
                    light[colour] += (here[colour] - above[colour]) * spread.weights[number - 1];
                }
            }
            above = here;
        }
        let area = spread.cell().powi(2) * step.0 * step.1;
        light.map(|light| light / area)
    }
}

#[cfg(test)]
mod tests {
    use super::{Footprint, Spread, Stripes, SubpixelGrid};
    use crate::camera::plane::Plane;

    fn white() -> Stripes {
        Stripes::new(&Plane { columns: 60, light: vec![10_000; 60 * 60] }, SubpixelGrid::OFFICE)
    }

    #[test]
    fn a_stripe_has_its_own_colour_and_nothing_of_the_others() {
        let narrow = Spread::new(0.0);
        // A camera pixel that sees a twentieth of a panel pixel's width.
        let seen = |share: f64| {
            white().light(&Footprint { place: (20.0 + share, 20.5), step: (0.05, 0.05) }, &narrow).map(|l| l as u32)
        };
        for (share, colour) in [(1.0 / 6.0, 0), (0.5, 1), (5.0 / 6.0, 2)] {
            let light = seen(share);
            assert!(light[colour] > 30_000, "all the light of the colour on a third of the width: {light:?}");
            assert_eq!(light.iter().sum::<u32>(), light[colour], "{light:?}");
        }
        assert_eq!(seen(1.0 / 3.0), [0, 0, 0], "the gap");
    }

    #[test]
    fn the_mean_over_many_pixels_is_the_light_of_the_panel() {
        let spread = Spread::new(0.4);
        let mut sums = [0.0; 3];
        for at in 0..400 {
            let place = (10.0 + f64::from(at % 20) * 1.35, 10.0 + f64::from(at / 20) * 1.35);
            let light = white().light(&Footprint { place, step: (1.35, 1.35) }, &spread);
            sums.iter_mut().zip(light).for_each(|(sum, light)| *sum += light / 400.0);
        }
        assert!(sums.iter().all(|mean| (mean / 10_000.0 - 1.0).abs() < 0.02), "{sums:?}");
    }

    #[test]
    fn the_grids_beat_and_a_soft_lens_hides_it() {
        let depth = |blur: f64| {
            let (stripes, spread) = (white(), Spread::new(blur));
            let along = |at: u32| {
                let place = (8.0 + f64::from(at) * 0.62, 20.0);
                stripes.light(&Footprint { place, step: (0.62, 0.62) }, &spread)[1]
            };
            let seen: Vec<f64> = (0..60).map(along).collect();
            let most = seen.iter().copied().fold(f64::MIN, f64::max);
            (most - seen.iter().copied().fold(f64::MAX, f64::min)) / 10_000.0
        };
        let (sharp, soft) = (depth(0.2), depth(1.2));
        assert!(sharp > 0.3 && soft < 0.05, "{sharp} {soft}");
    }
}

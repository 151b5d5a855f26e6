//! Places in a picture, and the map from a flat symbol's modules to them.

use std::ops::{Add, Mul, Sub};

use serde::{Deserialize, Serialize};

/// A place or a distance, in pixels; (0, 0) is the picture's upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// Downwards.
    pub y: f32,
}

impl Point {
    /// The place (`x`, `y`).
    #[must_use]
    pub(crate) const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    /// The corners of a square of `side` at (0, 0): upper left, upper right, lower right, lower left.
    #[must_use]
    pub(crate) const fn square(side: f32) -> [Self; 4] {
        [Self::new(0.0, 0.0), Self::new(side, 0.0), Self::new(side, side), Self::new(0.0, side)]
    }

    /// The middle of an outline.
    #[must_use]
    pub(crate) fn middle_of(outline: &[Self; 4]) -> Self {
        outline.iter().fold(Self::default(), |sum, corner| sum + *corner) * 0.25
    }

    /// Its distance from (0, 0).
    #[must_use]
    pub fn length(self) -> f32 {
        self.x.hypot(self.y)
    }

    /// Whether both coordinates are numbers.
    #[must_use]
    pub(crate) fn is_finite(self) -> bool {
        self.x.is_finite() && self.y.is_finite()
    }
}

impl Add for Point {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::new(self.x + other.x, self.y + other.y)
    }
}

impl Sub for Point {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y)
    }
}

impl Mul<f32> for Point {
    type Output = Self;

    fn mul(self, by: f32) -> Self {
        Self::new(self.x * by, self.y * by)
    }
}

/// Whether `at` is inside an outline, whichever way round it goes.
pub(super) fn is_inside(outline: &[Point; 4], at: Point) -> bool {
    let mut next = outline.iter().cycle().skip(1);
    let sides = outline.iter().filter(|corner| {
        let (along, to) = (*next.next().unwrap_or(corner) - **corner, at - **corner);
        along.x * to.y - along.y * to.x > 0.0
    });
    matches!(sides.count(), 0 | 4)
}

/// A count of modules or patterns, to calculate with.
#[expect(clippy::cast_precision_loss, reason = "below 40,000")]
pub(super) const fn length(count: usize) -> f32 {
    count as f32
}

/// Sizes of a module, in pixels, that can be read and are plausible.
const STEP: std::ops::Range<f32> = 0.5..200.0;

/// A perspective map: (u, v) goes to ((a·u + b·v + c) / w, (d·u + e·v + f) / w) with w = g·u + h·v + 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Homography([f32; 8]);

impl Homography {
    /// The map that moves `from` to `to` with the least sum of squares; `None` if they do not determine one. With
    /// three pairs it is affine, with more it is perspective.
    pub(super) fn fit(pairs: &[(Point, Point)]) -> Option<Self> {
        let unknowns = match pairs.len() {
            0..=2 => return None,
            3 => 6,
            _ => 8,
        };
        // Moved to the middle and scaled, else the sums lose their digits.
        let (from, from_scale) = frame(pairs.iter().map(|pair| pair.0))?;
        let (to, to_scale) = frame(pairs.iter().map(|pair| pair.1))?;
        let mut sums = [[0.0_f64; 9]; 8];
        for (source, target) in pairs {
            let (u, v) = (f64::from(source.x - from.x) / from_scale, f64::from(source.y - from.y) / from_scale);
            let (x, y) = (f64::from(target.x - to.x) / to_scale, f64::from(target.y - to.y) / to_scale);
            for row in [[u, v, 1.0, 0.0, 0.0, 0.0, -u * x, -v * x, x], [0.0, 0.0, 0.0, u, v, 1.0, -u * y, -v * y, y]] {
                for (factor, sum) in row.iter().zip(&mut sums) {
                    sum.iter_mut().zip(row).for_each(|(sum, other)| *sum += factor * other);
                }
            }
        }
        let [a, b, c, d, e, f, g, h] = solve(sums, unknowns)?;
        // Back: (u, v) → normalised → mapped → pixels.
        let (fx, fy) = (f64::from(from.x), f64::from(from.y));
        let (tx, ty) = (f64::from(to.x), f64::from(to.y));
        let back = |p: f64, q: f64, r: f64| (p / from_scale, q / from_scale, r - (p * fx + q * fy) / from_scale);
        let (g, h, w) = back(g, h, 1.0);
        let (a, b, c) = back(a, b, c);
        let (d, e, f) = back(d, e, f);
        let x = [a * to_scale + g * tx, b * to_scale + h * tx, c * to_scale + w * tx];
        let y = [d * to_scale + g * ty, e * to_scale + h * ty, f * to_scale + w * ty];
        let [xa, xb, xc] = x.map(|number| single(number / w));
        let [ya, yb, yc] = y.map(|number| single(number / w));
        let map = [xa, xb, xc, ya, yb, yc, single(g / w), single(h / w)];
        map.iter().all(|number| number.is_finite()).then_some(Self(map))
    }

    /// The map that moves a square of `side` at (0, 0) to an outline.
    pub(super) fn from_square(side: f32, outline: &[Point; 4]) -> Option<Self> {
        let pairs: Vec<(Point, Point)> = Point::square(side).into_iter().zip(*outline).collect();
        Self::fit(&pairs)
    }

    /// The same map with columns for rows.
    pub(super) fn transposed(&self) -> Self {
        let [a, b, c, d, e, f, g, h] = self.0;
        Self([b, a, c, e, d, f, h, g])
    }

    /// The same map onto a picture `by` times as large.
    pub(super) fn scaled(&self, by: f32) -> Self {
        let [a, b, c, d, e, f, g, h] = self.0;
        Self([a * by, b * by, c * by, d * by, e * by, f * by, g, h])
    }

    /// One module to the right and one down at `at`, in pixels; `None` if no symbol is seen like that.
    pub(super) fn steps(&self, at: Point) -> Option<(Point, Point)> {
        let right = self.map(at.x + 0.5, at.y) - self.map(at.x - 0.5, at.y);
        let down = self.map(at.x, at.y + 0.5) - self.map(at.x, at.y - 0.5);
        [right, down].iter().all(|step| STEP.contains(&step.length())).then_some((right, down))
    }

    /// Where (`u`, `v`) goes.
    pub(super) fn map(&self, u: f32, v: f32) -> Point {
        let [a, b, c, d, e, f, g, h] = self.0;
        let w = 1.0 / (g * u + h * v + 1.0);
        Point::new((a * u + b * v + c) * w, (d * u + e * v + f) * w)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the rest works with seven digits")]
const fn single(number: f64) -> f32 {
    number as f32
}

/// The centre of some places, and their mean distance from it.
fn frame(points: impl Iterator<Item = Point> + Clone) -> Option<(Point, f64)> {
    let count = points.clone().fold(0.0_f32, |count, _| count + 1.0);
    let middle = points.clone().fold(Point::default(), Point::add) * (1.0 / count);
    let spread = points.fold(0.0, |sum, point| sum + (point - middle).length()) / count;
    (spread.is_finite() && spread > 1e-3).then_some((middle, f64::from(spread)))
}

/// Solves the normal equations for the first `unknowns`; the others are 0.
fn solve(mut rows: [[f64; 9]; 8], unknowns: usize) -> Option<[f64; 8]> {
    for at in 0..unknowns {
        let pivot = (at..unknowns).max_by(|a, b| entry(&rows, *a, at).abs().total_cmp(&entry(&rows, *b, at).abs()))?;
        rows.swap(at, pivot);
        let chosen = *rows.get(at)?;
        let head = *chosen.get(at)?;
        if head.abs() < 1e-12 {
            return None;
        }
        for row in rows.iter_mut().skip(at + 1) {
            let factor = row.get(at)? / head;
            row.iter_mut().zip(chosen).skip(at).for_each(|(number, above)| *number -= factor * above);
        }
    }
    let mut found = [0.0; 8];
    for at in (0..unknowns).rev() {
        let row = rows.get(at)?;
        let known: f64 = row.iter().zip(found).take(unknowns).skip(at + 1).map(|(factor, value)| factor * value).sum();
        *found.get_mut(at)? = (row.last()? - known) / row.get(at)?;
    }
    Some(found)
}

fn entry(rows: &[[f64; 9]; 8], row: usize, column: usize) -> f64 {
    rows.get(row).and_then(|row| row.get(column)).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::{Homography, Point, is_inside};

    #[test]
    fn the_middle_of_an_outline_is_inside_whichever_way_round_it_goes_and_what_is_beside_it_is_not() {
        let mut outline = Point::square(10.0).map(|corner| corner + Point::new(3.0, 4.0));
        for _ in 0..2 {
            assert_eq!(Point::middle_of(&outline), Point::new(8.0, 9.0));
            assert!(is_inside(&outline, Point::middle_of(&outline)));
            assert!(!is_inside(&outline, Point::new(2.0, 9.0)) && !is_inside(&outline, Point::new(8.0, 15.0)));
            outline.reverse();
        }
    }

    #[test]
    fn a_step_that_no_symbol_has_is_none() {
        let map = |side: f32| Homography::from_square(100.0, &Point::square(side)).unwrap();
        let (right, down) = map(400.0).steps(Point::new(50.0, 50.0)).unwrap();
        assert!((right - Point::new(4.0, 0.0)).length() < 0.01 && (down - Point::new(0.0, 4.0)).length() < 0.01);
        for side in [40.0, 30_000.0] {
            assert_eq!(map(side).steps(Point::new(50.0, 50.0)), None);
        }
    }

    #[test]
    fn four_pairs_determine_a_perspective_map_and_more_agree_with_it() {
        let places = [(500.0, 100.0), (1400.0, 150.0), (1350.0, 1000.0), (520.0, 950.0)].map(|(x, y)| Point::new(x, y));
        let map = Homography::from_square(177.0, &places).unwrap();
        for (corner, place) in Point::square(177.0).into_iter().zip(places) {
            assert!((map.map(corner.x, corner.y) - place).length() < 0.01);
        }
        let many: Vec<_> = (0..40)
            .map(|n| Point::new((n * 37 % 177) as f32, (n * 71 % 177) as f32))
            .map(|from| (from, map.map(from.x, from.y)))
            .collect();
        let again = Homography::fit(&many).unwrap();
        assert!((again.map(88.0, 33.0) - map.map(88.0, 33.0)).length() < 0.05);
    }

    #[test]
    fn three_pairs_determine_an_affine_map_and_a_line_none() {
        let pairs = [(0.0, 0.0, 10.0, 20.0), (100.0, 0.0, 210.0, 20.0), (0.0, 100.0, 10.0, 320.0)]
            .map(|(u, v, x, y)| (Point::new(u, v), Point::new(x, y)));
        let map = Homography::fit(&pairs).unwrap();
        assert!((map.map(100.0, 100.0) - Point::new(210.0, 320.0)).length() < 0.01);
        let line = [0.0, 1.0, 2.0, 3.0].map(|at| (Point::new(at, at), Point::new(at * 5.0, at)));
        assert_eq!(Homography::fit(&line), None);
        assert_eq!(Homography::fit(&[(Point::default(), Point::default()); 5]), None);
    }
}

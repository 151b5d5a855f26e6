//! Where the modules of one symbol are in a picture: a flat map, and how far the paper or the lens bends away from it.
//!
//! ```text
//!   F · · A · · F      F finder, A alignment pattern: each is looked for where the others predict it.
//!   · · · · · · ·      All that are seen give the flat map by least squares; what is left over at each
//!   A · · A · · A      is spread between them, so a bent sheet or a wide-angle lens still reads.
//!   F · · A · · A
//! ```

use super::geometry::{Homography, Point, length};
use super::grey_picture::GreyPicture;
use super::layout::Layout;
use super::pattern::{Seen, look_for_alignment, look_for_finder};

/// One symbol's place in a picture.
#[derive(Debug, Clone)]
pub(super) struct Mesh {
    pub(super) layout: &'static Layout,
    flat: Homography,
    /// Upper left, upper right, lower left finder.
    finders: [Knot; 3],
    /// Alignment patterns row by row, `centres` × `centres`; the three that are under finders follow those.
    knots: Vec<Knot>,
    /// Light minus dark in the finders.
    pub(super) contrast: f32,
    /// The same on average where alignment patterns should be.
    inner_contrast: f32,
}

/// A pattern whose place is known.
#[derive(Debug, Clone, Copy)]
struct Knot {
    /// Its middle, in modules.
    module: Point,
    /// Its middle, in pixels.
    at: Point,
    /// How far that is from where the flat map puts it.
    bend: Point,
    seen: bool,
}

/// Modules around the expected place in which an alignment pattern is looked for: at first, and while tracking.
const REACH_FIRST: f32 = 2.5;
const REACH_AGAIN: f32 = 1.0;
/// The same for finders; the second is for a hand that moved.
const FINDER_REACH: f32 = 1.5;
const FINDER_REACH_FAR: f32 = 9.0;
/// The share of the finders' contrast that an alignment pattern has at least.
const CONTRAST_SHARE_MIN: f32 = 0.22;
/// A pattern may be this many modules away from where those on both sides of it predict it.
const STRAY_MAX: f32 = 1.0;
/// Below this share of its last contrast, a pattern is no longer where it was.
const LOST_SHARE: f32 = 0.6;
/// Alignment patterns that are seen, from which on a finder that is not seen is not guessed at.
const PATTERNS_ENOUGH: usize = 3;
/// A finder has at least this many grey levels between light and dark.
const CONTRAST_MIN: f32 = 12.0;

impl Mesh {
    /// The mesh of a symbol of `layout` whose finders have their middles at about `finders` (upper left, upper right,
    /// lower left). Nothing where they are not there.
    pub(super) fn from_finders(picture: &GreyPicture, layout: &'static Layout, finders: [Point; 3]) -> Option<Self> {
        let side = length(layout.side);
        let modules = [(3.5, 3.5), (side - 3.5, 3.5), (3.5, side - 3.5)].map(|(u, v)| Point::new(u, v));
        let knot = |module, at| Knot { module, at, bend: Point::default(), seen: false };
        let [a, b, c] = modules;
        let [x, y, z] = finders;
        let finders = [knot(a, x), knot(b, y), knot(c, z)];
        let flat = Homography::fit(&finders.map(|knot| (knot.module, knot.at)))?;
        let mut knots = Vec::with_capacity(layout.centres.len() * layout.centres.len());
        for row in &layout.centres {
            for column in &layout.centres {
                let module = Point::new(length(*column) + 0.5, length(*row) + 0.5);
                knots.push(knot(module, flat.map(module.x, module.y)));
            }
        }
        let mut mesh = Self { layout, flat, finders, knots, contrast: 0.0, inner_contrast: 0.0 };
        mesh.locate_finders(picture, FINDER_REACH, CONTRAST_MIN)?;
        mesh.refit();
        mesh.grow(picture);
        mesh.settle();
        // Once more from the better map: what was expected from afar may have been missed.
        mesh.look_again(picture, REACH_AGAIN);
        mesh.settle();
        Some(mesh)
    }

    /// The mesh made again from its finders alone.
    pub(super) fn anew(&self, picture: &GreyPicture) -> Option<Self> {
        Self::from_finders(picture, self.layout, self.finders.map(|knot| knot.at))
    }

    /// The same mesh, moved as its finders did; `None` unless all three are near their last places. What is between them is not
    /// looked at, so this takes a fifth of the time of [`Mesh::followed`].
    pub(super) fn moved(&self, picture: &GreyPicture) -> Option<Self> {
        let mut mesh = self.clone();
        let before = self.finders.map(|knot| knot.at);
        mesh.locate_finders(picture, FINDER_REACH, (self.contrast * LOST_SHARE).max(CONTRAST_MIN))?;
        if mesh.finders.iter().any(|knot| !knot.seen) {
            return None;
        }
        mesh.move_with_finders(before)?;
        Some(mesh)
    }

    /// Moves the knots as the finders moved from `before`.
    fn move_with_finders(&mut self, before: [Point; 3]) -> Option<()> {
        let moved: Vec<_> = before.into_iter().zip(self.finders).map(|(before, knot)| (before, knot.at)).collect();
        let motion = Homography::fit(&moved)?;
        for knot in &mut self.knots {
            knot.at = motion.map(knot.at.x, knot.at.y);
        }
        // The directions in which patterns are looked for turn with them.
        self.refit();
        Some(())
    }

    /// The mesh of the same symbol with columns for rows: of one that a mirror shows.
    pub(super) fn transposed(mut self) -> Self {
        let turned = |knot: &Knot| Knot { module: Point::new(knot.module.y, knot.module.x), ..*knot };
        let [corner, right, left] = self.finders;
        self.finders = [turned(&corner), turned(&left), turned(&right)];
        let count = self.layout.centres.len();
        let places = (0..count).flat_map(|row| (0..count).map(move |column| column * count + row));
        self.knots = places.filter_map(|at| self.knots.get(at)).map(turned).collect();
        self.flat = self.flat.transposed();
        self
    }

    /// The mesh in a picture `by` times as large.
    pub(super) fn scaled(mut self, by: f32) -> Self {
        for knot in self.finders.iter_mut().chain(&mut self.knots) {
            (knot.at, knot.bend) = (knot.at * by, knot.bend * by);
        }
        self.flat = self.flat.scaled(by);
        self
    }

    /// The same symbol in the next picture; `None` if it is not near its last place.
    pub(super) fn followed(&self, picture: &GreyPicture) -> Option<Self> {
        let mut mesh = self.clone();
        let before = self.finders.map(|knot| knot.at);
        let least = (self.contrast * LOST_SHARE).max(CONTRAST_MIN);
        if mesh.locate_finders(picture, FINDER_REACH, least).is_none() {
            mesh.finders = self.finders;
            mesh.locate_finders(picture, FINDER_REACH_FAR, least)?;
        }
        mesh.move_with_finders(before)?;
        mesh.look_again(picture, REACH_AGAIN);
        mesh.settle();
        // Something always resembles a pattern a little.
        (mesh.inner_contrast >= self.inner_contrast * LOST_SHARE).then_some(mesh)
    }

    /// Looks for the finders around their places. At least two must be there; the third is placed by them.
    fn locate_finders(&mut self, picture: &GreyPicture, reach: f32, least: f32) -> Option<()> {
        let before = self.finders.map(|knot| knot.at);
        let mut contrast = 0.0_f32;
        let mut found = 0.0;
        for knot in &mut self.finders {
            let (du, dv) = self.flat.steps(knot.module)?;
            let seen = look_for_finder(picture, knot.at, du, dv, reach);
            knot.seen = seen.contrast >= least;
            if knot.seen {
                knot.at = seen.at;
                contrast += seen.contrast;
                found += 1.0;
            }
        }
        if found < 2.0 {
            return None;
        }
        self.contrast = contrast / found;
        let mut shift = Point::default();
        for (knot, before) in self.finders.iter().zip(before).filter(|(knot, _)| knot.seen) {
            shift = shift + (knot.at - before) * (1.0 / found);
        }
        for (knot, before) in self.finders.iter_mut().zip(before).filter(|(knot, _)| !knot.seen) {
            knot.at = before + shift;
        }
        Some(())
    }

    /// Looks for alignment patterns row by row, each where the neighbours before it predict it.
    fn grow(&mut self, picture: &GreyPicture) {
        let count = self.layout.centres.len();
        for at in 0..self.knots.len() {
            let (row, column) = (at / count, at % count);
            let place = |at: usize| self.knots.get(at).map(|knot| knot.at);
            let expected = if row == 0 || column == 0 {
                self.beside(at, row, column)
            } else {
                match (place(at - 1), place(at - count), place(at - count - 1)) {
                    (Some(left), Some(above), Some(corner)) => Some(left + above - corner),
                    _ => None,
                }
            };
            self.look_at(picture, at, expected, REACH_FIRST);
        }
    }

    /// Where a pattern of the first row or column is expected: as far from the one before as the flat map has it.
    fn beside(&self, at: usize, row: usize, column: usize) -> Option<Point> {
        let count = self.layout.centres.len();
        let before = match (row, column) {
            (0, 0) => return None,
            (0, _) => at - 1,
            _ => at - count,
        };
        let (this, before) = (self.knots.get(at)?, self.knots.get(before)?);
        let step = self.flat.map(this.module.x, this.module.y) - self.flat.map(before.module.x, before.module.y);
        // Half of each: the flat map knows both ends of the row, the neighbour knows the bend.
        Some((before.at + step) * 0.5 + self.flat.map(this.module.x, this.module.y) * 0.5)
    }

    fn look_again(&mut self, picture: &GreyPicture, reach: f32) {
        let mut sum = 0.0;
        for at in 0..self.knots.len() {
            let expected = self.knots.get(at).map(|knot| knot.at);
            sum += self.look_at(picture, at, expected, reach);
        }
        self.inner_contrast = sum / length(self.knots.len().max(1));
    }

    /// Looks for one alignment pattern; gives the contrast there.
    fn look_at(&mut self, picture: &GreyPicture, at: usize, expected: Option<Point>, reach: f32) -> f32 {
        let under_finder = finder_at(self.layout, at);
        let Some(knot) = self.knots.get_mut(at) else { return 0.0 };
        if let Some(finder) = under_finder.and_then(|finder| self.finders.get(finder)) {
            // The alignment pattern that is not there lies three modules inward of the finder's middle.
            let step = self.flat.map(knot.module.x, knot.module.y) - self.flat.map(finder.module.x, finder.module.y);
            (knot.at, knot.seen) = (finder.at + step, finder.seen);
            return 0.0;
        }
        let expected = expected.unwrap_or(knot.at);
        knot.seen = false;
        knot.at = expected;
        let Some((du, dv)) = self.flat.steps(knot.module) else { return 0.0 };
        if !picture.holds(expected) {
            return 0.0;
        }
        let Seen { at, contrast } = look_for_alignment(picture, expected, du, dv, reach);
        if contrast >= self.contrast * CONTRAST_SHARE_MIN {
            (knot.at, knot.seen) = (at, true);
        }
        contrast.max(0.0)
    }

    /// Makes the flat map from the patterns that are seen, drops outliers, and interpolates the others.
    fn settle(&mut self) {
        self.refit();
        let module = self.module_pixels();
        let expected: Vec<Option<Point>> = (0..self.knots.len()).map(|at| self.between(at)).collect();
        let mut strays = false;
        for (knot, expected) in self.knots.iter_mut().zip(expected) {
            if knot.seen && expected.is_some_and(|expected| (knot.bend - expected).length() > STRAY_MAX * module) {
                knot.seen = false;
                strays = true;
            }
        }
        if strays {
            self.refit();
        }
        let guesses: Vec<Option<Point>> = (0..self.knots.len())
            .map(|at| self.between(at).or_else(|| self.beyond(at)).or_else(|| self.around(at)))
            .collect();
        for (knot, guess) in self.knots.iter_mut().zip(guesses).filter(|(knot, _)| !knot.seen) {
            knot.bend = guess.unwrap_or_default();
            knot.at = self.flat.map(knot.module.x, knot.module.y) + knot.bend;
        }
    }

    fn refit(&mut self) {
        let layout = self.layout;
        let seen = |(at, knot): &(usize, &Knot)| knot.seen && finder_at(layout, *at).is_none();
        let patterns: Vec<(Point, Point)> =
            self.knots.iter().enumerate().filter(seen).map(|(_, knot)| (knot.module, knot.at)).collect();
        // Where enough else is seen, a finder that is not seen is where that puts it.
        let can_do_without = patterns.len() >= PATTERNS_ENOUGH;
        let finders = self.finders.iter().filter(|knot| knot.seen || !can_do_without);
        let pairs: Vec<(Point, Point)> = finders.map(|knot| (knot.module, knot.at)).chain(patterns).collect();
        if let Some(flat) = Homography::fit(&pairs) {
            self.flat = flat;
        }
        let flat = self.flat;
        for knot in self.finders.iter_mut().filter(|knot| !knot.seen && can_do_without) {
            knot.at = flat.map(knot.module.x, knot.module.y);
        }
        let bend = |knot: &Knot| knot.at - flat.map(knot.module.x, knot.module.y);
        let finders = self.finders;
        for (at, knot) in self.knots.iter_mut().enumerate() {
            match finder_at(layout, at).and_then(|finder| finders.get(finder)) {
                Some(finder) => {
                    knot.bend = bend(finder);
                    knot.at = flat.map(knot.module.x, knot.module.y) + knot.bend;
                }
                None if knot.seen => knot.bend = bend(knot),
                None => {}
            }
        }
    }

    /// The bend of the pattern so many columns and rows from `at`, if it is seen.
    fn bend_near(&self, at: usize, columns: isize, rows: isize) -> Option<Point> {
        let count = self.layout.centres.len().max(1);
        let column = (at % count).checked_add_signed(columns).filter(|column| *column < count)?;
        let row = (at / count).checked_add_signed(rows).filter(|row| *row < count)?;
        self.knots.get(row * count + column).filter(|knot| knot.seen).map(|knot| knot.bend)
    }

    /// The bend at `at`, interpolated between the patterns on opposite sides of it, in the row, in the column or both.
    fn between(&self, at: usize) -> Option<Point> {
        let pair =
            |columns, rows| Some((self.bend_near(at, columns, rows)? + self.bend_near(at, -columns, -rows)?) * 0.5);
        match (pair(1, 0), pair(0, 1)) {
            (Some(row), Some(column)) => Some((row + column) * 0.5),
            (row, column) => row.or(column),
        }
    }

    /// The bend at `at`, extrapolated from the two patterns next to it on one side.
    fn beyond(&self, at: usize) -> Option<Point> {
        [(1, 0), (-1, 0), (0, 1), (0, -1)].into_iter().find_map(|(columns, rows)| {
            Some(self.bend_near(at, columns, rows)? * 2.0 - self.bend_near(at, columns * 2, rows * 2)?)
        })
    }

    /// The mean bend of what is seen next to `at`.
    fn around(&self, at: usize) -> Option<Point> {
        let near: Vec<Point> = (-1..=1)
            .flat_map(|rows| (-1..=1).map(move |columns| (columns, rows)))
            .filter_map(|(columns, rows)| self.bend_near(at, columns, rows))
            .collect();
        (!near.is_empty())
            .then(|| near.iter().fold(Point::default(), |sum, bend| sum + *bend) * (1.0 / length(near.len())))
    }

    /// Moves the whole mesh.
    pub(super) fn shift(&mut self, by: Point) {
        for knot in self.finders.iter_mut().chain(&mut self.knots) {
            knot.at = knot.at + by;
        }
        self.refit();
    }

    /// Pixels a module, along a side, on average.
    pub(super) fn module_pixels(&self) -> f32 {
        let [corner, right, left] = self.finders;
        ((right.at - corner.at).length() + (left.at - corner.at).length()) / (2.0 * (length(self.layout.side) - 7.0))
    }

    /// The symbol's corners: upper left, upper right, lower right, lower left.
    pub(super) fn outline(&self) -> [Point; 4] {
        Point::square(length(self.layout.side)).map(|corner| self.flat.map(corner.x, corner.y))
    }

    /// For each column or row: the knots before and after it, and how far it is between them.
    fn between_lines(&self) -> Vec<(usize, f32)> {
        let lines: Vec<f32> = self.layout.centres.iter().map(|centre| length(*centre) + 0.5).collect();
        (0..self.layout.side).map(|at| place_between(&lines, length(at) + 0.5)).collect()
    }

    /// The light in the middle of some modules, which are counted row by row.
    pub(super) fn sample_some<'m>(
        &'m self,
        picture: &'m GreyPicture,
        modules: impl Iterator<Item = usize> + 'm,
    ) -> impl Iterator<Item = f32> + 'm {
        let (side, count) = (self.layout.side.max(1), self.layout.centres.len());
        let between = self.between_lines();
        modules.map(move |module| {
            let (row, column) = (module / side, module % side);
            let place = |at: usize| between.get(at).copied().unwrap_or_default();
            let ((upper, down), (left, across)) = (place(row), place(column));
            let bend =
                |row: usize, column: usize| self.knots.get(row * count + column).map_or(Point::default(), |k| k.bend);
            let along = |row: usize| {
                let (left, right) = (bend(row, left), bend(row, left + 1));
                left + (right - left) * across
            };
            let bend = if count == 0 {
                Point::default()
            } else {
                let (above, below) = (along(upper), along(upper + 1));
                above + (below - above) * down
            };
            picture.light_at(self.flat.map(length(column) + 0.5, length(row) + 0.5) + bend)
        })
    }

    /// The light in the middle of every module, row by row.
    pub(super) fn sample(&self, picture: &GreyPicture) -> Vec<f32> {
        let side = self.layout.side;
        let count = self.layout.centres.len();
        let mut light = Vec::with_capacity(side * side);
        let between = self.between_lines();
        let mut bends = vec![Point::default(); count.max(1)];
        for (row, (knot_row, down)) in between.iter().enumerate() {
            if count > 0 {
                let upper = self.knots.iter().skip(knot_row * count).take(count);
                let lower = self.knots.iter().skip((knot_row + 1) * count).take(count);
                for (bend, (upper, lower)) in bends.iter_mut().zip(upper.zip(lower)) {
                    *bend = upper.bend + (lower.bend - upper.bend) * *down;
                }
            }
            let v = length(row) + 0.5;
            for (column, (knot_column, across)) in between.iter().enumerate() {
                let bend = match bends.get(*knot_column..*knot_column + 2) {
                    Some([left, right]) => *left + (*right - *left) * *across,
                    _ => Point::default(),
                };
                light.push(picture.light_at(self.flat.map(length(column) + 0.5, v) + bend));
            }
        }
        light
    }
}

/// The line at or before `place`, and how far beyond it that is in parts of the way to the next. Beside the outer lines
/// it goes on as between them, but not further than a quarter of the way.
fn place_between(lines: &[f32], place: f32) -> (usize, f32) {
    let mut at = 0;
    while lines.get(at + 2).is_some() && lines.get(at + 1).is_some_and(|next| *next <= place) {
        at += 1;
    }
    match lines.get(at..at + 2) {
        Some([this, next]) => (at, ((place - this) / (next - this)).clamp(-0.25, 1.25)),
        _ => (0, 0.0),
    }
}

/// The finder that covers alignment pattern `at` of a layout.
fn finder_at(layout: &Layout, at: usize) -> Option<usize> {
    let count = layout.centres.len();
    match at {
        0 => Some(0),
        _ if at + 1 == count => Some(1),
        _ if at == count * count.saturating_sub(1) => Some(2),
        _ => None,
    }
}

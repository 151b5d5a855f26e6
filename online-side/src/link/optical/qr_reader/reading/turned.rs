//! What is unusual about symbols that were seen and not read: they are light on dark, or mirrored. Both are read where nothing
//! else is wrong; where something is, whoever aims is told of it.
//!
//! ```text
//! light on dark   three finders are corners of a square with light for dark, and no three as they are
//! mirrored        both copies of the format are those of a symbol whose columns are rows
//! ```
//!
//! Only looked for in a picture in which nothing was read. Must not: read anything.

use rootcast_host::processor_time::Budget;
use rxing::common::BitMatrix;
use rxing::common::cpp_essentials::ConcentricPattern;

use super::super::content;
use super::super::finders::find_finders;
use super::super::geometry::{Point, length};
use super::super::grey_picture::GreyPicture;
use super::super::layout::Layout;
use super::super::mesh::Mesh;
use super::super::modules::{Modules, Way};
use super::{Outcome, Reading, Sighting};

/// Pixels of the picture in which finders are looked for; a larger one is made smaller.
const PIXELS_MAX: usize = 4_000_000;
/// Grey levels by which a pixel differs from what is around it, to be dark or light.
const LEVELS_MIN: i32 = 3;
/// Finders looked at; more are clutter, and nothing is said.
const FINDERS_MAX: usize = 40;
/// Two finders of one symbol differ in size by this factor, at most; so do its sides. And the cosine between its sides.
const SIZES_MAX: f32 = 1.5;
const SIDES_MAX: f32 = 1.4;
const COSINE_MAX: f32 = 0.3;
/// Modules between the middles of two finders of one symbol: from the smallest to the largest version, seen from the side.
const BETWEEN: std::ops::RangeInclusive<f32> = 10.0..=240.0;

impl Reading {
    /// The same with what is unusual about symbols that were not read; where none was seen, with one that is light on dark.
    #[must_use]
    pub(crate) fn with_turned(mut self, picture: &GreyPicture, budget: &Budget) -> Self {
        let is_unread = |seen: &Sighting| matches!(seen.outcome, Outcome::Unread | Outcome::Hidden);
        if !self.sightings.iter().all(is_unread) || !picture.is_whole() || picture.luma.is_empty() {
            return self;
        }
        for seen in self.sightings.iter_mut().filter(|seen| seen.outcome == Outcome::Unread) {
            seen.mirrored = is_mirrored(picture, seen);
        }
        if self.sightings.iter().any(|seen| seen.mirrored) {
            return self;
        }
        let Some(mut found) = light_on_dark(picture, budget) else { return self };
        let mut is_known = false;
        for seen in self.sightings.iter_mut().filter(|seen| seen.outcome == Outcome::Unread) {
            seen.inverted = true;
            is_known |= seen.sharpness.is_some();
            found.module_pixels = found.module_pixels.or(seen.module_pixels);
        }
        if !is_known {
            // What was seen before looked like a code by chance.
            self.sightings.retain(|seen| seen.outcome != Outcome::Unread);
            self.sightings.insert(0, found);
        }
        self
    }
}

/// A symbol with light for dark, if there is one and none as it should be.
fn light_on_dark(picture: &GreyPicture, budget: &Budget) -> Option<Sighting> {
    let (small, scale) = smaller(picture, budget)?;
    let levels = Levels::new(&small, budget)?;
    if square(&finders(&levels, false, budget)?).is_some() {
        return None;
    }
    let [corner, right, left] = square(&finders(&levels, true, budget)?)?;
    let size = (corner.size + right.size + left.size) / 3.0;
    let outline = [corner.at, right.at, right.at + left.at - corner.at, left.at].map(|at| at * scale);
    let contrast = small.contrast_at(corner.at, size);
    Some(Sighting {
        module_pixels: Some(size / 7.0 * scale),
        contrast: Some(contrast),
        inverted: true,
        ..Sighting::at(outline, Outcome::Unread)
    })
}

/// The picture, or one that is smaller by the factor which is given with it; nothing if the budget ends before.
fn smaller(picture: &GreyPicture, budget: &Budget) -> Option<(Small, f32)> {
    let all = usize::try_from(picture.width).ok()?;
    let (whole_height, mut by) = (usize::try_from(picture.height).ok()?, 1);
    while all / by * (whole_height / by) > PIXELS_MAX {
        by += 1;
    }
    let (width, height) = (all / by, whole_height / by);
    let mean = |x: usize, y: usize| {
        let rows = (y * by..(y + 1) * by).map(|row| row * all + x * by);
        let sum: usize =
            rows.filter_map(|from| picture.luma.get(from..from + by)).flatten().map(|level| usize::from(*level)).sum();
        u8::try_from(sum / (by * by)).unwrap_or(u8::MAX)
    };
    let mut luma = Vec::with_capacity(width * height);
    for y in 0..height {
        if budget.is_spent() {
            return None;
        }
        luma.extend((0..width).map(|x| mean(x, y)));
    }
    Some((Small { width, height, luma }, length(by)))
}

/// A picture of bounded size.
struct Small {
    width: usize,
    height: usize,
    luma: Vec<u8>,
}

impl Small {
    /// Grey levels between the darkest and the lightest pixel of a finder.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturating, and looked up checked")]
    fn contrast_at(&self, middle: Point, size: f32) -> f32 {
        let reach = size / 2.0;
        let from = |at: f32| (at - reach).max(0.0) as usize;
        let (left, right) = (from(middle.x), (middle.x + reach) as usize);
        let rows = from(middle.y)..=(middle.y + reach) as usize;
        let levels = rows.flat_map(|row| {
            self.luma.get(row * self.width + left..row * self.width + right.min(self.width)).unwrap_or_default()
        });
        let (least, most) = levels.fold((255_u8, 0_u8), |(least, most), level| (least.min(*level), most.max(*level)));
        f32::from(most.saturating_sub(least))
    }
}

/// How each pixel differs from the mean around it.
struct Levels {
    width: usize,
    height: usize,
    above: Vec<i16>,
}

impl Levels {
    /// Nothing if the budget ends before.
    fn new(picture: &Small, budget: &Budget) -> Option<Self> {
        let Small { width, height, luma } = picture;
        let (width, height) = (*width, *height);
        let reach = (width.max(height) / 24).max(12);
        // Sums over all pixels above and to the left: four million times 255 fit.
        let mut sums = vec![0_u32; (width + 1) * (height + 1)];
        for y in 0..height {
            if budget.is_spent() {
                return None;
            }
            let mut of_row = 0;
            for x in 0..width {
                of_row += u32::from(luma.get(y * width + x).copied().unwrap_or(0));
                let over = sums.get(y * (width + 1) + x + 1).copied().unwrap_or(0);
                if let Some(sum) = sums.get_mut((y + 1) * (width + 1) + x + 1) {
                    *sum = over + of_row;
                }
            }
        }
        let sum = |x: usize, y: usize| i64::from(sums.get(y * (width + 1) + x).copied().unwrap_or(0));
        let above = |x: usize, y: usize| {
            let (left, right) = (x.saturating_sub(reach), (x + reach + 1).min(width));
            let (top, bottom) = (y.saturating_sub(reach), (y + reach + 1).min(height));
            let count = i64::try_from((right - left) * (bottom - top)).unwrap_or(1).max(1);
            let mean = (sum(right, bottom) + sum(left, top) - sum(right, top) - sum(left, bottom)) / count;
            let level = i64::from(luma.get(y * width + x).copied().unwrap_or(0));
            i16::try_from(level - mean).unwrap_or(0)
        };
        let mut levels = Vec::with_capacity(width * height);
        for y in 0..height {
            if budget.is_spent() {
                return None;
            }
            levels.extend((0..width).map(|x| above(x, y)));
        }
        Some(Self { width, height, above: levels })
    }

    /// The pixels that are dark, or those that are light.
    fn matrix(&self, is_light: bool) -> Option<BitMatrix> {
        let (width, height) = (u32::try_from(self.width).ok()?, u32::try_from(self.height).ok()?);
        let mut matrix = BitMatrix::new(width, height).ok()?;
        for (y, row) in (0..height).zip(self.above.chunks(self.width.max(1))) {
            for (x, above) in (0..width).zip(row) {
                let above = i32::from(*above);
                if if is_light { above >= LEVELS_MIN } else { above <= -LEVELS_MIN } {
                    matrix.set(x, y);
                }
            }
        }
        Some(matrix)
    }
}

/// A finder.
#[derive(Debug, Clone, Copy)]
struct Finder {
    at: Point,
    /// Its seven modules, in pixels.
    size: f32,
}

/// The finders that are dark, or with light for dark; nothing if the budget ends before all are found, or if they are clutter.
fn finders(levels: &Levels, is_light: bool, budget: &Budget) -> Option<Vec<Finder>> {
    let matrix = levels.matrix(is_light)?;
    let finder = |pattern: &ConcentricPattern| Finder {
        at: Point::new(pattern.p.x, pattern.p.y),
        size: length(usize::try_from(pattern.size).unwrap_or(0)).max(1.0),
    };
    let found: Vec<Finder> = find_finders(&matrix, budget).iter().map(finder).collect();
    (found.len() <= FINDERS_MAX && !budget.is_spent()).then_some(found)
}

/// Three finders that may be the corners of one symbol: upper left, upper right, lower left.
fn square(finders: &[Finder]) -> Option<[Finder; 3]> {
    let is_like = |one: f32, other: f32, most: f32| one < other * most && other < one * most;
    for corner in finders {
        for right in finders {
            let across = right.at - corner.at;
            let modules = across.length() / corner.size * 7.0;
            if !BETWEEN.contains(&modules) || !is_like(corner.size, right.size, SIZES_MAX) {
                continue;
            }
            let left = finders.iter().find(|left| {
                let down = left.at - corner.at;
                let cosine = (across.x * down.x + across.y * down.y) / (across.length() * down.length()).max(1.0);
                let is_right_turn = across.x * down.y - across.y * down.x > 0.0;
                is_right_turn
                    && is_like(across.length(), down.length(), SIDES_MAX)
                    && is_like(corner.size, left.size, SIZES_MAX)
                    && cosine.abs() < COSINE_MAX
            });
            if let Some(left) = left {
                return Some([*corner, *right, *left]);
            }
        }
    }
    None
}

/// Whether a symbol that was not read is mirrored: its format says so in both of its copies.
fn is_mirrored(picture: &GreyPicture, seen: &Sighting) -> bool {
    let [corner, right, _, left] = seen.outline;
    let Some(pixels) = seen.module_pixels.filter(|pixels| *pixels > 0.5) else { return false };
    let modules = ((right - corner).length() + (left - corner).length()) / 2.0 / pixels;
    let Some(layout) = nearest_layout(modules) else { return false };
    let module = 1.0 / length(layout.side);
    let (across, down) = ((right - corner) * module, (left - corner) * module);
    let near = corner + (across + down) * 3.5;
    let reach = length(layout.side) - 7.0;
    let Some(mesh) = Mesh::from_finders(picture, layout, [near, near + across * reach, near + down * reach]) else {
        return false;
    };
    let modules = Modules::new(layout, mesh.sample(picture));
    content::is_surely_mirrored(layout, &modules.dark_by(Way::Likely))
}

/// The layout whose side has nearest to so many modules.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturating, and looked up checked")]
fn nearest_layout(modules: f32) -> Option<&'static Layout> {
    let version = ((modules - 17.0) / 4.0).round();
    Layout::from_version(version.max(0.0) as u32)
}

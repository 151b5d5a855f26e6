//! Which finder patterns are the corners of one symbol, told by the version number beside them, before anything is sampled.
//!
//! ```text
//!   F ─────────── # F      # the number of the version, 18 bits, beside the right and above the lower finder
//!   │             #        (version 7 and up; ISO/IEC 18004, 7.10)
//!   #
//!   F
//! ```
//!
//! In a picture of many symbols most sets of three finders are corners of different ones: a quiet zone is where their number
//! should be. A finder that is covered is taken to be where the other two put it.

use rootcast_host::processor_time::Budget;
use rxing::common::BitMatrix;
use rxing::common::cpp_essentials::ConcentricPattern;

use super::geometry::{Point, length};
use super::layout::Layout;

/// Three places that look like the corners of a symbol.
#[derive(Debug, Clone, Copy)]
pub(super) struct Corners {
    /// The middles of the finders: upper left, upper right, lower left.
    pub(super) places: [Point; 3],
    pub(super) layout: &'static Layout,
    /// Wrong bits of both copies of the number, and the length of a side in pixels: the fewest and shortest come first.
    order: (u32, f32),
}

/// Wrong bits of the better copy of the number, at most: one of 1,500 random ones has as few.
const ERRORS_MAX: u32 = 2;
/// The same where only two finders are seen.
const ERRORS_MAX_OF_TWO: u32 = 1;
/// Finders that are looked at beside each, the nearest: in rows and columns of symbols the partners are among the next dozen.
const NEIGHBOURS_MAX: usize = 24;
/// Two finders of one symbol differ in size by this factor, at most.
const SIZES_MAX: f32 = 1.6;
/// The same for its sides, and the cosine between them.
const SIDES_MAX: f32 = 1.5;
const COSINE_MAX: f32 = 0.4;
/// The side of a symbol is told from the size of its finders within these factors.
const ESTIMATES: std::ops::RangeInclusive<f32> = 0.7..=1.4;
/// The versions that have a number beside their finders.
const VERSIONS: std::ops::RangeInclusive<u32> = 7..=40;
/// Sets given at most: with nothing but true ones, 28 symbols have 28.
const SETS_MAX: usize = 512;

/// A finder pattern.
#[derive(Debug, Clone, Copy)]
struct Finder {
    at: Point,
    /// Its seven modules, in pixels.
    size: f32,
}

impl Finder {
    fn new(pattern: &ConcentricPattern) -> Self {
        Self {
            at: Point::new(pattern.p.x, pattern.p.y),
            size: length(usize::try_from(pattern.size).unwrap_or(0)).max(1.0),
        }
    }

    /// Whether it may belong to the same symbol, by its size.
    fn is_like(&self, other: &Self) -> bool {
        self.size < other.size * SIZES_MAX && other.size < self.size * SIZES_MAX
    }
}

/// Sets of three finders beside which the number of their version stands, the likeliest first.
pub(super) fn numbered(black: &BitMatrix, finders: &[ConcentricPattern], budget: &Budget) -> Vec<Corners> {
    let finders: Vec<Finder> = finders.iter().map(Finder::new).collect();
    let mut sets = Vec::new();
    for corner in &finders {
        if budget.is_spent() || sets.len() >= SETS_MAX {
            break;
        }
        let near = near(&finders, corner);
        for (right, left) in near.iter().flat_map(|right| near.iter().map(move |left| (right, left))) {
            let (across, down) = (right.at - corner.at, left.at - corner.at);
            let is_right_turn = across.x * down.y - across.y * down.x > 0.0;
            if is_right_turn && right.is_like(left) && are_sides(across, down) {
                let size = (corner.size + right.size + left.size) / 3.0;
                sets.extend(version(black, [corner.at, right.at, left.at], size, ERRORS_MAX));
            }
        }
    }
    in_order(sets)
}

/// Sets in which one corner is where two finders put it, beside which the number of their version stands.
pub(super) fn with_one_covered(black: &BitMatrix, finders: &[ConcentricPattern], budget: &Budget) -> Vec<Corners> {
    let finders: Vec<Finder> = finders.iter().map(Finder::new).collect();
    let mut sets = Vec::new();
    for one in &finders {
        if budget.is_spent() || sets.len() >= SETS_MAX {
            break;
        }
        for other in near(&finders, one) {
            let (side, size) = (other.at - one.at, (one.size + other.size) / 2.0);
            let turned = Point::new(-side.y, side.x);
            // Each pair comes in both orders: so the diagonal is looked at with the corner on either side of it.
            let candidates = [
                [one.at, other.at, one.at + turned],
                [one.at, one.at - turned, other.at],
                [one.at + side * 0.5 - turned * 0.5, other.at, one.at],
            ];
            for places in candidates {
                sets.extend(version(black, places, size, ERRORS_MAX_OF_TWO));
            }
        }
    }
    in_order(sets)
}

fn in_order(mut sets: Vec<Corners>) -> Vec<Corners> {
    sets.sort_by(|one, other| one.order.0.cmp(&other.order.0).then(one.order.1.total_cmp(&other.order.1)));
    sets.truncate(SETS_MAX);
    sets
}

/// The finders next to one that may belong to the same symbol.
fn near(finders: &[Finder], to: &Finder) -> Vec<Finder> {
    // 38 modules from middle to middle in version 7, 170 in version 40.
    let (least, most) = (to.size / 7.0 * 38.0 * 0.6, to.size / 7.0 * 170.0 * 1.7);
    let mut near: Vec<(f32, Finder)> = finders
        .iter()
        .map(|finder| ((finder.at - to.at).length(), *finder))
        .filter(|(apart, finder)| (least..most).contains(apart) && finder.is_like(to))
        .collect();
    near.sort_by(|one, other| one.0.total_cmp(&other.0));
    near.truncate(NEIGHBOURS_MAX);
    near.into_iter().map(|(_, finder)| finder).collect()
}

/// Whether two sides of a square may be seen like that.
fn are_sides(across: Point, down: Point) -> bool {
    let (wide, high) = (across.length(), down.length());
    let cosine = (across.x * down.x + across.y * down.y) / (wide * high);
    wide < high * SIDES_MAX && high < wide * SIDES_MAX && cosine.abs() < COSINE_MAX
}

/// The version whose number stands beside these corners, with finders of that size.
fn version(black: &BitMatrix, places: [Point; 3], size: f32, errors_max: u32) -> Option<Corners> {
    let [corner, right, left] = places;
    let (across, down) = (right - corner, left - corner);
    let side = (across.length() + down.length()) / 2.0;
    let modules = side / size * 7.0 + 7.0;
    let mut best: Option<Corners> = None;
    for version in VERSIONS {
        let side_of = 17.0 + 4.0 * length(usize::try_from(version).unwrap_or(0));
        if !(modules * ESTIMATES.start()..=modules * ESTIMATES.end()).contains(&side_of) {
            continue;
        }
        let between = side_of - 7.0;
        let (du, dv) = (across * (1.0 / between), down * (1.0 / between));
        let code = code(version);
        let errors = [(right, du, dv), (left, dv, du)].map(|from| (bits(black, from) ^ code).count_ones());
        let [one, other] = errors;
        let order = (one + other, side);
        if one.min(other) <= errors_max && best.as_ref().is_none_or(|best| order.0 < best.order.0) {
            best = Layout::from_version(version).map(|layout| Corners { places, layout, order });
        }
    }
    best
}

/// The bits of the number beside a finder; `along` is one module away from the corner, and `beside` one across that.
fn bits(black: &BitMatrix, (from, along, beside): (Point, Point, Point)) -> u32 {
    let mut bits = 0;
    for long in (0..6_i8).rev() {
        for short in (0..3_i8).rev() {
            // The number's corner is 7 modules before and 3 above the finder's middle.
            let at = from + along * (f32::from(short) - 7.0) + beside * (f32::from(long) - 3.0);
            bits = bits << 1 | u32::from(is_black(black, at));
        }
    }
    bits
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturating, and looked up checked")]
fn is_black(black: &BitMatrix, at: Point) -> bool {
    at.x >= 0.0 && at.y >= 0.0 && black.try_get(at.x as u32, at.y as u32).unwrap_or(false)
}

/// The 18 bits that the number of a version is shown as: BCH (18, 6).
const fn code(version: u32) -> u32 {
    let (mut rest, mut bit) = (version << 12, 18);
    while bit > 12 {
        bit -= 1;
        if rest >> bit & 1 == 1 {
            rest ^= 0x1f25 << (bit - 12);
        }
    }
    version << 12 | rest
}

#[cfg(test)]
mod tests {
    use rxing::qrcode::common::Version;

    use super::code;

    #[test]
    fn codes_of_versions_are_those_of_the_standard() {
        // ISO/IEC 18004, table D.1.
        assert_eq!([7, 8, 40].map(code), [0x7c94, 0x85bc, 0x28c69]);
        for version in 7..=40 {
            assert_eq!(Version::decodeVersionInformation(code(version)).unwrap().getVersionNumber(), version);
        }
    }
}

//! Finds tiles that are missing beside those that were read. A screen shows tiles in rows and columns, one or two quiet
//! zones apart.
//!
//! ```text
//!   read ─ read      the fourth is where two that are read put it
//!    │      ┆
//!   read ┄ here      or: one of its finders is seen beside a tile, and the picture's edge cuts the rest
//! ```

use super::geometry::{Homography, Point, is_inside, length};
use super::grey_picture::GreyPicture;
use super::layout::Layout;
use super::mesh::Mesh;
use super::pattern::look_for_finder;
use super::reading::{Outcome, Sighting};

/// Modules between a tile and the next: a quiet zone each, or one for both, give or take [`REACH`].
const GAP: f32 = 6.0;
/// Modules around the expected place in which a finder is looked for.
const REACH: f32 = 3.5;
/// The two gaps, the likelier first, and the same reach where the gap is one of them. It is looked at in steps of half a
/// module: those of a whole one can miss a pattern by half a module both ways.
const GAPS: [f32; 2] = [8.0, 4.0];
const REACH_BEHIND_GAP: f32 = 2.0;
/// A finder beside a tile has at least this share of the tile's contrast.
const CONTRAST_SHARE_MIN: f32 = 0.6;
/// Two tiles may disagree about the place of a third by this share of a tile's side.
const APART_MAX: f32 = 0.2;
/// At most this many tiles have their neighbours looked for.
const TILES_MAX: usize = 32;

/// One tile that is read.
struct Tile {
    side: f32,
    map: Homography,
    contrast: f32,
}

impl Tile {
    fn from_sighting(seen: &Sighting) -> Option<Self> {
        let (pixels, contrast) = (seen.module_pixels?, seen.contrast?);
        if seen.tile.is_none() || !matches!(seen.outcome, Outcome::Read { .. }) || pixels < 0.5 {
            return None;
        }
        let mut ends = seen.outline.iter().zip(seen.outline.iter().cycle().skip(1));
        let around = ends.by_ref().map(|(from, to)| (*to - *from).length()).sum::<f32>();
        // The sides of symbols are 17 modules and 4 for each version.
        let version = ((around / 4.0 / pixels - 17.0) / 4.0).round().clamp(1.0, 40.0);
        let side = 17.0 + 4.0 * version;
        Some(Self { side, map: Homography::from_square(side, &seen.outline)?, contrast })
    }

    /// The outline of its neighbour so many tiles to the right and down.
    fn neighbour(&self, (right, down): (f32, f32)) -> [Point; 4] {
        let (u, v) = (right * (self.side + GAP), down * (self.side + GAP));
        Point::square(self.side).map(|corner| self.map.map(u + corner.x, v + corner.y))
    }

    /// The places of the three finders of that neighbour, if enough of them are seen.
    fn finders_of(&self, picture: &GreyPicture, direction: (f32, f32)) -> Option<[Point; 3]> {
        GAPS.into_iter().find_map(|gap| self.finders_behind(picture, direction, gap))
    }

    /// The same, if it is so many modules away.
    fn finders_behind(&self, picture: &GreyPicture, (right, down): (f32, f32), gap: f32) -> Option<[Point; 3]> {
        let (u, v) = (right * (self.side + gap), down * (self.side + gap));
        let (near, far) = (3.5, self.side - 3.5);
        let mut places = [(near, near), (far, near), (near, far)].map(|(x, y)| (Point::new(u + x, v + y), None));
        for (module, place) in &mut places {
            let at = self.map.map(module.x, module.y);
            let (du, dv) = self.map.steps(*module)?;
            if picture.holds(at) {
                let seen = look_for_finder(picture, at, du, dv, REACH_BEHIND_GAP);
                *place = (seen.contrast >= self.contrast * CONTRAST_SHARE_MIN).then_some(seen.at);
            }
        }
        let seen: Vec<Point> =
            places.iter().filter_map(|(module, place)| Some((*place)? - self.map.map(module.x, module.y))).collect();
        if seen.len() < FINDERS_MIN {
            return None;
        }
        // The third is off its expected place as the others are.
        let shift = seen.iter().fold(Point::default(), |sum, shift| sum + *shift) * (1.0 / length(seen.len()));
        Some(places.map(|(module, place)| place.unwrap_or_else(|| self.map.map(module.x, module.y) + shift)))
    }

    /// Whether the finders of that neighbour that are next to this tile are seen, all that are in the picture.
    fn sees_finders(&self, picture: &GreyPicture, (right, down): (f32, f32)) -> bool {
        let (u, v) = (right * (self.side + GAP), down * (self.side + GAP));
        let (near, far) = (3.5, self.side - 3.5);
        let finders: &[(f32, f32)] = if right > 0.0 {
            &[(near, near), (near, far)]
        } else if right < 0.0 {
            &[(far, near)]
        } else if down > 0.0 {
            &[(near, near), (far, near)]
        } else {
            &[(near, far)]
        };
        let mut seen = 0;
        for (x, y) in finders {
            let (x, y) = (u + x, v + y);
            let at = self.map.map(x, y);
            let Some((du, dv)) = self.map.steps(Point::new(x, y)) else { return false };
            // All of the finder is in the picture.
            let corners = [(-4.5, -4.5), (4.5, -4.5), (4.5, 4.5), (-4.5, 4.5)];
            if corners.iter().any(|(x, y)| !picture.holds(at + du * *x + dv * *y)) {
                continue;
            }
            if look_for_finder(picture, at, du, dv, REACH).contrast < self.contrast * CONTRAST_SHARE_MIN {
                return false;
            }
            seen += 1;
        }
        seen > 0
    }
}

/// The finders of a neighbour that have to be seen before it is read.
const FINDERS_MIN: usize = 2;

/// Where the finders of the tiles beside one that was read are, with their layout, for each of which at least two are seen.
/// `is_taken` says which places are known already.
pub(super) fn neighbours(
    picture: &GreyPicture,
    mesh: &Mesh,
    is_taken: &dyn Fn(Point) -> bool,
) -> Vec<(&'static Layout, [Point; 3])> {
    let side = length(mesh.layout.side);
    let Some(map) = Homography::from_square(side, &mesh.outline()) else { return Vec::new() };
    let tile = Tile { side, map, contrast: mesh.contrast };
    let beside = DIRECTIONS.into_iter().filter_map(|direction| {
        let outline = tile.neighbour(direction);
        let here = Point::middle_of(&outline);
        if !outline.iter().all(|corner| corner.is_finite()) || !picture.holds(here) || is_taken(here) {
            return None;
        }
        Some((mesh.layout, tile.finders_of(picture, direction)?))
    });
    beside.collect()
}

const DIRECTIONS: [(f32, f32); 4] = [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)];

/// The outlines of tiles that should be there and were not seen.
pub(super) fn missing(picture: &GreyPicture, seen: &[Sighting]) -> Vec<[Point; 4]> {
    let tiles: Vec<Tile> = seen.iter().filter_map(Tile::from_sighting).take(TILES_MAX).collect();
    let is_taken = |outline: &[Point; 4]| {
        let here = Point::middle_of(outline);
        seen.iter().any(|seen| is_inside(&seen.outline, here) || is_inside(outline, Point::middle_of(&seen.outline)))
    };
    let mut expected: Vec<([Point; 4], bool)> = Vec::new();
    for tile in &tiles {
        for direction in DIRECTIONS {
            let outline = tile.neighbour(direction);
            if !outline.iter().all(|corner| corner.is_finite()) || is_taken(&outline) {
                continue;
            }
            let [corner, right, ..] = outline;
            let near = (right - corner).length() * APART_MAX;
            let here = Point::middle_of(&outline);
            let is_it = |other: &[Point; 4]| (Point::middle_of(other) - here).length() < near;
            // Two tiles agree about it.
            if let Some((_, sure)) = expected.iter_mut().find(|(other, _)| is_it(other)) {
                *sure = true;
            } else {
                let sure = tile.sees_finders(picture, direction);
                expected.push((outline, sure));
            }
        }
    }
    expected.into_iter().filter(|(_, sure)| *sure).map(|(outline, _)| outline).take(TILES_MAX).collect()
}

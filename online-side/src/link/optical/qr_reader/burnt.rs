//! Where a picture is burnt out: a lamp mirrored in a screen, or a screen that is too bright for the camera.

use super::geometry::{Homography, Point};
use super::grey_picture::GreyPicture;

/// A symbol is divided into this many areas a side. The smallest symbol, version 10, then has seven modules in each, so no
/// area of a symbol that is seen well is light all over.
const AREAS: u8 = 8;
/// In an area, this many places a side are sampled.
const PLACES: u8 = 10;
/// The light of a burnt-out place, and of a place that may lie among burnt-out ones: JPEG and noise lower it a little.
pub(super) const BURNT: u8 = 248;
const NEARLY: f32 = 235.0;
/// In the whole picture: the pixels between sampled places, and the places a side of a block.
const STEP: usize = 8;
const BLOCK: usize = 4;
/// A block with this many burnt-out places of its 16 is burnt out.
const BLOCK_MIN: usize = 12;

/// The share of an outline's areas that are burnt out all over.
pub(super) fn share_inside(picture: &GreyPicture, outline: &[Point; 4]) -> f32 {
    let Some(map) = Homography::from_square(1.0, outline).filter(|_| outline.iter().all(|corner| corner.is_finite()))
    else {
        return 0.0;
    };
    let light =
        |area: u8, place: u8| (f32::from(area) + (f32::from(place) + 0.5) / f32::from(PLACES)) / f32::from(AREAS);
    let mut burnt = 0.0;
    for row in 0..AREAS {
        for column in 0..AREAS {
            let (mut sum, mut least) = (0.0, f32::MAX);
            for down in 0..PLACES {
                for right in 0..PLACES {
                    let at = map.map(light(column, right), light(row, down));
                    let value = if picture.holds(at) { picture.light_at(at) } else { 0.0 };
                    (sum, least) = (sum + value, value.min(least));
                }
            }
            if least >= NEARLY && sum >= f32::from(BURNT) * f32::from(PLACES) * f32::from(PLACES) {
                burnt += 1.0;
            }
        }
    }
    burnt / (f32::from(AREAS) * f32::from(AREAS))
}

/// The largest burnt-out area, as a share of the picture.
#[expect(clippy::cast_precision_loss, reason = "a share")]
pub(super) fn largest_area(picture: &GreyPicture) -> f32 {
    let width = usize::try_from(picture.width).unwrap_or(0).max(1);
    let columns = width.div_ceil(STEP * BLOCK);
    let mut counts: Vec<usize> = Vec::new();
    for (row, pixels) in picture.luma.chunks(width).step_by(STEP).enumerate() {
        if row % BLOCK == 0 {
            counts.resize(counts.len() + columns, 0);
        }
        let start = counts.len().saturating_sub(columns);
        let blocks = counts.get_mut(start..).unwrap_or_default();
        for (place, pixel) in pixels.iter().step_by(STEP).enumerate() {
            if let Some(count) = blocks.get_mut(place / BLOCK).filter(|_| *pixel >= BURNT) {
                *count += 1;
            }
        }
    }
    let all = counts.len().max(1);
    let mut burnt: Vec<bool> = counts.into_iter().map(|count| count >= BLOCK_MIN).collect();
    let (mut largest, mut waiting) = (0, Vec::new());
    for start in 0..burnt.len() {
        let mut area = 0;
        waiting.push(start);
        while let Some(at) = waiting.pop() {
            let Some(block) = burnt.get_mut(at).filter(|burnt| **burnt) else { continue };
            *block = false;
            area += 1;
            let column = at % columns;
            waiting.extend((column > 0).then(|| at - 1));
            waiting.extend((column + 1 < columns).then_some(at + 1));
            waiting.extend(at.checked_sub(columns));
            waiting.push(at + columns);
        }
        largest = largest.max(area);
    }
    largest as f32 / all as f32
}

#[cfg(test)]
mod tests {
    use super::{largest_area, share_inside};
    use crate::link::optical::qr_reader::{GreyPicture, Point};

    /// A pattern of modules of four pixels, white in the given rectangle.
    fn pattern(left: u32, top: u32, right: u32, bottom: u32) -> GreyPicture {
        let luma = (0..640 * 480_u32).map(|at| {
            let (x, y) = (at % 640, at / 640);
            let lit = (left..right).contains(&x) && (top..bottom).contains(&y);
            if lit || (x / 4 * 7 + y / 4 * 13) % 3 != 0 { 255 } else { 20 }
        });
        GreyPicture { width: 640, height: 480, luma: luma.collect() }
    }

    const OUTLINE: [Point; 4] = [
        Point { x: 100.0, y: 50.0 },
        Point { x: 500.0, y: 60.0 },
        Point { x: 490.0, y: 450.0 },
        Point { x: 110.0, y: 440.0 },
    ];

    #[test]
    fn a_code_that_is_well_seen_is_burnt_nowhere() {
        let picture = pattern(0, 0, 0, 0);
        assert_eq!(share_inside(&picture, &OUTLINE), 0.0);
        assert!(largest_area(&picture) < 0.02, "{}", largest_area(&picture));
    }

    #[test]
    fn a_lamp_over_a_quarter_is_a_quarter() {
        let picture = pattern(300, 250, 640, 480);
        let share = share_inside(&picture, &OUTLINE);
        assert!((0.15..0.3).contains(&share), "{share}");
        let area = largest_area(&picture);
        assert!((0.2..0.3).contains(&area), "{area}");
    }

    #[test]
    fn odd_outlines_and_pictures_are_burnt_nowhere() {
        let picture = pattern(0, 0, 640, 480);
        for corners in [[f32::NAN; 4], [f32::INFINITY; 4], [0.0; 4], [-1e30, 1e30, 1e30, -1e30]] {
            let _ = share_inside(&picture, &corners.map(|at| Point::new(at, -at)));
        }
        for (width, height) in [(0, 0), (1, 1), (1, 999), (999, 1)] {
            let _ = largest_area(&GreyPicture { width, height, luma: vec![255; (width * height) as usize] });
        }
        assert!(largest_area(&picture) > 0.99);
    }
}

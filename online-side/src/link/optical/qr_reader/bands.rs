//! Whether dark bands lie across a picture: a screen whose backlight flickers faster than the camera takes its rows, or one
//! that is refreshed while it is taken.
//!
//! ```text
//!   ░░░░░░░░░░░░     the lightest place of each cell: a code has light modules everywhere, so its own pattern
//!   ████████████     does not show, and neither do the quiet zones between tiles; a band does, in all columns
//!   ░░░░░░░░░░░░     at the same height
//! ```

use super::geometry::length;
use super::grey_picture::GreyPicture;

/// Columns of cells, and rows of pixels a cell.
const COLUMNS: usize = 8;
const CELL_ROWS: usize = 8;
/// Every so many pixels of a row are looked at.
const STEP: usize = 4;
/// Rows of cells without which nothing is said.
const ROWS_MIN: usize = 24;
/// How much of what the columns do they do together, at least: 1 is all, an eighth is chance.
const TOGETHER_MIN: f32 = 0.7;
/// The light of a band beside that between two bands is less by this share, at least.
const DEPTH_MIN: f32 = 0.15;
/// Borders of bands, at least: three bands have six, and one may be beyond the edge. A dark wall above and below a screen has
/// fewer.
const BORDERS_MIN: usize = 5;

/// By which share the bands across a picture are darker than what is between them; 0 where there are none.
pub(super) fn depth(picture: &GreyPicture) -> f32 {
    let columns: Vec<Vec<f32>> = envelope(picture).iter().map(|column| without_slow(column)).collect();
    let rows = columns.iter().map(Vec::len).min().unwrap_or(0);
    if columns.len() < COLUMNS || rows < ROWS_MIN {
        return 0.0;
    }
    let at = |row: usize| columns.iter().map(move |column| column.get(row).copied().unwrap_or(0.0));
    let together: Vec<f32> = (0..rows).map(|row| at(row).sum::<f32>() / length(COLUMNS)).collect();
    let power = |values: &[f32]| values.iter().map(|value| value * value).sum::<f32>() / length(values.len().max(1));
    let alone = columns.iter().map(|column| power(column)).sum::<f32>() / length(COLUMNS);
    let common = power(&together);
    if alone <= 0.0 || common < alone * TOGETHER_MIN {
        return 0.0;
    }
    let (least, most) = together.iter().fold((0.0_f32, 0.0_f32), |(least, most), v| (least.min(*v), most.max(*v)));
    // The values are logarithms.
    let depth = 1.0 - (least - most).exp();
    // Only what is well on one side counts, so that noise has no borders. Bands are often less than half of the rows: then
    // they are farther from the mean than what is between them.
    let dark = common.sqrt() * -0.5;
    let light = common.sqrt() * 0.25;
    let well = together.iter().filter(|value| **value < dark || **value > light);
    let sides: Vec<bool> = well.map(|value| *value > 0.0).collect();
    let borders = sides.windows(2).filter(|pair| pair.first() != pair.last()).count();
    if depth >= DEPTH_MIN && borders >= BORDERS_MIN { depth } else { 0.0 }
}

/// The logarithm of the lightest place of each cell, column by column.
fn envelope(picture: &GreyPicture) -> Vec<Vec<f32>> {
    let width = usize::try_from(picture.width).unwrap_or(0);
    let cell = width / COLUMNS;
    if cell < STEP * 4 {
        return Vec::new();
    }
    let mut columns = vec![Vec::new(); COLUMNS];
    for rows in picture.luma.chunks_exact(width * CELL_ROWS) {
        for (at, column) in columns.iter_mut().enumerate() {
            let start = at * cell;
            let pixels = rows
                .chunks_exact(width)
                .flat_map(|row| row.get(start..start + cell).unwrap_or_default().iter().step_by(STEP));
            let lightest = pixels.max().copied().unwrap_or(0);
            column.push((f32::from(lightest) + 4.0).ln());
        }
    }
    columns
}

/// What changes within a quarter of the height.
fn without_slow(values: &[f32]) -> Vec<f32> {
    let reach = values.len() / 8;
    let mean = |at: usize| {
        let near = values.get(at.saturating_sub(reach)..(at + reach + 1).min(values.len())).unwrap_or_default();
        near.iter().sum::<f32>() / length(near.len().max(1))
    };
    values.iter().enumerate().map(|(at, value)| value - mean(at)).collect()
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers that fit")]
mod tests {
    use super::depth;
    use crate::link::optical::qr_reader::GreyPicture;

    /// A screen of modules of four pixels in rows of tiles on a wall, under this light at each row.
    fn screen(light: impl Fn(u32) -> f32) -> GreyPicture {
        let luma = (0..1280 * 720_u32).map(|at| {
            let (x, y) = (at % 1280, at / 1280);
            let is_wall = !(200..1080).contains(&x) || !(60..660).contains(&y);
            let is_gap = x % 220 < 16 || y % 150 < 16;
            let is_dark = (x / 4 * 7 + y / 4 * 13) % 3 == 0;
            let value = if is_wall {
                90.0
            } else if is_gap || !is_dark {
                220.0
            } else {
                30.0
            };
            (value * light(y)) as u8
        });
        GreyPicture { width: 1280, height: 720, luma: luma.collect() }
    }

    #[test]
    fn bands_are_seen_and_rows_of_tiles_are_none() {
        assert_eq!(depth(&screen(|_| 1.0)), 0.0, "rows of tiles");
        assert_eq!(depth(&screen(|y| 0.6 + 0.4 * y as f32 / 720.0)), 0.0, "lighter below than above");
        let banded = depth(&screen(|y| if y % 180 < 50 { 0.5 } else { 1.0 }));
        assert!((0.3..0.8).contains(&banded), "{banded}");
        let faint = depth(&screen(|y| if y % 180 < 50 { 0.95 } else { 1.0 }));
        assert_eq!(faint, 0.0, "too faint to harm");
    }

    #[test]
    fn odd_pictures_have_none() {
        for (width, height) in [(0, 0), (1, 1), (3, 3000), (3000, 3), (640, 480)] {
            let luma = (0..width * height).map(|at| (at * 7 % 251) as u8).collect();
            let _ = depth(&GreyPicture { width, height, luma });
        }
    }
}

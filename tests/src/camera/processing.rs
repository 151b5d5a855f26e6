//! What a camera does with the light of its sensor before it hands a picture over: white balance, the two colours that
//! each pixel lacks, sharpening, less colour than brightness, a part cut away.
//!
//! ```text
//! one colour a pixel ─ balance ─ colours between ─ tone curve ─ sharpening ─ chroma ─ crop ─▶ JPEG
//! ```

use image::{GrayImage, RgbImage, imageops};

use super::plane::{Kernel, Plane};

/// How a camera works its pictures over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Processing {
    /// Gain of red, green and blue: 1 each is right for the panel's white. Only a sensor with a colour filter has it.
    pub balance: [f64; 3],
    /// Sharpening, if there is any.
    pub sharpening: Option<Sharpening>,
    /// How much of the colour is handed over.
    pub chroma: Chroma,
}

impl Processing {
    /// Nothing is changed.
    pub const NONE: Self = Self { balance: [1.0; 3], sharpening: None, chroma: Chroma::Whole };
}

/// Sharpening: what differs from the surroundings is made to differ more, so that edges get halos.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sharpening {
    /// How much of the difference is added.
    pub amount: f64,
    /// Deviation of the surroundings, in pixels.
    pub radius: f64,
}

/// How many pixels share one value of colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chroma {
    /// Each has its own (4:4:4).
    Whole,
    /// Two side by side share it (4:2:2).
    Half,
    /// Four share it (4:2:0).
    Quarter,
}

/// The part of the picture that is handed over, as shares of its width and height that are cut away.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crop {
    /// Cut away on the left.
    pub left: f64,
    /// Cut away at the top.
    pub top: f64,
    /// Cut away on the right.
    pub right: f64,
    /// Cut away at the bottom.
    pub bottom: f64,
}

impl Crop {
    /// Where the part that is left begins, and its size, in a picture of this size.
    pub(super) fn rectangle(&self, (columns, rows): (u32, u32)) -> [u32; 4] {
        let cut = |share: f64, of: u32| (share.clamp(0.0, 0.49) * f64::from(of)).round() as u32;
        let (left, top) = (cut(self.left, columns), cut(self.top, rows));
        [left, top, columns - left - cut(self.right, columns), rows - top - cut(self.bottom, rows)]
    }

    /// What is left of a picture.
    pub(super) fn grey(&self, picture: &GrayImage) -> GrayImage {
        let [x, y, width, height] = self.rectangle(picture.dimensions());
        imageops::crop_imm(picture, x, y, width, height).to_image()
    }

    /// What is left of a picture in colours.
    pub(super) fn colour(&self, picture: &RgbImage) -> RgbImage {
        let [x, y, width, height] = self.rectangle(picture.dimensions());
        imageops::crop_imm(picture, x, y, width, height).to_image()
    }
}

/// The colour filter over the sensor: which colour (0 red, 1 green, 2 blue) this pixel sees.
pub(super) fn filter(column: usize, row: usize) -> usize {
    column % 2 + row % 2
}

/// The three colours of every pixel, from a sensor whose pixels see one each: the missing ones are the mean of the
/// nearest that see them. Then the gains of the balance, and the grey level of each light.
pub(super) fn between(mosaic: &Plane, balance: &[f64; 3], grey: &dyn Fn(u16) -> u8) -> RgbImage {
    let (columns, rows) = (mosaic.columns, mosaic.rows());
    let gains = balance.map(|gain| (gain * 4096.0) as u32);
    let mut picture = Vec::with_capacity(columns * rows * 3);
    for row in 0..rows {
        let lines = [
            row.checked_sub(1).unwrap_or(1.min(rows - 1)),
            row,
            if row + 1 < rows { row + 1 } else { rows.saturating_sub(2) },
        ]
        .map(|line| mosaic.row(line));
        for column in 0..columns {
            let left = column.checked_sub(1).unwrap_or(1.min(columns - 1));
            let right = if column + 1 < columns { column + 1 } else { columns.saturating_sub(2) };
            let [up, here, down] =
                lines.map(|line| (u32::from(line[left]), u32::from(line[column]), u32::from(line[right])));
            let own = here.1;
            let (sides, ends) = ((here.0 + here.2) / 2, (up.1 + down.1) / 2);
            let light = match filter(column, row) {
                0 => [own, (sides + ends) / 2, (up.0 + up.2 + down.0 + down.2) / 4],
                2 => [(up.0 + up.2 + down.0 + down.2) / 4, (sides + ends) / 2, own],
                // Green: red is beside it in even rows, above and below it in odd ones.
                _ if row.is_multiple_of(2) => [sides, own, ends],
                _ => [ends, own, sides],
            };
            for (light, gain) in light.iter().zip(gains) {
                picture.push(grey(((light * gain) >> 12).min(65_535) as u16));
            }
        }
    }
    RgbImage::from_raw(columns as u32, rows as u32, picture).expect("three colours for every pixel")
}

/// Brightness of a colour (ITU-R BT.601), as it is in a JPEG and in what a camera sends.
pub(super) fn brightness(colour: [u8; 3]) -> u8 {
    let [red, green, blue] = colour.map(u32::from);
    ((red * 19_595 + green * 38_470 + blue * 7_471 + 32_768) >> 16) as u8
}

/// The picture in grey.
pub(super) fn grey_of(picture: &RgbImage) -> GrayImage {
    let greys = picture.pixels().map(|pixel| brightness(pixel.0)).collect();
    GrayImage::from_raw(picture.width(), picture.height(), greys).expect("a grey level for every pixel")
}

impl Sharpening {
    /// What is added to each pixel's brightness.
    fn added(&self, grey: &GrayImage) -> Vec<i16> {
        let columns = grey.width() as usize;
        let light = Plane { columns, light: grey.as_raw().iter().map(|level| u16::from(*level) << 8).collect() };
        let Some(kernel) = Kernel::gaussian(self.radius) else { return vec![0; light.light.len()] };
        let around = kernel.convolve(&light);
        let added = |(own, around): (&u16, &u16)| ((f64::from(*own) - f64::from(*around)) / 256.0 * self.amount) as i16;
        light.light.iter().zip(&around.light).map(added).collect()
    }

    /// Sharpens a grey picture.
    pub(super) fn grey(&self, picture: &mut GrayImage) {
        let added = self.added(picture);
        for (level, added) in picture.iter_mut().zip(added) {
            *level = (i16::from(*level) + added).clamp(0, 255) as u8;
        }
    }

    /// Sharpens a picture in colours by its brightness.
    pub(super) fn colour(&self, picture: &mut RgbImage) {
        let added = self.added(&grey_of(picture));
        for (pixel, added) in picture.pixels_mut().zip(added) {
            pixel.0 = pixel.0.map(|level| (i16::from(level) + added).clamp(0, 255) as u8);
        }
    }
}

impl Chroma {
    /// The picture after pixels that lie together have shared their colour.
    pub(super) fn share(self, picture: &mut RgbImage) {
        let (across, down) = match self {
            Self::Whole => return,
            Self::Half => (2, 1),
            Self::Quarter => (2, 2),
        };
        let (columns, rows) = picture.dimensions();
        for top in (0..rows).step_by(down) {
            for left in (0..columns).step_by(across) {
                let all = move || {
                    let rows = top..rows.min(top + down as u32);
                    rows.flat_map(move |y| (left..columns.min(left + across as u32)).map(move |x| (x, y)))
                };
                let mut differences = [0_i32; 3];
                let mut count = 0;
                for (x, y) in all() {
                    let colour = picture.get_pixel(x, y).0;
                    let own = i32::from(brightness(colour));
                    differences.iter_mut().zip(colour).for_each(|(sum, level)| *sum += i32::from(level) - own);
                    count += 1;
                }
                for (x, y) in all() {
                    let pixel = picture.get_pixel_mut(x, y);
                    let own = i32::from(brightness(pixel.0));
                    pixel.0 = differences.map(|sum| (own + sum / count).clamp(0, 255) as u8);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Chroma, Crop, Sharpening, between, filter, grey_of};
    use crate::camera::plane::Plane;
    use image::{GrayImage, Luma, Rgb, RgbImage};

    #[test]
    fn a_plain_colour_comes_through_the_filter_as_it_was_and_a_wrong_balance_changes_it() {
        let light = [20_000_u16, 10_000, 5_000];
        let mosaic = Plane { columns: 12, light: (0..144).map(|at| light[filter(at % 12, at / 12)]).collect() };
        let right = between(&mosaic, &[1.0; 3], &|light| (light / 256) as u8);
        assert!(right.pixels().all(|pixel| pixel.0 == [78, 39, 19]), "{:?}", right.get_pixel(0, 0));
        let cold = between(&mosaic, &[0.5, 1.0, 2.0], &|light| (light / 256) as u8);
        assert!(cold.pixels().all(|pixel| pixel.0 == [39, 39, 39]), "{:?}", cold.get_pixel(5, 5));
    }

    #[test]
    fn sharpening_gives_edges_halos_and_leaves_plain_areas() {
        let mut edge = GrayImage::from_fn(40, 40, |x, _| Luma([if x < 20 { 60 } else { 180 }]));
        Sharpening { amount: 1.0, radius: 1.0 }.grey(&mut edge);
        let row: Vec<u8> = (0..40).map(|x| edge.get_pixel(x, 20).0[0]).collect();
        assert!(row[19] < 45 && row[20] > 195, "{row:?}");
        assert_eq!((row[2], row[37]), (60, 180));
    }

    #[test]
    fn shared_chroma_keeps_brightness_and_mixes_colour() {
        let mut stripes = RgbImage::from_fn(16, 16, |x, _| Rgb(if x % 2 == 0 { [150, 80, 80] } else { [80, 80, 150] }));
        let before = stripes.clone();
        Chroma::Quarter.share(&mut stripes);
        let (grey, was) = (grey_of(&stripes), grey_of(&before));
        let apart = grey.as_raw().iter().zip(was.as_raw()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(apart <= Some(2), "{apart:?}");
        let pixel = stripes.get_pixel(4, 4).0;
        assert!(pixel[0].abs_diff(pixel[2]) < 20, "red and blue are alike now: {pixel:?}");
    }

    #[test]
    fn a_crop_leaves_the_part_it_says() {
        let picture = GrayImage::from_fn(100, 50, |x, y| Luma([(x + y) as u8]));
        let left = Crop { left: 0.1, top: 0.2, right: 0.3, bottom: 0.0 }.grey(&picture);
        assert_eq!((left.dimensions(), left.get_pixel(0, 0).0[0]), ((60, 40), 20));
    }
}

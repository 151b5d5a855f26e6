//! The sizes at which a picture is looked at, and in which order.

use super::grey_picture::GreyPicture;

/// One size of a picture, and whether it is looked at with light for dark.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Size {
    numerator: u32,
    denominator: u32,
    pub(super) inverted: bool,
    /// Pixels that it has.
    pixels: u64,
}

/// Pixels of the longer side below which a picture is not scaled down further: the smallest frame is shown in 57 + 8
/// modules, but what is shown beside it may be smaller.
const SIDE_MIN: u32 = 60;
/// Pixels above which a picture is looked at smaller from the beginning: a pass takes some 15 ns a pixel.
const PIXELS_MAX: u64 = 13_000_000;
/// Pixels of the longer side of the size that is looked at first: of a 4K picture, the half.
const FIRST_SIDE: u32 = 2_048;
/// Pixels above which nothing is scaled up.
const ENLARGED_MAX: u64 = 5_000_000;
/// Pixels above which no copy with light for dark is made: a reader has 256 MiB for the picture and all else.
const INVERTED_MAX: u64 = 64_000_000;
/// What a look takes besides its pixels, in pixels.
const BESIDE: f32 = 250_000.0;

impl Size {
    fn new(picture: &GreyPicture, (numerator, denominator): (u32, u32), inverted: bool) -> Self {
        let pixels = u64::from(picture.width) * u64::from(picture.height);
        let pixels = pixels * u64::from(numerator * numerator) / u64::from(denominator * denominator);
        Self { numerator, denominator, inverted, pixels }
    }

    /// How much work a look at it is, beside that at others.
    #[expect(clippy::cast_precision_loss, reason = "a weight")]
    pub(super) fn cost(&self) -> f32 {
        self.pixels as f32 + BESIDE
    }

    /// Whether it is the picture as it is.
    pub(super) const fn is_whole(&self) -> bool {
        self.numerator == self.denominator
    }

    /// Pixels of the whole picture in one of its own, along a side.
    #[expect(clippy::cast_precision_loss, reason = "at most 16")]
    pub(super) fn scale(&self) -> f32 {
        self.denominator as f32 / self.numerator as f32
    }

    /// The picture in this size; nothing if it is as it is.
    pub(super) fn scaled(&self, whole: &GreyPicture) -> Option<GreyPicture> {
        match (self.numerator, self.denominator) {
            (numerator, denominator) if numerator == denominator => None,
            (1, divisor) => Some(whole.scaled_down(divisor)),
            (numerator, denominator) => Some(whole.resized(numerator, denominator)),
        }
    }

    /// Its name, for people.
    pub(super) fn text(&self) -> String {
        let size = match (self.numerator, self.denominator) {
            (numerator, denominator) if numerator == denominator => "the whole size".to_owned(),
            (numerator, 1) => format!("{numerator} times the size"),
            (numerator, denominator) => format!("{numerator}/{denominator} of the size"),
        };
        if self.inverted { format!("{size} with light for dark") } else { size }
    }
}

/// How many of the sizes of a picture are looked at even if all that is seen is read: up to the whole size, and two.
pub(super) fn least(sizes: &[Size]) -> usize {
    sizes.iter().position(Size::is_whole).map_or(0, |at| at + 1).max(2)
}

/// The sizes at which a picture is looked at, in the order in which it is looked at.
pub(super) fn sizes(picture: &GreyPicture, all: bool) -> Vec<Size> {
    let longest = picture.width.max(picture.height);
    let first = [1, 2, 4, 8].into_iter().find(|divisor| longest / divisor <= FIRST_SIDE).unwrap_or(16);
    let mut parts: Vec<(u32, u32)> =
        (1..=first).rev().filter(|divisor| divisor.is_power_of_two()).map(|divisor| (1, divisor)).collect();
    parts.push((1, first * 2));
    if all {
        parts.extend([(1, 3), (2, 3), (1, 4), (3, 4), (2, 1), (1, 8), (1, 16)]);
    }
    let mut sizes: Vec<Size> = Vec::new();
    let is_copied = u64::from(picture.width) * u64::from(picture.height) <= INVERTED_MAX;
    for inverted in [false, true].into_iter().filter(|inverted| !inverted || is_copied) {
        // Light on dark is rare. It is looked for at the likeliest sizes.
        let parts = if inverted { parts.get(..3.min(parts.len())).unwrap_or_default() } else { &parts };
        for part in parts {
            let size = Size::new(picture, *part, inverted);
            let is_useful = part.0 >= part.1 || longest / part.1 * part.0 >= SIDE_MIN || *part == (1, 1);
            let most = if part.0 > part.1 { ENLARGED_MAX } else { PIXELS_MAX };
            if is_useful && size.pixels <= most && !sizes.contains(&size) {
                sizes.push(size);
            }
        }
    }
    sizes
}

#[cfg(test)]
mod tests {
    use super::sizes;
    use crate::link::optical::qr_reader::GreyPicture;

    fn names(width: u32, height: u32, all: bool) -> Vec<String> {
        let picture = GreyPicture { width, height, luma: Vec::new() };
        sizes(&picture, all).iter().map(|size| size.text()).collect()
    }

    #[test]
    fn a_large_picture_is_looked_at_smaller_first_and_every_size_once() {
        let film = names(3840, 2160, false);
        assert_eq!(film.first().unwrap(), "1/2 of the size");
        assert!(film.contains(&"the whole size".to_owned()));
        assert_eq!(names(1920, 1080, false).first().unwrap(), "the whole size");
        // More pixels than can be looked at are never looked at.
        assert!(!names(12_000, 12_000, true).contains(&"the whole size".to_owned()));
        assert!(names(8_000, 8_000, true).iter().any(|name| name.contains("light for dark")));
        assert!(!names(12_000, 12_000, true).iter().any(|name| name.contains("light for dark")));
        for (width, height) in [(0, 0), (1, 1), (30, 4000), (640, 480), (4000, 3000), (12_000, 12_000)] {
            let all = names(width, height, true);
            let mut once = all.clone();
            once.sort();
            once.dedup();
            assert_eq!(once.len(), all.len(), "{all:?}");
            assert!(!all.is_empty(), "{width} × {height}");
        }
    }
}

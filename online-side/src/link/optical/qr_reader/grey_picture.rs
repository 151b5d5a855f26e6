//! A grey picture, and the light at a place of it.

use super::geometry::Point;

/// A grey picture, one byte a pixel, row after row without padding.
#[derive(Debug, Clone)]
pub struct GreyPicture {
    /// Pixels a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `width × height` bytes; 0 is black.
    pub luma: Vec<u8>,
}

impl GreyPicture {
    /// Whether it has as many bytes as pixels, and at least one.
    #[must_use]
    pub(crate) fn is_whole(&self) -> bool {
        let pixels = u64::from(self.width) * u64::from(self.height);
        pixels > 0 && u64::try_from(self.luma.len()) == Ok(pixels)
    }

    /// The light at `at`, from 0 to 255, between the four pixels around it. Pixel (0, 0) has its middle at (0.5, 0.5).
    /// Beside the picture it is as light as at its edge.
    #[must_use]
    pub(crate) fn light_at(&self, at: Point) -> f32 {
        let (x, dx) = split(at.x - 0.5, self.width);
        let (y, dy) = split(at.y - 0.5, self.height);
        let width = usize::try_from(self.width).unwrap_or(0);
        let start = y * width + x;
        let (Some([a, b]), Some([c, d])) =
            (self.luma.get(start..start + 2), self.luma.get(start + width..start + width + 2))
        else {
            return 0.0;
        };
        let upper = f32::from(*a) + (f32::from(*b) - f32::from(*a)) * dx;
        let lower = f32::from(*c) + (f32::from(*d) - f32::from(*c)) * dx;
        upper + (lower - upper) * dy
    }

    /// Whether `at` is in the picture.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "sides of some thousand pixels")]
    pub(crate) fn holds(&self, at: Point) -> bool {
        at.x >= 0.0 && at.y >= 0.0 && at.x < self.width as f32 && at.y < self.height as f32
    }

    /// The same with light for dark.
    #[must_use]
    pub(crate) fn inverted(&self) -> Self {
        Self { luma: self.luma.iter().map(|light| !light).collect(), ..*self }
    }

    /// The same picture `numerator`/`denominator` times as large, each pixel the light at its middle.
    #[must_use]
    pub(crate) fn resized(&self, numerator: u32, denominator: u32) -> Self {
        let (numerator, denominator) = (numerator.max(1), denominator.max(1));
        let side = |pixels: u32| u32::try_from(u64::from(pixels) * u64::from(numerator) / u64::from(denominator));
        let (width, height) = (side(self.width).unwrap_or(0), side(self.height).unwrap_or(0));
        #[expect(clippy::cast_precision_loss, reason = "sides of some thousand pixels")]
        let place = |at: u32| (at as f32 + 0.5) * denominator as f32 / numerator as f32;
        let pixels = usize::try_from(u64::from(width) * u64::from(height)).unwrap_or(0);
        let mut luma = Vec::with_capacity(pixels);
        for row in 0..height {
            let y = place(row);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "light is from 0 to 255")]
            luma.extend((0..width).map(|column| (self.light_at(Point::new(place(column), y)) + 0.5) as u8));
        }
        Self { width, height, luma }
    }

    /// Every `divisor` × `divisor` pixels become one, their mean.
    #[must_use]
    pub(crate) fn scaled_down(&self, divisor: u32) -> Self {
        let divisor = divisor.max(1);
        let (width, height) = (self.width / divisor, self.height / divisor);
        let side = usize::try_from(divisor).unwrap_or(1);
        let row_length = usize::try_from(self.width).unwrap_or(1).max(1);
        let columns = usize::try_from(width).unwrap_or(0);
        let mut luma = Vec::with_capacity(columns.saturating_mul(usize::try_from(height).unwrap_or(0)));
        let mut sums = vec![0_u32; columns];
        for rows in self.luma.chunks_exact(row_length * side) {
            sums.fill(0);
            for row in rows.chunks_exact(row_length) {
                for (sum, pixels) in sums.iter_mut().zip(row.chunks_exact(side)) {
                    *sum += pixels.iter().map(|p| u32::from(*p)).sum::<u32>();
                }
            }
            luma.extend(sums.iter().map(|sum| u8::try_from(sum / (divisor * divisor)).unwrap_or(u8::MAX)));
        }
        Self { width, height, luma }
    }
}

/// The pixel before `place` on a side of `length`, with one after it, and how far beyond its middle that is.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "clamped")]
fn split(place: f32, length: u32) -> (usize, f32) {
    let last = length.saturating_sub(2) as f32;
    // A cast and no `floor`, which is a call to a library where a processor's newer instructions are not assumed.
    let whole = place.clamp(0.0, last) as u32;
    (whole as usize, (place - whole as f32).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::GreyPicture;
    use crate::link::optical::qr_reader::geometry::Point;

    #[test]
    fn scaling_takes_the_mean() {
        let picture = GreyPicture { width: 5, height: 3, luma: (0..15).collect() };
        let half = picture.scaled_down(2);
        assert_eq!((half.width, half.height, half.luma), (2, 1, vec![3, 5]));
    }

    #[test]
    fn light_is_taken_between_pixels_and_at_the_edge_beside_the_picture() {
        let picture = GreyPicture { width: 2, height: 2, luma: vec![0, 100, 100, 200] };
        let light = |x, y| picture.light_at(Point { x, y });
        assert!((light(0.5, 0.5) - 0.0).abs() < 1e-3);
        assert!((light(1.0, 1.0) - 100.0).abs() < 1e-3);
        assert!((light(1.5, 1.0) - 150.0).abs() < 1e-3);
        assert!((light(99.0, 99.0) - 200.0).abs() < 1e-3);
        let _ = light(f32::NAN, f32::INFINITY);
        assert!(GreyPicture { width: 1, height: 0, luma: vec![] }.light_at(Point { x: 0.0, y: 0.0 }).abs() < 1e-3);
    }
}

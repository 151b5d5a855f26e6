//! A small picture of what a camera sees, in half blocks, with the outlines of the symbols seen.
//!
//! ```text
//! ▀▀▀▀▀▀▀▀   each cell is two pixels, one above the other;
//! ▀┌────┐▀   green: read · yellow: seen, not read · red: was there, is hidden
//! ```

use serde::{Deserialize, Serialize};

use crate::link::optical::qr_reader::{GreyPicture, Outcome, Point, Reading};

/// Cells across: fits the narrowest usual terminal, of 80.
const COLUMNS: u16 = 64;
/// Cells down, at most: room is left for the lines around it.
const ROWS_MAX: u16 = 20;

/// What a camera saw, made small.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Two rows of pixels make one row of cells.
    columns: usize,
    pixels: Vec<Pixel>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Pixel {
    Grey(u8),
    Read,
    Unread,
    Hidden,
}

impl View {
    /// The view of a picture and of what was read in it.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "sides of some thousand pixels")]
    pub(crate) fn new(picture: &GreyPicture, reading: &Reading) -> Self {
        if !picture.is_whole() {
            return Self { columns: 0, pixels: Vec::new() };
        }
        let (width, height) = (picture.width as f32, picture.height as f32);
        let rows_max = f32::from(ROWS_MAX * 2);
        let scale = (f32::from(COLUMNS) / width).min(rows_max / height);
        let (columns, rows) = (whole(width * scale).max(1), whole(height * scale).max(1));
        let mut pixels = Vec::with_capacity(columns * rows);
        let step = 1.0 / scale;
        for row in 0..rows {
            for column in 0..columns {
                // A few places of the area stand for it.
                let (left, top) = (column as f32 * step, row as f32 * step);
                let mut sum = 0.0;
                for (x, y) in [(0.2, 0.3), (0.5, 0.7), (0.8, 0.2), (0.35, 0.55), (0.65, 0.9), (0.9, 0.6)] {
                    sum += picture.light_at(Point::new(left + x * step, top + y * step));
                }
                pixels.push(Pixel::Grey(byte(sum / 6.0)));
            }
        }
        let mut view = Self { columns, pixels };
        for sighting in &reading.sightings {
            let pixel = match sighting.outcome {
                Outcome::Read { .. } => Pixel::Read,
                Outcome::Mixed | Outcome::Unread => Pixel::Unread,
                Outcome::Hidden => Pixel::Hidden,
            };
            let ends = sighting.outline.iter().zip(sighting.outline.iter().cycle().skip(1));
            for (from, to) in ends {
                view.line(*from * scale, *to * scale, pixel);
            }
        }
        view
    }

    fn line(&mut self, from: Point, to: Point, pixel: Pixel) {
        let length = (to - from).length();
        if !length.is_finite() || length > 1000.0 {
            return;
        }
        let mut gone = 0.0;
        while gone <= length {
            let at = from + (to - from) * (gone / length.max(0.1));
            if at.x >= 0.0
                && at.y >= 0.0
                && whole(at.x) < self.columns
                && let Some(place) = self.pixels.get_mut(whole(at.y) * self.columns + whole(at.x))
            {
                *place = pixel;
            }
            gone += 0.5;
        }
    }

    /// Whether it is no larger than a view is, and whole.
    #[must_use]
    pub(crate) fn is_sound(&self) -> bool {
        let most = usize::from(COLUMNS);
        self.columns <= most
            && self.pixels.len() <= most * usize::from(ROWS_MAX) * 2
            && self.pixels.len().is_multiple_of(self.columns.max(1))
    }

    /// Cells across.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Its lines, with colours of the 256-colour palette.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut rows = self.pixels.chunks(self.columns.max(1));
        while let Some(upper) = rows.next() {
            let lower = rows.next().unwrap_or_default();
            let mut line = String::new();
            let mut colours = None;
            for (at, pixel) in upper.iter().enumerate() {
                let below = lower.get(at).copied().unwrap_or(Pixel::Grey(0));
                let wanted = (pixel.colour(), below.colour());
                if colours != Some(wanted) {
                    colours = Some(wanted);
                    line.push_str(&format!("\x1b[38;5;{};48;5;{}m", wanted.0, wanted.1));
                }
                line.push('▀');
            }
            line.push_str("\x1b[0m");
            lines.push(line);
        }
        lines
    }
}

impl Pixel {
    /// Its number in the palette: 232 to 255 are grey.
    const fn colour(self) -> u8 {
        match self {
            Self::Grey(light) => 232 + light / 11,
            Self::Read => 46,
            Self::Unread => 226,
            Self::Hidden => 196,
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast to whole numbers saturates")]
fn whole(number: f32) -> usize {
    number as usize
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast to whole numbers saturates")]
fn byte(number: f32) -> u8 {
    number as u8
}

#[cfg(test)]
mod tests {
    use super::{Pixel, View};
    use crate::link::optical::qr_reader::{GreyPicture, Outcome, Point, Reading, Sighting};

    #[test]
    fn a_view_is_as_wide_as_a_narrow_terminal_and_shows_the_outline() {
        let picture = GreyPicture { width: 1920, height: 1080, luma: vec![255; 1920 * 1080] };
        let outline = Point::square(600.0).map(|corner| corner + Point::new(600.0, 200.0));
        let seen = Sighting::at(outline, Outcome::Unread);
        let view = View::new(&picture, &Reading { sightings: vec![seen], ..Reading::default() });
        let lines = view.lines();
        assert_eq!((view.columns(), lines.len()), (64, 18));
        assert!(lines.iter().all(|line| line.matches('▀').count() == 64));
        assert!(lines.iter().any(|line| line.contains(";5;226")));
        assert_eq!(view.pixels[0], Pixel::Grey(255));
        assert!(Pixel::Grey(255).colour() == 255 && Pixel::Grey(0).colour() == 232);
    }

    #[test]
    fn any_shape_and_any_outline_can_be_shown() {
        for (width, height) in [(0, 0), (1, 1), (1, 5000), (5000, 1), (7, 3)] {
            let picture = GreyPicture { width, height, luma: vec![9; (width * height) as usize] };
            let odd = [f32::NAN, f32::INFINITY, -1e30, 1e30].map(|at| Point::new(at, at));
            let seen = Sighting::at(odd, Outcome::Hidden);
            let view = View::new(&picture, &Reading { sightings: vec![seen], ..Reading::default() });
            assert!(view.columns() <= 64 && view.lines().len() <= 20);
        }
    }
}

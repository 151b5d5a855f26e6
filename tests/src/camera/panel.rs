//! The screen: what light its grey levels give, and when a new picture is really there.

use image::GrayImage;

use super::flicker::Backlight;
use super::grid::SubpixelGrid;
use super::plane::{Plane, WHITE};

/// Panel pixels of dark frame around the picture.
pub(super) const BEZEL: usize = 24;

/// A screen that shows one picture after the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Panel {
    /// Exponent from grey level to light.
    pub gamma: f64,
    /// Light of black beside white: the panel's own and what the room adds by reflection.
    pub black: f64,
    /// Pictures a second it can show; a new one begins with a refresh.
    pub refresh: f64,
    /// How long one refresh takes from the top row to the bottom row, in seconds.
    pub scan_out: f64,
    /// Time in which all but 1/e of a change has happened, in seconds.
    pub settling: f64,
    /// Share by which its clock runs fast against the camera's.
    pub drift: f64,
    /// Its subpixels, if the camera is to see them: moiré.
    pub grid: Option<SubpixelGrid>,
    /// How its backlight is dimmed, if by pulses.
    pub backlight: Option<Backlight>,
    /// Where a new picture begins, if it does not wait for the top of the panel, as a share of the height: what is above
    /// still shows the picture before for one refresh more.
    pub tear: Option<f64>,
}

impl Panel {
    /// An ordinary office monitor of 60 Hz: contrast about 40 in a lit room, settling in some milliseconds.
    pub const OFFICE: Self = Self {
        gamma: 2.2,
        black: 0.025,
        refresh: 60.0,
        scan_out: 0.016,
        settling: 0.004,
        drift: 3e-5,
        grid: None,
        backlight: None,
        tear: None,
    };

    /// The same with its subpixels and a backlight dimmed to three quarters by 240 pulses a second.
    pub const MONITOR: Self = Self {
        grid: Some(SubpixelGrid::OFFICE),
        backlight: Some(Backlight { hertz: 240.0, duty: 0.75 }),
        ..Self::OFFICE
    };

    /// One that changes at once and whole: for tests of something else.
    pub const INSTANT: Self =
        Self { black: 0.01, refresh: 1e6, scan_out: 0.0, settling: 0.0, drift: 0.0, ..Self::OFFICE };

    /// When the top row of shown picture `number` begins to appear, at this rate, in seconds after the first.
    #[must_use]
    pub fn begins(&self, number: usize, rate: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a few thousand pictures")]
        let due = number as f64 / rate;
        // The player asks for the picture at its time and gets the refresh after that.
        (due * self.refresh - 1e-6).ceil() / self.refresh * (1.0 - self.drift)
    }

    /// How long after the top of the panel a new picture reaches this share of its height, in seconds.
    pub(super) fn delay(&self, share_down: f64) -> f64 {
        let late = self.tear.is_some_and(|tear| share_down < tear);
        share_down * self.scan_out + if late { 1.0 / self.refresh } else { 0.0 }
    }

    /// The light of `picture` with its bezel.
    pub(super) fn light(&self, picture: &GrayImage) -> Plane {
        let level = |grey: u32| {
            let light = self.black + (1.0 - self.black) * (f64::from(grey) / 255.0).powf(self.gamma);
            (light * WHITE) as u16
        };
        let levels: Vec<u16> = (0..256).map(level).collect();
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let columns = width + 2 * BEZEL;
        let mut light = vec![levels[60]; columns * (height + 2 * BEZEL)];
        for (row, greys) in picture.as_raw().chunks_exact(width.max(1)).enumerate() {
            let place = (row + BEZEL) * columns + BEZEL;
            for (light, grey) in light[place..place + width].iter_mut().zip(greys) {
                *light = levels[usize::from(*grey)];
            }
        }
        Plane { columns, light }
    }
}

#[cfg(test)]
mod tests {
    use super::Panel;

    #[test]
    fn pictures_begin_with_a_refresh() {
        let panel = Panel { drift: 0.0, ..Panel::OFFICE };
        let refreshes: Vec<f64> = (0..6).map(|n| (panel.begins(n, 11.0) * 60.0).round()).collect();
        assert_eq!(refreshes, [0.0, 6.0, 11.0, 17.0, 22.0, 28.0], "five or six refreshes each at eleven a second");
        assert!((panel.begins(12, 12.0) - 1.0).abs() < 1e-9);
    }
}

//! What may be wrong with the pictures of a camera, and what to do about it, in words.

/// Pixels a module below which reading fails.
pub(crate) const MODULE_PIXELS_MIN: f32 = 2.2;

/// What is wrong, if anything.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Advice {
    /// Too few pictures yet.
    Waiting,
    /// All is well.
    Reading,
    /// The picture is black.
    Black,
    /// The camera gives the same picture again and again.
    Frozen,
    /// No code is seen.
    NoCode,
    /// The screen is burnt out.
    OverExposed,
    /// A reflection hides a part of the code.
    Glare,
    /// Dark bands lie across the picture.
    Bands,
    /// A corner of the code is covered.
    Covered,
    /// A code is light on dark, and was not read; too small, with so few pixels a module, if that is known.
    LightOnDark(Option<f32>),
    /// A code is mirrored, and was not read.
    Mirrored,
    /// Codes of other programs only.
    Foreign,
    /// A code has so few pixels a module.
    TooSmall(f32),
    /// A code has so little difference between light and dark, in grey levels.
    Faint(f32),
    /// A code is out of focus or moves.
    Blurred,
    /// A code is well seen, but each picture catches two shown frames.
    RateLocked,
    /// Some codes are read, and this one is not; counted from 1, row by row, of so many.
    TileHidden(usize, usize),
    /// A code is seen and cannot be read, for no reason that can be told.
    Unread,
}

impl Advice {
    /// A stable name.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Reading => "reading",
            Self::Black => "black",
            Self::Frozen => "frozen",
            Self::NoCode => "no-code",
            Self::OverExposed => "over-exposed",
            Self::Glare => "glare",
            Self::Bands => "bands",
            Self::Covered => "corner-covered",
            Self::LightOnDark(_) => "light-on-dark",
            Self::Mirrored => "mirrored",
            Self::Foreign => "foreign",
            Self::TooSmall(_) => "too-small",
            Self::Faint(_) => "faint",
            Self::Blurred => "blurred",
            Self::RateLocked => "rate-locked",
            Self::TileHidden(..) => "tile-hidden",
            Self::Unread => "unread",
        }
    }

    /// Whether somebody should do something.
    #[must_use]
    pub(crate) const fn wants_something(self) -> bool {
        !matches!(self, Self::Reading | Self::Waiting)
    }

    /// Its text in two: what is wrong, and what to do.
    #[must_use]
    pub(crate) fn parts(self) -> (String, String) {
        let text = self.text();
        match text.rsplit_once(": ") {
            Some((what, next)) => (what.to_owned(), next.to_owned()),
            None => (text.clone(), text),
        }
    }

    /// What to do, for somebody who never did this before.
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::Waiting => "waiting for pictures".to_owned(),
            Self::Reading => "reading well: hold it like this".to_owned(),
            Self::Black => {
                "the picture is black (is the shutter closed?): open it or take the cover off the lens, or turn on a light"
                    .to_owned()
            }
            Self::Frozen => "the picture does not change: unplug the camera and plug it in again".to_owned(),
            Self::NoCode => {
                "no code seen: point the camera at the code, and come closer until it fills the picture".to_owned()
            }
            Self::OverExposed => {
                "too bright: turn the screen's brightness down to half, or move out of the lamp's reflection".to_owned()
            }
            Self::Glare => {
                "a reflection hides a part of the code: turn the lamp off, tilt the screen, or stand a little to the side"
                    .to_owned()
            }
            Self::Bands => {
                "dark bands lie across the picture: use a longer exposure, or set the screen to full brightness or another refresh rate"
                    .to_owned()
            }
            Self::Covered => {
                "a corner of the code is hidden: look for a finger, a reflection or the edge of the picture there".to_owned()
            }
            Self::LightOnDark(Some(pixels)) => format!(
                "light on dark, and too small: {pixels:.1} pixels a module, but {MODULE_PIXELS_MIN} are needed: come closer, and turn \
                 off the dark theme or inverted colours"
            ),
            Self::LightOnDark(None) => {
                "light on dark: turn off the dark theme or inverted colours where the code is shown, or make the screen brighter"
                    .to_owned()
            }
            Self::Mirrored => {
                "mirrored: point the camera at the screen itself and not at a mirror, and turn off mirroring in the camera"
                    .to_owned()
            }
            Self::Foreign => {
                "this code is from another program: point the camera at the code that rootcast-offline shows".to_owned()
            }
            Self::TooSmall(pixels) => format!(
                "too small: {pixels:.1} pixels a module, but {MODULE_PIXELS_MIN} are needed: come closer, or show a smaller version"
            ),
            Self::Faint(levels) => {
                format!(
                    "too faint: only {levels:.0} grey levels from dark to light: make the screen brighter, or turn the light off"
                )
            }
            Self::Blurred => {
                "blurred: hold still, clean the lens, or change the distance until the edges are sharp".to_owned()
            }
            Self::RateLocked => {
                "every picture catches two codes: ask the sender to show codes more slowly, or at 11 a second (fps=11)"
                    .to_owned()
            }
            Self::TileHidden(tile, of) => {
                format!(
                    "code {tile} of {of} is hidden: look for a reflection, a finger or the edge of the picture there"
                )
            }
            Self::Unread => {
                "a code is seen but not read: come closer, stand straight in front of it, and hold still".to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Advice;

    #[test]
    fn every_advice_says_what_to_do_in_one_line() {
        for advice in [
            Advice::Waiting,
            Advice::Reading,
            Advice::Black,
            Advice::Frozen,
            Advice::NoCode,
            Advice::OverExposed,
            Advice::Glare,
            Advice::Bands,
            Advice::Covered,
            Advice::Foreign,
            Advice::TooSmall(1.3),
            Advice::Faint(9.0),
            Advice::Blurred,
            Advice::RateLocked,
            Advice::TileHidden(3, 4),
            Advice::Unread,
        ] {
            assert!(advice.text().len() < 130 && !advice.text().contains('\n'), "{}", advice.text());
            let (what, next) = advice.parts();
            assert!(!advice.wants_something() || !what.is_empty() && next.len() > 10 && what != next, "{what}, {next}");
        }
    }
}

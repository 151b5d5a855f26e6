//! What may be wrong with the pictures of a camera, and what to do about it, in words.

use std::mem::{Discriminant, discriminant};

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

    /// What it is about, whatever the numbers.
    #[must_use]
    pub(crate) fn kind(self) -> Discriminant<Self> {
        discriminant(&self)
    }

    /// Whether somebody should do something.
    #[must_use]
    pub(crate) const fn wants_something(self) -> bool {
        !matches!(self, Self::Reading | Self::Waiting)
    }

    /// What is wrong.
    #[must_use]
    pub(crate) fn what(self) -> String {
        let what = match self {
            Self::Waiting => "waiting for pictures",
            Self::Reading => "reading well",
            Self::Black => "the picture is black (is the shutter closed?)",
            Self::Frozen => "the picture does not change",
            Self::NoCode => "no code seen",
            Self::OverExposed => "too bright",
            Self::Glare => "a reflection hides a part of the code",
            Self::Bands => "dark bands lie across the picture",
            Self::Covered => "a corner of the code is hidden",
            Self::LightOnDark(Some(pixels)) => return format!("light on dark, and too small: {}", few(pixels)),
            Self::LightOnDark(None) => "light on dark",
            Self::Mirrored => "mirrored",
            Self::Foreign => "this code is from another program",
            Self::TooSmall(pixels) => return format!("too small: {}", few(pixels)),
            Self::Faint(levels) => return format!("too faint: only {levels:.0} grey levels from dark to light"),
            Self::Blurred => "blurred",
            Self::RateLocked => "every picture catches two codes",
            Self::TileHidden(tile, of) => return format!("code {tile} of {of} is hidden"),
            Self::Unread => "a code is seen but not read",
        };
        what.to_owned()
    }

    /// What to do, for somebody who never did this before. Where one only waits, there is nothing.
    #[must_use]
    pub(crate) const fn next(self) -> Option<&'static str> {
        Some(match self {
            Self::Waiting => return None,
            Self::Reading => "hold it like this",
            Self::Black => "open it or take the cover off the lens, or turn on a light",
            Self::Frozen => "unplug the camera and plug it in again",
            Self::NoCode => "point the camera at the code, and come closer until it fills the picture",
            Self::OverExposed => "turn the screen's brightness down to half, or move out of the lamp's reflection",
            Self::Glare => "turn the lamp off, tilt the screen, or stand a little to the side",
            Self::Bands => "use a longer exposure, or set the screen to full brightness or another refresh rate",
            Self::Covered => "look for a finger, a reflection or the edge of the picture there",
            Self::LightOnDark(Some(_)) => "come closer, and turn off the dark theme or inverted colours",
            Self::LightOnDark(None) => {
                "turn off the dark theme or inverted colours where the code is shown, or make the screen brighter"
            }
            Self::Mirrored => {
                "point the camera at the screen itself and not at a mirror, and turn off mirroring in the camera"
            }
            Self::Foreign => "point the camera at the code that rootcast-offline shows",
            Self::TooSmall(_) => "come closer, or show a smaller version",
            Self::Faint(_) => "make the screen brighter, or turn the light off",
            Self::Blurred => "hold still, clean the lens, or change the distance until the edges are sharp",
            Self::RateLocked => "ask the sender to show codes more slowly, or at 11 a second (fps=11)",
            Self::TileHidden(..) => "look for a reflection, a finger or the edge of the picture there",
            Self::Unread => "come closer, stand straight in front of it, and hold still",
        })
    }

    /// Both in one line.
    #[must_use]
    pub fn text(self) -> String {
        match self.next() {
            Some(next) => format!("{}: {next}", self.what()),
            None => self.what(),
        }
    }
}

/// That a code has too few pixels a module.
fn few(pixels: f32) -> String {
    format!("{pixels:.1} pixels a module, but {MODULE_PIXELS_MIN} are needed")
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
            assert!(!advice.wants_something() || advice.next().is_some_and(|next| next.len() > 10), "{advice:?}");
        }
    }

    /// A text that is taken apart at a colon would be taken apart elsewhere here.
    #[test]
    fn what_is_wrong_and_what_to_do_may_both_have_colons() {
        let small = Advice::LightOnDark(Some(1.25));
        assert_eq!(small.what(), "light on dark, and too small: 1.2 pixels a module, but 2.2 are needed");
        assert_eq!(small.next(), Some("come closer, and turn off the dark theme or inverted colours"));
        assert_eq!(
            small.text(),
            "light on dark, and too small: 1.2 pixels a module, but 2.2 are needed: come closer, and turn off the dark theme or \
             inverted colours"
        );
        assert_eq!((Advice::Waiting.next(), Advice::Waiting.text().as_str()), (None, "waiting for pictures"));
        assert_eq!(Advice::Reading.text(), "reading well: hold it like this");
    }

    #[test]
    fn other_numbers_are_no_other_kind_of_advice() {
        assert_eq!(Advice::TooSmall(1.0).kind(), Advice::TooSmall(2.0).kind());
        assert_ne!(Advice::TooSmall(1.0).kind(), Advice::LightOnDark(Some(1.0)).kind());
        assert_ne!(Advice::Glare.kind(), Advice::Covered.kind());
    }
}

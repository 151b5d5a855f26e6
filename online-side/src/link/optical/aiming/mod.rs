//! Advice for the person who holds the camera, from the pictures of the last seconds.
//!
//! Each picture gives a few numbers; the advice is the cause that explains most of them. Must not: decide anything about
//! received symbols.

mod advice;
mod document;
mod look;
pub(crate) mod not_read;
pub(crate) mod photograph;
mod tiles;

use std::collections::VecDeque;

pub use advice::Advice;
pub(crate) use advice::MODULE_PIXELS_MIN;
pub use document::{AimingDocument, RunDocument};

use self::look::{CONTRAST_MIN, GLARE, Look, Unread};
use crate::link::optical::qr_reader::Reading;

/// Pictures that are remembered: a second and a half of a camera.
const PICTURES: usize = 45;
/// Pictures before anything is said.
const PICTURES_MIN: usize = 8;
/// Equal pictures in a row that mean the camera hangs: its noise alone makes each differ.
const FROZEN: usize = 30;
/// Mean light below which a picture is black.
const BLACK: f32 = 14.0;
/// The same where no code is seen: black of video range is 16 (ITU-R BT.601), and noise is on top of it.
const BLACK_OF_VIDEO: f32 = 24.0;
/// The share of a picture that is burnt out when the screen is, and that of its largest burnt area.
const BURNT_SHARE: f32 = 0.35;
const BURNT_AREA: f32 = 0.05;
/// The share of a code that is burnt when all of it is.
const WASHED_OUT: f32 = 0.6;
/// The share of the pictures in which something light on dark, or mirrored, is seen and none is read. A film is looked at for
/// that in the pictures of which a view is made: eight a second.
const TURNED_SHARE: f32 = 0.1;
/// Sharpness below which reading fails.
const SHARPNESS_MIN: f32 = 0.35;
/// The steepest step of a picture, beside its whole range, below which nothing in it is sharp.
const STEEPEST_MIN: f32 = 0.45;

/// The last seconds of one camera.
#[derive(Debug, Default)]
pub struct Aiming {
    looks: VecDeque<Look>,
    /// Over the whole run: pictures, those with a frame read in them, those of two shown frames.
    pictures: u64,
    pictures_read: u64,
    pictures_mixed: u64,
}

impl Aiming {
    /// Takes one more picture into account.
    pub fn note(&mut self, reading: &Reading) {
        let look = Look::from_reading(reading);
        self.pictures += 1;
        self.pictures_read += u64::from(look.frames > 0);
        self.pictures_mixed += u64::from(look.mixed + look.uncaught > 0);
        self.looks.push_back(look);
        if self.looks.len() > PICTURES {
            self.looks.pop_front();
        }
    }

    /// What is to be done.
    #[must_use]
    pub fn advice(&self) -> Advice {
        let count = self.looks.len();
        if count < PICTURES_MIN && self.looks.iter().all(|look| look.frames == 0) {
            return Advice::Waiting;
        }
        self.conclusion()
    }

    /// What was to be done at the end, however few pictures there were.
    #[must_use]
    pub(crate) fn conclusion(&self) -> Advice {
        let count = self.looks.len();
        if count == 0 {
            return Advice::Waiting;
        }
        let share = |of: fn(&Look) -> bool| ratio(self.looks.iter().filter(|look| of(look)).count(), count);
        let is_black = |look: &Look| look.light < BLACK || look.light < BLACK_OF_VIDEO && look.shows_nothing();
        let is_black = ratio(self.looks.iter().filter(|look| is_black(look)).count(), count) > 0.8;
        if self.is_frozen() {
            // A shutter gives the same picture again and again, too.
            return if is_black { Advice::Black } else { Advice::Frozen };
        }
        if share(|look| look.bands > 0.0) > 0.4 {
            return Advice::Bands;
        }
        if let Some((tile, of)) = tiles::hidden_tile(&self.looks) {
            return Advice::TileHidden(tile, of);
        }
        if share(|look| look.frames > 0) >= 0.15 {
            return Advice::Reading;
        }
        // Looked for in some pictures of a film only.
        if share(|look| look.frames > 0) == 0.0 && share(|look| look.inverted) >= TURNED_SHARE {
            let small = self.typical_pixels().filter(|pixels| *pixels < MODULE_PIXELS_MIN);
            return Advice::LightOnDark(small);
        }
        if is_black {
            return Advice::Black;
        }
        if share(|look| look.glare >= WASHED_OUT) > 0.4 {
            return Advice::OverExposed;
        }
        if share(|look| look.glare >= GLARE) > 0.4 {
            return Advice::Glare;
        }
        if share(|look| look.mixed + look.uncaught > 0) > 0.4 {
            return Advice::RateLocked;
        }
        if share(|look| look.frames > 0) == 0.0 && share(|look| look.mirrored) >= TURNED_SHARE {
            return Advice::Mirrored;
        }
        if share(|look| look.covered) > 0.4 {
            return Advice::Covered;
        }
        if share(|look| look.frames > 0) > 0.0 {
            return self.about_unread().unwrap_or(Advice::Reading);
        }
        if let Some(advice) = self.about_unread() {
            return advice;
        }
        if share(|look| look.burnt > BURNT_SHARE || look.burnt_area > BURNT_AREA) > 0.6 {
            return Advice::OverExposed;
        }
        if share(|look| look.foreign > 0) > 0.3 {
            return Advice::Foreign;
        }
        if share(|look| look.steepest < STEEPEST_MIN) > 0.6 { Advice::Blurred } else { Advice::NoCode }
    }

    /// What is to be done so that what was not read is read, whatever else was.
    #[must_use]
    pub(super) fn why_unread(&self) -> Advice {
        match self.conclusion() {
            Advice::Reading => self.about_unread().unwrap_or(Advice::Unread),
            advice => advice,
        }
    }

    /// The advice and its numbers, for scripts and pages.
    #[must_use]
    pub fn document(&self) -> AimingDocument {
        let count = self.looks.len();
        let share = |of: fn(&Look) -> bool| ratio(self.looks.iter().filter(|look| of(look)).count(), count);
        let advice = self.advice();
        let place = if let Advice::TileHidden(tile, of) = advice { Some((tile, of)) } else { None };
        let latest = |of: fn(&Look) -> Option<f32>| self.looks.iter().rev().find_map(of).map(rounded);
        AimingDocument {
            state: advice.label(),
            text: advice.text(),
            tile: place.map(|(tile, _)| tile),
            of: place.map(|(_, of)| of),
            module_pixels: latest(|look| look.module_pixels),
            contrast: latest(|look| look.contrast),
            pictures: count,
            run: RunDocument { pictures: self.pictures, read: self.pictures_read, mixed: self.pictures_mixed },
            read_share: rounded(share(|look| look.frames > 0)),
            mixed_share: rounded(share(|look| look.mixed + look.uncaught > 0)),
            light: self.looks.back().map(|look| rounded(look.light)),
            burnt_share: self.looks.back().map(|look| rounded(look.burnt)),
            burnt_area: self.looks.back().map(|look| rounded(look.burnt_area)),
        }
    }

    fn is_frozen(&self) -> bool {
        let last = self.looks.back().map(|look| look.digest);
        let equal = self.looks.iter().rev().take_while(|look| Some(look.digest) == last).count();
        equal >= FROZEN
    }

    /// Pixels a module of symbols that were seen and not read, in the middle one of the pictures.
    fn typical_pixels(&self) -> Option<f32> {
        let unread = self.looks.iter().filter_map(|look| look.unread?.module_pixels);
        let mut pixels: Vec<f32> = unread.collect();
        pixels.sort_unstable_by(f32::total_cmp);
        pixels.get(pixels.len() / 2).copied()
    }

    /// Why symbols that were seen are not read, if they are in most pictures.
    fn about_unread(&self) -> Option<Advice> {
        let unread: Vec<Unread> = self.looks.iter().filter_map(|look| look.unread).collect();
        if unread.len() * 10 < self.looks.len() * 3 {
            return None;
        }
        let typical = |of: fn(&Unread) -> Option<f32>| {
            let mut values: Vec<f32> = unread.iter().filter_map(of).collect();
            values.sort_unstable_by(f32::total_cmp);
            values.get(values.len() / 2).copied()
        };
        let burnt = ratio(self.looks.iter().filter(|look| look.burnt > BURNT_SHARE).count(), self.looks.len());
        Some(match (typical(|u| u.module_pixels), typical(|u| u.contrast), typical(|u| u.sharpness)) {
            (Some(pixels), _, _) if pixels < MODULE_PIXELS_MIN => Advice::TooSmall(pixels),
            _ if burnt > 0.6 => Advice::OverExposed,
            (_, Some(contrast), _) if contrast < CONTRAST_MIN => Advice::Faint(contrast),
            (_, _, Some(sharpness)) if sharpness < SHARPNESS_MIN => Advice::Blurred,
            _ => Advice::Unread,
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "tens of pictures")]
fn ratio(part: usize, whole: usize) -> f32 {
    part as f32 / whole.max(1) as f32
}

/// With two decimals, so that a document does not show the noise of arithmetic.
fn rounded(number: f32) -> f64 {
    (f64::from(number) * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use rootcast_protocol::esi::Esi;
    use rootcast_protocol::frame::Frame;
    use rootcast_protocol::object::Object;

    use super::{Advice, Aiming};
    use crate::link::optical::qr_reader::{Light, Outcome, Point, Reading, Sighting};

    fn frame() -> Outcome {
        let object = Object::new(&[7; 100]).unwrap();
        Outcome::Read { content: Frame::new(object, Esi::ZERO, &[0; 176]).unwrap().encode() }
    }

    fn seen(tile: Option<u64>, at: (f32, f32), outcome: Outcome) -> Sighting {
        let outline = Point::square(100.0).map(|corner| corner + Point::new(at.0, at.1));
        Sighting {
            tile,
            module_pixels: Some(4.0),
            contrast: Some(150.0),
            sharpness: Some(0.9),
            ..Sighting::at(outline, outcome)
        }
    }

    /// The advice after 40 pictures, each made by `of` from its number.
    fn after(of: impl Fn(u64) -> Reading) -> Advice {
        let mut aiming = Aiming::default();
        for number in 0..40 {
            let mut reading = of(number);
            if reading.light == Light::default() {
                reading.light =
                    Light { mean: 120.0, burnt: 0.05, burnt_area: 0.01, bands: 0.0, steepest: 1.0, digest: number };
            }
            aiming.note(&reading);
        }
        aiming.advice()
    }

    fn with(sightings: Vec<Sighting>) -> Reading {
        Reading { sightings, ..Reading::default() }
    }

    #[test]
    fn each_fault_has_its_advice() {
        assert_eq!(Aiming::default().advice(), Advice::Waiting);
        assert_eq!(after(|_| Reading::default()), Advice::NoCode);
        let lit = |mean, burnt, digest| Reading {
            light: Light { mean, burnt, burnt_area: 0.0, bands: 0.0, steepest: 1.0, digest },
            ..Reading::default()
        };
        assert_eq!(after(|n| lit(3.0, 0.0, n + 1)), Advice::Black);
        // Black of video range, with the noise of a sensor and without it.
        assert_eq!(after(|n| lit(18.0, 0.0, n + 1)), Advice::Black);
        assert_eq!(after(|_| lit(16.0, 0.0, 5)), Advice::Black);
        assert_ne!(after(|n| lit(30.0, 0.0, n + 1)), Advice::Black);
        let dim =
            after(|n| Reading { sightings: vec![seen(None, (0.0, 0.0), Outcome::Unread)], ..lit(18.0, 0.0, n + 1) });
        assert_ne!(dim, Advice::Black, "a code is seen in the dark");
        assert_eq!(after(|_| lit(100.0, 0.0, 5)), Advice::Frozen);
        assert_eq!(after(|n| lit(220.0, 0.7, n + 1)), Advice::OverExposed);
        let soft =
            |digest| Reading { light: Light { steepest: 0.2, ..lit(100.0, 0.0, digest).light }, ..lit(0.0, 0.0, 0) };
        assert_eq!(after(|n| soft(n + 1)), Advice::Blurred);
        let unread = |change: fn(&mut Sighting)| {
            after(|_| {
                let mut sighting = seen(None, (0.0, 0.0), Outcome::Unread);
                change(&mut sighting);
                with(vec![sighting])
            })
        };
        assert_eq!(unread(|s| s.module_pixels = Some(1.4)), Advice::TooSmall(1.4));
        assert_eq!(unread(|s| s.contrast = Some(20.0)), Advice::Faint(20.0));
        assert_eq!(unread(|s| s.sharpness = Some(0.1)), Advice::Blurred);
        assert_eq!(unread(|_| {}), Advice::Unread);
        assert_eq!(unread(|s| s.burnt = 0.25), Advice::Glare);
        assert_eq!(unread(|s| s.burnt = 0.9), Advice::OverExposed);
        assert_eq!(unread(|s| s.changed = true), Advice::RateLocked);
        assert_eq!(unread(|s| (s.changed, s.sharpness) = (true, Some(0.2))), Advice::Blurred);
        assert_eq!(unread(|s| s.covered = true), Advice::Covered);
        assert_eq!(unread(|s| s.inverted = true), Advice::LightOnDark(None));
        assert_eq!(unread(|s| (s.inverted, s.module_pixels) = (true, Some(1.2))), Advice::LightOnDark(Some(1.2)));
        assert_eq!(unread(|s| s.mirrored = true), Advice::Mirrored);
        // Most pictures of a film are not looked at for that; and what is read, is.
        let turned = |every: u64, outcome: Outcome| {
            after(|n| {
                let mut sighting = seen(None, (0.0, 0.0), if n % 5 == 0 { outcome.clone() } else { Outcome::Unread });
                sighting.inverted = n % every == 0;
                with(vec![sighting])
            })
        };
        assert_eq!(turned(4, Outcome::Unread), Advice::LightOnDark(None));
        assert_eq!(turned(40, Outcome::Unread), Advice::Unread);
        assert_eq!(turned(4, frame()), Advice::Reading);
        assert_eq!(unread(|s| (s.covered, s.module_pixels) = (true, Some(1.7))), Advice::TooSmall(1.7));
        let banded = |outcome: Outcome| {
            after(|n| Reading {
                light: Light { bands: 0.5, ..lit(100.0, 0.0, n + 1).light },
                ..with(vec![seen(Some(1), (0.0, 0.0), outcome.clone())])
            })
        };
        assert_eq!(banded(Outcome::Unread), Advice::Bands);
        assert_eq!(banded(frame()), Advice::Reading, "bands that harm nothing");
        let other = Outcome::Read { content: b"https://example.com".to_vec() };
        assert_eq!(after(|_| with(vec![seen(None, (0.0, 0.0), other.clone())])), Advice::Foreign);
        assert_eq!(
            after(|n| with(vec![seen(Some(1), (0.0, 0.0), if n % 9 == 0 { frame() } else { Outcome::Mixed })])),
            Advice::RateLocked
        );
        assert_eq!(
            after(|n| with(vec![seen(Some(1), (0.0, 0.0), if n % 3 == 0 { frame() } else { Outcome::Mixed })])),
            Advice::Reading
        );
    }

    #[test]
    fn a_hidden_tile_is_named_by_its_place() {
        let places = [(0.0, 0.0), (200.0, 8.0), (3.0, 200.0), (205.0, 203.0)];
        for hidden in 0..4 {
            let advice = after(|_| {
                with(
                    places
                        .iter()
                        .enumerate()
                        .map(|(at, place)| {
                            seen(Some(9 - at as u64), *place, if at == hidden { Outcome::Hidden } else { frame() })
                        })
                        .collect(),
                )
            });
            assert_eq!(advice, Advice::TileHidden(hidden + 1, 4));
        }
    }

    /// The camera moved by more than a tile: what it saw before is nowhere, and nothing hides it.
    #[test]
    fn where_tiles_were_before_the_camera_moved_nothing_is_hidden() {
        for away in [(20.0, 15.0), (900.0, 0.0), (0.0, -700.0)] {
            let advice = after(|_| {
                let tiles = (0..4_u8).flat_map(|at| {
                    let place = (f32::from(at % 2) * 110.0, f32::from(at / 2) * 110.0);
                    let before = (place.0 + away.0, place.1 + away.1);
                    [seen(Some(u64::from(at)), before, Outcome::Hidden), seen(Some(10 + u64::from(at)), place, frame())]
                });
                with(tiles.collect())
            });
            assert_eq!(advice, Advice::Reading, "{away:?}");
        }
    }

    #[test]
    fn a_camera_held_askew_counts_as_the_screen_does() {
        for degrees in [-170.0_f32, -90.0, -12.0, -4.0, 4.0, 12.0, 90.0] {
            let (sin, cos) = degrees.to_radians().sin_cos();
            let turned = |x: f32, y: f32| Point::new(x * cos - y * sin, x * sin + y * cos);
            for hidden in 0..3_u8 {
                let advice = after(|_| {
                    let tiles = (0..3_u8).map(|at| {
                        let left = f32::from(at) * 200.0;
                        let outcome = if at == hidden { Outcome::Hidden } else { frame() };
                        Sighting {
                            outline: Point::square(180.0).map(|corner| turned(left + corner.x, corner.y)),
                            ..seen(Some(u64::from(7 - at)), (0.0, 0.0), outcome)
                        }
                    });
                    with(tiles.collect())
                });
                assert_eq!(advice, Advice::TileHidden(usize::from(hidden) + 1, 3), "{degrees} degrees");
            }
        }
    }
}

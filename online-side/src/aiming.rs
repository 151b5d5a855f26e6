//! What whoever holds the camera should do, from the last seconds of pictures.
//!
//! Each picture leaves a few numbers; the advice is what explains most of them. Must not: decide anything about what
//! was received.

use std::collections::{BTreeMap, VecDeque};

use rootcast_protocol::frame::Frame;
use serde_json::{Value, json};

use crate::qr_reader::{Outcome, Point, Reading};

/// Pictures that are remembered: a second and a half of a camera.
const PICTURES: usize = 45;
/// Pictures before anything is said.
const PICTURES_MIN: usize = 8;
/// Equal pictures in a row that mean the camera hangs: its noise alone makes each differ.
const FROZEN: usize = 30;
/// Mean light below which a picture is black.
const BLACK: f32 = 14.0;
/// The share of a picture that is burnt out when the screen is.
const BURNT: f32 = 0.35;
/// Pixels a module below which reading fails.
pub const MODULE_PIXELS_MIN: f32 = 2.2;
/// Sharpness below which reading fails.
const SHARPNESS_MIN: f32 = 0.35;
/// The steepest step of a picture, beside its whole range, below which nothing in it is sharp.
const STEEPEST_MIN: f32 = 0.45;
/// Grey levels between light and dark that reading needs.
const CONTRAST_MIN: f32 = 30.0;

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
            Self::Foreign => "foreign",
            Self::TooSmall(_) => "too-small",
            Self::Faint(_) => "faint",
            Self::Blurred => "blurred",
            Self::RateLocked => "rate-locked",
            Self::TileHidden(..) => "tile-hidden",
            Self::Unread => "unread",
        }
    }

    /// What to do, for somebody who never did this before.
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::Waiting => "waiting for pictures".to_owned(),
            Self::Reading => "reading well: hold it like this".to_owned(),
            Self::Black => "the picture is black: take the cover off the lens, or make light".to_owned(),
            Self::Frozen => "the picture does not change: unplug the camera and plug it in again".to_owned(),
            Self::NoCode => {
                "no code seen: point the camera at the code, and come closer until it fills the picture".to_owned()
            }
            Self::OverExposed => {
                "too bright: turn the screen's brightness down to half, or move out of the lamp's reflection".to_owned()
            }
            Self::Foreign => {
                "this code is from another program: point the camera at the code that rootcast-offline shows".to_owned()
            }
            Self::TooSmall(pixels) => format!(
                "too small: {pixels:.1} pixels a module, {MODULE_PIXELS_MIN} are needed: come closer, or show a smaller version"
            ),
            Self::Faint(levels) => {
                format!(
                    "too faint: {levels:.0} grey levels from dark to light: turn the screen brighter, or the light off"
                )
            }
            Self::Blurred => {
                "blurred: hold still, clean the lens, or change the distance until the edges are sharp".to_owned()
            }
            Self::RateLocked => {
                "every picture catches two codes: have the sender show more slowly, or at 11 a second (fps=11)"
                    .to_owned()
            }
            Self::TileHidden(tile, of) => {
                format!(
                    "code {tile} of {of} is hidden: look for a reflection, a finger or the edge of the picture there"
                )
            }
            Self::Unread => {
                "a code is seen but not read: come closer, straight in front of it, and hold still".to_owned()
            }
        }
    }
}

/// The last seconds of one camera.
#[derive(Debug, Default)]
pub struct Aiming {
    looks: VecDeque<Look>,
}

/// What one picture leaves.
#[derive(Debug, Clone)]
struct Look {
    light: f32,
    burnt: f32,
    steepest: f32,
    digest: u64,
    /// Frames read, other programs' symbols read, symbols mixed.
    frames: usize,
    foreign: usize,
    mixed: usize,
    tiles: Vec<Tile>,
    /// The best symbol that was seen and not read.
    unread: Option<Unread>,
}

#[derive(Debug, Clone, Copy)]
struct Tile {
    number: u64,
    outline: [Point; 4],
    read: bool,
    mixed: bool,
}

#[derive(Debug, Clone, Copy)]
struct Unread {
    module_pixels: Option<f32>,
    contrast: Option<f32>,
    sharpness: Option<f32>,
}

impl Aiming {
    /// Takes one more picture into account.
    pub fn note(&mut self, reading: &Reading) {
        let mut look = Look {
            light: reading.light.mean,
            burnt: reading.light.burnt,
            steepest: reading.light.steepest,
            digest: reading.light.digest,
            frames: 0,
            foreign: 0,
            mixed: 0,
            tiles: Vec::new(),
            unread: None,
        };
        for seen in &reading.sightings {
            let read = match &seen.outcome {
                Outcome::Read { content, .. } => Frame::parse(content).is_ok(),
                _ => false,
            };
            look.frames += usize::from(read);
            match &seen.outcome {
                Outcome::Read { .. } => look.foreign += usize::from(!read),
                Outcome::Mixed => look.mixed += 1,
                Outcome::Unread if look.unread.is_none() => {
                    look.unread = Some(Unread {
                        module_pixels: seen.module_pixels,
                        contrast: seen.contrast,
                        sharpness: seen.sharpness,
                    });
                }
                Outcome::Unread | Outcome::Hidden => {}
            }
            if let Some(number) = seen.tile {
                let mixed = seen.outcome == Outcome::Mixed;
                look.tiles.push(Tile { number, outline: seen.outline, read, mixed });
            }
        }
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
        let share = |of: fn(&Look) -> bool| ratio(self.looks.iter().filter(|look| of(look)).count(), count);
        if self.is_frozen() {
            return Advice::Frozen;
        }
        if let Some((tile, of)) = self.hidden_tile() {
            return Advice::TileHidden(tile, of);
        }
        if share(|look| look.frames > 0) >= 0.15 {
            return Advice::Reading;
        }
        if share(|look| look.light < BLACK) > 0.8 {
            return Advice::Black;
        }
        if share(|look| look.mixed > 0) > 0.4 {
            return Advice::RateLocked;
        }
        if share(|look| look.frames > 0) > 0.0 {
            return self.about_unread().unwrap_or(Advice::Reading);
        }
        if let Some(advice) = self.about_unread() {
            return advice;
        }
        if share(|look| look.burnt > BURNT) > 0.6 {
            return Advice::OverExposed;
        }
        if share(|look| look.foreign > 0) > 0.3 {
            return Advice::Foreign;
        }
        if share(|look| look.steepest < STEEPEST_MIN) > 0.6 { Advice::Blurred } else { Advice::NoCode }
    }

    /// The advice and its numbers, for scripts and pages.
    #[must_use]
    pub fn document(&self) -> Value {
        let count = self.looks.len();
        let share = |of: fn(&Look) -> bool| ratio(self.looks.iter().filter(|look| of(look)).count(), count);
        let advice = self.advice();
        json!({
            "state": advice.label(),
            "text": advice.text(),
            "pictures": count,
            "read_share": rounded(share(|look| look.frames > 0)),
            "mixed_share": rounded(share(|look| look.mixed > 0)),
            "light": self.looks.back().map(|look| rounded(look.light)),
            "burnt_share": self.looks.back().map(|look| rounded(look.burnt)),
        })
    }

    fn is_frozen(&self) -> bool {
        let last = self.looks.back().map(|look| look.digest);
        let equal = self.looks.iter().rev().take_while(|look| Some(look.digest) == last).count();
        equal >= FROZEN
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
        let burnt = ratio(self.looks.iter().filter(|look| look.burnt > BURNT).count(), self.looks.len());
        Some(match (typical(|u| u.module_pixels), typical(|u| u.contrast), typical(|u| u.sharpness)) {
            (Some(pixels), _, _) if pixels < MODULE_PIXELS_MIN => Advice::TooSmall(pixels),
            _ if burnt > 0.6 => Advice::OverExposed,
            (_, Some(contrast), _) if contrast < CONTRAST_MIN => Advice::Faint(contrast),
            (_, _, Some(sharpness)) if sharpness < SHARPNESS_MIN => Advice::Blurred,
            _ => Advice::Unread,
        })
    }

    /// A tile that is hardly read while another is, by its place row by row.
    fn hidden_tile(&self) -> Option<(usize, usize)> {
        // Number → pictures, read, last place.
        let mut tiles: BTreeMap<u64, (usize, usize, [Point; 4])> = BTreeMap::new();
        for tile in self.looks.iter().flat_map(|look| &look.tiles) {
            let entry = tiles.entry(tile.number).or_insert((0, 0, tile.outline));
            entry.0 += 1;
            // A mixture shows that nothing covers it.
            entry.1 += usize::from(tile.read || tile.mixed);
            entry.2 = tile.outline;
        }
        let half = self.looks.len() / 2;
        let tiles: Vec<_> = tiles.into_values().filter(|(pictures, ..)| *pictures >= half).collect();
        if !tiles.iter().any(|(pictures, read, _)| read * 3 > *pictures) {
            return None;
        }
        let places = rows_and_columns(tiles.iter().map(|(.., outline)| outline));
        let mut in_order: Vec<_> = tiles.iter().zip(places).collect();
        in_order.sort_by(|(_, one), (_, other)| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
        let hidden = in_order.iter().position(|((pictures, read, _), _)| read * 10 < *pictures)?;
        Some((hidden + 1, tiles.len()))
    }
}

/// The row of each symbol, counted from the first, and its place in it: along the first symbol's own sides, so that a
/// camera which is held askew counts as the screen does.
fn rows_and_columns<'a>(outlines: impl Iterator<Item = &'a [Point; 4]> + Clone) -> Vec<(f32, f32)> {
    let Some([corner, right, ..]) = outlines.clone().next() else { return Vec::new() };
    let side = (*right - *corner).length().max(1.0);
    let along = (*right - *corner) * (1.0 / side);
    let places = outlines.map(|outline| {
        let middle = outline.iter().fold(Point::default(), |sum, corner| sum + *corner) * 0.25;
        (middle.y * along.x - middle.x * along.y, middle.x * along.x + middle.y * along.y)
    });
    let places: Vec<(f32, f32)> = places.collect();
    let top = places.iter().map(|(down, _)| *down).fold(f32::MAX, f32::min);
    places.into_iter().map(|(down, across)| (((down - top) / side).round(), across)).collect()
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
    use crate::qr_reader::{Light, Outcome, Point, Reading, Sighting};

    fn frame() -> Outcome {
        let object = Object::of(&[7; 100]).unwrap();
        Outcome::Read { content: Frame::new(object, Esi::ZERO, &[0; 176]).unwrap().encode(), corrected: 0 }
    }

    fn seen(tile: Option<u64>, at: (f32, f32), outcome: Outcome) -> Sighting {
        let outline =
            [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)].map(|(x, y)| Point::new(x + at.0, y + at.1));
        Sighting { tile, outline, module_pixels: Some(4.0), contrast: Some(150.0), sharpness: Some(0.9), outcome }
    }

    /// The advice after 40 pictures, each made by `of` from its number.
    fn after(of: impl Fn(u64) -> Reading) -> Advice {
        let mut aiming = Aiming::default();
        for number in 0..40 {
            let mut reading = of(number);
            if reading.light == Light::default() {
                reading.light = Light { mean: 120.0, burnt: 0.05, black: 0.1, steepest: 1.0, digest: number };
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
            light: Light { mean, burnt, black: 0.0, steepest: 1.0, digest },
            ..Reading::default()
        };
        assert_eq!(after(|n| lit(3.0, 0.0, n + 1)), Advice::Black);
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
        let other = Outcome::Read { content: b"https://example.com".to_vec(), corrected: 0 };
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

    #[test]
    fn a_camera_held_askew_counts_as_the_screen_does() {
        for degrees in [-170.0_f32, -90.0, -12.0, -4.0, 4.0, 12.0, 90.0] {
            let (sin, cos) = degrees.to_radians().sin_cos();
            let turned = |x: f32, y: f32| Point::new(x * cos - y * sin, x * sin + y * cos);
            for hidden in 0..3_u8 {
                let advice = after(|_| {
                    let tiles = (0..3_u8).map(|at| {
                        let left = f32::from(at) * 200.0;
                        let outline = [(0.0, 0.0), (180.0, 0.0), (180.0, 180.0), (0.0, 180.0)];
                        let outcome = if at == hidden { Outcome::Hidden } else { frame() };
                        Sighting {
                            outline: outline.map(|(x, y)| turned(left + x, y)),
                            ..seen(Some(u64::from(7 - at)), (0.0, 0.0), outcome)
                        }
                    });
                    with(tiles.collect())
                });
                assert_eq!(advice, Advice::TileHidden(usize::from(hidden) + 1, 3), "{degrees} degrees");
            }
        }
    }

    #[test]
    fn every_advice_says_what_to_do_in_one_line() {
        for advice in [
            Advice::Waiting,
            Advice::Reading,
            Advice::Black,
            Advice::Frozen,
            Advice::NoCode,
            Advice::OverExposed,
            Advice::Foreign,
            Advice::TooSmall(1.3),
            Advice::Faint(9.0),
            Advice::Blurred,
            Advice::RateLocked,
            Advice::TileHidden(3, 4),
            Advice::Unread,
        ] {
            assert!(advice.text().len() < 130 && !advice.text().contains('\n'), "{}", advice.text());
        }
    }
}

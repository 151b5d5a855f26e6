//! What one picture gave: the symbols that were read, those that were seen and not read, and its light.

mod turned;

use serde::{Deserialize, Serialize};

use super::geometry::Point;
use super::grey_picture::GreyPicture;
use super::{bands, burnt};

/// What one picture gave.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Reading {
    /// The symbols seen in it.
    pub sightings: Vec<Sighting>,
    /// Its light.
    pub light: Light,
    /// The sizes at which it was not looked at because its budget was spent, in words.
    pub unfinished: Option<String>,
}

impl Reading {
    /// The contents that were read, doubles removed.
    #[must_use]
    pub fn contents(&self) -> Vec<Vec<u8>> {
        let mut contents: Vec<Vec<u8>> = Vec::new();
        for sighting in &self.sightings {
            if let Outcome::Read { content } = &sighting.outcome
                && !contents.contains(content)
            {
                contents.push(content.clone());
            }
        }
        contents
    }
}

/// Symbols reported of one picture, at most: twelve times as many as can be read in one.
const SIGHTINGS_MAX: usize = 256;
/// Places reported where a tile is missing, at most: twice what the lattice names. Each is compared with those of other
/// pictures.
const MISSING_MAX: usize = 32;
/// Characters of the text that names the sizes at which a picture was not looked at: of a dozen and a half, each of which takes
/// some 40.
const UNFINISHED_MAX: usize = 1_000;
/// Bytes of a content: the largest symbol has 2,953 in byte mode, and text of other programs may take two for one.
const CONTENT_SIZE_MAX: usize = 8_192;

impl Reading {
    /// The same with no more symbols than may be reported: those that were read come first.
    #[must_use]
    pub(crate) fn bounded(mut self) -> Self {
        self.sightings.retain(|seen| seen.content_size() <= CONTENT_SIZE_MAX && seen.is_finite());
        let mut missing = 0;
        self.sightings.retain(|seen| {
            missing += usize::from(seen.is_missing());
            !seen.is_missing() || missing <= MISSING_MAX
        });
        self.light = self.light.finite();
        self.unfinished = self.unfinished.map(|sizes| sizes.chars().take(UNFINISHED_MAX).collect());
        if self.sightings.len() > SIGHTINGS_MAX {
            self.sightings.sort_by_key(|seen| !matches!(seen.outcome, Outcome::Read { .. }));
            self.sightings.truncate(SIGHTINGS_MAX);
        }
        self
    }

    /// Whether it is within the bounds of what a reader may report.
    #[must_use]
    pub(crate) fn is_sound(&self) -> bool {
        self.light.is_within_bounds()
            && self.unfinished.as_ref().is_none_or(|sizes| sizes.chars().count() <= UNFINISHED_MAX)
            && self.sightings.len() <= SIGHTINGS_MAX
            && self.sightings.iter().all(|seen| seen.content_size() <= CONTENT_SIZE_MAX && seen.is_finite())
            && self.sightings.iter().filter(|seen| seen.is_missing()).count() <= MISSING_MAX
    }
}

/// A symbol that is or should be in a picture.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sighting {
    /// A number that stays with it from picture to picture while it is tracked.
    pub tile: Option<u64>,
    /// Its corners, in pixels: upper left, upper right, lower right, lower left.
    pub outline: [Point; 4],
    /// Pixels a module, where its version is known.
    pub module_pixels: Option<f32>,
    /// Light minus dark in its finder patterns, in grey levels.
    pub contrast: Option<f32>,
    /// The share of that contrast which single modules have: 1 is sharp.
    pub sharpness: Option<f32>,
    /// The share of its area that is burnt out, where it was not read.
    pub burnt: f32,
    /// It was not read, nor in the picture before, and shows something else than there.
    pub changed: bool,
    /// Only two of its finder patterns are seen: a corner of it is covered.
    pub covered: bool,
    /// It was not read, and is light on dark.
    pub inverted: bool,
    /// It was not read, and is mirrored.
    pub mirrored: bool,
    /// What became of it.
    pub outcome: Outcome,
}

impl Sighting {
    /// Whether it is only a place where a tile should be.
    fn is_missing(&self) -> bool {
        self.tile.is_none() && self.outcome == Outcome::Hidden
    }

    /// Whether all its numbers are finite.
    fn is_finite(&self) -> bool {
        let numbers = [self.module_pixels, self.contrast, self.sharpness, Some(self.burnt)];
        self.outline.iter().all(|corner| corner.is_finite()) && numbers.into_iter().flatten().all(f32::is_finite)
    }

    fn content_size(&self) -> usize {
        match &self.outcome {
            Outcome::Read { content } => content.len(),
            Outcome::Mixed | Outcome::Unread | Outcome::Hidden => 0,
        }
    }

    /// What became of a symbol with these corners, of which nothing else is known.
    #[must_use]
    pub(crate) fn at(outline: [Point; 4], outcome: Outcome) -> Self {
        Self {
            tile: None,
            outline,
            module_pixels: None,
            contrast: None,
            sharpness: None,
            burnt: 0.0,
            changed: false,
            covered: false,
            inverted: false,
            mirrored: false,
            outcome,
        }
    }
}

/// What became of a symbol that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It was read.
    Read {
        /// Its bytes.
        content: Vec<u8>,
    },
    /// A part of it is as in the picture before and a part is not: the picture was taken while the shown frame changed.
    Mixed,
    /// It is there and could not be read.
    Unread,
    /// It is not where it should be, by the pictures before or by the tiles beside it: covered, mirrored over, or out of
    /// the picture.
    Hidden,
}

/// The steepest step of a picture beside a range of 30 levels, which is the least that is looked at.
const STEEPEST_MAX: f32 = 255.0 / 30.0;

/// The light of a picture, from every eighth pixel of every eighth row.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Light {
    /// The mean, from 0 to 255.
    pub mean: f32,
    /// The share that is burnt out.
    pub burnt: f32,
    /// The share that the largest area takes that is burnt out all over.
    pub burnt_area: f32,
    /// By which share the dark bands across the picture are darker than what is between them; 0 without bands.
    pub bands: f32,
    /// The steepest step over two pixels, beside the step from the darkest to the lightest: below a half nothing in it
    /// is sharp.
    pub steepest: f32,
    /// Differs between pictures that differ: a camera's noise is enough.
    pub digest: u64,
}

impl Light {
    /// Whether its numbers are those of a picture: a grey level, and shares.
    fn is_within_bounds(&self) -> bool {
        let shares = [self.burnt, self.burnt_area, self.bands];
        // The steepest step may be more than the range without the extremes.
        (0.0..=255.0).contains(&self.mean)
            && shares.iter().all(|share| (0.0..=1.0).contains(share))
            && (0.0..=STEEPEST_MAX).contains(&self.steepest)
    }

    /// The same with each number within its bounds, and 0 for what is none.
    fn finite(self) -> Self {
        let within = |number: f32, most: f32| if number.is_nan() { 0.0 } else { number.clamp(0.0, most) };
        Self {
            mean: within(self.mean, 255.0),
            burnt: within(self.burnt, 1.0),
            burnt_area: within(self.burnt_area, 1.0),
            bands: within(self.bands, 1.0),
            steepest: within(self.steepest, STEEPEST_MAX),
            digest: self.digest,
        }
    }

    /// The light of `picture`.
    #[must_use]
    pub(crate) fn from_picture(picture: &GreyPicture) -> Self {
        let width = usize::try_from(picture.width).unwrap_or(0).max(1);
        let (mut sum, mut burnt, mut count) = (0.0_f64, 0.0_f64, 0.0_f64);
        let mut digest = 0xcbf2_9ce4_8422_2325_u64;
        let (mut levels, mut steps) = ([0_u32; 256], [0_u32; 256]);
        for row in picture.luma.chunks(width).skip(3).step_by(8) {
            for pixels in row.windows(3) {
                if let [before, _, after] = pixels {
                    if let Some(step) = steps.get_mut(usize::from(before.abs_diff(*after))) {
                        *step += 1;
                    }
                    if let Some(level) = levels.get_mut(usize::from(*after)) {
                        *level += 1;
                    }
                }
            }
        }
        let range = rank(&levels, 995) - rank(&levels, 5);
        let steepest = if range > 30.0 { rank(&steps, 999) / range } else { 1.0 };
        for pixel in picture.luma.chunks(width).skip(3).step_by(8).flat_map(|row| row.iter().skip(3).step_by(8)) {
            sum += f64::from(*pixel);
            burnt += f64::from(u8::from(*pixel >= burnt::BURNT));
            count += 1.0;
            digest = (digest ^ u64::from(*pixel)).wrapping_mul(0x0100_0000_01b3);
        }
        #[expect(clippy::cast_possible_truncation, reason = "shares and a mean, for people")]
        let share = |part: f64| (part / count.max(1.0)) as f32;
        let burnt_area = burnt::largest_area(picture);
        let bands = bands::depth(picture);
        Self { mean: share(sum), burnt: share(burnt), burnt_area, bands, steepest, digest }
    }
}

/// The level below which this many thousandths of the counts lie.
fn rank(counts: &[u32; 256], thousandths: u64) -> f32 {
    let all: u64 = counts.iter().map(|count| u64::from(*count)).sum();
    let mut below = 0;
    let at = counts.iter().position(|count| {
        below += u64::from(*count);
        below * 1000 > all * thousandths
    });
    at.and_then(|at| u8::try_from(at).ok()).map_or(255.0, f32::from)
}

#[cfg(test)]
mod tests {
    use super::{
        CONTENT_SIZE_MAX, Light, MISSING_MAX, Outcome, Point, Reading, SIGHTINGS_MAX, Sighting, UNFINISHED_MAX,
    };

    /// What a reader may say that somebody took over.
    #[test]
    fn whatever_a_reader_reports_is_within_bounds_or_refused_and_bounded_is_within() {
        let seen = |outcome: Outcome| Sighting::at(Point::square(9.0), outcome);
        let many = |count: usize, outcome: Outcome| vec![seen(outcome); count];
        let light = |change: fn(&mut Light)| {
            let mut light = Light::default();
            change(&mut light);
            Reading { light, ..Reading::default() }
        };
        let with = |sightings: Vec<Sighting>| Reading { sightings, ..Reading::default() };
        let sized = |size: usize| with(vec![seen(Outcome::Read { content: vec![0; size] })]);
        let unfinished = |size: usize| Reading { unfinished: Some("ä".repeat(size)), ..Reading::default() };
        let hidden = |count: usize| with(many(count, Outcome::Hidden));
        for sound in [
            Reading::default(),
            sized(CONTENT_SIZE_MAX),
            unfinished(UNFINISHED_MAX),
            hidden(MISSING_MAX),
            with(many(SIGHTINGS_MAX, Outcome::Unread)),
        ] {
            assert!(sound.is_sound());
        }
        for unsound in [
            sized(CONTENT_SIZE_MAX + 1),
            unfinished(UNFINISHED_MAX + 1),
            hidden(MISSING_MAX + 1),
            with(many(SIGHTINGS_MAX + 1, Outcome::Unread)),
            with(vec![Sighting { contrast: Some(f32::NAN), ..seen(Outcome::Unread) }]),
            light(|light| light.mean = f32::NAN),
            light(|light| light.mean = 256.0),
            light(|light| light.burnt = -0.1),
            light(|light| light.burnt_area = f32::INFINITY),
            light(|light| light.bands = f32::NEG_INFINITY),
            light(|light| light.bands = 1.01),
            light(|light| light.steepest = f32::NAN),
        ] {
            assert!(!unsound.is_sound(), "{:?} {:?}", unsound.light, unsound.unfinished);
            assert!(unsound.bounded().is_sound());
        }
    }
}

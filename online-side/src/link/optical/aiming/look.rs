//! What one picture leaves for the advice.

use rootcast_protocol::frame::Frame;

use super::advice::MODULE_PIXELS_MIN;
use crate::link::optical::qr_reader::{Outcome, Point, Reading, Sighting};

/// The share of a code that a reflection covers when it is seen as one.
pub(super) const GLARE: f32 = 0.03;
/// Grey levels between light and dark that reading needs.
pub(super) const CONTRAST_MIN: f32 = 30.0;
/// Sharpness from which on a code that shows something else in each picture is not blurred: it is never caught whole.
const SHARP: f32 = 0.5;

/// What one picture leaves.
#[derive(Debug, Clone)]
pub(super) struct Look {
    pub(super) light: f32,
    pub(super) burnt: f32,
    pub(super) burnt_area: f32,
    pub(super) steepest: f32,
    pub(super) digest: u64,
    /// Frames read, other programs' symbols read, symbols of which two shown frames were caught, or must have been: they
    /// are well seen, show something else each time, and cannot be read.
    pub(super) frames: usize,
    pub(super) foreign: usize,
    pub(super) mixed: usize,
    pub(super) uncaught: usize,
    /// The share that is burnt out of a code that is not read.
    pub(super) glare: f32,
    /// How dark the bands across it are, if something in it is not read.
    pub(super) bands: f32,
    /// A code was seen and not read that is light on dark, or mirrored.
    pub(super) inverted: bool,
    pub(super) mirrored: bool,
    /// A code was seen and not read of which a corner is covered.
    pub(super) covered: bool,
    /// The least of the symbols that are seen.
    pub(super) module_pixels: Option<f32>,
    pub(super) contrast: Option<f32>,
    pub(super) tiles: Vec<Tile>,
    /// Where a tile should be.
    pub(super) missing: Vec<[Point; 4]>,
    /// The best symbol that was seen and not read.
    pub(super) unread: Option<Unread>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Tile {
    pub(super) number: u64,
    pub(super) outline: [Point; 4],
    pub(super) read: bool,
    pub(super) mixed: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Unread {
    pub(super) module_pixels: Option<f32>,
    pub(super) contrast: Option<f32>,
    pub(super) sharpness: Option<f32>,
}

impl Look {
    /// What the reading of a picture leaves.
    pub(super) fn from_reading(reading: &Reading) -> Self {
        let mut look = Self {
            light: reading.light.mean,
            burnt: reading.light.burnt,
            burnt_area: reading.light.burnt_area,
            steepest: reading.light.steepest,
            digest: reading.light.digest,
            frames: 0,
            foreign: 0,
            mixed: 0,
            uncaught: 0,
            glare: 0.0,
            bands: 0.0,
            inverted: reading.sightings.iter().any(|seen| seen.inverted && seen.outcome == Outcome::Unread),
            mirrored: reading.sightings.iter().any(|seen| seen.mirrored && seen.outcome == Outcome::Unread),
            covered: false,
            module_pixels: least(reading, |seen| seen.module_pixels),
            contrast: least(reading, |seen| seen.contrast),
            tiles: Vec::new(),
            missing: Vec::new(),
            unread: None,
        };
        for seen in &reading.sightings {
            let read = match &seen.outcome {
                Outcome::Read { content } => Frame::parse(content).is_ok(),
                _ => false,
            };
            look.frames += usize::from(read);
            // The likeliest of what was found without being known, and whatever is known.
            if seen.tile.is_some() || look.unread.is_none() && seen.outcome == Outcome::Unread {
                look.glare = look.glare.max(seen.burnt);
            }
            look.uncaught += usize::from(is_well_seen(seen) && seen.changed);
            match &seen.outcome {
                Outcome::Read { .. } => look.foreign += usize::from(!read),
                Outcome::Mixed => look.mixed += 1,
                Outcome::Hidden if seen.tile.is_none() => look.missing.push(seen.outline),
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
        let is_anything_unread = reading.sightings.iter().any(|seen| !matches!(seen.outcome, Outcome::Read { .. }));
        if is_anything_unread || look.frames == 0 {
            look.bands = reading.light.bands;
        }
        // What is too small may have three finders of which one was not made out.
        let is_large_enough = |seen: &Sighting| seen.module_pixels.is_none_or(|pixels| pixels >= MODULE_PIXELS_MIN);
        let is_covered = |seen: &Sighting| seen.covered && seen.outcome == Outcome::Unread && is_large_enough(seen);
        look.covered = reading.sightings.iter().any(is_covered);
        look
    }

    /// Whether no code is seen, read or not.
    pub(super) fn shows_nothing(&self) -> bool {
        self.frames + self.foreign + self.mixed == 0 && self.unread.is_none() && self.tiles.is_empty()
    }
}

/// The least of what the symbols in a picture have.
fn least(reading: &Reading, of: impl Fn(&Sighting) -> Option<f32>) -> Option<f32> {
    reading.sightings.iter().filter_map(of).min_by(f32::total_cmp)
}

/// Whether nothing is wrong with a symbol that is not read but what it shows.
fn is_well_seen(seen: &Sighting) -> bool {
    seen.outcome == Outcome::Unread
        && seen.burnt < GLARE
        && seen.module_pixels.is_some_and(|pixels| pixels >= MODULE_PIXELS_MIN)
        && seen.contrast.is_some_and(|contrast| contrast >= CONTRAST_MIN)
        && seen.sharpness.is_some_and(|sharpness| sharpness >= SHARP)
}

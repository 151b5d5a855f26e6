//! Pictures shown one after the other, filmed.

use std::collections::VecDeque;

use image::{GrayImage, RgbImage};

use super::jpeg::colour_through_jpeg;
use super::optics::{Projection, brightness};
use super::panel::Panel;
use super::plane::{Plane, add};
use super::processing::{between, filter, grey_of};
use super::sensor::Developer;
use super::shutter::{AT_ONCE, Mix, Sway, mix};
use super::{Camera, through_jpeg};
use crate::seeds::Chance;

/// One frame of the camera.
#[derive(Debug, Clone)]
pub struct FilmFrame {
    /// When its last row was exposed, in seconds after the first picture began.
    pub at: f64,
    /// The picture the camera hands over, its brightness.
    pub grey: GrayImage,
    /// The same in colours, if its sensor sees colours.
    pub colour: Option<RgbImage>,
    /// Whether any row shows more than one picture, or the rows do not all show the same.
    pub mixed: bool,
}

/// Columns that are taken to be in one row of the panel.
const SEGMENT: usize = 128;
/// Most that a shake may move the picture, in camera pixels.
const MARGIN: usize = 24;

/// A film of a screen. Gives frames for as long as there are pictures; before the first the screen is black.
pub struct Film<P> {
    camera: Camera,
    panel: Panel,
    rate: f64,
    pictures: P,
    projection: Option<Projection>,
    /// How long after the top of the panel the scan-out reaches what each segment of each row sees.
    delays: Vec<f64>,
    /// When each picture began, the black screen (0) before the first included.
    begins: Vec<f64>,
    /// The newest pictures as they fall on the sensor, with their numbers: one plane, or one for each colour.
    planes: VecDeque<(usize, Vec<Plane>)>,
    ended: bool,
    developer: Developer,
    sway: Sway,
    chance: Chance,
    phase: f64,
    frames: u32,
    /// Where the camera's hunt for an exposure began, as a part of a round.
    hunt: f64,
    /// What the dust on the lens falls by.
    dust: u64,
}

impl<P: FnMut(usize) -> Option<GrayImage>> Film<P> {
    /// Films `pictures`, which are shown `rate` a second on `panel`, beginning at a moment of the camera's period that
    /// is left to chance. All pictures have one size.
    pub fn new(camera: Camera, panel: Panel, rate: f64, pictures: P, chance: &mut Chance) -> Self {
        let phase = -chance.fraction() / camera.shutter.rate;
        Self::starting(camera, panel, rate, pictures, phase, chance)
    }

    /// The same, the first row of the first frame being exposed from `phase` seconds after the first picture began.
    pub fn starting(camera: Camera, panel: Panel, rate: f64, pictures: P, phase: f64, chance: &mut Chance) -> Self {
        let seed = chance.bits();
        let mut own = Chance::new(seed);
        // A stream of its own, so that what was filmed without them stays as it was.
        let mut others = Chance::new(seed ^ 0x6475_7374);
        Self {
            hunt: others.fraction(),
            dust: others.bits(),
            camera,
            panel,
            rate,
            pictures,
            projection: None,
            delays: Vec::new(),
            begins: vec![f64::MIN],
            planes: VecDeque::new(),
            ended: false,
            developer: Developer::new(&camera.sensor, &mut own),
            sway: Sway::new(camera.shake, &mut own),
            chance: own,
            phase,
            frames: 0,
        }
    }

    /// Fetches every picture that is begun by `time`.
    fn show_until(&mut self, time: f64) {
        while !self.ended && self.panel.begins(self.begins.len() - 1, self.rate) <= time {
            let number = self.begins.len() - 1;
            let begun = self.panel.begins(number, self.rate);
            let Some(picture) = (self.pictures)(number) else {
                self.ended = true;
                return;
            };
            let (columns, rows) = (self.camera.columns, self.camera.rows);
            let projection = self.projection.get_or_insert_with(|| {
                let Camera { pose, lens, glare, .. } = &self.camera;
                let clear = Projection::new((columns, rows), picture.dimensions(), pose, lens, glare.as_ref());
                let passes = self.camera.dust.map(|dust| {
                    let specks = dust.fall((columns, rows), &mut Chance::new(self.dust));
                    dust.passes(&specks, (columns, rows))
                });
                clear.behind(self.camera.finger.as_ref(), passes.as_deref())
            });
            let grid = self.panel.grid;
            let cast = |light: &Plane| match grid {
                Some(grid) => projection.cast_grid(light, grid).to_vec(),
                None => vec![projection.cast(light)],
            };
            if self.delays.is_empty() {
                let black = cast(&self.panel.light(&GrayImage::new(picture.width(), picture.height())));
                self.planes.push_back((0, black));
                let segments = (columns as usize).div_ceil(SEGMENT);
                let middles =
                    (0..rows as usize).flat_map(|r| (0..segments).map(move |s| (s * SEGMENT + SEGMENT / 2, r)));
                self.delays = middles.map(|(c, r)| self.panel.delay(projection.share_down(c, r))).collect();
            }
            self.planes.push_back((number + 1, cast(&self.panel.light(&picture))));
            self.begins.push(begun);
        }
    }

    /// The light of one colour that one row took; whether it shows more than one picture, or another than the row before.
    fn expose(&self, (row, colour): (usize, usize), from: f64, seen: &mut Option<usize>, light: &mut Vec<u16>) -> bool {
        light.clear();
        let columns = self.camera.columns as usize;
        let segments = columns.div_ceil(SEGMENT);
        let oldest = self.planes.front().map_or(0, |(number, _)| *number);
        let shutter = &self.camera.shutter;
        let mixes: Vec<Mix> = self.delays[row * segments..][..segments]
            .iter()
            .map(|delay| mix(&self.panel, &self.begins, *delay, from, shutter.exposure))
            .collect();
        let newest = mixes.iter().map(|mix| mix.newest).max().unwrap_or(0);
        let needed = |number: usize| {
            mixes.iter().any(|mix| (0..AT_ONCE).any(|back| number + back == mix.newest && mix.shares[back] > 0))
        };
        let moved: Vec<Option<Vec<u16>>> = (0..=AT_ONCE)
            .map(|back| {
                let number = newest.checked_sub(back)?;
                let plane = of_colour(&self.planes.get(number.checked_sub(oldest)?)?.1, colour);
                (!self.sway.is_still() && needed(number)).then(|| self.smeared(plane, row, from))
            })
            .collect();
        let mut mixed = false;
        let mut sums = [0_u32; SEGMENT];
        for (segment, mix) in mixes.iter().enumerate() {
            let place = segment * SEGMENT..columns.min((segment + 1) * SEGMENT);
            let light_of = |back: usize| {
                let number = mix.newest.saturating_sub(back).max(oldest);
                let kept = moved.get(newest - number).and_then(Option::as_ref);
                &kept.map_or_else(|| of_colour(&self.planes[number - oldest].1, colour).row(row), Vec::as_slice)
                    [place.clone()]
            };
            mixed |= mix.shares[0] < 32_000 || seen.is_some_and(|seen| seen != mix.newest);
            *seen = Some(mix.newest);
            if mix.shares[0] == 1 << 15 {
                light.extend_from_slice(light_of(0));
                continue;
            }
            let sums = &mut sums[..place.len()];
            sums.fill(0);
            for (back, share) in mix.shares.iter().enumerate().filter(|(_, share)| **share > 0) {
                add(sums, light_of(back), *share);
            }
            light.extend(sums.iter().map(|sum| (sum >> 15) as u16));
        }
        mixed
    }

    /// The light that the pixels of one row took, each through its filter, and whether it is mixed.
    fn take_row(&self, row: usize, from: f64, seen: &mut Option<usize>, light: &mut Vec<u16>) -> bool {
        let has_colours = self.panel.grid.is_some();
        let mut others = Vec::new();
        let mut also = *seen;
        let mixed = if self.camera.sensor.bayer && has_colours {
            let mixed = self.expose((row, filter(0, row)), from, seen, light);
            self.expose((row, filter(1, row)), from, &mut also, &mut others);
            light.iter_mut().zip(others).skip(1).step_by(2).for_each(|(light, other)| *light = other);
            mixed
        } else if has_colours {
            let mixed = self.expose((row, 0), from, seen, light);
            let mut sums: Vec<f64> = light.iter().map(|light| brightness([f64::from(*light), 0.0, 0.0])).collect();
            for (colour, parts) in [(1, [0.0, 1.0, 0.0]), (2, [0.0, 0.0, 1.0])] {
                self.expose((row, colour), from, &mut also, &mut others);
                let part = brightness(parts);
                sums.iter_mut().zip(&others).for_each(|(sum, light)| *sum += part * f64::from(*light));
            }
            light.iter_mut().zip(sums).for_each(|(light, sum)| *light = sum as u16);
            mixed
        } else {
            self.expose((row, 0), from, seen, light)
        };
        let exposure = self.camera.shutter.exposure;
        let pulses = self.panel.backlight.map(|backlight| backlight.light(from, exposure));
        let gain = self.camera.hunting.map_or(1.0, |hunting| hunting.gain(from, self.hunt));
        if let (Some(pulses), Some(projection)) = (pulses, &self.projection) {
            for (column, light) in light.iter_mut().enumerate() {
                // The wall is lit by the room.
                if !projection.is_wall(column, row) {
                    *light = (f64::from(*light) * pulses).min(65_535.0) as u16;
                }
            }
        }
        if self.camera.hunting.is_some() {
            light.iter_mut().for_each(|light| *light = (f64::from(*light) * gain).min(65_535.0) as u16);
        }
        mixed
    }

    /// What the camera makes of the light of a sensor with a colour filter.
    fn developed(&self, mosaic: Vec<u16>) -> (GrayImage, Option<RgbImage>) {
        let processing = &self.camera.processing;
        let mosaic = Plane { columns: self.camera.columns as usize, light: mosaic };
        let most = self.developer.saturation();
        let mut colour = between(&mosaic, &processing.balance, &|light| self.developer.grey(light.min(most)));
        if let Some(sharpening) = processing.sharpening {
            sharpening.colour(&mut colour);
        }
        processing.chroma.share(&mut colour);
        if let Some(crop) = self.camera.crop {
            colour = crop.colour(&colour);
        }
        if let Some(quality) = self.camera.jpeg {
            colour = colour_through_jpeg(&colour, quality);
        }
        (grey_of(&colour), Some(colour))
    }

    /// What a camera without colours makes of its grey levels.
    fn finished(&self, greys: Vec<u8>) -> GrayImage {
        let mut grey =
            GrayImage::from_raw(self.camera.columns, self.camera.rows, greys).expect("a pixel for every place");
        if let Some(sharpening) = self.camera.processing.sharpening {
            sharpening.grey(&mut grey);
        }
        if let Some(crop) = self.camera.crop {
            grey = crop.grey(&grey);
        }
        if let Some(quality) = self.camera.jpeg { through_jpeg(&grey, quality) } else { grey }
    }

    /// A row of a plane that moves over the sensor while it is exposed.
    fn smeared(&self, plane: &Plane, row: usize, from: f64) -> Vec<u16> {
        let (columns, rows) = (plane.columns, plane.rows());
        let places = self.sway.places(from, self.camera.shutter.exposure);
        let mut sums = vec![0_u32; columns];
        let mut padded = vec![0_u16; columns + 2 * MARGIN];
        let whole = 32_768 / places.len() as u32;
        for (x, y) in places {
            let limit = MARGIN as f64 - 2.0;
            let (x, y) = (x.clamp(-limit, limit), y.clamp(-limit, limit));
            let (left, up) = (x.floor(), y.floor());
            let (right, down) = (((x - left) * 256.0) as u32, ((y - up) * 256.0) as u32);
            for (step, share) in [(0, 256 - down), (1, down)] {
                let from_row = (row as i64 + up as i64 + step).clamp(0, rows as i64 - 1) as usize;
                let light = plane.row(from_row);
                padded[..MARGIN].fill(light[0]);
                padded[MARGIN..MARGIN + columns].copy_from_slice(light);
                padded[MARGIN + columns..].fill(light[columns - 1]);
                let begin = (MARGIN as i64 + left as i64) as usize;
                add(&mut sums, &padded[begin..], (whole * share * (256 - right)) >> 16);
                add(&mut sums, &padded[begin + 1..], (whole * share * right) >> 16);
            }
        }
        sums.iter().map(|sum| (sum >> 15) as u16).collect()
    }
}

impl<P: FnMut(usize) -> Option<GrayImage>> Iterator for Film<P> {
    type Item = FilmFrame;

    fn next(&mut self) -> Option<FilmFrame> {
        let shutter = self.camera.shutter;
        let begin = self.phase + f64::from(self.frames) / shutter.rate;
        let at = begin + shutter.readout + shutter.exposure;
        self.show_until(at.max(0.0));
        let past_end = self.ended && self.panel.begins(self.begins.len() - 1, self.rate) <= begin;
        if past_end || self.projection.is_none() {
            return None;
        }
        self.frames += 1;
        let rows = self.camera.rows;
        let pixels = self.camera.columns as usize * rows as usize;
        let bayer = self.camera.sensor.bayer;
        let mut greys = Vec::with_capacity(if bayer { 0 } else { pixels });
        let mut mosaic = Vec::with_capacity(if bayer { pixels } else { 0 });
        let mut light = Vec::with_capacity(self.camera.columns as usize);
        let mut chance = self.chance.clone();
        let (mut mixed, mut seen) = (false, None);
        for row in 0..rows {
            let from = begin + shutter.readout * f64::from(row) / f64::from(rows);
            mixed |= self.take_row(row as usize, from, &mut seen, &mut light);
            if bayer {
                self.developer.expose(&light, &mut chance, &mut mosaic);
            } else {
                self.developer.develop(&light, &mut chance, &mut greys);
            }
        }
        self.chance = chance;
        // What no later frame can show any more goes.
        let needed = self.begins.iter().rposition(|b| b + self.panel.scan_out <= begin).unwrap_or(0);
        while self.planes.front().is_some_and(|(number, _)| number + AT_ONCE <= needed) {
            self.planes.pop_front();
        }
        let (grey, colour) = if bayer { self.developed(mosaic) } else { (self.finished(greys), None) };
        Some(FilmFrame { at, grey, colour, mixed })
    }
}

/// The plane of a colour, where there is one for each.
fn of_colour(planes: &[Plane], colour: usize) -> &Plane {
    planes.get(colour).unwrap_or(&planes[0])
}

#[cfg(test)]
mod tests {
    use super::{Film, FilmFrame};
    use crate::camera::{Camera, Panel, Pose, Shake, Shutter};
    use crate::seeds::Chance;
    use image::{GrayImage, Luma};

    /// Black and white pictures in turn, white first.
    fn in_turn(number: usize) -> Option<GrayImage> {
        (number < 40).then(|| GrayImage::from_pixel(200, 200, Luma([if number.is_multiple_of(2) { 255 } else { 0 }])))
    }

    fn film(camera: Camera, panel: Panel, rate: f64, phase: f64) -> Vec<FilmFrame> {
        Film::starting(camera, panel, rate, in_turn, phase, &mut Chance::new(1)).collect()
    }

    #[test]
    fn a_global_shutter_sees_one_picture_a_frame() {
        let camera = Camera::ideal(100, 100, Pose::straight(1.0));
        let frames = film(camera, Panel::INSTANT, 10.0, 0.001);
        assert_eq!(frames.len(), 120, "four seconds");
        for (number, frame) in frames.iter().enumerate() {
            let white = number / 3 % 2 == 0;
            assert_eq!((frame.grey.get_pixel(50, 50).0[0] > 128, frame.mixed), (white, false), "{number}");
        }
    }

    #[test]
    fn a_rolling_shutter_shows_the_old_picture_above_and_the_new_one_below_or_between_a_blend() {
        let shutter = Shutter { exposure: 0.005, readout: 0.02, ..Shutter::WEBCAM };
        let camera = Camera { shutter, ..Camera::ideal(100, 100, Pose::straight(1.0)) };
        // The first row of frame 3 is exposed 10 ms before the second picture begins, the last row 10 ms after it.
        let frames = film(camera, Panel::INSTANT, 10.0, -0.01);
        let grey = |row: u32| frames[3].grey.get_pixel(50, row).0[0];
        assert!(frames[3].mixed && !frames[4].mixed);
        assert!(grey(10) > 200 && grey(90) < 60, "{} {}", grey(10), grey(90));
        let blend = (25..50).map(grey).filter(|g| (80..180).contains(g)).count();
        assert!(blend > 3, "rows that were exposed to both: {blend}");
    }

    #[test]
    fn a_shaking_hand_smears_an_edge_and_moves_it() {
        let edge = GrayImage::from_fn(200, 200, |x, _| Luma([if x < 100 { 0 } else { 255 }]));
        let shutter = Shutter { exposure: 0.02, ..Shutter::WEBCAM };
        let still = Camera { shutter, ..Camera::ideal(100, 100, Pose::straight(1.0)) };
        let shaken = Camera { shake: Shake { reach: 8.0, hertz: 6.0 }, ..still };
        let soft = |camera: Camera| {
            let shown = |number: usize| (number < 10).then(|| edge.clone());
            let frames = Film::starting(camera, Panel::INSTANT, 10.0, shown, 0.001, &mut Chance::new(3));
            frames.map(|f| (0..100).filter(|x| (60..200).contains(&f.grey.get_pixel(*x, 50).0[0])).count()).max()
        };
        assert!(soft(still) <= Some(1), "{:?}", soft(still));
        assert!(soft(shaken) >= Some(3), "{:?}", soft(shaken));
    }

    #[test]
    fn the_same_seed_films_the_same() {
        let film = |seed| {
            let camera = Camera { columns: 160, rows: 90, ..Camera::webcam(Pose::straight(0.4)) };
            Film::new(camera, Panel::OFFICE, 11.0, in_turn, &mut Chance::new(seed)).nth(7).map(|f| f.grey.into_raw())
        };
        assert_eq!(film(9), film(9));
        assert_ne!(film(9), film(10));
    }
}

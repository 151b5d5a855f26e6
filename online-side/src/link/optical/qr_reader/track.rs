//! Reads pictures that follow each other: a symbol is looked for where it was, and in the whole picture only now and then.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rootcast_host::processor_time::Budget;
use rootcast_protocol::frame::Frame;

use super::burnt;
use super::content;
use super::find::{Found, find};
use super::geometry::{Point, is_inside, length};
use super::grey_picture::GreyPicture;
use super::lattice;
use super::mesh::Mesh;
use super::modules::Modules;
use super::reading::{Light, Outcome, Reading, Sighting};

/// Reads pictures, and remembers where symbols were. Several threads may read with it at the same time.
#[derive(Debug)]
pub struct Reader {
    budget: Duration,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    tracks: Vec<Arc<Track>>,
    next_tile: u64,
    /// The picture from which on the whole is looked at again, and the pictures to wait after that.
    find_at: u64,
    find_wait: u64,
    /// The dark modules of symbols that were lately seen and not read, each with its picture.
    unread: Vec<(u64, Vec<bool>)>,
}

/// A symbol that is followed from picture to picture.
#[derive(Debug)]
struct Track {
    tile: u64,
    mesh: Mesh,
    /// The number of the picture that this is from.
    picture: u64,
    /// Pictures since then in which it was not read, and in which it was not even where it should be.
    unread: u32,
    hidden: u32,
    /// Its dark modules as last read.
    dark: Arc<Vec<bool>>,
}

/// Pictures in which a symbol that is in its place is not read, until it is forgotten. On the way there the place is
/// looked at anew after 2, 4, 8 and 16: it may show another version.
const UNREAD_MAX: u32 = 32;
/// A symbol that was read before is looked for during this many pictures: four seconds of a camera.
const HIDDEN_MAX: u32 = 120;
/// Pictures between looks at the whole, at most, while all that is known is read.
const FIND_WAIT_MAX: u64 = 64;
/// Symbols followed at the same time.
const TRACKS_MAX: usize = 16;

/// Pictures between looks for tiles that should be there.
const LATTICE_EVERY: u64 = 4;
/// Pictures for which the modules of what was not read are kept, to compare.
const UNREAD_KEPT_FOR: u64 = 4;

/// What following one symbol gave.
struct Followed {
    track: Arc<Track>,
    mesh: Option<Mesh>,
    sharpness: f32,
    outcome: Outcome,
    /// Its dark modules: as read, or as seen where it was not read.
    dark: Option<Vec<bool>>,
}

impl Reader {
    /// A reader that spends at most about `budget` on one picture.
    #[must_use]
    pub fn new(budget: Duration) -> Self {
        Self { budget, memory: Mutex::new(Memory::default()) }
    }

    /// Reads picture `number`; they count from 0 in the order in which they were taken.
    #[must_use]
    pub fn read(&self, number: u64, picture: &GreyPicture) -> Reading {
        let budget = Budget::new(self.budget);
        if !picture.is_whole() {
            return Reading::default();
        }
        // Libraries are called in there. A picture on which one panics counts as empty.
        let sightings = catch_unwind(AssertUnwindSafe(|| self.sightings(number, picture, &budget)));
        let mut sightings = sightings.unwrap_or_default();
        for seen in sightings.iter_mut().filter(|seen| !is_read(&seen.outcome)) {
            seen.burnt = burnt::share_inside(picture, &seen.outline);
        }
        Reading { sightings, light: Light::from_picture(picture) }
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sightings(&self, number: u64, picture: &GreyPicture, budget: &Budget) -> Vec<Sighting> {
        let (tracks, find_at) = {
            let memory = self.memory();
            (memory.tracks.clone(), memory.find_at)
        };
        let followed: Vec<Followed> = tracks.into_iter().map(|track| follow(track, picture)).collect();
        let in_place = |followed: &&Followed| {
            let unread = followed.track.unread + 1;
            // Where the rates of screen and camera lock, mixtures come many in a row, and only there.
            let patience = if followed.outcome == Outcome::Mixed { 3 } else { 1 };
            let anew = !is_read(&followed.outcome) && unread > patience && unread.is_power_of_two();
            followed.mesh.is_some() && !anew
        };
        let known: Vec<[Point; 4]> =
            followed.iter().filter(in_place).filter_map(|f| f.mesh.as_ref()).map(Mesh::outline).collect();
        let missed = known.len() < followed.len();
        let search =
            (known.is_empty() || missed || number >= find_at).then(|| find(picture, &known, known.is_empty(), budget));
        let mut sightings: Vec<Sighting> = followed
            .iter()
            .map(|followed| {
                let unread = followed.dark.as_ref().filter(|_| followed.outcome == Outcome::Unread);
                let changed = unread.is_some_and(|dark| self.has_changed(number, dark.clone()));
                Sighting { changed, ..sighting(followed) }
            })
            .collect();
        let (found, unread) = search.map(|search| (Some(search.found), search.unread)).unwrap_or_default();
        let tiles = self.remember(number, &followed, found.as_deref());
        for (found, tile) in found.iter().flatten().zip(tiles) {
            // It was not found in its old place, and is here.
            sightings.retain(|seen| seen.tile.is_none() || seen.tile != tile);
            sightings.push(sighting_of_found(found, tile));
        }
        if !sightings.iter().any(|seen| is_read(&seen.outcome)) {
            sightings.extend(unread.into_iter().map(|unread| Sighting {
                module_pixels: Some(unread.module_pixels),
                contrast: unread.contrast,
                sharpness: unread.sharpness,
                changed: unread.dark.is_some_and(|dark| self.has_changed(number, dark)),
                ..Sighting::at(unread.outline, Outcome::Unread)
            }));
        }
        if number.is_multiple_of(LATTICE_EVERY) {
            let missing = lattice::missing(picture, &sightings);
            sightings.extend(missing.into_iter().map(|outline| Sighting::at(outline, Outcome::Hidden)));
        }
        sightings
    }

    /// Whether the modules of a symbol that was not read are none of those that were not read just before. A code that
    /// stands still and cannot be read stays as it is; one that is never caught whole is another each time.
    fn has_changed(&self, number: u64, dark: Vec<bool>) -> bool {
        let mut memory = self.memory();
        memory.unread.retain(|(before, _)| number.abs_diff(*before) <= UNREAD_KEPT_FOR);
        let mut before =
            memory.unread.iter().filter(|(at, other)| *at != number && other.len() == dark.len()).peekable();
        let changed = before.peek().is_some() && before.all(|(_, other)| share_same(other, &dark) < OTHER_MAX);
        if memory.unread.len() < TRACKS_MAX * 4 {
            memory.unread.push((number, dark));
        }
        changed
    }

    /// Takes over where symbols are now. Gives the tile of each that was found.
    fn remember(&self, number: u64, followed: &[Followed], found: Option<&[Found]>) -> Vec<Option<u64>> {
        let mut memory = self.memory();
        let memory = &mut *memory;
        let motion = motion(followed);
        for followed in followed {
            let Some(at) = memory.tracks.iter().position(|track| track.tile == followed.track.tile) else { continue };
            let track = renewed(followed, number, motion);
            if memory.tracks.get(at).is_some_and(|known| known.picture > number) {
                continue;
            }
            if track.hidden > HIDDEN_MAX || track.unread > UNREAD_MAX {
                memory.tracks.remove(at);
            } else if let Some(known) = memory.tracks.get_mut(at) {
                *known = Arc::new(track);
            }
        }
        let Some(found) = found else { return Vec::new() };
        let mut anything_new = false;
        let tiles = found
            .iter()
            .map(|found| {
                let (mesh, modules) = found.mesh.as_ref()?;
                // Only symbols with our frames are followed.
                Frame::parse(&found.content).ok()?;
                let here = Point::middle_of(&found.outline);
                let known = memory.tracks.iter().position(|track| is_inside(&track.mesh.outline(), here));
                let tile = match known.and_then(|at| memory.tracks.get(at)) {
                    Some(track) => track.tile,
                    None => {
                        anything_new = true;
                        memory.next_tile += 1;
                        memory.next_tile
                    }
                };
                let dark = Arc::new(modules.dark().next().unwrap_or_default());
                let track = Arc::new(Track { tile, mesh: mesh.clone(), picture: number, unread: 0, hidden: 0, dark });
                let room = memory.tracks.len() < TRACKS_MAX;
                match known.and_then(|at| memory.tracks.get_mut(at)) {
                    Some(known) => *known = track,
                    None if room => memory.tracks.push(track),
                    None => return None,
                }
                Some(tile)
            })
            .collect();
        memory.find_wait = if anything_new { 1 } else { (memory.find_wait * 2).clamp(1, FIND_WAIT_MAX) };
        memory.find_at = number + memory.find_wait;
        tiles
    }
}

/// Looks for a symbol where it was, and reads it.
fn follow(track: Arc<Track>, picture: &GreyPicture) -> Followed {
    let Some(mesh) = track.mesh.followed(picture) else {
        return Followed { track, mesh: None, sharpness: 0.0, outcome: Outcome::Hidden, dark: None };
    };
    let modules = Modules::new(mesh.layout, mesh.sample(picture));
    let sharpness = modules.sharpness;
    let mut seen = None;
    for dark in modules.dark() {
        if let Some(content) = content::read(mesh.layout, &dark) {
            let outcome = Outcome::Read { content };
            return Followed { track, mesh: Some(mesh), sharpness, outcome, dark: Some(dark) };
        }
        // A picture that mixes two frames is not worth a second attempt.
        if is_mixture(mesh.layout.side, &track.dark, &dark) {
            return Followed { track, mesh: Some(mesh), sharpness, outcome: Outcome::Mixed, dark: None };
        }
        seen.get_or_insert(dark);
    }
    // The place may be right and the guesses between the patterns wrong: once more as if it had just been found.
    if let Some(mesh) = mesh.anew(picture) {
        let modules = Modules::new(mesh.layout, mesh.sample(picture));
        for dark in modules.dark() {
            if let Some(content) = content::read(mesh.layout, &dark) {
                let outcome = Outcome::Read { content };
                return Followed { track, mesh: Some(mesh), sharpness, outcome, dark: Some(dark) };
            }
        }
    }
    Followed { track, mesh: Some(mesh), sharpness, outcome: Outcome::Unread, dark: seen }
}

/// Bands of modules that are compared, along both axes: a camera may lie on its side.
const BANDS: usize = 8;
/// The share of a band's modules that are as before where it still shows the frame before; by chance it is a half.
const SAME_MIN: f32 = 0.93;
const OTHER_MAX: f32 = 0.8;

/// Whether a part of the modules is as `before` and a part is not.
fn is_mixture(side: usize, before: &[bool], now: &[bool]) -> bool {
    if before.len() != now.len() || side < BANDS {
        return false;
    }
    let mut same = [[(0.0_f32, 0.0_f32); BANDS]; 2];
    for (at, (before, now)) in before.iter().zip(now).enumerate() {
        for (bands, place) in same.iter_mut().zip([at / side, at % side]) {
            if let Some((same, count)) = bands.get_mut(place * BANDS / side) {
                *same += f32::from(u8::from(before == now));
                *count += 1.0;
            }
        }
    }
    same.iter().any(|bands| {
        let shares = || bands.iter().map(|(same, count)| same / count.max(1.0));
        shares().any(|share| share >= SAME_MIN) && shares().any(|share| share <= OTHER_MAX)
    })
}

/// The share of modules that are the same.
fn share_same(one: &[bool], other: &[bool]) -> f32 {
    length(one.iter().zip(other).filter(|(one, other)| one == other).count()) / length(one.len().max(1))
}

fn is_read(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Read { .. })
}

/// How the symbols that are in their places moved, on average.
fn motion(followed: &[Followed]) -> Point {
    let moves: Vec<Point> = followed
        .iter()
        .filter_map(|f| Some(Point::middle_of(&f.mesh.as_ref()?.outline()) - Point::middle_of(&f.track.mesh.outline())))
        .collect();
    moves.iter().fold(Point::default(), |sum, step| sum + *step) * (1.0 / length(moves.len().max(1)))
}

/// The track after a picture.
fn renewed(followed: &Followed, number: u64, motion: Point) -> Track {
    let before = &followed.track;
    let read = is_read(&followed.outcome);
    let mesh = followed.mesh.clone().unwrap_or_else(|| {
        let mut mesh = before.mesh.clone();
        mesh.shift(motion);
        mesh
    });
    Track {
        tile: before.tile,
        picture: number,
        unread: if read { 0 } else { before.unread + u32::from(followed.mesh.is_some()) },
        hidden: if followed.mesh.is_some() { 0 } else { before.hidden + 1 },
        dark: followed.dark.clone().filter(|_| read).map_or_else(|| Arc::clone(&before.dark), Arc::new),
        mesh,
    }
}

fn sighting(followed: &Followed) -> Sighting {
    let mesh = followed.mesh.as_ref();
    Sighting {
        tile: Some(followed.track.tile),
        module_pixels: mesh.map(Mesh::module_pixels),
        contrast: mesh.map(|mesh| mesh.contrast),
        sharpness: mesh.map(|_| followed.sharpness),
        ..Sighting::at(mesh.unwrap_or(&followed.track.mesh).outline(), followed.outcome.clone())
    }
}

fn sighting_of_found(found: &Found, tile: Option<u64>) -> Sighting {
    let mesh = found.mesh.as_ref();
    Sighting {
        tile,
        module_pixels: mesh.map(|(mesh, _)| mesh.module_pixels()),
        contrast: mesh.map(|(mesh, _)| mesh.contrast),
        sharpness: mesh.map(|(_, modules)| modules.sharpness),
        ..Sighting::at(found.outline, Outcome::Read { content: found.content.clone() })
    }
}

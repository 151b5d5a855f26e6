//! Reads pictures that follow each other: a symbol is looked for where it was, and in the whole picture only now and then.

use std::cell::OnceCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rootcast_host::processor_time::Budget;
use rootcast_protocol::frame::Frame;

use super::burnt;
use super::content::{self, Content};
use super::find::{Found, Search, Unread, find, read_mesh};
use super::geometry::{Point, is_inside, length};
use super::grey_picture::GreyPicture;
use super::lattice;
use super::mesh::Mesh;
use super::modules::Modules;
use super::reading::{Light, Outcome, Reading, Sighting};
use super::sizes::Size;
use super::unchanged::Shown;

/// Reads pictures, and remembers where symbols were. Several threads may read with it at the same time.
#[derive(Debug)]
pub struct Reader {
    budget: Duration,
    memory: Mutex<Memory>,
    /// Symbols that were not read because they showed what they had shown.
    unchanged: AtomicU64,
}

#[derive(Debug, Default)]
struct Memory {
    tracks: Vec<Arc<Track>>,
    next_tile: u64,
    /// The picture from which on the whole is looked at again, and the pictures to wait after that.
    find_at: u64,
    find_wait: u64,
    /// The same for looks at the whole because a tile is not in its place.
    miss_at: u64,
    miss_wait: u64,
    /// What a look at the whole found after its picture was answered: it is told with the next one.
    late: Vec<Sighting>,
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
    /// Its dark modules as last read, what it showed then, and how sharp it was.
    dark: Arc<Vec<bool>>,
    shown: Option<Arc<Shown>>,
    sharpness: f32,
    /// It is light on dark.
    inverted: bool,
    /// It was read with so many errors that its mesh is better laid anew.
    is_doubtful: bool,
}

/// Pictures in which a symbol that is in its place is not read, until it is forgotten. On the way there the place is
/// looked at anew after 2, 4, 8 and 16: it may show another version.
const UNREAD_MAX: u32 = 32;
/// A symbol that was read before is looked for during this many pictures: four seconds of a camera.
const HIDDEN_MAX: u32 = 120;
/// Pictures between looks at the whole, at most, while all that is known is read.
const FIND_WAIT_MAX: u64 = 64;
/// The same while a tile is not where it was, and others are.
const MISS_WAIT_MAX: u64 = 8;
/// Symbols followed at the same time: 4 rows of 7 of the largest version in a 4K picture, and some more.
const TRACKS_MAX: usize = 32;
/// While symbols are followed, a look at the whole may take this part of the budget.
const FIND_SHARE: u32 = 4;
/// Thousandths of the errors that can be corrected, from which on a mesh is laid anew.
const DOUBTFUL: usize = 300;

/// Of pictures in which nothing is followed, one in so many is looked at in all sizes: the last one where more pictures wait
/// for an answer, so that those before it give what is seen at the likeliest sizes at once. A photograph is picture 0.
const ALL_SIZES_EVERY: u64 = 4;
/// Pictures between looks for tiles that should be there.
const LATTICE_EVERY: u64 = 4;
/// Pictures for which the modules of what was not read are kept, to compare.
const UNREAD_KEPT_FOR: u64 = 4;

/// Whether the whole of a picture is looked at before it is answered, although something is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Now,
    Later,
}

/// What is seen in a picture, what the budget left undone, in words, and whether the whole is to be looked at yet.
#[derive(Debug, Default)]
struct Seen {
    sightings: Vec<Sighting>,
    unfinished: Option<String>,
    is_due: bool,
}

/// Symbols kept that were found after their picture was answered, at most.
const LATE_MAX: usize = 64;

/// What following one symbol gave.
struct Followed {
    track: Arc<Track>,
    mesh: Option<Mesh>,
    sharpness: f32,
    outcome: Outcome,
    /// Its dark modules: as read, or as seen where it was not read.
    dark: Option<Vec<bool>>,
    /// What it shows, if that is something else than before.
    shown: Option<Shown>,
    is_doubtful: bool,
}

impl Followed {
    fn new(track: Arc<Track>, mesh: Option<Mesh>, outcome: Outcome) -> Self {
        let sharpness = track.sharpness;
        Self { track, mesh, sharpness, outcome, dark: None, shown: None, is_doubtful: false }
    }

    /// It was taken to show what it had shown.
    fn is_unchanged(&self) -> bool {
        is_read(&self.outcome) && self.dark.is_none()
    }

    fn read(track: Arc<Track>, mesh: Mesh, modules: &Modules, content: Content, dark: Vec<bool>) -> Self {
        Self {
            track,
            mesh: Some(mesh),
            sharpness: modules.sharpness,
            shown: Shown::new(&content, modules),
            is_doubtful: content.wrong > DOUBTFUL,
            outcome: Outcome::Read { content: content.bytes },
            dark: Some(dark),
        }
    }
}

/// A picture, and the same with light for dark once it is needed.
struct BothWays<'p> {
    picture: &'p GreyPicture,
    inverted: OnceCell<GreyPicture>,
}

impl<'p> BothWays<'p> {
    const fn new(picture: &'p GreyPicture) -> Self {
        Self { picture, inverted: OnceCell::new() }
    }

    fn get(&self, inverted: bool) -> &GreyPicture {
        if inverted { self.inverted.get_or_init(|| self.picture.inverted()) } else { self.picture }
    }
}

impl Reader {
    /// A reader that spends at most about `budget` on one picture.
    #[must_use]
    pub fn new(budget: Duration) -> Self {
        Self { budget, memory: Mutex::new(Memory::default()), unchanged: AtomicU64::new(0) }
    }

    /// How many symbols were not read so far because they showed what they had shown in the picture before.
    #[must_use]
    pub fn unchanged(&self) -> u64 {
        self.unchanged.load(Ordering::Relaxed)
    }

    /// Reads picture `number`; they count from 0 in the order in which they were taken.
    #[must_use]
    pub fn read(&self, number: u64, picture: &GreyPicture) -> Reading {
        self.read_by(number, picture, When::Now).0
    }

    /// The same, as far as it is needed at once. The second value says that [`Reader::look_around`] is due, which can wait
    /// until this is answered.
    pub(crate) fn read_first(&self, number: u64, picture: &GreyPicture) -> (Reading, bool) {
        self.read_by(number, picture, When::Later)
    }

    /// Looks at the whole of picture `number` for what is not known yet. What it finds is told with the next picture; after the
    /// last picture of a film, nobody is told.
    pub(crate) fn look_around(&self, number: u64, picture: &GreyPicture) {
        let looked = catch_unwind(AssertUnwindSafe(|| {
            // What is not in its place, or was not read there, may be anywhere.
            let is_known = |track: &&Arc<Track>| track.hidden == 0 && !is_looked_for_anew(track.unread, 1);
            let known: Vec<[Point; 4]> =
                self.memory().tracks.iter().filter(is_known).map(|track| track.mesh.outline()).collect();
            let found = find(picture, &known, false, &Budget::new(self.budget / FIND_SHARE)).found;
            let tiles = self.remember(number, &mut [], &found, true);
            found.iter().zip(tiles).map(|(found, tile)| sighting_of_found(found, tile)).collect::<Vec<_>>()
        }));
        let mut memory = self.memory();
        let room = LATE_MAX.saturating_sub(memory.late.len());
        memory.late.extend(looked.unwrap_or_default().into_iter().take(room));
    }

    fn read_by(&self, number: u64, picture: &GreyPicture, when: When) -> (Reading, bool) {
        let budget = Budget::new(self.budget);
        if !picture.is_whole() {
            return (Reading::default(), false);
        }
        // Libraries are called in there. A picture on which one panics counts as empty.
        let seen = catch_unwind(AssertUnwindSafe(|| self.sightings(number, picture, when, &budget)));
        let Seen { mut sightings, unfinished, is_due } = seen.unwrap_or_default();
        for seen in sightings.iter_mut().filter(|seen| !is_read(&seen.outcome)) {
            seen.burnt = burnt::share_inside(picture, &seen.outline);
        }
        (Reading { sightings, light: Light::from_picture(picture), unfinished }, is_due)
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sightings(&self, number: u64, picture: &GreyPicture, when: When, budget: &Budget) -> Seen {
        let (tracks, find_at, miss_at) = {
            let memory = self.memory();
            (memory.tracks.clone(), memory.find_at, memory.miss_at)
        };
        let both = BothWays::new(picture);
        let mut followed: Vec<Followed> = tracks
            .into_iter()
            .map(|track| (both.get(track.inverted), track))
            .map(|(way, track)| follow(track, way))
            .collect();
        let unchanged = followed.iter().filter(|followed| followed.is_unchanged()).count();
        self.unchanged.fetch_add(u64::try_from(unchanged).unwrap_or(0), Ordering::Relaxed);
        let in_place = |followed: &&Followed| {
            // Where the rates of screen and camera lock, mixtures come many in a row, and only there.
            let patience = if followed.outcome == Outcome::Mixed { 3 } else { 1 };
            let anew = !is_read(&followed.outcome) && is_looked_for_anew(followed.track.unread + 1, patience);
            followed.mesh.is_some() && !anew
        };
        let known: Vec<[Point; 4]> =
            followed.iter().filter(in_place).filter_map(|f| f.mesh.as_ref()).map(Mesh::outline).collect();
        let missed = known.len() < followed.len();
        let is_due = known.is_empty() || missed && number >= miss_at || number >= find_at;
        let is_late = is_due && when == When::Later && !known.is_empty();
        let is_due = is_due && !is_late;
        self.note_missed(number, missed);
        let search = is_due.then(|| {
            let part = if known.is_empty() { budget.left() } else { budget.left().min(self.budget / FIND_SHARE) };
            // In a film with nothing to follow, a code at an unlikely size is looked for now and then.
            let turn = if when == When::Later { ALL_SIZES_EVERY - 1 } else { 0 };
            let all_sizes = known.is_empty() && number % ALL_SIZES_EVERY == turn;
            find(picture, &known, all_sizes, &Budget::new(part))
        });
        let mut sightings: Vec<Sighting> = followed
            .iter()
            .map(|followed| {
                let unread = followed.dark.as_ref().filter(|_| followed.outcome == Outcome::Unread);
                let changed = unread.is_some_and(|dark| self.has_changed(number, dark.clone()));
                Sighting { changed, ..sighting(followed) }
            })
            .collect();
        let is_whole = search.is_some();
        let Search { mut found, unread, left } = search.unwrap_or_default();
        let is_finished = left.is_empty();
        if number.is_multiple_of(LATTICE_EVERY) && !is_whole {
            found.extend(beside(&followed, &both, budget));
        }
        let tiles = self.remember(number, &mut followed, &found, is_whole);
        for (found, tile) in found.iter().zip(tiles) {
            // It was not found in its old place, and is here.
            sightings.retain(|seen| seen.tile.is_none() || seen.tile != tile);
            sightings.push(sighting_of_found(found, tile));
        }
        let is_anything_read = sightings.iter().any(|seen| is_read(&seen.outcome));
        sightings.extend(unread.into_iter().filter(|unread| unread.is_sure || !is_anything_read).map(|unread| {
            let changed = unread.dark.clone().is_some_and(|dark| self.has_changed(number, dark));
            Sighting { changed, ..sighting_of_unread(&unread) }
        }));
        if number.is_multiple_of(LATTICE_EVERY) {
            let missing = lattice::missing(picture, &sightings);
            sightings.extend(missing.into_iter().map(|outline| Sighting::at(outline, Outcome::Hidden)));
        }
        let unfinished = (!is_finished).then(|| left.iter().map(Size::text).collect::<Vec<_>>().join(", "));
        let mut memory = self.memory();
        sightings.append(&mut memory.late);
        if is_late && !missed {
            // No other thread looks around at the same time.
            memory.find_at = number + FIND_WAIT_MAX;
        }
        Seen { sightings, unfinished, is_due: is_late }
    }

    /// Looks at the whole come at growing intervals while a tile is not in its place.
    fn note_missed(&self, number: u64, missed: bool) {
        let mut memory = self.memory();
        if !missed {
            (memory.miss_at, memory.miss_wait) = (0, 0);
        } else if number >= memory.miss_at {
            memory.miss_wait = (memory.miss_wait * 2).clamp(1, MISS_WAIT_MAX);
            memory.miss_at = number + memory.miss_wait;
        }
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

    /// Takes over where symbols are now, and whether the whole was looked at. Gives the tile of each that was found.
    fn remember(&self, number: u64, followed: &mut [Followed], found: &[Found], is_whole: bool) -> Vec<Option<u64>> {
        let mut memory = self.memory();
        let memory = &mut *memory;
        let motion = motion(followed);
        for followed in followed {
            let Some(at) = memory.tracks.iter().position(|track| track.tile == followed.track.tile) else { continue };
            let mut track = renewed(followed, number, motion);
            track.shown = followed.shown.take().map(Arc::new).or_else(|| followed.track.shown.clone());
            if memory.tracks.get(at).is_some_and(|known| known.picture > number) {
                continue;
            }
            if track.hidden > HIDDEN_MAX || track.unread > UNREAD_MAX {
                memory.tracks.remove(at);
            } else if let Some(known) = memory.tracks.get_mut(at) {
                *known = Arc::new(track);
            }
        }
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
                let track = Arc::new(Track {
                    tile,
                    mesh: mesh.clone(),
                    picture: number,
                    unread: 0,
                    hidden: 0,
                    dark,
                    shown: None,
                    sharpness: modules.sharpness,
                    inverted: found.inverted,
                    is_doubtful: false,
                });
                let room = memory.tracks.len() < TRACKS_MAX;
                match known.and_then(|at| memory.tracks.get_mut(at)) {
                    Some(known) => *known = track,
                    None if room => memory.tracks.push(track),
                    None => return None,
                }
                Some(tile)
            })
            .collect();
        if is_whole || anything_new {
            memory.find_wait = if anything_new { 1 } else { (memory.find_wait * 2).clamp(1, FIND_WAIT_MAX) };
            memory.find_at = number + memory.find_wait;
        }
        tiles
    }
}

/// Whether a symbol that is in its place, and was not read in so many pictures, is looked for anew.
const fn is_looked_for_anew(unread: u32, patience: u32) -> bool {
    unread > patience && unread.is_power_of_two()
}

/// Looks for a symbol where it was, and reads it: the fastest way first.
fn follow(track: Arc<Track>, picture: &GreyPicture) -> Followed {
    if let Some(mesh) = track.mesh.moved(picture).filter(|_| !track.is_doubtful) {
        if let Some(shown) = track.shown.as_ref().filter(|shown| shown.is_shown(&mesh, picture)) {
            let outcome = Outcome::Read { content: shown.content.clone() };
            return Followed::new(track, Some(mesh), outcome);
        }
        let modules = Modules::new(mesh.layout, mesh.sample(picture));
        if let Some(dark) = modules.plainly_dark().or_else(|| modules.dark().next()) {
            if let Some(content) = content::read(mesh.layout, &dark) {
                return Followed::read(track, mesh, &modules, content, dark);
            }
            // A picture that mixes two frames is not worth a second attempt.
            if is_mixture(mesh.layout.side, &track.dark, &dark) {
                let sharpness = modules.sharpness;
                return Followed { sharpness, ..Followed::new(track, Some(mesh), Outcome::Mixed) };
            }
        }
    }
    follow_anew(track, picture)
}

/// The same with all patterns looked for again.
fn follow_anew(track: Arc<Track>, picture: &GreyPicture) -> Followed {
    let Some(mesh) = track.mesh.followed(picture) else {
        return Followed { sharpness: 0.0, ..Followed::new(track, None, Outcome::Hidden) };
    };
    let modules = Modules::new(mesh.layout, mesh.sample(picture));
    let mut seen = None;
    for dark in modules.dark() {
        if let Some(content) = content::read(mesh.layout, &dark) {
            return Followed::read(track, mesh, &modules, content, dark);
        }
        if is_mixture(mesh.layout.side, &track.dark, &dark) {
            let sharpness = modules.sharpness;
            return Followed { sharpness, ..Followed::new(track, Some(mesh), Outcome::Mixed) };
        }
        seen.get_or_insert(dark);
    }
    // The place may be right and the guesses between the patterns wrong: once more as if it had just been found.
    if let Some(mesh) = mesh.anew(picture) {
        let modules = Modules::new(mesh.layout, mesh.sample(picture));
        for dark in modules.dark() {
            if let Some(content) = content::read(mesh.layout, &dark) {
                return Followed::read(track, mesh, &modules, content, dark);
            }
        }
    }
    let sharpness = modules.sharpness;
    Followed { dark: seen, sharpness, ..Followed::new(track, Some(mesh), Outcome::Unread) }
}

/// The tiles beside those that were read which are not known yet.
fn beside(followed: &[Followed], both: &BothWays<'_>, budget: &Budget) -> Vec<Found> {
    let mut outlines: Vec<[Point; 4]> = followed.iter().filter_map(|f| f.mesh.as_ref()).map(Mesh::outline).collect();
    let mut found: Vec<Found> = Vec::new();
    for followed in followed.iter().filter(|followed| is_read(&followed.outcome)) {
        let Some(mesh) = &followed.mesh else { continue };
        let picture = both.get(followed.track.inverted);
        let neighbours =
            lattice::neighbours(picture, mesh, &|at| outlines.iter().any(|outline| is_inside(outline, at)));
        for (layout, places) in neighbours {
            if budget.is_spent() {
                return found;
            }
            if let Ok(read) = read_mesh(picture, layout, places) {
                outlines.push(read.outline);
                found.push(Found { inverted: followed.track.inverted, ..read });
            }
        }
    }
    found
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
        sharpness: followed.sharpness,
        inverted: before.inverted,
        is_doubtful: followed.is_doubtful,
        shown: None,
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

fn sighting_of_unread(unread: &Unread) -> Sighting {
    Sighting {
        module_pixels: Some(unread.module_pixels),
        contrast: unread.contrast,
        sharpness: unread.sharpness,
        covered: unread.is_covered,
        ..Sighting::at(unread.outline, Outcome::Unread)
    }
}

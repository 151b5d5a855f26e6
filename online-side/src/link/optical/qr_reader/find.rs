//! Finds symbols anywhere in a picture, without knowing where they were before.
//!
//! ```text
//! a size ─ finders ─┬─ with the number of a version beside them ─▶ mesh ─▶ read ─┬─▶ the tiles beside it
//!                   └─ any three: `rxing`'s port of zxing-cpp reads, then a mesh ┘
//! ```
//!
//! The size of about 2,000 pixels comes first, then larger ones, and every size has a share of the budget. The search goes on
//! at other sizes, and with light for dark, while something that was seen is not read. So photographs of monitors and
//! close-ups are read. Must not: look at a symbol that is known already.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rootcast_host::processor_time::Budget;
use rootcast_protocol::frame::MAGIC;
use rxing::common::cpp_essentials::ConcentricPattern;
use rxing::common::{BitMatrix, DetectorRXingResult, GlobalHistogramBinarizer, HybridBinarizer};
use rxing::qrcode::cpp_port::decoder::Decode;
use rxing::qrcode::cpp_port::detector::{FinderPatternSet, GenerateFinderPatternSets, SampleQR};
use rxing::{Binarizer, Luma8Source};

use super::content;
use super::corners::{self, Corners};
use super::finders::{find_finders, is_clutter_to_rxing};
use super::geometry::{Point, is_inside, length};
use super::grey_picture::GreyPicture;
use super::lattice;
use super::layout::Layout;
use super::mesh::Mesh;
use super::modules::{Modules, Way};
use super::older_reader;
use super::sizes::{Size, least, sizes};

/// A symbol that was found and read.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) content: Vec<u8>,
    /// Its corners, as far as they are known.
    pub(super) outline: [Point; 4],
    /// Where its modules are, if that could be found out too.
    pub(super) mesh: Option<(Mesh, Modules)>,
    /// It is light on dark, and its mesh is that of the picture with light for dark.
    pub(super) inverted: bool,
}

/// The result of looking for symbols.
#[derive(Debug, Clone, Default)]
pub(super) struct Search {
    pub(super) found: Vec<Found>,
    /// What looks like a symbol and could not be read, the likeliest first.
    pub(super) unread: Vec<Unread>,
    /// The sizes that the budget did not reach; none if all were looked at that had to be.
    pub(super) left: Vec<Size>,
}

/// What looks like a symbol and could not be read.
#[derive(Debug, Clone)]
pub(super) struct Unread {
    pub(super) outline: [Point; 4],
    pub(super) module_pixels: f32,
    pub(super) contrast: Option<f32>,
    pub(super) sharpness: Option<f32>,
    /// Its dark modules, as far as they could be told.
    pub(super) dark: Option<Vec<bool>>,
    /// The number of its version stands beside its finders: it is a symbol.
    pub(super) is_sure: bool,
    /// Only two of its finders are seen.
    pub(super) is_covered: bool,
}

/// Finder patterns looked at; more are clutter. What they make in sets of three is bounded by the budget.
const FINDERS_MAX: usize = 400;
/// Finder patterns beyond which a picture is clutter: three times those of 28 symbols. What the older reader of `rxing` does
/// grows with their cube.
const CLUTTER: usize = 250;
/// Symbols that could not be read, reported for aiming, at most.
const UNREAD_MAX: usize = 8;
/// Pixels a module from which on a mesh is laid over the smaller picture first: a mean of pixels is better than one of them.
const SMALLER_FIRST: f32 = 2.5;
/// The same below which that is not even tried.
const SMALLER_MIN: f32 = 1.5;

/// Looks for symbols, leaving out those whose middle is in one of `known`.
pub(super) fn find(picture: &GreyPicture, known: &[[Point; 4]], all_sizes: bool, budget: &Budget) -> Search {
    let mut search = Search::default();
    let mut inverted: Option<GreyPicture> = None;
    let mut sizes = sizes(picture, all_sizes);
    let least = if all_sizes { least(&sizes) } else { 1 };
    let mut cost_left: f32 = sizes.iter().map(Size::cost).sum();
    // Seconds a unit of work, the least of the sizes so far: what a size cannot take less than.
    let mut pace = f32::INFINITY;
    for looked in 0.. {
        let is_done = !search.found.is_empty() && !search.unread.iter().any(|unread| unread.is_sure);
        if is_done && looked >= least || sizes.is_empty() {
            break;
        }
        if budget.is_spent() {
            search.left.append(&mut sizes);
            break;
        }
        let size = sizes.remove(0);
        // A look cannot be broken off everywhere: so none is begun that cannot be ended in time.
        if pace.is_finite() && size.cost() * pace > budget.left().as_secs_f32() {
            search.left.push(size);
            continue;
        }
        // What is light on dark is looked for where nothing else is, or where something stays unread.
        if size.inverted && is_done {
            continue;
        }
        let share = Budget::new(budget.left().mul_f32((size.cost() / cost_left).clamp(0.1, 1.0)));
        cost_left -= size.cost();
        let spent = budget.spent();
        let whole = if size.inverted { inverted.get_or_insert_with(|| picture.inverted()) } else { picture };
        let scaled = size.scaled(whole);
        let smaller = scaled.as_ref().unwrap_or(whole);
        let before = search.found.len();
        let mut pass =
            Pass { picture: whole, smaller, size, known, budget, share, is_clutter: false, search: &mut search };
        // Where a library panics on a picture, nothing more is read in it.
        let _ = catch_unwind(AssertUnwindSafe(|| pass.look()));
        pace = pace.min(budget.spent().saturating_sub(spent).as_secs_f32() / size.cost());
        search.found.iter_mut().skip(before).for_each(|found| found.inverted = size.inverted);
    }
    // What was read needs no other size.
    if !search.found.is_empty() && !search.unread.iter().any(|unread| unread.is_sure) {
        search.left.clear();
    }
    search
}

/// One look at a picture at one size.
struct Pass<'a> {
    picture: &'a GreyPicture,
    smaller: &'a GreyPicture,
    size: Size,
    known: &'a [[Point; 4]],
    /// What the whole picture may take, and what is uncertain at this size.
    budget: &'a Budget,
    share: Budget,
    /// So much resembles a finder pattern that only readers with bounds of their own look at it.
    is_clutter: bool,
    search: &'a mut Search,
}

impl<'a> Pass<'a> {
    fn look(&mut self) {
        let before = self.search.found.len();
        let Some(source) = self.source() else { return };
        self.look_with(&HybridBinarizer::new(source));
        let is_found = |pass: &Self| pass.search.found.len() > before;
        if !is_found(self)
            && !self.share.is_half_spent()
            && let Some(source) = self.source()
        {
            self.look_with(&GlobalHistogramBinarizer::new(source));
        }
        let is_worth_it = !self.is_clutter && !self.share.is_half_spent();
        if self.search.found.is_empty() && self.known.is_empty() && is_worth_it {
            let scale = self.size.scale();
            let read = older_reader::read(self.smaller);
            self.search.found.extend(read.into_iter().map(|(content, corners)| Found {
                content,
                outline: outline(corners.map(|corner| corner * scale)),
                mesh: None,
                inverted: false,
            }));
        }
    }

    fn source(&self) -> Option<Luma8Source<'a>> {
        Luma8Source::new_with_slice(&self.smaller.luma, self.smaller.width, self.smaller.height).ok()
    }

    fn look_with(&mut self, binarizer: &impl Binarizer) {
        let Ok(black) = binarizer.get_black_matrix() else { return };
        let mut finders = find_finders(black, &self.share);
        self.is_clutter |= finders.len() > CLUTTER || is_clutter_to_rxing(black);
        let scale = self.size.scale();
        finders.retain(|finder| !self.is_taken(Point::new(finder.p.x, finder.p.y) * scale));
        finders.sort_by_key(|finder| std::cmp::Reverse(finder.size));
        finders.truncate(FINDERS_MAX);
        for corners in corners::numbered(black, &finders, &self.share) {
            self.try_numbered(&corners, false);
        }
        self.grow();
        finders.retain(|finder| !self.is_taken(Point::new(finder.p.x, finder.p.y) * scale));
        self.try_any(black, finders.clone());
        if !self.share.is_spent() {
            finders.retain(|finder| !self.is_taken(Point::new(finder.p.x, finder.p.y) * scale));
            for corners in corners::with_one_covered(black, &finders, &self.share) {
                self.try_numbered(&corners, true);
            }
            self.grow();
        }
    }

    /// Whether a symbol is known around a place of the whole picture.
    fn is_taken(&self, at: Point) -> bool {
        let found = self.search.found.iter().map(|found| &found.outline);
        self.known.iter().chain(found).any(|outline| is_inside(outline, at))
    }

    /// Reads three finders that have a number.
    fn try_numbered(&mut self, corners: &Corners, is_covered: bool) {
        let scale = self.size.scale();
        let outline = outline(corners.places.map(|corner| corner * scale));
        if self.budget.is_spent() || self.is_taken(Point::middle_of(&outline)) {
            return;
        }
        match self.read_mesh(corners.layout, corners.places) {
            Ok(found) => self.keep(found),
            Err(Some(unread)) => self.regret(Unread { is_sure: unread.has_timing(), is_covered, ..unread }),
            Err(None) => {}
        }
    }

    /// Looks beside what was read for more of it.
    fn grow(&mut self) {
        let mut from = 0;
        while !self.budget.is_spent() {
            let Some(found) = self.search.found.get(from) else { break };
            from += 1;
            let Some((mesh, _)) = found.mesh.as_ref().filter(|_| found.inverted == self.size.inverted) else {
                continue;
            };
            let places = lattice::neighbours(self.picture, mesh, &|at| self.is_taken(at));
            for (layout, places) in places {
                match read_mesh(self.picture, layout, places) {
                    Ok(found) => self.keep(found),
                    Err(Some(unread)) => self.regret(Unread { is_sure: unread.has_timing(), ..unread }),
                    Err(None) => {}
                }
            }
        }
    }

    /// Reads any three finders, the likeliest first.
    fn try_any(&mut self, black: &BitMatrix, mut finders: Vec<ConcentricPattern>) {
        let mut used: Vec<Point> = Vec::new();
        for set in GenerateFinderPatternSets(&mut finders) {
            if self.share.is_spent() {
                return;
            }
            let corners = [set.tl, set.tr, set.bl].map(|finder| Point::new(finder.p.x, finder.p.y));
            if corners.iter().any(|corner| used.contains(corner)) {
                continue;
            }
            let scale = self.size.scale();
            let outline = outline(corners.map(|corner| corner * scale));
            if self.is_taken(Point::middle_of(&outline)) {
                continue;
            }
            match self.read(black, &set, corners, outline) {
                Ok(found) => {
                    used.extend(corners);
                    self.keep(found);
                }
                Err(unread) => self.regret(unread),
            }
        }
    }

    /// Keeps what was read.
    fn keep(&mut self, found: Found) {
        let found = Found { inverted: self.size.inverted, ..found };
        self.search.unread.retain(|unread| !is_inside(&found.outline, Point::middle_of(&unread.outline)));
        if !self.search.found.iter().any(|known| known.content == found.content) {
            self.search.found.push(found);
        }
    }

    /// Keeps what was not read: for whoever aims, and to look again.
    fn regret(&mut self, unread: Unread) {
        let here = Point::middle_of(&unread.outline);
        let all = &mut self.search.unread;
        if let Some(known) = all.iter_mut().find(|known| is_inside(&known.outline, here)) {
            if unread.is_sure && !known.is_sure {
                *known = unread;
            }
        } else if all.len() < UNREAD_MAX {
            all.push(unread);
        } else if let Some(other) = all.iter_mut().find(|other| unread.is_sure && !other.is_sure) {
            // What is surely a symbol takes the place of what may be none.
            *other = unread;
        }
        self.search.unread.sort_by_key(|unread| !unread.is_sure);
    }

    fn read(
        &mut self,
        black: &BitMatrix,
        set: &FinderPatternSet,
        corners: [Point; 3],
        outline: [Point; 4],
    ) -> Result<Found, Unread> {
        let sampled = SampleQR(black, set).ok();
        let decoded = sampled.as_ref().and_then(|sampled| Decode(sampled.getBits()).ok()).filter(|d| d.isValid());
        let side = sampled.as_ref().map(|sampled| sampled.getBits().height());
        let layout = side.and_then(Layout::from_side);
        let scale = self.size.scale();
        if let Some(decoded) = decoded {
            let bytes = decoded.content().bytes();
            // Other programs' symbols say text, in one of many encodings; ours say bytes.
            let content = if bytes.starts_with(&MAGIC) { bytes.to_vec() } else { decoded.text().into_bytes() };
            let [corner, right, left] = corners.map(|corner| corner * scale);
            let finders = if decoded.isMirrored() { [corner, left, right] } else { [corner, right, left] };
            let mesh = layout.and_then(|layout| Mesh::from_finders(self.picture, layout, finders));
            let outline = mesh.as_ref().map_or(outline, Mesh::outline);
            let mesh = mesh.map(|mesh| {
                let modules = Modules::new(mesh.layout, mesh.sample(self.picture));
                (mesh, modules)
            });
            return Ok(Found { content, outline, mesh, inverted: false });
        }
        let pixels = length(usize::try_from(set.tl.size + set.tr.size + set.bl.size).unwrap_or(0)) / 21.0;
        let unread = Unread {
            outline,
            module_pixels: pixels * scale,
            contrast: None,
            sharpness: None,
            dark: None,
            is_sure: false,
            is_covered: false,
        };
        let Some(layout) = layout else { return Err(unread) };
        self.read_mesh(layout, corners).map_err(|better| better.unwrap_or(unread))
    }

    /// Reads a symbol through a mesh, whose corners are places of the smaller picture.
    fn read_mesh(&self, layout: &'static Layout, corners: [Point; 3]) -> Result<Found, Option<Unread>> {
        let scale = self.size.scale();
        let [corner, right, left] = corners;
        let between = 2.0 * (length(layout.side) - 7.0);
        let pixels = ((right - corner).length() + (left - corner).length()) / between;
        let in_whole = || read_mesh(self.picture, layout, corners.map(|corner| corner * scale));
        let in_smaller = || {
            read_mesh(self.smaller, layout, corners)
                .map(|found| found.scaled(scale))
                .map_err(|unread| unread.map(|u| u.scaled(scale)))
        };
        if self.size.is_whole() || pixels < SMALLER_MIN && scale > 1.0 {
            in_whole()
        } else if pixels >= SMALLER_FIRST {
            in_smaller().or_else(|_| in_whole())
        } else {
            in_whole().or_else(|unread| in_smaller().map_err(|_| unread))
        }
    }
}

/// Reads the symbol of a layout whose finders have their middles there.
pub(super) fn read_mesh(
    picture: &GreyPicture,
    layout: &'static Layout,
    corners: [Point; 3],
) -> Result<Found, Option<Unread>> {
    let mesh = Mesh::from_finders(picture, layout, corners).ok_or(None)?;
    let modules = Modules::new(layout, mesh.sample(picture));
    let found = |content: content::Content, mesh: Mesh, modules: Modules| {
        let outline = mesh.outline();
        Ok(Found { content: content.bytes, outline, mesh: Some((mesh, modules)), inverted: false })
    };
    let mut tried = Vec::new();
    for way in Way::BOTH {
        let dark = modules.dark_by(way);
        if let Some(content) = content::read(layout, &dark) {
            return found(content, mesh, modules);
        }
        if content::is_mirrored(layout, &dark)
            && let Some(content) = content::read(layout, &content::transposed(layout.side, &dark))
        {
            let mesh = mesh.transposed();
            let modules = Modules::new(layout, mesh.sample(picture));
            return found(content, mesh, modules);
        }
        tried.push(dark);
    }
    Err(Some(Unread {
        outline: mesh.outline(),
        module_pixels: mesh.module_pixels(),
        contrast: Some(mesh.contrast),
        sharpness: Some(modules.sharpness),
        dark: tried.into_iter().next(),
        is_sure: false,
        is_covered: false,
    }))
}

impl Found {
    /// The same in a picture `by` times as large.
    fn scaled(self, by: f32) -> Self {
        let mesh = self.mesh.map(|(mesh, modules)| (mesh.scaled(by), modules));
        Self { outline: self.outline.map(|corner| corner * by), mesh, ..self }
    }
}

/// The share of a symbol's contrast that its timing patterns have at least: what has less is none.
const TIMING_MIN: f32 = 0.12;

impl Unread {
    /// Whether the timing patterns are where they should be.
    fn has_timing(&self) -> bool {
        self.sharpness.is_some_and(|sharpness| sharpness >= TIMING_MIN)
    }

    /// The same in a picture `by` times as large.
    fn scaled(self, by: f32) -> Self {
        Self { outline: self.outline.map(|corner| corner * by), module_pixels: self.module_pixels * by, ..self }
    }
}

/// The corners of a symbol whose finders have their middles there.
fn outline([corner, right, left]: [Point; 3]) -> [Point; 4] {
    [corner, right, right + left - corner, left]
}

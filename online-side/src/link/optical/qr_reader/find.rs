//! Finds symbols anywhere in a picture, without knowing where they were before.
//!
//! `rxing`'s port of zxing-cpp reads first. A symbol that it finds and cannot read is sampled through a [`Mesh`], which
//! suffers less from blur, bent paper and lenses. Where that gives nothing, the picture is scaled down and looked at
//! again: so photographs of monitors and close-ups are read.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rootcast_host::processor_time::Budget;
use rootcast_protocol::frame::MAGIC;
use rxing::common::{BitMatrix, DetectorRXingResult, GlobalHistogramBinarizer, HybridBinarizer};
use rxing::multi::MultipleBarcodeReader;
use rxing::multi::qrcode::QRCodeMultiReader;
use rxing::qrcode::common::Version;
use rxing::qrcode::cpp_port::decoder::Decode;
use rxing::qrcode::cpp_port::detector::{FinderPatternSet, GenerateFinderPatternSets, SampleQR};
use rxing::{
    BarcodeFormat, Binarizer, BinaryBitmap, DecodeHints, Luma8Source, RXingResultMetadataType, RXingResultMetadataValue,
};

use super::content;
use super::finders::{find_finders, is_clutter_to_rxing};
use super::geometry::{Point, is_inside, length};
use super::grey_picture::GreyPicture;
use super::layout::Layout;
use super::mesh::Mesh;
use super::modules::Modules;

/// A symbol that was found and read.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) content: Vec<u8>,
    /// Its corners, as far as they are known.
    pub(super) outline: [Point; 4],
    /// Where its modules are, if that could be found out too.
    pub(super) mesh: Option<(Mesh, Modules)>,
}

/// The result of looking for symbols.
#[derive(Debug, Clone, Default)]
pub(super) struct Search {
    pub(super) found: Vec<Found>,
    /// Sets of three finder patterns that look like a symbol and could not be read, the likeliest first.
    pub(super) unread: Vec<Unread>,
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
}

/// Pixels of the longer side below which a picture is not scaled down further: the smallest frame is shown in 57 + 8
/// modules, but what is shown beside it may be smaller.
const SIDE_MIN: u32 = 60;
/// Pixels above which a picture is looked at smaller from the beginning: a pass takes some 15 ns a pixel.
const PIXELS_MAX: u64 = 13_000_000;
/// Finder patterns looked at; more are clutter. What they make in sets of three is bounded by the budget.
const FINDERS_MAX: usize = 400;
/// Finder patterns beyond which a picture is clutter: three times those of 28 symbols. What the older reader of `rxing` does
/// grows with their cube.
const CLUTTER: usize = 250;
/// Symbols that could not be read, reported for aiming, at most.
const UNREAD_MAX: usize = 4;

/// Looks for symbols, leaving out those whose middle is in one of `known`.
pub(super) fn find(picture: &GreyPicture, known: &[[Point; 4]], all_sizes: bool, budget: &Budget) -> Search {
    let mut search = Search::default();
    let divisors: &[u32] = if all_sizes { &[1, 2, 3, 4, 8, 16] } else { &[1, 2] };
    for divisor in divisors.iter().copied() {
        let pixels = u64::from(picture.width) * u64::from(picture.height) / u64::from(divisor * divisor);
        if pixels > PIXELS_MAX {
            continue;
        }
        if divisor > 1 && picture.width.max(picture.height) / divisor < SIDE_MIN {
            break;
        }
        let scaled;
        let smaller = if divisor == 1 {
            picture
        } else {
            scaled = picture.scaled_down(divisor);
            &scaled
        };
        let mut pass = Pass { picture, smaller, divisor, known, budget, is_clutter: false, search: &mut search };
        // Where a library panics on a picture, nothing more is read in it.
        let _ = catch_unwind(AssertUnwindSafe(|| pass.look()));
        if !search.found.is_empty() || budget.is_spent() {
            break;
        }
    }
    search
}

/// One look at a picture at one size.
struct Pass<'a> {
    picture: &'a GreyPicture,
    smaller: &'a GreyPicture,
    divisor: u32,
    known: &'a [[Point; 4]],
    budget: &'a Budget,
    /// So much resembles a finder pattern that only readers with bounds of their own look at it.
    is_clutter: bool,
    search: &'a mut Search,
}

impl<'a> Pass<'a> {
    fn look(&mut self) {
        let Some(source) = self.source() else { return };
        self.look_with(&HybridBinarizer::new(source));
        if self.search.found.is_empty()
            && !self.budget.is_half_spent()
            && let Some(source) = self.source()
        {
            self.look_with(&GlobalHistogramBinarizer::new(source));
        }
        let is_worth_it = !self.is_clutter && !self.budget.is_half_spent();
        if self.search.found.is_empty() && self.known.is_empty() && is_worth_it {
            self.second_opinion();
        }
    }

    fn source(&self) -> Option<Luma8Source<'a>> {
        Luma8Source::new_with_slice(&self.smaller.luma, self.smaller.width, self.smaller.height).ok()
    }

    fn look_with(&mut self, binarizer: &impl Binarizer) {
        let Ok(black) = binarizer.get_black_matrix() else { return };
        let mut finders = find_finders(black, self.budget);
        self.is_clutter |= finders.len() > CLUTTER || is_clutter_to_rxing(black);
        finders.sort_by_key(|finder| std::cmp::Reverse(finder.size));
        finders.truncate(FINDERS_MAX);
        let mut used: Vec<Point> = Vec::new();
        for set in GenerateFinderPatternSets(&mut finders) {
            if self.budget.is_spent() {
                return;
            }
            let corners = [set.tl, set.tr, set.bl].map(|finder| Point::new(finder.p.x, finder.p.y));
            if corners.iter().any(|corner| used.contains(corner)) {
                continue;
            }
            let outline = self.outline(corners);
            if self.known.iter().any(|known| is_inside(known, Point::middle_of(&outline))) {
                continue;
            }
            match self.read(black, &set, corners, outline) {
                Ok(found) => {
                    used.extend(corners);
                    self.search.unread.retain(|unread| !is_inside(&found.outline, Point::middle_of(&unread.outline)));
                    if !self.search.found.iter().any(|known| known.content == found.content) {
                        self.search.found.push(found);
                    }
                }
                Err(unread) if self.search.unread.len() < UNREAD_MAX => self.search.unread.push(unread),
                Err(_) => {}
            }
        }
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
        let layout = match side {
            Some(side) => Layout::from_side(side),
            None => self.layout_by_eye(black, corners),
        };
        if let Some(decoded) = decoded {
            let bytes = decoded.content().bytes();
            // Other programs' symbols say text, in one of many encodings; ours say bytes.
            let content = if bytes.starts_with(&MAGIC) { bytes.to_vec() } else { decoded.text().into_bytes() };
            let [corner, right, left] = corners.map(|corner| self.in_full(corner));
            let finders = if decoded.isMirrored() { [corner, left, right] } else { [corner, right, left] };
            let mesh = layout.and_then(|layout| Mesh::from_finders(self.picture, layout, finders));
            let outline = mesh.as_ref().map_or(outline, Mesh::outline);
            let mesh = mesh.map(|mesh| {
                let modules = Modules::new(mesh.layout, mesh.sample(self.picture));
                (mesh, modules)
            });
            return Ok(Found { content, outline, mesh });
        }
        let pixels = length(usize::try_from(set.tl.size + set.tr.size + set.bl.size).unwrap_or(0)) / 21.0;
        let module_pixels = self.in_full(Point::new(pixels, 0.0)).x;
        let unread = Unread { outline, module_pixels, contrast: None, sharpness: None, dark: None };
        let finders = corners.map(|corner| self.in_full(corner));
        let mesh = layout.and_then(|layout| Mesh::from_finders(self.picture, layout, finders)).ok_or(unread)?;
        let modules = Modules::new(mesh.layout, mesh.sample(self.picture));
        let content = modules.dark().find_map(|dark| content::read(mesh.layout, &dark));
        match content {
            Some(content) => Ok(Found { content, outline: mesh.outline(), mesh: Some((mesh, modules)) }),
            None => Err(Unread {
                outline: mesh.outline(),
                module_pixels: mesh.module_pixels(),
                contrast: Some(mesh.contrast),
                sharpness: Some(modules.sharpness),
                dark: modules.dark().next(),
            }),
        }
    }

    /// Maps a place of the smaller picture to the whole one.
    fn in_full(&self, at: Point) -> Point {
        #[expect(clippy::cast_precision_loss, reason = "at most 16")]
        let divisor = self.divisor as f32;
        at * divisor
    }

    /// The corners of a symbol whose finders have their middles there.
    fn outline(&self, corners: [Point; 3]) -> [Point; 4] {
        let [corner, right, left] = corners.map(|corner| self.in_full(corner));
        [corner, right, right + left - corner, left]
    }

    /// The version as its number says, where `rxing` could not make it out: its 18 bits are beside the upper right finder,
    /// and a small error in the size of a module does not matter so near to it.
    fn layout_by_eye(&self, black: &BitMatrix, corners: [Point; 3]) -> Option<&'static Layout> {
        let [corner, right, left] = corners;
        let (across, down) = (right - corner, left - corner);
        let mut best: Option<(u32, &'static Layout)> = None;
        for version in 7..=40_u32 {
            let layout = Layout::from_version(version)?;
            let modules = length(layout.side) - 7.0;
            let (du, dv) = (across * (1.0 / modules), down * (1.0 / modules));
            for (from, along, beside) in [(right, du, dv), (left, dv, du)] {
                let mut bits = 0_u32;
                for long in (0..6_i8).rev() {
                    for short in (0..3_i8).rev() {
                        // The number's corner is 7 modules before and 3 above the finder's middle.
                        let at = from + along * (f32::from(short) - 7.0) + beside * (f32::from(long) - 3.0);
                        bits = bits << 1 | u32::from(is_black(black, at));
                    }
                }
                let Ok(read) = Version::decodeVersionInformation(bits) else { continue };
                let apart = read.getVersionNumber().abs_diff(version);
                if best.is_none_or(|(least, _)| apart < least) {
                    best = Layout::from_version(read.getVersionNumber()).map(|layout| (apart, layout));
                }
            }
        }
        best.filter(|(apart, _)| *apart <= 1).map(|(_, layout)| layout)
    }

    /// The older multi-code reader of `rxing`, which now and then reads what its newer one does not.
    fn second_opinion(&mut self) {
        let Some(source) = self.source() else { return };
        let hints = DecodeHints {
            TryHarder: Some(true),
            PossibleFormats: Some([BarcodeFormat::QR_CODE].into_iter().collect()),
            ..DecodeHints::default()
        };
        let mut bitmap = BinaryBitmap::new(HybridBinarizer::new(source));
        let read = QRCodeMultiReader::new().decode_multiple_with_hints(&mut bitmap, &hints).unwrap_or_default();
        for result in read {
            let segments = result.getRXingResultMetadata().get(&RXingResultMetadataType::BYTE_SEGMENTS);
            let content = match segments {
                Some(RXingResultMetadataValue::ByteSegments(segments)) if segments.concat().starts_with(&MAGIC) => {
                    segments.concat()
                }
                _ => result.getText().as_bytes().to_vec(),
            };
            let mut points = result.getPoints().iter().map(|point| Point::new(point.x, point.y));
            let (Some(left), Some(corner), Some(right)) = (points.next(), points.next(), points.next()) else {
                continue;
            };
            let outline = self.outline([corner, right, left]);
            self.search.found.push(Found { content, outline, mesh: None });
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturating, and looked up checked")]
fn is_black(black: &BitMatrix, at: Point) -> bool {
    at.x >= 0.0 && at.y >= 0.0 && black.try_get(at.x as u32, at.y as u32).unwrap_or(false)
}

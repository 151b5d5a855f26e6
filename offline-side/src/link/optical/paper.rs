//! The link `qr:pdf=FILE`: pages to print, for the safe or the courier.
//!
//! Every page says what it is, which page of how many, words and digests, how many codes suffice, and how to get the
//! files back without this program. Items too many for that stand on index pages, once before the codes and once behind
//! them. So any page may be lost, the first one too.

use std::path::PathBuf;
use std::time::Duration;

use rootcast_host::link_name::{LinkName, LinkNameError};
use rootcast_host::text::{count, printable};

use super::optics::Optics;
use super::written::{Medium, Writing, WrittenLink};
use crate::link::cover_sheet::{CoverSheet, SheetItem};
use crate::link::error::{FramesMax, LinkError};
use crate::link::optical::qr_sheet::Tiles;
use crate::link::optical::qr_symbol::{QUIET_ZONE, QrPen, QrSymbol};
use crate::link::outlet::Outlet;
use crate::link::output_file::{OutputFile, check_free, named_file};
use crate::link::transmitter::{Link, Moved, Stop, Transmitter};
use crate::printed_page::{Face, MARGIN, PAGE, PrintedPage, document, encoded, has_glyph, width, wrapped};

/// The share of codes assumed lost on paper: creases, stains, a page that is gone.
const DESIGN_LOSS: f64 = 0.3;
/// On A4 a module of version 27 is then 0.67 mm: a telephone reads it from a hand's breadth, a scanner at 150 dpi.
const TILES_DEFAULT: Tiles = Tiles { rows: 2, columns: 2 };
/// Two reams of paper.
const PAGES_MAX: u32 = 1_000;
/// So many items stand on every page; where there are more, all of them stand on the index pages.
const ITEMS_SHOWN: usize = 3;

/// Sizes of text in points, and the distance of lines beside them.
const TITLE: f32 = 13.0;
const TEXT: f32 = 8.5;
const SMALL: f32 = 6.8;
const LEADING: f32 = 1.22;
/// Where what stands below the title line begins.
const PAGE_TOP: f32 = PAGE.1 - MARGIN - TITLE * LEADING - 2.0;

/// The link `name` to the file it names.
pub(in crate::link) fn link(name: &LinkName, file: &str) -> Result<Box<dyn Link>, LinkNameError> {
    let medium = DocumentFile { path: named_file(name, file)? };
    Ok(Box::new(WrittenLink::new(name, Optics::from_link_name(name, TILES_DEFAULT)?, medium)))
}

/// A file for a document.
#[derive(Debug)]
struct DocumentFile {
    path: PathBuf,
}

impl Medium for DocumentFile {
    fn check_free(&self) -> Result<(), LinkError> {
        check_free(&self.path)
    }

    fn frames_max(&self, together: u32) -> u32 {
        PAGES_MAX.saturating_mul(together)
    }

    fn design_loss(&self) -> f64 {
        DESIGN_LOSS
    }

    /// What photographing a page takes, shared by its codes: ten seconds.
    fn frame_time(&self, optics: &Optics) -> Duration {
        Duration::from_secs(10) / optics.tiles.count()
    }

    /// What is kept for years is read with what there will be then: joining pieces needs no solver.
    fn begins_with_source(&self) -> bool {
        true
    }

    fn advice(&self, _optics: &Optics, _room: usize) -> Vec<String> {
        vec![
            "print at full size in black on white, on one side only; scan at 300 dpi, or photograph page by page"
                .to_owned(),
        ]
    }

    fn open(&self, writing: Writing<'_>) -> Result<Box<dyn Transmitter>, LinkError> {
        let Writing { cover, optics, pen, most } = writing;
        let file = OutputFile::create(&self.path)?;
        Ok(Box::new(Paper { file, cover: cover.clone(), pen, tiles: optics.tiles, most, frames: Vec::new() }))
    }
}

struct Paper {
    file: OutputFile,
    cover: CoverSheet,
    pen: QrPen,
    tiles: Tiles,
    most: FramesMax,
    /// Kept until the end, because each page says how many there are.
    frames: Vec<Vec<u8>>,
}

/// Lines from the top of a page to its codes, or from these to its foot.
struct Lines {
    lines: Vec<(Vec<u8>, Face, f32)>,
}

impl Lines {
    fn new() -> Self {
        Self { lines: Vec::new() }
    }

    fn add(&mut self, text: &str, face: Face, size: f32) {
        let room = PAGE.0 - 2.0 * MARGIN;
        self.lines.extend(wrapped(text, face, size, room).into_iter().map(|line| (line, face, size)));
    }

    /// What an item is, its words, its digest.
    fn add_item(&mut self, number: Option<u32>, item: &SheetItem) {
        let number = number.map(|number| format!("{number}. ")).unwrap_or_default();
        let text = format!("{number}{}: {}", legible(&item.name), legible(&item.sentence));
        self.add(&text, Face::Plain, TEXT);
        self.add(&item.words, Face::Bold, TEXT + 1.0);
        self.add(&format!("SHA-256 {}", item.sha256), Face::Typewriter, TEXT - 0.5);
    }

    fn height(&self) -> f32 {
        self.lines.iter().map(|(_, _, size)| size * LEADING).sum()
    }

    /// Sets them downwards from `top`.
    fn set(&self, page: &mut PrintedPage, top: f32) {
        let mut y = top;
        for (line, face, size) in &self.lines {
            y -= size * LEADING;
            page.line(line, *face, *size, MARGIN, y + size * (LEADING - 1.0));
        }
    }
}

/// `text` as these fonts can show it. Names in letters they do not have would fill lines with code points that nobody
/// reads: how many letters stood there is told instead, and words and digest say which file it is.
fn legible(text: &str) -> String {
    let text = printable(text);
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(from) = rest.find(|c| !has_glyph(c)) {
        let (before, at) = rest.split_at_checked(from).unwrap_or((rest, ""));
        // Words of a foreign script are one piece, with the spaces between them.
        let until = at.find(|c| has_glyph(c) && c != ' ').unwrap_or(at.len());
        let (foreign, after) = at.split_at_checked(until).unwrap_or((at, ""));
        let letters = foreign.trim_end().chars().filter(|c| *c != ' ').count();
        out.push_str(before);
        out.push_str(&format!("[{}]", count(letters as u64, "letter")));
        if foreign.ends_with(' ') {
            out.push(' ');
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

impl Paper {
    fn frames(&self) -> u32 {
        u32::try_from(self.frames.len()).unwrap_or(u32::MAX)
    }

    /// Pages of codes.
    fn code_pages(&self) -> u32 {
        self.frames().div_ceil(self.tiles.count())
    }

    /// The index of all items, once: so many lines a page.
    fn index(&self) -> Vec<Lines> {
        if self.cover.items.len() <= ITEMS_SHOWN {
            return Vec::new();
        }
        let foot = MARGIN + self.below().height() + 4.0;
        let mut pages = Vec::new();
        let begun = || {
            let mut lines = Lines::new();
            let all = count(self.cover.items.len() as u64, "item");
            let what = format!("Index of all {all}. It comes before the codes and again after them.");
            lines.add(&what, Face::Plain, TEXT);
            lines
        };
        let mut page = begun();
        for (number, item) in (1u32..).zip(&self.cover.items) {
            let mut lines = Lines::new();
            lines.add_item(Some(number), item);
            if page.height() + lines.height() > PAGE_TOP - foot {
                pages.push(std::mem::replace(&mut page, begun()));
            }
            page.lines.append(&mut lines.lines);
        }
        pages.push(page);
        pages
    }

    /// What stands above the codes, but for the title line.
    fn above(&self) -> Lines {
        let mut lines = Lines::new();
        for item in self.cover.items.iter().take(ITEMS_SHOWN) {
            lines.add_item(None, item);
        }
        let more = self.cover.items.len().saturating_sub(ITEMS_SHOWN);
        if more > 0 {
            let more = count(more as u64, "more item");
            let where_told = match self.index().len() {
                1 => "words and digests of all items are on the first page and again on the last".to_owned(),
                pages => {
                    format!(
                        "words and digests of all items are on the first {pages} pages and again on the last {pages}"
                    )
                }
            };
            lines.add(&format!("and {more}: {where_told}"), Face::Plain, TEXT);
        }
        let (pages, codes) = (count(u64::from(self.code_pages()), "page"), self.frames());
        let suffice = match self.cover.frames_suffice {
            1 if codes == 1 => "This one code suffices".to_owned(),
            1 => format!("Any one of the {codes} codes on {pages} suffices"),
            needed if needed > codes => {
                format!("{codes} codes on {pages}; {needed} are needed, so the others are elsewhere")
            }
            needed => format!("Any {needed} of the {codes} codes on {pages} suffice"),
        };
        let odds = self.cover.odds_after(codes);
        let loss = self.cover.design_loss;
        let spare = codes > self.cover.frames_suffice.saturating_add(self.tiles.count());
        lines.add(&format!("{suffice}; {odds} if each is lost independently with p = {loss}."), Face::Plain, TEXT);
        if spare {
            lines.add("A lost or damaged page does no harm.", Face::Plain, TEXT);
        }
        lines
    }

    /// How to get the files back without this program.
    fn below(&self) -> Lines {
        let object = &self.cover.object;
        let (length, size, k) = (object.length.get(), object.symbol_size().get(), object.source_symbols());
        let mut lines = Lines::new();
        lines.add("To restore: rootcast-online receive --link qr:images=FOLDER, with scans or photographs of these pages in FOLDER. Without this program:", Face::Bold, SMALL);
        let single = if self.cover.is_single_frame() {
            " Here each code holds all of them, so no decoder is needed."
        } else {
            ""
        };
        for text in [
            "1. Read every code as QR (ISO/IEC 18004) in byte mode, and keep the bytes unchanged. Each code is one frame. The order does not matter.".to_owned(),
            "2. A frame is: D7 52 (magic), 01 (version), 00 (flags), 01 (kind), 16 bytes object id, then three numbers: object length F, first symbol id, count of symbols \
             (each 7 bits a byte, lowest first, the high bit set on all bytes but the last); then the symbols, T bytes each, with consecutive ids; then CRC-32C (Castagnoli) of all \
             before it, 4 bytes, high byte first.".to_owned(),
            format!(
                "3. The symbols are RaptorQ (RFC 6330): F = {length}, T = {size}, one source block of K = {k}, one sub-block, alignment 1. Ids 0 to {} are the object itself, cut in pieces \
                 of T bytes, the last one filled with zeros; higher ids are repair symbols (their ESI). Any {} different symbols decode but for one case in a million.{single} Cut the result to F bytes.",
                k.saturating_sub(1),
                k.saturating_add(2),
            ),
            format!("4. The SHA-256 of these F bytes must begin with the object id {}.", object.id),
            "5. The first byte is 00 (the rest is the bundle) or 01 (the rest is the bundle in zlib format, RFC 1950).".to_owned(),
            "6. The bundle (postcard encoding) is: manifest, signature (00, or 01 and 64 bytes), count of items, and for each item its length and its bytes, numbers as in a frame. An \
             item begins with 30 (a DER SEQUENCE), the last one ends the bundle, and its SHA-256 is printed above or in the manifest. The whole format, with examples: docs/wire-format.md, version 1.".to_owned(),
        ] {
            lines.add(&text, Face::Plain, SMALL);
        }
        lines
    }

    fn set_pages(&self) -> Result<Vec<PrintedPage>, LinkError> {
        let (above, below) = (self.above(), self.below());
        let label = SMALL * LEADING + 1.0;
        // A little air on both sides of the codes.
        let (codes_top, codes_foot) = (PAGE_TOP - above.height() - 5.0, MARGIN + below.height() + 4.0);
        let along = |count: u32| f32::from(u16::try_from(count).unwrap_or(u16::MAX).max(1));
        let (columns, rows) = (along(self.tiles.columns), along(self.tiles.rows));
        let wide = (PAGE.0 - 2.0 * MARGIN) / columns;
        let high = (codes_top - codes_foot) / rows;
        let side = wide.min(high - label).max(1.0);
        let left = (PAGE.0 - side * columns) / 2.0;
        let in_row = usize::try_from(self.tiles.columns).unwrap_or(1).max(1);
        let on_page = usize::try_from(self.tiles.count()).unwrap_or(1).max(1);
        let index = self.index();
        let all = u32::try_from(2 * index.len()).unwrap_or(0).saturating_add(self.code_pages());
        let mut numbers = 1u32..;
        let mut titled = || {
            let mut page = PrintedPage::new();
            let title = format!("Rootcast: {} on paper", count(self.cover.items.len() as u64, "item"));
            page.line(&encoded(&title), Face::Bold, TITLE, MARGIN, PAGE_TOP + 4.0);
            let number = encoded(&format!("page {} of {all}", numbers.next().unwrap_or(all)));
            let right = PAGE.0 - MARGIN - width(&number, Face::Bold, TITLE);
            page.line(&number, Face::Bold, TITLE, right, PAGE_TOP + 4.0);
            below.set(&mut page, MARGIN + below.height());
            page
        };
        let mut pages = Vec::new();
        let index_page = |lines: &Lines, mut page: PrintedPage| {
            lines.set(&mut page, PAGE_TOP);
            page
        };
        pages.extend(index.iter().map(|lines| index_page(lines, titled())));
        for (chunk, frames) in self.frames.chunks(on_page).enumerate() {
            let mut page = titled();
            above.set(&mut page, PAGE_TOP);
            for (row, codes) in (0u16..).zip(frames.chunks(in_row)) {
                for (column, frame) in (0u16..).zip(codes) {
                    let symbol = self.pen.draw(frame).map_err(LinkError::Symbol)?;
                    let x = left + f32::from(column) * side;
                    let y = codes_top - f32::from(row + 1) * (side + label) + label;
                    draw(&mut page, &symbol, (x, y), side);
                    let place = usize::from(row) * in_row + usize::from(column) + 1;
                    let code = chunk * on_page + place;
                    let text = encoded(&format!("code {code} of {}", self.frames()));
                    let middle = x + (side - width(&text, Face::Plain, SMALL)) / 2.0;
                    page.line(&text, Face::Plain, SMALL, middle, y - SMALL);
                }
            }
            pages.push(page);
        }
        pages.extend(index.iter().map(|lines| index_page(lines, titled())));
        Ok(pages)
    }
}

impl Transmitter for Paper {
    fn outlet(&self) -> Outlet<'_> {
        self.file.outlet()
    }

    fn transmit(&mut self, frame: &[u8], _caption: &[String], _stop: &Stop) -> Result<Moved, LinkError> {
        self.most.check(Some(self.frames().saturating_add(1)))?;
        self.frames.push(frame.to_vec());
        Ok(Moved::Whole)
    }

    fn finish(&mut self, _stop: &Stop) -> Result<(), LinkError> {
        if self.frames.is_empty() {
            self.file.withdraw();
            return Ok(());
        }
        let names: Vec<String> = self.cover.items.iter().take(ITEMS_SHOWN).map(|item| printable(&item.name)).collect();
        let title = format!("Rootcast {} ({})", names.join(", "), self.cover.object.id);
        self.file.write(&document(&title, self.set_pages()?))?;
        self.file.sync()
    }

    fn withdraw(&mut self) {
        self.file.withdraw();
    }
}

/// Puts `symbol` with its quiet zone into the square of this side whose lower left corner is at `corner`.
fn draw(page: &mut PrintedPage, symbol: &QrSymbol, corner: (f32, f32), side: f32) {
    let modules = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
    page.grid(symbol.rows(), (modules(symbol.side()), modules(QUIET_ZONE)), corner, side);
}

#[cfg(test)]
mod tests {
    use super::legible;

    #[test]
    fn letters_that_the_fonts_do_not_have_are_counted_and_not_spelt_out() {
        assert_eq!(legible("Zürich ≥ 1"), "Zürich ≥ 1");
        assert_eq!(legible("CN=Корневой центр, O=根, C=RU"), "CN=[13 letters], O=[1 letter], C=RU");
        assert_eq!(legible("根 root"), "[1 letter] root");
        assert_eq!(legible("a\u{202e}b"), "a\\u{202e}b", "what hides is still shown");
    }
}

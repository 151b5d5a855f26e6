//! Pages to print: grids as vector rectangles, and text in the fonts that every PDF reader has.
//!
//! Lengths are in points (1/72 inch), from the lower left corner of an A4 page. A page can set a line of text, wrap it,
//! and fill the fields of a grid. Must not: know what the text says or what the grid means.

use miniz_oxide::deflate::compress_to_vec_zlib;
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};
use zeroize::Zeroizing;

/// A4.
pub(crate) const PAGE: (f32, f32) = (595.28, 841.89);

/// Left, right, above and below. Printers leave 4 to 6 mm white; this is 13, and fits the width of Letter.
pub(crate) const MARGIN: f32 = 36.0;

/// Bytes of a page with secrets, at most: eight symbols of version 20 have some 60 kB each.
const SECRET_PAGE_BYTES_MAX: usize = 1_000_000;

/// A typeface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    /// Helvetica.
    Plain,
    /// Helvetica Bold.
    Bold,
    /// Courier.
    Typewriter,
}

impl Face {
    const ALL: [(Self, &'static [u8], &'static [u8]); 3] = [
        (Self::Plain, b"F1", b"Helvetica"),
        (Self::Bold, b"F2", b"Helvetica-Bold"),
        (Self::Typewriter, b"F3", b"Courier"),
    ];

    fn name(self) -> Name<'static> {
        Self::ALL.iter().find(|(face, ..)| *face == self).map_or(Name(b"F1"), |(_, name, _)| Name(name))
    }
}

/// Widths of the characters from space to tilde in Helvetica, in thousandths of the size (Adobe's metrics).
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
];

/// How wide `text` is.
#[must_use]
pub(crate) fn width(text: &[u8], face: Face, size: f32) -> f32 {
    let one = |byte: u8| match face {
        Face::Typewriter => 600,
        _ => byte.checked_sub(b' ').and_then(|at| WIDTHS.get(usize::from(at))).copied().unwrap_or(611),
    };
    // Bold is wider, by a tenth at most.
    let factor = if face == Face::Bold { 1.1 } else { 1.0 };
    text.iter().map(|byte| f32::from(one(*byte))).sum::<f32>() * size * factor / 1000.0
}

/// Whether the fonts can show `c`, or something else is written for it that says the same.
#[must_use]
pub(crate) fn has_glyph(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a1}'..='\u{ff}' | '≥' | '…')
}

/// `text` in the fonts' encoding (WinAnsi): what it does not have is spelt out.
#[must_use]
pub(crate) fn encoded(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for c in text.chars() {
        match (c, u8::try_from(u32::from(c))) {
            ('≥', _) => out.extend_from_slice(b"at least"),
            ('…', _) => out.extend_from_slice(b"..."),
            (c, Ok(byte)) if has_glyph(c) => out.push(byte),
            _ => out.extend_from_slice(format!("\\u{{{:x}}}", u32::from(c)).as_bytes()),
        }
    }
    out
}

/// `text` in lines of at most `room`, broken at spaces if there are any.
#[must_use]
pub(crate) fn wrapped(text: &str, face: Face, size: f32, room: f32) -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    let mut line: Vec<u8> = Vec::new();
    for word in encoded(text).split(|byte| *byte == b' ') {
        let mut longer = line.clone();
        if !line.is_empty() {
            longer.push(b' ');
        }
        longer.extend_from_slice(word);
        if width(&longer, face, size) <= room {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        // A word longer than a line is cut.
        for byte in word {
            line.push(*byte);
            if width(&line, face, size) > room && line.len() > 1 {
                line.pop();
                lines.push(std::mem::replace(&mut line, vec![*byte]));
            }
        }
    }
    lines.push(line);
    lines
}

/// One page as it is being set.
pub(crate) struct PrintedPage {
    content: Content,
}

impl Default for PrintedPage {
    fn default() -> Self {
        Self { content: Content::new() }
    }
}

impl PrintedPage {
    /// An empty page.
    #[must_use]
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// An empty page for secrets: [`secret_document`]. Its buffer has room for everything and never moves.
    #[must_use]
    pub(crate) fn for_secrets() -> Self {
        Self { content: Content::with_capacity(SECRET_PAGE_BYTES_MAX) }
    }

    /// Sets one line, `text` in the fonts' encoding, with its foot at `y`.
    pub(crate) fn line(&mut self, text: &[u8], face: Face, size: f32, x: f32, y: f32) {
        self.content.begin_text().set_font(face.name(), size).next_line(x, y).show(Str(text)).end_text();
    }

    /// Draws a thin line from `x` to `end` at `y`, to write on or to set something apart.
    pub(crate) fn rule(&mut self, x: f32, end: f32, y: f32) {
        self.content.save_state().set_line_width(0.6).move_to(x, y).line_to(end, y).stroke().restore_state();
    }

    /// Draws an empty square with its lower left corner at (x, y), to be ticked.
    pub(crate) fn outline(&mut self, x: f32, y: f32, side: f32) {
        self.content.save_state().set_line_width(0.8).rect(x, y, side, side).stroke().restore_state();
    }

    /// Fills the `true` fields of a grid: `across` fields and a white border of `border` fields on each side fill the
    /// square of this side whose lower left corner is at (x, y).
    pub(crate) fn grid<'r>(
        &mut self,
        rows: impl Iterator<Item = &'r [bool]>,
        (across, border): (u16, u16),
        (x, y): (f32, f32),
        side: f32,
    ) {
        let field = side / f32::from(across.saturating_add(2 * border));
        // From here on lengths are fields, counted from the upper left: whole numbers, which are short and exact.
        self.content.save_state().transform([field, 0.0, 0.0, -field, x, y + side]);
        for (row, fields) in (border..).zip(rows) {
            let mut column = border;
            for run in fields.chunk_by(|a, b| a == b) {
                let length = u16::try_from(run.len()).unwrap_or(u16::MAX);
                if run.first() == Some(&true) {
                    self.content.rect(f32::from(column), f32::from(row), f32::from(length), 1.0);
                }
                column = column.saturating_add(length);
            }
        }
        // All of it is one path, so that no light seam shows between two rows.
        self.content.fill_nonzero().restore_state();
    }
}

/// The document of these pages.
#[must_use]
pub(crate) fn document(title: &str, pages: Vec<PrintedPage>) -> Vec<u8> {
    written(Pdf::new(), title, pages, true)
}

/// The document of pages with secrets ([`PrintedPage::for_secrets`]): not compressed, because the compressor keeps a copy
/// of what it read, and in one buffer that is overwritten when dropped. `None` when a buffer had to grow.
#[must_use]
pub(crate) fn secret_document(title: &str, pages: Vec<PrintedPage>) -> Option<Zeroizing<Vec<u8>>> {
    let room = pages.len().saturating_add(1).saturating_mul(SECRET_PAGE_BYTES_MAX);
    let whole = Zeroizing::new(written(Pdf::with_capacity(room), title, pages, false));
    (whole.len() <= SECRET_PAGE_BYTES_MAX).then_some(whole)
}

fn written(mut pdf: Pdf, title: &str, pages: Vec<PrintedPage>, is_compressed: bool) -> Vec<u8> {
    let mut numbers = 1..;
    let mut next = || Ref::new(numbers.next().unwrap_or(i32::MAX));
    let (catalog, tree, about) = (next(), next(), next());
    let fonts = Face::ALL.map(|(_, name, font)| (name, font, next()));
    let ids: Vec<(Ref, Ref)> = pages.iter().map(|_| (next(), next())).collect();
    pdf.catalog(catalog).pages(tree);
    let kids = ids.iter().map(|(page, _)| *page);
    pdf.pages(tree).kids(kids).count(i32::try_from(pages.len()).unwrap_or(i32::MAX));
    pdf.document_info(about).title(TextStr(title)).producer(TextStr("rootcast-offline"));
    for (_, font, id) in fonts {
        pdf.type1_font(id).base_font(Name(font)).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    for (page, (id, content)) in pages.into_iter().zip(ids) {
        let mut written = pdf.page(id);
        written.media_box(Rect::new(0.0, 0.0, PAGE.0, PAGE.1)).parent(tree).contents(content);
        let mut resources = written.resources();
        let mut named = resources.fonts();
        for (name, _, font) in fonts {
            named.pair(Name(name), font);
        }
        named.finish();
        resources.finish();
        written.finish();
        let drawn = Zeroizing::new(page.content.finish().into_vec());
        if is_compressed {
            pdf.stream(content, &compress_to_vec_zlib(&drawn, 6)).filter(Filter::FlateDecode);
        } else {
            pdf.stream(content, &drawn);
        }
    }
    pdf.finish()
}

#[cfg(test)]
mod tests {
    use super::{Face, encoded, width, wrapped};

    #[test]
    fn lines_are_wrapped_to_their_room_and_lose_nothing() {
        let text = "a bundle of two items, and a word of 64 digits \
                    8eb272581ad223df1172b3a4112e9399873e1adee148a2b0bdba86737809ec73 at its end";
        for room in [30.0, 60.0, 200.0, 10_000.0] {
            let lines = wrapped(text, Face::Plain, 8.0, room);
            assert!(lines.iter().all(|line| width(line, Face::Plain, 8.0) <= room), "{room}");
            let letters = |bytes: &[u8]| bytes.iter().copied().filter(|byte| *byte != b' ').collect::<Vec<_>>();
            assert_eq!(letters(&lines.concat()), letters(text.as_bytes()));
        }
        assert_eq!(wrapped(text, Face::Plain, 8.0, 10_000.0).len(), 1);
    }

    #[test]
    fn what_the_fonts_do_not_have_is_spelt_out() {
        assert_eq!(encoded("Zürich"), b"Z\xfcrich");
        assert_eq!(encoded("根\u{7}"), b"\\u{6839}\\u{7}");
        assert_eq!(encoded("odds ≥ 1"), b"odds at least 1");
    }
}

//! The record set on A4 pages: headings, boxes to tick, lines to write on. Nothing on them has a date or a random part of
//! its own, so the same document gives the same bytes.

use rootcast_host::text::printable_paragraph;

use super::document::{Content, Document, Line, Section};
use crate::printed_page::{Face, MARGIN, PAGE, PrintedPage, document, encoded, width, wrapped};

const SIZE: f32 = 9.0;
const LEADING: f32 = 13.0;
/// The lowest a line may stand: below it are page number and initials.
const FOOT: f32 = 60.0;
/// A line to write on stands in more room, and is at least this long.
const BLANK_MIN: f32 = 160.0;
const BLANK_LEADING: f32 = 22.0;
const INDENT: f32 = 16.0;
/// Rows of a table stand closer, so that the facts of a ceremony fit the first page.
const ROW_SIZE: f32 = 8.0;
const ROW_LEADING: f32 = 10.4;
/// Where the values of a table begin.
const VALUE_AT: f32 = MARGIN + 116.0;

/// The pages.
pub(crate) fn pages(record: &Document) -> Vec<u8> {
    let mut setting = Setting { pages: vec![PrintedPage::new()], y: PAGE.1 - MARGIN - 10.0 };
    setting.title(record.title);
    if let Some(banner) = &record.banner {
        setting.banner(banner);
    }
    for section in &record.sections {
        setting.keep_together(section);
        setting.heading(section.heading);
        for line in &section.lines {
            setting.line(line);
        }
    }
    setting.feet(&record.id);
    document(record.title, setting.pages)
}

/// The lines of a text, safe to print.
fn lines(text: &str) -> impl Iterator<Item = String> {
    text.split('\n').filter(|line| !line.is_empty()).map(printable_paragraph)
}

/// How much room a line takes, as long as it is not wrapped.
fn height(line: &Line) -> f32 {
    match &line.content {
        Content::Blank { .. } | Content::Signature { .. } => BLANK_LEADING,
        Content::Fact { .. } => ROW_LEADING,
        Content::Group(_) => ROW_LEADING + 5.0,
        Content::Text(text) | Content::Compared { label: text, .. } => lines(text).map(|_| LEADING).sum(),
    }
}

/// The pages so far, and where on the last one the next line goes.
struct Setting {
    pages: Vec<PrintedPage>,
    y: f32,
}

impl Setting {
    /// Goes down by `height`, on a new page where the rest of this one has not `needed` as well.
    fn down(&mut self, height: f32, needed: f32) {
        self.y -= height;
        if self.y - needed < FOOT {
            self.pages.push(PrintedPage::new());
            self.y = PAGE.1 - MARGIN - 10.0;
        }
    }

    /// Begins a new page where the rest of this one has no room for a section that needs less than half a page.
    fn keep_together(&mut self, section: &Section) {
        let needed = 26.0 + section.lines.iter().map(height).sum::<f32>();
        if needed < PAGE.1 / 2.0 && self.y - needed < FOOT {
            self.down(0.0, PAGE.1);
        }
    }

    fn put(&mut self, text: &[u8], face: Face, size: f32, x: f32) {
        if let Some(page) = self.pages.last_mut() {
            page.line(text, face, size, x, self.y);
        }
    }

    fn title(&mut self, title: &str) {
        self.put(&encoded(title), Face::Bold, 18.0, MARGIN);
        self.down(8.0, 0.0);
    }

    fn banner(&mut self, banner: &str) {
        for piece in wrapped(&printable_paragraph(banner), Face::Bold, 10.0, PAGE.0 - 2.0 * MARGIN) {
            self.down(LEADING, 0.0);
            self.put(&piece, Face::Bold, 10.0, MARGIN);
        }
    }

    fn heading(&mut self, heading: &str) {
        // A heading is never the last on a page.
        self.down(22.0, 3.0 * LEADING);
        self.put(&encoded(heading), Face::Bold, 11.0, MARGIN);
        if let Some(page) = self.pages.last_mut() {
            page.rule(MARGIN, PAGE.0 - MARGIN, self.y - 4.0);
        }
        self.down(4.0, 0.0);
    }

    /// A row of a table: the name, and its value in as many lines as it needs.
    fn fact(&mut self, label: &str, value: &str, is_compared: bool) {
        let face = if is_compared { Face::Typewriter } else { Face::Plain };
        // Letters of one width are wider.
        let size = if is_compared { ROW_SIZE - 0.5 } else { ROW_SIZE };
        let values: Vec<Vec<u8>> =
            lines(value).flat_map(|line| wrapped(&line, face, size, PAGE.0 - MARGIN - VALUE_AT)).collect();
        let labels = wrapped(&printable_paragraph(label), Face::Plain, ROW_SIZE, VALUE_AT - MARGIN - 6.0);
        for index in 0..values.len().max(labels.len()) {
            self.down(ROW_LEADING, 0.0);
            if let Some(label) = labels.get(index) {
                self.put(label, Face::Plain, ROW_SIZE, MARGIN);
            }
            if let Some(value) = values.get(index) {
                self.put(value, face, size, VALUE_AT);
            }
        }
    }

    /// The heading of rows, never the last line of a page.
    fn group(&mut self, heading: &str) {
        for (index, piece) in
            wrapped(&printable_paragraph(heading), Face::Bold, ROW_SIZE + 0.5, PAGE.0 - 2.0 * MARGIN).iter().enumerate()
        {
            self.down(if index == 0 { ROW_LEADING + 4.0 } else { ROW_LEADING }, 3.0 * ROW_LEADING);
            self.put(piece, Face::Bold, ROW_SIZE + 0.5, MARGIN);
        }
        if let Some(page) = self.pages.last_mut() {
            page.rule(MARGIN, PAGE.0 - MARGIN, self.y - 2.0);
        }
        self.down(1.0, 0.0);
    }

    fn line(&mut self, line: &Line) {
        match &line.content {
            Content::Fact { label, value, is_compared } => return self.fact(label, value, *is_compared),
            Content::Group(heading) => return self.group(heading),
            _ => {}
        }
        let mut x = if line.is_detail { MARGIN + INDENT } else { MARGIN };
        let is_blank = matches!(line.content, Content::Blank { .. } | Content::Signature { .. });
        self.down(if is_blank { BLANK_LEADING } else { LEADING }, if line.has_box { 4.0 } else { 0.0 });
        if line.has_box {
            if let Some(page) = self.pages.last_mut() {
                page.outline(x, self.y - 1.0, 8.0);
            }
            x += INDENT;
        }
        match &line.content {
            Content::Text(text) => self.text(text, x),
            Content::Compared { label, value } => self.compared(label, value, x),
            Content::Blank { label } | Content::Signature { label } => self.blank(label, x),
            Content::Fact { .. } | Content::Group(_) => {}
        }
    }

    /// What is read: its further lines begin at the margin.
    fn text(&mut self, text: &str, x: f32) {
        for (index, line) in lines(text).enumerate() {
            let mut at = x;
            if index > 0 {
                self.down(LEADING, 0.0);
                at = MARGIN;
            }
            self.wrapped(&line, Face::Plain, at);
        }
    }

    /// What is compared letter by letter is set in letters of one width.
    fn compared(&mut self, label: &str, value: &str, mut x: f32) {
        let label = match label.rsplit_once('\n') {
            None => label,
            Some((before, last)) => {
                self.text(before, x);
                self.down(LEADING, 0.0);
                x = MARGIN;
                last
            }
        };
        let (label, value) = (printable_paragraph(label), printable_paragraph(value));
        let label_width = width(&encoded(&label), Face::Plain, SIZE);
        let value_width = width(value.as_bytes(), Face::Typewriter, SIZE);
        if label_width + 6.0 + value_width <= PAGE.0 - MARGIN - x {
            self.put(&encoded(&label), Face::Plain, SIZE, x);
            self.put(&encoded(&value), Face::Typewriter, SIZE, x + label_width + 6.0);
            return;
        }
        self.wrapped(&label, Face::Plain, x);
        self.down(LEADING, 0.0);
        self.wrapped(&value, Face::Typewriter, x + INDENT);
    }

    /// What is written by hand: the line to write on follows the last piece of its label.
    fn blank(&mut self, label: &str, x: f32) {
        let pieces = wrapped(&printable_paragraph(label), Face::Plain, SIZE, PAGE.0 - MARGIN - x - BLANK_MIN);
        for (index, piece) in pieces.iter().enumerate() {
            if index > 0 {
                self.down(LEADING, 0.0);
            }
            self.put(piece, Face::Plain, SIZE, x);
            let end = x + width(piece, Face::Plain, SIZE) + 6.0;
            if let Some(page) = self.pages.last_mut().filter(|_| index + 1 == pieces.len()) {
                page.rule(end, PAGE.0 - MARGIN, self.y - 2.0);
            }
        }
    }

    fn wrapped(&mut self, text: &str, face: Face, x: f32) {
        for (index, piece) in wrapped(text, face, SIZE, PAGE.0 - MARGIN - x - INDENT).iter().enumerate() {
            let mut at = x;
            if index > 0 {
                self.down(LEADING, 0.0);
                at += INDENT;
            }
            self.put(piece, face, SIZE, at);
        }
    }

    /// The foot of every page: what it belongs to, its number, and room for initials.
    fn feet(&mut self, id: &str) {
        let count = self.pages.len();
        for (index, page) in self.pages.iter_mut().enumerate() {
            let foot = encoded(&printable_paragraph(&format!("{id}     page {} of {count}     initials:", index + 1)));
            let end = MARGIN + width(&foot, Face::Plain, SIZE) + 8.0;
            page.line(&foot, Face::Plain, SIZE, MARGIN, 36.0);
            for at in [0.0, 60.0, 120.0] {
                page.rule(end + at, end + at + 48.0, 34.0);
            }
        }
    }
}

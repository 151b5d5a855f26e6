//! The record set on A4 pages: headings, boxes to tick, lines to write on. Nothing on them has a date or a random part of
//! its own, so the same text gives the same bytes.
//!
//! It reads the few forms of Markdown that the record is written in, and no others: `# `, `## `, `**…**`, `- ` and
//! `- [ ] `, indented by two or not, and a line ending in `____`.

use crate::printed_page::{Face, MARGIN, PAGE, PrintedPage, document, encoded, width, wrapped};

const SIZE: f32 = 9.0;
const LEADING: f32 = 13.0;
/// The lowest a line may stand: below it are page number and initials.
const FOOT: f32 = 60.0;
/// A line to write on stands in more room, and is at least this long.
const BLANK_MIN: f32 = 160.0;
const BLANK_LEADING: f32 = 22.0;
const INDENT: f32 = 16.0;

/// The pages.
pub(super) fn pages(text: &str) -> Vec<u8> {
    let mut setting = Setting { pages: vec![PrintedPage::new()], y: PAGE.1 - MARGIN - 10.0 };
    let lines: Vec<&str> = text.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        if line.starts_with("## ") {
            setting.keep_together(lines.get(index + 1..).unwrap_or_default());
        }
        setting.line(line);
    }
    let count = setting.pages.len();
    for (index, page) in setting.pages.iter_mut().enumerate() {
        let foot = format!("page {} of {count}     initials:", index + 1);
        let end = MARGIN + width(foot.as_bytes(), Face::Plain, SIZE) + 8.0;
        page.line(foot.as_bytes(), Face::Plain, SIZE, MARGIN, 36.0);
        for at in [0.0, 60.0, 120.0] {
            page.rule(end + at, end + at + 48.0, 34.0);
        }
    }
    document("Ceremony record", setting.pages)
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
    fn keep_together(&mut self, following: &[&str]) {
        let section = following.iter().take_while(|line| !line.starts_with("## "));
        let height = |line: &str| match line {
            "" => 0.0,
            line if line.ends_with('_') => BLANK_LEADING,
            _ => LEADING,
        };
        let needed = 26.0 + section.map(|line| height(line)).sum::<f32>();
        if needed < PAGE.1 / 2.0 && self.y - needed < FOOT {
            self.down(0.0, PAGE.1);
        }
    }

    fn put(&mut self, text: &[u8], face: Face, size: f32, x: f32) {
        if let Some(page) = self.pages.last_mut() {
            page.line(text, face, size, x, self.y);
        }
    }

    fn line(&mut self, line: &str) {
        if let Some(heading) = line.strip_prefix("# ") {
            self.put(&encoded(heading), Face::Bold, 18.0, MARGIN);
            self.down(8.0, 0.0);
        } else if let Some(heading) = line.strip_prefix("## ") {
            // A heading is never the last on a page.
            self.down(22.0, 3.0 * LEADING);
            self.put(&encoded(heading), Face::Bold, 11.0, MARGIN);
            if let Some(page) = self.pages.last_mut() {
                page.rule(MARGIN, PAGE.0 - MARGIN, self.y - 4.0);
            }
            self.down(4.0, 0.0);
        } else if let Some(bold) = line.strip_prefix("**").and_then(|rest| rest.strip_suffix("**")) {
            for piece in wrapped(bold, Face::Bold, 10.0, PAGE.0 - 2.0 * MARGIN) {
                self.down(LEADING, 0.0);
                self.put(&piece, Face::Bold, 10.0, MARGIN);
            }
        } else if !line.is_empty() {
            self.item(line);
        }
    }

    fn item(&mut self, line: &str) {
        let bare = line.trim_start();
        let mut x = if bare.len() < line.len() { MARGIN + INDENT } else { MARGIN };
        let bare = bare.strip_prefix("- ").unwrap_or(bare);
        let (bare, is_box) = bare.strip_prefix("[ ] ").map_or((bare, false), |rest| (rest, true));
        let text = bare.trim_end_matches('_');
        let is_blank = text.len() < bare.len();
        let height = if is_blank { BLANK_LEADING } else { LEADING };
        self.down(height, if is_box { 4.0 } else { 0.0 });
        if is_box {
            if let Some(page) = self.pages.last_mut() {
                page.outline(x, self.y - 1.0, 8.0);
            }
            x += INDENT;
        }
        let room = PAGE.0 - MARGIN - x;
        if is_blank {
            let text = text.trim_end();
            for (index, piece) in wrapped(text, Face::Plain, SIZE, room - BLANK_MIN).iter().enumerate() {
                if index > 0 {
                    self.down(LEADING, 0.0);
                }
                self.put(piece, Face::Plain, SIZE, x);
                let end = x + width(piece, Face::Plain, SIZE) + 6.0;
                if let Some(page) = self.pages.last_mut().filter(|_| is_last(index, text, room)) {
                    page.rule(end, PAGE.0 - MARGIN, self.y - 2.0);
                }
            }
            return;
        }
        // What is compared letter by letter is set in letters of one width.
        let (label, value) = compared(text);
        let label_width = width(&encoded(label), Face::Plain, SIZE);
        let value_width = width(value.as_bytes(), Face::Typewriter, SIZE);
        if !value.is_empty() && label_width + 6.0 + value_width <= room {
            self.put(&encoded(label), Face::Plain, SIZE, x);
            self.put(&encoded(value), Face::Typewriter, SIZE, x + label_width + 6.0);
            return;
        }
        self.wrapped(label, Face::Plain, x);
        if !value.is_empty() {
            self.down(LEADING, 0.0);
            self.wrapped(value, Face::Typewriter, x + INDENT);
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
}

/// Whether this is the last of the pieces of `text`, which the line to write on follows.
fn is_last(index: usize, text: &str, room: f32) -> bool {
    index + 1 == wrapped(text, Face::Plain, SIZE, room - BLANK_MIN).len()
}

/// A label, and the digest or the words that follow it.
fn compared(text: &str) -> (&str, &str) {
    let is_digest = |value: &str| value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    match text.rsplit_once(' ') {
        Some((label, value)) if is_digest(value) => (label, value),
        _ => match text.split_once("words: ") {
            Some((label, words)) => (text.get(..label.len() + "words:".len()).unwrap_or(text), words),
            None => (text, ""),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{compared, pages};

    #[test]
    fn what_is_compared_is_set_apart_from_its_label() {
        let digest = "ab".repeat(32);
        assert_eq!(compared(&format!("request: {digest}")), ("request:", digest.as_str()));
        assert_eq!(compared("expected words: crucial amulet"), ("expected words:", "crucial amulet"));
        assert_eq!(compared("issuer: CN=Example"), ("issuer: CN=Example", ""));
    }

    #[test]
    fn the_same_text_gives_the_same_bytes_on_as_many_pages_as_it_needs() {
        let text = "# Title\n\n## Heading\n\n".to_owned() + &"- [ ] a line\n".repeat(80);
        let made = pages(&text);
        assert_eq!(made, pages(&text));
        assert!(made.starts_with(b"%PDF-"));
        assert!(made.windows(8).any(|window| window == b"/Count 2"));
    }
}

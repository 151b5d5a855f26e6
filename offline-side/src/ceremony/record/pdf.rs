//! Text on A4 pages, in Courier: nothing that has a date or a random part, so the same text gives the same bytes.

use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str};

/// Characters in a line: 9 pt Courier is 5.4 pt wide, and A4 leaves 495 pt between margins of 50.
const COLUMNS: usize = 91;
/// Lines on a page: 12 pt each, 742 pt between the margins.
const ROWS: usize = 60;

/// The pages.
pub(super) fn pages(text: &str) -> Vec<u8> {
    let lines: Vec<String> = text.lines().flat_map(wrapped).collect();
    let pages: Vec<&[String]> = lines.chunks(ROWS).collect();
    let mut next = 0;
    let mut fresh = || {
        next += 1;
        Ref::new(next)
    };
    let (catalog, tree, font) = (fresh(), fresh(), fresh());
    let references: Vec<(Ref, Ref)> = pages.iter().map(|_| (fresh(), fresh())).collect();
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
    pdf.pages(tree).kids(references.iter().map(|(page, _)| *page)).count(count);
    pdf.type1_font(font).base_font(Name(b"Courier")).encoding_predefined(Name(b"WinAnsiEncoding"));
    for (index, (lines, (page, contents))) in pages.iter().zip(&references).enumerate() {
        let mut written = pdf.page(*page);
        written.media_box(Rect::new(0.0, 0.0, 595.0, 842.0)).parent(tree).contents(*contents);
        written.resources().fonts().pair(Name(b"F"), font);
        written.finish();
        let mut content = Content::new();
        content.begin_text().set_font(Name(b"F"), 9.0).set_leading(12.0).next_line(50.0, 792.0);
        for line in *lines {
            content.show(Str(line.as_bytes())).next_line_using_leading();
        }
        content.end_text();
        content.begin_text().set_font(Name(b"F"), 9.0).next_line(50.0, 30.0);
        let foot = format!("page {} of {}     initials: ______  ______  ______", index + 1, pages.len());
        content.show(Str(foot.as_bytes())).end_text();
        pdf.stream(*contents, &content.finish());
    }
    pdf.finish()
}

/// A line in pieces that fit, the further ones indented. Courier here has ASCII only; the Markdown has every character.
fn wrapped(line: &str) -> Vec<String> {
    let plain: Vec<char> = line.chars().map(|c| if c.is_ascii() && !c.is_ascii_control() { c } else { '?' }).collect();
    let mut pieces = Vec::new();
    let mut rest = plain.as_slice();
    loop {
        let indent = if pieces.is_empty() { "" } else { "      " };
        let room = COLUMNS - indent.len();
        if rest.len() <= room {
            pieces.push(format!("{indent}{}", rest.iter().collect::<String>()));
            return pieces;
        }
        let space = rest.iter().take(room).rposition(|c| *c == ' ').filter(|at| *at > 0);
        let (piece, after) = rest.split_at(space.unwrap_or(room));
        pieces.push(format!("{indent}{}", piece.iter().collect::<String>()));
        rest = after.strip_prefix(&[' ']).unwrap_or(after);
    }
}

#[cfg(test)]
mod tests {
    use super::{COLUMNS, ROWS, pages, wrapped};

    #[test]
    fn long_lines_are_wrapped_and_nothing_is_lost() {
        let line = "word ".repeat(60) + &"x".repeat(300);
        let pieces = wrapped(&line);
        assert!(pieces.iter().all(|piece| piece.len() <= COLUMNS));
        let again: String = pieces.concat().replace(' ', "");
        assert_eq!(again, line.replace(' ', ""));
        assert_eq!(wrapped(""), [""]);
    }

    #[test]
    fn the_same_text_gives_the_same_bytes_on_as_many_pages_as_it_needs() {
        let text = "line\n".repeat(ROWS + 1);
        let made = pages(&text);
        assert_eq!(made, pages(&text));
        assert!(made.starts_with(b"%PDF-"));
        assert!(made.windows(8).any(|window| window == b"/Count 2"));
    }
}

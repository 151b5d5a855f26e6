//! The record of a ceremony that was kept, and what the pages do with texts of several lines.

use std::path::Path;

use super::document::{Content, Document, Section};
use super::{contents, markdown, pdf};

#[test]
fn the_record_of_a_kept_ceremony_is_the_same_to_the_byte() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ceremony/record/tests/folder");
    let (document, is_of_signing) = contents::document(&folder).unwrap();
    assert!(is_of_signing);
    assert_eq!(markdown::text(&document), include_str!("tests/record.md"));
}

fn document(content: Content, lines: usize) -> Document {
    let mut section = Section::new("Heading");
    for _ in 0..lines {
        section.tick(content.clone());
    }
    Document { title: "Title", id: "ceremony 0".to_owned(), banner: Some("NO HSM".to_owned()), sections: vec![section] }
}

#[test]
fn every_kind_of_line_has_its_form_in_markdown() {
    let mut section = Section::new("Heading");
    section.say(Content::text("one\nand \u{1b} more"));
    section.tick(Content::compared("words:", "crucial amulet"));
    section.say_detail(Content::signature("witness:"));
    section.tick_detail(Content::blank("place:"));
    let mut table = Section::new("Facts");
    table.say(Content::Group("a|b".to_owned()));
    table.fact("name", "one\ntwo");
    table.compared_fact("digest", "ab");
    table.say(Content::text("text"));
    let (id, sections) = ("ceremony 0".to_owned(), vec![section, table, Section::new("End")]);
    let document = Document { title: "Title", id, banner: None, sections };
    let blank = "_".repeat(46);
    let text = format!(
        "# Title\n\nceremony 0\n\n## Heading\n\n- one\nand \\u{{1b}} more\n- [ ] words: crucial amulet\n  - witness: {blank}\n\n  \
         - [ ] place: {blank}\n\n## Facts\n\n| | |\n|---|---|\n| **a\\|b** | |\n| name | one; two |\n| digest | ab |\n\n- text\n\n\
         ## End\n\n"
    );
    assert_eq!(markdown::text(&document), text);
}

#[test]
fn the_same_document_gives_the_same_pages_and_as_many_as_it_needs() {
    for (content, count) in [
        (Content::text("a line"), "/Count 2"),
        (Content::text("a line\nand another"), "/Count 3"),
        (Content::blank("a line"), "/Count 3"),
    ] {
        let document = document(content, 80);
        let made = pdf::pages(&document);
        assert_eq!(made, pdf::pages(&document));
        assert!(made.starts_with(b"%PDF-"));
        assert!(made.windows(count.len()).any(|window| window == count.as_bytes()), "{count}");
    }
}

/// The reason of a refused attempt may be long, and its useful end is on paper too.
#[test]
fn a_long_line_is_whole() {
    let text = format!("{} the useful end", "word ".repeat(100));
    assert!(markdown::text(&document(Content::text(&text), 1)).contains(&text));
}

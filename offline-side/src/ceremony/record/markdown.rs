//! The record in Markdown.

use rootcast_host::text::printable_paragraph;

use super::document::{Content, Document, Line};

/// What is written on.
const BLANK: &str = "______________________________________________";

/// The whole text.
pub(super) fn text(document: &Document) -> String {
    let mut out = vec![format!("# {}", document.title), String::new()];
    out.extend([document.id.clone(), String::new()]);
    if let Some(banner) = &document.banner {
        out.extend([format!("**{banner}**"), String::new()]);
    }
    for (index, section) in document.sections.iter().enumerate() {
        if index > 0 {
            out.push(String::new());
        }
        out.extend([format!("## {}", section.heading), String::new()]);
        let mut is_in_table = false;
        for line in &section.lines {
            let is_row = matches!(line.content, Content::Fact { .. } | Content::Group(_));
            if is_row && !is_in_table {
                // A table needs an empty line before it.
                if out.last().is_some_and(|line| !line.is_empty()) {
                    out.push(String::new());
                }
                out.extend(["| | |".to_owned(), "|---|---|".to_owned()]);
            } else if is_in_table && !is_row {
                out.push(String::new());
            }
            is_in_table = is_row;
            out.push(line_text(line));
            if matches!(line.content, Content::Signature { .. }) {
                out.push(String::new());
            }
        }
    }
    let lines = out.iter().flat_map(|text| text.split('\n')).map(printable_paragraph);
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

fn line_text(line: &Line) -> String {
    let indent = if line.is_detail { "  " } else { "" };
    let tick = if line.has_box { "[ ] " } else { "" };
    // A bar would end the field of a row, and so would a second line.
    let field = |text: &str| text.replace('|', "\\|").replace('\n', "; ");
    let said = match &line.content {
        Content::Fact { label, value, .. } => return format!("| {} | {} |", field(label), field(value)),
        Content::Group(heading) => return format!("| **{}** | |", field(heading)),
        Content::Text(text) => text.clone(),
        Content::Compared { label, value } => format!("{label} {value}"),
        Content::Blank { label } | Content::Signature { label } => format!("{label} {BLANK}"),
    };
    format!("{indent}- {tick}{said}")
}

//! The record in Markdown.

use rootcast_host::text::printable;

use super::document::{Content, Document, Line};

/// What is written on.
const BLANK: &str = "______________________________________________";

/// The whole text.
pub(super) fn text(document: &Document) -> String {
    let mut out = vec![format!("# {}", document.title), String::new()];
    if let Some(banner) = &document.banner {
        out.extend([format!("**{banner}**"), String::new()]);
    }
    for (index, section) in document.sections.iter().enumerate() {
        if index > 0 {
            out.push(String::new());
        }
        out.extend([format!("## {}", section.heading), String::new()]);
        for line in &section.lines {
            out.push(line_text(line));
            if matches!(line.content, Content::Signature { .. }) {
                out.push(String::new());
            }
        }
    }
    let lines = out.iter().flat_map(|text| text.split('\n')).map(printable);
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

fn line_text(line: &Line) -> String {
    let indent = if line.is_detail { "  " } else { "" };
    let tick = if line.has_box { "[ ] " } else { "" };
    let said = match &line.content {
        Content::Text(text) => text.clone(),
        Content::Compared { label, value } => format!("{label} {value}"),
        Content::Blank { label } | Content::Signature { label } => format!("{label} {BLANK}"),
    };
    format!("{indent}- {tick}{said}")
}

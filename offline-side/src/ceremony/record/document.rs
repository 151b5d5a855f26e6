//! The record as data: a title, and sections of lines. Markdown and PDF each have their own layout.

/// The whole record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Document {
    pub(super) title: &'static str,
    /// The warning on every page, in bold.
    pub(super) banner: Option<String>,
    pub(super) sections: Vec<Section>,
}

/// Lines under a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) heading: &'static str,
    pub(super) lines: Vec<Line>,
}

/// One line: to read, to tick, to compare, or to fill in by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Whether it belongs to the line before it.
    pub(super) is_detail: bool,
    /// Whether it has a box to tick.
    pub(super) has_box: bool,
    pub(super) content: Content,
}

/// What a line says. Texts of errors may have several lines of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// It is read.
    Text(String),
    /// Its value is compared letter by letter: a digest, or words.
    Compared { label: String, value: String },
    /// Its value is written by hand.
    Blank { label: String },
    /// The same, with room for a signature.
    Signature { label: String },
}

impl Section {
    pub(super) fn new(heading: &'static str) -> Self {
        Self { heading, lines: Vec::new() }
    }

    /// Adds a line.
    pub(super) fn say(&mut self, content: Content) {
        self.lines.push(Line { is_detail: false, has_box: false, content });
    }

    /// Adds a line that is ticked.
    pub(super) fn tick(&mut self, content: Content) {
        self.lines.push(Line { is_detail: false, has_box: true, content });
    }

    /// Adds a line that belongs to the one before it.
    pub(super) fn say_detail(&mut self, content: Content) {
        self.lines.push(Line { is_detail: true, has_box: false, content });
    }

    /// Adds a line that belongs to the one before it, and is ticked.
    pub(super) fn tick_detail(&mut self, content: Content) {
        self.lines.push(Line { is_detail: true, has_box: true, content });
    }
}

impl Content {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// `value` is a digest or words.
    pub(super) fn compared(label: impl Into<String>, value: impl ToString) -> Self {
        Self::Compared { label: label.into(), value: value.to_string() }
    }

    pub(super) fn blank(label: impl Into<String>) -> Self {
        Self::Blank { label: label.into() }
    }

    pub(super) fn signature(label: impl Into<String>) -> Self {
        Self::Signature { label: label.into() }
    }
}

//! The record as data: a title, and sections of lines. Markdown and PDF each have their own layout.

/// The whole record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) title: &'static str,
    /// What every page says it belongs to: `ceremony 5a92c96c8db4b46c`.
    pub(crate) id: String,
    /// The warning on every page, in bold.
    pub(crate) banner: Option<String>,
    pub(crate) sections: Vec<Section>,
}

/// Lines under a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Section {
    pub(super) heading: &'static str,
    pub(super) lines: Vec<Line>,
}

/// One line: to read, to tick, to compare, or to fill in by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Whether it belongs to the line before it.
    pub(super) is_detail: bool,
    /// Whether it has a box to tick.
    pub(super) has_box: bool,
    pub(super) content: Content,
}

/// What a line says. Texts of errors may have several lines of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// It is read.
    Text(String),
    /// Its value is compared letter by letter: a digest, or words.
    Compared { label: String, value: String },
    /// A row of a table: a name and its value.
    Fact {
        label: String,
        value: String,
        /// Whether the value is compared letter by letter.
        is_compared: bool,
    },
    /// The heading of the rows below it.
    Group(String),
    /// Its value is written by hand.
    Blank { label: String },
    /// The same, with room for a signature.
    Signature { label: String },
}

impl Section {
    pub(crate) fn new(heading: &'static str) -> Self {
        Self { heading, lines: Vec::new() }
    }

    /// Adds a row of a table.
    pub(crate) fn fact(&mut self, label: &str, value: impl ToString) {
        let (label, value) = (label.to_owned(), value.to_string());
        self.say(Content::Fact { label, value, is_compared: false });
    }

    /// Adds a row whose value is compared letter by letter.
    pub(crate) fn compared_fact(&mut self, label: &str, value: impl ToString) {
        let (label, value) = (label.to_owned(), value.to_string());
        self.say(Content::Fact { label, value, is_compared: true });
    }

    /// Adds a line.
    pub(crate) fn say(&mut self, content: Content) {
        self.lines.push(Line { is_detail: false, has_box: false, content });
    }

    /// Adds a line that is ticked.
    pub(crate) fn tick(&mut self, content: Content) {
        self.lines.push(Line { is_detail: false, has_box: true, content });
    }

    /// Adds a line that belongs to the one before it.
    pub(crate) fn say_detail(&mut self, content: Content) {
        self.lines.push(Line { is_detail: true, has_box: false, content });
    }

    /// Adds a line that belongs to the one before it, and is ticked.
    pub(crate) fn tick_detail(&mut self, content: Content) {
        self.lines.push(Line { is_detail: true, has_box: true, content });
    }
}

impl Content {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// `value` is a digest or words.
    pub(crate) fn compared(label: impl Into<String>, value: impl ToString) -> Self {
        Self::Compared { label: label.into(), value: value.to_string() }
    }

    pub(crate) fn blank(label: impl Into<String>) -> Self {
        Self::Blank { label: label.into() }
    }

    pub(crate) fn signature(label: impl Into<String>) -> Self {
        Self::Signature { label: label.into() }
    }
}

//! A result for people, put together line by line before it is printed.

use std::fmt;

/// The lines of a result. Whoever adds one has made it safe to print.
#[derive(Debug, Default)]
pub(super) struct Lines(Vec<String>);

impl Lines {
    /// Adds a line, or several.
    pub(super) fn say(&mut self, text: &str) {
        self.0.push(text.to_owned());
    }

    /// Adds a line before all others.
    pub(super) fn say_first(&mut self, text: &str) {
        self.0.insert(0, text.to_owned());
    }
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

//! Digests and their words as a person compares them: in rows of four on a screen, on one line where they go to a file or a
//! program, which may search for them.

use crate::layout::word_grid;
use crate::terminal::{columns_of_output, is_on_screen};

/// The words behind `first` (`words    `).
#[must_use]
pub fn word_lines(first: &str, words: &str) -> String {
    if is_on_screen() { word_grid(first, words) } else { format!("{first}{words}") }
}

/// What is named in `first` and its words behind it; on a screen below it, `indent` further in.
#[must_use]
pub fn named_words(first: &str, indent: &str, words: &str) -> String {
    if is_on_screen() { format!("{first}\n{}", word_grid(indent, words)) } else { format!("{first}: {words}") }
}

/// A text of several lines, each a label and its value, with the words of the lines labelled `words` in rows on a screen.
#[must_use]
pub fn with_word_rows(text: &str) -> String {
    if !is_on_screen() {
        return text.to_owned();
    }
    let rows = |line: &str| match line.trim_start_matches(' ').strip_prefix("words ").map(str::trim_start) {
        Some(words) => word_grid(line.strip_suffix(words).unwrap_or_default(), words),
        None => line.to_owned(),
    };
    text.split('\n').map(rows).collect::<Vec<_>>().join("\n")
}

/// An object with its digest and its words: on one line, or below its name where a person compares them or a line has no
/// room for all three.
#[must_use]
pub fn digest_lines(name: &str, sha256: &str, words: &str) -> String {
    let line = format!("  {sha256}  {words}  {name}");
    match is_on_screen() || line.chars().count() > columns_of_output() {
        true => format!("  {name}\n    SHA-256  {sha256}\n{}", word_lines("    words    ", words)),
        false => line,
    }
}

//! A table that a test shows although it passes: what was counted is half of what such a test is for.

use std::fmt::Write as _;
use std::io::Write as _;

/// Rows of texts under a heading, aligned when shown.
#[derive(Debug, Default)]
pub struct ShownTable {
    rows: Vec<Vec<String>>,
}

impl ShownTable {
    /// A table with these columns.
    #[must_use]
    pub fn new(columns: &[&str]) -> Self {
        Self { rows: vec![columns.iter().map(|&column| column.to_owned()).collect()] }
    }

    /// One more row.
    pub fn row<T: ToString>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(cells.into_iter().map(|cell| cell.to_string()).collect());
    }

    /// Writes it to standard error past the capture of the test harness, in one piece.
    pub fn show(&self, title: &str) {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut text = format!("\n{title}\n");
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                let _ = write!(line, "  {cell:<width$}");
            }
            let _ = writeln!(text, "{}", line.trim_end());
        }
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
}

//! One line of progress on standard error: redrawn in place on a terminal, repeated now and then in a log file. On a
//! terminal a small drawing may stand above it.

use std::io;
use std::time::{Duration, Instant};

pub use crate::layout::bar;
use crate::{locale, standard_error};

/// The line. Other text for people goes through [`StatusLine::say`] while one is shown.
#[derive(Debug)]
pub struct StatusLine {
    terminal: bool,
    /// Whether that is a serial console.
    is_slow: bool,
    shown: bool,
    drawn: Option<Instant>,
    /// Lines to show above it, and how many of them are on the screen now.
    drawing: Vec<String>,
    drawing_columns: usize,
    above: usize,
    /// Columns and rows when it was last drawn.
    size: (usize, usize),
}

/// How often the line may be redrawn on a terminal.
const TERMINAL_EVERY: Duration = Duration::from_millis(120);
/// How often on a serial console, which needs a good part of a second for two lines at 2,400 baud, and would never show
/// anything else.
const SERIAL_EVERY: Duration = Duration::from_secs(1);
/// How often it is repeated where standard error is a file.
const FILE_EVERY: Duration = Duration::from_secs(30);

impl StatusLine {
    /// A line that shows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            terminal: super::terminal::stderr_is_terminal(),
            is_slow: super::terminal::is_serial_console(),
            shown: false,
            drawn: None,
            drawing: Vec::new(),
            drawing_columns: 0,
            above: 0,
            size: (0, 0),
        }
    }

    /// Shows what `text` makes, unless it is too soon after the last time, or what was said before waits for a reader.
    pub fn update(&mut self, text: impl FnOnce() -> String) {
        if !standard_error::is_idle() {
            return;
        }
        let every = match self.terminal {
            true if self.is_slow => SERIAL_EVERY,
            true => TERMINAL_EVERY,
            false => FILE_EVERY,
        };
        if self.drawn.is_some_and(|drawn| drawn.elapsed() < every) {
            return;
        }
        // In a file, the first line is due after one interval: short runs stay quiet.
        let first = self.drawn.replace(Instant::now()).is_none();
        if self.terminal {
            let size = super::terminal::size(io::stderr());
            let (columns, rows) = size.map_or((80, 24), |(columns, rows)| (usize::from(columns), usize::from(rows)));
            let lines = in_room(&text(), columns.saturating_sub(1));
            let has_room = self.drawing.len() + lines.len() < rows && self.drawing_columns < columns;
            let drawing = if has_room { self.drawing.as_slice() } else { &[] };
            // All in one write, so that nothing flickers. What stood on a window of another size stands anywhere now.
            let moved = self.shown && self.above > 0 && self.size != (columns, rows);
            let mut redraw = if moved { "\x1b[H\x1b[2J".to_owned() } else { self.way_up() };
            let all: Vec<&String> = drawing.iter().chain(&lines).collect();
            redraw.push_str(&all.iter().map(|line| format!("{line}\x1b[K")).collect::<Vec<_>>().join("\n"));
            redraw.push_str("\x1b[J");
            (self.above, self.size) = (all.len().saturating_sub(1), (columns, rows));
            standard_error::write_sign(&redraw);
            self.shown = true;
        } else if !first {
            super::terminal::say(&text());
        }
    }

    /// Sets what stands above the line from its next update on: lines of so many columns. On a terminal with too few rows
    /// or columns they are left out. So they are in a locale without UTF-8, and where `NO_COLOR` asks for no colour: what
    /// the line says is all of it.
    pub fn draw_above(&mut self, lines: Vec<String>, columns: usize) {
        if locale::is_ascii_terminal() || locale::is_without_colour() {
            return;
        }
        self.drawing = lines;
        self.drawing_columns = columns;
    }

    /// What moves the cursor to where the drawing begins.
    fn way_up(&self) -> String {
        if self.above > 0 { format!("\r\x1b[{}A", self.above) } else { "\r".to_owned() }
    }

    /// Prints a whole line above the status line.
    pub fn say(&mut self, line: &str) {
        self.clear();
        super::terminal::say(line);
    }

    /// Takes the line away.
    pub fn clear(&mut self) {
        if self.shown {
            standard_error::write_sign(&format!("{}\x1b[J", self.way_up()));
            self.above = 0;
            self.shown = false;
            self.drawn = None;
        }
    }
}

impl Default for StatusLine {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for StatusLine {
    fn drop(&mut self) {
        self.clear();
    }
}

/// What fits into so many columns: each line of the text in one, or in two where it is cut at its first ` · `.
fn in_room(text: &str, columns: usize) -> Vec<String> {
    let cut = |part: &str| part.chars().take(columns).collect();
    let of_line = |line: &str| match line.split_once(" · ") {
        Some((first, rest)) if line.chars().count() > columns => vec![cut(first), cut(rest)],
        _ => vec![cut(line)],
    };
    text.split('\n').flat_map(of_line).collect()
}

#[cfg(test)]
mod tests {
    use super::in_room;

    #[test]
    fn a_line_too_long_for_the_window_becomes_two() {
        assert_eq!(in_room("come closer · 2/6", 40), ["come closer · 2/6"]);
        assert_eq!(in_room("come closer · 2/6", 12), ["come closer", "2/6"]);
        assert_eq!(in_room("come closer, hold still · 2/6", 12), ["come closer,", "2/6"]);
        assert_eq!(in_room("no bar at all", 5), ["no ba"]);
        assert_eq!(in_room("one · 1\nsecond link · 2", 12), ["one · 1", "second link", "2"]);
    }
}

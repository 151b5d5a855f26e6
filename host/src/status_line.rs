//! One line of progress on standard error: redrawn in place on a terminal, repeated now and then in a log file. On a
//! terminal a small drawing may stand above it.

use std::io::{self, Write};
use std::time::{Duration, Instant};

/// The line. Other text for people goes through [`StatusLine::say`] while one is shown.
#[derive(Debug)]
pub struct StatusLine {
    terminal: bool,
    shown: bool,
    drawn: Option<Instant>,
    /// Lines to show above it, and how many of them are on the screen now.
    drawing: Vec<String>,
    above: usize,
}

/// How often the line may be redrawn on a terminal.
const TERMINAL_EVERY: Duration = Duration::from_millis(120);
/// How often it is repeated where standard error is a file.
const FILE_EVERY: Duration = Duration::from_secs(30);

impl StatusLine {
    /// A line that shows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            terminal: super::terminal::stderr_is_terminal(),
            shown: false,
            drawn: None,
            drawing: Vec::new(),
            above: 0,
        }
    }

    /// Shows what `text` makes, unless it is too soon after the last time.
    pub fn update(&mut self, text: impl FnOnce() -> String) {
        let every = if self.terminal { TERMINAL_EVERY } else { FILE_EVERY };
        if self.drawn.is_some_and(|drawn| drawn.elapsed() < every) {
            return;
        }
        // In a file, the first line is due after one interval: short runs stay quiet.
        let first = self.drawn.replace(Instant::now()).is_none();
        if self.terminal {
            let size = super::terminal::size(io::stderr());
            let (columns, rows) = size.map_or((80, 24), |(columns, rows)| (usize::from(columns), usize::from(rows)));
            let line: String = text().chars().take(columns.saturating_sub(1)).collect();
            // All in one write, so that nothing flickers.
            let mut redraw = self.way_up();
            self.above = if self.drawing.len() + 2 <= rows { self.drawing.len() } else { 0 };
            for drawn in self.drawing.iter().take(self.above) {
                redraw.push_str(drawn);
                redraw.push_str("\x1b[K\n");
            }
            redraw.push_str(&line);
            redraw.push_str("\x1b[K");
            let _ = io::stderr().lock().write_all(redraw.as_bytes());
            let _ = io::stderr().flush();
            self.shown = true;
        } else if !first {
            super::terminal::say(&text());
        }
    }

    /// Whether a drawing of so many columns would be shown.
    #[must_use]
    pub fn has_room_for(&self, columns: usize) -> bool {
        self.terminal && super::terminal::size(io::stderr()).is_some_and(|(width, _)| usize::from(width) > columns)
    }

    /// Sets what stands above the line from its next update on, line by line. They are not measured: see
    /// [`StatusLine::has_room_for`]. On a terminal with too few rows they are left out.
    pub fn draw_above(&mut self, lines: Vec<String>) {
        self.drawing = lines;
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
            let _ = write!(io::stderr().lock(), "{}\x1b[J", self.way_up());
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

/// A bar of `width` cells filled to `part` of `whole`.
#[must_use]
pub fn bar(part: u64, whole: u64, width: usize) -> String {
    let part = part.min(whole);
    let filled = match whole {
        0 => 0,
        _ => usize::try_from(u128::from(part) * (width as u128) / u128::from(whole)).unwrap_or(width),
    };
    format!("[{}{}]", "█".repeat(filled), "░".repeat(width - filled.min(width)))
}

#[cfg(test)]
mod tests {
    use super::bar;

    #[test]
    fn a_bar_is_full_only_when_the_whole_is_there() {
        assert_eq!(bar(0, 60, 4), "[░░░░]");
        assert_eq!(bar(59, 60, 4), "[███░]");
        assert_eq!(bar(61, 60, 4), "[████]");
        assert_eq!(bar(1, 0, 4), "[░░░░]");
    }
}

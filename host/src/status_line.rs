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
    shown: bool,
    pace: Pace,
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

/// Where the line is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Output {
    Terminal,
    SerialConsole,
    File,
}

/// Whether the line is shown now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    /// It is, for the first time since it was taken away. In a file, the first line is due after one interval: short runs stay
    /// quiet.
    First,
    Now,
    Later,
}

/// When the line is shown.
#[derive(Debug)]
struct Pace {
    output: Output,
    shown: Option<Instant>,
}

impl Pace {
    const fn new(output: Output) -> Self {
        Self { output, shown: None }
    }

    /// Whether it is shown at this time; it is taken for shown then.
    fn take(&mut self, now: Instant) -> Due {
        let every = match self.output {
            Output::SerialConsole => SERIAL_EVERY,
            Output::Terminal => TERMINAL_EVERY,
            Output::File => FILE_EVERY,
        };
        match self.shown {
            Some(shown) if now.saturating_duration_since(shown) < every => return Due::Later,
            _ => {}
        }
        if self.shown.replace(now).is_none() { Due::First } else { Due::Now }
    }

    /// It was taken away, for another text. It comes back at once, but not on a serial console: many texts would have it drawn
    /// again with each.
    fn clear(&mut self) {
        if self.output != Output::SerialConsole {
            self.shown = None;
        }
    }
}

impl StatusLine {
    /// A line that shows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            terminal: super::terminal::stderr_is_terminal(),
            shown: false,
            pace: Pace::new(match super::terminal::stderr_is_terminal() {
                true if super::terminal::is_serial_console() => Output::SerialConsole,
                true => Output::Terminal,
                false => Output::File,
            }),
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
        let due = self.pace.take(Instant::now());
        if due == Due::Later {
            return;
        }
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
        } else if due == Due::Now {
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
            self.pace.clear();
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

/// What fits into so many columns: each line of the text in one, or in up to [`LINES_MAX`] where it is broken at a ` · `.
fn in_room(text: &str, columns: usize) -> Vec<String> {
    text.split('\n').flat_map(|line| broken(line, columns)).collect()
}

/// Lines that one may become.
const LINES_MAX: usize = 3;

fn broken(line: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in line.split(" · ") {
        let is_last = lines.len() == LINES_MAX;
        match lines.last_mut() {
            Some(last) if is_last || last.chars().count() + " · ".chars().count() + part.chars().count() <= columns => {
                last.push_str(" · ");
                last.push_str(part);
            }
            _ => lines.push(part.to_owned()),
        }
    }
    lines.iter().map(|line| line.chars().take(columns).collect()).collect()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Due, Output, Pace, in_room};

    /// The times, in milliseconds, at which a line is shown that is offered every 10 ms for so long, with other texts between.
    fn shown(output: Output, for_ms: u64, other_text_every_ms: u64) -> Vec<u64> {
        let (mut pace, begun) = (Pace::new(output), Instant::now());
        let mut shown = Vec::new();
        for at in (0..for_ms).step_by(10) {
            if at > 0 && at % other_text_every_ms == 0 {
                pace.clear();
            }
            if pace.take(begun + Duration::from_millis(at)) != Due::Later {
                shown.push(at);
            }
        }
        shown
    }

    #[test]
    fn a_serial_console_is_drawn_on_once_a_second_whatever_else_is_said() {
        let never = u64::MAX;
        assert_eq!(shown(Output::SerialConsole, 3_500, never), [0, 1_000, 2_000, 3_000]);
        assert_eq!(shown(Output::SerialConsole, 3_500, 50), [0, 1_000, 2_000, 3_000]);
        assert_eq!(shown(Output::Terminal, 500, never), [0, 120, 240, 360, 480]);
        assert_eq!(shown(Output::Terminal, 300, 50), [0, 50, 100, 150, 200, 250]);
        assert_eq!(shown(Output::File, 70_000, never), [0, 30_000, 60_000]);
        // What is shown in a file begins after one interval.
        let (mut pace, begun) = (Pace::new(Output::File), Instant::now());
        assert_eq!([0, 30].map(|at| pace.take(begun + Duration::from_secs(at))), [Due::First, Due::Now]);
    }

    #[test]
    fn a_line_too_long_for_the_window_becomes_two() {
        assert_eq!(in_room("come closer · 2/6", 40), ["come closer · 2/6"]);
        assert_eq!(in_room("come closer · 2/6", 12), ["come closer", "2/6"]);
        assert_eq!(in_room("come closer, hold still · 2/6", 12), ["come closer,", "2/6"]);
        assert_eq!(in_room("no bar at all", 5), ["no ba"]);
        assert_eq!(in_room("a bar · a link, 0 frames · 1/s", 16), ["a bar", "a link, 0 frames", "1/s"]);
        assert_eq!(in_room("a · b · c · d · e", 3), ["a", "b", "c ·"]);
        assert_eq!(in_room("one · 1\nsecond link · 2", 12), ["one · 1", "second link", "2"]);
    }
}

//! A secret line that somebody types, or a scanner that types like a keyboard.
//!
//! It is shown while it is typed, because words are checked by eye, and erased from the screen when it is complete. What is
//! shown never takes more than one row: a row that is full would wrap, and what wrapped could scroll out of reach. Of a line
//! that is longer its end is shown. It is read key by key into one buffer that never grows and is overwritten. It comes from a terminal, never from a file or a
//! pipe.

use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};

use rootcast_host::interrupt::Interrupt;
use rootcast_host::standard_error;
use zeroize::{Zeroize as _, Zeroizing};

use super::escape::Escape;
use super::scanned::TEXT_BYTES_MAX;
use crate::ceremony::key::keystroke::{self, Keystroke, NoKey, Silence};

/// Bytes of a line at most: a scanned text, and some spaces.
const LINE_BYTES_MAX: usize = TEXT_BYTES_MAX + 100;

/// Columns that a line of words takes at most. Where the row of the question has fewer, the line gets the row below.
const LINE_COLUMNS: usize = 78;

/// Columns of a terminal that does not say how many it has.
const COLUMNS: usize = 80;

/// A line as it was typed.
pub(crate) struct TypedLine(Zeroizing<Vec<u8>>);

impl fmt::Debug for TypedLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedLine(not shown)")
    }
}

impl TypedLine {
    /// Its text; empty where it is none.
    #[must_use]
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default().trim()
    }

    #[cfg(test)]
    pub(crate) fn from_text(text: &str) -> Self {
        Self(Zeroizing::new(text.as_bytes().to_vec()))
    }
}

/// Why there is no line.
#[derive(Debug)]
pub(crate) enum NoLine {
    /// Standard input is no terminal, or it ended.
    NobodyThere,
    /// Ctrl-C, Ctrl-D, or a signal.
    Interrupted,
    /// The terminal failed.
    Terminal(io::Error),
}

/// Whoever types. Outside tests there is one: [`Keyboard`].
pub(crate) trait Typist {
    /// Asks for a line.
    ///
    /// # Errors
    /// When none comes.
    fn ask(&mut self, question: &str) -> Result<TypedLine, NoLine>;

    /// Says something.
    fn say(&mut self, text: &str);
}

/// The terminal's keyboard. As long as this value lives, the terminal itself shows nothing of what is typed: a scanner
/// types before the next question stands there.
pub(crate) struct Keyboard {
    interrupt: Interrupt,
    _silence: Silence,
}

impl Keyboard {
    /// The keyboard; a signal that sets `interrupt` ends a question.
    ///
    /// # Errors
    /// When standard input is no terminal, or the terminal fails.
    pub(crate) fn begin(interrupt: Interrupt) -> Result<Self, NoLine> {
        if !io::stdin().is_terminal() {
            return Err(NoLine::NobodyThere);
        }
        let silence = Silence::keeping_ahead().map_err(|error| NoLine::Terminal(error.into()))?;
        Ok(Self { interrupt, _silence: silence })
    }

    fn read(&self, question: &str, shown: &mut Shown, screen: &mut io::StderrLock<'_>) -> Result<TypedLine, NoLine> {
        let mut typed = Zeroizing::new(Vec::with_capacity(LINE_BYTES_MAX));
        let mut escape = Escape::default();
        loop {
            let key = keystroke::next(&self.interrupt).map_err(|no_key| match no_key {
                NoKey::Interrupted => NoLine::Interrupted,
                NoKey::Ended => NoLine::NobodyThere,
                NoKey::Terminal(error) => NoLine::Terminal(error),
            })?;
            match key {
                Keystroke::Byte(byte) if escape.takes(byte) => continue,
                Keystroke::Return => return Ok(TypedLine(typed)),
                Keystroke::Stop => return Err(NoLine::Interrupted),
                Keystroke::End if typed.is_empty() => return Err(NoLine::Interrupted),
                Keystroke::Back => {
                    if let Some(last) = typed.last_mut() {
                        last.zeroize();
                        typed.pop();
                    }
                }
                Keystroke::Again => {
                    typed.as_mut_slice().zeroize();
                    typed.clear();
                }
                Keystroke::Byte(byte) if typed.len() < LINE_BYTES_MAX && (byte == b'\t' || byte >= b' ') => {
                    typed.push(byte);
                }
                Keystroke::End | Keystroke::Byte(_) => {}
            }
            if !matches!(key, Keystroke::Byte(_)) {
                escape = Escape::default();
            }
            shown.draw(question, &typed, screen);
        }
    }
}

/// What stands on the screen of a line that is not complete: in one row, that of its question or the row below.
struct Shown {
    /// Whether it has the row below.
    is_below: Option<bool>,
    /// Columns that are written in that row.
    columns: usize,
}

impl Shown {
    /// After the question, and before the first key.
    fn new() -> Self {
        Self { is_below: None, columns: 0 }
    }

    fn width() -> usize {
        rootcast_host::terminal::size(io::stderr()).map_or(COLUMNS, |(columns, _)| usize::from(columns)).max(2)
    }

    /// Goes to the begin of the row, and erases it. Where the window became narrower, the terminal may have made several
    /// rows of it.
    fn erase(&mut self, screen: &mut impl io::Write) {
        let rows = self.columns.div_ceil(Self::width()).max(1);
        let _ = screen.write_all(b"\r\x1b[2K");
        for _ in 1..rows {
            let _ = screen.write_all(b"\x1b[1A\x1b[2K");
        }
        self.columns = 0;
    }

    /// Draws the line again, as it is after a key.
    fn draw(&mut self, question: &str, typed: &[u8], screen: &mut impl io::Write) {
        let width = Self::width();
        let beside = width.saturating_sub(question.chars().count() + 2);
        let is_below = match self.is_below {
            Some(is_below) => is_below,
            None => {
                let is_below = beside < LINE_COLUMNS;
                if is_below {
                    let _ = screen.write_all(b"\r\n");
                    self.columns = 0;
                }
                *self.is_below.insert(is_below)
            }
        };
        self.erase(screen);
        // The last column stays free: a full row wraps.
        let room = if is_below { width - 1 } else { beside };
        if !is_below {
            let _ = write!(screen, "{question} ");
            self.columns = question.chars().count() + 1;
        }
        let mut row = Zeroizing::new([0; LINE_BYTES_MAX]);
        let begin = typed.len().saturating_sub(room);
        let mut columns = 0;
        for (shown, byte) in row.iter_mut().zip(typed.get(begin..).unwrap_or_default()) {
            *shown = if byte.is_ascii_graphic() || *byte == b' ' { *byte } else { b'?' };
            columns += 1;
        }
        let _ = screen.write_all(row.get(..columns).unwrap_or_default());
        self.columns += columns;
        let _ = screen.flush();
    }

    /// The words go from the screen; the question stays.
    fn end(&mut self, question: &str, screen: &mut impl io::Write) {
        match self.is_below {
            Some(true) => self.erase(screen),
            Some(false) => {
                self.erase(screen);
                let _ = writeln!(screen, "{question}");
            }
            None => {
                let _ = writeln!(screen);
            }
        }
        let _ = screen.flush();
    }
}

impl Typist for Keyboard {
    fn ask(&mut self, question: &str) -> Result<TypedLine, NoLine> {
        standard_error::flush();
        let mut screen = io::stderr().lock();
        let _ = write!(screen, "{question} ");
        let _ = screen.flush();
        let mut shown = Shown::new();
        let read = self.read(question, &mut shown, &mut screen);
        shown.end(question, &mut screen);
        read
    }

    fn say(&mut self, text: &str) {
        rootcast_host::terminal::say(text);
    }
}

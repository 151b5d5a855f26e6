//! A secret line that somebody types, or a scanner that types like a keyboard.
//!
//! It is shown while it is typed, because words are checked by eye, and erased from the screen when it is complete. It is
//! read key by key into one buffer that never grows and is overwritten. It comes from a terminal, never from a file or a
//! pipe.

use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};

use rootcast_host::interrupt::Interrupt;
use rootcast_host::standard_error;
use zeroize::{Zeroize as _, Zeroizing};

use super::scanned::TEXT_BYTES_MAX;
use crate::ceremony::key::keystroke::{self, Keystroke, NoKey, Silence};

/// Bytes of a line at most: a scanned text, and some spaces.
const LINE_BYTES_MAX: usize = TEXT_BYTES_MAX + 100;

/// Columns of a line that are shown: one row of a terminal, so that it can be erased.
const SHOWN_MAX: usize = 72;

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
    pub(crate) fn of(text: &str) -> Self {
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

    fn read(&self, question: &str, screen: &mut io::StderrLock<'_>) -> Result<TypedLine, NoLine> {
        let mut typed = Zeroizing::new(Vec::with_capacity(LINE_BYTES_MAX));
        loop {
            let key = keystroke::next(&self.interrupt).map_err(|no_key| match no_key {
                NoKey::Interrupted => NoLine::Interrupted,
                NoKey::Ended => NoLine::NobodyThere,
                NoKey::Terminal(error) => NoLine::Terminal(error),
            })?;
            match key {
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
            let begin = typed.len().saturating_sub(SHOWN_MAX);
            let shown = typed.get(begin..).unwrap_or_default();
            if shown.is_ascii() {
                let _ = write!(screen, "\r\x1b[2K{question} ").and_then(|()| screen.write_all(shown));
                let _ = screen.flush();
            }
        }
    }
}

impl Typist for Keyboard {
    fn ask(&mut self, question: &str) -> Result<TypedLine, NoLine> {
        standard_error::flush();
        let mut screen = io::stderr().lock();
        let _ = write!(screen, "{question} ");
        let _ = screen.flush();
        let read = self.read(question, &mut screen);
        // The words go from the screen; what was asked stays.
        let _ = writeln!(screen, "\r\x1b[2K{question}");
        read
    }

    fn say(&mut self, text: &str) {
        rootcast_host::terminal::say(text);
    }
}

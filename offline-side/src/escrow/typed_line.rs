//! A secret line that somebody types, or a scanner that types like a keyboard.
//!
//! It is shown while it is typed, because words are checked by eye, and erased from the screen when it is complete. It is
//! read key by key into one buffer that never grows and is overwritten. It comes from a terminal, never from a file or a
//! pipe.

use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};

use rootcast_host::interrupt::Interrupt;
use rootcast_host::standard_error;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use zeroize::{Zeroize as _, Zeroizing};

use super::scanned::TEXT_BYTES_MAX;
use crate::ceremony::key::pin::Silence;

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
        let stdin = io::stdin();
        let mut typed = Zeroizing::new(Vec::with_capacity(LINE_BYTES_MAX));
        let fifth = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };
        loop {
            if self.interrupt.is_set() {
                return Err(NoLine::Interrupted);
            }
            match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&fifth)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => continue,
                Ok(_) => {}
                Err(error) => return Err(NoLine::Terminal(error.into())),
            }
            let mut key = Zeroizing::new([0_u8; 1]);
            match rustix::io::read(&stdin, key.as_mut_slice()) {
                Ok(0) => return Err(NoLine::NobodyThere),
                Ok(_) => {}
                Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => continue,
                Err(error) => return Err(NoLine::Terminal(error.into())),
            }
            match *key {
                [b'\r' | b'\n'] => return Ok(TypedLine(typed)),
                // Ctrl-C, Ctrl-backslash; Ctrl-D with nothing typed.
                [0x03 | 0x1c] => return Err(NoLine::Interrupted),
                [0x04] if typed.is_empty() => return Err(NoLine::Interrupted),
                [0x08 | 0x7f] => {
                    if let Some(last) = typed.last_mut() {
                        last.zeroize();
                        typed.pop();
                    }
                }
                // Ctrl-U begins again.
                [0x15] => {
                    typed.as_mut_slice().zeroize();
                    typed.clear();
                }
                [byte] if typed.len() < LINE_BYTES_MAX && (byte == b'\t' || byte >= b' ') => typed.push(byte),
                _ => {}
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

//! The terminal in front of the operator: is there one, how large is it, and text for people on standard error.

use std::io::{self, IsTerminal, Write};

use crate::diagnosis::{Diagnosis, Label};

/// Prints a line for people on standard error. A closed standard error is no reason to stop.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Prints the run's result on standard output.
///
/// # Errors
/// When standard output is closed or full.
pub fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// The diagnosis of a result that could not be printed; `None` if its reader went away, which is no failure.
#[must_use]
pub fn unprinted(error: &io::Error) -> Option<Diagnosis> {
    (error.kind() != io::ErrorKind::BrokenPipe).then(|| {
        Diagnosis::new(
            Label::StorageFailed,
            "The result could not be written to standard output. The command itself is complete.",
            error.to_string(),
            "Free some space at the destination of standard output. A command that sends or publishes need not be repeated.",
        )
    })
}

/// Whether standard error is a terminal.
#[must_use]
pub fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Columns and rows of the terminal behind `of`, if it is one and says so.
#[must_use]
pub fn size(of: impl rustix::fd::AsFd) -> Option<(u16, u16)> {
    let size = rustix::termios::tcgetwinsize(of).ok()?;
    (size.ws_col > 0 && size.ws_row > 0).then_some((size.ws_col, size.ws_row))
}

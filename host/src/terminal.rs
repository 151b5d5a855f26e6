//! The terminal in front of the operator: is there one, how large is it, text for people on standard error, and results on
//! standard output.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{major, minor};

use crate::diagnosis::{Diagnosis, Label};
use crate::layout::wrapped;
use crate::{interrupt, standard_error};

/// How often a wait for the reader of a result looks at signals.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Prints a line for people on standard error. A closed standard error is no reason to stop. While a command works, nobody
/// has to read it ([`standard_error`]). It breaks between words ([`layout`](crate::layout)).
pub fn say(line: &str) {
    standard_error::write_text(&format!("{}\n", wrapped(line, columns_of_error())));
}

/// How long a run that a signal has ended waits for a reader of its result that takes nothing.
const LAST_WAIT: Duration = Duration::from_secs(3);
/// Bytes of a result that are written at once, so that it is seen whether its reader takes anything.
const WRITTEN_AT_ONCE: usize = 4 << 10;

/// Prints the run's result on standard output. Nothing of it is left out: it waits for its reader, until a signal comes. If
/// one came before, it waits as long as its reader takes something every now and then.
///
/// # Errors
/// When standard output is closed or full, or a signal ended the wait.
pub fn print(text: &str) -> io::Result<()> {
    let text: Arc<str> = format!("{text}\n").into();
    if !interrupt::is_listened_to() {
        // A signal ends this process by itself.
        return write_out(&text, &AtomicUsize::new(0));
    }
    let asked = interrupt::is_any_set();
    let (done, result) = sync_channel(1);
    let taken = Arc::new(AtomicUsize::new(0));
    let (printed, count) = (Arc::clone(&text), Arc::clone(&taken));
    let writer = thread::Builder::new().spawn(move || {
        // Where nobody waits for the result any more, a signal came.
        let _ = done.send(write_out(&printed, &count));
    });
    if writer.is_err() {
        return write_out(&text, &taken);
    }
    let mut last = (0, Instant::now());
    loop {
        match result.recv_timeout(LOOK_EVERY) {
            Ok(result) => return result,
            Err(RecvTimeoutError::Disconnected) => return Err(io::Error::other("the thread that writes it failed")),
            Err(RecvTimeoutError::Timeout) => {}
        }
        let now = taken.load(Ordering::Relaxed);
        if now != last.0 {
            last = (now, Instant::now());
        }
        if interrupt::is_any_set() && (!asked || last.1.elapsed() >= LAST_WAIT) {
            return Err(io::ErrorKind::Interrupted.into());
        }
    }
}

fn write_out(text: &str, taken: &AtomicUsize) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for piece in text.as_bytes().chunks(WRITTEN_AT_ONCE) {
        out.write_all(piece)?;
        taken.fetch_add(piece.len(), Ordering::Relaxed);
    }
    out.flush()
}

/// The diagnosis of a result that could not be printed; `None` if its reader went away, which is no failure.
#[must_use]
pub fn unprinted(error: &io::Error) -> Option<Diagnosis> {
    match error.kind() {
        io::ErrorKind::BrokenPipe => None,
        io::ErrorKind::Interrupted => Some(Diagnosis::new(
            Label::Interrupted,
            "The result was not written to its end. The command itself is complete.",
            "A signal came while nobody read standard output.",
            "Read standard output to its end. A command that sends or publishes need not be repeated.",
        )),
        _ => Some(Diagnosis::new(
            Label::StorageFailed,
            "The result could not be written to standard output. The command itself is complete.",
            error.to_string(),
            "Free some space at the destination of standard output. A command that sends or publishes need not be repeated.",
        )),
    }
}

/// Whether standard error is a terminal.
#[must_use]
pub fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Columns and rows of the terminal behind `of`, if it is one. Where the terminal does not say (a serial console has
/// 0 × 0), `COLUMNS` and `LINES` of the environment count.
#[must_use]
pub fn size(of: impl rustix::fd::AsFd) -> Option<(u16, u16)> {
    let size = rustix::termios::tcgetwinsize(of).ok()?;
    size_of((size.ws_col, size.ws_row), |name| std::env::var(name).ok())
}

fn size_of((columns, rows): (u16, u16), variable: impl Fn(&str) -> Option<String>) -> Option<(u16, u16)> {
    let or = |cells: u16, name: &str| match cells {
        0 => variable(name)?.trim().parse().ok().filter(|cells| *cells > 0),
        cells => Some(cells),
    };
    Some((or(columns, "COLUMNS")?, or(rows, "LINES")?))
}

/// Columns of a text that goes to no terminal, unless `COLUMNS` of the environment says something else.
const PIPED_COLUMNS: usize = 100;
/// A narrower window is not worth breaking lines for.
const COLUMNS_MIN: usize = 20;
/// A line is not worth reading beyond this, however wide the window is.
const COLUMNS_MAX: usize = 160;

/// Columns of text on standard error.
#[must_use]
pub(crate) fn columns_of_error() -> usize {
    columns(size(io::stderr()))
}

/// Columns of text on standard output.
#[must_use]
pub fn columns_of_output() -> usize {
    columns(size(io::stdout()))
}

/// The width of a text. Where the size of a terminal is not known it is a pipe's.
fn columns(size: Option<(u16, u16)>) -> usize {
    match size {
        Some((columns, _)) => usize::from(columns).clamp(COLUMNS_MIN, COLUMNS_MAX),
        None => piped(std::env::var("COLUMNS").ok().as_deref()),
    }
}

/// Columns of a text that goes to no terminal, where the environment says `columns`.
fn piped(columns: Option<&str>) -> usize {
    columns.and_then(|text| text.trim().parse().ok()).filter(|columns| *columns >= COLUMNS_MIN).unwrap_or(PIPED_COLUMNS)
}

/// Whether a person looks at what this program prints: nothing of it goes to a file or a program.
#[must_use]
pub(crate) fn is_on_screen() -> bool {
    static ON_SCREEN: OnceLock<bool> = OnceLock::new();
    *ON_SCREEN.get_or_init(|| io::stdout().is_terminal() && io::stderr().is_terminal())
}

/// Whether standard error is a serial console: a slow line, and neither a window nor a screen of this machine.
#[must_use]
pub(crate) fn is_serial_console() -> bool {
    static IS_SERIAL: OnceLock<bool> = OnceLock::new();
    *IS_SERIAL.get_or_init(|| {
        let error = io::stderr();
        let Ok(status) = rustix::fs::fstat(&error) else { return false };
        let active = || std::fs::read_to_string("/sys/class/tty/console/active").unwrap_or_default();
        error.is_terminal() && is_serial_line(major(status.st_rdev), minor(status.st_rdev), active)
    })
}

/// Whether a terminal with these device numbers is a serial line (Documentation/admin-guide/devices.txt): none of a
/// pseudo-terminal, of a screen of this machine, or of a process's own terminal. `active` gives what stands behind
/// `/dev/console`, the last word for what is written to it.
fn is_serial_line(major: u32, minor: u32, active: impl Fn() -> String) -> bool {
    match (major, minor) {
        (136..=143, _) | (4, 0..=63) | (5, 0) => false,
        (5, 1) => {
            let active = active();
            let last = active.split_whitespace().last().and_then(|name| name.strip_prefix("tty"));
            !last.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::{columns, is_serial_line, piped, size_of};

    #[test]
    fn a_pipe_has_a_fixed_width_and_a_terminal_its_own() {
        assert_eq!([80, 3, 900].map(|width| columns(Some((width, 24)))), [80, 20, 160]);
        assert_eq!((piped(None), piped(Some("132")), piped(Some("7")), piped(Some("x"))), (100, 132, 100, 100));
    }

    #[test]
    fn a_terminal_without_a_size_has_that_of_the_environment() {
        let none = |_: &str| None;
        let of = |name: &str| Some(if name == "COLUMNS" { "132" } else { "66" }.to_owned());
        assert_eq!(size_of((80, 24), of), Some((80, 24)));
        assert_eq!(size_of((0, 0), of), Some((132, 66)));
        assert_eq!(size_of((80, 0), of), Some((80, 66)));
        assert_eq!(size_of((0, 0), none), None);
        for wrong in ["", "0", "-3", "99999", "x"] {
            assert_eq!(size_of((0, 0), |_| Some(wrong.to_owned())), None, "{wrong}");
        }
    }

    #[test]
    fn serial_lines_are_told_from_windows_and_screens() {
        let nothing = String::new;
        // A window, the first screen, a UART, a USB adapter, a CDC ACM device, a hypervisor's console.
        let found = [(136, 3), (4, 1), (4, 64), (188, 0), (166, 0), (229, 0)];
        assert_eq!(
            found.map(|(major, minor)| is_serial_line(major, minor, nothing)),
            [false, false, true, true, true, true]
        );
        for (active, is_serial) in [("tty0", false), ("tty0 ttyS0", true), ("ttyS0 tty0", false), ("", true)] {
            assert_eq!(is_serial_line(5, 1, || active.to_owned()), is_serial, "{active}");
        }
    }
}

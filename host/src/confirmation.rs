//! Asking the person in front of the terminal, who types a word; a bare Return never confirms.

use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::diagnosis::{Diagnosis, Label};

/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    /// The word was typed.
    Given,
    /// Something else was.
    Refused,
    /// Nobody can be asked: standard input is no terminal.
    NobodyThere,
    /// A signal came instead: Ctrl-C, or a window that was closed.
    Interrupted,
}

/// Shows `question` on standard error and waits until one line is typed; `word` confirms, case and space aside. A signal
/// ends the waiting, whoever else listens for it, and nothing typed afterwards counts.
pub fn ask(question: &str, word: &str) -> Confirmation {
    if !io::stdin().is_terminal() {
        return Confirmation::NobodyThere;
    }
    let signalled = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        // Left in place: whoever asks ends its run by the answer. Where it cannot be had, the signal ends the process.
        let _ = signal_hook::flag::register(signal, Arc::clone(&signalled));
    }
    let mut err = io::stderr().lock();
    let _ = write!(err, "{question} ");
    let _ = err.flush();
    let stdin = io::stdin();
    // A read would be started again by the signal handler; waiting is not.
    let ready = loop {
        if signalled.load(Ordering::Relaxed) {
            break false;
        }
        let tick = rustix::event::Timespec { tv_sec: 0, tv_nsec: 200_000_000 };
        match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&tick)) {
            Ok(0) | Err(Errno::INTR) => {}
            Ok(_) => break !signalled.load(Ordering::Relaxed),
            Err(_) => break true,
        }
    };
    if !ready {
        let _ = writeln!(err);
        return Confirmation::Interrupted;
    }
    let mut line = String::new();
    match stdin.lock().take(1_000).read_line(&mut line) {
        Ok(_) if line.trim().eq_ignore_ascii_case(word) => Confirmation::Given,
        _ => Confirmation::Refused,
    }
}

/// The diagnosis of a question that a signal ended; `what` says what was not done.
#[must_use]
pub fn interrupted(what: &str) -> Diagnosis {
    let why = "A signal (Ctrl-C, for example) came before the word was typed.";
    Diagnosis::new(Label::Interrupted, what, why, "Run the same command again when it is to be done.")
}

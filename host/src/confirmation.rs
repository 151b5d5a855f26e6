//! Asking the person in front of the terminal, who types a word; a bare Return never confirms.

use std::io::{self, IsTerminal, Write};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::diagnosis::{Diagnosis, Label};
use crate::interrupt::Interrupt;

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

/// Shows `question` on standard error and waits until one line is typed; `word` confirms, case aside. A signal ends the
/// waiting, whoever else listens for it, and nothing typed afterwards counts.
pub fn ask(question: &str, word: &str) -> Confirmation {
    if !io::stdin().is_terminal() {
        return Confirmation::NobodyThere;
    }
    match ask_line(question, &Interrupt::of_a_question()) {
        Answer::Line(line) if line.eq_ignore_ascii_case(word) => Confirmation::Given,
        // The end of the input (Ctrl-D) is an answer as well, and not the word.
        Answer::Line(_) | Answer::NobodyThere => Confirmation::Refused,
        Answer::Interrupted => Confirmation::Interrupted,
    }
}

/// The diagnosis of a question that a signal ended; `what` says what was not done.
#[must_use]
pub fn interrupted(what: &str) -> Diagnosis {
    let why = "A signal (Ctrl-C, for example) came before the word was typed.";
    Diagnosis::new(Label::Interrupted, what, why, "Run the same command again when it is to be done.")
}

/// The root an operator is about to pin, and what the command line said of it. Digests in hexadecimal.
#[derive(Debug, Clone, Copy)]
pub struct RootQuestion<'a> {
    /// SHA-256 of its certificate.
    pub sha256: &'a str,
    /// What `--sha256` says it is.
    pub given: Option<&'a str>,
    /// Whether `--yes` was given.
    pub yes: bool,
    /// Whom people compare the words with: `Compare the words with …`.
    pub compare: &'a str,
    /// What was not done, where it is not confirmed.
    pub not_done: &'a str,
}

impl RootQuestion<'_> {
    /// Asks, unless the command line has answered.
    ///
    /// # Errors
    /// A [`Diagnosis`]: another digest than given, another word than `enrol`, a signal, or nobody there.
    pub fn ask(&self) -> Result<(), Diagnosis> {
        let not_confirmed = |why: &str, next: &str| Diagnosis::new(Label::NotConfirmed, self.not_done, why, next);
        if let Some(given) = self.given {
            let why = format!("--sha256 says {given}; the certificate has {}.", self.sha256);
            let next = "Find out which of the two is the root's, and by whom it was given.";
            return if given == self.sha256 { Ok(()) } else { Err(not_confirmed(&why, next)) };
        }
        if self.yes {
            return Ok(());
        }
        match ask(&format!("Compare the words with {}. Type enrol to pin this root:", self.compare), "enrol") {
            Confirmation::Given => Ok(()),
            Confirmation::Refused => {
                Err(not_confirmed("The word typed was not: enrol.", "Run it again once the words were compared."))
            }
            Confirmation::Interrupted => Err(interrupted(self.not_done)),
            Confirmation::NobodyThere => Err(not_confirmed(
                "Standard input is no terminal, so nobody could be asked.",
                "Give --sha256 HEX with the digest from the ceremony record, or --yes.",
            )),
        }
    }
}

/// What came of asking for a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// What was typed, without the end of the line and spaces around it.
    Line(String),
    /// Ctrl-C, or another signal.
    Interrupted,
    /// Nobody can be asked: standard input is no terminal, or it ended.
    NobodyThere,
}

/// Longest line that is read, in bytes.
const LINE_BYTES_MAX: usize = 1_000;

/// Shows `question` on standard error and waits for one line, or for `interrupt`.
pub fn ask_line(question: &str, interrupt: &Interrupt) -> Answer {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return Answer::NobodyThere;
    }
    let mut err = io::stderr().lock();
    let _ = write!(err, "{question} ");
    let _ = err.flush();
    let tick = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };
    let mut typed = Vec::new();
    loop {
        if interrupt.is_set() {
            let _ = writeln!(err);
            return Answer::Interrupted;
        }
        // A read would be started again by the signal handler; waiting is not.
        match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&tick)) {
            Ok(0) | Err(Errno::INTR) => continue,
            Ok(_) => {}
            Err(_) => return Answer::NobodyThere,
        }
        // Byte by byte, past the buffer of the standard library: what is typed ahead stays for the next question.
        let mut byte = [0_u8; 1];
        match rustix::io::read(&stdin, byte.as_mut_slice()) {
            Ok(0) => {
                // Ctrl-D leaves the cursor behind the question.
                let _ = writeln!(err);
                return Answer::NobodyThere;
            }
            Ok(_) if byte == *b"\n" => return Answer::Line(String::from_utf8_lossy(&typed).trim().to_owned()),
            Ok(_) if typed.len() < LINE_BYTES_MAX => typed.extend_from_slice(&byte),
            Ok(_) | Err(Errno::INTR | Errno::AGAIN) => {}
            Err(_) => return Answer::NobodyThere,
        }
    }
}

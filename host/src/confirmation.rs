//! Questions to the person at the terminal. A typed word confirms; Return alone never does.

use std::io::{self, IsTerminal, Write};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::diagnosis::{Diagnosis, Label};
use crate::interrupt::Interrupt;
use crate::layout::wrapped;
use crate::terminal::{columns_of_error, say};
use crate::text::printable;

/// The answer to a request for confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    /// The word was typed.
    Given,
    /// Something else was typed.
    Refused,
    /// Nobody can be asked: standard input is not a terminal.
    NobodyThere,
    /// A signal came instead: Ctrl-C, or a closed window.
    Interrupted,
}

/// How often something is asked before a command ends: a typing error is no reason to run it again.
const TRIES_MAX: usize = 3;

/// What is typed instead of a word that confirms. Return alone says the same.
const NO: [&str; 5] = ["", "n", "no", "q", "quit"];

/// Shows `question` on standard error and waits for a typed line. Each of `words` confirms; case does not matter. Return
/// alone, or `no`, refuses at once. Anything else may be a typing error, and is asked again, three times in all. A signal ends
/// the wait, even if other code handles it too, and later input does not count.
pub fn ask(question: &str, words: &[&str]) -> Confirmation {
    if !io::stdin().is_terminal() {
        return Confirmation::NobodyThere;
    }
    match ask_word(question, words, &Interrupt::of_a_question()) {
        Ok(true) => Confirmation::Given,
        // The end of the input (Ctrl-D) is an answer as well, and not the word.
        Ok(false) | Err(Unanswered::Refused { .. } | Unanswered::NobodyThere) => Confirmation::Refused,
        Err(Unanswered::Interrupted) => Confirmation::Interrupted,
    }
}

/// The same for a command that listens to signals already: whether one of the words was typed.
///
/// # Errors
/// [`Unanswered`].
pub fn ask_word(question: &str, words: &[&str], interrupt: &Interrupt) -> Result<bool, Unanswered> {
    ask_until(question, interrupt, |line| {
        let typed = line.split([' ', ',']).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        if words.iter().any(|word| typed.eq_ignore_ascii_case(word)) {
            Ok(true)
        } else if NO.iter().any(|word| typed.eq_ignore_ascii_case(word)) {
            Ok(false)
        } else {
            Err(format!("That was not: {}. Return alone ends this.", words.first().copied().unwrap_or_default()))
        }
    })
}

/// Why a question has no answer that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unanswered {
    /// No answer was right in three tries.
    Refused {
        /// What was wrong with the last one.
        why: String,
    },
    /// A signal came.
    Interrupted,
    /// Nobody can be asked: standard input is not a terminal, or it ended.
    NobodyThere,
}

/// Asks until `read` takes an answer, at most three times. What `read` says against one is shown, and asked again.
/// Not for a PIN: a token counts wrong ones.
///
/// # Errors
/// [`Unanswered`].
pub fn ask_until<T>(
    question: &str,
    interrupt: &Interrupt,
    mut read: impl FnMut(&str) -> Result<T, String>,
) -> Result<T, Unanswered> {
    let mut tries = 0;
    loop {
        let line = match ask_line(question, interrupt) {
            Answer::Line(line) => line,
            Answer::Interrupted => return Err(Unanswered::Interrupted),
            Answer::NobodyThere => return Err(Unanswered::NobodyThere),
        };
        let why = match read(&line) {
            Ok(answer) => return Ok(answer),
            Err(why) => why,
        };
        tries += 1;
        match TRIES_MAX - tries {
            0 => return Err(Unanswered::Refused { why }),
            left => {
                let left = crate::text::count(left as u64, "try");
                say(&format!("{} ({left} left)", printable(&why)));
            }
        }
    }
}

/// The diagnosis of a question that a signal ended. `what` states what was not done.
#[must_use]
pub fn interrupted(what: &str) -> Diagnosis {
    let why = "A signal (Ctrl-C, for example) came before the word was typed.";
    Diagnosis::new(Label::Interrupted, what, why, "To do it after all, run the same command again.")
}

/// The root that an operator is about to trust, with the options of the command line. Digests in hexadecimal.
#[derive(Debug, Clone, Copy)]
pub struct RootQuestion<'a> {
    /// SHA-256 of its certificate.
    pub sha256: &'a str,
    /// The digest given with `--sha256`.
    pub given: Option<&'a str>,
    /// Whether `--yes` was given.
    pub yes: bool,
    /// Whether the certificate is self-issued, as every root's own is. Without that, `yes` does not count.
    pub is_self_issued: bool,
    /// The source to compare the words with: `Compare the words with …`.
    pub compare: &'a str,
    /// What was not done, for a diagnosis.
    pub not_done: &'a str,
}

impl RootQuestion<'_> {
    /// Asks, unless the command line has the answer. The word is `trust`; `enrol`, the old name, is accepted too.
    ///
    /// # Errors
    /// A [`Diagnosis`]: the digest differs from the given one, the word is wrong, a signal came, or nobody can be
    /// asked.
    pub fn ask(&self) -> Result<(), Diagnosis> {
        let not_confirmed = |why: &str, next: &str| Diagnosis::new(Label::NotConfirmed, self.not_done, why, next);
        if let Some(given) = self.given {
            let why = format!("--sha256 says {given}; the certificate has {}.", self.sha256);
            let next = "Find out which digest is the root's, and who gave the other one.";
            return if given == self.sha256 { Ok(()) } else { Err(not_confirmed(&why, next)) };
        }
        if self.yes && self.is_self_issued {
            return Ok(());
        }
        if !self.is_self_issued && io::stdin().is_terminal() {
            say(
                "This certificate is not self-issued: another CA issued it. If that CA revokes it, this host does not notice.",
            );
        }
        let question = format!("Compare the words with {}. Type trust to trust this root:", self.compare);
        match ask(&question, &["trust", "enrol"]) {
            Confirmation::Given => Ok(()),
            Confirmation::Refused => {
                Err(not_confirmed("The typed word was not: trust.", "Compare the words, then run the command again."))
            }
            Confirmation::Interrupted => Err(interrupted(self.not_done)),
            Confirmation::NobodyThere if self.is_self_issued => Err(not_confirmed(
                "Standard input is not a terminal, so nobody could be asked.",
                "Give --sha256 HEX with the digest from the ceremony record, or --yes.",
            )),
            Confirmation::NobodyThere => Err(not_confirmed(
                "The certificate is not self-issued, so it is no root's own (ROOT-SHAPE), and --yes alone does not trust it. \
                 Standard input is not a terminal, so nobody could be asked.",
                "Give the root's own certificate with --root, and name this CA with --offline-issuer. If this one is to be \
                 the trust anchor, give --sha256 HEX with its digest.",
            )),
        }
    }
}

/// The answer to a request for a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The typed text, without the line end and spaces around it.
    Line(String),
    /// Ctrl-C, or another signal.
    Interrupted,
    /// Nobody can be asked: standard input is not a terminal, or it ended.
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
    let tick = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };
    // A terminal that nobody reads takes no question; a signal ends the wait for it.
    while let Ok(0) | Err(Errno::INTR) = poll(&mut [PollFd::new(&io::stderr(), PollFlags::OUT)], Some(&tick)) {
        if interrupt.is_set() {
            return Answer::Interrupted;
        }
    }
    crate::standard_error::flush();
    let mut err = io::stderr().lock();
    let _ = write!(err, "{} ", wrapped(question, columns_of_error()));
    let _ = err.flush();
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

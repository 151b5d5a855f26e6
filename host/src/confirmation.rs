//! Asking the person in front of the terminal, who types a word; a bare Return never confirms.

use std::io::{self, BufRead, IsTerminal, Read, Write};

/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    /// The word was typed.
    Given,
    /// Something else was.
    Refused,
    /// Nobody can be asked: standard input is no terminal.
    NobodyThere,
}

/// Shows `question` on standard error and waits until one line is typed; `word` confirms, case and space aside.
pub fn ask(question: &str, word: &str) -> Confirmation {
    if !io::stdin().is_terminal() {
        return Confirmation::NobodyThere;
    }
    let mut err = io::stderr().lock();
    let _ = write!(err, "{question} ");
    let _ = err.flush();
    let mut line = String::new();
    match io::stdin().lock().take(1_000).read_line(&mut line) {
        Ok(_) if line.trim().eq_ignore_ascii_case(word) => Confirmation::Given,
        _ => Confirmation::Refused,
    }
}

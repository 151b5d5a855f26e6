//! Somebody who answers whatever a command with escrow asks, until it ends: bags are numbered, pages are kept and read, and
//! pieces are typed from them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use rootcast_protocol::digest::Digest;
use rootcast_protocol::words;
use rootcast_tests::program::{Ended, Program};
use rootcast_tests::pty::Seat;
use rootcast_tests::soft_token::PIN;

use super::{codes_of, lines_after, text_of};

/// The last set of pages that somebody printed, and what they answer.
pub(crate) struct Operator {
    /// The file in memory that pages go to.
    page: PathBuf,
    /// Where copies of the pages are kept.
    papers: PathBuf,
    /// Where the rehearsal is whose words are asked for.
    pub(crate) rehearsal: PathBuf,
    /// An envelope that was opened, and its new bag.
    pub(crate) rebagged: Option<(&'static str, &'static str)>,
    /// The time that is typed; nothing for now.
    pub(crate) utc: Option<i64>,
    /// How the bags of the pages printed now begin.
    bags: &'static str,
    /// Each envelope with its pages, its text and its bag.
    pub(crate) envelopes: BTreeMap<String, (PathBuf, String, String)>,
    /// What stands on the bags at a check of the seals.
    pub(crate) sealed: BTreeMap<String, String>,
    /// Words and numbers that were typed, scanned codes aside.
    pub(crate) typed: usize,
}

impl Operator {
    pub(crate) fn new(page: &Path, papers: &Path) -> Self {
        Self {
            page: page.to_owned(),
            papers: papers.to_owned(),
            rehearsal: PathBuf::new(),
            utc: None,
            rebagged: None,
            bags: "A",
            envelopes: BTreeMap::new(),
            sealed: BTreeMap::new(),
            typed: 0,
        }
    }

    /// From here on another set is printed, whose bags begin like this. What was printed before is sealed.
    pub(crate) fn another_set(&mut self, bags: &'static str) {
        self.sealed = self.envelopes.iter().map(|(name, (.., bag))| (name.clone(), bag.clone())).collect();
        (self.bags, self.typed) = (bags, 0);
    }

    /// The texts of the pages.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.envelopes.values().map(|(_, text, _)| text.clone()).collect()
    }

    /// Answers until the program ends. Its output is all that it printed.
    pub(crate) fn answers(&mut self, mut seat: Seat) -> Ended {
        // How many lines there were at the last answer: the same question is not answered twice.
        let (begun, mut answered) = (Instant::now(), None);
        while seat.running.runs() {
            let screen = seat.screen();
            assert!(begun.elapsed() < Duration::from_secs(300), "it never ended:\n{screen}");
            let last = screen.rsplit(['\n', '\r']).next().unwrap_or_default().trim_start_matches("\u{1b}[2K").trim();
            let lines = screen.matches('\n').count();
            if answered == Some(lines) || !last.ends_with(':') {
                std::thread::sleep(Duration::from_millis(3));
                continue;
            }
            if last.starts_with("PIN for token ") {
                // The prompt may be there a moment before the echo is off; then it is typed ahead and forgotten.
                while seat.echoes() {
                    std::thread::sleep(Duration::from_millis(3));
                }
                answered = Some(lines);
                seat.type_keys(&format!("{PIN}\n"));
                continue;
            }
            let Some(answer) = self.answer(last) else {
                std::thread::sleep(Duration::from_millis(3));
                continue;
            };
            answered = Some(lines);
            seat.type_keys(&format!("{answer}\n"));
        }
        std::thread::sleep(Duration::from_millis(100));
        let screen = seat.screen();
        let mut ended = seat.running.wait();
        ended.stdout = screen;
        ended
    }

    fn answer(&mut self, question: &str) -> Option<String> {
        let between = |begin: &str, end: &str| question.strip_prefix(begin)?.strip_suffix(end).map(str::to_owned);
        let is_words = question.contains(", line ");
        let answer = if let Some(name) = between("The number of the bag for ", ":") {
            let bag = format!("{}-{}", self.bags, self.envelopes.len() % 6 + 1);
            if self.envelopes.len() == 6 {
                self.envelopes.clear();
            }
            self.envelopes.insert(name, (PathBuf::new(), String::new(), bag.clone()));
            bag
        } else if question.starts_with("Look at both pages.") {
            let (name, (pdf, text, _)) = self.envelopes.iter_mut().find(|(_, (pdf, ..))| pdf.as_os_str().is_empty())?;
            *pdf = self.papers.join(format!("{}-{}.pdf", self.bags, name.replace(' ', "-")));
            fs::copy(&self.page, &*pdf).unwrap();
            *text = text_of(pdf);
            "printed".to_owned()
        } else if question.starts_with("The wrapped key: scan") {
            let (pdf, ..) = self.envelopes.values().next()?;
            let wanted =
                question.split("scan code ").nth(1).and_then(|rest| rest.split([',', ':']).next()).unwrap_or("1");
            let codes = codes_of(pdf, &self.papers.join("codes"));
            return codes.into_iter().find(|code| code.contains(" BLOB ") && code.split(' ').nth(3) == Some(wanted));
        } else if let Some(name) = between("The number on the bag of ", ":") {
            self.sealed.get(&name)?.clone()
        } else if question.starts_with("The set words of the pages") {
            let (_, text, _) = self.envelopes.values().next()?;
            text.lines().find_map(|line| line.trim().strip_prefix("Set words: ")).unwrap().to_owned()
        } else if question.starts_with("Destroy these pages before a witness.") {
            "alice".to_owned()
        } else if let Some(name) = between("The new bag of ", ", or Return if it was not opened:") {
            let new = self.rebagged.filter(|(renewed, _)| *renewed == name).map(|(_, bag)| bag.to_owned());
            if let (Some(new), Some((.., bag))) = (&new, self.envelopes.get_mut(&name)) {
                bag.clone_from(new);
            }
            new.unwrap_or_default()
        } else if question.starts_with("Type the time in UTC") {
            rootcast_host::clock::rfc3339(self.utc.unwrap_or_else(rootcast_host::clock::now))
        } else if question.contains("from the paper that came with it") {
            "none".to_owned()
        } else if question.starts_with("Type the 8 words of") {
            let listing = fs::read(self.rehearsal.join("to-be-signed.txt")).unwrap();
            words::spell(Digest::of(&listing).as_bytes(), words::SHORT)
        } else if is_words {
            let (piece, line) = question.trim_end_matches(':').split_once(", line ")?;
            let group = piece.split(' ').next()?;
            let heading = |text: &str| text.lines().any(|line| line.trim() == piece);
            let (_, (_, text, _)) =
                self.envelopes.iter().find(|(name, (_, text, _))| name.starts_with(group) && heading(text))?;
            lines_after(text, piece, 6).swap_remove(line.parse::<usize>().ok()? - 1)
        } else {
            return None;
        };
        self.typed += answer.split_whitespace().count();
        Some(answer)
    }
}

/// A line of a shell at a terminal, with the programs in its path.
pub(crate) fn at_a_terminal(script: &str, folder: &Path, seen_by: impl Fn(Program) -> Program) -> Seat {
    let path = format!("{}:{}", rootcast_tests::program::folder().display(), std::env::var("PATH").unwrap_or_default());
    let shell = rootcast_tests::program::offline([""; 0]).started_by(["bash", "-e", "-c", script]).within(folder);
    Seat::start(&seen_by(shell.env("PATH", path)), 250, 50)
}

/// Whether `pdftotext` and `pdftoppm` are here.
pub(crate) fn has_poppler() -> bool {
    Command::new("pdftotext").arg("-v").output().is_ok()
}

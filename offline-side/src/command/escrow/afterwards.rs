//! What is written into the journal later, without a token, a piece or a page: `escrow bags`, `escrow destroyed` and
//! `escrow token-gone`.

use std::io::IsTerminal as _;

use clap::Args;
use rootcast_console::run::Run;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::interrupt::Interrupt;
use rootcast_host::text::printable;
use serde::Serialize;

use super::bags::{ask_destroyed, ask_new_bags};
use super::documents::BagDocument;
use super::generating::{ended, token_text};
use super::set_back::say_if_set_back;
use crate::command::ceremony::asking::no_signal_handler;
use crate::command::clock_of;
use crate::command::decision::check_text;
use crate::command::opened::{journal_with_all, remember_journal, state_failed};
use crate::store::journal::Journal;
use crate::store::state::State;

const NOTHING: &str = "Nothing was written into the journal.";

fn refused(why: &str, next: &str) -> Diagnosis {
    Diagnosis::new(Label::Usage, NOTHING, format!("KEY-ESCROW: {why}"), next)
}

/// Opens state and journal for `change`, and remembers the journal whatever came of it.
fn with_journal<T>(
    run: &Run,
    who: &str,
    change: impl FnOnce(&mut Journal<'_>) -> Result<T, Diagnosis>,
) -> Result<T, Diagnosis> {
    let mut state = State::open(run.disk, run.state_dir()?, who).map_err(|error| state_failed(&error, NOTHING))?;
    let mut journal = journal_with_all(run, &state, NOTHING)?;
    say_if_set_back(journal.chain(), clock_of(run)());
    let changed = change(&mut journal);
    remember_journal(&mut state, &journal);
    changed
}

/// Whether a signal came; an error where nobody could answer.
fn interrupt() -> Result<Interrupt, Diagnosis> {
    if !std::io::stdin().is_terminal() {
        let why = "Standard input is not a terminal, so nobody could be asked.";
        return Err(Diagnosis::new(Label::NotConfirmed, NOTHING, why, "Run the command at a terminal."));
    }
    Interrupt::listen().map_err(|error| no_signal_handler(NOTHING, &error))
}

/// `escrow bags`
#[derive(Debug, Args)]
pub(super) struct Bags {
    /// The set, by its 14 hexadecimal digits. If it is not given, the last one that is whole.
    #[arg(long, value_name = "SET")]
    set: Option<String>,
}

impl Bags {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        let clock = clock_of(run);
        let (set, bagged) = with_journal(run, "rootcast-offline escrow bags", |journal| {
            let last = || journal.chain().last_wrapped(None).map(|wrapped| wrapped.set);
            let set = self.set.clone().or_else(last).unwrap_or_default();
            if journal.chain().bags_of(&set).is_empty() {
                let why = "the journal has no such set with printed pages.";
                return Err(refused(why, "Give --set with the set on the pages. `journal show` lists sets."));
            }
            let bagged = ask_new_bags(journal, &set, &interrupt()?, &clock)?;
            Ok((set, bagged))
        })?;
        let document = BagsDocument { set: set.clone(), new_bags: bagged.iter().map(BagDocument::from).collect() };
        run.event("escrow bags", &document);
        let text = format!("New bags of the set {} in the journal: {}.", printable(&set), bagged.len());
        run.tell(&document, &text);
        Ok(Exit::Done)
    }
}

/// The document of `escrow bags`.
#[derive(Serialize)]
struct BagsDocument {
    set: String,
    new_bags: Vec<BagDocument>,
}

/// `escrow destroyed`
#[derive(Debug, Args)]
pub(super) struct Destroyed {
    /// The set whose pages are destroyed, by its 14 hexadecimal digits.
    #[arg(long, value_name = "SET")]
    set: String,
}

impl Destroyed {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        let clock = clock_of(run);
        let destroyed = with_journal(run, "rootcast-offline escrow destroyed", |journal| {
            let bags: Vec<String> = journal.chain().bags_of(&self.set).into_iter().map(|(_, bag)| bag).collect();
            if bags.is_empty() || journal.chain().is_destroyed(&self.set) {
                let why = "the journal has no such set with pages, or they are destroyed already.";
                return Err(refused(why, "Give --set with the set on the pages. `journal show` lists sets."));
            }
            if journal.chain().is_last_verified(&self.set) {
                let why = "nobody has restored the key from another set: these pages are its only ones that count.";
                return Err(refused(why, "Verify the newer set first (`escrow verify`). Keep these pages until then."));
            }
            ask_destroyed(journal, (&self.set, &bags), &interrupt()?, &clock)?;
            Ok(journal.chain().is_destroyed(&self.set))
        })?;
        let document = DestroyedDocument { set: &self.set, destroyed };
        run.event("escrow destroyed", &document);
        let said = if destroyed { "are destroyed, as the journal says now" } else { "are as they were" };
        run.tell(&document, &format!("The pages of the set {} {said}.", printable(&self.set)));
        Ok(Exit::Done)
    }
}

/// The document of `escrow destroyed`.
#[derive(Serialize)]
struct DestroyedDocument<'d> {
    set: &'d str,
    destroyed: bool,
}

/// `escrow token-gone`
#[derive(Debug, Args)]
pub(super) struct TokenGone {
    /// The serial number of the token that is destroyed; "" for a token without one.
    #[arg(long, value_name = "SERIAL")]
    serial: String,
    /// How it was destroyed, and who saw it.
    #[arg(long, value_name = "TEXT")]
    because: String,
}

impl TokenGone {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        let clock = clock_of(run);
        check_text("--because", &self.because)?;
        let closed = with_journal(run, "rootcast-offline escrow token-gone", |journal| {
            let runs = journal.chain().killed_runs();
            let runs: Vec<_> = runs.into_iter().filter(|run| run.token_serial == self.serial).collect();
            if runs.is_empty() {
                let why = format!("nothing in the journal waits for {}.", token_text(&self.serial));
                return Err(refused(&why, "`journal show` lists what was begun on which token."));
            }
            let why = format!("the token is destroyed: {}", printable(&self.because));
            let mut sets = Vec::new();
            for run in runs {
                sets.push(printable(&run.set));
                let event = ended(run.set, run.token_serial, run.doing, &why);
                journal.append(clock(), event).map_err(|error| error.diagnosis(NOTHING))?;
            }
            Ok(sets)
        })?;
        let document = TokenGoneDocument { token_serial: printable(&self.serial), sets: &closed };
        run.event("escrow token-gone", &document);
        let text = format!(
            "The journal says that {} is destroyed. Runs of these sets wait for it no more: {}.",
            token_text(&self.serial),
            closed.join(", ")
        );
        run.tell(&document, &text);
        Ok(Exit::Done)
    }
}

/// The document of `escrow token-gone`.
#[derive(Serialize)]
struct TokenGoneDocument<'d> {
    token_serial: String,
    sets: &'d [String],
}

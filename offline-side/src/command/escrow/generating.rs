//! What `ceremony keygen --pages` and `escrow import` have in common: a key is put on paper and into a token in one run.

use std::path::Path;

use rootcast_host::confirmation::{Answer, ask_line};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::interrupt::Interrupt;
use rootcast_host::terminal::say;
use rootcast_host::text::{count, printable};
use serde::Serialize;

use super::bags::{is_bag, is_free};
use super::documents::{BagDocument, SetDocument, flag_lines};
use super::nobody::nobody;
use crate::ceremony::key::SignatureScheme;
use crate::ceremony::key::error::KeyError;
use crate::ceremony::key::generation::GeneratedKey;
use crate::ceremony::key::pin::Terminal;
use crate::ceremony::key::public_key::PublicKey;
use crate::ceremony::key::wrapping::WrappingToken;
use crate::ceremony::request::EscrowGroups;
use crate::ceremony::site::{KeyPlace, Site};
use crate::escrow::dice::{Dice, THROWS_MIN};
use crate::escrow::generation::{Generation, KeySource, NO_KEY, OnSixPapers, Operator};
use crate::escrow::groups::Groups;
use crate::escrow::paper::Paper;
use crate::escrow::typed_line::{Keyboard, Typist as _};
use crate::store::journal::escrow::{EscrowRecord, EscrowStep, KeyOrigin, KilledRun, Putting};
use crate::store::journal::{Event, Journal};

/// Said before the first page.
pub(super) const THIS_HOST_HAS_IT: &str = "During this run this host holds the keys of both groups and the wrapped key. Together they are the \
root key. Use a host without a network, started from a medium that you trust, and switch it off afterwards. Whoever copies a \
whole set of pages has the key for ever.";

/// Where the pages go, found before anybody logs in.
pub(in crate::command) fn find_paper(path: &Path) -> Result<Paper, Diagnosis> {
    Paper::find(path).map_err(|fault| {
        let next = "Name a USB printer that prints PDF by itself, or a folder in memory on a host without swap (`swapoff -a`).";
        Diagnosis::new(Label::Usage, NO_KEY, format!("KEY-ESCROW: {fault}."), next)
    })
}

/// For a drill: the keys that its token must not hold.
#[derive(Debug, Clone, Default)]
pub(in crate::command) struct TwinOf(pub(in crate::command) Vec<PublicKey>);

/// Puts the key on paper and into the token of the site. With `twin_of`, it is the key of a drill.
pub(in crate::command) fn make(
    (site, source, groups, owner): (&Site, KeySource<'_>, EscrowGroups, String),
    twin_of: Option<&TwinOf>,
    with_dice: bool,
    paper: &Paper,
    journal: &mut Journal<'_>,
    clock: &dyn Fn() -> i64,
    interrupt: &Interrupt,
) -> Result<OnSixPapers, Diagnosis> {
    let told = |error: KeyError| error.diagnosis(NO_KEY);
    let place = match &site.key {
        KeyPlace::Token { place, pinned: None } => place,
        KeyPlace::Token { place, pinned: Some(_) } => {
            return Err(told(KeyError::SitePins { label: place.key_label.clone() }));
        }
        KeyPlace::Rehearsal { .. } => {
            return Err(Diagnosis::new(
                Label::Usage,
                NO_KEY,
                "KEY-ESCROW: the site has a rehearsal key, which is a file. Escrow takes a key out of a token.",
                "Name a token in the site file, a soft token for a trial, or leave [escrow] out of the request.",
            ));
        }
    };
    say(THIS_HOST_HAS_IT);
    let scheme = site.scheme.unwrap_or(SignatureScheme::usual_for(source.kind()));
    let token =
        WrappingToken::open(place, scheme, source.way(), &mut Terminal::new(interrupt.clone())).map_err(told)?;
    twin_of.map_or(Ok(()), |TwinOf(roots)| token.check_holds_none(roots)).map_err(told)?;
    clear_left_over(&token, journal, clock(), NO_KEY)?;
    token.check_label_is_free().map_err(told)?;
    let dice = if with_dice { Some(ask_dice(interrupt)?) } else { None };
    let groups = Groups::from(groups);
    let key = place.key_label.clone();
    let interrupt = interrupt.clone();
    Generation {
        token: &token,
        source,
        key,
        groups: &groups,
        owner,
        is_drill: twin_of.is_some(),
        dice,
        paper,
        journal,
        clock,
        interrupt: interrupt.clone(),
    }
    .run(&mut AtPrinter { interrupt })
}

/// The journal's entry of a key that is on paper and in the token of the site.
pub(super) fn key_made(site: &Site, key_kind: String, made: &GeneratedKey) -> Event {
    Event::KeyMade {
        key: printable(&site.key_text()),
        key_kind,
        public_key: made.public.sha256(),
        token_serial: Some(printable(&made.token.serial)),
        flags: flag_lines(&made.flags),
    }
}

/// Asks a witness for throws of a die, until they are right.
fn ask_dice(interrupt: &Interrupt) -> Result<Dice, Diagnosis> {
    let no_line = |no_line| nobody(NO_KEY, no_line);
    let mut keyboard = Keyboard::begin(interrupt.clone()).map_err(no_line)?;
    loop {
        let question = format!("The throws of a die, {THROWS_MIN} or more, a digit for each:");
        let typed = keyboard.ask(&question).map_err(no_line)?;
        match Dice::read(typed.text()) {
            Ok(dice) => return Ok(dice),
            Err(fault) => keyboard.say(&fault.text()),
        }
    }
}

/// Destroys what runs left on this token that were killed, and records that they ended. What may be on another token is
/// named. `what` says what a failure did not do.
pub(super) fn clear_left_over(
    token: &WrappingToken,
    journal: &mut Journal<'_>,
    now: i64,
    what: &str,
) -> Result<(), Diagnosis> {
    let serial = printable(&token.facts().serial);
    let mut found = 0;
    for id in journal.chain().left_over_ids(&serial) {
        found += token.destroy_left_over(&id).map_err(|error| error.diagnosis(what))?;
    }
    if found > 0 {
        let objects = count(found as u64, "object");
        say(&format!("note: an earlier run ended early; {objects} that it left on the token were destroyed"));
    }
    for run in journal.chain().killed_runs() {
        let KilledRun { set, token_serial, doing } = run;
        let is_here = token_serial == serial;
        let of_a_key_that_was_there = match doing {
            Putting::NewSet(KeyOrigin::Made) => {
                say(&format!(
                    "note: the run that made the set {set} was killed. Destroy its pages: they are of no use."
                ));
                false
            }
            Putting::NewSet(KeyOrigin::File | KeyOrigin::Paper) => {
                say(&format!(
                    "note: the run that made the set {set} was killed. Destroy its pages: they are of no use. The key itself, and \
                     earlier sets of it, are as they were."
                ));
                true
            }
            Putting::Restore => {
                say(&format!(
                    "note: a run that restored the key of the set {set} into the token {token_serial} was killed."
                ));
                true
            }
        };
        if of_a_key_that_was_there && !is_here {
            say(&format!(
                "note: something of it may be on the token {token_serial}. The next command of escrow with that token destroys it."
            ));
            continue;
        }
        let (label, why) = (Label::Interrupted.to_string(), "the run was killed; found at the start of the next one");
        let (why, left) = (why.to_owned(), false);
        let step = match doing {
            Putting::NewSet(_) => EscrowStep::Stopped { label, why, left },
            Putting::Restore => EscrowStep::RestoreEnded { token_serial, label, why, left },
        };
        let event = Event::Escrow(EscrowRecord { set, step });
        journal.append(now, event).map_err(|error| error.diagnosis(what))?;
    }
    Ok(())
}

/// The operator at the terminal.
pub(super) struct AtPrinter {
    /// Whether a signal came.
    pub(super) interrupt: Interrupt,
}

impl AtPrinter {
    fn ask(&self, question: &str) -> Result<String, Diagnosis> {
        const NEXT: &str = "Destroy every page that was printed. A new run makes a new key and a new set.";
        match ask_line(question, &self.interrupt) {
            Answer::Line(line) => Ok(line),
            Answer::Interrupted => {
                let why = "Interrupted before every envelope was done.";
                Err(Diagnosis::new(Label::Interrupted, NO_KEY, why, NEXT))
            }
            Answer::NobodyThere => {
                let why = "Standard input is not a terminal, or it ended (Ctrl-D), so nobody could be asked.";
                Err(Diagnosis::new(Label::NotConfirmed, NO_KEY, why, NEXT))
            }
        }
    }
}

impl Operator for AtPrinter {
    fn bag(&mut self, envelope: &str, taken: &[(String, String)]) -> Result<String, Diagnosis> {
        loop {
            let bag = self.ask(&format!("The number of the bag for {envelope}:"))?;
            if is_bag(&bag) && is_free(&bag, envelope, taken) {
                return Ok(bag);
            }
        }
    }

    fn confirm(&mut self, envelope: &str, bag: &str, place: &str) -> Result<(), Diagnosis> {
        say(&format!("Both pages of {envelope} are {place}."));
        let question = format!(
            "Look at both pages. Put them into the bag {} and close it. Then type printed, or stop to end here:",
            printable(bag)
        );
        let typed = self.ask(&question)?;
        if typed.eq_ignore_ascii_case("printed") {
            return Ok(());
        }
        let why = format!("The typed word was not printed: {envelope} is not done.");
        let next =
            "Destroy every page that was printed. A new run makes a new key and a new set: no page is printed twice.";
        Err(Diagnosis::new(Label::NotConfirmed, NO_KEY, why, next))
    }
}

/// What a document says of a set that was printed.
#[derive(Serialize)]
pub(in crate::command) struct EscrowDocument {
    #[serde(flatten)]
    set: SetDocument,
    groups: [String; 2],
    envelopes: Vec<BagDocument>,
}

impl EscrowDocument {
    pub(in crate::command) fn new(made: &OnSixPapers, groups: &EscrowGroups) -> Self {
        Self {
            set: SetDocument::from(&made.set),
            groups: groups.names().clone(),
            envelopes: made.bags.iter().map(BagDocument::from).collect(),
        }
    }
}

//! What `ceremony keygen --pages` and `escrow import` have in common: a key is put on paper and into a token in one run.

use std::path::Path;

use rootcast_host::confirmation::{Answer, Unanswered, ask_line, ask_word};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::interrupt::Interrupt;
use rootcast_host::terminal::say;
use rootcast_host::text::{count, printable};
use rustix::termios::{QueueSelector, tcflush};
use serde::Serialize;

use super::bags::{is_bag, is_free};
use super::documents::{BagDocument, SetDocument, flag_lines};
use super::nobody::nobody;
use super::set_back::say_if_set_back;
use crate::ceremony::key::SignatureScheme;
use crate::ceremony::key::error::KeyError;
use crate::ceremony::key::generation::GeneratedKey;
use crate::ceremony::key::left_over::LeftKey;
use crate::ceremony::key::pin::Terminal;
use crate::ceremony::key::public_key::PublicKey;
use crate::ceremony::key::wrapping::WrappingToken;
use crate::ceremony::request::EscrowGroups;
use crate::ceremony::site::{KeyPlace, Site};
use crate::escrow::dice::{Dice, THROWS_MIN};
use crate::escrow::generation::{Generation, KeySource, NO_KEY, OnSixPapers, Operator};
use crate::escrow::groups::Groups;
use crate::escrow::paper::{FILE_NAME, Paper};
use crate::escrow::typed_line::{Keyboard, Typist as _};
use crate::store::journal::escrow::{EscrowRecord, EscrowStep, KeyOrigin, KilledRun, LeftObjects, Putting};
use crate::store::journal::{Chain, Event, Journal};

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
    say_if_set_back(journal.chain(), clock());
    let scheme = site.scheme.unwrap_or(SignatureScheme::usual_for(source.kind()));
    let token =
        WrappingToken::open(place, scheme, source.way(), &mut Terminal::new(interrupt.clone())).map_err(told)?;
    twin_of.map_or(Ok(()), |TwinOf(roots)| token.check_holds_none(roots)).map_err(told)?;
    Clearing { token: &token, interrupt, now: clock(), what: NO_KEY, is_of_kit: false }.run(journal, &mut || {})?;
    token.check_label_is_free().map_err(told)?;
    let dice = if with_dice { Some(ask_dice(interrupt)?) } else { None };
    let groups = Groups::from(groups);
    let key = place.key_label.clone();
    let interrupt = interrupt.clone();
    let kind = source.kind_text();
    Generation {
        token: &token,
        source,
        key,
        groups: &groups,
        owner,
        is_drill: twin_of.is_some(),
        dice,
        key_made: &|made| key_made(site, kind.clone(), made),
        paper,
        journal,
        clock,
        interrupt: interrupt.clone(),
    }
    .run(&mut AtPrinter { interrupt, is_file: !paper.is_printer() })
}

/// The journal's entry of a key that is on paper and in the token of the site.
pub(in crate::command) fn key_made(site: &Site, key_kind: String, made: &GeneratedKey) -> Event {
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

/// What is done about runs that ended early, when somebody logged in to a token.
pub(super) struct Clearing<'c> {
    /// The token.
    pub(super) token: &'c WrappingToken,
    /// Whether a signal came.
    pub(super) interrupt: &'c Interrupt,
    /// The time.
    pub(super) now: i64,
    /// What a failure did not do.
    pub(super) what: &'c str,
    /// Whether the journal came from a kit in this very run: nobody but the kit says what it says.
    pub(super) is_of_kit: bool,
}

impl Clearing<'_> {
    /// Destroys what was never to stay in this token. A key that such a run put there to stay is destroyed when a person says
    /// so: the journal may be older than the key. Then it records that the runs ended. What may be on another token is named.
    /// `asks` is called before a question.
    pub(super) fn run(&self, journal: &mut Journal<'_>, asks: &mut dyn FnMut()) -> Result<(), Diagnosis> {
        let told = |error: KeyError| error.diagnosis(self.what);
        let found = self.token.destroy_temporary().map_err(told)?;
        if found > 0 {
            let objects = count(found as u64, "object");
            say(&format!("note: an earlier run ended early; {objects} that it left on the token were destroyed"));
        }
        if self.is_of_kit {
            return Ok(());
        }
        let serial = printable(&self.token.facts().serial);
        let mut cleared = Vec::new();
        for LeftObjects { set, id } in journal.chain().left_objects(&serial) {
            let keys = self.token.left_keys(&id).map_err(told)?;
            if !keys.is_empty() {
                asks();
                self.destroy(&set, &keys, journal.chain())?;
                cleared.push(set);
            }
        }
        let runs = journal.chain().killed_runs();
        if !runs.is_empty() {
            say(&format!(
                "note: by this journal, runs were killed. Compare its head with the newest paper record before you destroy a page: \
                 in an older copy of the state, a set in use looks like one of a killed run. The head here: {}",
                journal.chain().head_words()
            ));
        }
        for run in runs {
            self.close(journal, run, &serial, &cleared, asks)?;
        }
        Ok(())
    }

    /// Asks for the word that destroys these keys.
    fn destroy(&self, set: &str, keys: &[LeftKey], chain: &Chain) -> Result<(), Diagnosis> {
        for key in keys {
            let public = key.public.as_ref().map_or_else(|| "not shown".to_owned(), |key| key.sha256().to_string());
            let label = printable(&key.label);
            say(&format!("In the token: {}, label {label:?}, SHA-256 of the public key: {public}", key.what));
        }
        say(&format!(
            "By this journal, a run that ended early put this into the token for the set {}, and it must never sign. If the \
             journal is an older copy, it can be the key in use. Compare the journal's head with the newest paper record: {}",
            printable(set),
            chain.head_words()
        ));
        let question = format!("Type {DESTROY} to destroy it in this token, or Return to end here:");
        let (label, why) = match ask_word(&question, &[DESTROY], self.interrupt) {
            Ok(true) => {
                self.token.destroy_left(keys).map_err(|error| error.diagnosis(self.what))?;
                let objects = count(keys.len() as u64, "object");
                say(&format!("note: an earlier run ended early; {objects} that it left on the token were destroyed"));
                return Ok(());
            }
            Ok(false) | Err(Unanswered::Refused { .. }) => {
                (Label::NotConfirmed, "The word was not typed, so the key is in the token still.")
            }
            Err(Unanswered::Interrupted) => {
                (Label::Interrupted, "Interrupted at a question. The key is in the token still.")
            }
            Err(Unanswered::NobodyThere) => (
                Label::NotConfirmed,
                "Nobody could be asked whether a key of a run that ended early is destroyed. It is in the token still.",
            ),
        };
        let next = "If the head is not the one on paper, use the newest state. If it is, run the same command again, and type the \
                    word. Or use another token.";
        Err(Diagnosis::new(label, self.what, format!("KEY-ESCROW: {why}"), next))
    }

    /// Says that a run was killed, and records its end where that is known.
    fn close(
        &self,
        journal: &mut Journal<'_>,
        run: KilledRun,
        serial: &str,
        cleared: &[String],
        asks: &mut dyn FnMut(),
    ) -> Result<(), Diagnosis> {
        let KilledRun { set, token_serial, doing, pages } = run;
        let (shown, token) = (printable(&set), token_text(&token_serial));
        let file = pages.map_or(String::new(), |pages| {
            format!(" If {} is a folder in memory, look for its file {FILE_NAME} there too.", printable(&pages))
        });
        let of_no_use = "Destroy its pages: they are of no use.";
        match doing {
            Putting::NewSet(KeyOrigin::Made) => {
                say(&format!("note: the run that made the set {shown} was killed. {of_no_use}{file}"));
            }
            Putting::NewSet(KeyOrigin::File | KeyOrigin::Paper) => say(&format!(
                "note: the run that made the set {shown} was killed. {of_no_use} The key itself, and earlier sets of it, are as \
                 they were.{file}"
            )),
            Putting::Restore => {
                say(&format!("note: a run that restored the key of the set {shown} into {token} was killed."));
            }
        }
        let of_a_key_that_was_there = doing != Putting::NewSet(KeyOrigin::Made);
        let mut is_here = token_serial == serial;
        if is_here && serial.is_empty() && of_a_key_that_was_there && !cleared.contains(&set) {
            asks();
            let question = "Neither token has a serial number, and nothing of that run is in this one. Type same if it was this \
                            token, or Return if it was another:";
            let ended = |label, why: &str| {
                let next = "Run the same command again, and answer the question. Nothing in the token was touched.";
                Err(Diagnosis::new(label, self.what, format!("KEY-ESCROW: {why}"), next))
            };
            is_here = match ask_line(question, self.interrupt) {
                Answer::Line(line) => line.eq_ignore_ascii_case("same"),
                Answer::Interrupted => {
                    return ended(Label::Interrupted, "Interrupted at the question whether it was this token.");
                }
                Answer::NobodyThere => {
                    return ended(Label::NotConfirmed, "Nobody could be asked whether it was this token.");
                }
            };
        }
        if !is_here {
            say(&format!(
                "note: something of it may be on {token}. The next command of escrow with that token looks for it. If that token \
                 is destroyed, say so: `escrow token-gone --serial {:?}`",
                printable(&token_serial)
            ));
            if of_a_key_that_was_there {
                return Ok(());
            }
        }
        let why = "the run was killed; found at the start of the next one";
        let event = ended(set, token_serial, doing, why);
        journal.append(self.now, event).map(|_| ()).map_err(|error| error.diagnosis(self.what))
    }
}

/// What is typed to destroy a key.
const DESTROY: &str = "destroy";

/// For people, a token by its serial number.
pub(super) fn token_text(serial: &str) -> String {
    if serial.is_empty() {
        "the token without a serial number".to_owned()
    } else {
        format!("the token {}", printable(serial))
    }
}

/// The journal's entry of the end of a run that did not record it itself, with nothing left.
pub(super) fn ended(set: String, token_serial: String, doing: Putting, why: &str) -> Event {
    let (label, why, left) = (Label::Interrupted.to_string(), why.to_owned(), false);
    let step = match doing {
        Putting::NewSet(_) => EscrowStep::Stopped { label, why, left },
        Putting::Restore => EscrowStep::RestoreEnded { token_serial, label, why, left },
    };
    Event::Escrow(EscrowRecord { set, step })
}

/// The operator at the terminal.
pub(super) struct AtPrinter {
    /// Whether a signal came.
    pub(super) interrupt: Interrupt,
    /// Whether the pages go to a file, which somebody prints with another program.
    pub(super) is_file: bool,
}

/// Said of pages in a file: what prints them is not this program, and keeps copies of its own.
const IN_A_FILE: &str = " What prints the file copies it: the spool directory (usually /var/spool/cups) has to be in memory too, \
and the printer on a cable, not on a network.";

impl AtPrinter {
    fn ask(&self, question: &str) -> Result<String, Diagnosis> {
        // The run knows what becomes of pages and key.
        const NEXT: &str = "";
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
        // What was typed before the pages were there says nothing of them.
        let _ = tcflush(std::io::stdin(), QueueSelector::IFlush);
        say(&format!(
            "Both pages of {envelope} are {place}. Print them at 100 %: a code that was scaled does not scan.{}",
            if self.is_file { IN_A_FILE } else { "" }
        ));
        let question = format!(
            "Look at both pages. Put them into the bag {} and close it. Then type printed, or stop to end here:",
            printable(bag)
        );
        loop {
            let typed = self.ask(&question)?;
            if typed.eq_ignore_ascii_case("printed") {
                return Ok(());
            }
            if typed.eq_ignore_ascii_case("stop") {
                let why = format!("Somebody typed stop: {envelope} is not done.");
                return Err(Diagnosis::new(Label::NotConfirmed, NO_KEY, why, ""));
            }
            say("That is neither printed nor stop.");
        }
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

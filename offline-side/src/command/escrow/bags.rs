//! The bags of envelopes: a new number after an envelope was opened, and the numbers of all six once a year.

use rootcast_host::confirmation::{Answer, ask_line};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::interrupt::Interrupt;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use rootcast_pki::text::is_plain;

use crate::store::journal::escrow::{EscrowRecord, EscrowStep, Seal};
use crate::store::journal::{Event, Journal};

/// Longest bag number.
const BAG_LENGTH_MAX: usize = 40;

/// What is typed where a seal is broken, and where a bag is not there.
const BROKEN: &str = "broken";
const MISSING: &str = "missing";

/// Whether this can be a bag number. If not, it says what one is.
pub(super) fn is_bag(text: &str) -> bool {
    let is_one = (1..=BAG_LENGTH_MAX).contains(&text.chars().count()) && text.chars().all(is_plain);
    if !is_one {
        say(&format!("A bag number has 1 to {BAG_LENGTH_MAX} plain characters. It is printed on the bag."));
    }
    is_one
}

/// Whether no other envelope is in a bag with this number. If one is, it says which.
pub(super) fn is_free(bag: &str, envelope: &str, bags: &[(String, String)]) -> bool {
    let other = bags.iter().find(|(other, number)| other != envelope && number == bag);
    if let Some((other, _)) = other {
        say(&format!("The bag of {other} has this number already. Every envelope has a bag of its own."));
    }
    other.is_none()
}

/// Asks for the new bags of the envelopes of a set that were opened. Gives those that are in one. Whoever does not answer
/// leaves the old numbers in the journal.
pub(super) fn ask_new_bags(
    journal: &mut Journal<'_>,
    set: &str,
    interrupt: &Interrupt,
    now: i64,
) -> Result<Vec<(String, String)>, Diagnosis> {
    say("Put each opened envelope into a new bag and close it. The drill of each year compares the numbers.");
    let mut bagged = Vec::new();
    for (envelope, old) in journal.chain().bags_of(set) {
        let bag = loop {
            match ask_line(&format!("The new bag of {envelope}, or Return if it was not opened:"), interrupt) {
                Answer::Line(bag) if bag.is_empty() => break bag,
                Answer::Line(bag) if is_bag(&bag) && is_free(&bag, &envelope, &journal.chain().bags_of(set)) => {
                    break bag;
                }
                Answer::Line(_) => {}
                Answer::Interrupted | Answer::NobodyThere => {
                    say("note: the journal keeps the old numbers of the bags that were not named.");
                    return Ok(bagged);
                }
            }
        };
        if bag.is_empty() || bag == old {
            continue;
        }
        let step = EscrowStep::Rebagged { envelope: envelope.clone(), bag: bag.clone() };
        let event = Event::Escrow(EscrowRecord { set: set.to_owned(), step });
        let what = "The key was restored, but the number of a new bag is not in the journal.";
        journal.append(now, event).map_err(|error| error.diagnosis(what))?;
        bagged.push((envelope, bag));
    }
    Ok(bagged)
}

/// A bag that somebody looked at.
#[derive(Debug, Clone)]
pub(super) struct CheckedSeal {
    /// The envelope in it.
    pub(super) envelope: String,
    /// The number that the journal has.
    pub(super) bag: String,
    /// What was typed.
    pub(super) typed: String,
    /// What that means.
    pub(super) seal: Seal,
}

impl CheckedSeal {
    fn new((envelope, bag): (String, String), typed: String) -> Self {
        let seal = match typed.as_str() {
            BROKEN => Seal::Broken,
            MISSING => Seal::Missing,
            typed if typed == bag => Seal::Right,
            _ => Seal::Wrong,
        };
        Self { envelope, bag, typed, seal }
    }

    fn text(&self) -> String {
        match self.seal {
            Seal::Right => format!("{}: right", self.envelope),
            Seal::Wrong => format!(
                "WARNING: {}: the bag has the number {}, the journal has {}.",
                self.envelope,
                printable(&self.typed),
                printable(&self.bag)
            ),
            Seal::Broken => format!("WARNING: {}: the seal of its bag is broken.", self.envelope),
            Seal::Missing => format!("WARNING: {}: it is not in its place.", self.envelope),
        }
    }
}

/// What to do after a seal was not right.
pub(super) const NOT_RIGHT: &str = "A bag is not as it was left. Take it that somebody has read its pieces. With two envelopes \
of each group the key can be copied: find out who was there, and replace all pages (`escrow restore --rewrap`), or the root.";

/// Asks for the number on the bag of each envelope, and records each answer. It does not show the number that is expected.
pub(super) fn check_seals(
    journal: &mut Journal<'_>,
    set: &str,
    interrupt: &Interrupt,
    clock: &dyn Fn() -> i64,
) -> Result<Vec<CheckedSeal>, Diagnosis> {
    const WHAT: &str = "The seals are not all checked. What was typed before is in the journal. No key was used.";
    say(&format!(
        "Look at the bag of each envelope. Type the number that is printed on it. Type {BROKEN} if the bag was opened, and \
         {MISSING} if it is not there."
    ));
    let mut checked = Vec::new();
    for (envelope, bag) in journal.chain().bags_of(set) {
        let typed = loop {
            match ask_line(&format!("The number on the bag of {envelope}:"), interrupt) {
                Answer::Line(typed) if is_bag(&typed) => break typed,
                Answer::Line(_) => {}
                Answer::Interrupted => {
                    let (why, next) = ("Interrupted before every seal was checked.", "Run the same command again.");
                    return Err(Diagnosis::new(Label::Interrupted, WHAT, why, next));
                }
                Answer::NobodyThere => {
                    let why = "Standard input is not a terminal, or it ended (Ctrl-D), so nobody could be asked.";
                    return Err(Diagnosis::new(Label::NotConfirmed, WHAT, why, "Run the command at a terminal."));
                }
            }
        };
        let seal = CheckedSeal::new((envelope, bag), typed);
        let step = EscrowStep::SealChecked {
            envelope: seal.envelope.clone(),
            bag: seal.bag.clone(),
            typed: printable(&seal.typed),
            seal: seal.seal,
        };
        let event = Event::Escrow(EscrowRecord { set: set.to_owned(), step });
        journal.append(clock(), event).map_err(|error| error.diagnosis(WHAT))?;
        say(&seal.text());
        checked.push(seal);
    }
    Ok(checked)
}

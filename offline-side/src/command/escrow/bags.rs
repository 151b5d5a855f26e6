//! The bags of envelopes: a new number after an envelope was opened, and the numbers of all six once a year.

use rootcast_host::confirmation::{Answer, ask_line};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::interrupt::Interrupt;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use rootcast_pki::text::is_plain;

use crate::escrow::groups;
use crate::escrow::piece::Third;
use crate::escrow::set_id::SetId;
use crate::store::journal::escrow::{EscrowRecord, EscrowStep, Seal};
use crate::store::journal::{Event, Journal};

/// Longest bag number.
const BAG_LENGTH_MAX: usize = 40;

/// What is typed where a seal is broken, and where a bag is not there.
const BROKEN: &str = "broken";
const MISSING: &str = "missing";

/// Whether this can be a bag number. If not, it says what one is.
pub(super) fn is_bag(text: &str) -> bool {
    let is_one = is_typed(text) && !is_word(text);
    if !is_one {
        say(&format!(
            "A bag number has 1 to {BAG_LENGTH_MAX} plain characters, and is not {BROKEN} or {MISSING}. It is printed on the bag."
        ));
    }
    is_one
}

fn is_typed(text: &str) -> bool {
    (1..=BAG_LENGTH_MAX).contains(&text.chars().count()) && text.chars().all(is_plain)
}

fn is_word(text: &str) -> bool {
    [BROKEN, MISSING].iter().any(|word| text.eq_ignore_ascii_case(word))
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
/// leaves the old numbers in the journal, and is told how to name them later.
pub(super) fn ask_new_bags(
    journal: &mut Journal<'_>,
    set: &str,
    interrupt: &Interrupt,
    clock: &dyn Fn() -> i64,
) -> Result<Vec<(String, String)>, Diagnosis> {
    let later = format!("`escrow bags --set {}` asks again, and needs no piece and no token.", printable(set));
    say("Put each opened envelope into a new bag and close it. The drill of each year compares the numbers.");
    let mut bagged = Vec::new();
    for (envelope, old) in journal.chain().bags_of(set) {
        let bag = loop {
            let question = format!("The new bag of {}, or Return if it was not opened:", printable(&envelope));
            match ask_line(&question, interrupt) {
                Answer::Line(bag) if bag.is_empty() => break bag,
                Answer::Line(bag) if bag == old => say("That is the number of the old bag. A bag is used once."),
                Answer::Line(bag) if is_bag(&bag) && is_free(&bag, &envelope, &journal.chain().bags_of(set)) => {
                    break bag;
                }
                Answer::Line(_) => {}
                Answer::Interrupted | Answer::NobodyThere => {
                    say(&format!("note: the journal keeps the old numbers of the bags that were not named. {later}"));
                    return Ok(bagged);
                }
            }
        };
        if bag.is_empty() {
            continue;
        }
        let step = EscrowStep::Rebagged { envelope: envelope.clone(), bag: bag.clone() };
        let event = Event::Escrow(EscrowRecord { set: set.to_owned(), step });
        let what = "What was done before is done, but the number of a new bag is not in the journal.";
        journal.append(clock(), event).map_err(|error| Diagnosis {
            next: format!("Check the disk and its free space. {later}"),
            ..error.diagnosis(what)
        })?;
        bagged.push((envelope, bag));
    }
    Ok(bagged)
}

/// Says so where fewer envelopes have a new bag than a restore opens.
pub(super) fn say_too_few(set: &str, bagged: &[(String, String)], group_names: &[String]) {
    for group in group_names {
        let own = Third::ALL.map(|number| groups::envelope(group, number));
        let count = bagged.iter().filter(|(envelope, _)| own.contains(envelope)).count();
        if count < 2 {
            say(&format!(
                "WARNING: two envelopes of {} were opened, and {count} got a new bag. The next drill asks for the old numbers of the \
                 others. `escrow bags --set {}` asks again, and needs no piece and no token.",
                printable(group),
                printable(set)
            ));
        }
    }
}

/// Has the pages of a set destroyed before a witness, because a later set replaces them. Whoever does not answer leaves the
/// journal as it is, and is told how to say it later.
pub(super) fn ask_destroyed(
    journal: &mut Journal<'_>,
    (set, bags): (&str, &[String]),
    interrupt: &Interrupt,
    clock: &dyn Fn() -> i64,
) -> Result<(), Diagnosis> {
    let shown = printable(set);
    let later = format!("`escrow destroyed --set {shown}` asks again, and needs no piece and no token.");
    say(&format!("The pages of the set {shown} are replaced. Its bags: {}.", printable(&bags.join(", "))));
    let question = "Destroy these pages before a witness. Then type the witness's name, or Return to do it later:";
    let witness = match ask_line(question, interrupt) {
        Answer::Line(witness) if !witness.is_empty() && witness.chars().all(is_plain) => witness,
        _ => {
            say(&format!("note: the journal says nothing of it, so a drill asks for these bags too. {later}"));
            return Ok(());
        }
    };
    let record = EscrowRecord { set: set.to_owned(), step: EscrowStep::Destroyed { witness } };
    let what = "The pages were destroyed, but the journal could not be written.";
    journal.append(clock(), Event::Escrow(record)).map(|_| ()).map_err(|error| Diagnosis {
        next: format!("Check the disk and its free space. {later}"),
        ..error.diagnosis(what)
    })
}

/// A bag that somebody looked at.
#[derive(Debug, Clone)]
pub(super) struct CheckedSeal {
    /// The set that it is of.
    pub(super) set: String,
    /// The envelope in it.
    pub(super) envelope: String,
    /// The number that the journal has.
    pub(super) bag: String,
    /// What was typed.
    pub(super) typed: String,
    /// What that means.
    pub(super) seal: Seal,
    /// What was wrong with it at an earlier check, since its envelope was put into this bag.
    pub(super) before: Option<Seal>,
}

impl CheckedSeal {
    fn new(set: &str, (envelope, bag): (String, String), typed: String, before: Option<Seal>) -> Self {
        let seal = match typed.as_str() {
            typed if typed.eq_ignore_ascii_case(BROKEN) => Seal::Broken,
            typed if typed.eq_ignore_ascii_case(MISSING) => Seal::Missing,
            typed if typed == bag => Seal::Right,
            _ => Seal::Wrong,
        };
        Self { set: set.to_owned(), envelope, bag, typed, seal, before }
    }

    /// Whether it is right, and always was.
    pub(super) fn is_right(&self) -> bool {
        self.seal == Seal::Right && self.before.is_none()
    }

    fn text(&self) -> String {
        let envelope = printable(&self.envelope);
        match self.seal {
            Seal::Right => match self.before {
                None => format!("{envelope}: right"),
                Some(before) => format!(
                    "WARNING: {envelope}: the number is right, but an earlier check found {}, and the envelope has no new bag since.",
                    before.text()
                ),
            },
            Seal::Wrong => format!(
                "WARNING: {envelope}: the bag has the number {}, the journal has {}.",
                printable(&self.typed),
                printable(&self.bag)
            ),
            Seal::Broken => format!("WARNING: {envelope}: the seal of its bag is broken."),
            Seal::Missing => format!("WARNING: {envelope}: it is not in its place."),
        }
    }
}

/// What to do after a seal was not right.
pub(super) const NOT_RIGHT: &str = "A bag is not as it was left. Take it that somebody has read its pieces. With two envelopes \
of each group the key can be copied: find out who was there, and replace all pages (`escrow restore --rewrap`), or the root. The \
journal remembers it until the envelope has a new bag (`escrow bags`) or its pages are destroyed.";

/// Asks for the number on the bag of each envelope, and records each answer. It does not show the number that is expected.
pub(super) fn check_seals(
    journal: &mut Journal<'_>,
    set: &str,
    interrupt: &Interrupt,
    clock: &dyn Fn() -> i64,
) -> Result<Vec<CheckedSeal>, Diagnosis> {
    const WHAT: &str = "The seals are not all checked. What was typed before is in the journal. No key was used.";
    say(&format!(
        "Look at the bag of each envelope of the set {}. Type the number that is printed on it. Type {BROKEN} if the bag was opened, and \
         {MISSING} if it is not there.",
        SetId::from_hex(set).map_or_else(|| printable(set), |set| format!("{set}, {}", set.words()))
    ));
    let mut checked = Vec::new();
    for (envelope, bag) in journal.chain().bags_of(set) {
        let mut is_asked_again = false;
        let typed = loop {
            match ask_line(&format!("The number on the bag of {}:", printable(&envelope)), interrupt) {
                Answer::Line(typed) if !is_typed(&typed) => {
                    say(&format!("Type the number on the bag, {BROKEN} or {MISSING}."));
                }
                // One wrong key is no broken seal.
                Answer::Line(typed) if typed != bag && !is_word(&typed) && !is_asked_again => {
                    say("The journal has another number. Look again, and type what is on the bag, letter by letter.");
                    is_asked_again = true;
                }
                Answer::Line(typed) => break typed,
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
        let before = journal.chain().broken_seal(set, &envelope);
        let seal = CheckedSeal::new(set, (envelope, bag), typed, before);
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

//! The questions at a signing, before the number is burned: the time from another clock, and the words of the approved
//! listing.

use std::io::{self, IsTerminal as _};

use rootcast_host::confirmation::{Unanswered, ask_until, ask_word};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::interrupt::Interrupt;
use rootcast_host::screen::digest_lines;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use rootcast_pki::time::Timestamp;
use rootcast_pki::typed_time::{self, TypedTime};
use rootcast_protocol::digest::Digest;
use rootcast_protocol::words;
use rootcast_protocol::words::compared;

use crate::ceremony::folder::layout::LISTING;
use crate::ceremony::folder::{CsrWords, RehearsalFolder};
use crate::ceremony::rehearsal::MassRevocation;
use crate::ceremony::rehearsal::clock::{self, ClockFault};
use crate::ceremony::signing::preflight::PreflightError;
use crate::command::usage;

pub(super) const UNTOUCHED: &str = "Nothing was signed. No key was used, no number burned, nothing sent.";

/// How a time is written, in every text that asks for one.
const TIME_FORM: &str = "like 2026-11-21T09:00:00Z, or 09:00 and then the date";

/// On which occasion a person is asked. What is said about a question without an answer depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occasion {
    /// Before a key is used: approvals were given.
    Signing,
    /// `ceremony approvals reset`: nobody approves it.
    Reset,
}

impl Occasion {
    fn next(self) -> &'static str {
        match self {
            Self::Signing => "Have the right answer at hand, and run the command again: the approvals still count.",
            Self::Reset => "Have the right answer at hand, and run the command again.",
        }
    }

    /// The two clocks disagree. That is never asked again: a time that is typed until it fits was not read from a clock.
    fn disagreeing(self, fault: ClockFault) -> Diagnosis {
        let refused = PreflightError::Clock(fault).diagnosis();
        match self {
            Self::Signing => refused,
            // Nobody approves it.
            Self::Reset => Diagnosis {
                next: "Find out which clock is wrong, and run the same command again with the time in UTC from another clock."
                    .to_owned(),
                ..refused
            },
        }
    }
}

/// The time as it was confirmed.
pub(super) struct ConfirmedTime {
    /// What was typed or given, RFC 3339; nothing where a script relied on this machine's clock.
    pub(super) typed: Option<String>,
    /// The earlier of the two clocks.
    pub(super) now: Timestamp,
}

/// Whether somebody can be asked: a script says `--yes`, or has no terminal.
pub(super) fn is_asked(is_script: bool) -> bool {
    !is_script && io::stdin().is_terminal()
}

/// `--utc TIME` as it was typed. On a terminal a time that is not understood is no reason to type the command again: it is
/// said, and asked for later.
///
/// # Errors
/// In a script, a time that is not understood, or has no date.
pub(super) fn given_time(utc: Option<&str>, is_script: bool) -> Result<Option<TypedTime>, Diagnosis> {
    let Some(text) = utc else { return Ok(None) };
    let read = match typed_time::read(text) {
        Ok(TypedTime::OfDay(_)) if !is_asked(is_script) => Err("it has no date".to_owned()),
        Ok(time) => Ok(time),
        Err(error) => Err(error.to_string()),
    };
    match read {
        Ok(time) => Ok(Some(time)),
        Err(why) if is_asked(is_script) => {
            say(&format!("--utc {}: {}. You will be asked for it.", printable(text), printable(&why)));
            Ok(None)
        }
        Err(why) => {
            let why = format!("--utc \"{text}\": {why}.");
            Err(usage(&why, "Give the time in UTC with its date, like --utc 2026-11-21T09:00:00Z."))
        }
    }
}

/// REQ-CLOCK: the time from another clock agrees with this machine's clock.
///
/// A script that gives `--yes` without `--utc` relies on this machine's clock alone. A warning says so, and the journal
/// and the record then have no such time.
pub(super) fn compare_time(
    utc: Option<TypedTime>,
    is_script: bool,
    occasion: Occasion,
    interrupt: &Interrupt,
    clock: &dyn Fn() -> i64,
) -> Result<ConfirmedTime, Diagnosis> {
    const SCRIPT: &str = "Give --utc TIME in a script.";
    let untimed = |unanswered| not_answered(unanswered, occasion, "REQ-CLOCK:", (occasion.next(), SCRIPT));
    let typed = match utc {
        Some(utc) => utc,
        None if is_script => {
            say("WARNING: this machine's clock was not compared with another clock (no --utc, REQ-CLOCK).");
            return Ok(ConfirmedTime { typed: None, now: Timestamp(clock()) });
        }
        None => {
            let question = format!("Type the time in UTC from another clock ({TIME_FORM}):");
            ask_until(&question, interrupt, in_words(typed_time::read)).map_err(untimed)?
        }
    };
    let typed = match typed {
        TypedTime::Moment(moment) => moment,
        // The date is asked for, and never taken from the clock that is checked.
        TypedTime::OfDay(time) => {
            let question = "Type the date that the other clock shows (like 2026-11-21):";
            let read = ask_until(question, interrupt, in_words(typed_time::read_day));
            time.on(read.map_err(untimed)?)
        }
    };
    let now = Timestamp(clock());
    clock::agrees(now, typed).map_err(|fault| occasion.disagreeing(fault))?;
    Ok(ConfirmedTime { typed: Some(typed.to_string()), now: now.min(typed) })
}

/// A reading whose error is said to whoever typed.
fn in_words<T, E: std::fmt::Display>(read: impl Fn(&str) -> Result<T, E>) -> impl FnMut(&str) -> Result<T, String> {
    move |text| read(text).map_err(|error| format!("{error}."))
}

/// Asks for the words of the listing, typed from the paper on which people compared them.
pub(super) fn confirm(listing: &[u8], interrupt: &Interrupt) -> Result<(), Diagnosis> {
    let digest = Digest::of(listing);
    let question = format!("Type the {} words of {LISTING} from the paper to sign:", words::SHORT);
    let read = ask_until(&question, interrupt, |line| {
        compared::compare(line, digest.as_bytes(), words::SHORT).map_err(|error| format!("{error}."))
    });
    read.map_err(|unanswered| {
        let next = "Compare the words with the paper. If the paper is right, this folder is another rehearsal: find out which \
                    one was approved. Then run it again.";
        let head = format!("The typed words are not the words of {LISTING}:");
        not_answered(unanswered, Occasion::Signing, &head, (next, "Give --yes in a script."))
    })
}

/// Asks for a typed confirmation of a mass revocation, which names every certificate. `what` says what was not done. A
/// script that gives `--yes` goes on with a warning.
pub(super) fn confirm_mass_revocation(
    mass: &MassRevocation,
    is_script: bool,
    what: &str,
    interrupt: &Interrupt,
) -> Result<(), Diagnosis> {
    say(&format!("WARNING: CRL-IN-USE: {mass}"));
    if is_script {
        return Ok(());
    }
    let words = mass.words();
    let not_confirmed =
        |why: String, next: &str| Err(Diagnosis::new(Label::NotConfirmed, what, format!("CRL-IN-USE: {why}"), next));
    match ask_word(&format!("Type {words} if all of them are meant:"), &[&words], interrupt) {
        Ok(true) => Ok(()),
        Ok(false) | Err(Unanswered::Refused { .. }) => not_confirmed(
            format!("{mass}\nThe typed words were not: {words}."),
            "Compare the request with what is meant. To do it after all, run the command again.",
        ),
        Err(Unanswered::Interrupted) => Err(rootcast_host::confirmation::interrupted(what)),
        Err(Unanswered::NobodyThere) => not_confirmed(
            format!("{mass}\nStandard input is not a terminal, or it ended (Ctrl-D), so nobody could be asked."),
            "Run the command on a terminal. In a script, give --yes if all of them are meant.",
        ),
    }
}

/// Shows once more what will be signed.
pub(super) fn show_what(opened: &RehearsalFolder, now: Timestamp) {
    say("This will be signed:");
    for object in &opened.objects {
        let sha256 = Digest::of(&object.to_be_signed);
        say(&digest_lines(&object.file, &sha256.to_string(), &words::spell(sha256.as_bytes(), words::SHORT)));
        say(&format!("    {}", object.dates_at(now)));
    }
    for csr in opened.csrs().filter(|csr| csr.words != CsrWords::NotRecorded) {
        let warning = if csr.words == CsrWords::NotCompared { "WARNING: REQ-CSR: " } else { "  " };
        say(&format!("{warning}{}: {}", printable(csr.path), csr.words));
    }
    for abandoned in &opened.choices.abandoned {
        let (number, because) = (&abandoned.number, printable(&abandoned.because));
        say(&format!("  CRL number {number} is abandoned and never sent: {because}"));
    }
    // Not its words: they are typed from the paper, and not from here.
    say(&format!("as approved in {LISTING}, SHA-256 {}", Digest::of(&opened.listing)));
}

/// The answer to a question, where there is one. `rule` begins the reason if what was typed was never right; `script` says
/// what a script gives instead.
pub(super) fn answered<T>(read: Result<T, Unanswered>, rule: &str, script: &str) -> Result<T, Diagnosis> {
    let occasion = Occasion::Signing;
    read.map_err(|unanswered| not_answered(unanswered, occasion, &format!("{rule}:"), (occasion.next(), script)))
}

/// A question without an answer that counts. `head` begins the reason.
fn not_answered(unanswered: Unanswered, occasion: Occasion, head: &str, (next, script): (&str, &str)) -> Diagnosis {
    match unanswered {
        Unanswered::Refused { why } => Diagnosis::new(Label::NotConfirmed, UNTOUCHED, format!("{head} {why}"), next),
        Unanswered::Interrupted => match occasion {
            Occasion::Signing => interrupted(),
            Occasion::Reset => {
                let why = "Interrupted before the rule was reset.";
                Diagnosis::new(Label::Interrupted, UNTOUCHED, why, occasion.next())
            }
        },
        Unanswered::NobodyThere => {
            let why = "Standard input is not a terminal, or it ended (Ctrl-D), so nobody could be asked.";
            Diagnosis::new(Label::NotConfirmed, UNTOUCHED, why, script)
        }
    }
}

/// No signal could be heard while somebody is asked.
pub(in crate::command) fn no_signal_handler(what: &str, error: &io::Error) -> Diagnosis {
    Diagnosis::new(Label::StorageFailed, what, format!("no signal handler: {error}"), "Run the command again.")
}

pub(super) fn interrupted() -> Diagnosis {
    let why = "Interrupted before the number was burned.";
    Diagnosis::new(
        Label::Interrupted,
        UNTOUCHED,
        why,
        "Run the command again when everybody is present: the approvals still count.",
    )
}

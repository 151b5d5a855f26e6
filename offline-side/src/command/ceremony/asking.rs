//! The questions at a signing, before the number is burned: the time from another clock, and the words of the approved
//! listing.

use rootcast_host::confirmation::{Answer, ask_line};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::interrupt::Interrupt;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use rootcast_pki::time::{Timestamp, parse_rfc3339};
use rootcast_protocol::digest::Digest;
use rootcast_protocol::words;

use crate::ceremony::folder::RehearsalFolder;
use crate::ceremony::folder::layout::LISTING;
use crate::ceremony::rehearsal::MassRevocation;
use crate::ceremony::rehearsal::clock;
use crate::ceremony::signing::preflight::PreflightError;

pub(super) const UNTOUCHED: &str = "Nothing was signed. No key was used, no number burned, nothing sent.";

/// The time as it was confirmed.
pub(super) struct ConfirmedTime {
    /// What was typed or given, RFC 3339; nothing where a script relied on this machine's clock.
    pub(super) typed: Option<String>,
    /// The earlier of the two clocks.
    pub(super) now: Timestamp,
}

/// REQ-CLOCK: the time from another clock agrees with this machine's clock.
///
/// A script that gives `--yes` without `--utc` relies on this machine's clock alone. A warning says so, and the journal
/// and the record then have no such time.
pub(super) fn compare_time(
    utc: Option<i64>,
    is_script: bool,
    interrupt: &Interrupt,
    clock: &dyn Fn() -> i64,
) -> Result<ConfirmedTime, Diagnosis> {
    let typed = match utc {
        Some(utc) => utc,
        None if is_script => {
            say("WARNING: this machine's clock was not compared with another clock (no --utc, REQ-CLOCK).");
            return Ok(ConfirmedTime { typed: None, now: Timestamp(clock()) });
        }
        None => {
            let question = "Type the time in UTC from another clock (like 2026-11-21T09:00:00Z):";
            let line = answered(ask_line(question, interrupt), "Give --utc TIME in a script.")?;
            let read = parse_rfc3339(&line).map_err(|error| {
                let why = format!("REQ-CLOCK: the typed time {line:?} is not valid: {error}");
                Diagnosis::new(Label::NotConfirmed, UNTOUCHED, why, "Type it like 2026-11-21T09:00:00Z.")
            })?;
            read.0
        }
    };
    let (now, typed) = (Timestamp(clock()), Timestamp(typed));
    clock::agrees(now, typed).map_err(|fault| PreflightError::Clock(fault).diagnosis())?;
    Ok(ConfirmedTime { typed: Some(typed.to_string()), now: now.min(typed) })
}

/// Asks for the words of the listing, typed from the paper on which people compared them.
pub(super) fn confirm(listing: &[u8], interrupt: &Interrupt) -> Result<(), Diagnosis> {
    let spelled = words::spell(Digest::of(listing).as_bytes(), words::SHORT);
    let question = format!("Type the {} words of {LISTING} to sign:", words::SHORT);
    let typed = answered(ask_line(&question, interrupt), "Give --yes in a script.")?;
    if plain(&typed) == plain(&spelled) {
        return Ok(());
    }
    let why = format!("The typed words are not the words of {LISTING}.");
    Err(Diagnosis::new(Label::NotConfirmed, UNTOUCHED, why, "Compare the words with the paper, and run it again."))
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
    match ask_line(&format!("Type {words} if all of them are meant:"), interrupt) {
        Answer::Line(typed) if plain(&typed) == words => Ok(()),
        Answer::Line(_) => not_confirmed(
            format!("{mass}\nThe typed words were not: {words}."),
            "Compare the request with what is meant. To do it after all, run the command again.",
        ),
        Answer::Interrupted => Err(rootcast_host::confirmation::interrupted(what)),
        Answer::NobodyThere => not_confirmed(
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
        say(&format!("  {sha256}  {}  {}", words::spell(sha256.as_bytes(), words::SHORT), object.file));
        say(&format!("    {}", object.dates_at(now)));
    }
    for abandoned in &opened.choices.abandoned {
        let (number, because) = (&abandoned.number, printable(&abandoned.because));
        say(&format!("  CRL number {number} is abandoned and never sent: {because}"));
    }
    let sha256 = Digest::of(&opened.listing);
    say(&format!("as approved in {LISTING}:"));
    say(&format!("  {sha256}  {}", words::spell(sha256.as_bytes(), words::SHORT)));
}

/// Words without case and further spaces.
fn plain(text: &str) -> String {
    text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

pub(super) fn answered(answer: Answer, next: &str) -> Result<String, Diagnosis> {
    match answer {
        Answer::Line(line) => Ok(line),
        Answer::Interrupted => Err(interrupted()),
        Answer::NobodyThere => {
            let why = "Standard input is not a terminal, or it ended (Ctrl-D), so nobody could be asked.";
            Err(Diagnosis::new(Label::NotConfirmed, UNTOUCHED, why, next))
        }
    }
}

/// No signal could be heard while somebody is asked.
pub(in crate::command) fn no_signal_handler(what: &str, error: &std::io::Error) -> Diagnosis {
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

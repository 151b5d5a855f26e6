//! Texts and options that all commands of this program share.

use std::time::Instant;

use rootcast_console::run::{Program, Run};
use rootcast_host::configuration::Side;
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;

use super::examples::EXAMPLES;
use crate::gate::Gate;

/// Every diagnosis of a command that sent nothing ends with this sentence.
pub(super) const NOTHING_SENT: &str = "Nothing was sent.";

/// This program.
pub(super) const PROGRAM: Program = Program {
    name: "rootcast-offline",
    nothing_done: NOTHING_SENT,
    refused: "The command was refused. Nothing was sent.",
    side: Side::Offline,
    examples: EXAMPLES,
};

/// Prints on every run what the configuration switches off or weakens. Returns the printed texts.
/// Reminders of dates are printed only.
pub(super) fn announce(gate: &Gate, now: i64) -> Vec<String> {
    let texts = gate.switched_off_texts(now);
    for text in &texts {
        say(&format!("WARNING: {}", printable(text)));
    }
    for text in gate.reminder_texts(now) {
        say(&format!("WARNING: {}. To take note: trust --on RULE", printable(&text)));
    }
    texts
}

/// The clock of a run: when it began, and how long it has run since.
pub(super) fn clock_of(run: &Run) -> impl Fn() -> i64 + use<> {
    let (began, started) = (run.began, Instant::now());
    move || began.saturating_add(i64::try_from(started.elapsed().as_secs()).unwrap_or(0))
}

/// A usage error: nothing was done.
pub(super) fn usage(why: &str, next: &str) -> Diagnosis {
    PROGRAM.usage(why, next)
}

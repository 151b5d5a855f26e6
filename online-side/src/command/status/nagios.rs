//! The overview as a plugin of Nagios, Icinga and their kin (Monitoring Plugins Development Guidelines): one line with the
//! state, `|` and performance data, then details; exit 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
//!
//! Whatever fails is UNKNOWN, a wrong command line too: a check that cannot look must not say CRITICAL, and never OK.

use std::ffi::OsString;
use std::process::ExitCode;

use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::terminal::print;
use rootcast_host::text::{capital, in_one_line, printable};

use super::asked_format::is_format;
use super::level::Level;
use super::overview::Overview;
use super::{Arguments, Attention, attention, look, summary};
use crate::command::run::Run;

/// Details that are shown below the first line; the others are counted.
const DETAILS_MAX: usize = 20;
/// Things that end whose time left is among the performance data: those that end first.
const MEASURED_MAX: usize = 20;

/// The exit code of UNKNOWN.
const UNKNOWN: u8 = 3;

/// What the plugin found.
#[derive(Debug)]
pub(crate) struct Found {
    level: Level,
    text: String,
}

/// Whether a command line asks for the plugin, as far as it can be read.
pub(crate) fn is_asked(arguments: &[OsString]) -> bool {
    is_format(arguments, "nagios")
}

/// Looks at the state.
pub(crate) fn find(run: &Run, arguments: &Arguments) -> Result<Found, Diagnosis> {
    look(run, arguments, |overview, attention| Found {
        level: attention.level(),
        text: text_of(overview, attention, run, arguments),
    })
}

/// The exit code of what was found, or of a failure.
pub(crate) const fn exit(found: &Result<Found, String>) -> u8 {
    match found {
        Ok(found) => match found.level {
            Level::Ok => 0,
            Level::Warn => 1,
            Level::Critical => 2,
        },
        Err(_) => UNKNOWN,
    }
}

/// Prints what was found, or why nothing could be, and gives the exit code.
pub(crate) fn end(found: Result<Found, String>) -> ExitCode {
    let code = exit(&found);
    let text = found.map_or_else(|why| format!("ROOTCAST UNKNOWN - {}", without_bar(&why)), |found| found.text);
    // A check whose result nobody could read is none.
    let is_printed = print(&text).is_ok();
    ExitCode::from(if is_printed { code } else { UNKNOWN })
}

/// A failure in one line.
pub(crate) fn failure(diagnosis: &Diagnosis) -> String {
    let Diagnosis { label, what, why, next } = diagnosis;
    let why = in_one_line(&capital(why));
    let end = if why.is_empty() || why.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{label}: {} {why}{end} {}", in_one_line(what), in_one_line(next))
}

const fn word_of(level: Level) -> &'static str {
    match level {
        Level::Ok => "OK",
        Level::Warn => "WARNING",
        Level::Critical => "CRITICAL",
    }
}

fn text_of(overview: &Overview<'_>, attention: &Attention, run: &Run, arguments: &Arguments) -> String {
    let why = without_bar(&printable(&summary(overview, attention)));
    let mut lines = vec![format!(
        "ROOTCAST {} - {why} | {}",
        word_of(attention.level()),
        performance(overview, attention, run, arguments)
    )];
    let mut details = attention.lines();
    details.extend(attention.held().iter().cloned());
    lines.extend(details.iter().take(DETAILS_MAX).map(|detail| without_bar(&printable(detail))));
    if details.len() > DETAILS_MAX {
        lines.push(format!("and {} more: `rootcast-online status` shows them", details.len() - DETAILS_MAX));
    }
    lines.join("\n")
}

/// The bar stands before performance data, in any line.
fn without_bar(text: &str) -> String {
    text.replace('|', "/")
}

/// `'label'=value[unit];warn;critical;min;max`. A limit with a colon behind it is reached from above.
fn performance(overview: &Overview<'_>, attention: &Attention, run: &Run, arguments: &Arguments) -> String {
    let held = overview.record.held.len();
    let mut data = vec![format!("'alarms'={};;;0", attention.alarms()), format!("'held'={held};;;0")];
    let warn = run.configuration.warn(arguments.warn);
    let mut ends = attention::expiries(overview);
    ends.sort_by_key(|expiry| expiry.life.ends);
    data.extend(ends.iter().take(MEASURED_MAX).map(|expiry| {
        let (left, limits) = (expiry.life.left(overview.now), expiry.life.limits(warn));
        format!("'{}'={left}s;{}:;{}:", expiry.label, limits.warn_s, limits.critical_s)
    }));
    data.join(" ")
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use rootcast_host::diagnosis::{Diagnosis, Label};

    use super::{failure, is_asked, without_bar};

    #[test]
    fn the_plugin_is_recognised_on_a_command_line_that_is_otherwise_wrong() {
        let asked = |line: &str| is_asked(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert!(asked("rootcast-online status --format nagios --wran 3d"));
        assert!(asked("rootcast-online --nonsense status --format=nagios"));
        assert!(!asked("rootcast-online status --format prometheus"));
        assert!(!asked("rootcast-online status nagios --format"));
    }

    #[test]
    fn a_failure_is_one_line_without_a_bar() {
        let diagnosis = Diagnosis::new(Label::StateBroken, "what|a", "why\nin two\u{1b}[2J", "next");
        let line = without_bar(&failure(&diagnosis));
        assert!(line.starts_with("state-broken: what/a Why; in two\\u{1b}[2J. next"), "{line}");
        assert!(!line.contains(['\n', '|', '\u{1b}']));
    }
}

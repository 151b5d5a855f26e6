//! `alarm`: what raised an alarm here, and who acknowledges it.

use std::path::Path;

use clap::{Args, Subcommand};
use rootcast_console::named_by_id::{self, IdError};
use rootcast_host::clock::{dated_text, rfc3339};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::disk::RealDisk;
use rootcast_host::exit::Exit;
use rootcast_host::screen::word_lines;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use rootcast_pki::time::Timestamp;
use serde::Serialize;

use super::decided_before;
use super::deciding::Deciding;
use super::lines::Lines;
use super::report;
use super::run::{Run, time, usage};
use super::to_copy;
use crate::gate;
use crate::limits::ALARM_SILENT_MAX_S;
use crate::publication::{AlarmKind, AlarmRecord, Snapshot, State, words_of};

/// Arguments of `alarm`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the alarms that nobody has acknowledged for good
    List,
    /// Acknowledge an alarm. If the same happens again, it is raised again
    Ack(Acknowledging),
}

#[derive(Debug, Args)]
struct Acknowledging {
    /// The id from `alarm list`
    id: String,
    #[command(flatten)]
    deciding: Deciding,
    /// Keep the alarm in the list, and raise it again at this time, such as 2026-11-21T00:00:00Z. Until then the same does
    /// not raise it
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<Timestamp>,
}

pub(crate) fn run(run: &Run, arguments: &Arguments) -> Result<Exit, Diagnosis> {
    match &arguments.what {
        What::List => list(run),
        What::Ack(acknowledging) => acknowledge(run, acknowledging),
    }
}

fn list(run: &Run) -> Result<Exit, Diagnosis> {
    let (snapshot, roots) = Snapshot::look(run.state_dir()?, gate::roots)?;
    report::announce(&roots, run.now());
    report::say_weakened(run, snapshot.record());
    let (alarms, now) = (&snapshot.record().alarms, run.now());
    let mut out = Lines::default();
    if alarms.is_empty() {
        out.say("no alarms");
    }
    let state = run.state_dir()?;
    alarms.iter().for_each(|alarm| say_alarm(&mut out, alarm, state, now));
    let alarms = alarms.iter().map(|alarm| AlarmDocument::new(alarm, now)).collect();
    run.tell_result(&ListDocument { alarms }, &out.dated(now));
    Ok(Exit::Done)
}

/// Tells people of an alarm.
pub(super) fn say_alarm(out: &mut Lines, alarm: &AlarmRecord, state: &Path, now: i64) {
    let id = alarm.id();
    let head = if alarm.rings_at(now) { "ALARM   " } else { "silent  " };
    out.say(&format!("{head} {id}  {}{}", alarm.kind, about_text(alarm)));
    out.say(&format!("  what   {}", printable(&alarm.text)));
    if let Some(words) = words(alarm) {
        out.say(&word_lines("  words  ", &words));
    }
    out.say(&format!("  first  {}, last {}", dated_text(alarm.first, now), dated_text(alarm.last, now)));
    match &alarm.acknowledged {
        Some(by) => out.say(&format!(
            "  ack    by {} until {}: {}",
            printable(&by.by),
            dated_text(by.until, now),
            printable(&by.because)
        )),
        None => out.say_command(&format!("  ack    with: {}", to_copy::acknowledging(Some(state), &id))),
    }
}

/// What it is about, where that is short.
fn about_text(alarm: &AlarmRecord) -> String {
    match alarm.kind {
        AlarmKind::FalseSymbols | AlarmKind::LinkFailed => format!("  {}", printable(&alarm.about)),
        AlarmKind::Rejected
        | AlarmKind::RolledBack
        | AlarmKind::SecondSignature
        | AlarmKind::Manifest
        | AlarmKind::Clock
        | AlarmKind::WeakenedPolicy
        | AlarmKind::More => String::new(),
    }
}

/// The words of the item that it is about.
fn words(alarm: &AlarmRecord) -> Option<String> {
    matches!(alarm.kind, AlarmKind::Rejected | AlarmKind::RolledBack).then(|| words_of(&alarm.about))
}

/// The document of `alarm list`.
#[derive(Debug, Serialize)]
struct ListDocument<'a> {
    alarms: Vec<AlarmDocument<'a>>,
}

/// The document of `alarm ack`.
#[derive(Debug, Serialize)]
struct AcknowledgedDocument<'a> {
    acknowledged: AlarmDocument<'a>,
    until: Option<String>,
}

/// An alarm, as `alarm` and `status` show it.
#[derive(Debug, Serialize)]
pub(super) struct AlarmDocument<'a> {
    id: String,
    kind: AlarmKind,
    about: &'a str,
    words: Option<String>,
    rules: &'a [String],
    text: &'a str,
    first: String,
    last: String,
    rings: bool,
    acknowledged: Option<AcknowledgementDocument<'a>>,
}

/// An acknowledgement that ends.
#[derive(Debug, Serialize)]
struct AcknowledgementDocument<'a> {
    by: &'a str,
    because: &'a str,
    at: String,
    until: String,
}

impl<'a> AlarmDocument<'a> {
    pub(super) fn new(alarm: &'a AlarmRecord, now: i64) -> Self {
        Self {
            id: alarm.id(),
            kind: alarm.kind,
            about: &alarm.about,
            words: words(alarm),
            rules: &alarm.rules,
            text: &alarm.text,
            first: rfc3339(alarm.first),
            last: rfc3339(alarm.last),
            rings: alarm.rings_at(now),
            acknowledged: alarm.acknowledged.as_ref().map(|known| AcknowledgementDocument {
                by: &known.by,
                because: &known.because,
                at: rfc3339(known.at),
                until: rfc3339(known.until),
            }),
        }
    }
}

fn acknowledge(run: &Run, acknowledging: &Acknowledging) -> Result<Exit, Diagnosis> {
    let Acknowledging { id, deciding, until } = acknowledging;
    deciding.check()?;
    let (now, until) = (run.now(), until.map(|until| until.0));
    if until.is_some_and(|until| until <= now || until > now.saturating_add(ALARM_SILENT_MAX_S)) {
        return Err(usage(
            "--until is in the past, or more than a year ahead.",
            "Give a time within the next year, or leave --until out: then only a repetition raises it again.",
        ));
    }
    let mut state = State::open(run.state_dir()?, Box::new(RealDisk), &run.who)?;
    report::announce_state(run, &state)?;
    let alarms = state.snapshot().map(|snapshot| snapshot.record().alarms.clone()).unwrap_or_default();
    let is_named = |alarm: &&AlarmRecord, digits: &str| alarm.id().starts_with(digits);
    let alarm = named_by_id::find(&alarms, "alarm", (id, id), is_named).map_err(|error| {
        let is_gone = matches!(error, IdError::None { .. });
        let snapshot = state.snapshot().filter(|_| is_gone);
        let before = snapshot.and_then(|snapshot| decided_before::about_alarm(snapshot, id));
        let before = before.map_or(String::new(), |before| format!(" {before}"));
        let next = "`rootcast-online alarm list` shows the ids.";
        Diagnosis::new(Label::AlarmUnknown, "Nothing was acknowledged.", format!("{error}{before}"), next)
    })?;
    gate::acknowledge(&mut state, alarm, (&deciding.by, &deciding.because), until, now)?;
    match until {
        None => {
            say(&format!("acknowledged {} {}; if the same happens again, it is raised again", alarm.id(), alarm.kind))
        }
        Some(until) => say(&format!(
            "acknowledged {} {} until {}: then it is raised again",
            alarm.id(),
            alarm.kind,
            rfc3339(until)
        )),
    }
    let acknowledged = AlarmDocument::new(alarm, now);
    run.tell(&AcknowledgedDocument { acknowledged, until: until.map(rfc3339) }, "");
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use rootcast_console::explain::ALARM_KINDS;
    use rootcast_host::diagnosis::Label;

    use crate::publication::AlarmKind;

    /// `explain` tells each of them as a label, or as a kind of alarm that is none.
    #[test]
    fn explain_knows_every_kind_of_alarm_and_no_other() {
        let named: Vec<String> = AlarmKind::ALL.iter().map(ToString::to_string).collect();
        let is_label = |name: &str| Label::ALL.iter().any(|label| label.as_str() == name);
        let others: Vec<&str> = named.iter().map(String::as_str).filter(|name| !is_label(name)).collect();
        let explained: Vec<&str> = ALARM_KINDS.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(others, explained);
    }
}

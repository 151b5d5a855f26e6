//! `held`: items that wait for a human decision, and the decision.

use std::time::Duration;

use clap::{Args, Subcommand};
use rootcast_console::named_by_id::{self, IdError};
use rootcast_host::clock::{dated_text, rfc3339};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::disk::RealDisk;
use rootcast_host::exit::Exit;
use rootcast_host::screen::word_lines;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use rootcast_pki::item::FileKind;
use rootcast_pki::stage::Ruling;
use serde::Serialize;

use super::decided_before;
use super::deciding::Deciding;
use super::lines::Lines;
use super::report::{self, ItemDocument};
use super::run::Run;
use super::to_copy;
use crate::gate::{self, JudgedItem};
use crate::publication::{HeldRecord, Snapshot, State, words_of};

/// Arguments of `held`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the held items, and the rules that hold each
    List,
    /// Accept a held item. It is judged again now, and the decision covers exactly what was shown
    Accept(Decision),
    /// Discard a held item
    Discard(Decision),
}

#[derive(Debug, Args)]
struct Decision {
    /// The id from `held list`. The part after the dash identifies the holds that were shown
    id: String,
    #[command(flatten)]
    deciding: Deciding,
}

pub(crate) fn run(run: &Run, arguments: &Arguments) -> Result<Exit, Diagnosis> {
    match &arguments.what {
        What::List => list(run),
        What::Accept(decision) => accept(run, decision),
        What::Discard(decision) => discard(run, decision),
    }
}

fn list(run: &Run) -> Result<Exit, Diagnosis> {
    let (snapshot, (roots, stand)) = Snapshot::look(run.state_dir()?, |snapshot| {
        let roots = gate::roots(snapshot)?;
        let stand = gate::held_now(snapshot, &roots, Duration::MAX, run.now())?;
        Ok((roots, stand))
    })?;
    report::announce(&roots, run.now());
    report::say_weakened(run, snapshot.record());
    let held = &snapshot.record().held;
    let mut out = Lines::default();
    if held.is_empty() {
        out.say("nothing is held");
    }
    for (item, stands) in held.iter().zip(&stand) {
        out.say(&format!(
            "{}  {} {}  since {}",
            item.id(),
            item.kind,
            printable(&item.name),
            dated_text(item.since, run.now())
        ));
        item.description.iter().for_each(|text| out.say(&format!("  what  {}", printable(text))));
        item.issuer.iter().for_each(|issuer| out.say(&format!("  from  {}", printable(issuer))));
        out.say(&word_lines("  words ", &words_of(&item.sha256)));
        for (rule, text) in item.rules.iter().zip(&item.texts) {
            out.say(&format!("  hold[{rule}]: {}", printable(text)));
        }
        stands.warnings.iter().for_each(|text| out.say(&format!("  warning: {}", printable(text))));
        if stands.refused.is_empty() {
            out.say_command(&format!("  accept with: {}", command_of("accept", run, item)));
            continue;
        }
        out.say("  It can no longer be accepted:");
        stands.refused.iter().for_each(|text| out.say(&format!("  refused: {}", printable(text))));
        out.say_command(&format!("  discard with: {}", command_of("discard", run, item)));
    }
    let document = ListDocument { held: held.iter().map(HeldDocument::from).collect() };
    run.tell_result(&document, &out.dated(run.now()));
    Ok(Exit::Done)
}

/// The command that decides about it, without the name and the reason.
fn command_of(what: &str, run: &Run, item: &HeldRecord) -> String {
    to_copy::deciding(what, run.state.as_deref(), &item.id())
}

/// The document of `held list`.
#[derive(Debug, Serialize)]
struct ListDocument<'h> {
    held: Vec<HeldDocument<'h>>,
}

/// The document of `held discard`.
#[derive(Debug, Serialize)]
struct DiscardedDocument<'h> {
    discarded: HeldDocument<'h>,
}

/// A held item, as `held` and `status` show it.
#[derive(Debug, Serialize)]
pub(super) struct HeldDocument<'h> {
    id: String,
    kind: FileKind,
    name: &'h str,
    description: Option<&'h str>,
    issuer: Option<&'h str>,
    sha256: &'h str,
    tbs_sha256: Option<&'h str>,
    words: String,
    since: String,
    rules: &'h [String],
    texts: &'h [String],
}

impl<'h> From<&'h HeldRecord> for HeldDocument<'h> {
    fn from(held: &'h HeldRecord) -> Self {
        Self {
            id: held.id(),
            kind: held.kind,
            name: &held.name,
            description: held.description.as_deref(),
            issuer: held.issuer.as_deref(),
            sha256: &held.sha256,
            tbs_sha256: held.tbs_sha256.as_deref(),
            words: words_of(&held.sha256),
            since: rfc3339(held.since),
            rules: &held.rules,
            texts: &held.texts,
        }
    }
}

fn accept(run: &Run, decision: &Decision) -> Result<Exit, Diagnosis> {
    let (mut state, held) = find(run, decision)?;
    check_shown(decision, &held)?;
    let deciding = &decision.deciding;
    report::announce_state(run, &state)?;
    let judged = gate::decide(&mut state, &held, &deciding.by, &deciding.because, run.now())?;
    report::say_item(run, &judged);
    if judged.held.is_some() {
        say(&format!("  still held: the decision covers only {}", held.rules.join(", ")));
        say("  as shown when the item was held; `held list` shows what holds it now");
    }
    let diagnosis = match judged.verdict {
        Ruling::Rejected => Some(no_longer_acceptable(run, &held, &judged)),
        Ruling::Accepted | Ruling::NoOp | Ruling::Held => report::diagnosis_of_items(&[&judged], judged.exit),
    };
    if let Some(diagnosis) = diagnosis {
        say(&diagnosis.to_string());
    }
    run.tell(&ItemDocument::from(&judged), "");
    Ok(judged.exit)
}

/// The refusal of an item that was held. Nothing came: nobody replays anything, so it is no alarm.
fn no_longer_acceptable(run: &Run, held: &HeldRecord, judged: &JudgedItem) -> Diagnosis {
    let label = if judged.exit == Exit::RolledBack { Label::RolledBack } else { Label::Rejected };
    let why: Vec<String> =
        judged.reasons().map(|finding| format!("{}: {}: {}", judged.name, finding.rule, finding.text)).collect();
    Diagnosis::new(
        label,
        "The held item was not accepted. Nothing was published; what was published before is unchanged.",
        why.join("\n"),
        format!("It can no longer be accepted. Discard it: {}", command_of("discard", run, held)),
    )
}

fn discard(run: &Run, decision: &Decision) -> Result<Exit, Diagnosis> {
    let (mut state, held) = find(run, decision)?;
    let deciding = &decision.deciding;
    report::announce_state(run, &state)?;
    gate::discard(&mut state, &held, &deciding.by, &deciding.because, run.now())?;
    say(&format!("discarded {} {}; what is published is unchanged", held.kind, printable(&held.name)));
    run.tell(&DiscardedDocument { discarded: HeldDocument::from(&held) }, "");
    Ok(Exit::Done)
}

/// Refuses a decision about holds that were not shown. An item can be judged again in the meantime, with other holds.
fn check_shown(decision: &Decision, held: &HeldRecord) -> Result<(), Diagnosis> {
    let why = match decision.id.split_once('-') {
        Some((_, shown)) if shown.eq_ignore_ascii_case(&held.shown()) => return Ok(()),
        Some((_, shown)) => format!(
            "The item was judged again, and other rules or values hold it now. {} is its old id; its id is now {}.",
            printable(shown),
            held.id()
        ),
        None => "The id has no dash. The part after the dash identifies the holds that you were shown.".to_owned(),
    };
    Err(Diagnosis::new(
        Label::HeldUnknown,
        "Nothing was decided or published.",
        why,
        "Run `rootcast-online held list` again. It shows what holds the item now, and the command that accepts it.",
    ))
}

/// Whether these digits name it: by what is signed, or by the file, as earlier versions did.
fn is_named(item: &HeldRecord, digits: &str) -> bool {
    item.identity().starts_with(digits) || item.sha256.starts_with(digits)
}

fn find(run: &Run, decision: &Decision) -> Result<(State, HeldRecord), Diagnosis> {
    decision.deciding.check()?;
    let state = State::open(run.state_dir()?, Box::new(RealDisk), &run.who)?;
    let held = state.snapshot().map(|snapshot| snapshot.record().held.clone()).unwrap_or_default();
    // What follows the dash says what was shown of it.
    let digits = decision.id.split('-').next().unwrap_or_default();
    let item = named_by_id::find(held, "held item", (&decision.id, digits), is_named).map_err(|error| {
        let is_gone = matches!(error, IdError::None { .. });
        let snapshot = state.snapshot().filter(|_| is_gone);
        let before = snapshot.and_then(|snapshot| decided_before::about_item(snapshot, digits));
        let before = before.map_or(String::new(), |before| format!(" {before}"));
        let next = "`rootcast-online held list` shows the ids.";
        Diagnosis::new(Label::HeldUnknown, "Nothing was decided or published.", format!("{error}{before}"), next)
    })?;
    Ok((state, item))
}

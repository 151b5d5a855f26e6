//! `send`: check, bundle, show the summary, confirm, transmit, record.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use rootcast_host::clock::{self, parse_duration};
use rootcast_host::confirmation::{Confirmation, ask, interrupted};
use rootcast_host::diagnosis::{Diagnosis, ErrorMember, Label};
use rootcast_host::exit::Exit;
use rootcast_host::interrupt::Interrupt;
use rootcast_host::standard_error;
use rootcast_host::status_line::StatusLine;
use rootcast_host::terminal::say;
use serde::Serialize;

use super::gather::{SourceOptions, gather};
use super::links::{StopOptions, check_free, link_names, links_help, named_links, open_all, plan_of, reports_of};
use super::opened::{journal_with_all, remember_journal, state_failed};
use super::sandbox::close_sandbox;
use super::transmission::{
    ended_text, failure, finished, interface_texts, is_endless, record_of, stopped_text, too_few_text,
};
use super::{NOTHING_SENT, usage};
use crate::gate::JudgedItem;
use crate::gate::item_text::{ItemDocument, item_text};
use crate::sending::beacon::Message;
use crate::sending::commitment::{Source, bundle_event, remember_bundle, remember_items};
use crate::sending::plan::{LinkPlan, StopRule};
use crate::sending::summary::{BundleDocument, bundle_text, plan_text};
use crate::sending::transmission::{Ending, OpenTransmission, Outcome, SymbolSource, send_all};
use crate::store::journal::link_record::LinkRecord;
use crate::store::journal::pending::Intent;
use crate::store::journal::{Event, Journal, TransmissionRecord};
use crate::store::state::{State, StateError};
use rootcast_console::run::Run;
use rootcast_console::transport_key;

/// `send`
#[derive(Debug, Args)]
pub(super) struct Send {
    #[arg(long = "link", value_name = "LINK", help = links_help())]
    links: Vec<String>,
    /// CRLs and certificates (DER or PEM), a ceremony's folder (its signed objects except a root), or one bundle.
    #[arg(required = true, value_name = "ITEM")]
    items: Vec<PathBuf>,
    #[command(flatten)]
    stop: StopOptions,
    /// Put a MAC of this transport key into every frame. A receiver with this key ignores all other frames.
    #[arg(long, value_name = "FILE")]
    transport_key: Option<PathBuf>,
    /// Promise the next contact within this time, for example 90d. A beacon repeats the promise every 30 s.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    next_contact: Option<Duration>,
    /// Send without confirmation. A link without an end then needs a stop option.
    #[arg(long)]
    yes: bool,
    /// Send nothing unless the kernel's Landlock and seccomp sandbox the program.
    #[arg(long)]
    require_sandbox: bool,
    #[command(flatten)]
    source: SourceOptions,
}

impl Send {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        standard_error::hold();
        let link_names = link_names(run, &self.links)?;
        let links = named_links(&link_names)?;
        let rule = self.stop.rule(run);
        if self.yes
            && rule == StopRule::ByLink
            && let Some(endless) = links.iter().find(|link| !link.has_end())
        {
            return Err(usage(
                &format!(
                    "{} never ends by itself, and with --yes perhaps nobody is present to stop it.",
                    endless.name()
                ),
                "Give --passes N, --for DURATION or --until-odds P.",
            ));
        }
        let key_file = run.configuration.transport_key(self.transport_key.as_ref());
        let key = key_file.as_deref().map(transport_key::read).transpose()?;
        if self.next_contact.is_some() && key.is_none() {
            return Err(usage(
                "--next-contact is a promise that a transport key authenticates, and no key was given.",
                "Give --transport-key FILE, or leave --next-contact out.",
            ));
        }
        let next_contact = key.as_ref().and_then(|_| run.configuration.next_contact(self.next_contact));
        let require_sandbox = run.configuration.require_sandbox(self.require_sandbox);
        run.tell_configuration();
        let folder = run.state_dir()?;
        let mut state = State::open(run.disk, folder, "rootcast-offline send")
            .map_err(|error| state_failed(&error, NOTHING_SENT))?;
        let mut journal = journal_with_all(run, &state, NOTHING_SENT)?;
        let source = gather(run, &state, journal.chain(), &self.items, &self.source)?;
        let object = source.bundle.object;
        let first = journal.chain().next_transmission(&object.id);
        let mut plans = Vec::new();
        for (index, link) in (first..).zip(&links) {
            let plan = plan_of(&**link, &object, index, rule, key.is_some());
            plans.push(plan.map_err(|error| error.diagnosis(format!("A link cannot be used. {NOTHING_SENT}")))?);
        }
        check_free(&links)?;
        show(&source, &plans, run.began);
        self.confirm()?;
        let (interrupt, watch) = Interrupt::listen_alone().map_err(|error| {
            let what = format!("The signal handler could not be installed. {NOTHING_SENT}");
            Diagnosis::new(Label::StorageFailed, what, error.to_string(), "Send again.")
        })?;

        let mut transmissions = open_all(links, plans, &object, &source.items)?;
        let started = clock::rfc3339(run.began);
        let mut reports = reports_of(&transmissions, object.id, &started);
        let outlets = transmissions.iter().map(|transmission| transmission.transmitter.outlet());
        if let Err(missing) = close_sandbox(run, Some(folder), (&link_names, outlets), &mut reports, require_sandbox) {
            transmissions.iter_mut().for_each(|transmission| transmission.transmitter.withdraw());
            return Err(missing);
        }
        watch.begin();
        let records: Vec<TransmissionRecord> =
            transmissions.iter().map(|transmission| record_of(run, &source, &transmission.plan, &started)).collect();
        let told = reports.clone();
        let before = Before { decision: self.source.decision.event(&source.items), reports };
        let (transmissions, intents) = commit(run, &mut state, &mut journal, &source, transmissions, &records, before)?;

        // The items' bytes are in the bundle; a large one is held only once from here on.
        let Source { bundle, mut items, .. } = source;
        items.iter_mut().for_each(JudgedItem::drop_bytes);
        let mut logged = LoggedDocument {
            bundle: BundleDocument::from(&bundle),
            items: items.iter().map(ItemDocument::from).collect(),
            link_reports: told,
            end: None,
        };
        run.event("transmission started", &logged);
        let message = key.as_ref().zip(next_contact).map(|(key, time)| {
            let by = run.began.saturating_add(i64::try_from(time.as_secs()).unwrap_or(i64::MAX));
            Message::new(bundle.manifest.source, bundle.manifest.number, vec![object], Some(by), key)
        });
        let symbols = SymbolSource::new(object, bundle.bytes).with_key(key, message.into_iter().collect(), run.began);
        let outcomes = transmit(&symbols, transmissions, &interrupt);

        let ended = End { records, intents, outcomes, interrupted: interrupt.is_set() && !interrupt.is_by_key() };
        let (exit, end) = ended.record(run, &mut journal, &symbols)?;
        logged.end = Some(end);
        remember_journal(&mut state, &journal);
        run.event("transmission ended", &logged);
        run.tell(&Document { time: clock::rfc3339(run.began), logged }, "");
        Ok(exit)
    }

    fn confirm(&self) -> Result<(), Diagnosis> {
        if self.yes {
            return Ok(());
        }
        let (why, next) = match ask("Type send to transmit this:", &["send"]) {
            Confirmation::Given => return Ok(()),
            Confirmation::Refused => {
                ("The typed word was not: send.", "Run the command again when you are ready to send.")
            }
            Confirmation::Interrupted => return Err(interrupted(NOTHING_SENT)),
            Confirmation::NobodyThere => {
                ("Standard input is not a terminal, so nobody could be asked.", "Give --yes in a script.")
            }
        };
        Err(Diagnosis::new(Label::NotConfirmed, NOTHING_SENT, why, next))
    }
}

/// The results of a run, not yet in the journal.
struct End {
    records: Vec<TransmissionRecord>,
    intents: Vec<Intent>,
    outcomes: Vec<(LinkPlan, Outcome)>,
    interrupted: bool,
}

impl End {
    /// Writes the journal's entries, and shows how the run ended.
    fn record(
        self,
        run: &Run,
        journal: &mut Journal<'_>,
        symbols: &SymbolSource,
    ) -> Result<(Exit, EndDocument), Diagnosis> {
        let mut exit = if self.interrupted { Exit::Interrupted } else { Exit::Done };
        let (mut failures, mut stopped, mut is_expected) = (Vec::new(), Vec::new(), true);
        let mut links = Vec::new();
        for (((plan, outcome), record), intent) in self.outcomes.into_iter().zip(self.records).zip(self.intents) {
            let record = finished(record, symbols.object(), &plan, &outcome);
            links.push(record.clone());
            say(&ended_text(&plan, &outcome, &record));
            record.interface.iter().flat_map(interface_texts).for_each(|text| say(&text));
            too_few_text(&plan, &outcome).iter().for_each(|text| say(text));
            let now = run.began.saturating_add(i64::try_from(outcome.elapsed.as_secs()).unwrap_or(0));
            let unrecorded = "Frames were sent, but the journal could not be written. The next start records this.";
            journal.append(now, Event::Transmission(record)).map_err(|error| error.diagnosis(unrecorded))?;
            // The journal has its entry: a leftover intent changes nothing.
            let _ = intent.settle(run.disk);
            failures.extend(failure(&plan, &outcome));
            if matches!(outcome.ending, Ending::Stopped) {
                stopped.push(stopped_text(&plan, &outcome));
                is_expected &= is_endless(&plan);
            }
        }
        let interruption = self.interrupted.then(|| {
            Diagnosis::new(
                Label::Interrupted,
                "Interrupted. Frames sent before may have arrived. The journal records how many were sent.",
                stopped.join("\n"),
                "If the other side has the complete object, do nothing. Otherwise send again: received symbols still count.",
            )
        });
        let head = journal.chain().head();
        say(&journal.chain().head_text());
        match &interruption {
            // It ends no other way, so this is no error. The exit code still says that a signal came.
            Some(end) if is_expected => say(&format!("Ended by a signal (Ctrl-C). {}", end.next)),
            _ => failures.extend(interruption.clone()),
        }
        for failure in &failures {
            say(&failure.to_string());
            run.event("failed", &failure.document());
            exit = exit.worst(failure.exit());
        }
        let end = EndDocument {
            error: failures.first().or(interruption.as_ref()).map(Diagnosis::member),
            links,
            journal_head: head.to_string(),
            journal_words: journal.chain().head_words(),
            interrupted: self.interrupted,
            exit: exit.code(),
        };
        Ok((exit, end))
    }
}

/// The document of `send`.
#[derive(Serialize)]
struct Document<'d> {
    time: String,
    #[serde(flatten)]
    logged: LoggedDocument<'d>,
}

/// What it has of a transmission, also for the log, where every line has its time.
#[derive(Serialize)]
struct LoggedDocument<'d> {
    #[serde(flatten)]
    bundle: BundleDocument,
    items: Vec<ItemDocument<'d>>,
    link_reports: Vec<LinkRecord>,
    /// How it ended, once it has.
    #[serde(flatten)]
    end: Option<EndDocument>,
}

#[derive(Serialize)]
struct EndDocument {
    /// The first failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorMember>,
    links: Vec<TransmissionRecord>,
    journal_head: String,
    journal_words: String,
    interrupted: bool,
    exit: u8,
}

/// The transmission summary, on standard error.
fn show(source: &Source, plans: &[LinkPlan], now: i64) {
    say("To be sent:");
    for item in &source.items {
        say(&item_text(item, now));
    }
    say(&bundle_text(&source.bundle));
    for plan in plans {
        say(&plan_text(plan));
    }
}

/// The journal's entries before the intents.
struct Before {
    /// The decision that permits sending, if there is one.
    decision: Option<Event>,
    /// The reports on the links.
    reports: Vec<LinkRecord>,
}

/// What must be on the disk before the first frame: the manifest's number, the sent items, and the intents.
fn commit(
    run: &Run,
    state: &mut State<'_>,
    journal: &mut Journal<'_>,
    source: &Source,
    mut transmissions: Vec<OpenTransmission>,
    records: &[TransmissionRecord],
    before: Before,
) -> Result<(Vec<OpenTransmission>, Vec<Intent>), Diagnosis> {
    let what = format!("The transmission could not be recorded. {NOTHING_SENT}");
    let written = || -> Result<Vec<Intent>, Diagnosis> {
        let failed = |error: StateError| error.diagnosis(&what);
        remember_bundle(state, &source.bundle).map_err(failed)?;
        remember_items(state, &source.items).map_err(failed)?;
        state.record.journal = Some(journal.chain().reached());
        state.commit().map_err(failed)?;
        if source.bundle.is_new {
            journal.append(run.began, bundle_event(source)).map_err(|error| error.diagnosis(&what))?;
        }
        let opened = before.reports.into_iter().map(Event::LinkOpened);
        for event in before.decision.into_iter().chain(opened) {
            journal.append(run.began, event).map_err(|error| error.diagnosis(&what))?;
        }
        let mut intents = Vec::new();
        for record in records {
            match Intent::declare(run.disk, state.folder(), record) {
                Ok(intent) => intents.push(intent),
                Err(error) => {
                    for intent in intents {
                        // The next start records a leftover intent as unknown, never as not sent.
                        let _ = intent.settle(run.disk);
                    }
                    return Err(failed(error.into()));
                }
            }
        }
        Ok(intents)
    };
    match written() {
        Ok(intents) => Ok((transmissions, intents)),
        Err(error) => {
            transmissions.iter_mut().for_each(|transmission| transmission.transmitter.withdraw());
            Err(error)
        }
    }
}

fn transmit(
    symbols: &SymbolSource,
    transmissions: Vec<OpenTransmission>,
    interrupt: &Interrupt,
) -> Vec<(LinkPlan, Outcome)> {
    let quiet = transmissions.iter().any(|transmission| transmission.link.takes_terminal());
    let mut line = StatusLine::new();
    send_all(symbols, transmissions, interrupt, &mut |text| {
        if !quiet {
            line.update(text);
        }
    })
}

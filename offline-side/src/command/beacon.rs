//! `beacon`: sends periodic beacons. Each names the newest objects and the time of the next transmission.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use rootcast_host::clock::{parse_duration, rfc3339};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::interrupt::Interrupt;
use rootcast_host::standard_error;
use rootcast_host::terminal::say;
use rootcast_host::text::{count, printable};
use rootcast_protocol::digest::Digest;
use rootcast_protocol::object::{Object, ObjectId, ObjectLength};
use serde::Serialize;

use super::NOTHING_SENT;
use super::links::{at_least_one, link_names, named_links};
use super::opened::{journal_with_all, state_failed};
use super::sandbox::close_sandbox;
use super::transmission::interface_texts;
use crate::gate::Gate;
use crate::link::cover_sheet::CoverSheet;
use crate::link::inspection::Inspection;
use crate::link::{InterfaceCount, Link, LinkError, Moved, Stop, Transmitter};
use crate::sending::beacon::{Message, messages};
use crate::sending::plan::{LinkPlan, StopRule};
use crate::store::journal::Event;
use crate::store::journal::link_record::LinkRecord;
use crate::store::state::State;
use rootcast_console::run::Run;
use rootcast_console::transport_key;

/// `beacon`
#[derive(Debug, Args)]
pub(super) struct SendBeacons {
    /// A link; may be given more than once.
    #[arg(long = "link", value_name = "LINK")]
    links: Vec<String>,
    /// The transport key that authenticates the beacons.
    #[arg(long, value_name = "FILE")]
    transport_key: Option<PathBuf>,
    /// Promise the next contact within this time, for example 90d. After it, `status` of the
    /// other side says OVERDUE and exits with 10.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    next_contact: Option<Duration>,
    /// The time between two beacons.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = parse_duration)]
    every: Duration,
    /// Stop after N beacons for each root. Without a stop option, a link with an end gets one beacon; others run to
    /// Ctrl-C.
    #[arg(long, value_name = "N", value_parser = at_least_one, group = "stop")]
    count: Option<u32>,
    /// Stop after this time (wall clock).
    #[arg(long = "for", value_name = "DURATION", value_parser = parse_duration, group = "stop")]
    time: Option<Duration>,
    /// Send nothing unless the kernel's Landlock and seccomp sandbox the program.
    #[arg(long)]
    require_sandbox: bool,
}

/// The shortest time between two beacons: each carries a different second.
const EVERY_MIN: Duration = Duration::from_secs(1);

/// An open link.
struct Open {
    name: String,
    transmitter: Box<dyn Transmitter>,
}

impl SendBeacons {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        standard_error::hold();
        let link_names = link_names(run, &self.links)?;
        let links = named_links(&link_names)?;
        let has_end = links.iter().all(|link| link.has_end());
        let key_file = run.configuration.transport_key(self.transport_key.as_ref()).ok_or_else(|| {
            super::usage(
                "No transport key was given: it authenticates the beacons.",
                "Give --transport-key FILE, or name it in a configuration file (--config).",
            )
        })?;
        let key = transport_key::read(&key_file)?;
        let next_contact = run.configuration.next_contact(self.next_contact);
        let require_sandbox = run.configuration.require_sandbox(self.require_sandbox);
        run.tell_configuration();
        let folder = run.state_dir()?;
        let state = State::open(run.disk, folder, "rootcast-offline beacon")
            .map_err(|error| state_failed(&error, NOTHING_SENT))?;
        let mut journal = journal_with_all(run, &state, NOTHING_SENT)?;
        let next_contact_by = next_contact.map(|time| after(run.began, time));
        let roots = Gate::from_state(&state, false).map_err(|error| state_failed(&error, NOTHING_SENT))?;
        let mut sources: Vec<Digest> = Vec::new();
        // A root that was renewed under its key is one source.
        for source in roots.roots().iter().map(|root| Digest(root.issuer.spki_sha256())) {
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
        let messages =
            messages(&state, &sources, next_contact_by, &key).map_err(|error| state_failed(&error, NOTHING_SENT))?;
        if messages.is_empty() {
            return Err(super::usage("No root is trusted here, so there is no beacon to send.", "Run `trust` first."));
        }
        let (interrupt, watch) = Interrupt::listen_alone().map_err(|error| {
            let what = format!("The signal handler could not be installed. {NOTHING_SENT}");
            Diagnosis::new(Label::StorageFailed, what, error.to_string(), "Send again.")
        })?;
        let mut open = open(&links)?;
        let since = rfc3339(run.began);
        let mut reports: Vec<LinkRecord> = open
            .iter()
            .map(|link| LinkRecord::new(&link.name, None, Inspection::new(link.transmitter.outlet()), &since))
            .collect();
        let outlets = open.iter().map(|link| link.transmitter.outlet());
        if let Err(missing) = close_sandbox(run, Some(folder), (&link_names, outlets), &mut reports, require_sandbox) {
            open.iter_mut().for_each(|link| link.transmitter.withdraw());
            return Err(missing);
        }
        watch.begin();
        let event = Event::Beacons {
            links: open.iter().map(|link| link.name.clone()).collect(),
            sources: sources.len() as u64,
            next_contact_by: next_contact_by.map(rfc3339),
            configuration: run.configuration.taken(),
        };
        let told = reports.clone();
        let events = [event].into_iter().chain(reports.into_iter().map(Event::LinkOpened));
        let recorded: Result<(), _> =
            events.into_iter().try_for_each(|event| journal.append(run.began, event).map(|_| ()));
        if let Err(error) = recorded {
            open.iter_mut().for_each(|link| link.transmitter.withdraw());
            let what = format!("The transmission could not be recorded. {NOTHING_SENT}");
            return Err(error.diagnosis(&what));
        }
        for message in &messages {
            say(&message_text(message));
        }
        let started = Instant::now();
        let stop = Stop { deadline: self.time.and_then(|time| started.checked_add(time)), interrupt };
        let most = self.count.or_else(|| (has_end && self.time.is_none()).then_some(1));
        let (began, every) = (run.began, self.every.max(EVERY_MIN));
        let broadcast = Broadcast { messages: &messages, open: &mut open, stop: &stop, began, every, most, sent: 0 };
        let sent = broadcast.run()?;
        let document = Document {
            beacons: sent,
            links: open.iter().map(|link| link.name.as_str()).collect(),
            link_reports: told,
            sources: messages.iter().map(SourceDocument::from).collect(),
        };
        run.event("beacons sent", &document);
        run.tell(&document, &format!("sent {}", count(sent, "beacon")));
        Ok(stop.exit())
    }
}

/// The beacons of a run, and what they are sent over.
struct Broadcast<'b> {
    messages: &'b [Message],
    open: &'b mut [Open],
    stop: &'b Stop,
    /// The time that the first beacon carries, Unix seconds.
    began: i64,
    /// The time between two beacons.
    every: Duration,
    /// Beacons for each root at most.
    most: Option<u32>,
    /// Frames sent so far.
    sent: u64,
}

impl Broadcast<'_> {
    /// Sends the beacons, and ends every link. Returns the number of frames sent.
    fn run(mut self) -> Result<u64, Diagnosis> {
        // Every link is ended, also beside one that failed.
        let mut ended = self.rounds();
        for link in &mut *self.open {
            let finished = link.transmitter.finish(self.stop);
            let counted = link.transmitter.count();
            counted.iter().flat_map(interface_texts).for_each(|text| say(&text));
            if let Some(survived) = link.transmitter.sound().and_then(|count| count.text()) {
                say(&format!("{}: survived: {survived}", printable(&link.name)));
            }
            let nothing_left = counted.filter(InterfaceCount::is_nothing_out);
            let finished = match nothing_left {
                Some(count) => Err(failed(&link.name, &LinkError::NothingLeft { count }, 0)),
                None => finished.map_err(|error| failed(&link.name, &error, self.sent)),
            };
            // The first error is the one to tell.
            ended = ended.and(finished);
        }
        ended.map(|()| self.sent)
    }

    /// Sends every beacon over every link until a stop rule ends it or a link fails.
    fn rounds(&mut self) -> Result<(), Diagnosis> {
        let caption = ["beacon".to_owned(), "Ctrl-C stops".to_owned()];
        let started = Instant::now();
        for round in 0_u32.. {
            if self.most.is_some_and(|most| round >= most) || self.stop.is_due() {
                break;
            }
            for message in self.messages {
                let frame = message.frame_at(after(self.began, started.elapsed()));
                for link in &mut *self.open {
                    let moved = link.transmitter.transmit(&frame, &caption, self.stop);
                    let moved = moved.map_err(|error| failed(&link.name, &error, self.sent))?;
                    self.sent += u64::from(moved == Moved::Whole);
                }
            }
            for link in &mut *self.open {
                link.transmitter.flush(self.stop).map_err(|error| failed(&link.name, &error, self.sent))?;
            }
            let done = round.saturating_add(1);
            let is_last = self.most.is_some_and(|most| done >= most);
            if !is_last && !self.stop.sleep_until(later(started, self.every.saturating_mul(done))) {
                break;
            }
        }
        Ok(())
    }
}

/// The moment so much later, or one that nobody lives to see.
fn later(started: Instant, time: Duration) -> Instant {
    const CENTURY: Duration = Duration::from_secs(100 * 365 * 86_400);
    started.checked_add(time).unwrap_or_else(|| started + CENTURY)
}

fn after(now: i64, time: Duration) -> i64 {
    now.saturating_add(i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
}

/// Opens all links, or none. A beacon is as long as a frame of one of the smallest symbols, or shorter.
fn open(links: &[Box<dyn Link>]) -> Result<Vec<Open>, Diagnosis> {
    let smallest = ObjectLength::new(1).map(|length| Object { id: ObjectId([0; 16]), length });
    let mut open: Vec<Open> = Vec::new();
    for link in links {
        let opened = smallest.map_err(|_| LinkError::Panicked).and_then(|object| {
            let plan = LinkPlan::with_mac(&**link, &object, 0, StopRule::Passes(1))?;
            link.open(&CoverSheet::without_items(&object, &plan))
        });
        match opened {
            Ok(transmitter) => open.push(Open { name: link.name(), transmitter }),
            Err(error) => {
                open.iter_mut().for_each(|link| link.transmitter.withdraw());
                let what = format!("The link {} could not be opened. {NOTHING_SENT}", printable(&link.name()));
                return Err(error.diagnosis(what));
            }
        }
    }
    Ok(open)
}

fn failed(link: &str, error: &LinkError, sent: u64) -> Diagnosis {
    error.diagnosis(format!("The link {} failed after {}.", printable(link), count(sent, "beacon")))
}

fn message_text(message: &Message) -> String {
    let beacon = message.beacon();
    let next = beacon.next_contact_by.map_or(String::new(), |by| format!(", next contact by {}", rfc3339(by)));
    format!("beacon of source {}: newest manifest {}{next}", beacon.source, beacon.manifest_number)
}

/// The document of `beacon`.
#[derive(Serialize)]
struct Document<'d> {
    beacons: u64,
    links: Vec<&'d str>,
    link_reports: Vec<LinkRecord>,
    sources: Vec<SourceDocument>,
}

#[derive(Serialize)]
struct SourceDocument {
    source: String,
    manifest_number: u64,
    next_contact_by: Option<String>,
    objects: Vec<String>,
}

impl From<&Message> for SourceDocument {
    fn from(message: &Message) -> Self {
        let beacon = message.beacon();
        Self {
            source: beacon.source.to_string(),
            manifest_number: beacon.manifest_number,
            next_contact_by: beacon.next_contact_by.map(rfc3339),
            objects: beacon.objects.iter().map(|object| object.id.to_string()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::later;

    #[test]
    fn a_time_that_no_clock_has_is_waited_for_without_a_panic() {
        let now = Instant::now();
        assert_eq!(later(now, Duration::from_secs(30)), now + Duration::from_secs(30));
        assert!(later(now, Duration::MAX.saturating_mul(7)) > now + Duration::from_secs(86_400));
    }
}

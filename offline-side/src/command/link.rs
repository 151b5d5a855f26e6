//! `link report`: the auditor's page on the links that were open, from the journal. `link check`: what else speaks over an
//! interface. `link test`: the test pattern.

use std::io;
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use rootcast_host::clock::{parse_duration, rfc3339};
use rootcast_host::diagnosis::{Diagnosis, ErrorMember, Label};
use rootcast_host::exit::Exit;
use rootcast_host::interface::{attribute, kind_fault};
use rootcast_host::interrupt::Interrupt;
use rootcast_host::standard_error;
use rootcast_host::terminal::say;
use rootcast_host::text::{count, printable};
use rootcast_protocol::frame::symbols_per_frame;
use rootcast_protocol::test_pattern::TestPattern;
use serde::Serialize;

use super::links::{StopOptions, link_names, named_links};
use super::opened::{look_at, state_failed};
use super::sandbox::close_sandbox;
use super::transmission::interface_texts;
use super::{NOTHING_SENT, usage};
use crate::link::cover_sheet::CoverSheet;
use crate::link::ethernet::quiet::{self, Finding};
use crate::link::inspection::Inspection;
use crate::link::{InterfaceCount, LinkError, Moved, SoundCount, Stop};
use crate::sending::plan::LinkPlan;
use crate::store::journal::link_record::LinkRecord;
use crate::store::journal::{Chain, Event, JournalError, TransmissionRecord, pending};
use rootcast_console::run::Run;

/// `link`
#[derive(Debug, Args)]
pub(super) struct Link {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List every link that was open for sending: descriptor, device, driver, direction, flags and time.
    Report,
    /// Look whether anything but this program speaks over the interface of a link. Sends nothing, and needs no privilege.
    Check {
        /// The link: eth:IFACE or udp:GROUP:PORT,interface=IFACE.
        #[arg(value_name = "LINK")]
        link: String,
        /// How long to watch whether something sends.
        #[arg(long, value_name = "DURATION", value_parser = parse_duration, default_value = "3s")]
        watch: Duration,
        /// Fail with exit 7 if anything is not quiet.
        #[arg(long)]
        require_quiet: bool,
    },
    /// Send a known pattern over a link, for `rootcast-online link test` at the other end. Needs no state.
    Test {
        /// The link.
        #[arg(long, value_name = "LINK")]
        link: Option<String>,
        #[command(flatten)]
        stop: StopOptions,
    },
}

impl Link {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        match &self.action {
            Action::Report => report(run),
            Action::Check { link, watch, require_quiet } => check(run, link, *watch, *require_quiet),
            Action::Test { link, stop } => test(run, link.as_ref(), stop),
        }
    }
}

fn report(run: &Run) -> Result<Exit, Diagnosis> {
    let folder = run.state_dir()?;
    let state = look_at(run, folder).map_err(|error| state_failed(&error, NOTHING_SENT))?;
    let failed = |error: JournalError| error.diagnosis(&format!("The journal is not intact. {NOTHING_SENT}"));
    let chain = Chain::of_state(&state).map_err(failed)?;
    let under_way = pending::under_way(folder).map_err(|error| failed(error.into()))?;
    let mut lines = Vec::new();
    let mut links = Vec::new();
    for entry in &chain.entries {
        let Event::LinkOpened(report) = &entry.event else { continue };
        let is_its = |record: &&TransmissionRecord| {
            Some(record.object) == report.object && Some(record.transmission) == report.transmission
        };
        let ended = chain.transmissions().find(is_its);
        let is_open = ended.is_none() && under_way.iter().any(|record| is_its(&record));
        let now = match (ended, is_open, &report.object) {
            (Some(record), ..) => format!("closed: {}", record.ended),
            (None, true, _) => {
                "OPEN NOW, or its program was killed: the next command on this state records that".to_owned()
            }
            (None, false, Some(_)) => "closed before a frame was sent".to_owned(),
            (None, false, None) => "closed with the command that opened it".to_owned(),
        };
        lines.push(format!("entry {} of the journal: {}\n    {:<11} {now}", entry.index, report.text(), "now"));
        links.push(LinkDocument { report, journal_entry: entry.index, open: is_open, now });
    }
    if lines.is_empty() {
        lines.push("The journal records no open link.".to_owned());
    }
    let document = ReportDocument { links, journal_head: chain.head().to_string(), time: rfc3339(run.began) };
    let safe = |text: &String| text.lines().map(printable).collect::<Vec<_>>().join("\n");
    run.tell(&document, &lines.iter().map(safe).collect::<Vec<_>>().join("\n\n"));
    Ok(Exit::Done)
}

/// Looks at the interface of a link, and says what it found.
fn check(run: &Run, name: &str, time: Duration, require_quiet: bool) -> Result<Exit, Diagnosis> {
    let links = named_links(std::slice::from_ref(&name.to_owned()))?;
    let interface = links.first().and_then(|link| link.interface()).ok_or_else(|| {
        usage(&format!("{name} does not go over an interface."), "Name eth:IFACE or udp:GROUP:PORT,interface=IFACE.")
    })?;
    if attribute(interface, "ifindex").is_none() {
        let error = io::Error::new(io::ErrorKind::NotFound, "there is no such interface");
        let error = LinkError::Interface { doing: "look at", interface: interface.to_owned(), source: error };
        return Err(error.diagnosis(NOTHING_SENT));
    }
    if let Some(fault) = kind_fault(interface) {
        let error = io::Error::new(io::ErrorKind::Unsupported, format!("it is {fault}"));
        let error = LinkError::Interface { doing: "look at", interface: interface.to_owned(), source: error };
        return Err(error.diagnosis(NOTHING_SENT));
    }
    let mut findings = quiet::look(interface);
    findings.push(quiet::watch(interface, time));
    let lines: Vec<String> = findings.iter().map(Finding::line).collect();
    let loud: Vec<&Finding> = findings.iter().filter(|finding| finding.is_against()).collect();
    let diagnosis = (require_quiet && !loud.is_empty()).then(|| {
        let texts: Vec<&str> = loud.iter().map(|finding| finding.text.as_str()).collect();
        let what = format!("{interface} is not quiet. {NOTHING_SENT}");
        let next = "Type the commands above, and tell NetworkManager or systemd-networkd to leave the interface alone.";
        Diagnosis::new(Label::LinkFailed, what, texts.join("\n"), next)
    });
    let document = CheckDocument {
        link: name,
        interface,
        quiet: loud.is_empty(),
        findings: &findings,
        error: diagnosis.as_ref().map(Diagnosis::member),
    };
    let lines = lines.iter().flat_map(|text| text.lines()).map(printable);
    run.tell(&document, &lines.collect::<Vec<_>>().join("\n"));
    if let Some(diagnosis) = &diagnosis {
        say(&diagnosis.to_string());
    }
    Ok(diagnosis.map_or(Exit::Done, |diagnosis| diagnosis.exit()))
}

/// The document of `link check`.
#[derive(Serialize)]
struct CheckDocument<'c> {
    link: &'c str,
    interface: &'c str,
    quiet: bool,
    findings: &'c [Finding],
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorMember>,
}

/// Sends the pattern until its stop rule, the operator or the link's end stops it.
fn test(run: &Run, name: Option<&String>, stop: &StopOptions) -> Result<Exit, Diagnosis> {
    const NOT_TESTED: &str = "The link could not be tested. Only the test pattern was sent.";
    const NOT_OPENED: &str = "The link could not be tested. Nothing was sent.";
    standard_error::hold();
    let links = named_links(&link_names(run, name.map(std::slice::from_ref).unwrap_or_default())?)?;
    let [link] = links.as_slice() else {
        return Err(usage(
            "A test is of one link, and the configuration file names several.",
            "Name one: --link LINK.",
        ));
    };
    let rule = stop.rule(run);
    run.tell_configuration();
    let (failed, not_opened) =
        (|error: LinkError| error.diagnosis(NOT_TESTED), |error: LinkError| error.diagnosis(NOT_OPENED));
    let pattern = TestPattern::new();
    let plan = LinkPlan::new(&**link, pattern.object(), 0, rule).map_err(not_opened)?;
    let (interrupt, watch) = Interrupt::listen_alone()
        .map_err(|error| Diagnosis::new(Label::StorageFailed, NOT_OPENED, error.to_string(), "Run the test again."))?;
    let mut transmitter = link.open(&CoverSheet::without_items(pattern.object(), &plan)).map_err(not_opened)?;
    let mut reports = [LinkRecord::new(&plan.link, None, Inspection::new(transmitter.outlet()), &rfc3339(run.began))];
    close_sandbox(
        run,
        None,
        (std::slice::from_ref(&plan.link), [transmitter.outlet()].into_iter()),
        &mut reports,
        false,
    )?;
    watch.begin();
    for line in reports.iter().flat_map(|report| report.text().lines().map(printable).collect::<Vec<_>>()) {
        say(&line);
    }
    let started = Instant::now();
    let stop = Stop { deadline: plan.time.and_then(|time| started.checked_add(time)), interrupt };
    let (mut per_frame, mut index, mut sent) = (plan.symbols_per_frame, 0_u32, 0_u64);
    let caption = ["link test".to_owned(), "Ctrl-C stops".to_owned()];
    let mut send = || {
        while !stop.is_due() && plan.frames.is_none_or(|frames| sent < u64::from(frames)) {
            if let Some(room) = transmitter.new_room(&stop)? {
                per_frame = symbols_per_frame(pattern.object(), room).unwrap_or(1);
                continue;
            }
            let frame = pattern.frame(index, per_frame).ok_or(LinkError::Panicked)?;
            if transmitter.transmit(&frame, &caption, &stop)? == Moved::Whole {
                sent += 1;
            }
            index = index.wrapping_add(1) % TestPattern::frames(per_frame);
        }
        Ok(())
    };
    let tried = send();
    // The link is ended, also one that failed. The first error is the one to tell.
    let finished = transmitter.finish(&stop);
    tried.and(finished).map_err(failed)?;
    // What waited to be handed over when the stop came.
    sent = sent.saturating_sub(transmitter.unsent());
    let counted = transmitter.count();
    counted.iter().flat_map(interface_texts).for_each(|text| say(&text));
    if let Some(count) = counted.as_ref().filter(|count| count.is_nothing_out()) {
        return Err(failed(LinkError::NothingLeft { count: count.clone() }));
    }
    let sound = transmitter.sound();
    if let Some(survived) = sound.and_then(|count| count.text()) {
        say(&format!("survived: {survived}"));
    }
    let document = TestDocument {
        link: &plan.link,
        frames: sent,
        symbols_per_frame: per_frame,
        link_report: &reports,
        interface: counted,
        sound,
        time: rfc3339(run.began),
    };
    run.tell(&document, &format!("sent {} of the pattern", count(sent, "frame")));
    Ok(stop.exit())
}

/// The document of `link report`.
#[derive(Serialize)]
struct ReportDocument<'c> {
    links: Vec<LinkDocument<'c>>,
    journal_head: String,
    time: String,
}

#[derive(Serialize)]
struct LinkDocument<'c> {
    #[serde(flatten)]
    report: &'c LinkRecord,
    journal_entry: u64,
    open: bool,
    now: String,
}

/// The document of `link test`.
#[derive(Serialize)]
struct TestDocument<'t> {
    link: &'t str,
    frames: u64,
    symbols_per_frame: u16,
    link_report: &'t [LinkRecord],
    #[serde(skip_serializing_if = "Option::is_none")]
    interface: Option<InterfaceCount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sound: Option<SoundCount>,
    time: String,
}

//! `receive`: from links to the published tree.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::exit::Exit;
use rootcast_host::interrupt::Watch;
use rootcast_host::standard_error;
use rootcast_host::terminal::say;
use rootcast_host::text::{count, printable};

use super::failed_links::FailedLinks;
use super::last_words::conclude;
use super::report;
use super::run::{Run, duration, usage};
use super::sandbox::{PictureProcesses, close_sandbox};
use super::watcher::Watcher;
use crate::limits::TRANSPORT_KEYS_MAX;
use crate::link::{self, Registry, bad_name};
use crate::session::{ExpectedItem, Session, Settings, Until};

/// Arguments of `receive`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(long, value_name = "LINK", help = Registry::default().help())]
    link: Vec<String>,
    /// Stop at the first genuine item that is accepted or held. It need not be the newest: see --expect
    #[arg(long)]
    once: bool,
    /// Stop when this item is published: its 8 words, or its SHA-256 in hexadecimal. Several may be given. Stop, too, if
    /// one of them is held or rejected. With --expect, --once changes nothing
    #[arg(long, value_name = "WORDS|HEX", num_args = 1..)]
    expect: Vec<String>,
    /// Stop after this time (30s, 5m, 2h)
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    timeout: Option<Duration>,
    /// Accept only frames made with this transport key; give two keys during a key change
    #[arg(long, value_name = "FILE")]
    transport_key: Vec<PathBuf>,
    /// Keep watching picture folders for new pictures
    #[arg(long)]
    follow: bool,
    /// Receive nothing unless the kernel's Landlock and seccomp sandbox the program
    #[arg(long)]
    require_sandbox: bool,
}

pub(crate) fn run(run: &Run, arguments: &Arguments, watch: Option<Watch>) -> Result<Exit, Diagnosis> {
    standard_error::hold();
    let configuration = &run.configuration;
    let names = link_names(run, &arguments.link)?;
    let file = configuration.taken().filter(|_| arguments.link.is_empty()).map(|taken| taken.file);
    let links = Registry::default()
        .read_all(&names)
        .map_err(|e| bad_name(&e, &Registry::default().forms(), file.as_deref()))?;
    let transport_keys = configuration.transport_keys(&arguments.transport_key);
    let timeout = configuration.timeout(arguments.timeout);
    let follow = configuration.follow(arguments.follow);
    let require_sandbox = configuration.require_sandbox(arguments.require_sandbox);
    run.tell_configuration();
    if transport_keys.len() > TRANSPORT_KEYS_MAX {
        return Err(usage(
            "More than two transport keys were given.",
            "Give the key in use, and the next or the previous one.",
        ));
    }
    let keys =
        transport_keys.iter().map(|file| rootcast_console::transport_key::read(file)).collect::<Result<Vec<_>, _>>()?;
    let until = until(arguments)?;
    let session = Session::open(run.state_dir()?, &run.who, rootcast_host::clock::now)?;
    report::announce(session.roots(), rootcast_host::clock::now());
    report::say_weakened(run, session.record());
    for other in session.beside() {
        say(&format!(
            "note: another receiver listens into this state: {}. Symbols of the two are not put together: for two links of \
             one transmission, give --link twice to one of them",
            printable(other)
        ));
    }
    let processes = PictureProcesses::start(&links, require_sandbox)?;
    let with = processes.open_with(follow, links.len() > 1, Some(run.state_dir()?));
    let (closed, receivers) = link::open_around(&links, &with, || {
        let closed = close_sandbox(run, Some(run.state_dir()?), &links, &processes, require_sandbox)?;
        watch.into_iter().for_each(Watch::begin);
        Ok(closed)
    })?;
    let is_open_ended = timeout.is_none() && arguments.expect.is_empty() && !arguments.once;
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let settings = Settings { until, deadline, keys };
    let failed_links =
        FailedLinks { links: links.clone(), state: run.state_dir()?.to_owned(), before: session.beside().len() };
    let mut watcher = Watcher::new(run, failed_links);
    let conclusion = session.run(receivers, settings, &mut watcher, &run.interrupt)?;
    watcher.clear();
    Ok(conclude(run, &conclusion, &links, &watcher.aiming, &closed, is_open_ended))
}

/// The names of the links of a run: those of the command line, else those of the configuration file.
pub(super) fn link_names(run: &Run, given: &[String]) -> Result<Vec<String>, Diagnosis> {
    let names = run.configuration.links(given);
    match names.is_empty() {
        true => Err(usage(
            "No link was given.",
            "Give --link LINK, for example serial:/dev/ttyUSB0,baud=115200. Or name it in a configuration file (--config).",
        )),
        false => Ok(names),
    }
}

/// What ends the run.
fn until(arguments: &Arguments) -> Result<Until, Diagnosis> {
    if arguments.expect.is_empty() {
        return Ok(if arguments.once { Until::News } else { Until::End });
    }
    let items = ExpectedItem::read_all(arguments.expect.iter().map(String::as_str)).map_err(|error| {
        usage(
            format!("--expect: {error}."),
            "Give the 8 words of the item as the offline side reads them, or its SHA-256: 64 hexadecimal digits.",
        )
    })?;
    if let ([one], [ExpectedItem::Words(_), ExpectedItem::Words(_)]) = (arguments.expect.as_slice(), items.as_slice()) {
        say(&format!(
            "note: {} are two items of 8 words each. The 16 words of a root are compared with `trust`: no root comes over a link",
            count(one.split([' ', '-']).filter(|word| !word.is_empty()).count() as u64, "word")
        ));
    }
    if arguments.once {
        say("--once changes nothing beside --expect: the run ends with the expected items");
    }
    Ok(Until::Items(items))
}

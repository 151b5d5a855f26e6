//! The commands, as they are written on the command line. Each has a file of its own; here is the list of them.

use std::cell::RefCell;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::disk::RealDisk;
use rootcast_host::exit::Exit;
use rootcast_host::interrupt::outlive_file_size_limit;
use rootcast_host::log::Log;
use rootcast_host::terminal::{print, say};
use rootcast_host::text::printable_json;

use crate::link::REGISTRY;

mod banner;
mod beacon;
mod bundle;
mod ceremony;
mod check;
mod decision;
mod enrol;
mod gather;
mod journal;
mod key;
mod link;
mod links;
mod opened;
mod plan;
mod run;
mod send;
mod token;
mod transmission;

use run::{NOTHING_SENT, Setting, announce, parse_time, time_json, usage};

/// Checks, bundles and transmits signed CRLs and CA certificates over links that carry nothing back.
#[derive(Debug, Parser)]
#[command(name = "rootcast-offline", version, max_term_width = 110, after_help = after_help())]
pub struct CommandLine {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    options: Options,
}

/// What help ends with: every link, and what the exit codes mean.
fn after_help() -> String {
    format!("Links:\n{}\n\n{EXITS}", REGISTRY.help())
}

const EXITS: &str = "Exit codes: 0 done · 2 usage · 3 an item or request was refused · 7 a link or token failed · \
8 storage, state or journal · 130 interrupted";

/// Options of every command.
#[derive(Debug, Args)]
struct Options {
    /// The state directory; ROOTCAST_STATE names it where this option does not.
    #[arg(long, global = true, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Print one JSON document on standard output, also for errors.
    #[arg(long, global = true)]
    json: bool,
    /// Append events to this file, one JSON object a line.
    #[arg(long, global = true, value_name = "FILE")]
    log: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Trust a root certificate: its CRLs and the CA certificates it signed may be sent.
    #[command(name = "trust", alias = "enrol")]
    Trust(enrol::Enrol),
    /// Apply every rule to files, and say what they are. Sends nothing.
    Check(check::Check),
    /// Make a bundle of items and write it to a file.
    Bundle(bundle::MakeBundle),
    /// Check, bundle, show what leaves, and transmit.
    Send(send::Send),
    /// Say what a transmission would take: frames, seconds and odds. Sends and changes nothing.
    Plan(plan::Plan),
    /// Report on the links that were open: the auditor's page.
    Link(link::Link),
    /// Read and verify the journal.
    Journal(journal::Journal),
    /// Issue CRLs and CA certificates with the root's key, from one reviewed file.
    Ceremony(ceremony::Ceremony),
    /// See the tokens and keys behind a PKCS#11 module.
    Token(token::Token),
    /// Say again and again that the link works and when to expect the next word.
    Beacon(beacon::SendBeacons),
    /// Make a transport key, show one in words, type one in.
    Key(key::Key),
}

/// Runs the program: `arguments` as the system gives them, `state` from the environment, `now` from the clock.
pub fn run(arguments: impl Iterator<Item = OsString>, state: Option<PathBuf>, now: i64) -> Exit {
    outlive_file_size_limit();
    let arguments: Vec<OsString> = arguments.collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    let line = match CommandLine::try_parse_from(&arguments) {
        Ok(line) => line,
        Err(error) => return usage_shown(&error, json),
    };
    let CommandLine { command, options } = line;
    let log = match Log::open(options.log.as_deref()) {
        Ok(log) => log,
        Err(error) => {
            let next = "Name a file that can be written with --log.";
            let what = format!("The log could not be opened. {NOTHING_SENT}");
            return told(&Diagnosis::new(Label::StorageFailed, what, error.to_string(), next), json);
        }
    };
    let setting = Setting {
        state: options.state.or(state),
        json: options.json,
        log,
        now,
        disk: &RealDisk,
        log_file: options.log,
        unprinted: RefCell::default(),
    };
    let outcome = match command {
        Command::Trust(command) => command.run(&setting),
        Command::Check(command) => command.run(&setting),
        Command::Bundle(command) => command.run(&setting),
        Command::Send(command) => command.run(&setting),
        Command::Plan(command) => command.run(&setting),
        Command::Link(command) => command.run(&setting),
        Command::Journal(command) => command.run(&setting),
        Command::Ceremony(command) => command.run(&setting),
        Command::Token(command) => command.run(&setting),
        Command::Beacon(command) => command.run(&setting),
        Command::Key(command) => command.run(&setting),
    };
    let exit = match outcome {
        Ok(exit) => exit,
        Err(diagnosis) => {
            setting.event("failed", &diagnosis.to_json());
            told(&diagnosis, setting.json)
        }
    };
    let unsaid = [setting.unprinted.take(), setting.log.unwritten()];
    unsaid.iter().flatten().fold(exit, |exit, unsaid| {
        say(&unsaid.to_string());
        exit.worst(unsaid.exit())
    })
}

fn told(diagnosis: &Diagnosis, json: bool) -> Exit {
    say(&diagnosis.to_string());
    if json {
        // The run has failed already, and the text above says why.
        let _ = print(&printable_json(&diagnosis.to_json().to_string()));
    }
    diagnosis.exit()
}

fn usage_shown(error: &clap::Error, json: bool) -> Exit {
    // So here: help may be cut short by a pager.
    let _ = error.print();
    if !error.use_stderr() {
        return Exit::Done;
    }
    if json {
        let rendered = error.to_string();
        let what = rendered.lines().next().unwrap_or_default().to_owned();
        let next = "rootcast-offline --help lists the commands and their options.";
        let what = format!("The command line was refused. {NOTHING_SENT} {what}");
        let diagnosis = Diagnosis::new(Label::Usage, what, rendered, next);
        let _ = print(&printable_json(&diagnosis.to_json().to_string()));
    }
    Exit::Usage
}

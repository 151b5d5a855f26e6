//! The command line of `rootcast-online`: which command it names, and how the program ends.

use std::path::PathBuf;
use std::sync::Arc;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use rootcast_host::clock;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::interrupt::{Interrupt, Watch, outlive_file_size_limit};
use rootcast_host::log::Log;
use rootcast_host::terminal;
use rootcast_host::text::printable_json;
use serde_json::{Value, json};

use super::run::{Outcome, Run};
use super::{check, enrol, held, key, link, receive, status};
use crate::link::optical::picture_line::READER_THREAD;

/// Receives, judges and publishes CRLs and CA certificates that crossed the air gap.
#[derive(Debug, Parser)]
#[command(name = "rootcast-online", version, subcommand_required = true, arg_required_else_help = true)]
#[command(
    after_help = "Exit codes: 0 done · 2 usage · 4 incomplete, try again · 5 rejected · 6 rolled back · 7 link · \
    8 storage · 9 held · 10 attention (status) · 130 interrupted. 5 and 6 are alarms."
)]
struct Arguments {
    /// The state directory: pinned roots, what was accepted, and the published tree
    #[arg(long, env = "ROOTCAST_STATE", value_name = "DIR", global = true)]
    state: Option<PathBuf>,
    /// One JSON document on standard output; text for people stays on standard error
    #[arg(long, global = true)]
    json: bool,
    /// Append events to FILE, one JSON object a line
    #[arg(long, value_name = "FILE", global = true)]
    log: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Trust a root certificate: from then on its CRLs and the CA certificates it signed are accepted
    #[command(name = "trust", alias = "enrol")]
    Trust(enrol::Arguments),
    /// Receive from links, judge what arrives, publish what passes
    Receive(receive::Arguments),
    /// Judge files as if they had arrived, publishing nothing
    Check(check::Arguments),
    /// What is published, until when, and what is held
    Status(status::Arguments),
    /// Items that wait for a human decision
    Held(held::Arguments),
    /// Test a link with the pattern the other side sends
    Link(link::Arguments),
    /// Transport keys: make one, show one in words, type one in
    Key(key::Arguments),
}

/// Runs the program.
#[must_use]
pub fn main() -> Exit {
    outlive_file_size_limit();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help may be cut short by a pager.
            let _ = error.print();
            if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
                return Exit::Done;
            }
            let rendered = error.to_string();
            let first = rendered.lines().next().unwrap_or_default();
            let what = format!("The command line was refused. Nothing was done. {first}");
            let next = "rootcast-online --help lists the commands and their options.";
            let diagnosis = Diagnosis::new(Label::Usage, what, &*rendered, next);
            let json = std::env::args_os().any(|argument| argument == "--json");
            return finish(json, Exit::Usage, &diagnosis.to_json());
        }
    };
    quiet_picture_readers();
    let json = arguments.json;
    let log = match Log::open(arguments.log.as_deref()) {
        Ok(log) => Arc::new(log),
        Err(error) => {
            let what = "Nothing was done: the log could not be opened.";
            let next = "Name a file that can be written with --log, or leave it out.";
            let diagnosis = Diagnosis::new(Label::StorageFailed, what, error.to_string(), next);
            terminal::say(&diagnosis.to_string());
            return finish(json, diagnosis.exit(), &diagnosis.to_json());
        }
    };
    let exit = match run(arguments, Arc::clone(&log)) {
        Ok(outcome) => finish(json, outcome.exit, &outcome.document),
        Err(diagnosis) => {
            terminal::say(&diagnosis.to_string());
            finish(json, diagnosis.exit(), &diagnosis.to_json())
        }
    };
    match log.unwritten() {
        None => exit,
        Some(unwritten) => {
            terminal::say(&unwritten.to_string());
            exit.worst(unwritten.exit())
        }
    }
}

fn run(arguments: Arguments, log: Arc<Log>) -> Result<Outcome, Diagnosis> {
    let (interrupt, watch) = Interrupt::listen_alone().map_err(|error| {
        Diagnosis::new(
            Label::StorageFailed,
            "Nothing was done: signals cannot be listened for.",
            error.to_string(),
            "Check the limits this process runs under.",
        )
    })?;
    // Receiving locks itself in before it starts a thread.
    let mut watch = Some(watch);
    if !matches!(arguments.command, Command::Receive(_) | Command::Link(_)) {
        watch.take().into_iter().for_each(Watch::begin);
    }
    let name = match &arguments.command {
        Command::Trust(_) => "enrol",
        Command::Receive(_) => "receive",
        Command::Check(_) => "check",
        Command::Status(_) => "status",
        Command::Held(_) => "held",
        Command::Link(_) => "link",
        Command::Key(_) => "key",
    };
    let run = Run {
        state: arguments.state,
        json: arguments.json,
        log,
        log_file: arguments.log,
        who: format!("rootcast-online {name}, since {}", clock::rfc3339(clock::now())),
        interrupt,
    };
    let result = match arguments.command {
        Command::Trust(arguments) => enrol::run(&run, &arguments),
        Command::Receive(arguments) => receive::run(&run, &arguments, watch),
        Command::Check(arguments) => check::run(&run, &arguments),
        Command::Status(arguments) => status::run(&run, &arguments),
        Command::Held(arguments) => held::run(&run, &arguments),
        Command::Link(arguments) => link::run(&run, &arguments, watch),
        Command::Key(arguments) => key::run(run.json, &arguments),
    };
    match &result {
        Ok(outcome) => run.log.event(run.now(), "end", &json!({"command": name, "exit": outcome.exit.code()})),
        Err(diagnosis) => run.log.event(run.now(), "end", &diagnosis.to_json()),
    }
    result
}

fn finish(json: bool, exit: Exit, document: &Value) -> Exit {
    let printed = if json { terminal::print(&printable_json(&format!("{document:#}"))) } else { Ok(()) };
    match printed.err().and_then(|error| terminal::unprinted(&error)) {
        None => exit,
        Some(unprinted) => {
            terminal::say(&unprinted.to_string());
            exit.worst(unprinted.exit())
        }
    }
}

/// Keeps panics of other people's picture code, which are caught, off the screen.
fn quiet_picture_readers() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() != Some(READER_THREAD) {
            before(panic);
        }
    }));
}

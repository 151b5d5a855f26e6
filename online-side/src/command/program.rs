//! The command line of `rootcast-online`: which command it names, and how the program ends.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use rootcast_console::explain::Explain;
use rootcast_console::run::{Options, fail, state_of_environment};
use rootcast_console::transport_key::Key;
use rootcast_host::clock;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::interrupt::{Interrupt, Watch};
use rootcast_host::text::in_one_line;
use serde::Serialize;

use super::run::{PROGRAM, Run};
use super::status::{metrics, nagios};
use super::{alarm, check, held, link, receipts, receive, request, retire, status, trust};
use crate::link::optical::camera::is_camera_thread;
use crate::link::optical::reader_process;
use crate::link::port_process;
#[cfg(feature = "audio-device")]
use crate::link::sound;

/// Receives, judges and publishes CRLs and CA certificates that crossed the air gap.
#[derive(Debug, Parser)]
#[command(
    name = "rootcast-online",
    version,
    max_term_width = 110,
    subcommand_required = true,
    arg_required_else_help = true
)]
#[command(
    after_help = "Exit codes: 0 done · 2 usage · 4 incomplete, try again · 5 rejected · 6 rolled back · 7 link · \
    8 storage · 9 held · 10 attention (status) · 130 interrupted. 5 and 6 are alarms. After `held accept` they are not: the item arrived earlier, and is only refused now."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    options: Options,
}

impl Arguments {
    /// Whether standard output is for Prometheus.
    fn asks_for_metrics(&self) -> bool {
        matches!(&self.command, Command::Status(arguments) if arguments.asks_for_metrics())
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Trust a root certificate: its CRLs and the CA certificates it signed are then accepted
    #[command(name = "trust", alias = "enrol")]
    Trust(Box<trust::Arguments>),
    /// Take a root or an offline issuer out: nothing more of it is accepted. What is published stays
    Retire(retire::Arguments),
    /// Receive from links, judge the items, and publish the accepted ones
    Receive(receive::Arguments),
    /// Judge files as if they had been received. Publishes nothing
    Check(check::Arguments),
    /// Show what is published, when it expires, and which items are held
    Status(status::Arguments),
    /// List held items, and accept or discard them
    Held(held::Arguments),
    /// List the receipts of what was decided here, and show one
    Receipts(receipts::Arguments),
    /// List alarms, and acknowledge them
    Alarm(alarm::Arguments),
    /// Test a link with the pattern that the other side sends
    Link(link::Arguments),
    /// Show a certification request, so that the offline side can compare it
    Request(request::Arguments),
    /// Make a transport key, show one as words, or type one in
    Key(Key),
    /// Say what a rule or the label of an error means, and what to do on this side
    Explain(Explain),
}

/// An event for the log: a command ended.
#[derive(Debug, Serialize)]
struct EndEvent<'a> {
    command: &'a str,
    exit: u8,
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    // A process that looks at pictures is no command.
    if let Some(exit) = std::env::args_os().nth(1).and_then(|argument| reader_process::main_of(argument.to_str()?)) {
        return exit.into();
    }
    // Nor is one that records sound.
    #[cfg(feature = "audio-device")]
    if let Some(exit) = sound::capture::main_of(std::env::args_os().skip(1)) {
        return exit.into();
    }
    // Nor is one that opens ports again.
    if let Some(exit) = port_process::main_of(std::env::args_os().skip(1)) {
        return exit.into();
    }
    let arguments: Vec<OsString> = std::env::args_os().collect();
    if nagios::is_asked(&arguments) {
        return nagios::end(look_as_plugin(arguments));
    }
    if metrics::is_asked(&arguments) {
        return look_for_metrics(arguments).into();
    }
    match PROGRAM.parse(arguments.into_iter()) {
        Ok(arguments) => run_command(arguments),
        Err(exit) => exit,
    }
    .into()
}

/// Runs a command.
fn run_command(arguments: Arguments) -> Exit {
    let is_for_metrics = arguments.asks_for_metrics();
    let Arguments { command, mut options } = arguments;
    quiet_cameras();
    options.json |= matches!(&command, Command::Status(arguments) if arguments.asks_for_json());
    options.reads_configuration = !matches!(command, Command::Explain(_));
    let json = options.json;
    let mut run = match Run::new(PROGRAM, options, state_of_environment(), clock::now()) {
        Ok(run) => run,
        Err(diagnosis) => {
            if is_for_metrics {
                metrics::end_unknown();
            }
            return fail(&diagnosis, json);
        }
    };
    let result = carry_out(&mut run, command);
    run.end(result)
}

/// Runs `status` for Prometheus. Whatever fails, its metrics say so: standard output has nothing else.
fn look_for_metrics(arguments: Vec<OsString>) -> Exit {
    let exit = match PROGRAM.parse_for_people::<Arguments>(arguments) {
        // Somebody asked for help.
        Err(Exit::Done) => return Exit::Done,
        Err(exit) => exit,
        Ok(arguments) if arguments.asks_for_metrics() && arguments.options.json => fail(&status::two_forms(), false),
        Ok(arguments) => return run_command(arguments),
    };
    metrics::end_unknown();
    exit
}

/// Runs `status` as a plugin of a monitoring program. Whatever fails is told in one line.
fn look_as_plugin(arguments: Vec<OsString>) -> Result<nagios::Found, String> {
    let Arguments { command, options } = PROGRAM.read(arguments).map_err(|error| refusal_text(&error))?;
    let Command::Status(arguments) = &command else {
        return Err("usage: only `status` has --format nagios".to_owned());
    };
    if options.json {
        return Err("usage: --json and --format name two forms of one result".to_owned());
    }
    let run = Run::new(PROGRAM, options, state_of_environment(), clock::now());
    let run = run.map_err(|diagnosis| nagios::failure(&diagnosis))?;
    let found = nagios::find(&run, arguments).map_err(|diagnosis| nagios::failure(&diagnosis));
    run.log.event(run.now(), "end", &EndEvent { command: "status", exit: nagios::exit(&found) });
    match run.end(Ok(Exit::Done)) {
        Exit::Done => found,
        // What it was stands on standard error.
        _ => Err("storage-failed: the log could not be written".to_owned()),
    }
}

/// What is wrong with a command line, in one line.
fn refusal_text(error: &clap::Error) -> String {
    if !error.use_stderr() {
        return "usage: with --format nagios, --help and --version look at nothing".to_owned();
    }
    let rendered = error.to_string();
    let said: Vec<&str> = rendered.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    let said = in_one_line(&said.join("\n"));
    format!("usage: {}", said.strip_prefix("error: ").unwrap_or(&said))
}

fn carry_out(run: &mut Run, command: Command) -> Result<Exit, Diagnosis> {
    // Looking at a file changes nothing: a signal ends it at once.
    if let Command::Check(arguments) = &command {
        run.name("check");
        let result = check::run(run, arguments);
        log_end(run, "check", &result);
        return result;
    }
    let (interrupt, watch) = Interrupt::listen_alone().map_err(|error| {
        Diagnosis::new(
            Label::StorageFailed,
            "Nothing was done: the signal handler could not be installed.",
            error.to_string(),
            "Check the resource limits of this process.",
        )
    })?;
    run.interrupt = interrupt;
    // Receiving closes its sandbox before it starts a thread.
    let mut watch = Some(watch);
    if !matches!(command, Command::Receive(_) | Command::Link(_)) {
        watch.take().into_iter().for_each(Watch::begin);
    }
    let name = match &command {
        Command::Trust(_) => "trust",
        Command::Retire(_) => "retire",
        Command::Receive(_) => "receive",
        Command::Check(_) => "check",
        Command::Status(_) => "status",
        Command::Held(_) => "held",
        Command::Alarm(_) => "alarm",
        Command::Link(_) => "link",
        Command::Receipts(_) => "receipts",
        Command::Request(_) => "request",
        Command::Key(_) => "key",
        Command::Explain(_) => "explain",
    };
    run.name(name);
    // Logs say what they said before the command was renamed.
    let logged = if matches!(command, Command::Trust(_)) { "enrol" } else { name };
    let result = match command {
        Command::Trust(arguments) => trust::run(run, &arguments),
        Command::Retire(arguments) => retire::run(run, &arguments),
        Command::Receive(arguments) => receive::run(run, &arguments, watch),
        Command::Check(arguments) => check::run(run, &arguments),
        Command::Status(arguments) => status::run(run, &arguments),
        Command::Held(arguments) => held::run(run, &arguments),
        Command::Alarm(arguments) => alarm::run(run, &arguments),
        Command::Link(arguments) => link::run(run, &arguments, watch),
        Command::Receipts(arguments) => receipts::run(run, &arguments),
        Command::Request(arguments) => request::run(run, &arguments),
        Command::Key(key) => key.run(run),
        Command::Explain(explain) => explain.run(run),
    };
    log_end(run, logged, &result);
    result
}

fn log_end(run: &Run, command: &'static str, result: &Result<Exit, Diagnosis>) {
    match result {
        Ok(exit) => run.log.event(run.now(), "end", &EndEvent { command, exit: exit.code() }),
        Err(diagnosis) => run.log.event(run.now(), "end", &diagnosis.document()),
    }
}

/// Keeps panics of other people's camera code, which are caught, off the screen.
fn quiet_cameras() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !is_camera_thread() {
            before(panic);
        }
    }));
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use rootcast_console::help::ONLINE_ONLY;

    use super::Arguments;

    #[test]
    fn every_command_that_this_program_alone_is_said_to_have_is_one() {
        let command = Arguments::command();
        assert!(ONLINE_ONLY.iter().all(|name| command.find_subcommand(name).is_some()));
    }
}

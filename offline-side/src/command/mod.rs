//! The commands of the command line. Each has its own file; this file lists them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};
use rootcast_console::explain::Explain;
use rootcast_console::run::{Options, Run, fail, state_of_environment};
use rootcast_console::transport_key::Key;
use rootcast_host::exit::Exit;
use rootcast_host::process::{close_inherited, keep_out_of_core_files};

use crate::link::REGISTRY;

mod acknowledging;
mod audit;
mod banner;
mod beacon;
mod bundle;
mod ceremony;
mod check;
mod decision;
mod escrow;
mod examples;
mod gather;
mod journal;
mod link;
mod links;
mod memory;
mod opened;
mod plan;
mod retire;
mod run;
mod sandbox;
mod send;
mod token;
mod transmission;
mod trust;

use run::{NOTHING_SENT, PROGRAM, announce, clock_of, usage};

/// Checks, bundles and transmits signed CRLs and CA certificates over links that carry nothing back.
#[derive(Debug, Parser)]
#[command(name = "rootcast-offline", version, max_term_width = 110, after_help = after_help())]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    options: Options,
}

/// The end of the help: every link, and the exit codes.
fn after_help() -> String {
    format!("Links:\n{}\n\n{EXITS}", REGISTRY.help())
}

const EXITS: &str = "Exit codes: 0 done · 2 usage · 3 an item or request was refused · 7 a link or token failed · \
8 storage, state or journal · 130 interrupted";

#[derive(Debug, Subcommand)]
enum Command {
    /// Trust a root certificate: its CRLs and the CA certificates it signed may be sent.
    #[command(name = "trust", alias = "enrol")]
    Trust(trust::Trust),
    /// Take a root or an offline issuer out: nothing more of it is sent or signed.
    Retire(retire::Retire),
    /// Apply every rule to files, and show what each file is. Sends nothing.
    Check(check::Check),
    /// Make a bundle of items and write it to a file.
    Bundle(bundle::MakeBundle),
    /// Check the items, bundle them, show a summary, and transmit.
    Send(send::Send),
    /// Show what a transmission would take: frames, seconds and odds. Sends and changes nothing.
    Plan(plan::Plan),
    /// Report on the links that were open (for auditors), check whether an interface is quiet, or test a link.
    Link(link::Link),
    /// Verify, show or audit the journal, begin a new one after a loss, or acknowledge a weakened policy.
    Journal(journal::Journal),
    /// Issue CRLs and CA certificates with the root's key, from one reviewed file.
    Ceremony(ceremony::Ceremony),
    /// The root's key on paper, a backup that several people hold: verify the pages, restore the key, write the recovery kit,
    /// walk a drill.
    Escrow(escrow::Escrow),
    /// List the tokens and keys of a PKCS#11 module.
    Token(token::Token),
    /// Send periodic beacons: the link is up, and when to expect the next transmission.
    Beacon(beacon::SendBeacons),
    /// Make a transport key, show one as words, or type one in.
    Key(Key),
    /// Say what a rule or the label of an error means, and what to do on this side.
    Explain(Explain),
}

/// Runs the program with the arguments, the environment and the clock of this process.
#[must_use]
pub fn main() -> Exit {
    #[cfg(feature = "audio-device")]
    let named = std::env::var_os(rootcast_sound_device::configuration::VARIABLE);
    #[cfg(not(feature = "audio-device"))]
    let named = None;
    close_inherited(std::env::args_os().chain(named));
    // Before there is a PIN or a key in memory.
    keep_out_of_core_files();
    run(std::env::args_os(), state_of_environment(), rootcast_host::clock::now())
}

/// Runs the program: `arguments` as the system gives them, `state` from the environment, `now` from the clock.
fn run(arguments: impl Iterator<Item = OsString>, state: Option<PathBuf>, now: i64) -> Exit {
    let CommandLine { command, mut options } = match PROGRAM.parse(arguments) {
        Ok(line) => line,
        Err(exit) => return exit,
    };
    if let Command::Ceremony(ceremony) = &command {
        options.ceremony = ceremony.folder().map(Path::to_owned);
    }
    options.reads_configuration = !matches!(command, Command::Explain(_));
    let json = options.json;
    let run = match Run::new(PROGRAM, options, state, now) {
        Ok(run) => run,
        Err(diagnosis) => return fail(&diagnosis, json),
    };
    let result = match command {
        Command::Trust(command) => command.run(&run),
        Command::Retire(command) => command.run(&run),
        Command::Check(command) => command.run(&run),
        Command::Bundle(command) => command.run(&run),
        Command::Send(command) => command.run(&run),
        Command::Plan(command) => command.run(&run),
        Command::Link(command) => command.run(&run),
        Command::Journal(command) => command.run(&run),
        Command::Ceremony(command) => command.run(&run),
        Command::Escrow(command) => command.run(&run),
        Command::Token(command) => command.run(&run),
        Command::Beacon(command) => command.run(&run),
        Command::Key(command) => command.run(&run),
        Command::Explain(command) => command.run(&run),
    };
    if let Err(diagnosis) = &result {
        run.event("failed", &diagnosis.document());
    }
    run.end(result)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use rootcast_console::help::OFFLINE_ONLY;

    use super::CommandLine;

    #[test]
    fn every_command_that_this_program_alone_is_said_to_have_is_one() {
        let command = CommandLine::command();
        assert!(OFFLINE_ONLY.iter().all(|name| command.find_subcommand(name).is_some()));
    }
}

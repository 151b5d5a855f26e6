//! `rootcast-offline`: the command line, the environment and the one clock.

use std::process::ExitCode;

use rootcast_console::run::state_of_environment;

fn main() -> ExitCode {
    rootcast_offline::command::run(std::env::args_os(), state_of_environment(), rootcast_host::clock::now()).into()
}

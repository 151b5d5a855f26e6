//! `rootcast-offline`: the command line, the environment and the one clock.

use std::process::ExitCode;

use rootcast_console::run::state_of_environment;
use rootcast_host::process::{close_inherited, keep_out_of_core_files};

fn main() -> ExitCode {
    close_inherited(std::env::args_os());
    // Before there is a PIN or a key in memory.
    keep_out_of_core_files();
    rootcast_offline::command::run(std::env::args_os(), state_of_environment(), rootcast_host::clock::now()).into()
}

//! `rootcast-offline`: the command line, the environment and the one clock.

use std::process::ExitCode;

fn main() -> ExitCode {
    rootcast_offline::command::main().into()
}

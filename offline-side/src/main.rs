//! `rootcast-offline`: the command line, the environment and the one clock.

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let state = std::env::var_os("ROOTCAST_STATE").filter(|text| !text.is_empty()).map(PathBuf::from);
    rootcast_offline::command::run(std::env::args_os(), state, rootcast_host::clock::now()).into()
}

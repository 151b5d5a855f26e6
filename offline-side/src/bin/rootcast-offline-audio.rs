//! `rootcast-offline-audio`: the same program in the package variant that plays on sound devices.

use std::process::ExitCode;

fn main() -> ExitCode {
    rootcast_offline::command::main().into()
}

//! `rootcast-online`: receives, judges and publishes CRLs and CA certificates that crossed the air gap.

use std::process::ExitCode;

fn main() -> ExitCode {
    rootcast_online::main().into()
}

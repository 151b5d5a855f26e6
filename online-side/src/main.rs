//! `rootcast-online`: receives, judges and publishes CRLs and CA certificates that crossed the air gap.

use std::process::ExitCode;

use rootcast_host::process::close_inherited;

fn main() -> ExitCode {
    close_inherited(std::env::args_os());
    rootcast_online::main()
}

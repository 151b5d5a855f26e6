//! How a command of this program ends, and what a usage error looks like.

use std::time::Duration;

use rootcast_console::run::Program;
pub(crate) use rootcast_console::run::Run;
use rootcast_host::clock;
use rootcast_host::configuration::Side;
use rootcast_host::diagnosis::Diagnosis;
use rootcast_pki::time::Timestamp;
use rootcast_pki::typed_time;

use super::examples::EXAMPLES;

/// This program.
pub(crate) const PROGRAM: Program = Program {
    name: "rootcast-online",
    nothing_done: "Nothing was done.",
    refused: "Nothing was done: the command is not valid.",
    side: Side::Online,
    examples: EXAMPLES,
};

/// A usage error in words.
pub(crate) fn usage(why: impl Into<String>, next: impl Into<String>) -> Diagnosis {
    PROGRAM.usage(why, next)
}

/// Reads a time in UTC of the command line, for clap.
pub(crate) fn time(text: &str) -> Result<Timestamp, String> {
    typed_time::moment(text).map_err(|error| error.to_string())
}

/// Reads a duration of the command line, for clap.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    clock::parse_duration(text)
}

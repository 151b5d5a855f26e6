//! The sandbox of a sending process: closed after its links are open and before the first frame.

use std::path::Path;

use rootcast_console::run::Run;
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::standard_error;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use serde::Serialize;

use super::NOTHING_SENT;
use crate::link::{Outlet, REGISTRY, sandbox};
use crate::store::journal::link_record::LinkRecord;

/// Closes the sandbox: the process keeps the state, and folders that pictures go to. `links` are the names of the links as
/// they were given, and what they go out of. It says what is in force, and adds it to the records, which had to be made
/// before: what they ask the kernel for is outside.
pub(super) fn close_sandbox<'a>(
    run: &Run,
    state: Option<&Path>,
    links: (&[String], impl Iterator<Item = Outlet<'a>>),
    records: &mut [LinkRecord],
    is_required: bool,
) -> Result<(), Diagnosis> {
    let closed = sandbox(REGISTRY, state, links).close();
    // Threads that ran before are outside the sandbox. From here on no wait is asked for.
    standard_error::begin();
    closed.lines().iter().for_each(|line| say(&printable(line)));
    run.event("locked in", &Closed { whole: closed.is_whole(), confinement: closed.phrases() });
    closed.check(is_required, NOTHING_SENT)?;
    records.iter_mut().for_each(|record| record.confinement = closed.phrases());
    Ok(())
}

/// The sandbox in the log.
#[derive(Serialize)]
struct Closed {
    whole: bool,
    confinement: Vec<String>,
}

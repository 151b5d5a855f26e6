//! The moment at which receiving closes its sandbox, and what is said of it.

use std::path::Path;

use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use serde::Serialize;

use super::run::Run;
use crate::link::{self, Link};

/// An event for the log: the sandbox is closed.
#[derive(Debug, Serialize)]
struct SandboxEvent<'a> {
    whole: bool,
    confinement: &'a [String],
}

/// Closes the sandbox; says what is in force, a phrase each.
pub(super) fn close_sandbox(
    run: &Run,
    state: Option<&Path>,
    links: &[Link],
    is_required: bool,
) -> Result<Vec<String>, Diagnosis> {
    let closed = link::sandbox(state, links).close();
    closed.lines().iter().for_each(|line| say(&printable(line)));
    let phrases = closed.phrases();
    run.log.event(run.now(), "locked in", &SandboxEvent { whole: closed.is_whole(), confinement: &phrases });
    closed.check(is_required, "Nothing was received and nothing published.")?;
    Ok(phrases)
}

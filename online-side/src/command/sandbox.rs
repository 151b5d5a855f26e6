//! The moment at which receiving closes its sandbox, and what is said of it.

use std::path::Path;

use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::sandbox::numbers_for_links;
use rootcast_host::standard_error;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use serde::Serialize;

use super::run::Run;
use crate::link::optical::reader_process::{ClosedProcesses, Readers};
use crate::link::{self, Children, Link, OpenWith};

/// An event for the log: the sandbox is closed.
#[derive(Debug, Serialize)]
struct SandboxEvent<'a> {
    whole: bool,
    confinement: &'a [String],
}

/// The processes that look at the pictures of these links, which have to be started before the sandbox closes.
#[derive(Debug)]
pub(super) struct PictureProcesses {
    readers: Readers,
    closed: Option<ClosedProcesses>,
    children: Children,
}

impl PictureProcesses {
    /// Starts them, as many as `links` need.
    pub(super) fn start(links: &[Link], is_sandbox_required: bool) -> Result<Self, Diagnosis> {
        numbers_for_links().map_err(|error| {
            Diagnosis::new(
                Label::LinkFailed,
                "Nothing was received and nothing published: no link can be opened.",
                error.to_string(),
                "Raise the limit (ulimit -n), and run the command again.",
            )
        })?;
        let count = links.iter().fold(0_u8, |count, link| count.saturating_add(link.kind.readers));
        let (readers, closed) = Readers::start(count, is_sandbox_required).map_err(|error| {
            Diagnosis::new(
                Label::LinkFailed,
                "Nothing was received and nothing published: no process could be started that looks at pictures.",
                error.to_string(),
                "Check the limits of processes and memory (ulimit -u, ulimit -v), and that /proc is mounted.",
            )
        })?;
        Ok(Self { readers, closed, children: Children::default() })
    }

    /// What links are opened with.
    pub(super) fn open_with(&self, follow: bool, is_beside_others: bool, state: Option<&Path>) -> OpenWith {
        OpenWith {
            follow,
            is_beside_others,
            state: state.map(Path::to_owned),
            readers: self.readers.clone(),
            children: self.children.clone(),
        }
    }
}

/// Closes the sandbox; says what is in force, a phrase each.
pub(super) fn close_sandbox(
    run: &Run,
    state: Option<&Path>,
    links: &[Link],
    processes: &PictureProcesses,
    is_required: bool,
) -> Result<Vec<String>, Diagnosis> {
    let mut closed = link::sandbox(state, links, &processes.readers, &processes.children).close();
    // Threads that ran before are not held.
    standard_error::begin();
    if let Some(ClosedProcesses { supervisor, reader }) = &processes.closed {
        closed = closed.with("supervisor of picture readers", supervisor.clone());
        closed = closed.with("picture readers", reader.clone());
    }
    for (name, child) in processes.children.all() {
        closed = closed.with(name, child);
    }
    // A part for each process, none of which is cut off for the others.
    let printed = |line: &String| line.split("; ").map(printable).collect::<Vec<_>>().join("; ");
    closed.lines().iter().for_each(|line| say(&printed(line)));
    let phrases = closed.phrases();
    run.log.event(run.now(), "locked in", &SandboxEvent { whole: closed.is_whole(), confinement: &phrases });
    closed.check(is_required, "Nothing was received and nothing published.")?;
    Ok(phrases)
}

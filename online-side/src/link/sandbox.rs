//! The sandbox of a receiver: it grants the state directory and the needs stated in the rows of its links.
//!
//! Must not: open anything.

use std::path::Path;

use rootcast_host::sandbox::{Purpose, Sandbox};

use super::kind::Children;
use super::name::Link;
use super::optical::reader_process::Readers;

/// What a process that receives from `links` into the state directory `state`, where it has one, is left with.
#[must_use]
pub(crate) fn sandbox(state: Option<&Path>, links: &[Link], readers: &Readers, children: &Children) -> Sandbox {
    let mut left = Sandbox::new(Purpose::Receive, state.map(Path::to_owned));
    left.handed_over_on = readers.handed_over_on().into_iter().chain(children.handed_over_on()).collect();
    for link in links {
        let paths = link.paths();
        left.read.extend(paths.read);
        left.devices.extend(paths.devices);
        if !left.links.contains(&link.kind.calls) {
            left.links.push(link.kind.calls);
        }
    }
    left
}

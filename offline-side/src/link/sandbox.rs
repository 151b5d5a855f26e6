//! The sandbox of a sender: it grants the state directory, the folders that pictures go to, and what the rows of its links
//! say of their descriptors.
//!
//! Must not: open anything, or close the sandbox.

use std::path::Path;

use rootcast_host::sandbox::{Purpose, Sandbox};

use super::outlet::Outlet;
use super::registry::Registry;

/// What a process is left with that sends over the links of these names, which are open and go out of `outlets`; and the
/// state directory `state`, where it has one.
#[must_use]
pub fn sandbox<'a>(
    registry: Registry<'_>,
    state: Option<&Path>,
    (names, outlets): (&[String], impl Iterator<Item = Outlet<'a>>),
) -> Sandbox {
    let mut left = Sandbox::new(Purpose::Send, state.map(Path::to_owned));
    left.links = registry.calls(names);
    for outlet in outlets {
        if let Outlet::Folder(folder) = outlet {
            left.filled.push(folder.to_owned());
        }
    }
    left
}

//! The moment at which receiving locks itself in, and what is said of it.

use std::path::Path;

use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use serde_json::json;

use super::run::Run;
use crate::link::Link;
use crate::link::sandbox::confinement;

/// Locks the process in, before a link is open; says what is in force, a phrase each.
pub(super) fn lock_in(
    run: &Run,
    state: Option<&Path>,
    links: &[Link],
    is_required: bool,
) -> Result<Vec<String>, Diagnosis> {
    let locked = confinement(state, links).lock_in();
    locked.lines().iter().for_each(|line| say(&printable(line)));
    let phrases = locked.phrases();
    run.log.event(run.now(), "locked in", &json!({"whole": locked.is_whole(), "confinement": phrases}));
    locked.check(is_required, "Nothing was received and nothing published.")?;
    Ok(phrases)
}

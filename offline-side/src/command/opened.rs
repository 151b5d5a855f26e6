//! Opens state and journal for a command. It first records what an earlier run could not.

use std::path::Path;

use rootcast_host::clock;
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::terminal::say;
use rootcast_host::text::{count, printable, shell_quoted};

use crate::ceremony::signing;
use crate::store::approval_rule::PinnedApprovals;
use crate::store::journal::{Journal, JournalError, pending};
use crate::store::state::{State, StateError};
use crate::store::weakened_policy::WeakenedRecord;
use rootcast_console::run::Run;

/// The journal, with an entry for every transmission that was killed before it wrote its own.
/// `undone` says what the command did not do, where the journal cannot be used.
pub(super) fn journal_with_all<'a>(run: &Run, state: &State<'a>, undone: &str) -> Result<Journal<'a>, Diagnosis> {
    let failed = |error: JournalError| error.diagnosis(&format!("The journal cannot be used. {undone}"));
    let mut journal = Journal::open(state.disk(), state.folder()).map_err(failed)?;
    journal.chain().holds(&state.record).map_err(failed)?;
    if journal.chain().torn > 0 {
        say(
            "note: the journal's last line is incomplete, as after a power failure; it does not count as an entry and is removed",
        );
    }
    let recovered = pending::recover(run.disk, state.folder(), &mut journal, run.began).map_err(failed)?;
    if recovered > 0 {
        say(&format!("note: {} was interrupted; recorded now", count(recovered as u64, "earlier transmission")));
    }
    say_weakened(state);
    let pinned = PinnedApprovals::in_force(&state.record, journal.chain());
    for text in pinned.iter().flat_map(PinnedApprovals::announcements) {
        say(&format!("WARNING: {}", printable(&text.to_string())));
    }
    let recovered = signing::recover(state, &mut journal, run.began).map_err(failed)?;
    if recovered > 0 {
        let ceremonies = count(recovered as u64, "earlier signing");
        say(&format!("note: {ceremonies} began but did not end; the numbers stay burned. Recorded now"));
    }
    Ok(journal)
}

/// Says on every run what a `trust` weakened and nobody has acknowledged.
pub(super) fn say_weakened(state: &State<'_>) {
    state.record.weakened.iter().for_each(|weakened| say_weakening(state, weakened));
}

/// Says that a policy was weakened.
fn say_weakening(state: &State<'_>, weakened: &WeakenedRecord) {
    let (text, id, folder) = (printable(&weakened.text()), weakened.id(), shell_quoted(state.folder()));
    say(&format!(
        "WARNING: {text}. Acknowledge: rootcast-offline journal ack {id} --state {folder} --by NAME --because TEXT"
    ));
}

/// Opens a trusted state to look at it only, and says what every run says of it.
pub(super) fn look_at<'a>(run: &'a Run, folder: &Path) -> Result<State<'a>, StateError> {
    let state = State::look(run.disk, folder)?;
    say_weakened(&state);
    Ok(state)
}

/// Records in the state how many entries the journal has, and brings forward what an earlier version
/// wrote. A failure is only a warning: the state then remembers fewer entries.
pub(super) fn remember_journal(state: &mut State<'_>, journal: &Journal<'_>) {
    let reached = journal.chain().reached();
    // Of a journal without an entry there is no file: nothing that could be lost.
    if reached.entries > 0 {
        state.record.journal = Some(reached);
    }
    state.record.date_rules(clock::now());
    if let Err(error) = state.commit() {
        say(&format!("warning: the newest journal entries could not be noted in the state: {error}"));
    }
}

/// The state directory cannot be used; `undone` says what the command did not do.
pub(super) fn state_failed(error: &StateError, undone: &str) -> Diagnosis {
    error.diagnosis(format!("The state directory cannot be used. {undone}"))
}

//! `journal ack`: a person acknowledges that a policy was weakened.

use clap::Args;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::text::printable;
use serde::Serialize;

use super::decision::check_text;
use super::opened::{journal_with_all, remember_journal, state_failed};
use crate::store::journal::Event;
use crate::store::state::State;
use crate::store::weakened_policy::WeakenedRecord;
use rootcast_console::named_by_id::find;
use rootcast_console::run::Run;

const NOT_DONE: &str = "Nothing was acknowledged. Nothing was sent.";

/// `journal ack`
#[derive(Debug, Args)]
pub(super) struct Acknowledging {
    /// The id that every run shows.
    id: String,
    /// Who acknowledges it.
    #[arg(long, value_name = "NAME")]
    by: String,
    /// The reason.
    #[arg(long, value_name = "TEXT")]
    because: String,
}

impl Acknowledging {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        for (option, text) in [("--by", &self.by), ("--because", &self.because)] {
            check_text(option, text)?;
        }
        let folder = run.state_dir()?;
        let who = "rootcast-offline journal ack";
        let mut state = State::open(run.disk, folder, who).map_err(|error| state_failed(&error, NOT_DONE))?;
        let mut journal = journal_with_all(run, &state, NOT_DONE)?;
        let policy = self.find(&state.record.weakened)?.clone();
        let (id, by, because) = (policy.id(), printable(&self.by), printable(&self.because));
        let document = Document { acknowledged: &policy, id: id.clone(), by: by.clone(), because: because.clone() };
        let event = Event::WeakeningAcknowledged { id: id.clone(), by, because, policy: policy.clone() };
        journal.append(run.began, event).map_err(|error| error.diagnosis(NOT_DONE))?;
        state.record.weakened.retain(|known| known.id() != id);
        remember_journal(&mut state, &journal);
        run.event("journal ack", &document);
        let head = journal.chain().head_text();
        run.tell(&document, &format!("acknowledged {id}: {}\n{head}", printable(&policy.text())));
        Ok(Exit::Done)
    }

    fn find<'w>(&self, weakened: &'w [WeakenedRecord]) -> Result<&'w WeakenedRecord, Diagnosis> {
        let is_named = |known: &&WeakenedRecord, digits: &str| known.id().starts_with(digits);
        let found = find(weakened, "weakened policy that waits", (&self.id, &self.id), is_named);
        let next = "Every run shows the ids of those that wait.";
        found.map_err(|error| Diagnosis::new(Label::Usage, NOT_DONE, error.to_string(), next))
    }
}

/// The document of `journal ack`.
#[derive(Serialize)]
struct Document<'d> {
    acknowledged: &'d WeakenedRecord,
    id: String,
    by: String,
    because: String,
}

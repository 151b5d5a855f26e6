//! `ceremony approvals reset`: drops the pinned rule where too few of its people can approve any more.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use rootcast_host::clock::rfc3339;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::text::printable;
use serde::Serialize;

use crate::ceremony::approval::Approvers;
use crate::ceremony::site::Site;
use crate::command::opened::{journal_with_all, remember_journal};
use crate::command::usage;
use crate::store::approval_rule::{PinCause, PinnedApprovals, ResetRecord};
use crate::store::journal::{Chain, Event, Head};
use crate::store::state::State;
use rootcast_console::run::Run;

const NOT_RESET: &str = "The rule for approvals was not reset. Nothing was signed or sent.";

/// Most characters in the name and in the reason.
const TEXT_MAX: usize = 300;

/// `ceremony approvals`
#[derive(Debug, Args)]
pub(super) struct Approvals {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Drop the pinned rule, if too few of its approvers can approve any more. Nobody approves this: the journal, every run
    /// and the next record say so. The next signing pins the site's rule.
    Reset(Reset),
}

#[derive(Debug, Args)]
struct Reset {
    /// Who decides.
    #[arg(long, value_name = "NAME")]
    by: String,
    /// The reason.
    #[arg(long, value_name = "TEXT")]
    because: String,
    /// The journal's head from the paper record: its words or hexadecimal digits.
    #[arg(long, value_name = "WORDS")]
    head: Head,
    /// A site file. Keys that its revocation list revokes count as revoked.
    #[arg(long, value_name = "FILE")]
    site: Option<PathBuf>,
}

impl Approvals {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        let Action::Reset(reset) = &self.action;
        reset.run(run)
    }
}

impl Reset {
    fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        for (option, text) in [("--by", &self.by), ("--because", &self.because)] {
            if text.trim().is_empty() || text.chars().count() > TEXT_MAX {
                return Err(usage(
                    &format!("{option} is empty or longer than {TEXT_MAX} characters. {NOT_RESET}"),
                    "State who decides and why, in one sentence. The journal keeps it.",
                ));
            }
        }
        let folder = run.state_dir()?;
        let who = "rootcast-offline ceremony approvals reset";
        let mut state = State::open(run.disk, folder, who).map_err(|error| error.diagnosis(NOT_RESET))?;
        let mut journal = journal_with_all(run, &state)?;
        let before = self.lost_quorum(run, &state, journal.chain())?;
        let reset =
            ResetRecord { by: printable(&self.by), because: printable(&self.because), time: rfc3339(run.began) };
        let pinned =
            PinnedApprovals { serial: before.serial.saturating_add(1), rule: None, reset: Some(reset.clone()) };
        let event = Event::ApprovalsPinned {
            cause: PinCause::Reset,
            pinned: pinned.clone(),
            people: Vec::new(),
            rehearsal: String::new(),
        };
        journal.append(run.began, event).map_err(|error| error.diagnosis(NOT_RESET))?;
        state.record.approvals = Some(pinned);
        remember_journal(&mut state, &journal);
        let document = Document {
            serial: before.serial.saturating_add(1),
            reset: &reset,
            journal_head: journal.chain().head().to_string(),
            journal_words: journal.chain().head_words(),
        };
        run.event("ceremony approvals reset", &document);
        let text = format!(
            "The rule for approvals was reset. Nobody approved that, and the journal says so. The next signing pins the site's rule.\n{}",
            journal.chain().head_text()
        );
        run.tell(&document, &text);
        Ok(Exit::Done)
    }

    /// The pinned rule, where too few people can approve by it, and where the head on paper is this journal's.
    fn lost_quorum(&self, run: &Run, state: &State<'_>, chain: &Chain) -> Result<PinnedApprovals, Diagnosis> {
        let refused = |why: String, next: &str| {
            Diagnosis::new(Label::ApprovalsPinned, NOT_RESET, format!("APPROVE-PINNED: {why}"), next)
        };
        let pinned = PinnedApprovals::of(&state.record, chain);
        let Some((pinned, rule)) = pinned.and_then(|pinned| pinned.rule.clone().map(|rule| (pinned, rule))) else {
            let why = "no rule is pinned: the next signing pins the site's rule".to_owned();
            return Err(refused(why, "Nothing needs to be reset."));
        };
        if !chain.is_after_every_signing(&self.head) {
            let why = "the given head is not in this journal, or something was signed or changed after it".to_owned();
            return Err(refused(
                why,
                "Take the head from the record of the last ceremony. If it is right, the state was restored or the journal was cut: find out by whom.",
            ));
        }
        let broken = |why: String| refused(format!("the pinned rule cannot be read: {why}"), "Restore the state.");
        let mut old = Approvers::from_record(&rule).map_err(broken)?;
        if let Some(path) = &self.site {
            let site = Site::read(path).map_err(|error| error.diagnosis())?;
            let named = site.approvers(&site.files()?).map_err(|error| error.diagnosis())?;
            old = old.without_revoked_of(&named);
        }
        let (able, required) = (old.able_at(run.began), old.required());
        if able >= required {
            let why = format!("{able} people can approve by the pinned rule, and it asks for {required}");
            let next = "Change the rule with a request that has [approvals] alone, and have it approved by them.";
            return Err(refused(why, next));
        }
        Ok(pinned)
    }
}

/// The document of `ceremony approvals reset`.
#[derive(Serialize)]
struct Document<'d> {
    serial: u64,
    reset: &'d ResetRecord,
    journal_head: String,
    journal_words: String,
}

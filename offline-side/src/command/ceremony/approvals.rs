//! `ceremony approvals reset`: drops the pinned rule where too few of its people can approve any more.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, Subcommand};
use rootcast_host::clock::rfc3339;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::interrupt::Interrupt;
use rootcast_host::text::printable;
use rootcast_pki::typed_time::TypedTime;
use rootcast_protocol::digest::Digest;
use serde::Serialize;

use super::asking::{Occasion, compare_time, given_time, no_signal_handler};
use super::pinning::unreadable_rule;
use super::sign::refused;
use crate::ceremony::approval::Approvers;
use crate::ceremony::site::Site;
use crate::ceremony::site::kept::{REVOKED_FILE, bytes_of};
use crate::command::decision::check_text;
use crate::command::opened::{journal_with_all, remember_journal};
use crate::store::approval_rule::{ApprovalRuleRecord, LostQuorum, PinCause, PinnedApprovals, ResetRecord};
use crate::store::journal::ceremony::CeremonyRecord;
use crate::store::journal::{Chain, Event, Head};
use crate::store::state::State;
use rootcast_console::run::Run;

const NOT_RESET: &str = "The rule for approvals was not reset. Nothing was signed or sent.";

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
    #[arg(long, value_name = "WORDS", value_parser = Head::of_argument)]
    head: Head,
    /// A site file. Keys that its revocation list revokes count as revoked, and the journal names them and the list.
    #[arg(long, value_name = "FILE")]
    site: Option<PathBuf>,
    /// The time in UTC from another clock. If it is not given, the program asks for it.
    #[arg(long, value_name = "TIME")]
    utc: Option<String>,
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
            check_text(option, text)?;
        }
        let utc = given_time(self.utc.as_deref(), false)?;
        let started = Instant::now();
        let clock = || run.began.saturating_add(i64::try_from(started.elapsed().as_secs()).unwrap_or(0));
        let folder = run.state_dir()?;
        let who = "rootcast-offline ceremony approvals reset";
        let mut state = State::open(run.disk, folder, who).map_err(|error| error.diagnosis(NOT_RESET))?;
        let mut journal = journal_with_all(run, &state, NOT_RESET)?;
        let (before, dropped, utc, lost) = match self.lost_quorum(&state, journal.chain(), utc, &clock) {
            Ok(found) => found,
            Err(diagnosis) => {
                let diagnosis = Diagnosis { what: NOT_RESET.to_owned(), ..diagnosis };
                let record = CeremonyRecord { key: "no key".to_owned(), ..CeremonyRecord::default() };
                let told = refused(&mut journal, clock(), record, diagnosis);
                remember_journal(&mut state, &journal);
                return Err(told);
            }
        };
        let reset = ResetRecord {
            by: printable(&self.by),
            because: printable(&self.because),
            time: rfc3339(clock()),
            utc,
            lost: Some(lost),
        };
        let serial = before.serial.saturating_add(1);
        let pinned = PinnedApprovals { serial, rule: None, dropped: Some(dropped), reset: Some(reset.clone()) };
        let event = Event::ApprovalsPinned {
            cause: PinCause::Reset,
            pinned: pinned.clone(),
            people: Vec::new(),
            rehearsal: None,
            confirmed: None,
        };
        journal.append(clock(), event).map_err(|error| error.diagnosis(NOT_RESET))?;
        state.record.approvals = Some(pinned);
        remember_journal(&mut state, &journal);
        let document = Document {
            serial,
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

    /// The pinned rule, where too few people can approve by it, and where the head on paper is this journal's; with the
    /// time from another clock.
    fn lost_quorum(
        &self,
        state: &State<'_>,
        chain: &Chain,
        utc: Option<TypedTime>,
        clock: &dyn Fn() -> i64,
    ) -> Result<(PinnedApprovals, ApprovalRuleRecord, Option<String>, LostQuorum), Diagnosis> {
        let refused = |why: String, next: &str| {
            Diagnosis::new(Label::ApprovalsPinned, NOT_RESET, format!("APPROVE-PINNED: {why}"), next)
        };
        let pinned = PinnedApprovals::in_force(&state.record, chain);
        let Some((pinned, rule)) = pinned.and_then(|pinned| pinned.rule.clone().map(|rule| (pinned, rule))) else {
            let why = "no rule is pinned: the next signing pins the site's rule".to_owned();
            return Err(refused(why, "Nothing needs to be reset."));
        };
        if let Some(mistyped) = chain.mistyped(&self.head) {
            return Err(Diagnosis::new(
                Label::NotConfirmed,
                NOT_RESET,
                format!("SIGN-HEAD: the head was probably mistyped: {mistyped}."),
                "Read the paper again, and give its words with --head.",
            ));
        }
        if !chain.is_after_every_signing_and_rule(&self.head) {
            let why = "the given head is not in this journal, or something was signed or changed after it".to_owned();
            return Err(refused(
                why,
                "Take the head from the record of the last ceremony. If it is right, the state was restored or the journal was cut: find out by whom.",
            ));
        }
        let mut old = Approvers::from_record(&rule).map_err(|why| unreadable_rule(NOT_RESET, &why))?;
        let (mut revoked, mut list_sha256) = (Vec::new(), None);
        if let Some(path) = &self.site {
            let site = Site::read(path).map_err(|error| error.diagnosis())?;
            let files = site.files()?;
            let named = site.approvers(&files).map_err(|error| error.diagnosis())?;
            revoked = old.revoked_only_by(&named);
            list_sha256 = bytes_of(&files, REVOKED_FILE).map(|list| Digest::of(list).to_string());
            old = old.without_revoked_of(&named);
        }
        // A machine whose clock is far ahead would make every key expire.
        let interrupt = Interrupt::listen().map_err(|error| no_signal_handler(NOT_RESET, &error))?;
        // A script may rely on this machine's clock. The record of the reset then has no other time.
        let is_script = !io::stdin().is_terminal();
        let confirmed = compare_time(utc, is_script, Occasion::Reset, &interrupt, clock)?;
        let (able, required) = (old.able_at(confirmed.now.0), old.required());
        if able >= required {
            let why = format!("{able} people can approve by the pinned rule, and it asks for {required}");
            let next = "Change the rule with a request that has [approvals] alone, and have it approved by them. If they cannot be \
                        reached, list their keys as revoked (`revoked` in the site file), and give that file with --site.";
            return Err(refused(why, next));
        }
        Ok((pinned, rule, confirmed.typed, LostQuorum { able, required, revoked, list_sha256 }))
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

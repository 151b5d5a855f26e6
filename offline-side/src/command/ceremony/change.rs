//! A change of the rule for approvals: rehearsed like a ceremony, approved by the rule that holds, and made without a key.

use std::path::Path;

use rootcast_host::clock::rfc3339;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::interrupt::Interrupt;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use rootcast_pki::typed_time::TypedTime;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::words;
use serde::Serialize;

use super::asking::{Occasion, compare_time, confirm, no_signal_handler};
use super::listed_file::FileDocument;
use super::pinning::{announce, check_can_approve, unreadable_rule};
use super::sign::{Sign, not_written, refused};
use crate::ceremony::approval::{Approvers, GivenApproval, approval_command};
use crate::ceremony::folder::layout::{ENTRIES, LISTING, MARKDOWN, PDF};
use crate::ceremony::folder::{ChangeFolder, RuleChange, approvals, listing_sha256, read_added};
use crate::ceremony::request::ApprovalsRequest;
use crate::ceremony::signing::preflight::check_site;
use crate::ceremony::signing::write_entries;
use crate::ceremony::site::Site;
use crate::ceremony::site::kept::SiteFiles;
use crate::command::opened::{journal_with_all, look_at, remember_journal};
use crate::store::approval_rule::Announcement::NobodyApproves;
use crate::store::approval_rule::{Announcement, ApprovalRuleRecord, PinCause, PinnedApprovals};
use crate::store::journal::ceremony::CeremonyRecord;
use crate::store::journal::{Chain, Event};
use crate::store::state::State;
use rootcast_console::run::Run;

const UNCHANGED: &str = "The rule for approvals is unchanged. No key was used, no number burned, nothing sent.";

fn unchanged(why: String, next: &str) -> Diagnosis {
    Diagnosis::new(Label::ApprovalsPinned, UNCHANGED, format!("APPROVE-PINNED: {why}"), next)
}

const RESET: &str = "Look for the missing approvers first. If they cannot approve any more: `rootcast-offline \
                     ceremony approvals reset`. The journal then says that nobody approved it.";

/// The old rule, as far as it counts for a change to `new`: without the keys that the change itself revokes.
fn old_rule(before: &PinnedApprovals, new: &Approvers, now: i64) -> Result<Approvers, Diagnosis> {
    let Some(rule) = &before.rule else {
        let why = "no rule is pinned since the reset: the next signing pins the site's rule".to_owned();
        return Err(unchanged(why, "Sign the next ceremony with the rule that you want."));
    };
    let old = Approvers::from_record(rule).map_err(|why| unreadable_rule(UNCHANGED, &why))?.without_revoked_of(new);
    let (able, required) = (old.able_at(now), old.required());
    if able < required {
        let why = format!("the pinned rule asks for {required} people, and only {able} of them can still approve");
        return Err(unchanged(why, RESET));
    }
    Ok(old)
}

/// `ceremony rehearse` of a request with `[approvals]`.
pub(super) fn rehearse(
    run: &Run,
    output: &Path,
    (asked, request): (&ApprovalsRequest, &[u8]),
    (site, files): (&Site, &SiteFiles),
) -> Result<Exit, Diagnosis> {
    let state = look_at(run, run.state_dir()?).map_err(|error| error.diagnosis(UNCHANGED))?;
    let chain = Chain::of_state(&state).map_err(|error| error.diagnosis(UNCHANGED))?;
    let Some(before) = PinnedApprovals::in_force(&state.record, &chain) else {
        let why = "no rule is pinned here yet: the first signing pins the site's rule".to_owned();
        return Err(unchanged(why, "Change the site file. No request is needed before the first signing."));
    };
    let new = site.approvers(files).map_err(|error| error.diagnosis())?;
    if asked.required.value != new.required() {
        let why = format!("the request says required = {}, the site file {}", asked.required.value, new.required());
        return Err(unchanged(why, "Correct the request or the site file, and rehearse again."));
    }
    let after = new.record().map_err(|why| unchanged(why, "Correct the list of approvers, and rehearse again."))?;
    if before.rule.as_ref() == Some(&after) && before.reset.is_none() {
        let why = "the site's rule is the pinned one: nothing would change".to_owned();
        return Err(unchanged(why, "Change the site file or its lists first, and rehearse again."));
    }
    check_can_approve(&new, run.began, UNCHANGED)?;
    announce(&Announcement::for_rule(Some(&before), new.required()));
    old_rule(&before, &new, run.began)?;
    let pinned_by = chain.pinned_by(before.serial);
    let change = RuleChange::new(rfc3339(run.began), pinned_by, before, after);
    let lines = ChangeFolder::write(run.disk, output, &change, request, files).map_err(|error| error.diagnosis())?;
    // It shows what can be opened again, not what should have been written.
    let opened = ChangeFolder::open(output).map_err(|error| error.diagnosis())?;
    let sha256 = Digest::of(&opened.listing);
    let spelled = words::spell(sha256.as_bytes(), words::SHORT);
    let document = RehearsedChange {
        folder: output.display().to_string(),
        serial: change.before.serial.saturating_add(1),
        differences: change.lines(),
        rule: &change.after,
        listing_sha256: sha256.to_string(),
        listing_words: spelled.clone(),
        files: lines.iter().map(FileDocument::from).collect(),
    };
    run.event("ceremony rehearse", &document);
    let mut text = vec![format!("The rule for approvals changes, because: {}", printable(&opened.asked.because))];
    text.extend(document.differences.iter().map(|line| format!("  {}", printable(line))));
    text.push(format!("The listing that approvers sign ({LISTING}):\n  {sha256}  {spelled}"));
    text.push(format!(
        "Wrote {}. No key was used, no number burned. Next: each approver of the old rule signs {LISTING}:\n  {}",
        output.display(),
        approval_command(&output.join(LISTING)),
    ));
    run.tell(&document, &text.join("\n"));
    Ok(Exit::Done)
}

impl Sign {
    /// Makes the change that was rehearsed in the folder.
    pub(super) fn change(
        &self,
        run: &Run,
        site: &Site,
        utc: Option<TypedTime>,
        clock: &dyn Fn() -> i64,
    ) -> Result<Exit, Diagnosis> {
        let folder = run.state_dir()?;
        let mut state = State::open(run.disk, folder, "rootcast-offline ceremony sign")
            .map_err(|error| error.diagnosis(UNCHANGED))?;
        let mut journal = journal_with_all(run, &state, UNCHANGED)?;
        let mut record = CeremonyRecord { key: "no key".to_owned(), ..CeremonyRecord::default() };
        let ready = self.approved_change(run, site, (&state, journal.chain()), &mut record, (utc, clock));
        let (opened, is_made) = match ready {
            Ok(ready) => ready,
            Err(diagnosis) => {
                let told = refused(&mut journal, clock(), record, diagnosis);
                remember_journal(&mut state, &journal);
                return Err(told);
            }
        };
        let serial = opened.change.before.serial.saturating_add(1);
        if !is_made {
            let rule = Some(opened.change.after.clone());
            let event = Event::ApprovalsPinned {
                cause: PinCause::Approved,
                pinned: PinnedApprovals { serial, rule, dropped: None, reset: None },
                people: record.people.clone(),
                rehearsal: record.rehearsal,
                confirmed: None,
            };
            journal.append(clock(), event).map_err(|error| error.diagnosis(UNCHANGED))?;
        }
        state.record.approvals = PinnedApprovals::in_force(&state.record, journal.chain());
        remember_journal(&mut state, &journal);
        let own = journal.chain().entries_of(&Digest::of(&opened.listing), None);
        if let Err(error) = write_entries(run.disk, &self.folder, &own) {
            say(&format!("warning: the folder has no journal entries: {error}"));
        }
        // The change is made; a record can be made again at any time.
        if let Err(error) = crate::ceremony::record::write(run.disk, &self.folder) {
            say(&error.diagnosis().to_string());
        }
        let document = SignedChange {
            folder: self.folder.display().to_string(),
            serial,
            finished: is_made,
            rule: &opened.change.after,
            people: &record.people,
            journal_head: journal.chain().head().to_string(),
            journal_words: journal.chain().head_words(),
        };
        run.event("ceremony sign", &document);
        let done = if is_made {
            "An earlier run changed the rule for approvals, but was interrupted before it recorded everything. The records are complete:"
        } else {
            "The rule for approvals was changed. No key was used, no number burned:"
        };
        let mut text = vec![done.to_owned()];
        text.extend(opened.change.lines().iter().map(|line| format!("  {}", printable(line))));
        text.push(format!("approved by {}", printable(&record.people.join(" and "))));
        text.push(journal.chain().head_text());
        run.tell(&document, &text.join("\n"));
        Ok(Exit::Done)
    }

    /// The change, where enough people approved it by the rule that holds; and whether an earlier run made it already,
    /// and was cut off before it could record that.
    fn approved_change(
        &self,
        run: &Run,
        site: &Site,
        (state, chain): (&State<'_>, &Chain),
        record: &mut CeremonyRecord,
        (utc, clock): (Option<TypedTime>, &dyn Fn() -> i64),
    ) -> Result<(ChangeFolder, bool), Diagnosis> {
        // The record of the change has the refusals of its folder, also where the folder could not be used.
        record.rehearsal = listing_sha256(&self.folder);
        let opened = ChangeFolder::open(&self.folder).map_err(|error| error.diagnosis())?;
        let rehearsal = Digest::of(&opened.listing);
        record.request = Some(opened.request_sha256);
        record.rehearsal = Some(rehearsal);
        let made_by = chain.approvers_of_change(&rehearsal);
        if let Some(people) = made_by
            && !is_recorded(state, &opened, &rehearsal)
        {
            record.people = people.to_vec();
            return Ok((opened, true));
        }
        check_site(&opened.site_files, &site.files()?).map_err(|error| error.diagnosis())?;
        // Each change fits one place of one journal: an old one is not made again, nor one of another state.
        let pinned = PinnedApprovals::in_force(&state.record, chain);
        let pinned_by = chain.pinned_by(opened.change.before.serial);
        if pinned.as_ref() != Some(&opened.change.before)
            || opened.change.pinned_by != Some(pinned_by)
            || made_by.is_some()
        {
            let why = "the pinned rule is not the one that this change was rehearsed from, in this state".to_owned();
            return Err(unchanged(why, "Rehearse the change again, and have it approved by the rule that holds now."));
        }
        check_can_approve(&opened.approvers, run.began, UNCHANGED)?;
        // What holds now was said already.
        if opened.approvers.required() == 0 && !opened.change.before.announcements().contains(&NobodyApproves) {
            announce(&[NobodyApproves]);
        }
        self.paper.check_given(chain).map_err(|refused| Diagnosis { what: UNCHANGED.to_owned(), ..refused })?;
        let old = old_rule(&opened.change.before, &opened.approvers, run.began)?;
        let given: Vec<GivenApproval> =
            self.approval.iter().map(|path| GivenApproval::read(path)).collect::<Result<_, _>>()?;
        let judged = old.judge_at(&opened.listing, &given, run.began);
        let quorum = judged.quorum();
        // Where too few count, the refusal says what is wrong with each other one.
        for approval in judged.judged.iter().filter(|approval| quorum.is_ok() || approval.counts()) {
            say(&format!("approval {approval}"));
        }
        quorum.map_err(|error| error.diagnosis(UNCHANGED, &self.folder.join(LISTING)))?;
        record.people = judged.people();
        for line in opened.change.lines() {
            say(&printable(&line));
        }
        let interrupt = Interrupt::listen().map_err(|error| no_signal_handler(UNCHANGED, &error))?;
        record.utc = compare_time(utc, self.yes, Occasion::Signing, &interrupt, clock)?.typed;
        if !self.yes {
            confirm(&opened.listing, &interrupt)?;
        }
        approvals::write(run.disk, &opened.folder, &judged, &given, 0)
            .map_err(|error| not_written(&error.to_string()))?;
        Ok((opened, false))
    }
}

/// Whether the state has the rule of this change or a later one, and the folder has the journal's entry and the record.
fn is_recorded(state: &State<'_>, opened: &ChangeFolder, rehearsal: &Digest) -> bool {
    let serial = opened.change.before.serial.saturating_add(1);
    let is_remembered = state.record.approvals.as_ref().is_some_and(|pinned| pinned.serial >= serial);
    let copied = read_added(&opened.folder.join(ENTRIES)).unwrap_or_default();
    let is_copied = Chain::of_part(&copied).is_ok_and(|part| part.has_changed_approvals(rehearsal));
    let has_record = [MARKDOWN, PDF].iter().all(|name| opened.folder.join(name).symlink_metadata().is_ok());
    is_remembered && is_copied && has_record
}

/// The document of `ceremony rehearse` for a change of the rule.
#[derive(Serialize)]
struct RehearsedChange<'d> {
    folder: String,
    serial: u64,
    differences: Vec<String>,
    rule: &'d ApprovalRuleRecord,
    listing_sha256: String,
    listing_words: String,
    files: Vec<FileDocument<'d>>,
}

/// The document of `ceremony sign` for a change of the rule.
#[derive(Serialize)]
struct SignedChange<'d> {
    folder: String,
    serial: u64,
    finished: bool,
    rule: &'d ApprovalRuleRecord,
    people: &'d [String],
    journal_head: String,
    journal_words: String,
}

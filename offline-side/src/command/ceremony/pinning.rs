//! The rule for approvals at a signing: it is the pinned one, or it is pinned now.

use std::path::Path;

use rootcast_host::clock::rfc3339;
use rootcast_host::confirmation::{Unanswered, ask_word};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::interrupt::Interrupt;
use rootcast_host::terminal::say;
use rootcast_host::text::{count_of, printable};
use rootcast_protocol::digest::Digest;

use super::asking::{UNTOUCHED, interrupted};
use crate::ceremony::approval::Approvers;
use crate::ceremony::approval::difference::{differences, is_weaker};
use crate::ceremony::folder::{RehearsalFolder, has_listing};
use crate::ceremony::site::Site;
use crate::ceremony::site::kept::{SITE_FILE, bytes_of};
use crate::store::approval_rule::{Announcement, ApprovalRuleRecord, ConfirmedPin, PinCause, PinnedApprovals};
use crate::store::journal::{Chain, Event, NO_ENTRY};
use crate::store::state::State;

/// What a signing pins.
pub(super) struct NewPin {
    pinned: PinnedApprovals,
    cause: PinCause,
    doubt: Option<Doubt>,
}

/// Why somebody has to say that a rule is pinned.
struct Doubt {
    what: ConfirmedPin,
    /// In words, a line or more.
    why: String,
    /// Whether a script, which nobody can ask, goes on with a warning. The journal has it in any case.
    passes_in_a_script: bool,
}

impl NewPin {
    /// What this signing has to pin: nothing where `rule` is the pinned one. `folder` is the rehearsal's.
    ///
    /// # Errors
    /// Where another rule is pinned.
    pub(super) fn find(
        pinned: Option<&PinnedApprovals>,
        rule: &ApprovalRuleRecord,
        (state, chain): (&State<'_>, &Chain),
        folder: &Path,
    ) -> Result<Option<Self>, Diagnosis> {
        check_pinned(pinned, rule, UNTOUCHED)?;
        let rule = rule.clone();
        match pinned {
            // A state of an older version may have signed without a pinned rule.
            None => {
                let people = chain.last_signing().map_or(0, |last| last.people.len());
                let doubt = last_signing(state, chain).and_then(|last| after_upgrade(&last, people, folder, &rule));
                let pinned = PinnedApprovals { serial: 1, rule: Some(rule), dropped: None, reset: None };
                Ok(Some(Self { pinned, cause: PinCause::FirstSigning, doubt }))
            }
            Some(before) if before.rule.is_none() => {
                let dropped = before.dropped.as_ref().or_else(|| chain.last_pinned_rule());
                let doubt = match dropped {
                    Some(dropped) => weaker(dropped, &rule, "the one that was reset"),
                    None => Some(not_compared("the rule that was reset is neither in the state nor in the journal")),
                };
                // Somebody decided on the reset, with a name and a reason, for just this.
                let doubt = doubt.map(|doubt| Doubt { passes_in_a_script: true, ..doubt });
                let (serial, reset) = (before.serial.saturating_add(1), before.reset.clone());
                let pinned = PinnedApprovals { serial, rule: Some(rule), dropped: None, reset };
                Ok(Some(Self { pinned, cause: PinCause::AfterReset, doubt }))
            }
            Some(_) => Ok(None),
        }
    }

    /// Asks somebody where the rule is weaker than the one before it, or where the two could not be compared. Gives the
    /// journal's entry and the rule.
    ///
    /// # Errors
    /// Where nobody says so.
    pub(super) fn confirmed(
        self,
        people: Vec<String>,
        rehearsal: Digest,
        interrupt: &Interrupt,
        is_script: bool,
    ) -> Result<(Event, PinnedApprovals), Diagnosis> {
        match &self.doubt {
            Some(doubt) if is_script && doubt.passes_in_a_script => {
                say(&format!("WARNING: APPROVE-PINNED: {}", lines(&doubt.why)));
            }
            Some(doubt) => confirm(&doubt.why, interrupt, is_script)?,
            None => {}
        }
        let (pinned, confirmed) = (self.pinned.clone(), self.doubt.map(|doubt| doubt.what));
        Ok((
            Event::ApprovalsPinned { cause: self.cause, pinned, people, rehearsal: Some(rehearsal), confirmed },
            self.pinned,
        ))
    }
}

fn confirm(why: &str, interrupt: &Interrupt, is_script: bool) -> Result<(), Diagnosis> {
    let why = format!("APPROVE-PINNED: {}", lines(why));
    let not_pinned = |next: &str| Err(Diagnosis::new(Label::NotConfirmed, UNTOUCHED, why.as_str(), next));
    if is_script {
        return not_pinned("Run the command without --yes, so that somebody is asked, or use the stricter rule.");
    }
    say(&format!("WARNING: {why}"));
    match ask_word("Type pin to pin this rule:", &["pin"], interrupt) {
        Ok(true) => Ok(()),
        Ok(false) | Err(Unanswered::Refused { .. }) => not_pinned("Use the stricter rule, or type pin."),
        Err(Unanswered::Interrupted) => Err(interrupted()),
        Err(Unanswered::NobodyThere) => not_pinned("Run the command on a terminal, or use the stricter rule."),
    }
}

fn weaker(before: &ApprovalRuleRecord, rule: &ApprovalRuleRecord, which: &str) -> Option<Doubt> {
    let why = || format!("this rule is weaker than {which}\n{}", differences(before, rule).join("\n"));
    is_weaker(before, rule).then(|| Doubt { what: ConfirmedPin::Weaker, why: why(), passes_in_a_script: false })
}

fn not_compared(why: &str) -> Doubt {
    let why = format!("this rule could not be compared with the one before it: {why}");
    Doubt { what: ConfirmedPin::NotCompared, why, passes_in_a_script: false }
}

/// The listing of the last signing, by its SHA-256. A journal that was begun anew does not have what the state has.
fn last_signing(state: &State<'_>, chain: &Chain) -> Option<Digest> {
    let in_state = state.record.burned.iter().rev().find(|burned| burned.rehearsal != NO_ENTRY);
    let in_journal = chain.last_signing().and_then(|last| last.rehearsal);
    in_journal.or_else(|| in_state.map(|burned| burned.rehearsal))
}

/// Compares `rule` with the rule of the last signing. State and journal of an older version do not have that rule; the
/// rehearsal with this listing, by its SHA-256, has it. Its folder is looked for beside `folder`.
fn after_upgrade(rehearsal: &Digest, people: usize, folder: &Path, rule: &ApprovalRuleRecord) -> Option<Doubt> {
    match rule_of_rehearsal(rehearsal, folder) {
        Ok(before) => weaker(&before, rule, "the one of the last signing"),
        Err(Unfound { why, is_there }) => {
            // Without the folder, the number of people who approved is all that is known.
            let as_many = people <= usize::try_from(rule.required).unwrap_or(usize::MAX);
            Some(Doubt { passes_in_a_script: as_many && !is_there, ..not_compared(&why) })
        }
    }
}

/// Why the rule of a rehearsal was not found.
struct Unfound {
    /// In words.
    why: String,
    /// Whether its folder is there, and somebody changed it.
    is_there: bool,
}

/// The rule of the rehearsal with this listing, whose folder lies beside `folder`.
///
/// # Errors
/// Why there is none.
fn rule_of_rehearsal(rehearsal: &Digest, folder: &Path) -> Result<ApprovalRuleRecord, Unfound> {
    let beside = rootcast_host::disk::parent(folder);
    let unfound = |why: String, is_there| Unfound { why, is_there };
    let entries = std::fs::read_dir(beside);
    let entries = entries.map_err(|error| unfound(format!("{}: {error}", beside.display()), false))?;
    let mut first_fault = None;
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| has_listing(path, rehearsal)) {
        match rule_in(&path) {
            Ok(rule) => return Ok(rule),
            Err(why) => {
                first_fault.get_or_insert(format!("the folder of the last signing, {}: {why}", path.display()));
            }
        }
    }
    let why = || {
        format!(
            "no folder in {} is the one of the last signing, whose to-be-signed.txt has the SHA-256 {rehearsal}",
            beside.display()
        )
    };
    Err(first_fault.map_or_else(|| unfound(why(), false), |fault| unfound(fault, true)))
}

fn rule_in(folder: &Path) -> Result<ApprovalRuleRecord, String> {
    let opened = RehearsalFolder::open(folder).map_err(|error| error.to_string())?;
    let site = bytes_of(&opened.site_files, SITE_FILE).ok_or("it has no site file")?;
    let site = Site::parse(site, folder).map_err(|error| error.to_string())?;
    site.approvers(&opened.site_files).map_err(|error| error.to_string())?.record()
}

/// Checks that `rule` is the pinned one, if one is pinned. `what` says what was not done.
///
/// # Errors
/// Where another rule is pinned.
pub(super) fn check_pinned(
    pinned: Option<&PinnedApprovals>,
    rule: &ApprovalRuleRecord,
    what: &str,
) -> Result<(), Diagnosis> {
    let Some(before) = pinned.and_then(|pinned| pinned.rule.as_ref()).filter(|before| *before != rule) else {
        return Ok(());
    };
    let differs = if is_weaker(before, rule) { "is weaker than the pinned one" } else { "differs from the pinned one" };
    let told = lines(&differences(before, rule).join("\n"));
    Err(Diagnosis::new(
        Label::ApprovalsPinned,
        what,
        format!("APPROVE-PINNED: the site's rule for approvals {differs}\n{told}"),
        "Use the site file and lists of the pinned rule. To change the rule, rehearse a request with [approvals] \
         alone and have it approved by the pinned rule. If too few of its people can be reached, list their keys as revoked \
         (`revoked` in the site file), and run ceremony approvals reset with --site.",
    ))
}

/// Checks that enough people can approve by this rule at `now`. `what` says what was not done.
///
/// # Errors
/// Where it asks for more people than can approve.
pub(super) fn check_can_approve(approvers: &Approvers, now: i64, what: &str) -> Result<(), Diagnosis> {
    let (able, required) = (approvers.able_at(now), approvers.required());
    if able >= required {
        return Ok(());
    }
    let why = format!(
        "APPROVE-QUORUM: the site's rule asks for {}, and only {able} of those it lists can approve as of {}: keys are \
         revoked, expired or not valid yet",
        count_of(u64::from(required), "person", "people"),
        rfc3339(now)
    );
    let next = "Correct the list of approvers. Where the pinned rule has lost its people: `rootcast-offline ceremony \
                approvals reset`.";
    Err(Diagnosis::new(Label::SiteRefused, what, why, next))
}

/// The pinned rule cannot be read: state or journal is not as it was written.
pub(super) fn unreadable_rule(what: &str, why: &str) -> Diagnosis {
    let next = "Restore the state directory from its backup, and find out who changed it.";
    Diagnosis::new(Label::StateBroken, what, format!("APPROVE-PINNED: the pinned rule cannot be read: {why}"), next)
}

fn lines(text: &str) -> String {
    text.lines().map(printable).collect::<Vec<_>>().join("\n")
}

/// Says what people should know of the rule.
pub(super) fn announce(said: &[Announcement]) {
    for announcement in said {
        say(&format!("WARNING: {}", printable(&announcement.to_string())));
    }
}

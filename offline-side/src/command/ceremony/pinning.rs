//! The rule for approvals at a signing: it is the pinned one, or it is pinned now.

use std::path::Path;

use rootcast_host::confirmation::{Answer, ask_line};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::interrupt::Interrupt;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;

use super::asking::{UNTOUCHED, interrupted};
use crate::ceremony::approval::difference::{differences, is_weaker};
use crate::ceremony::folder::RehearsalFolder;
use crate::ceremony::folder::layout::LISTING;
use crate::ceremony::site::Site;
use crate::ceremony::site::kept::{SITE_FILE, bytes_of};
use crate::store::approval_rule::{ApprovalRuleRecord, NOBODY_APPROVES, PinnedApprovals};
use crate::store::journal::Chain;
use crate::store::state::State;
use rootcast_protocol::digest::Digest;

/// What this signing has to pin: nothing where `rule` is the pinned one.
///
/// # Errors
/// Where another rule is pinned.
pub(super) fn rule_to_pin(
    pinned: Option<PinnedApprovals>,
    rule: &ApprovalRuleRecord,
) -> Result<Option<PinnedApprovals>, Diagnosis> {
    let Some(pinned) = pinned else {
        return Ok(Some(PinnedApprovals { serial: 1, rule: Some(rule.clone()), reset: None }));
    };
    match pinned.rule {
        None => {
            let serial = pinned.serial.saturating_add(1);
            Ok(Some(PinnedApprovals { serial, rule: Some(rule.clone()), reset: pinned.reset }))
        }
        Some(before) if before == *rule => Ok(None),
        Some(before) => {
            let told = differences(&before, rule).join("\n");
            let weaker = if is_weaker(&before, rule) { "weaker than" } else { "another than" };
            Err(Diagnosis::new(
                Label::ApprovalsPinned,
                UNTOUCHED,
                format!("APPROVE-PINNED: the site's rule for approvals is {weaker} the pinned one\n{}", lines(&told)),
                "Use the site file and lists of the pinned rule. To change the rule, rehearse a request with [approvals] \
                 alone and have it approved by the pinned rule.",
            ))
        }
    }
}

fn lines(text: &str) -> String {
    text.lines().map(printable).collect::<Vec<_>>().join("\n")
}

/// Says what every run says of the rule.
pub(super) fn announce_rule(pinned: Option<&PinnedApprovals>, required: u32) {
    let said = pinned.map(PinnedApprovals::announcements).unwrap_or_default();
    for text in &said {
        say(&format!("WARNING: {}", printable(text)));
    }
    if required == 0 && !said.iter().any(|text| text == NOBODY_APPROVES) {
        say(&format!("WARNING: {NOBODY_APPROVES}."));
    }
}

/// A state of an older version has signed without a pinned rule. Where the rule that would be pinned now is weaker than
/// the one of the last signing, somebody has to say so.
pub(super) fn confirm_first_pin(
    rule: &ApprovalRuleRecord,
    state: &State<'_>,
    chain: &Chain,
    folder: &Path,
    interrupt: &Interrupt,
    is_script: bool,
) -> Result<(), Diagnosis> {
    if state.record.approvals.is_some() {
        return Ok(());
    }
    let Some(last) = chain.last_signing() else { return Ok(()) };
    let weaker = match rule_of_rehearsal(&last.rehearsal, folder) {
        Some(before) if is_weaker(&before, rule) => differences(&before, rule).join("\n"),
        Some(_) => return Ok(()),
        None => {
            let people = last.people.len();
            if people <= usize::try_from(rule.required).unwrap_or(usize::MAX) {
                return Ok(());
            }
            format!("{people} people approved the last signing, and {} would have to approve now", rule.required)
        }
    };
    let why = format!("APPROVE-PINNED: this rule is weaker than the one of the last signing\n{}", lines(&weaker));
    let not_pinned = |why: String, next: &str| Err(Diagnosis::new(Label::NotConfirmed, UNTOUCHED, why, next));
    if is_script {
        return not_pinned(why, "Run the command without --yes, so that somebody is asked, or use the stricter rule.");
    }
    say(&format!("WARNING: {why}"));
    match ask_line("Type pin to pin this weaker rule:", interrupt) {
        Answer::Line(line) if line.trim() == "pin" => Ok(()),
        Answer::Line(_) => not_pinned(why, "Use the stricter rule, or type pin."),
        Answer::Interrupted => Err(interrupted()),
        Answer::NobodyThere => not_pinned(why, "Run the command on a terminal, or use the stricter rule."),
    }
}

/// The rule of the rehearsal with this listing, by its SHA-256, where its folder lies beside `folder`.
fn rule_of_rehearsal(rehearsal: &str, folder: &Path) -> Option<ApprovalRuleRecord> {
    let beside = std::fs::read_dir(rootcast_host::disk::parent(folder)).ok()?;
    let is_it = |path: &Path| {
        let listing = std::fs::read(path.join(LISTING)).ok();
        listing.is_some_and(|listing| Digest::of(&listing).to_string() == rehearsal)
    };
    let found = beside.flatten().map(|entry| entry.path()).find(|path| is_it(path))?;
    let opened = RehearsalFolder::open(&found).ok()?;
    let site = Site::parse(bytes_of(&opened.site_files, SITE_FILE)?, &found).ok()?;
    site.approvers(&opened.site_files).ok()?.record().ok()
}

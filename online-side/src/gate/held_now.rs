//! How the held items stand now: whether each can be accepted still, and what it warns of. Must not: decide or commit
//! anything.

use std::time::Duration;

use rootcast_host::processor_time::Budget;
use rootcast_pki::finding::Severity;
use rootcast_pki::report::ReportedFinding;
use rootcast_pki::stage::Ruling;

use super::authority::Root;
use super::item::judge_item;
use crate::publication::{Draft, Snapshot, StateError, held_file};

/// How a held item stands now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HeldNow {
    /// The rules that refuse it by now, each with its text. No decision can change that.
    pub(crate) refused: Vec<String>,
    /// What it warns of, each rule with its text, such as a published CA that it revokes.
    pub(crate) warnings: Vec<String>,
    /// The budget was spent before it was judged again: nothing is known of both.
    pub(crate) is_unseen: bool,
}

impl HeldNow {
    /// All of it in one line; nothing where there is nothing to say.
    pub(crate) fn text(&self) -> Option<String> {
        if self.is_unseen {
            return Some("not looked at again: `rootcast-online held list` judges every held item".to_owned());
        }
        if !self.refused.is_empty() {
            return Some(format!("can no longer be accepted: {}", self.refused.join("; ")));
        }
        (!self.warnings.is_empty()).then(|| self.warnings.join("; "))
    }
}

/// How the held items of a state stand, in the order of its record. Each is judged again as a decision would, until this
/// thread has used `most` processor time for it: the one in hand then is the last.
///
/// # Errors
/// When the state cannot be read.
pub(crate) fn held_now(
    snapshot: &Snapshot,
    roots: &[Root],
    most: Duration,
    now: i64,
) -> Result<Vec<HeldNow>, StateError> {
    let budget = Budget::new(most);
    let of = |findings: &[ReportedFinding], severity: Severity| -> Vec<String> {
        let those = findings.iter().filter(|finding| finding.severity == severity);
        those.map(|finding| format!("{}: {}", finding.rule, finding.text)).collect()
    };
    let judge = |held: &crate::publication::HeldRecord| {
        if budget.is_spent() {
            return Ok(HeldNow { is_unseen: true, ..HeldNow::default() });
        }
        // One of its own for each: what one of them would publish is not published.
        let mut draft = Draft::from_snapshot(snapshot.clone());
        let bytes = draft.file(&held_file(&held.sha256))?;
        let judged = judge_item(&mut draft, roots, &held.name, &bytes, None, now)?;
        let refused = match judged.verdict {
            Ruling::Rejected => of(&judged.findings, Severity::Reject),
            Ruling::Accepted | Ruling::Held | Ruling::NoOp => Vec::new(),
        };
        Ok(HeldNow { refused, warnings: of(&judged.findings, Severity::Warn), is_unseen: false })
    };
    snapshot.record().held.iter().map(judge).collect()
}

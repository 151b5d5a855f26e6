//! Human decisions about held items. The item is judged again, the decision covers exactly what was shown, and it is
//! recorded.

use std::collections::BTreeSet;

use rootcast_pki::rule::Rule;
use rootcast_pki::stage::Ruling;

use super::authority::roots;
use super::held::{held_record, is_as_shown};
use super::item::judge_item;
use super::judged_item::{JudgedItem, item_receipt};
use super::receipt::receipt;
use crate::publication::{
    Decision, HeldRecord, ItemReceipt, ItemVerdict, ReceiptKind, State, StateError, held_file, words_of,
};

/// Judges a held item again, now, with a recorded human decision about exactly what was shown.
///
/// The decision does not cover a new hold, whether by another rule or by the same rule with other numbers or places.
/// The item then stays held, by everything that holds it now. A decision never covers a reject.
///
/// # Errors
/// When the state cannot be read or written.
pub fn decide(
    state: &mut State,
    held: &HeldRecord,
    by: &str,
    because: &str,
    now: i64,
) -> Result<JudgedItem, StateError> {
    let mut draft = state.draft();
    let roots = state.snapshot().map(roots).transpose()?.unwrap_or_default();
    let bytes = draft.file(&held_file(&held.sha256))?;
    let rules: BTreeSet<Rule> = held.rules.iter().filter_map(|rule| rule.parse().ok()).collect();
    let mut judged = judge_item(&mut draft, &roots, &held.name, &bytes, None, now)?;
    if judged.verdict == Ruling::Held && is_as_shown(held, &judged) {
        judged = judge_item(&mut draft, &roots, &held.name, &bytes, Some(rules), now)?;
    }
    match judged.verdict {
        Ruling::NoOp => draft.remove_held(&held.sha256),
        Ruling::Held => {
            // The decision was not enough: what is shown next is what holds it without any.
            judged = judge_item(&mut draft, &roots, &held.name, &bytes, None, now)?;
            let mut again = held_record(&judged, held.object.clone(), now);
            again.since = held.since;
            judged.held = Some(again.id());
            draft.hold(again, &bytes);
        }
        Ruling::Accepted | Ruling::Rejected => {}
    }
    let mut receipt = receipt(ReceiptKind::Decision, &roots, now);
    receipt.items = vec![item_receipt(&judged)];
    receipt.decision =
        Some(Decision { by: by.to_owned(), because: because.to_owned(), rules: held.rules.clone(), until: None });
    state.commit(draft, receipt, now)?;
    Ok(judged)
}

/// Discards a held item.
///
/// # Errors
/// When the state cannot be read or written.
pub(crate) fn discard(
    state: &mut State,
    held: &HeldRecord,
    by: &str,
    because: &str,
    now: i64,
) -> Result<(), StateError> {
    let mut draft = state.draft();
    let roots = state.snapshot().map(roots).transpose()?.unwrap_or_default();
    draft.remove_held(&held.sha256);
    let mut receipt = receipt(ReceiptKind::Discard, &roots, now);
    receipt.items = vec![ItemReceipt {
        name: held.name.clone(),
        kind: held.kind.into(),
        words: words_of(&held.sha256),
        tbs_sha256: held.tbs_sha256.clone(),
        sha256: held.sha256.clone(),
        verdict: ItemVerdict::Discarded,
        issuer: held.issuer.clone(),
        published: None,
        times: 1,
        findings: Vec::new(),
    }];
    receipt.decision =
        Some(Decision { by: by.to_owned(), because: because.to_owned(), rules: held.rules.clone(), until: None });
    state.commit(draft, receipt, now)
}

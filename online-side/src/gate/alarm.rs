//! What rings, and who acknowledges it. Must not: decide about an item.

use rootcast_host::clock::rfc3339;
use rootcast_host::exit::Exit;
use rootcast_host::text::count;
use rootcast_pki::report::ReportedFinding;
use rootcast_pki::rule::Rule;
use rootcast_protocol::object::Object;

use super::authority::roots;
use super::judged_item::JudgedItem;
use super::receipt::receipt;
use crate::publication::{
    Acknowledgement, Alarm, AlarmKind, AlarmReceipt, AlarmRecord, Decision, ReceiptKind, State, StateError,
};
use crate::reception::assembly::FalseSymbols;

/// What a genuine item rings: that it was rejected, that its key signed it twice, or that the clock is behind a verdict
/// made here. Anybody can send an item that only names a trusted issuer, so such an item rings nothing.
pub(super) fn of_item(item: &JudgedItem, latest_time: i64) -> impl Iterator<Item = Alarm> {
    let genuine = Some(item).filter(|item| item.of_enrolled_issuer);
    let refused = genuine.and_then(refused);
    let clock = genuine.and_then(|item| item.findings.iter().find(|finding| finding.rule == Rule::ClockBack));
    let clock = clock.map(|finding| Alarm {
        kind: AlarmKind::Clock,
        about: rfc3339(latest_time),
        content: None,
        rules: vec![finding.rule.to_string()],
        text: finding.text.clone(),
    });
    let second = genuine.and_then(|item| item.findings.iter().find(|finding| finding.rule == Rule::SigSecond));
    let second = second.map(|finding| Alarm {
        kind: AlarmKind::SecondSignature,
        about: item.tbs_sha256.unwrap_or(item.sha256).to_string(),
        content: None,
        rules: vec![finding.rule.to_string()],
        text: finding.text.clone(),
    });
    refused.into_iter().chain(clock).chain(second)
}

fn refused(item: &JudgedItem) -> Option<Alarm> {
    let kind = match item.exit {
        Exit::Rejected => AlarmKind::Rejected,
        Exit::RolledBack => AlarmKind::RolledBack,
        _ => return None,
    };
    // What makes it an alarm comes first.
    let cause = item.cause();
    let others = item.reasons().filter(|finding| cause.is_none_or(|cause| !std::ptr::eq(cause, *finding)));
    let findings: Vec<&ReportedFinding> = cause.into_iter().chain(others).collect();
    let why = findings.first().map_or_else(String::new, |finding| format!("{}: {}", finding.rule, finding.text));
    let what = item.description.as_deref().unwrap_or(&item.name);
    Some(Alarm {
        kind,
        about: item.sha256.to_string(),
        content: item.tbs_sha256.map(|signed| signed.to_string()),
        rules: findings.iter().map(|finding| finding.rule.to_string()).collect(),
        text: format!("{why} ({what})"),
    })
}

/// What false symbols of an object with a genuine item ring: one alarm a link.
pub(super) fn of_false_symbols(object: &Object, these: &FalseSymbols) -> Alarm {
    let symbols = count(these.symbols.into(), "symbol");
    let (first, last) = (rfc3339(these.first), rfc3339(these.last));
    let were = if these.symbols == 1 { "was" } else { "were" };
    Alarm {
        kind: AlarmKind::FalseSymbols,
        about: these.link.clone(),
        content: None,
        rules: vec![Rule::ObjDigest.to_string()],
        text: format!("{symbols} of object {} from this link between {first} and {last} {were} false", object.id),
    }
}

/// What a link rings that failed while in use: one alarm a link.
#[must_use]
pub(crate) fn of_failed_link(link: &str, why: &str) -> Alarm {
    Alarm {
        kind: AlarmKind::LinkFailed,
        about: link.to_owned(),
        content: None,
        rules: Vec::new(),
        text: why.to_owned(),
    }
}

/// Keeps something that rings, in a generation of its own; nothing if it was noted just now.
///
/// # Errors
/// When the state cannot be read or written.
pub(crate) fn keep(state: &mut State, alarm: Alarm, links: &[String], now: i64) -> Result<(), StateError> {
    let mut draft = state.draft();
    if !draft.record().rings(&alarm, now) {
        return Ok(());
    }
    let roots = state.snapshot().map(roots).transpose()?.unwrap_or_default();
    let mut receipt = receipt(ReceiptKind::Alarm, &roots, now);
    receipt.links = links.to_vec();
    receipt.alarms.extend(draft.ring(alarm, now));
    state.commit(draft, receipt, now)
}

/// Acknowledges an alarm: for good, or until some time.
///
/// # Errors
/// When the state cannot be read or written.
pub(crate) fn acknowledge(
    state: &mut State,
    alarm: &AlarmRecord,
    (by, because): (&str, &str),
    until: Option<i64>,
    now: i64,
) -> Result<(), StateError> {
    let mut draft = state.draft();
    let roots = state.snapshot().map(roots).transpose()?.unwrap_or_default();
    let acknowledgement =
        until.map(|until| Acknowledgement { by: by.to_owned(), because: because.to_owned(), at: now, until });
    draft.acknowledge(&alarm.id(), acknowledgement);
    let mut receipt = receipt(ReceiptKind::AlarmAcknowledged, &roots, now);
    receipt.alarms = vec![AlarmReceipt::from(alarm)];
    receipt.decision = Some(Decision {
        by: by.to_owned(),
        because: because.to_owned(),
        rules: alarm.rules.clone(),
        until: until.map(rfc3339),
    });
    state.commit(draft, receipt, now)
}

//! Judges one item against a draft of the state, and adds it to the draft if it passes. Must not: commit anything.

use std::collections::BTreeSet;

use rootcast_host::clock::{RELEASED, rfc3339};
use rootcast_pki::authority::CutOff;
use rootcast_pki::finding::Severity;
use rootcast_pki::item::{self, ItemKind};
use rootcast_pki::judgement::{Accepted, Judgement, judge_until};
use rootcast_pki::profile::Policy;
use rootcast_pki::rule::Rule;
use rootcast_pki::stage::Outcome;
use rootcast_pki::stop::Stop;
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;

use super::authority::{Authorities, Authority, Known, Root, policy_for};
use super::history::Memory;
use super::judged_item::{JudgedItem, judged_by, unreadable};
use crate::limits::CLOCK_BACK_TOLERANCE_S;
use crate::publication::{Draft, StateError};

/// Judges one item against a state, and adds it to the draft if it passes. Commits nothing.
///
/// # Errors
/// When the state cannot be read.
pub fn judge_item(
    draft: &mut Draft,
    roots: &[Root],
    name: &str,
    bytes: &[u8],
    decision: Option<BTreeSet<Rule>>,
    now: i64,
) -> Result<JudgedItem, StateError> {
    judge_item_among(draft, &mut Authorities::new(roots, now), (name, bytes), decision, now, &Stop::never())
}

/// The same for one of several items, which share the authorities.
///
/// # Errors
/// When the state cannot be read, and when `stop` said so before there was a verdict.
pub(super) fn judge_item_among(
    draft: &mut Draft,
    authorities: &mut Authorities<'_>,
    (name, bytes): (&str, &[u8]),
    decision: Option<BTreeSet<Rule>>,
    now: i64,
    stop: &Stop,
) -> Result<JudgedItem, StateError> {
    let clock_back = clock_back(draft.record().latest_time, now);
    judge_with_clock(draft, authorities, (name, bytes), decision, (now, clock_back), stop)
}

/// Judges one item as of a time that a person named: no clock went back (CLOCK-BACK). For looking at a file.
///
/// # Errors
/// When the state cannot be read.
pub(crate) fn judge_item_as_of(
    draft: &mut Draft,
    roots: &[Root],
    name: &str,
    bytes: &[u8],
    at: i64,
) -> Result<JudgedItem, StateError> {
    judge_with_clock(draft, &mut Authorities::new(roots, at), (name, bytes), None, (at, None), &Stop::never())
}

fn judge_with_clock(
    draft: &mut Draft,
    known: &mut Authorities<'_>,
    (name, bytes): (&str, &[u8]),
    decision: Option<BTreeSet<Rule>>,
    (now, clock_back): (i64, Option<String>),
    stop: &Stop,
) -> Result<JudgedItem, StateError> {
    let item = match item::read_until(bytes, stop)? {
        Ok(item) => item,
        Err(findings) => return Ok(unreadable(name, bytes, findings)),
    };
    let decided_clock = decision.as_ref().is_some_and(|rules| rules.contains(&Rule::ClockBack));
    let Known { roots, authorities, issuers } = known.get(draft)?;
    let memory = Memory::new(authorities, issuers, draft, decision);
    let judge_with = |policy: &Policy| judge_until(&item, issuers, &memory, policy, Timestamp(now), stop);
    let policy_of = |authority: &Authority<'_>| policy_for(&authority.issuer, roots);
    let first = authorities.first().map_or_else(Policy::default, policy_of);
    let mut judgement: Judgement<'_> = judge_with(&first)?;
    let judged_by_index = |index: Option<usize>| index.and_then(|index| authorities.get(index));
    if let Some(policy) = judged_by_index(judgement.issuer).map(policy_of)
        && policy != first
    {
        judgement = judge_with(&policy)?;
    }
    // The certificate that allows it under this policy may be another one of the same issuer.
    let authority = judged_by_index(judgement.issuer);
    memory.check()?;
    if let Some(cut_off) = authority.and_then(|authority| authority.cut_off.as_ref()) {
        refuse(&mut judgement, cut_off);
    }
    if let (Some(text), Outcome::Accepted(_) | Outcome::Held) = (clock_back, &judgement.verdict.outcome) {
        judgement.verdict.findings.add(Rule::ClockBack, Severity::Hold, text).decided = decided_clock;
        if !decided_clock {
            judgement.verdict.outcome = Outcome::Held;
        }
    }
    let mut judged_item = judged_by(name, &item, &judgement);
    judged_item.source = authority.map(|authority| Digest(authority.root.issuer.spki_sha256()));
    judged_item.compared_with = authority.and_then(|authority| {
        let name = authority.issuer.file_name();
        draft.record().crls.iter().find(|crl| crl.issuer == name).map(|crl| crl.sha256.clone())
    });
    judged_item.issuer = authority.map(|authority| {
        let issuer = &authority.issuer;
        format!("{} ({})", issuer.subject(), issuer.mark())
    });
    judged_item.of_enrolled_issuer = authority.is_some() && judgement.authentic;
    if let (Some(authority), Outcome::Accepted(accepted)) = (authority, &judgement.verdict.outcome) {
        judged_item.published = Some(match accepted {
            Accepted::Crl(crl) => draft.publish_crl(crl, &authority.issuer, now),
            Accepted::Certificate(certificate) => draft.publish_certificate(certificate, &authority.issuer, now),
        });
        draft.remove_held(&judged_item.sha256.to_string());
        if let Some(same) =
            judged_item.tbs_sha256.and_then(|signed| draft.held_of(&signed)).map(|held| held.sha256.clone())
        {
            draft.remove_held(&same);
        }
        known.changed();
    }
    Ok(judged_item)
}

/// Refuses an item whose issuer is cut off. The rules look at the issuer's certificate and at its own issuer's; this is for
/// everything above these two, and for the other certificates of the issuer.
fn refuse(judgement: &mut Judgement<'_>, cut_off: &CutOff) {
    if matches!(judgement.verdict.outcome, Outcome::NoOp) {
        return;
    }
    let rule = match judgement.kind {
        ItemKind::Crl => Rule::CrlIssuerStatus,
        ItemKind::Certificate => Rule::CertIssuerUsage,
    };
    judgement.verdict.findings.add(rule, Severity::Reject, cut_off.to_string());
    judgement.verdict.outcome = Outcome::Rejected;
}

/// What the clock is behind, where it went back; not what it shows, which is another each second.
#[must_use]
pub(crate) fn clock_back(latest: i64, now: i64) -> Option<String> {
    let least = latest.saturating_sub(CLOCK_BACK_TOLERANCE_S).max(RELEASED);
    (now < least).then(|| {
        let since =
            if least == RELEASED { "this version was released in the month of" } else { "a verdict was made here at" };
        format!("the clock went back: {since} {}", rfc3339(latest.max(RELEASED)))
    })
}

//! The gate: judges what arrived against what was accepted before, and publishes what passes.
//!
//! The items of one bundle are judged one by one, each on the root's own signature; the manifest decides nothing.
//! Whatever the outcome, one commit holds all of it.

use std::collections::{BTreeMap, BTreeSet};

use rootcast_host::clock::{RELEASED, rfc3339};
use rootcast_host::exit::Exit;
use rootcast_pki::finding::{Findings, Severity};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::{self, Item, ItemKind};
use rootcast_pki::judgement::{Accepted, Judgement, judge};
use rootcast_pki::limits::NAMED_MAX;
use rootcast_pki::profile::Policy;
use rootcast_pki::report::ReportedFinding;
use rootcast_pki::rule::Rule;
use rootcast_pki::stage::{Outcome, Verdict};
use rootcast_pki::time::Timestamp;
use rootcast_protocol::bundle::Bundle;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::object::Object;

use crate::limits::{CLOCK_BACK_TOLERANCE_S, HELD_MAX};
use crate::publication::{
    Draft, HeldRecord, ItemReceipt, ManifestReceipt, Receipt, RuleReceipt, State, StateError, words_of,
};
use crate::reception::assembly::{CompleteObject, FalseSymbols};

mod authority;
mod decision;
pub mod export_key;
mod history;
mod manifest;

pub use authority::{Authority, Root, authorities, policy_of, roots, switched_off_texts};
pub use decision::{decide, discard};

use history::Memory;

/// What became of one object.
#[derive(Debug)]
pub struct JudgedObject {
    /// Which object.
    pub object: Object,
    /// Its items, in order.
    pub items: Vec<JudgedItem>,
    /// Its manifest, where it has one; it decides about no item.
    pub manifest: Option<ManifestReceipt>,
    /// Whether an item that an enrolled issuer made is among them. One that only names it does not count.
    pub of_enrolled_issuer: bool,
    /// The worst outcome of its items and its manifest.
    pub exit: Exit,
    /// Symbols that were false and were left out, by link, most first.
    pub false_symbols: Vec<FalseSymbols>,
}

/// What became of one item.
#[derive(Debug, Clone)]
pub struct JudgedItem {
    /// The name it travelled under.
    pub name: String,
    /// `crl`, `certificate` or `unknown`.
    pub kind: &'static str,
    /// SHA-256.
    pub sha256: Digest,
    /// One line for people, where it could be read; printable.
    pub description: Option<String>,
    /// `accepted`, `no-op`, `held` or `rejected`.
    pub verdict: &'static str,
    /// Every finding.
    pub findings: Vec<RuleReceipt>,
    /// Where it was published, below `published`.
    pub published: Option<String>,
    /// What names it among the held items.
    pub held: Option<String>,
    /// SHA-256 of the CRL that it was compared with, the one accepted of its issuer.
    pub compared_with: Option<String>,
    /// An enrolled issuer, or an offline issuer under an enrolled root, made it: its signature holds, whatever the verdict.
    pub of_enrolled_issuer: bool,
    /// SHA-256 of the public key of the root that the issuer it names is, or stands below.
    pub source: Option<Digest>,
    /// The exit code it alone would give.
    pub exit: Exit,
}

/// Judges one item against a state, and puts it into the draft where it passes. Nothing is committed.
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
    let clock_back = clock_back(draft.record().latest_time, now);
    judge_with_clock(draft, roots, (name, bytes), decision, (now, clock_back))
}

/// Judges one item as of a time that a person named: no clock went back (CLOCK-BACK). For looking at a file.
///
/// # Errors
/// When the state cannot be read.
pub fn judge_item_as_of(
    draft: &mut Draft,
    roots: &[Root],
    name: &str,
    bytes: &[u8],
    at: i64,
) -> Result<JudgedItem, StateError> {
    judge_with_clock(draft, roots, (name, bytes), None, (at, None))
}

fn judge_with_clock(
    draft: &mut Draft,
    roots: &[Root],
    (name, bytes): (&str, &[u8]),
    decision: Option<BTreeSet<Rule>>,
    (now, clock_back): (i64, Option<String>),
) -> Result<JudgedItem, StateError> {
    let item = match item::read(bytes) {
        Ok(item) => item,
        Err(findings) => return Ok(unreadable(name, bytes, findings)),
    };
    let decided_clock = decision.as_ref().is_some_and(|rules| rules.contains(&Rule::ClockBack));
    let authorities = authorities(roots, draft, now)?;
    let issuers: Vec<Issuer> = authorities.iter().map(|authority| authority.issuer.clone()).collect();
    let memory = Memory::of(&authorities, &issuers, draft, decision);
    let judge_with = |policy: &Policy| judge(&item, &issuers, &memory, policy, Timestamp(now));
    let first = authorities.first().map_or_else(Policy::default, |authority| authority.root.policy);
    let mut judgement: Judgement<'_> = judge_with(&first);
    let authority = judgement.issuer.and_then(|index| authorities.get(index));
    if let Some(authority) = authority
        && authority.root.policy != first
    {
        judgement = judge_with(&authority.root.policy);
    }
    memory.check()?;
    if let Some((above, since)) = authority.and_then(|authority| authority.cut_off.as_ref()) {
        cut_off(&mut judgement, above, *since);
    }
    if let (Some(text), Outcome::Accepted(_) | Outcome::Held) = (clock_back, &judgement.verdict.outcome) {
        judgement.verdict.findings.add(Rule::ClockBack, Severity::Hold, text).decided = decided_clock;
        if !decided_clock {
            judgement.verdict.outcome = Outcome::Held;
        }
    }
    let kind = word_of(judgement.kind);
    let mut judged_item = judged(name, kind, &item.der, judgement.description.clone(), &judgement.verdict);
    judged_item.source = authority.map(|authority| Digest(authority.root.issuer.spki_sha256()));
    judged_item.compared_with = authority.and_then(|authority| {
        let name = authority.issuer.file_name();
        draft.record().crls.iter().find(|crl| crl.issuer == name).map(|crl| crl.sha256.clone())
    });
    judged_item.of_enrolled_issuer = authority.is_some() && judgement.authentic;
    if let (Some(authority), Outcome::Accepted(accepted)) = (authority, &judgement.verdict.outcome) {
        judged_item.published = Some(match accepted {
            Accepted::Crl(crl) => draft.publish_crl(crl, &authority.issuer, now),
            Accepted::Certificate(certificate) => draft.publish_certificate(certificate, &authority.issuer, now),
        });
        draft.let_go(&judged_item.sha256.to_string());
    }
    Ok(judged_item)
}

/// Refuses an item whose issuer stands below a revoked one. The rules look at an issuer and at its own issuer; this is
/// for everything above these two.
fn cut_off(judgement: &mut Judgement<'_>, above: &str, since: i64) {
    if matches!(judgement.verdict.outcome, Outcome::NoOp) {
        return;
    }
    let rule = match judgement.kind {
        ItemKind::Crl => Rule::CrlIssuerStatus,
        ItemKind::Certificate => Rule::CertIssuerUsage,
    };
    let text = format!("the certificate of {above}, above the issuer, was revoked {}", rfc3339(since));
    judgement.verdict.findings.add(rule, Severity::Reject, text);
    judgement.verdict.outcome = Outcome::Rejected;
}

/// What the clock is behind, where it went back; not what it shows, which is another each second.
fn clock_back(latest: i64, now: i64) -> Option<String> {
    let least = latest.saturating_sub(CLOCK_BACK_TOLERANCE_S).max(RELEASED);
    (now < least).then(|| {
        let since =
            if least == RELEASED { "this version was made in the month of" } else { "a verdict was made here at" };
        format!("the clock went back: {since} {}", rfc3339(latest.max(RELEASED)))
    })
}

fn word_of(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Crl => "crl",
        ItemKind::Certificate => "certificate",
    }
}

fn judged<T>(
    name: &str,
    kind: &'static str,
    der: &[u8],
    description: Option<String>,
    verdict: &Verdict<T>,
) -> JudgedItem {
    let exit = match verdict.outcome {
        Outcome::Accepted(_) | Outcome::NoOp => Exit::Done,
        Outcome::Held | Outcome::Rejected if verdict.is_rollback() => Exit::RolledBack,
        Outcome::Held => Exit::Held,
        Outcome::Rejected => Exit::Rejected,
    };
    JudgedItem {
        name: name.to_owned(),
        kind,
        sha256: Digest::of(der),
        description,
        verdict: verdict.outcome.word(),
        findings: rule_receipts(&verdict.findings),
        published: None,
        held: None,
        compared_with: None,
        of_enrolled_issuer: false,
        source: None,
        exit,
    }
}

/// A judgement made without any state, as an item.
#[must_use]
pub fn judged_by(name: &str, item: &Item<'_>, judgement: &Judgement<'_>) -> JudgedItem {
    judged(name, word_of(judgement.kind), &item.der, judgement.description.clone(), &judgement.verdict)
}

/// A file that holds no item.
#[must_use]
pub fn unreadable(name: &str, bytes: &[u8], findings: Findings) -> JudgedItem {
    judged(name, "unknown", bytes, None, &Verdict::<()>::rejected(findings))
}

/// Findings as they are kept and told.
#[must_use]
pub fn rule_receipts(findings: &Findings) -> Vec<RuleReceipt> {
    findings
        .iter()
        .map(|finding| {
            let told = ReportedFinding::of(finding);
            let (field, offset) = told.location.unzip();
            let decided = if finding.decided { " (decided)" } else { "" };
            RuleReceipt {
                rule: told.rule,
                severity: told.severity,
                text: format!("{}{decided}", told.text),
                reference: told.reference,
                count: told.count,
                field,
                offset,
            }
        })
        .collect()
}

/// Judges every item of an object, and commits what came of it.
///
/// # Errors
/// When the state cannot be read or written; then nothing of the object was published.
pub fn judge_object(
    state: &mut State,
    object: &CompleteObject,
    links: &[String],
    now: i64,
) -> Result<JudgedObject, StateError> {
    let mut draft = state.draft();
    let roots = state.snapshot().map(roots).transpose()?.unwrap_or_default();
    let mut items: Vec<JudgedItem> = Vec::new();
    // Where the same bytes come again and nothing changed in between, the verdict is the same and not made again.
    let mut same: BTreeMap<Digest, JudgedItem> = BTreeMap::new();
    let mut manifest = None;
    match Bundle::parse(object.bytes()) {
        Ok(bundle) => {
            for (entry, bytes) in bundle.manifest.items.iter().zip(&bundle.items) {
                if let Some(judged) = same.get(&entry.sha256) {
                    items.push(JudgedItem { name: entry.name.clone(), ..judged.clone() });
                    continue;
                }
                let mut judged = judge_item(&mut draft, &roots, &entry.name, bytes, None, now)?;
                if judged.verdict == "held" {
                    hold(&mut draft, &mut judged, bytes, object, now);
                }
                if matches!(judged.verdict, "accepted" | "held") {
                    same.clear();
                } else {
                    same.insert(entry.sha256, judged.clone());
                }
                items.push(judged);
            }
            manifest = Some(manifest::judge(&bundle, &items, &roots, &mut draft, now)?);
        }
        Err(error) => {
            let mut findings = Findings::new();
            let text = format!("the digest is right, but these bytes are no bundle: {error}");
            findings.add(Rule::ObjDigest, Severity::Reject, text);
            items.push(judged("(bundle)", "unknown", object.bytes(), None, &Verdict::<()>::rejected(findings)));
        }
    }
    let of_enrolled_issuer = items.iter().any(|item| item.of_enrolled_issuer);
    let mut receipt = receipt("received", &roots, now);
    receipt.object = Some(object.object().id.to_string());
    receipt.links = links.to_vec();
    receipt.items = items.iter().map(item_receipt).collect();
    receipt.manifest = manifest.as_ref().map(|manifest| manifest.receipt.clone());
    let is_alarm = manifest.as_ref().is_some_and(|manifest| manifest.is_alarm);
    let is_news = manifest.as_ref().is_some_and(|manifest| manifest.is_news);
    let is_contact = of_enrolled_issuer && manifest.as_ref().is_none_or(|manifest| manifest.is_contact);
    // A carousel repeats itself, and anybody can send foreign objects: only what says something new is kept.
    let latest = if is_contact { draft.record().last_object } else { Some(draft.record().latest_time) };
    let recently = latest.is_some_and(|last| now.saturating_sub(last) < CONTACT_KEPT_EVERY_S);
    let made: Vec<&JudgedItem> = items.iter().filter(|item| item.of_enrolled_issuer).collect();
    let says_something_new = made.iter().any(|item| {
        item.verdict == "accepted" || item.verdict != "no-op" && !state.was_told(&item.sha256, item.verdict)
    });
    if is_alarm || is_news || (of_enrolled_issuer && (says_something_new || !recently)) {
        if is_contact {
            draft.contact(now);
        }
        state.commit(draft, receipt, now)?;
        made.iter().for_each(|item| state.told(item.sha256, item.verdict));
    }
    let worst = if is_alarm { Exit::RolledBack } else { Exit::Done };
    let exit = items.iter().fold(worst, |exit, item| exit.worst(item.exit));
    let false_symbols = object.false_symbols().to_vec();
    let manifest = manifest.map(|manifest| manifest.receipt);
    Ok(JudgedObject { object: object.object(), items, manifest, of_enrolled_issuer, exit, false_symbols })
}

/// Seconds between two receipts of objects that only repeat what is published, or what this run has on record.
const CONTACT_KEPT_EVERY_S: i64 = 3_600;

fn hold(draft: &mut Draft, judged: &mut JudgedItem, bytes: &[u8], object: &CompleteObject, now: i64) {
    let sha256 = judged.sha256.to_string();
    let known = draft.record().held.iter().any(|held| held.sha256 == sha256);
    if !known && draft.record().held.len() >= HELD_MAX {
        return;
    }
    let der = item::read(bytes).map(|item| item.der.into_owned()).unwrap_or_default();
    let mut held = held_record(judged, object.object().id.to_string(), now);
    held.since = draft.record().held.iter().find(|held| held.sha256 == sha256).map_or(now, |held| held.since);
    judged.held = Some(held.id());
    draft.hold(held, &der);
}

fn held_record(judged: &JudgedItem, object: String, now: i64) -> HeldRecord {
    let holding = || judged.findings.iter().filter(|f| f.severity == "hold");
    HeldRecord {
        sha256: judged.sha256.to_string(),
        kind: judged.kind.to_owned(),
        name: judged.name.clone(),
        object,
        since: now,
        rules: holding().map(|f| f.rule.clone()).collect(),
        texts: holding().map(|f| shown_text(f, judged.compared_with.as_deref())).collect(),
    }
}

/// What people are shown of a rule that holds an item. Where not every place is named, the CRL it was compared with is:
/// the two CRLs together leave no doubt which places a decision is about.
fn shown_text(finding: &RuleReceipt, compared_with: Option<&str>) -> String {
    match (finding.count, compared_with) {
        (..=1, _) => finding.text.clone(),
        (count, Some(sha256)) if count > NAMED_MAX as u64 => {
            format!("{} ({count} times, compared with the accepted CRL {sha256})", finding.text)
        }
        (count, _) => format!("{} ({count} times)", finding.text),
    }
}

/// A receipt to be filled. It names what configuration switches off for these roots.
#[must_use]
pub fn receipt(what: &str, roots: &[Root], now: i64) -> Receipt {
    Receipt {
        version: 1,
        generation: 0,
        time: rfc3339(now),
        what: what.to_owned(),
        by_program: concat!("rootcast-online ", env!("CARGO_PKG_VERSION")).to_owned(),
        previous: String::new(),
        object: None,
        links: Vec::new(),
        manifest: None,
        switched_off: switched_off_texts(roots),
        items: Vec::new(),
        decision: None,
    }
}

/// An item as its receipt keeps it.
#[must_use]
pub fn item_receipt(item: &JudgedItem) -> ItemReceipt {
    ItemReceipt {
        name: item.name.clone(),
        kind: item.kind.to_owned(),
        sha256: item.sha256.to_string(),
        words: words_of(&item.sha256.to_string()),
        verdict: item.verdict.to_owned(),
        published: item.published.clone(),
        findings: item.findings.clone(),
    }
}

/// The bytes that hexadecimal digits spell; nothing where they spell none.
fn hexadecimal(digits: &str) -> Option<Vec<u8>> {
    let pair = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    (0..digits.len()).step_by(2).map(pair).collect()
}

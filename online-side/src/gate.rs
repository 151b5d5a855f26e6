//! The gate: judges what arrived against what was accepted before, and publishes what passes.
//!
//! The items of one bundle are judged one by one, each on the root's own signature; the manifest decides nothing.
//! Whatever the outcome, one commit holds all of it.

use std::collections::{BTreeMap, BTreeSet};

use rootcast_host::clock::{RELEASED, rfc3339};
use rootcast_host::exit::Exit;
use rootcast_pki::certificate;
use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::finding::{Findings, Severity};
use rootcast_pki::history::{CertificateHistory, CrlHistory, History, IssuedCertificate};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::{self, Item, ItemKind};
use rootcast_pki::judgement::{Accepted, Judgement, judge};
use rootcast_pki::profile::Policy;
use rootcast_pki::rule::Rule;
use rootcast_pki::stage::{Outcome, Verdict};
use rootcast_pki::time::Timestamp;
use rootcast_protocol::bundle::Bundle;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::object::Object;

use crate::assembly::CompleteObject;
use crate::limits::{CLOCK_BACK_TOLERANCE_S, HELD_MAX};
use crate::publication::{
    Decision, Draft, HeldRecord, ItemReceipt, Receipt, RootRecord, RuleReceipt, Snapshot, State, StateError, held_file,
    root_file, words_of,
};

/// A pinned root, ready to judge with.
#[derive(Debug)]
pub struct Root {
    /// How it was enrolled.
    pub record: RootRecord,
    /// The root itself.
    pub issuer: Issuer,
    /// How strictly its items are judged.
    pub policy: Policy,
}

/// What became of one object.
#[derive(Debug)]
pub struct JudgedObject {
    /// Which object.
    pub object: Object,
    /// Its items, in order.
    pub items: Vec<JudgedItem>,
    /// Whether an item of an enrolled issuer is among them.
    pub of_enrolled_issuer: bool,
    /// The worst outcome of its items.
    pub exit: Exit,
    /// A link whose symbols had to be left out.
    pub left_out: Option<String>,
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
    /// Its issuer is enrolled.
    pub of_enrolled_issuer: bool,
    /// The exit code it alone would give.
    pub exit: Exit,
}

/// The roots pinned in a generation.
///
/// # Errors
/// When a root's file is missing, changed or unreadable.
pub fn roots(snapshot: &Snapshot) -> Result<Vec<Root>, StateError> {
    snapshot.record().roots.iter().map(|record| root_of(record, &snapshot.file(&root_file(&record.sha256))?)).collect()
}

fn root_of(record: &RootRecord, certificate: &[u8]) -> Result<Root, StateError> {
    let broken = |why: &str| StateError::Broken { path: root_file(&record.sha256).into(), why: why.to_owned() };
    let profile = record.profile.parse().map_err(|_| broken("its profile is none this program knows"))?;
    let policy = Policy { profile, allow_sha1: record.allow_sha1, ..Policy::default() };
    let issuer =
        Issuer::from_certificate(certificate, &policy).map_err(|_| broken("this program cannot use it as a root"))?;
    Ok(Root { record: record.clone(), issuer, policy })
}

/// What the state remembers of each issuer, as the rules need it.
struct Memory {
    of: BTreeMap<String, Remembered>,
    decision: Option<BTreeSet<Rule>>,
}

#[derive(Default)]
struct Remembered {
    crl: Option<Vec<u8>>,
    floor: Option<CrlNumber>,
    first_contact_allowed: bool,
    issued: Vec<IssuedCertificate>,
}

impl Memory {
    fn of(roots: &[Root], draft: &Draft, decision: Option<BTreeSet<Rule>>) -> Result<Self, StateError> {
        let mut of = BTreeMap::new();
        for root in roots {
            let name = root.issuer.file_name();
            let mut remembered = Remembered::default();
            if draft.record().crls.iter().any(|crl| crl.issuer == name) {
                remembered.crl = Some(draft.file(&format!("published/crl/{name}.crl"))?);
            }
            if let Some(first) = &root.record.first_number {
                // The first number is itself accepted; the rule asks for more than the floor.
                remembered.floor = first.parse().ok().and_then(|first: CrlNumber| predecessor(&first));
                remembered.first_contact_allowed = remembered.floor.is_none();
            }
            for record in draft.record().certificates.iter().filter(|certificate| certificate.issuer == name) {
                let der = draft.file(&format!("published/ca/{}.crt", record.sha256))?;
                if let Some(certificate) = certificate::inspect(&der, &root.policy).value {
                    remembered.issued.push(IssuedCertificate {
                        serial: certificate.serial(),
                        subject: certificate.subject().to_string(),
                        not_after: certificate.not_after(),
                        sha256: certificate.sha256(),
                        published: true,
                    });
                }
            }
            of.insert(name, remembered);
        }
        Ok(Self { of, decision })
    }
}

/// The number before; none before zero.
fn predecessor(number: &CrlNumber) -> Option<CrlNumber> {
    let mut bytes = number.to_be_bytes();
    let last = bytes.iter().rposition(|byte| *byte > 0)?;
    for (at, byte) in bytes.iter_mut().enumerate() {
        if at == last {
            *byte -= 1;
        } else if at > last {
            *byte = u8::MAX;
        }
    }
    CrlNumber::from_contents(&bytes).ok()
}

impl History for Memory {
    fn crl_history(&self, issuer: &Issuer) -> CrlHistory<'_> {
        let Some(remembered) = self.of.get(&issuer.file_name()) else { return CrlHistory::default() };
        CrlHistory {
            previous: remembered.crl.as_deref(),
            previous_published: true,
            floor: remembered.floor,
            first_contact_allowed: remembered.first_contact_allowed,
            issued: &remembered.issued,
            parent_crl: None,
            decision: self.decision.as_ref(),
        }
    }

    fn certificate_history(&self, issuer: &Issuer) -> CertificateHistory<'_> {
        let Some(remembered) = self.of.get(&issuer.file_name()) else { return CertificateHistory::default() };
        CertificateHistory {
            issued: &remembered.issued,
            crl: remembered.crl.as_deref(),
            decision: self.decision.as_ref(),
            ..CertificateHistory::default()
        }
    }
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
    let item = match item::read(bytes) {
        Ok(item) => item,
        Err(findings) => return Ok(unreadable(name, bytes, findings)),
    };
    let clock_back = clock_back(draft.record().latest_time, now);
    let decided_clock = decision.as_ref().is_some_and(|rules| rules.contains(&Rule::ClockBack));
    let memory = Memory::of(roots, draft, decision)?;
    let issuers: Vec<Issuer> = roots.iter().map(|root| root.issuer.clone()).collect();
    let judge_with = |policy: &Policy| judge(&item, &issuers, &memory, policy, Timestamp(now));
    let first = roots.first().map_or_else(Policy::default, |root| root.policy);
    let mut judgement: Judgement<'_> = judge_with(&first);
    let root = judgement.issuer.and_then(|index| roots.get(index));
    if let Some(root) = root
        && root.policy != first
    {
        judgement = judge_with(&root.policy);
    }
    if let (Some(text), false, Outcome::Accepted(_)) = (clock_back, decided_clock, &judgement.verdict.outcome) {
        judgement.verdict.findings.add(Rule::ClockBack, Severity::Hold, text);
        judgement.verdict.outcome = Outcome::Held;
    }
    let kind = word_of(judgement.kind);
    let mut judged_item = judged(name, kind, &item.der, judgement.description.clone(), &judgement.verdict);
    judged_item.of_enrolled_issuer = root.is_some();
    if let (Some(root), Outcome::Accepted(accepted)) = (root, &judgement.verdict.outcome) {
        judged_item.published = Some(match accepted {
            Accepted::Crl(crl) => draft.publish_crl(crl, &root.issuer, now),
            Accepted::Certificate(certificate) => draft.publish_certificate(certificate, &root.issuer, now),
        });
        draft.let_go(&judged_item.sha256.to_string());
    }
    Ok(judged_item)
}

fn clock_back(latest: i64, now: i64) -> Option<String> {
    let least = latest.saturating_sub(CLOCK_BACK_TOLERANCE_S).max(RELEASED);
    (now < least).then(|| {
        let since =
            if least == RELEASED { "this version was made in the month of" } else { "a verdict was made here at" };
        format!("the clock shows {}, and {since} {}", rfc3339(now), rfc3339(latest.max(RELEASED)))
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
        Outcome::Held => Exit::Held,
        Outcome::Rejected if verdict.is_rollback() => Exit::RolledBack,
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
        of_enrolled_issuer: false,
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
            let mut text = finding.text.clone();
            if !finding.named.is_empty() {
                text.push_str(": ");
                text.push_str(&finding.named.join(", "));
            }
            if finding.decided {
                text.push_str(" (decided)");
            }
            RuleReceipt {
                rule: finding.rule.id().to_owned(),
                severity: finding.severity.to_string(),
                text,
                reference: finding.rule.reference().to_owned(),
                count: finding.count,
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
    let mut items = Vec::new();
    match Bundle::parse(object.bytes()) {
        Ok(bundle) => {
            for (entry, bytes) in bundle.manifest.items.iter().zip(&bundle.items) {
                let mut judged = judge_item(&mut draft, &roots, &entry.name, bytes, None, now)?;
                if judged.verdict == "held" {
                    hold(&mut draft, &mut judged, bytes, object, now);
                }
                items.push(judged);
            }
        }
        Err(error) => {
            let mut findings = Findings::new();
            let text = format!("the digest is right, but these bytes are no bundle: {error}");
            findings.add(Rule::ObjDigest, Severity::Reject, text);
            items.push(judged("(bundle)", "unknown", object.bytes(), None, &Verdict::<()>::rejected(findings)));
        }
    }
    let of_enrolled_issuer = items.iter().any(|item| item.of_enrolled_issuer);
    let mut receipt = receipt("received", now);
    receipt.object = Some(object.object().id.to_string());
    receipt.links = links.to_vec();
    receipt.switched_off = roots
        .iter()
        .filter(|root| root.record.allow_sha1)
        .map(|root| format!("SHA-1 allowed: {}", root.issuer.subject()))
        .collect();
    receipt.items = items.iter().map(item_receipt).collect();
    // A carousel repeats itself, and anybody can send foreign objects: only what says something new is kept.
    let recently = draft.record().last_object.is_some_and(|last| now.saturating_sub(last) < CONTACT_KEPT_EVERY_S);
    let only_no_op = items.iter().all(|item| item.verdict == "no-op");
    if of_enrolled_issuer && !(only_no_op && recently) {
        draft.contact(now);
        state.commit(draft, receipt, now)?;
    }
    let exit = items.iter().fold(Exit::Done, |exit, item| exit.worst(item.exit));
    let left_out = object.left_out().map(ToOwned::to_owned);
    Ok(JudgedObject { object: object.object(), items, of_enrolled_issuer, exit, left_out })
}

/// Seconds between two receipts of objects that only repeat what is published.
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
    judged.held = Some(held.id().to_owned());
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
        texts: holding().map(|f| f.text.clone()).collect(),
    }
}

/// Judges a held item again, now, with a recorded human decision about exactly the rules that were shown.
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
    let rules = held.rules.iter().filter_map(|rule| rule.parse().ok()).collect();
    let mut judged = judge_item(&mut draft, &roots, &held.name, &bytes, Some(rules), now)?;
    match judged.verdict {
        "no-op" => draft.let_go(&held.sha256),
        "held" => {
            let mut again = held_record(&judged, held.object.clone(), now);
            again.since = held.since;
            judged.held = Some(again.id().to_owned());
            draft.hold(again, &bytes);
        }
        _ => {}
    }
    let mut receipt = receipt("decision", now);
    receipt.items = vec![item_receipt(&judged)];
    receipt.decision = Some(Decision { by: by.to_owned(), because: because.to_owned(), rules: held.rules.clone() });
    state.commit(draft, receipt, now)?;
    Ok(judged)
}

/// Lets go of a held item for good.
///
/// # Errors
/// When the state cannot be written.
pub fn discard(state: &mut State, held: &HeldRecord, by: &str, because: &str, now: i64) -> Result<(), StateError> {
    let mut draft = state.draft();
    draft.let_go(&held.sha256);
    let mut receipt = receipt("discard", now);
    receipt.items = vec![ItemReceipt {
        name: held.name.clone(),
        kind: held.kind.clone(),
        words: words_of(&held.sha256),
        sha256: held.sha256.clone(),
        verdict: "discarded".to_owned(),
        published: None,
        findings: Vec::new(),
    }];
    receipt.decision = Some(Decision { by: by.to_owned(), because: because.to_owned(), rules: held.rules.clone() });
    state.commit(draft, receipt, now)
}

/// A receipt to be filled.
#[must_use]
pub fn receipt(what: &str, now: i64) -> Receipt {
    Receipt {
        version: 1,
        generation: 0,
        time: rfc3339(now),
        what: what.to_owned(),
        by_program: concat!("rootcast-online ", env!("CARGO_PKG_VERSION")).to_owned(),
        previous: String::new(),
        object: None,
        links: Vec::new(),
        switched_off: Vec::new(),
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

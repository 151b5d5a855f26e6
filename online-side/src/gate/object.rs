//! Judges every item of a complete object, and commits the result. Whatever the outcome, one commit holds all of it.

use std::collections::{BTreeMap, BTreeSet};

use rootcast_host::exit::Exit;
use rootcast_pki::finding::{Findings, Severity};
use rootcast_pki::item::{self, FileKind};
use rootcast_pki::rule::Rule;
use rootcast_pki::stage::{Ruling, Verdict};
use rootcast_pki::stop::Stop;
use rootcast_protocol::bundle::Bundle;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::manifest::ItemKind;
use rootcast_protocol::object::Object;

use super::alarm;
use super::authority::{Authorities, Root, roots};
use super::held::held_record;
use super::item::judge_item_among;
use super::judged_item::{JudgedItem, each_once, item_receipt, judged, unreadable};
use super::manifest;
use super::receipt::receipt;
use crate::limits::{BRIEF_BYTES_MAX, CONTACT_KEPT_EVERY_S, HELD_MAX};
use crate::publication::{
    Alarm, Draft, HeldRecord, ManifestReceipt, Receipt, ReceiptKind, State, StateError, held_file,
};
use crate::reception::assembly::{CompleteObject, FalseSymbols};

/// The result for one object.
#[derive(Debug)]
pub struct JudgedObject {
    /// Which object.
    pub object: Object,
    /// Its items, in order; each with the same result only once.
    pub items: Vec<JudgedItem>,
    /// Items that are not in the list: they are only counted where they would fill memory, text and log.
    pub items_left_out: u64,
    /// Whether it says something that was not told before in this run: of what a trusted issuer made, or by a signed
    /// manifest.
    pub is_news: bool,
    /// Its manifest, where it has one; it decides about no item.
    pub manifest: Option<ManifestReceipt>,
    /// Whether an item that a trusted issuer made is among them. One that only names it does not count.
    pub of_enrolled_issuer: bool,
    /// The outcome of its manifest: the exit code that it alone would give.
    pub manifest_exit: Exit,
    /// The worst outcome of its items and its manifest. Items without the valid signature of a trusted issuer count only
    /// where there is none with it.
    pub exit: Exit,
    /// Symbols that were false and were left out, by link, most first.
    pub false_symbols: Vec<FalseSymbols>,
    /// Whether an alarm about it waits for somebody to acknowledge it.
    pub has_alarm: bool,
}

impl JudgedObject {
    /// The worst outcome of its manifest and of the items that a trusted issuer made: of what nobody else can cause.
    #[must_use]
    pub(crate) fn exit_of_genuine(&self) -> Exit {
        genuine(&self.items).fold(self.manifest_exit, |exit, item| exit.worst(item.exit))
    }

    /// Its items, those left out among them.
    #[must_use]
    pub(crate) fn item_count(&self) -> u64 {
        self.items.iter().map(|item| item.times).sum::<u64>().saturating_add(self.items_left_out)
    }

    /// The bytes of text it takes, about.
    #[must_use]
    pub(crate) fn size(&self) -> usize {
        let findings = self.manifest.iter().flat_map(|manifest| &manifest.findings);
        let findings = findings.map(|finding| finding.text.len()).sum::<usize>();
        let links = self.false_symbols.iter().map(|these| these.link.len()).sum::<usize>();
        findings + links + self.items.iter().map(JudgedItem::size).sum::<usize>()
    }

    /// Shortens what is no news to [`BRIEF_BYTES_MAX`]: all of it, or the items of nobody. What `is_expected` stays
    /// longest. What stays of an object is one item at least.
    pub(crate) fn shorten(&mut self, is_expected: &dyn Fn(&JudgedItem) -> bool) {
        let mut left = BRIEF_BYTES_MAX;
        let mut kept = vec![false; self.items.len()];
        for expected in [true, false] {
            for (kept, item) in kept.iter_mut().zip(&mut self.items).filter(|(_, item)| is_expected(item) == expected) {
                if self.is_news && item.of_enrolled_issuer {
                    *kept = true;
                } else if left > 0 {
                    item.shorten(left);
                    left = left.saturating_sub(item.size() + 256);
                    *kept = true;
                }
            }
        }
        let (all, mut kept) = (self.item_count(), kept.into_iter());
        self.items.retain(|_| kept.next().unwrap_or(true));
        self.items_left_out = all.saturating_sub(self.items.iter().map(|item| item.times).sum());
    }
}

/// The items that a trusted issuer made.
fn genuine(items: &[JudgedItem]) -> impl Iterator<Item = &JudgedItem> {
    items.iter().filter(|item| item.of_enrolled_issuer)
}

/// What an object comes to against one generation. Nothing of it is committed yet.
#[derive(Debug)]
pub(crate) struct Proposal {
    judged: JudgedObject,
    draft: Draft,
    receipt: Receipt,
    is_to_be_kept: bool,
}

impl Proposal {
    /// Whether there is anything to commit.
    #[must_use]
    pub(crate) fn changes_state(&self) -> bool {
        self.is_to_be_kept
    }

    /// The result for the object, if there is nothing to commit or nobody can commit it.
    #[must_use]
    pub(crate) fn into_judged(self) -> JudgedObject {
        self.judged
    }

    /// Commits it, where there is anything to commit.
    ///
    /// # Errors
    /// When the state cannot be written, or is of another generation; then nothing of the object was published.
    pub(crate) fn commit(self, state: &mut State, now: i64) -> Result<JudgedObject, StateError> {
        if self.is_to_be_kept {
            state.commit(self.draft, self.receipt, now)?;
        }
        Ok(self.judged)
    }
}

/// Judges every item of an object against a state, and commits the result.
///
/// # Errors
/// When the state cannot be read or written; then nothing of the object was published.
pub fn judge_object(
    state: &mut State,
    object: &CompleteObject,
    links: &[String],
    now: i64,
) -> Result<JudgedObject, StateError> {
    let roots = state.snapshot().map(roots).transpose()?.unwrap_or_default();
    propose(state.draft(), &roots, object, links, now, &Stop::never())?.commit(state, now)
}

/// Judges every item of an object against the generation that `draft` was made from, whose roots these are.
///
/// # Errors
/// When a file of that generation cannot be read, and when `stop` said so before every item had its verdict.
pub(crate) fn propose(
    mut draft: Draft,
    roots: &[Root],
    object: &CompleteObject,
    links: &[String],
    now: i64,
    stop: &Stop,
) -> Result<Proposal, StateError> {
    let latest_time = draft.record().latest_time;
    let held_before: BTreeSet<String> = draft.record().held.iter().map(HeldRecord::id).collect();
    let mut authorities = Authorities::new(roots, now);
    let mut items: Vec<JudgedItem> = Vec::new();
    // Where the same bytes come again and nothing changed in between, the verdict is the same and not made again.
    let mut same: BTreeMap<Digest, JudgedItem> = BTreeMap::new();
    let mut manifest = None;
    match Bundle::parse(object.bytes()) {
        Ok(bundle) => {
            for (entry, bytes) in bundle.manifest.items.iter().zip(&bundle.items) {
                // Must be understood, or be left alone: this item, not the bundle.
                if let ItemKind::Other(number) = entry.kind {
                    items.push(unreadable(&entry.name, bytes, item::of_unknown_kind(number)));
                    continue;
                }
                if let Some(judged) = same.get(&entry.sha256) {
                    items.push(JudgedItem { name: entry.name.clone(), ..judged.clone() });
                    continue;
                }
                let mut judged = judge_item_among(&mut draft, &mut authorities, (&entry.name, bytes), None, now, stop)?;
                if judged.verdict == Ruling::Held {
                    hold(&mut draft, &mut authorities, &mut judged, bytes, object, (now, stop))?;
                }
                match judged.verdict {
                    Ruling::Accepted | Ruling::Held => same.clear(),
                    Ruling::NoOp | Ruling::Rejected => {
                        same.insert(entry.sha256, judged.clone());
                    }
                }
                items.push(judged);
            }
            manifest = Some(manifest::judge(&bundle, &items, roots, &mut authorities, &mut draft)?);
        }
        Err(error) => {
            let mut findings = Findings::new();
            let text = format!("the digest is right, but these bytes are not a bundle: {error}");
            findings.add(Rule::ObjDigest, Severity::Reject, text);
            items.push(judged("(bundle)", FileKind::Unknown, object.bytes(), None, &Verdict::<()>::rejected(findings)));
        }
    }
    let items = each_once(items);
    let of_enrolled_issuer = items.iter().any(|item| item.of_enrolled_issuer);
    let mut receipt = receipt(ReceiptKind::Received, roots, now);
    receipt.object = Some(object.object().id.to_string());
    receipt.links = links.to_vec();
    receipt.items = items.iter().map(item_receipt).collect();
    receipt.manifest = manifest.as_ref().map(|manifest| manifest.receipt.clone());
    let is_alarm = manifest.as_ref().is_some_and(|manifest| manifest.is_alarm);
    let mut alarms: Vec<Alarm> = items.iter().flat_map(|item| alarm::of_item(item, latest_time)).collect();
    alarms.extend(manifest.as_ref().and_then(|manifest| manifest.alarm.clone()));
    // Whoever sends an object of his own may make its symbols false as he likes.
    let false_symbols = object.false_symbols().iter().filter(|_| of_enrolled_issuer);
    alarms.extend(false_symbols.map(|these| alarm::of_false_symbols(&object.object(), these)));
    receipt.alarms = alarms.iter().filter_map(|alarm| draft.ring(alarm.clone(), now)).collect();
    let has_alarm = alarms.iter().any(|alarm| draft.record().waits(alarm, now));
    let is_news = manifest.as_ref().is_some_and(|manifest| manifest.is_news || manifest.has_named);
    let is_good = |item: &JudgedItem| matches!(item.exit, Exit::Done | Exit::Held);
    let is_contact = of_enrolled_issuer
        && genuine(&items).all(is_good)
        && manifest.as_ref().is_none_or(|manifest| manifest.is_contact);
    // A carousel repeats itself, and anybody can send foreign objects: only what says something new is kept.
    let latest = if is_contact { draft.record().last_object } else { Some(draft.record().latest_time) };
    let recently = latest.is_some_and(|last| now.saturating_sub(last) < CONTACT_KEPT_EVERY_S);
    let says_something_new = genuine(&items).any(|item| match item.verdict {
        Ruling::Accepted => true,
        Ruling::Held => item.held.as_ref().is_some_and(|id| !held_before.contains(id)),
        // What was rejected rings, and an alarm knows whether it rang before.
        Ruling::NoOp | Ruling::Rejected => false,
    });
    let is_to_be_kept =
        !receipt.alarms.is_empty() || is_news || (of_enrolled_issuer && (says_something_new || !recently));
    if is_to_be_kept && is_contact {
        draft.contact(now);
    }
    let manifest_exit = if is_alarm { Exit::RolledBack } else { Exit::Done };
    let counts = |item: &&JudgedItem| item.of_enrolled_issuer || !of_enrolled_issuer;
    let exit = items.iter().filter(counts).fold(manifest_exit, |exit, item| exit.worst(item.exit));
    let false_symbols = object.false_symbols().to_vec();
    let manifest = manifest.map(|manifest| manifest.receipt);
    let object = object.object();
    let judged = JudgedObject {
        object,
        items,
        items_left_out: 0,
        is_news: true,
        manifest,
        of_enrolled_issuer,
        manifest_exit,
        exit,
        false_symbols,
        has_alarm,
    };
    Ok(Proposal { judged, draft, receipt, is_to_be_kept })
}

fn hold(
    draft: &mut Draft,
    authorities: &mut Authorities<'_>,
    judged: &mut JudgedItem,
    bytes: &[u8],
    object: &CompleteObject,
    (now, stop): (i64, &Stop),
) -> Result<(), StateError> {
    let sha256 = judged.sha256.to_string();
    let mut known = draft.record().held.iter().filter(|held| held.sha256 == sha256);
    let known = known.next().or_else(|| draft.held_of(judged.tbs_sha256.as_ref()?)).cloned();
    if known.is_none() && draft.record().held.len() >= HELD_MAX {
        return Ok(());
    }
    // Of two files with the same content, the first one is kept, and the decision is about that: by its own judgement.
    let (kept, der) = match known.as_ref().filter(|known| known.sha256 != sha256) {
        Some(first) => {
            let der = draft.file(&held_file(&first.sha256))?;
            (judge_item_among(draft, authorities, (&first.name, &der), None, now, stop)?, der)
        }
        None => (judged.clone(), item::read(bytes).map(|item| item.der.into_owned()).unwrap_or_default()),
    };
    if kept.verdict != Ruling::Held {
        return Ok(());
    }
    let mut held = held_record(&kept, object.object().id.to_string(), now);
    held.since = known.map_or(now, |known| known.since);
    judged.held = Some(held.id());
    draft.hold(held, &der);
    Ok(())
}

//! The checks of a manifest's signature, if an export key is pinned. A manifest never decides about an item.
//!
//! Only a manifest signed by a pinned key updates the record of its source, counts as contact, or raises an alarm.
//! Without a pinned key, manifests are neither checked nor trusted.

use rootcast_pki::finding::{Findings, Severity};
use rootcast_pki::rule::Rule;
use rootcast_pki::stage::Ruling;
use rootcast_protocol::bundle::Bundle;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::manifest::{Manifest, valid_digest_of};

use super::authority::{Authorities, Known, Root};
use super::judged_item::JudgedItem;
use super::receipt::rule_receipts;
use crate::limits::{CONTRADICTIONS_SEEN_MAX, MANIFESTS_SEEN_MAX};
use crate::publication::{
    Alarm, AlarmKind, Draft, JournalReceipt, JournalSeen, ManifestReceipt, ManifestSeen, ManifestSignature,
    OpenFinding, RuleReceipt, SourceRecord, StateError,
};

/// The result for a manifest.
pub(super) struct JudgedManifest {
    /// Its record for receipts and reports.
    pub(super) receipt: ManifestReceipt,
    /// Its object counts as contact as far as the manifest is concerned: it is signed and newer than any seen, or no key is
    /// pinned.
    pub(super) is_contact: bool,
    /// It is signed, and changes what is known of its source.
    pub(super) is_news: bool,
    /// It is signed, and names another file of an item than what is here, which was not noted before.
    pub(super) has_named: bool,
    /// It is signed, and contradicts one seen before: there are two of one number.
    pub(super) is_alarm: bool,
    /// What it rings, if it is signed.
    pub(super) alarm: Option<Alarm>,
}

/// Judges the manifest of a bundle whose items were judged, and notes it in the draft where it is signed and new.
///
/// # Errors
/// When the state cannot be read.
pub(super) fn judge(
    bundle: &Bundle,
    items: &[JudgedItem],
    roots: &[Root],
    authorities: &mut Authorities<'_>,
    draft: &mut Draft,
) -> Result<JudgedManifest, StateError> {
    let manifest = &bundle.manifest;
    let digest = manifest.digest();
    let mut judged = JudgedManifest {
        receipt: ManifestReceipt {
            source: manifest.source.to_string(),
            number: manifest.number,
            digest: digest.to_string(),
            signature: ManifestSignature::NotAsked,
            export_key: None,
            journal: None,
            findings: Vec::new(),
        },
        is_contact: true,
        is_news: false,
        has_named: false,
        is_alarm: false,
        alarm: None,
    };
    let of_source = |source: Digest| roots.iter().find(|root| Digest(root.issuer.spki_sha256()) == source);
    let speaks_for = of_source(manifest.source);
    // One that names another source does not escape the key of the roots whose items it brings.
    let brought = items.iter().filter_map(|item| item.source).filter_map(of_source);
    let guarded: Vec<&Root> = speaks_for.into_iter().chain(brought).filter(|root| root.has_export_key()).collect();
    let Some(first) = guarded.first() else { return Ok(judged) };
    let is_of_one =
        speaks_for.is_some_and(|root| guarded.iter().all(|other| other.issuer.spki() == root.issuer.spki()));
    let root = speaks_for.unwrap_or(first);
    let mut findings = Findings::new();
    let signer = bundle.signature.filter(|_| is_of_one).and_then(|signature| {
        let message = manifest.encode();
        root.export_keys.iter().find(|key| key.verifies(&message, &signature))
    });
    let signature = match (&bundle.signature, signer) {
        (None, _) => ManifestSignature::Absent,
        (Some(_), Some(_)) => ManifestSignature::Good,
        (Some(_), None) => ManifestSignature::Bad,
    };
    judged.receipt.signature = signature;
    judged.receipt.export_key = signer.map(ToString::to_string);
    let is_signed = signer.is_some();
    let journal = JournalSeen { entries: manifest.journal_count, head: manifest.journal_head.to_string() };
    judged.receipt.journal = is_signed.then(|| JournalReceipt::from(&journal));
    judged.is_contact = false;
    if !is_signed {
        let why = match (speaks_for, signature) {
            (None, _) => "no trusted root has its source id",
            (_, ManifestSignature::Absent) => "it carries no signature",
            _ if !is_of_one => "it speaks for another root than that of its items",
            _ => "its signature does not verify under a pinned export key",
        };
        let text = format!("manifest {} is ignored: {why}. Its items are still judged", manifest.number);
        findings.add(Rule::ManSignature, Severity::Warn, text);
    }
    let source = manifest.source.to_string();
    let known = draft.record().sources.iter().find(|known| known.source == source).cloned();
    let seen = known.as_ref().map_or(&[][..], |known| known.seen.as_slice());
    judged.is_alarm = check_sequence(manifest, &digest, seen, is_signed, &mut findings);
    let newest = seen.last().map(|newest| newest.number);
    if is_signed && newest.is_none_or(|newest| manifest.number > newest) {
        check_journal(manifest.number, &journal, seen, &mut findings);
    }
    let mut seen = seen.to_vec();
    // The same contradiction, played again, rings no more.
    let is_new = !judged.is_alarm || note_contradiction(&mut seen, manifest.number, &digest);
    judged.alarm = is_new.then(|| contradiction(&source, manifest.number, is_signed, &findings)).flatten();
    if is_signed && !judged.is_alarm {
        let is_newest = newest.is_none_or(|newest| manifest.number > newest);
        for item in items.iter().filter(|item| item.of_enrolled_issuer && item.verdict != Ruling::Rejected) {
            if let Some(signed) = &item.tbs_sha256 {
                judged.has_named |= draft.note_named(signed, &item.sha256, is_newest);
            }
        }
    }
    let mut is_compared = false;
    if is_signed && newest.is_none_or(|newest| manifest.number >= newest) && !judged.is_alarm {
        is_compared = check_withheld(manifest, items, root, authorities, draft, &mut findings)?;
    }
    judged.receipt.findings = rule_receipts(&findings);
    if !is_signed {
        return Ok(judged);
    }
    let is_first = !seen.iter().any(|seen| seen.number == manifest.number);
    if is_first {
        let (number, digest, journal) = (manifest.number, digest.to_string(), Some(journal));
        seen.push(ManifestSeen { number, digest, journal, others: Vec::new() });
        seen.sort_by_key(|seen| seen.number);
        seen.drain(..seen.len().saturating_sub(MANIFESTS_SEEN_MAX));
    }
    let is_newest = seen.last().is_some_and(|newest| newest.number == manifest.number) && !judged.is_alarm;
    let is_gapless =
        seen.windows(2).all(|pair| matches!(pair, [one, next] if one.number.checked_add(1) == Some(next.number)));
    let known = known.unwrap_or_else(|| SourceRecord::new(source));
    let found = judged.receipt.findings.iter().filter(|finding| waits(finding)).map(OpenFinding::from);
    let open = match is_first && is_newest {
        true => found.collect(),
        // One that comes late may be what was skipped; the newest one, played again, may agree by now. Nothing else takes
        // away what is open.
        false => {
            let is_settled = |open: &&OpenFinding| match open.rule == Rule::ManGap.id() {
                true => is_gapless,
                false => is_compared,
            };
            let kept = known.open.iter().filter(|open| !is_settled(open)).cloned();
            kept.chain(found.filter(|_| is_compared)).collect()
        }
    };
    let next_contact_by = if is_newest { manifest.next_contact_by } else { known.next_contact_by };
    let noted = SourceRecord { seen, open, next_contact_by, source: known.source.clone() };
    // A recorded one, played again, is no contact: somebody may hold back what came after it.
    judged.is_contact = is_first && is_newest;
    judged.is_news = noted != known;
    draft.note_source(noted);
    Ok(judged)
}

/// Whether this waits for a manifest that agrees: something may have been withheld.
fn waits(finding: &RuleReceipt) -> bool {
    matches!(finding.rule.parse(), Ok(Rule::ManGap | Rule::ManWithheld))
}

/// Whether a signed manifest that breaks this rule contradicts another one. Missing or late manifests contradict none.
fn is_contradiction(rule: Rule) -> bool {
    matches!(rule, Rule::ManEquivocation | Rule::ManChain | Rule::ManJournal)
}

/// What a signed manifest rings that contradicts another one.
fn contradiction(source: &str, number: u64, is_signed: bool, findings: &Findings) -> Option<Alarm> {
    let of: Vec<_> = findings.iter().filter(|finding| is_signed && is_contradiction(finding.rule)).collect();
    (!of.is_empty()).then(|| Alarm {
        kind: AlarmKind::Manifest,
        about: format!("{source} {number}"),
        content: None,
        rules: of.iter().map(|finding| finding.rule.to_string()).collect(),
        text: of.iter().map(|finding| format!("{}: {}", finding.rule, finding.text)).collect::<Vec<_>>().join("; "),
    })
}

/// Notes a signed manifest of which another one with the same number was seen. Gives whether it was not noted before.
fn note_contradiction(seen: &mut [ManifestSeen], number: u64, digest: &Digest) -> bool {
    let Some(first) = seen.iter_mut().find(|seen| seen.number == number) else { return true };
    let digest = digest.to_string();
    if first.others.contains(&digest) {
        return false;
    }
    if first.others.len() < CONTRADICTIONS_SEEN_MAX {
        first.others.push(digest);
    }
    true
}

/// MAN-JOURNAL: the offline journal only grows. A count that goes back, or another head at the same count, is the journal
/// of a state that was restored, lost or exchanged. Compared with the newest manifest only, so that a late one says
/// nothing.
fn check_journal(number: u64, journal: &JournalSeen, seen: &[ManifestSeen], findings: &mut Findings) {
    let Some((newest, before)) = seen.last().and_then(|newest| Some((newest.number, newest.journal.as_ref()?))) else {
        return;
    };
    let entries = |journal: &JournalSeen| rootcast_host::text::count(journal.entries, "entry");
    let text = if journal.entries < before.entries {
        format!(
            "by manifest {number} the offline journal has {}; by manifest {newest} it had {}",
            entries(journal),
            entries(before)
        )
    } else if journal.entries == before.entries && journal.head != before.head {
        format!(
            "by manifest {number} the offline journal of {} has the head {}; by manifest {newest} it had {}",
            entries(journal),
            journal.head,
            before.head
        )
    } else {
        return;
    };
    findings.add(Rule::ManJournal, Severity::Warn, text);
}

/// MAN-EQUIVOCATION, MAN-LATE, MAN-GAP, MAN-CHAIN. Gives whether a signed manifest contradicts one seen before.
fn check_sequence(
    manifest: &Manifest,
    digest: &Digest,
    seen: &[ManifestSeen],
    is_signed: bool,
    findings: &mut Findings,
) -> bool {
    let number = manifest.number;
    let digest_of = |number: u64| seen.iter().find(|seen| seen.number == number).map(|seen| seen.digest.as_str());
    if let Some(before) = digest_of(number).filter(|before| *before != digest.to_string()) {
        let severity = if is_signed { Severity::Reject } else { Severity::Warn };
        let text = format!("manifest {number} has the digest {digest}; the earlier signed one has {before}");
        findings.add(Rule::ManEquivocation, severity, text);
        return is_signed;
    }
    let Some(newest) = seen.last().map(|newest| newest.number).filter(|_| is_signed) else { return false };
    if number < newest {
        let text = format!("manifest {number} is late: manifest {newest} was received before it");
        findings.add(Rule::ManLate, Severity::Warn, text);
        return false;
    }
    let skipped = number.saturating_sub(newest).saturating_sub(1);
    if skipped > 0 {
        let text = match skipped {
            1 => format!("manifest {} was never received", newest.saturating_add(1)),
            _ => format!("manifests {} to {} were never received", newest.saturating_add(1), number.saturating_sub(1)),
        };
        findings.add(Rule::ManGap, Severity::Warn, text);
    }
    if let Some(before) = number.checked_sub(1).and_then(digest_of)
        && manifest.previous.map(|previous| previous.to_string()).as_deref() != Some(before)
    {
        let named = manifest.previous.map_or_else(|| "none".to_owned(), |previous| previous.to_string());
        let text = format!("manifest {number} names {named} as the one before it; the one received here has {before}");
        findings.add(Rule::ManChain, Severity::Warn, text);
    }
    false
}

/// MAN-WITHHELD: what the offline side counted as valid when it made the manifest, against what was valid here then.
///
/// The manifest has one digest over all valid items, so it shows a difference but not which item. The rule stays silent
/// while an item of the root waits for a decision, or if an item of this bundle was refused: then the reason is already
/// known. Gives whether the two were compared.
fn check_withheld(
    manifest: &Manifest,
    items: &[JudgedItem],
    root: &Root,
    authorities: &mut Authorities<'_>,
    draft: &Draft,
    findings: &mut Findings,
) -> Result<bool, StateError> {
    let is_settled = |item: &JudgedItem| item.verdict.passes();
    if !draft.record().held.is_empty() || !items.iter().all(is_settled) {
        return Ok(false);
    }
    let Known { authorities, .. } = authorities.get(draft)?;
    let mine = |file_name: &str| {
        authorities.iter().any(|authority| {
            authority.issuer.file_name() == file_name && authority.root.issuer.spki() == root.issuer.spki()
        })
    };
    let then = manifest.created;
    let crls = draft.record().crls.iter().filter(|crl| mine(&crl.issuer) && crl.next_update > then);
    let certificates = draft.record().certificates.iter();
    let certificates =
        certificates.filter(|known| mine(&known.issuer) && known.not_after >= then && known.revoked.is_none());
    let valid: Vec<Digest> = crls
        .map(|crl| crl.named_sha256.as_ref().unwrap_or(&crl.sha256))
        .chain(certificates.map(|known| known.named_sha256.as_ref().unwrap_or(&known.sha256)))
        .filter_map(|sha256| sha256.parse().ok())
        .collect();
    if valid_digest_of(&valid) != manifest.valid_digest {
        let text = format!(
            "the offline side counts {} as valid, but they are not the {} valid here: one may have been withheld",
            rootcast_host::text::count(manifest.valid_count.into(), "item"),
            valid.len()
        );
        findings.add(Rule::ManWithheld, Severity::Warn, text);
    }
    Ok(true)
}

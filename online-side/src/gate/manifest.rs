//! The checks of a manifest's signature, if an export key is pinned. A manifest never decides about an item.
//!
//! Only a manifest signed by the pinned key updates the record of its source, counts as contact, or raises an alarm.
//! Without a pinned key, manifests are neither checked nor trusted.

use rootcast_pki::finding::{Findings, Severity};
use rootcast_pki::rule::Rule;
use rootcast_protocol::bundle::Bundle;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::manifest::{Manifest, valid_digest_of};

use super::authority::{Authorities, Known, Root};
use super::judged_item::JudgedItem;
use super::receipt::rule_receipts;
use crate::limits::MANIFESTS_SEEN_MAX;
use crate::publication::{
    Alarm, AlarmKind, Draft, ManifestReceipt, ManifestSeen, ManifestSignature, SourceRecord, StateError,
};

/// The result for a manifest.
pub(super) struct JudgedManifest {
    /// Its record for receipts and reports.
    pub(super) receipt: ManifestReceipt,
    /// Its object counts as contact as far as the manifest is concerned: it is signed, or no key is pinned.
    pub(super) is_contact: bool,
    /// It is signed, and newer than any seen.
    pub(super) is_news: bool,
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
            findings: Vec::new(),
        },
        is_contact: true,
        is_news: false,
        is_alarm: false,
        alarm: None,
    };
    let of_source = |source: Digest| roots.iter().find(|root| Digest(root.issuer.spki_sha256()) == source);
    let speaks_for = of_source(manifest.source);
    // One that names another source does not escape the key of the root whose items it brings.
    let root = speaks_for.or_else(|| items.iter().find_map(|item| item.source).and_then(of_source));
    let Some((root, key)) = root.and_then(|root| Some((root, root.export_key?))) else { return Ok(judged) };
    let mut findings = Findings::new();
    let signature = match &bundle.signature {
        None => ManifestSignature::Absent,
        Some(signature) if key.verifies(&manifest.encode(), signature) && speaks_for.is_some() => {
            ManifestSignature::Good
        }
        Some(_) => ManifestSignature::Bad,
    };
    judged.receipt.signature = signature;
    let is_signed = signature == ManifestSignature::Good;
    judged.is_contact = is_signed;
    if !is_signed {
        let why = match (speaks_for, signature) {
            (None, _) => "no trusted root has its source id",
            (_, ManifestSignature::Absent) => "it carries no signature",
            _ => "its signature does not verify under the pinned export key",
        };
        let text = format!("manifest {} is ignored: {why}. Its items are still judged", manifest.number);
        findings.add(Rule::ManSignature, Severity::Warn, text);
    }
    let source = manifest.source.to_string();
    let known = draft.record().sources.iter().find(|known| known.source == source).cloned();
    let seen = known.as_ref().map_or(&[][..], |known| known.seen.as_slice());
    judged.is_alarm = check_sequence(manifest, &digest, seen, is_signed, &mut findings);
    judged.alarm = findings.iter().find(|finding| is_signed && is_contradiction(finding.rule)).map(|finding| Alarm {
        kind: AlarmKind::Manifest,
        about: format!("{source} {}", manifest.number),
        rules: vec![finding.rule.to_string()],
        text: finding.text.clone(),
    });
    let newest = seen.last().map(|newest| newest.number);
    if is_signed && !judged.is_alarm {
        for item in items.iter().filter(|item| item.of_enrolled_issuer && item.verdict.passes()) {
            if let Some(signed) = &item.tbs_sha256 {
                draft.note_named(signed, &item.sha256);
            }
        }
    }
    if is_signed && newest.is_none_or(|newest| manifest.number >= newest) && !judged.is_alarm {
        check_withheld(manifest, items, root, authorities, draft, &mut findings)?;
    }
    if is_signed && newest.is_none_or(|newest| manifest.number > newest) {
        judged.is_news = true;
        let mut seen = seen.to_vec();
        seen.push(ManifestSeen { number: manifest.number, digest: digest.to_string() });
        seen.drain(..seen.len().saturating_sub(MANIFESTS_SEEN_MAX));
        draft.note_source(SourceRecord { source, seen, next_contact_by: manifest.next_contact_by });
    }
    judged.receipt.findings = rule_receipts(&findings);
    Ok(judged)
}

/// Whether a signed manifest that breaks this rule contradicts another one. Missing or late manifests contradict none.
fn is_contradiction(rule: Rule) -> bool {
    matches!(rule, Rule::ManEquivocation | Rule::ManChain)
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
/// known.
fn check_withheld(
    manifest: &Manifest,
    items: &[JudgedItem],
    root: &Root,
    authorities: &mut Authorities<'_>,
    draft: &Draft,
    findings: &mut Findings,
) -> Result<(), StateError> {
    let is_settled = |item: &JudgedItem| item.verdict.passes();
    if !draft.record().held.is_empty() || !items.iter().all(is_settled) {
        return Ok(());
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
    Ok(())
}

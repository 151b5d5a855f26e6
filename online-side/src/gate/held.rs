//! A held item, as stored and as shown to the person who decides.

use rootcast_pki::finding::Severity;
use rootcast_pki::limits::NAMED_MAX;
use rootcast_pki::report::ReportedFinding;

use super::judged_item::JudgedItem;
use crate::publication::HeldRecord;

pub(super) fn held_record(judged: &JudgedItem, object: String, now: i64) -> HeldRecord {
    let holding = || judged.findings.iter().filter(|f| f.severity == Severity::Hold);
    HeldRecord {
        sha256: judged.sha256.to_string(),
        tbs_sha256: judged.tbs_sha256.map(|signed| signed.to_string()),
        named_sha256: None,
        kind: judged.kind,
        name: judged.name.clone(),
        description: judged.description.clone(),
        issuer: judged.issuer.clone(),
        object,
        since: now,
        rules: holding().map(|f| f.rule.to_string()).collect(),
        texts: holding().map(|f| shown_text(f, judged.compared_with.as_deref())).collect(),
    }
}

/// What people are shown of a rule that holds an item: what was found, not how often, so that what another item adds to what
/// is known here does not make it another decision. Where not every place is named, the CRL it was compared with is:
/// the two CRLs together leave no doubt which places a decision is about.
fn shown_text(finding: &ReportedFinding, compared_with: Option<&str>) -> String {
    match (finding.count, compared_with) {
        (count, Some(sha256)) if count > NAMED_MAX as u64 => {
            format!("{} ({count} times, compared with the accepted CRL {sha256})", finding.text)
        }
        (count, None) if count > NAMED_MAX as u64 => format!("{} ({count} times)", finding.text),
        _ => finding.text.clone(),
    }
}

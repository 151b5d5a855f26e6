//! A held item, as stored and as shown to the person who decides.

use rootcast_pki::finding::Severity;
use rootcast_pki::limits::NAMED_MAX;
use rootcast_pki::report::ReportedFinding;

use super::judged_item::JudgedItem;
use crate::publication::HeldRecord;

/// What holds it.
fn holding(judged: &JudgedItem) -> impl Iterator<Item = &ReportedFinding> {
    judged.findings.iter().filter(|finding| finding.severity == Severity::Hold)
}

/// Whether an item is held for nothing but what was shown when it was held: the same rules, with the same sentences. How often
/// something was found decides nothing, where every place of it is named.
pub(super) fn is_as_shown(shown: &HeldRecord, judged: &JudgedItem) -> bool {
    let shown = shown.lines();
    let compared_with = judged.compared_with.as_deref();
    holding(judged).all(|finding| {
        let mut wordings = wordings(finding, compared_with);
        wordings.any(|text| shown.contains(&(finding.rule.to_string(), text)))
    })
}

pub(super) fn held_record(judged: &JudgedItem, object: String, now: i64) -> HeldRecord {
    let holding = || holding(judged);
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

/// How a finding may stand in a record: as it is shown today; and where every place is named, as earlier versions showed it,
/// which said how often beside that. A record has no count by itself, so it is written here and not read there.
fn wordings(finding: &ReportedFinding, compared_with: Option<&str>) -> impl Iterator<Item = String> {
    let is_named = finding.count <= NAMED_MAX as u64;
    let of_before = (2..=NAMED_MAX).filter(move |_| is_named).map(|count| format!("{} ({count} times)", finding.text));
    std::iter::once(shown_text(finding, compared_with)).chain(of_before)
}

#[cfg(test)]
mod tests {
    use rootcast_pki::finding::{Findings, Severity};
    use rootcast_pki::item::FileKind;
    use rootcast_pki::report::ReportedFinding;
    use rootcast_pki::rule::Rule;

    use super::{held_record, is_as_shown};
    use crate::gate::judged_item::{JudgedItem, unreadable};
    use crate::publication::HeldRecord;

    /// An item that these hold: each rule with its text, and how often it was found.
    fn judged(holds: &[(Rule, &str, u64)]) -> JudgedItem {
        let mut item = unreadable("a.crl", b"a", Findings::default());
        item.kind = FileKind::Crl;
        item.findings = holds
            .iter()
            .map(|(rule, text, count)| ReportedFinding {
                count: *count,
                ..ReportedFinding::new(*rule, Severity::Hold, (*text).to_owned())
            })
            .collect();
        item
    }

    /// The record of an item that was shown with these lines.
    fn shown(lines: &[(Rule, &str)]) -> HeldRecord {
        HeldRecord {
            rules: lines.iter().map(|(rule, _)| rule.to_string()).collect(),
            texts: lines.iter().map(|(_, text)| (*text).to_owned()).collect(),
            ..held_record(&judged(&[]), String::new(), 0)
        }
    }

    #[test]
    fn a_decision_covers_the_sentences_that_were_shown_and_no_others() {
        const JUMP: Rule = Rule::CrlNumberJump;
        let record = shown(&[(JUMP, "by 9"), (Rule::CrlInUse, "b in use")]);
        for (holds, is_covered) in [
            (&[(JUMP, "by 9", 1), (Rule::CrlInUse, "b in use", 1)][..], true),
            (&[(JUMP, "by 9", 1)], true),
            (&[], true),
            (&[(JUMP, "by 10", 1)], false),
            (&[(JUMP, "By 9", 1)], false),
            (&[(Rule::CrlInUse, "by 9", 1)], false),
            (&[(JUMP, "by 9", 1), (Rule::CertCdp, "by 9", 1)], false),
        ] {
            assert_eq!(is_as_shown(&record, &judged(holds)), is_covered, "{holds:?}");
        }
    }

    #[test]
    fn how_often_is_no_part_of_a_finding_whose_places_are_named_whichever_version_wrote_the_record() {
        const RULE: Rule = Rule::CrlInUse;
        for (stored, count, is_covered) in [
            ("b in use", 1, true),
            ("b in use", 5, true),
            ("b in use (3 times)", 3, true),
            ("b in use (3 times)", 1, true),
            ("b in use (5 times)", 4, true),
            // Not every place was named.
            ("b in use (6 times)", 6, true),
            ("b in use (6 times)", 7, false),
            ("b in use (6 times)", 5, false),
            ("b in use (5 times)", 6, false),
            ("b in use", 6, false),
            // No version wrote these.
            ("b in use (times)", 3, false),
            ("b in use (x times)", 3, false),
            ("b in use (3 times) (3 times)", 3, false),
        ] {
            let item = judged(&[(RULE, "b in use", count)]);
            assert_eq!(is_as_shown(&shown(&[(RULE, stored)]), &item), is_covered, "{stored}, {count} now");
        }
        let mut compared = judged(&[(RULE, "b in use", 6)]);
        compared.compared_with = Some("ab".to_owned());
        let line = "b in use (6 times, compared with the accepted CRL ab)";
        assert!(is_as_shown(&shown(&[(RULE, line)]), &compared));
        compared.compared_with = Some("cd".to_owned());
        assert!(!is_as_shown(&shown(&[(RULE, line)]), &compared), "another CRL was shown");
    }

    /// What people type stays the same: it is made of the lines as they are stored.
    #[test]
    fn the_id_is_that_of_today() {
        let record = held_record(&judged(&[(Rule::CrlNumberJump, "by 9", 3)]), String::new(), 0);
        assert_eq!(record.texts, ["by 9"]);
        assert_eq!(record.id(), "ca978112ca1b-9ee792");
    }
}

//! The texts of an item, for people and scripts: its words, its findings and its summary.
//!
//! The other side shows the same words for the same file. Must not: decide anything.

use std::collections::BTreeSet;

use rootcast_host::screen::word_lines;
use rootcast_host::text;
use rootcast_pki::finding::{Finding, Severity};
use rootcast_pki::item::FileKind;
use rootcast_pki::report::{Report, ReportedFinding, ReportedLocation};
use rootcast_pki::rule::Rule;
use rootcast_pki::stage::Ruling;
use rootcast_protocol::words;
use serde::Serialize;

use super::item_summary::{FactsDocument, ItemSummary};
use super::judged_item::{JudgedItem, severity};
use crate::store::journal::ItemRecord;

/// The words of a digest, as many as people compare for an item.
#[must_use]
pub(crate) fn item_words(item: &JudgedItem) -> String {
    words::spell(item.sha256.as_bytes(), words::SHORT)
}

/// The item as the journal names it; `name` is the one in the bundle.
#[must_use]
pub(crate) fn item_record(item: &JudgedItem, name: &str) -> ItemRecord {
    ItemRecord {
        kind: kind_of(item),
        name: name.to_owned(),
        sha256: item.sha256,
        tbs_sha256: item.tbs_sha256,
        words: item_words(item),
        length: item.length as u64,
    }
}

/// What the item is, for people and scripts.
#[must_use]
pub(crate) fn kind_of(item: &JudgedItem) -> FileKind {
    item.kind.into()
}

/// One finding for a report. A hold that a person here decided about is a warning.
fn reported(finding: &Finding) -> ReportedFinding {
    ReportedFinding { severity: severity(finding), ..ReportedFinding::from(finding) }
}

/// One finding, for people, in one line.
#[must_use]
pub(crate) fn finding_text(finding: &Finding) -> String {
    let told = reported(finding);
    let count = if told.count > 1 { format!(" ({} times)", told.count) } else { String::new() };
    let place = told
        .location
        .map(|ReportedLocation { field, offset }| format!(" [{field} at byte {offset}]"))
        .unwrap_or_default();
    format!("{} {}: {}{count}{place} ({})", told.severity, told.rule, text::printable(&told.text), told.rule.pointer())
}

/// One finding for scripts. It does not say what to do: `check` does, and a journal or a plan need not repeat it.
#[derive(Debug, Serialize)]
pub(crate) struct FindingDocument<'f> {
    rule: Rule,
    severity: Severity,
    text: &'f str,
    named: &'f [String],
    reference: &'static str,
    count: u64,
    #[serde(flatten)]
    location: Option<ReportedLocation>,
}

impl<'f> From<&'f Finding> for FindingDocument<'f> {
    fn from(finding: &'f Finding) -> Self {
        let ReportedFinding { rule, severity, reference, count, location, .. } = reported(finding);
        Self { rule, severity, text: &finding.text, named: &finding.named, reference, count, location }
    }
}

/// The report on an item, the same in both programs.
#[must_use]
pub(crate) fn report_of(item: &JudgedItem) -> Report {
    let findings = item.findings.iter().map(reported).collect();
    Report::new(&item.name, kind_of(item), item.verdict, (item_words(item), item.sha256.to_string()), findings)
        .signed(item.tbs_sha256.map(|signed| (words::spell(signed.as_bytes(), words::SHORT), signed.to_string())))
        .described(item.facts.as_ref().map(ItemSummary::sentence))
}

/// The note on an item that the online side will hold for these rules, although it may be sent from here.
#[must_use]
pub(crate) fn held_there_text(rules: &BTreeSet<Rule>) -> String {
    let rules: Vec<&str> = rules.iter().map(|rule| rule.id()).collect();
    format!(
        "the online side will hold this ({}) until somebody there decides (`held accept`): arrange that, and read them the words",
        rules.join(", ")
    )
}

/// The note of [`held_there_text`] for an item that passes here, if there is anything to say.
#[must_use]
pub(crate) fn held_there_note(item: &JudgedItem) -> Option<String> {
    let rules = item.held_there();
    (item.may_leave() && !rules.is_empty()).then(|| format!("note: {}", held_there_text(&rules)))
}

/// One item for people, several lines; dates with their distance from `now`.
#[must_use]
pub(crate) fn item_text(item: &JudgedItem, now: i64) -> String {
    let title = item.facts.as_ref().map_or_else(|| "neither CRL nor certificate".to_owned(), |facts| facts.title());
    let mut lines = vec![format!("{}: {title}", text::printable(&item.name))];
    let mut push = |name: &str, value: &str| lines.push(format!("    {name:<11} {}", text::printable(value)));
    for (name, value) in item.facts.iter().flat_map(|facts| facts.lines_at(now)) {
        push(name, &value);
    }
    if item.length > 0 {
        push("size", &text::bytes(item.length as u64));
    }
    lines.push(word_lines("    words       ", &item_words(item)));
    lines.push(format!("    {:<11} {}", "SHA-256", item.sha256));
    for finding in &item.findings {
        lines.push(format!("    {}", finding_text(finding)));
    }
    lines.extend(held_there_note(item).map(|note| format!("    {note}")));
    lines.join("\n")
}

/// One item for scripts: the members of a file in `check --json`, and what else is known.
#[derive(Debug, Serialize)]
pub(crate) struct ItemDocument<'i> {
    file: &'i str,
    kind: FileKind,
    verdict: Ruling,
    findings: Vec<FindingDocument<'i>>,
    sha256: String,
    words: String,
    tbs_sha256: Option<String>,
    tbs_words: Option<String>,
    length: usize,
    facts: Option<FactsDocument<'i>>,
}

impl<'i> From<&'i JudgedItem> for ItemDocument<'i> {
    fn from(item: &'i JudgedItem) -> Self {
        Self {
            file: &item.name,
            kind: kind_of(item),
            verdict: item.verdict,
            findings: item.findings.iter().map(FindingDocument::from).collect(),
            sha256: item.sha256.to_string(),
            words: item_words(item),
            tbs_sha256: item.tbs_sha256.map(|signed| signed.to_string()),
            tbs_words: item.tbs_sha256.map(|signed| words::spell(signed.as_bytes(), words::SHORT)),
            length: item.length,
            facts: item.facts.as_ref().map(FactsDocument::from),
        }
    }
}

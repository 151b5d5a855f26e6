//! What the gate decided, for people and for scripts.

use rootcast_console::check::report_text;
use rootcast_host::clock::rfc3339;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::screen::word_lines;
use rootcast_host::terminal::say;
use rootcast_host::text::{count, printable};
use rootcast_pki::finding::{HelpOf, Severity};
use rootcast_pki::item::FileKind;
use rootcast_pki::report::Report;
use rootcast_pki::rule::Rule;
use rootcast_pki::stage::Ruling;
use serde::Serialize;

use super::run::Run;
use super::to_copy;
use super::what_next;
use crate::gate::{self, JudgedItem, JudgedObject, Root};
use crate::limits::REASONS_MAX;
use crate::publication::{
    AlarmKind, AlarmReceipt, ManifestReceipt, Record, RuleReceipt, State, StateError, words_of, words_to_compare,
};
use crate::reception::assembly::FalseSymbols;
use crate::session::JudgedObjects;

/// Prints on every run what the configuration switches off or weakens.
pub(crate) fn announce(roots: &[Root], now: i64) {
    for text in gate::switched_off_texts(roots, now) {
        say(&format!("WARNING: {}", printable(&text)));
    }
}

/// Prints both for a state that is open.
///
/// # Errors
/// When a root's file is missing, changed or unreadable.
pub(crate) fn announce_state(run: &Run, state: &State) -> Result<(), StateError> {
    if let Some(snapshot) = state.snapshot() {
        announce(&gate::roots(snapshot)?, run.now());
        say_weakened(run, snapshot.record());
    }
    Ok(())
}

/// Prints on every run what a `trust` weakened and nobody has acknowledged.
pub(crate) fn say_weakened(run: &Run, record: &Record) {
    let weakened = record.ringing(run.now()).filter(|alarm| alarm.kind == AlarmKind::WeakenedPolicy);
    weakened.map(AlarmReceipt::from).for_each(|alarm| say_weakening(run, &alarm));
}

/// Prints that a policy was weakened.
pub(crate) fn say_weakening(run: &Run, alarm: &AlarmReceipt) {
    let AlarmReceipt { id, text, .. } = alarm;
    let (text, command) = (printable(text), to_copy::acknowledging(run.state.as_deref(), id));
    say(&format!("WARNING: {text}. Acknowledge: {command}"));
}

/// Tells people what became of an object.
pub(crate) fn say_object(run: &Run, judged: &JudgedObject) {
    say(&format!("object {} ({} bytes) is complete", judged.object.id, judged.object.length.get()));
    for these in &judged.false_symbols {
        say(&format!(
            "  warning: {} from {} between {} and {} {} false and left out: somebody else can reach this link",
            count(these.symbols.into(), "symbol"),
            printable(&these.link),
            rfc3339(these.first),
            rfc3339(these.last),
            if these.symbols == 1 { "was" } else { "were" },
        ));
    }
    for item in &judged.items {
        say_item(run, item);
        if item.times > 1 {
            say(&format!("  {} times in this object, with this result", item.times));
        }
        if item.findings_left_out > 0 {
            say(&format!("  and {} more about it", count(item.findings_left_out, "finding")));
        }
    }
    if judged.items_left_out > 0 {
        let items = count(judged.items_left_out, "other item");
        say(&format!("  {items} of this object, signed by no trusted issuer or told before"));
    }
    if let Some((number, journal)) = judged.manifest.as_ref().and_then(|m| Some((m.number, m.journal.as_ref()?))) {
        say(&format!("  manifest {number}, signed: the offline journal had {}, head", count(journal.entries, "entry")));
        say(&word_lines("    ", &journal.words));
    }
    for finding in judged.manifest.iter().flat_map(|manifest| &manifest.findings) {
        say_finding(finding);
    }
    // Whoever reads a log sees it now, and not at the end of a run that may last for months.
    if judged.has_alarm {
        say(&format!("  ALARM: see what it is, and acknowledge it: {}", to_copy::alarms(run.state.as_deref())));
    }
}

/// The text about an object that says nothing new: nothing of a trusted issuer, or only what was told before. It is one
/// line; where its first item did not pass, the words and the SHA-256 of that stand below it.
pub(crate) fn brief_text(judged: &JudgedObject) -> String {
    let items = judged.item_count();
    let whose = match judged.of_enrolled_issuer {
        true => "all that a trusted issuer signed of it was told before",
        false => "no trusted issuer signed anything in it",
    };
    let mut text = format!("object {} ({} bytes) is complete: ", judged.object.id, judged.object.length.get());
    text.push_str(&format!("{}; {whose}", count(items, "item")));
    if let Some(first) = judged.items.first() {
        text.push_str(&format!(". {}: {} ({})", printable(&first.name), first.verdict, first.kind));
        if let Some(finding) = first.cause() {
            text.push_str(&format!(", {}: {}", finding.rule, printable(&finding.text)));
        }
        if items > first.times {
            text.push_str(&format!(", and {}", count(items - first.times, "other item")));
        }
        // What did not pass is compared with the offline side.
        if !first.verdict.passes() {
            text.push_str(&format!(
                "\n{}\n  SHA-256  {}",
                word_lines("  words    ", &words_of_item(first)),
                first.sha256
            ));
        }
    }
    text
}

/// The words of an item that people compare: it may be a root's certificate.
fn words_of_item(item: &JudgedItem) -> String {
    let is_root = item.findings.iter().any(|finding| finding.rule == Rule::CertAnchor);
    words_to_compare(&item.sha256.to_string(), is_root)
}

/// Tells people what became of an item.
pub(crate) fn say_item(run: &Run, item: &JudgedItem) {
    say(&report_text(&report_of(run, item), run.now()));
}

/// An item as both programs tell of it.
pub(crate) fn report_of(run: &Run, item: &JudgedItem) -> Report {
    let sha256 = item.sha256.to_string();
    let decide = |id: &String| format!("decide with: {}", to_copy::deciding("accept", run.state.as_deref(), id));
    let findings = item.findings.clone();
    Report::new(&item.name, item.kind, item.verdict, (words_of(&sha256), sha256), findings)
        .showing_words(words_of_item(item))
        .with_help_of_rules(|of| of == HelpOf::Rule, what_next::of_rule)
        .meaning((item.verdict == Ruling::NoOp).then_some("published before"))
        .signed(item.tbs_sha256.map(|signed| (words_of(&signed.to_string()), signed.to_string())))
        .described(item.description.clone())
        .noted(item.published.as_ref().map(|path| format!("published/{path}")))
        .noted(item.held.as_ref().map(decide))
}

/// Tells people of one finding.
pub(crate) fn say_finding(finding: &RuleReceipt) {
    let times = if finding.count > 1 { format!(" ({} times)", finding.count) } else { String::new() };
    say(&format!("  {}[{}]: {}{times}", finding.severity, finding.rule, printable(&finding.text)));
    // A receipt of another version may have a rule that this one does not know.
    let pointer = finding.rule.parse().map_or(&*finding.reference, |rule: Rule| rule.pointer());
    say(&format!("    see {}", printable(pointer)));
}

/// A judged object: a member of `objects` of the document of `receive`.
#[derive(Debug, Serialize)]
pub(crate) struct ObjectDocument<'o> {
    object: String,
    length: u32,
    of_enrolled_issuer: bool,
    left_out: Option<&'o str>,
    false_symbols: Vec<FalseSymbolsDocument<'o>>,
    exit: u8,
    items: Vec<ItemDocument<'o>>,
    #[serde(skip_serializing_if = "is_none_left_out")]
    items_left_out: u64,
    manifest: Option<&'o ManifestReceipt>,
}

/// Symbols that were false, of one link.
#[derive(Debug, Serialize)]
struct FalseSymbolsDocument<'o> {
    link: &'o str,
    symbols: u32,
    first: String,
    last: String,
}

/// A judged item; the document of `held accept`, too.
#[derive(Debug, Serialize)]
pub(crate) struct ItemDocument<'i> {
    name: &'i str,
    kind: FileKind,
    sha256: String,
    words: String,
    tbs_sha256: Option<String>,
    tbs_words: Option<String>,
    verdict: Ruling,
    published: Option<&'i str>,
    held: Option<&'i str>,
    #[serde(skip_serializing_if = "is_once")]
    times: u64,
    findings: Vec<RuleReceipt>,
    #[serde(skip_serializing_if = "is_none_left_out")]
    findings_left_out: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_none_left_out(count: &u64) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_once(times: &u64) -> bool {
    *times == 1
}

impl<'o> From<&'o JudgedObject> for ObjectDocument<'o> {
    fn from(judged: &'o JudgedObject) -> Self {
        Self {
            object: judged.object.id.to_string(),
            length: judged.object.length.get(),
            of_enrolled_issuer: judged.of_enrolled_issuer,
            left_out: judged.false_symbols.first().map(|most| most.link.as_str()),
            false_symbols: judged.false_symbols.iter().map(FalseSymbolsDocument::from).collect(),
            exit: judged.exit.code(),
            items: judged.items.iter().map(ItemDocument::from).collect(),
            items_left_out: judged.items_left_out,
            manifest: judged.manifest.as_ref(),
        }
    }
}

impl<'o> From<&'o FalseSymbols> for FalseSymbolsDocument<'o> {
    fn from(these: &'o FalseSymbols) -> Self {
        Self { link: &these.link, symbols: these.symbols, first: rfc3339(these.first), last: rfc3339(these.last) }
    }
}

impl<'i> From<&'i JudgedItem> for ItemDocument<'i> {
    fn from(item: &'i JudgedItem) -> Self {
        let sha256 = item.sha256.to_string();
        Self {
            name: &item.name,
            kind: item.kind,
            words: words_of(&sha256),
            sha256,
            tbs_words: item.tbs_sha256.map(|signed| words_of(&signed.to_string())),
            tbs_sha256: item.tbs_sha256.map(|signed| signed.to_string()),
            verdict: item.verdict,
            published: item.published.as_deref(),
            held: item.held.as_deref(),
            times: item.times,
            findings: item.findings.iter().map(RuleReceipt::from).collect(),
            findings_left_out: item.findings_left_out,
        }
    }
}

/// What to say at the end of a run with this worst outcome, in which these items count; nothing where all is well.
pub(crate) fn diagnosis_of(judged: &JudgedObjects, items: &[&JudgedItem], worst: Exit) -> Option<Diagnosis> {
    let manifests = judged.kept().iter().filter_map(|object| object.manifest.as_ref());
    let findings = manifests.flat_map(|manifest| &manifest.findings);
    let rejected = findings.filter(|finding| finding.severity == Severity::Reject);
    let of_manifests: Vec<String> = rejected.map(|finding| format!("{}: {}", finding.rule, finding.text)).collect();
    let by_manifest = worst == Exit::RolledBack && items.iter().all(|item| item.exit != worst);
    if by_manifest && !of_manifests.is_empty() {
        let why = each_reason_once(of_manifests.into_iter().map(|text| (text, 1)));
        return Some(contradicting_manifest(items, why));
    }
    diagnosis_with(items, worst, of_manifests)
}

/// What to say of a signed manifest that contradicts an earlier one, where no item contradicts anything.
fn contradicting_manifest(items: &[&JudgedItem], why: String) -> Diagnosis {
    let what = format!("ALARM: a signed manifest contradicts one that came here before. {}", published_text(items));
    let next = "Ask the offline side by telephone: which manifest of that number did it make, and was its state restored or \
                copied? Let it run `rootcast-offline journal verify --head WORDS` with the words of the journal's head that \
                `rootcast-online status` shows. The items were judged by their own signatures.";
    Diagnosis::new(Label::RolledBack, what, why, next)
}

/// Whether anything was published.
fn published_text(items: &[&JudgedItem]) -> String {
    match items.iter().filter(|item| item.published.is_some()).count() as u64 {
        0 => "Nothing was published; what was published before is unchanged.".to_owned(),
        published => format!("{} of the same object published.", count(published, "item")),
    }
}

/// The same for items that came one by one.
pub(crate) fn diagnosis_of_items(items: &[&JudgedItem], worst: Exit) -> Option<Diagnosis> {
    diagnosis_with(items, worst, Vec::new())
}

fn diagnosis_with(items: &[&JudgedItem], worst: Exit, others: Vec<String>) -> Option<Diagnosis> {
    let unchanged = published_text(items);
    let is_kept = items.iter().any(|item| item.exit == worst);
    let (label, what) = match worst {
        Exit::RolledBack if !is_kept => {
            (Label::RolledBack, "ALARM: an item or a signed manifest contradicts what came here before.")
        }
        Exit::RolledBack => (Label::RolledBack, "ALARM: a received item contradicts what came here before."),
        Exit::Rejected => (Label::Rejected, "ALARM: an item was rejected."),
        Exit::Held => (Label::Held, "An item is held: it waits for a recorded human decision."),
        _ => return None,
    };
    let why = items
        .iter()
        .filter(|item| item.exit == worst)
        .flat_map(|item| item.reasons().map(move |finding| (item, finding)))
        .map(|(item, finding)| (format!("{}: {}: {}", item.name, finding.rule, finding.text), item.times));
    let why = match each_reason_once(why.chain(others.into_iter().map(|text| (text, 1)))) {
        none if none.is_empty() => NO_REASON_KEPT.to_owned(),
        why => why,
    };
    Some(Diagnosis::new(label, format!("{what} {unchanged}"), why, what_next::about(items, worst)))
}

/// What is said where so much came afterwards that this report keeps none of the items that decided.
const NO_REASON_KEPT: &str = "So many objects came that this report no longer has the one that it is about.";

/// Each reason once, with how often it was given; [`REASONS_MAX`] of them.
fn each_reason_once(reasons: impl Iterator<Item = (String, u64)>) -> String {
    let mut once: Vec<(String, u64)> = Vec::new();
    let mut others = 0_u64;
    for (text, times) in reasons {
        if let Some((_, known)) = once.iter_mut().find(|(known, _)| *known == text) {
            *known += times;
        } else if once.len() < REASONS_MAX {
            once.push((text, times));
        } else {
            others += times;
        }
    }
    let mut lines: Vec<String> = once
        .into_iter()
        .map(|(text, times)| if times > 1 { format!("{text} ({times} times)") } else { text })
        .collect();
    if others > 0 {
        lines.push(format!("and {}", count(others, "further reason")));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{Exit, JudgedObjects, diagnosis_of};

    /// Both were empty: of thousands of objects the report keeps some hundred, and of the worst outcome the code alone.
    #[test]
    fn an_outcome_whose_object_is_no_longer_kept_has_a_reason_and_a_next_step() {
        for worst in [Exit::Rejected, Exit::RolledBack, Exit::Held] {
            let told = diagnosis_of(&JudgedObjects::none(), &[], worst).unwrap();
            assert!(told.why.contains("no longer has"), "{worst:?}: {}", told.why);
            assert!(told.next.contains("rootcast-online"), "{worst:?}: {}", told.next);
        }
        let held = diagnosis_of(&JudgedObjects::none(), &[], Exit::Held).unwrap();
        assert!(held.next.contains("held list") && !held.next.contains("refused"), "{}", held.next);
        assert!(diagnosis_of(&JudgedObjects::none(), &[], Exit::Done).is_none());
    }
}

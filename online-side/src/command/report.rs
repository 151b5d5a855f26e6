//! What the gate decided, for people and for scripts.

use rootcast_host::clock::rfc3339;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::terminal::say;
use rootcast_host::text::{count, printable};
use rootcast_pki::finding::Severity;
use rootcast_pki::item::FileKind;
use rootcast_pki::report::Report;
use rootcast_pki::stage::Ruling;
use serde::Serialize;

use crate::gate::{self, JudgedItem, JudgedObject, Root};
use crate::publication::{AlarmKind, AlarmReceipt, ManifestReceipt, Record, RuleReceipt, State, StateError, words_of};
use crate::reception::assembly::FalseSymbols;
use crate::session::JudgedObjects;

/// Prints on every run what the configuration switches off or weakens.
pub(crate) fn announce(roots: &[Root]) {
    for text in gate::switched_off_texts(roots) {
        say(&format!("WARNING: {}", printable(&text)));
    }
}

/// Prints both for a state that is open.
///
/// # Errors
/// When a root's file is missing, changed or unreadable.
pub(crate) fn announce_state(state: &State, now: i64) -> Result<(), StateError> {
    if let Some(snapshot) = state.snapshot() {
        announce(&gate::roots(snapshot)?);
        say_weakened(snapshot.record(), now);
    }
    Ok(())
}

/// Prints on every run what a `trust` weakened and nobody has acknowledged.
pub(crate) fn say_weakened(record: &Record, now: i64) {
    let weakened = record.ringing(now).filter(|alarm| alarm.kind == AlarmKind::WeakenedPolicy);
    weakened.map(AlarmReceipt::from).for_each(|alarm| say_weakening(&alarm));
}

/// Prints that a policy was weakened.
pub(crate) fn say_weakening(alarm: &AlarmReceipt) {
    let AlarmReceipt { id, text, .. } = alarm;
    let text = printable(text);
    say(&format!("WARNING: {text}. Acknowledge: rootcast-online alarm ack {id} --by NAME --because TEXT"));
}

/// Tells people what became of an object.
pub(crate) fn say_object(judged: &JudgedObject) {
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
    judged.items.iter().for_each(say_item);
    if let Some((number, journal)) = judged.manifest.as_ref().and_then(|m| Some((m.number, m.journal.as_ref()?))) {
        say(&format!("  manifest {number}, signed: the offline journal had {}, head", count(journal.entries, "entry")));
        say(&format!("    {}", journal.words));
    }
    for finding in judged.manifest.iter().flat_map(|manifest| &manifest.findings) {
        say_finding(finding);
    }
}

/// Tells people what became of an item.
pub(crate) fn say_item(item: &JudgedItem) {
    say(&report_of(item).to_string());
}

/// An item as both programs tell of it.
pub(crate) fn report_of(item: &JudgedItem) -> Report {
    let sha256 = item.sha256.to_string();
    let decide = |id: &String| format!("decide with: rootcast-online held accept {id} --by NAME --because TEXT");
    let findings = item.findings.clone();
    Report::new(&item.name, item.kind, item.verdict, (words_of(&sha256), sha256), findings)
        .signed(item.tbs_sha256.map(|signed| (words_of(&signed.to_string()), signed.to_string())))
        .described(item.description.clone())
        .noted(item.published.as_ref().map(|path| format!("published/{path}")))
        .noted(item.held.as_ref().map(decide))
}

/// Tells people of one finding.
pub(crate) fn say_finding(finding: &RuleReceipt) {
    let times = if finding.count > 1 { format!(" ({} times)", finding.count) } else { String::new() };
    say(&format!("  {}[{}]: {}{times}", finding.severity, finding.rule, printable(&finding.text)));
    say(&format!("    see {}", finding.reference));
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
    findings: Vec<RuleReceipt>,
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
            findings: item.findings.iter().map(RuleReceipt::from).collect(),
        }
    }
}

/// What to say at the end of a run with this worst outcome, in which these items count; nothing where all is well.
pub(crate) fn diagnosis_of(judged: &JudgedObjects, items: &[&JudgedItem], worst: Exit) -> Option<Diagnosis> {
    let mut diagnosis = diagnosis_of_items(items, worst)?;
    let manifests = judged.kept().iter().filter_map(|object| object.manifest.as_ref());
    for finding in
        manifests.flat_map(|manifest| &manifest.findings).filter(|finding| finding.severity == Severity::Reject)
    {
        let separator = if diagnosis.why.is_empty() { "" } else { "\n" };
        diagnosis.why.push_str(&format!("{separator}{}: {}", finding.rule, finding.text));
    }
    Some(diagnosis)
}

/// The same for items that came one by one.
pub(crate) fn diagnosis_of_items(items: &[&JudgedItem], worst: Exit) -> Option<Diagnosis> {
    let published = items.iter().filter(|item| item.published.is_some()).count();
    let unchanged = match published {
        0 => "Nothing was published; what was published before is unchanged.".to_owned(),
        _ => format!("{} of the same object published.", count(published as u64, "item")),
    };
    let (label, what, next) = match worst {
        Exit::RolledBack => (
            Label::RolledBack,
            "ALARM: a received item contradicts what came here before.",
            "Ask the offline side by telephone which CRL is the newest, and compare the words. Somebody may replay old items, or a number was used twice.",
        ),
        Exit::Rejected => (
            Label::Rejected,
            "ALARM: an item was rejected.",
            "Compare the words with the offline side: is this the item they sent? It cannot pass; a new one must be issued.",
        ),
        Exit::Held => (
            Label::Held,
            "An item is held: it waits for a recorded human decision.",
            "See `rootcast-online held list`, then accept or discard the item, and state who decides and why.",
        ),
        _ => return None,
    };
    let why: Vec<String> = items
        .iter()
        .filter(|item| item.exit == worst)
        .flat_map(|item| item.reasons().map(move |finding| (item, finding)))
        .map(|(item, finding)| format!("{}: {}: {}", item.name, finding.rule, finding.text))
        .collect();
    Some(Diagnosis::new(label, format!("{what} {unchanged}"), why.join("\n"), next))
}

//! The departure: what is about to leave, told so that the operator can compare it with what was meant to leave.
//!
//! The words are those the other side will show for the same file.

use rootcast_host::clock::{duration_text, rfc3339};
use rootcast_host::text;
use rootcast_pki::finding::Finding;
use rootcast_pki::report::{Report, ReportedFinding};
use rootcast_protocol::words;
use serde_json::{Value, json};

use crate::gate::item_summary::Facts;
use crate::gate::{JudgedItem, severity};
use crate::sending::bundle::MadeBundle;
use crate::sending::plan::LinkPlan;
use crate::store::journal::ItemRecord;

/// The words of a digest, as many as people compare for an item.
#[must_use]
pub fn item_words(item: &JudgedItem) -> String {
    words::spell(item.sha256.as_bytes(), words::SHORT)
}

/// The item as the journal names it; `name` is the one in the bundle.
#[must_use]
pub fn item_record(item: &JudgedItem, name: &str) -> ItemRecord {
    ItemRecord {
        kind: kind_word(item).to_owned(),
        name: name.to_owned(),
        sha256: item.sha256,
        words: item_words(item),
        length: item.der.len() as u64,
    }
}

/// `crl`, `certificate` or `unknown`.
#[must_use]
pub fn kind_word(item: &JudgedItem) -> &'static str {
    match item.kind {
        Some(rootcast_pki::item::ItemKind::Crl) => "crl",
        Some(rootcast_pki::item::ItemKind::Certificate) => "certificate",
        None => "unknown",
    }
}

/// One finding as it is told: a hold that this side has decided is a warning.
fn reported(finding: &Finding) -> ReportedFinding {
    let mut told = ReportedFinding::of(finding);
    told.severity = severity(finding).to_string();
    told
}

/// One finding, for people, in one line.
#[must_use]
pub fn finding_text(finding: &Finding) -> String {
    let told = reported(finding);
    let count = if told.count > 1 { format!(" ({} times)", told.count) } else { String::new() };
    let place = told.location.map(|(field, offset)| format!(" [{field} at byte {offset}]")).unwrap_or_default();
    format!("{} {}: {}{count}{place} ({})", told.severity, told.rule, text::printable(&told.text), told.reference)
}

/// One finding, for scripts.
#[must_use]
pub fn finding_json(finding: &Finding) -> Value {
    let mut document = reported(finding).to_json();
    if let Some(members) = document.as_object_mut() {
        // `check` says what to do; a journal or a plan need not repeat it.
        members.remove("help");
        members.insert("named".to_owned(), json!(finding.named));
        members.insert("text".to_owned(), json!(finding.text));
    }
    document
}

/// An item as both programs tell of it.
#[must_use]
pub fn report_of(item: &JudgedItem) -> Report {
    let findings = item.findings.iter().map(reported).collect();
    Report::new(&item.name, kind_word(item), item.verdict, (item_words(item), item.sha256.to_string()), findings)
        .described(item.facts.as_ref().map(Facts::sentence))
}

/// One item for people, several lines.
#[must_use]
pub fn item_text(item: &JudgedItem) -> String {
    let title = item.facts.as_ref().map_or_else(|| "neither CRL nor certificate".to_owned(), |facts| facts.title());
    let mut lines = vec![format!("{}: {title}", text::printable(&item.name))];
    let mut push = |name: &str, value: &str| lines.push(format!("    {name:<11} {}", text::printable(value)));
    for (name, value) in item.facts.iter().flat_map(|facts| facts.lines()) {
        push(name, &value);
    }
    if !item.der.is_empty() {
        push("size", &text::bytes(item.der.len() as u64));
    }
    push("words", &item_words(item));
    push("SHA-256", &item.sha256.to_string());
    for finding in &item.findings {
        lines.push(format!("    {}", finding_text(finding)));
    }
    lines.join("\n")
}

/// One item for scripts: the members of a file in `check --json`, and what else is known.
#[must_use]
pub fn item_json(item: &JudgedItem) -> Value {
    json!({
        "file": item.name, "kind": kind_word(item), "verdict": item.verdict,
        "findings": item.findings.iter().map(finding_json).collect::<Vec<_>>(),
        "sha256": item.sha256.to_string(), "words": item_words(item), "length": item.der.len(),
        "facts": item.facts.as_ref().map(|facts| facts.to_json()),
    })
}

/// The bundle for people.
#[must_use]
pub fn bundle_text(bundle: &MadeBundle) -> String {
    let object = &bundle.object;
    let made = if bundle.is_new { "new" } else { "made before, so what was received of it still counts" };
    format!(
        "object {} ({})\n    manifest {} of {}, {}{}\n    K = {} source symbols of {} bytes",
        object.id,
        text::bytes(u64::from(object.length.get())),
        bundle.manifest.number,
        rfc3339(bundle.manifest.created),
        made,
        if bundle.is_signed { "; signed" } else { "" },
        object.source_symbols(),
        object.symbol_size().get(),
    )
}

/// The bundle for scripts.
#[must_use]
pub fn bundle_json(bundle: &MadeBundle) -> Value {
    json!({
        "object": bundle.object.id.to_string(), "length": bundle.object.length.get(),
        "symbol_size": bundle.object.symbol_size().get(), "source_symbols": bundle.object.source_symbols(),
        "manifest_number": bundle.manifest.number, "created": rfc3339(bundle.manifest.created), "new": bundle.is_new,
        "signed": bundle.is_signed,
    })
}

/// The plan of one link for people.
#[must_use]
pub fn plan_text(plan: &LinkPlan) -> String {
    let end = match (plan.frames, plan.time) {
        (_, Some(time)) => format!("for {}", duration_text(time)),
        (Some(frames), None) if plan.spread.is_zero() => text::count(u64::from(frames), "frame"),
        (Some(frames), None) => {
            format!("{}, spread over {} or more", text::count(u64::from(frames), "frame"), duration_text(plan.spread))
        }
        (None, None) => "until you stop it (Ctrl-C)".to_owned(),
    };
    let takes = if plan.frames.is_none() && plan.time.is_none() {
        format!("; {} take {}", text::count(u64::from(plan.frames_told), "frame"), seconds_text(plan.seconds))
    } else if plan.time.is_some() {
        String::new()
    } else {
        format!(", about {}", seconds_text(plan.seconds))
    };
    let advice: String = plan.advice.iter().map(|line| format!("\n    advice: {line}")).collect();
    format!(
        "{}\n    transmission {} of this object, from symbol {}; {} a frame, {} bytes at most; a pass is {}\n    {end}{takes}\n    {}{advice}",
        text::printable(&plan.link),
        plan.transmission + 1,
        plan.first_esi,
        text::count(u64::from(plan.symbols_per_frame), "symbol"),
        plan.frame_size,
        text::count(u64::from(plan.frames_in_pass), "frame"),
        plan.odds_text(),
    )
}

fn seconds_text(seconds: f64) -> String {
    match std::time::Duration::try_from_secs_f64(seconds) {
        Ok(time) if seconds >= 10.0 => duration_text(time),
        Ok(_) => format!("{seconds:.1}s"),
        Err(_) => "for ever".to_owned(),
    }
}

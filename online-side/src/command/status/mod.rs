//! `status`: what is published, until when, what is held; exit 10 where something ends within the warning time, contact
//! is overdue, or something waits for a person for longer than is usual.

use std::time::Duration;

use clap::Args;
use rootcast_host::clock::{duration_text, rfc3339};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use rootcast_pki::issuer::Issuer;
use rootcast_protocol::digest::Digest;
use serde_json::{Value, json};

use super::policy_choice;
use super::report;
use super::run::{Outcome, Run, duration};
use crate::gate::{self, Authority, Root};
use crate::publication::{Draft, HeldRecord, Record, Snapshot, SourceRecord};
use crate::reception::last_contact::{Contact, SourceContact};

/// Arguments of `status`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Exit with 10 if a published CRL or a certificate in use ends within this time (30s, 5m, 30d); also if contact is
    /// overdue, or if an item is held or a root has no CRL for more than 24 hours
    #[arg(long, value_name = "DURATION", default_value = "30d", value_parser = duration)]
    warn: Duration,
    /// Verify the whole chain of receipts as well, back to the first
    #[arg(long)]
    receipts: bool,
}

/// How long after its end a certificate still calls for attention; later it is history. A CRL always does.
const CERTIFICATE_ENDED_MAX_S: i64 = 30 * 86_400;

/// How long a root may have no CRL after it was enrolled: the first is on its way, often by hand and on the same day.
const FIRST_CRL_WAIT_MAX_S: i64 = 24 * 3_600;

/// How long an item may be held: whoever decides about it reads it back to the offline side first, on a working day.
const HELD_WAIT_MAX_S: i64 = 24 * 3_600;

/// Something that ends.
struct Ending {
    what: String,
    ends: i64,
    /// Past its end by more than this, nobody needs to be told any more.
    told_for_s: i64,
}

pub(crate) fn run(run: &Run, arguments: &Arguments) -> Result<Outcome, Diagnosis> {
    let snapshot = Snapshot::read(run.state_dir()?)?;
    let receipts = arguments.receipts.then(|| snapshot.verify_receipts()).transpose()?;
    let record = snapshot.record();
    let now = run.now();
    let warn = i64::try_from(arguments.warn.as_secs()).unwrap_or(i64::MAX);
    let roots = gate::roots(&snapshot)?;
    report::announce(&roots);
    let draft = Draft::from_snapshot(snapshot.clone());
    let authorities = gate::authorities(&roots, &draft, now)?;

    let mut endings = Vec::new();
    for root in &roots {
        endings.push(Ending {
            what: format!("root {}", root.issuer.subject()),
            ends: root.issuer.not_after().0,
            told_for_s: i64::MAX,
        });
    }
    for crl in &record.crls {
        let what = format!("CRL of {}, number {}", crl.issuer_name, crl.number);
        endings.push(Ending { what, ends: crl.next_update, told_for_s: i64::MAX });
    }
    for certificate in record.certificates.iter().filter(|c| c.revoked.is_none()) {
        let what = format!("certificate of {}", certificate.subject);
        endings.push(Ending { what, ends: certificate.not_after, told_for_s: CERTIFICATE_ENDED_MAX_S });
    }
    let ends: Vec<String> = endings
        .iter()
        .filter(|e| e.ends.saturating_sub(now) <= warn && now.saturating_sub(e.ends) <= e.told_for_s)
        .map(|e| format!("{}: {}", e.what, until(e.ends, now)))
        .collect();
    let unpublished: Vec<String> = roots
        .iter()
        .filter(|root| !record.crls.iter().any(|crl| crl.issuer == root.issuer.file_name()))
        .filter_map(|root| unpublished(&root.issuer.subject().to_string(), root.record.enrolled, now))
        .collect();
    let waiting: Vec<String> = record.held.iter().filter_map(|held| waiting(held, now)).collect();
    let contact = Contact::read(run.state_dir()?);
    let contact = |root: &Root| contact.of(&Digest(root.issuer.spki_sha256()));
    let mut overdue: Vec<String> = record.sources.iter().filter_map(|source| overdue(source, now)).collect();
    overdue.extend(roots.iter().filter_map(|root| unheard(root, contact(root)?, now)));
    let attention = [&*ends, &unpublished, &waiting, &overdue].concat();

    for root in &roots {
        say_root(root, record, &authorities);
        if let Some(known) = contact(root) {
            say_contact(known, now);
        }
    }
    for crl in &record.crls {
        say(&format!("CRL      {}", printable(&crl.issuer_name)));
        say(&format!("  number {}, {}, of {}", crl.number, entries(crl.entries), rfc3339(crl.this_update)));
        say(&format!("  until  {} ({})", rfc3339(crl.next_update), until(crl.next_update, now)));
        say(&format!("  file   published/crl/{}.crl", crl.issuer));
    }
    for certificate in &record.certificates {
        say(&format!("CA       {}", printable(&certificate.subject)));
        let ends = until(certificate.not_after, now);
        match certificate.revoked {
            Some(since) => say(&format!("  REVOKED since {}", rfc3339(since))),
            None => say(&format!("  until  {} ({ends})", rfc3339(certificate.not_after))),
        }
        say(&format!("  file   published/ca/{}.crt", certificate.sha256));
    }
    for held in &record.held {
        say(&format!("HELD     {}  {} {}", held.id(), held.kind, printable(&held.name)));
        say(&format!("  by     {}", held.rules.join(", ")));
        say(&format!("  since  {} ({} ago)", rfc3339(held.since), ago(held.since, now)));
    }
    match record.last_object {
        Some(time) => say(&format!("last contact: an object judged at {} ({} ago)", rfc3339(time), ago(time, now))),
        None => say("last contact: none yet"),
    }
    if let Some(count) = receipts {
        say(&format!("receipts: {} verified, back to the first", rootcast_host::text::count(count, "receipt")));
    }
    let document = json!({
        "time": rfc3339(now),
        "generation": record.generation,
        "roots": roots.iter().map(|root| json!({
            "subject": root.issuer.subject().to_string(),
            "sha256": root.record.sha256,
            "profile": root.policy.profile.to_string(),
            "not_after": rfc3339(root.issuer.not_after().0),
            "crl": format!("crl/{}.crl", root.issuer.file_name()),
            "policy": policy_choice::document(&root.record.policy),
            "switched_off": gate::switched_off_texts(std::slice::from_ref(root)),
            "offline_issuers": root.named.iter().map(|named| json!({
                "subject": named.subject().to_string(),
                "crl": format!("crl/{}.crl", named.file_name()),
                "active": is_active(named, &authorities),
            })).collect::<Vec<Value>>(),
            "newest_manifest": newest_manifest(root, record),
            "last_heard": contact(root).map(|known| json!({
                "heard": rfc3339(known.heard), "link": known.link, "sent": rfc3339(known.sent),
                "manifest_number": known.manifest_number, "next_contact_by": known.next_contact_by.map(rfc3339),
                "objects": known.objects,
            })),
        })).collect::<Vec<Value>>(),
        "crls": record.crls.iter().map(|crl| json!({
            "issuer": crl.issuer_name, "file": format!("crl/{}.crl", crl.issuer), "number": crl.number,
            "this_update": rfc3339(crl.this_update), "next_update": rfc3339(crl.next_update),
            "seconds_left": crl.next_update.saturating_sub(now), "entries": crl.entries, "sha256": crl.sha256,
        })).collect::<Vec<Value>>(),
        "certificates": record.certificates.iter().map(|certificate| json!({
            "subject": certificate.subject, "issuer": certificate.issuer_name,
            "file": format!("ca/{}.crt", certificate.sha256), "serial": certificate.serial,
            "not_after": rfc3339(certificate.not_after), "seconds_left": certificate.not_after.saturating_sub(now),
            "revoked": certificate.revoked.map(rfc3339), "sha256": certificate.sha256,
        })).collect::<Vec<Value>>(),
        "held": record.held.iter().map(super::held::document_of).collect::<Vec<Value>>(),
        "last_contact": record.last_object.map(rfc3339),
        "receipts_verified": receipts,
        "attention": attention,
    });
    let exit = if attention.is_empty() {
        Exit::Done
    } else {
        let what = match ends.len() {
            0 => "Something waits for a person.".to_owned(),
            count => format!("{} within {}.", ends_text(count), duration_text(arguments.warn)),
        };
        let next: Vec<&str> = [
            (&waiting, "Decide soon about what is held: `rootcast-online held list` says what and why."),
            (&unpublished, "Send and receive the CRL that no root should be without."),
            (&ends, "Plan the ceremony that makes the successor; then send and receive it."),
            (&overdue, "Contact is overdue: telephone the offline side."),
        ]
        .into_iter()
        .filter_map(|(cause, remedy)| (!cause.is_empty()).then_some(remedy))
        .collect();
        let what = format!("{what} What is published is unchanged.");
        let diagnosis = Diagnosis::new(Label::Attention, what, attention.join("\n"), next.join("\n"));
        say(&diagnosis.to_string());
        diagnosis.exit()
    };
    Ok(Outcome { exit, document })
}

fn is_active(named: &Issuer, authorities: &[Authority<'_>]) -> bool {
    authorities.iter().any(|authority| authority.issuer.is_same(named))
}

/// The number of the newest signed manifest seen of a root.
fn newest_manifest(root: &Root, record: &Record) -> Option<u64> {
    let source = Digest(root.issuer.spki_sha256()).to_string();
    let known = record.sources.iter().find(|known| known.source == source)?;
    known.seen.last().map(|seen| seen.number)
}

fn say_root(root: &Root, record: &Record, authorities: &[Authority<'_>]) {
    let has_crl = |issuer: &Issuer| record.crls.iter().any(|crl| crl.issuer == issuer.file_name());
    say(&format!("root     {} ({} profile)", printable(&root.issuer.subject().to_string()), root.policy.profile));
    if !has_crl(&root.issuer) {
        say("  CRL    none published yet");
    }
    for named in &root.named {
        let stands = match (is_active(named, authorities), has_crl(named)) {
            (false, _) => "its certificate is not published yet, so nothing of it is accepted",
            (true, false) => "no CRL of it is published yet",
            (true, true) => "offline issuer",
        };
        say(&format!("  issuer {}: {stands}", printable(&named.subject().to_string())));
    }
    if root.export_key.is_some() {
        match newest_manifest(root, record) {
            Some(number) => say(&format!("  newest signed manifest {number}")),
            None => say("  no signed manifest yet"),
        }
    }
}

/// What to say where a root that was enrolled some time ago still has no CRL.
fn unpublished(subject: &str, enrolled: i64, now: i64) -> Option<String> {
    (now.saturating_sub(enrolled) > FIRST_CRL_WAIT_MAX_S)
        .then(|| format!("root {subject}: no CRL is published yet, {} after it was enrolled", ago(enrolled, now)))
}

/// What to say where an item has been held for some time.
fn waiting(held: &HeldRecord, now: i64) -> Option<String> {
    (now.saturating_sub(held.since) > HELD_WAIT_MAX_S).then(|| {
        let rules = held.rules.join(", ");
        format!("held {} {} by {rules}, for {}", held.kind, held.name, ago(held.since, now))
    })
}

/// What to say where the contact that a signed manifest promised has not come.
fn overdue(source: &SourceRecord, now: i64) -> Option<String> {
    let by = source.next_contact_by.filter(|by| *by < now)?;
    let newest = source.seen.last().map_or(0, |seen| seen.number);
    Some(format!("contact: manifest {newest} promised the next by {}, {} ago", rfc3339(by), ago(by, now)))
}

/// What to say where the contact that a beacon promised has not come.
fn unheard(root: &Root, known: &SourceContact, now: i64) -> Option<String> {
    let by = known.next_contact_by.filter(|by| *by < now)?;
    let (by, last, subject) = (rfc3339(by), rfc3339(known.heard), root.issuer.subject());
    Some(format!("contact with {subject}: promised by {by}, last heard at {last}: OVERDUE"))
}

fn say_contact(known: &SourceContact, now: i64) {
    let (heard, link) = (rfc3339(known.heard), printable(&known.link));
    say(&format!(
        "  heard  at {heard} ({} ago) by {link}, newest manifest {}",
        ago(known.heard, now),
        known.manifest_number
    ));
    if let Some(by) = known.next_contact_by {
        let overdue = if by < now { ": OVERDUE" } else { "" };
        say(&format!("  next   contact promised by {}{overdue}", rfc3339(by)));
    }
}

fn ends_text(count: usize) -> String {
    if count == 1 { "One thing ends or has ended".to_owned() } else { format!("{count} things end or have ended") }
}

fn entries(count: u64) -> String {
    rootcast_host::text::count(count, "entry")
}

fn until(ends: i64, now: i64) -> String {
    let left = ends.saturating_sub(now);
    let text = duration_text(Duration::from_secs(left.unsigned_abs()));
    if left >= 0 { format!("{text} left") } else { format!("ENDED {text} ago") }
}

fn ago(time: i64, now: i64) -> String {
    duration_text(Duration::from_secs(now.saturating_sub(time).unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::{FIRST_CRL_WAIT_MAX_S, HELD_WAIT_MAX_S, HeldRecord, unpublished, waiting};

    #[test]
    fn a_root_without_a_crl_calls_for_attention_after_a_day() {
        let enrolled = 1_700_000_000;
        assert_eq!(unpublished("CN=Root", enrolled, enrolled), None);
        assert_eq!(unpublished("CN=Root", enrolled, enrolled + FIRST_CRL_WAIT_MAX_S), None);
        let told = unpublished("CN=Root", enrolled, enrolled + FIRST_CRL_WAIT_MAX_S + 1).unwrap();
        assert!(told.contains("CN=Root: no CRL is published yet"), "{told}");
        // A clock that went back makes nothing of it.
        assert_eq!(unpublished("CN=Root", enrolled, i64::MIN), None);
    }

    #[test]
    fn a_held_item_calls_for_attention_after_a_day() {
        let held = HeldRecord {
            sha256: "00".repeat(32),
            kind: rootcast_pki::item::FileKind::Crl,
            name: "root.crl".to_owned(),
            object: String::new(),
            since: 1_700_000_000,
            rules: vec!["CRL-NUMBER-JUMP".to_owned()],
            texts: Vec::new(),
        };
        assert_eq!(waiting(&held, held.since + HELD_WAIT_MAX_S), None);
        let told = waiting(&held, held.since + HELD_WAIT_MAX_S + 1).unwrap();
        assert!(told.starts_with("held crl root.crl by CRL-NUMBER-JUMP, for 1d 0h"), "{told}");
    }
}

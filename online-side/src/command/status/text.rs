//! The overview for people.

use rootcast_host::clock::{dated_text, rfc3339};
use rootcast_host::screen::word_lines;
use rootcast_host::text::{count, printable};

use super::overview::{Overview, Standing};
use crate::command::alarm::say_alarm;
use crate::command::lines::Lines;
use crate::gate::{HeldNow, Root};
use crate::publication::{CertificateRecord, CrlRecord, HeldRecord, ManifestSeen};
use crate::reception::last_contact::SourceContact;

/// Everything.
pub(super) fn say_overview(out: &mut Lines, overview: &Overview<'_>) {
    overview.record.ringing(overview.now).for_each(|alarm| say_alarm(out, alarm, overview.dir, overview.now));
    for root in overview.roots {
        let is_first = |other: &&Root| other.issuer.is_published_as(&root.issuer);
        let mut of_issuer = overview.roots.iter().filter(is_first).peekable();
        if of_issuer.peek().is_some_and(|first| first.record.sha256 != root.record.sha256) {
            continue;
        }
        say_root(out, overview, root, of_issuer);
        if let Some(known) = overview.contact(root) {
            say_contact(out, overview, known);
        }
    }
    for (root, since) in overview.retired() {
        out.say(&format!("retired  {}", printable(&root.issuer.subject().to_string())));
        out.say(&format!("  cert   {}", root.issuer.mark()));
        out.say(&format!(
            "  since  {}: nothing more of it is accepted, what is published stays",
            dated_text(since, overview.now)
        ));
    }
    overview.record.crls.iter().for_each(|crl| say_crl(out, overview, crl));
    overview.record.certificates.iter().for_each(|certificate| say_certificate(out, overview, certificate));
    let held = overview.record.held.iter().zip(&overview.held_now);
    held.for_each(|(held, stands)| say_held(out, overview, held, stands));
    let silent = overview.record.alarms.iter().filter(|alarm| !alarm.rings_at(overview.now));
    silent.for_each(|alarm| say_alarm(out, alarm, overview.dir, overview.now));
    match overview.record.last_object {
        Some(time) => {
            out.say(&format!("last contact: an object judged at {} ({} ago)", rfc3339(time), overview.ago(time)));
        }
        None => out.say("last contact: none yet"),
    }
    if let Some(receipts) = overview.receipts {
        out.say(&format!("receipts: {} verified, back to the first", count(receipts, "receipt")));
    }
}

/// One root, with each of its certificates.
fn say_root<'r>(out: &mut Lines, overview: &Overview<'_>, root: &Root, certificates: impl Iterator<Item = &'r Root>) {
    out.say(&format!("root     {} ({} profile)", printable(&root.issuer.subject().to_string()), root.policy.profile));
    for certificate in certificates {
        let history = match overview.successor(certificate) {
            Some(successor) => format!(": history, its successor is serial {}", successor.serial()),
            None => format!(" ({})", overview.until(certificate.issuer.not_after().0)),
        };
        out.say(&format!("  cert   {}{history}", certificate.issuer.mark()));
    }
    if !overview.has_crl(&root.issuer) {
        out.say("  CRL    none published yet");
    }
    for named in &root.named {
        let standing = match (overview.standing(named), overview.has_crl(named)) {
            (Standing::Unpublished, _) => {
                "its certificate is not published yet, so its items are not accepted".to_owned()
            }
            (Standing::Revoked(since), _) => {
                format!("REVOKED since {}: its items are not accepted", dated_text(since.0, overview.now))
            }
            (Standing::CutOff(cut_off), _) => printable(&format!("its items are not accepted: {cut_off}")),
            (Standing::InForce, false) => "its CRL is not published yet".to_owned(),
            (Standing::InForce, true) => "offline issuer".to_owned(),
        };
        out.say(&format!("  CA     {} ({}): {standing}", printable(&named.subject().to_string()), named.mark()));
    }
    if !root.export_keys.is_empty() {
        match overview.newest_manifest(root) {
            Some(newest) => say_manifest(out, newest),
            None => out.say("  no signed manifest yet"),
        }
    }
    if root.export_keys.len() > 1 {
        out.say("  two export keys are pinned: trust the root again with the new one alone, once it signs");
    }
}

fn say_manifest(out: &mut Lines, newest: &ManifestSeen) {
    out.say(&format!("  newest signed manifest {}", newest.number));
    if let Some(journal) = &newest.journal {
        out.say(&format!("  the offline journal had {} then, head", count(journal.entries, "entry")));
        out.say(&word_lines("         ", &journal.words()));
    }
}

fn say_contact(out: &mut Lines, overview: &Overview<'_>, known: &SourceContact) {
    let (heard, sent, link) = (rfc3339(known.heard), rfc3339(known.sent), printable(&known.link));
    let (heard_ago, number) = (overview.ago(known.heard), known.manifest_number);
    out.say(&format!("  heard  at {heard} ({heard_ago} ago) by {link}, newest manifest {number}"));
    // Somebody may have held it back, and shown it later.
    let how_long = match known.sent > overview.now {
        true => format!("{} from now: check the clocks", overview.ago(known.sent)),
        false => format!("{} ago", overview.ago(known.sent)),
    };
    out.say(&format!("  sent   at {sent} ({how_long}), by the offline clock"));
    if let Some(by) = known.next_contact_by {
        let overdue = if by < overview.now { ": OVERDUE" } else { "" };
        out.say(&format!("  next   contact promised by {}{overdue}", dated_text(by, overview.now)));
    }
}

fn say_crl(out: &mut Lines, overview: &Overview<'_>, crl: &CrlRecord) {
    out.say(&format!("CRL      {} (key {})", printable(&crl.issuer_name), crl.issuer));
    out.say(&format!(
        "  number {}, {}, of {}",
        crl.number,
        count(crl.entries, "entry"),
        dated_text(crl.this_update, overview.now)
    ));
    out.say(&format!("  until  {} ({})", rfc3339(crl.next_update), overview.until(crl.next_update)));
    if !overview.is_in_force(&crl.issuer) {
        out.say("  note   history: nothing more of its issuer is accepted");
    }
    out.say(&format!("  file   published/crl/{}.crl", crl.issuer));
}

fn say_certificate(out: &mut Lines, overview: &Overview<'_>, certificate: &CertificateRecord) {
    out.say(&format!("CA       {}", printable(&certificate.subject)));
    match certificate.revoked {
        Some(since) => out.say(&format!("  REVOKED since {}", dated_text(since, overview.now))),
        None => {
            let ends = certificate.not_after;
            out.say(&format!("  until  {} ({})", rfc3339(ends), overview.until(ends)));
        }
    }
    if let Some(issuer) = overview.published(certificate) {
        // Its end stands above; that of a revoked one does not matter.
        out.say(&format!("  cert   {}", issuer.key_and_serial()));
    }
    if let Some(successor) = overview.published_successor(certificate) {
        out.say(&format!("  note   history: its successor is serial {}", successor.serial()));
    }
    out.say(&format!("  file   published/ca/{}.crt", certificate.sha256));
}

fn say_held(out: &mut Lines, overview: &Overview<'_>, held: &HeldRecord, stands: &HeldNow) {
    out.say(&format!("HELD     {}  {} {}", held.id(), held.kind, printable(&held.name)));
    held.description.iter().for_each(|text| out.say(&format!("  what   {}", printable(text))));
    held.issuer.iter().for_each(|issuer| out.say(&format!("  from   {}", printable(issuer))));
    out.say(&format!("  rules  {}", held.rules.join(", ")));
    stands.text().iter().for_each(|text| out.say(&format!("  note   {}", printable(text))));
    out.say(&format!("  since  {} ({} ago)", rfc3339(held.since), overview.ago(held.since)));
}

//! What a person should look at now: what expires, who has not been heard, what waits.

use std::time::Duration;

use rootcast_host::clock::{RELEASED, duration_text, rfc3339};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::text::count;
use rootcast_pki::issuer::Issuer;

use super::overview::{Overview, ago};
use crate::gate::{self, Root};
use crate::publication::{HeldRecord, SourceRecord};
use crate::reception::last_contact::SourceContact;

/// How long after its end a certificate still calls for attention; later it is history. A CRL always does.
const CERTIFICATE_ENDED_MAX_S: i64 = 30 * 86_400;

/// How long a root may have no CRL after it was trusted: the first is on its way, often by hand and on the same day.
const FIRST_CRL_WAIT_MAX_S: i64 = 24 * 3_600;

/// How long an item may be held: whoever decides about it reads it back to the offline side first, on a working day.
const HELD_WAIT_MAX_S: i64 = 24 * 3_600;

/// What calls for attention, a line each.
pub(super) struct Attention {
    warn: Duration,
    alarms: Vec<String>,
    expiring: Vec<String>,
    unpublished: Vec<String>,
    waiting: Vec<String>,
    missing: Vec<String>,
    overdue: Vec<String>,
    clock: Vec<String>,
    off: Vec<String>,
}

/// Something that expires.
struct Expiry {
    what: String,
    at: i64,
    /// Later than this after it, it is history.
    shown_for_s: i64,
}

impl Attention {
    pub(super) fn new(overview: &Overview<'_>, warn: Duration) -> Self {
        let (record, now) = (overview.record, overview.now);
        let warn_s = i64::try_from(warn.as_secs()).unwrap_or(i64::MAX);
        let expiring = expiries(overview)
            .into_iter()
            .filter(|e| e.at.saturating_sub(now) <= warn_s && now.saturating_sub(e.at) <= e.shown_for_s)
            .map(|e| format!("{}: {}", e.what, overview.until(e.at)))
            .collect();
        let unpublished = overview
            .roots
            .iter()
            .filter(|root| !overview.has_crl(&root.issuer) && overview.successor(root).is_none())
            .filter_map(|root| unpublished(&named(&root.issuer), root.record.enrolled, now))
            .collect();
        let waiting = record.held.iter().filter_map(|held| waiting(held, now)).collect();
        let mut overdue: Vec<String> = record.sources.iter().filter_map(|source| overdue(source, now)).collect();
        let current = overview.roots.iter().filter(|root| overview.successor(root).is_none());
        overdue.extend(current.filter_map(|root| unheard(root, overview.contact(root)?, now)));
        let missing = record.sources.iter().flat_map(missing).collect();
        let clock = clock(record.latest_time, now).into_iter().collect();
        let alarms = record.ringing(now).map(|alarm| format!("alarm {}: {}: {}", alarm.id(), alarm.kind, alarm.text));
        let off = gate::reminder_texts(overview.roots, now);
        Self { warn, alarms: alarms.collect(), expiring, unpublished, waiting, missing, overdue, clock, off }
    }

    /// All of it.
    pub(super) fn lines(&self) -> Vec<String> {
        let (first, last) = ([&*self.alarms, &self.clock, &self.expiring], [&*self.missing, &self.overdue, &self.off]);
        [first.concat(), self.unpublished.clone(), self.waiting.clone(), last.concat()].concat()
    }

    /// The same as a diagnosis; nothing if nothing calls for attention.
    pub(super) fn diagnosis(&self) -> Option<Diagnosis> {
        let lines = self.lines();
        if lines.is_empty() {
            return None;
        }
        let what = match self.expiring.len() {
            0 => "A person must act.".to_owned(),
            1 => format!("1 item expires within {}, or has expired.", duration_text(self.warn)),
            more => {
                format!("{} expire within {}, or have expired.", count(more as u64, "item"), duration_text(self.warn))
            }
        };
        let what = match self.alarms.len() as u64 {
            0 => what,
            1 => format!("1 alarm is not acknowledged. {what}"),
            alarms => format!("{alarms} alarms are not acknowledged. {what}"),
        };
        let next: Vec<&str> = [
            (
                &self.alarms,
                "Find out what rang the alarms, then acknowledge each: `rootcast-online alarm list` shows them.",
            ),
            (
                &self.clock,
                "Correct the clock. If it is right now, it ran ahead once: docs/failure-scenarios.md says what to do.",
            ),
            (
                &self.waiting,
                "Decide soon about the held items: `rootcast-online held list` shows them and the reasons.",
            ),
            (&self.unpublished, "Send and receive the root's CRL: every root needs one."),
            (
                &self.expiring,
                "Plan the ceremony that issues the successor, then send and receive it. If an issuer is no longer used: \
                 rootcast-online retire",
            ),
            (
                &self.missing,
                "Ask the offline side to send what is missing here: a signed manifest says that it has more.",
            ),
            (&self.overdue, "Contact is overdue: telephone the offline side."),
            (
                &self.off,
                "A rule that was switched off has a date: let the CA correct what it finds. To take note that it is on: \
                 trust --on RULE, on both sides.",
            ),
        ]
        .into_iter()
        .filter_map(|(cause, remedy)| (!cause.is_empty()).then_some(remedy))
        .collect();
        let what = format!("{what} The published items are unchanged.");
        Some(Diagnosis::new(Label::Attention, what, lines.join("\n"), next.join("\n")))
    }
}

/// What ends and needs a successor. What has one is history, and so is what is published of an issuer of which nothing is
/// accepted any more.
fn expiries(overview: &Overview<'_>) -> Vec<Expiry> {
    let roots = overview.roots.iter().filter(|root| overview.successor(root).is_none());
    let roots = roots.map(|root| Expiry {
        what: format!("root {}", named(&root.issuer)),
        at: root.issuer.not_after().0,
        shown_for_s: i64::MAX,
    });
    let crls = overview.record.crls.iter().filter(|crl| overview.is_in_force(&crl.issuer));
    let crls = crls.map(|crl| Expiry {
        what: format!("CRL of {} (key {}), number {}", crl.issuer_name, crl.issuer, crl.number),
        at: crl.next_update,
        shown_for_s: i64::MAX,
    });
    let in_use = overview.record.certificates.iter().filter(|certificate| {
        certificate.revoked.is_none()
            && overview.is_in_force(&certificate.issuer)
            && overview.published_successor(certificate).is_none()
    });
    let certificates = in_use.map(|certificate| Expiry {
        what: format!(
            "certificate of {} ({})",
            certificate.subject,
            overview.published(certificate).map_or_else(|| format!("serial {}", certificate.serial), Issuer::mark)
        ),
        at: certificate.not_after,
        shown_for_s: CERTIFICATE_ENDED_MAX_S,
    });
    roots.chain(crls).chain(certificates).collect()
}

/// An issuer with what tells it apart from others of its name.
fn named(issuer: &Issuer) -> String {
    format!("{} ({})", issuer.subject(), issuer.mark())
}

/// The clock is behind the latest time that a verdict was made at, so everything is held. Either it is wrong now, or it
/// ran ahead then.
fn clock(latest: i64, now: i64) -> Option<String> {
    let why = gate::clock_back(latest, now)?;
    let left = ago(latest.max(RELEASED), now);
    Some(format!("{why}, {left} from now: every item is held until then (CLOCK-BACK)"))
}

/// A root that was trusted some time ago and still has no CRL.
fn unpublished(subject: &str, trusted: i64, now: i64) -> Option<String> {
    (now.saturating_sub(trusted) > FIRST_CRL_WAIT_MAX_S)
        .then(|| format!("root {subject}: no CRL is published yet, {} after it was trusted", ago(trusted, now)))
}

/// An item that has been held for some time.
fn waiting(held: &HeldRecord, now: i64) -> Option<String> {
    (now.saturating_sub(held.since) > HELD_WAIT_MAX_S).then(|| {
        let rules = held.rules.join(", ");
        format!("held {} {} {} by {rules}, for {}", held.kind, held.name, held.id(), ago(held.since, now))
    })
}

/// What the newest signed manifest showed to be missing.
fn missing(source: &SourceRecord) -> impl Iterator<Item = String> {
    source.open.iter().map(|open| format!("{}: {}", open.rule, open.text))
}

/// The contact that a signed manifest promised has not come.
fn overdue(source: &SourceRecord, now: i64) -> Option<String> {
    let by = source.next_contact_by.filter(|by| *by < now)?;
    let newest = source.seen.last().map_or(0, |seen| seen.number);
    Some(format!("contact: manifest {newest} promised the next by {}, {} ago", rfc3339(by), ago(by, now)))
}

/// The contact that a beacon promised has not come.
fn unheard(root: &Root, known: &SourceContact, now: i64) -> Option<String> {
    let by = known.next_contact_by.filter(|by| *by < now)?;
    let (by, subject) = (rfc3339(by), named(&root.issuer));
    let (sent, heard) = (rfc3339(known.sent), rfc3339(known.heard));
    Some(format!("contact with {subject}: promised by {by}; the last was sent at {sent}, heard at {heard}: OVERDUE"))
}

#[cfg(test)]
mod tests {
    use super::{FIRST_CRL_WAIT_MAX_S, HELD_WAIT_MAX_S, HeldRecord, RELEASED, clock, unpublished, waiting};

    /// Everything is held then, and nothing said so.
    #[test]
    fn a_clock_that_once_ran_ahead_calls_for_attention_until_it_has_caught_up() {
        let now = RELEASED + 40 * 86_400;
        assert_eq!(clock(now, now), None);
        assert_eq!(clock(now + 30, now), None, "steps of time synchronisation are smaller");
        let told = clock(now + 365 * 86_400, now).unwrap();
        assert!(
            told.contains("2027-12-11") && told.contains("365d 0h from now") && told.contains("CLOCK-BACK"),
            "{told}"
        );
        assert!(clock(i64::MIN, RELEASED - 86_400).unwrap().contains("this version was released"));
    }

    #[test]
    fn a_root_without_a_crl_calls_for_attention_after_a_day() {
        let trusted = 1_700_000_000;
        assert_eq!(unpublished("CN=Root", trusted, trusted), None);
        assert_eq!(unpublished("CN=Root", trusted, trusted + FIRST_CRL_WAIT_MAX_S), None);
        let told = unpublished("CN=Root", trusted, trusted + FIRST_CRL_WAIT_MAX_S + 1).unwrap();
        assert!(told.contains("CN=Root: no CRL is published yet"), "{told}");
        // A clock that went back makes nothing of it.
        assert_eq!(unpublished("CN=Root", trusted, i64::MIN), None);
    }

    #[test]
    fn a_held_item_calls_for_attention_after_a_day() {
        let held = HeldRecord {
            sha256: "00".repeat(32),
            tbs_sha256: None,
            named_sha256: None,
            kind: rootcast_pki::item::FileKind::Crl,
            name: "root.crl".to_owned(),
            description: None,
            issuer: None,
            object: String::new(),
            since: 1_700_000_000,
            rules: vec!["CRL-NUMBER-JUMP".to_owned()],
            texts: Vec::new(),
        };
        assert_eq!(waiting(&held, held.since + HELD_WAIT_MAX_S), None);
        let told = waiting(&held, held.since + HELD_WAIT_MAX_S + 1).unwrap();
        assert!(told.starts_with(&format!("held crl root.crl {} by CRL-NUMBER-JUMP, for 1d 0h", held.id())), "{told}");
    }
}

//! What a person should look at now: what expires, who has not been heard, what waits.

use std::cmp::Reverse;
use std::time::Duration;

use rootcast_host::clock::{RELEASED, duration_text, rfc3339};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::text::count;
use rootcast_pki::issuer::Issuer;

use super::level::{Level, Life};
use super::overview::{Overview, ago};
use crate::gate::{self, HeldNow, Root};
use crate::publication::{AlarmKind, AlarmRecord, HeldRecord, SourceRecord};
use crate::reception::last_contact::SourceContact;

/// How long after its end a certificate still calls for attention; later it is history. A CRL always does.
const CERTIFICATE_ENDED_MAX_S: i64 = 30 * 86_400;

/// How long a root may have no CRL after it was trusted: the first is on its way, often by hand and on the same day.
const FIRST_CRL_WAIT_MAX_S: i64 = 24 * 3_600;

/// How long an item may be held: whoever decides about it reads it back to the offline side first, on a working day.
const HELD_WAIT_MAX_S: i64 = 24 * 3_600;

/// Digits of a digest or of a key identifier that tell things apart for programs.
const LABEL_DIGITS: usize = 16;

/// What calls for attention, a line each.
pub(super) struct Attention {
    alarms: Vec<AlarmLine>,
    expiring: Vec<(Level, String)>,
    unpublished: Vec<String>,
    waiting: Vec<String>,
    /// What is held and has not waited long: a person decides about it too, but not at once.
    held: Vec<String>,
    missing: Vec<String>,
    overdue: Vec<String>,
    clock: Vec<String>,
    off: Vec<String>,
}

/// An alarm that nobody has acknowledged.
struct AlarmLine {
    level: Level,
    /// Its kind, and the rule that raised it, if a rule did.
    kind: String,
    /// A line.
    text: String,
}

impl AlarmLine {
    fn new(alarm: &AlarmRecord) -> Self {
        let rule = alarm.rules.first().map_or(String::new(), |rule| format!(" ({rule})"));
        Self {
            level: level_of(alarm.kind),
            kind: format!("{}{rule}", alarm.kind),
            text: format!("alarm {}: {}: {}", alarm.id(), alarm.kind, alarm.text),
        }
    }
}

/// Each kind once, and how often it is there.
fn kinds_text(alarms: &[AlarmLine]) -> String {
    let mut kinds: Vec<(&str, u64)> = Vec::new();
    for AlarmLine { kind, .. } in alarms {
        match kinds.iter_mut().find(|(known, _)| known == kind) {
            Some((_, times)) => *times += 1,
            None => kinds.push((kind, 1)),
        }
    }
    let texts = kinds.into_iter().map(|(kind, times)| match times {
        1 => kind.to_owned(),
        times => format!("{kind} {times} times"),
    });
    texts.collect::<Vec<_>>().join(", ")
}

/// Something that expires.
pub(super) struct Expiry {
    pub(super) what: String,
    /// The same without what tells it apart from others of its name.
    pub(super) short: String,
    /// What names it for programs: its kind and the first digits of its digest or of its issuer's key.
    pub(super) label: String,
    pub(super) life: Life,
    /// Later than this after its end, it is history.
    shown_for_s: i64,
}

impl Expiry {
    /// Whether it is none of the past yet.
    fn is_shown(&self, now: i64) -> bool {
        now.saturating_sub(self.life.ends) <= self.shown_for_s
    }
}

impl Attention {
    pub(super) fn new(overview: &Overview<'_>, warn: Option<Duration>) -> Self {
        let (record, now) = (overview.record, overview.now);
        let mut expiring: Vec<(Level, String)> = expiries(overview)
            .into_iter()
            .map(|expiry| (expiry.life.level(warn, now), expiry))
            .filter(|(level, _)| *level > Level::Ok)
            .map(|(level, expiry)| {
                // A limit that somebody chose explains what would be well otherwise.
                let chosen = warn.filter(|_| level == Level::Warn && expiry.life.level(None, now) == Level::Ok);
                let chosen =
                    chosen.map_or(String::new(), |warn| format!(" (the limit given is {})", duration_text(warn)));
                (level, format!("{}: {}{chosen}", expiry.what, overview.until(expiry.life.ends)))
            })
            .collect();
        expiring.sort_by_key(|(level, _)| Reverse(*level));
        let unpublished = overview
            .without_crl()
            .filter_map(|root| unpublished(&named(&root.issuer), root.record.enrolled, now))
            .collect();
        let (mut waiting, mut held) = (Vec::new(), Vec::new());
        for (one, stands) in record.held.iter().zip(&overview.held_now) {
            if has_waited(one, now) { &mut waiting } else { &mut held }.push(held_text(one, stands, now));
        }
        let mut overdue: Vec<String> = record.sources.iter().filter_map(|source| overdue(source, now)).collect();
        let current = overview.roots.iter().filter(|root| overview.successor(root).is_none());
        overdue.extend(current.filter_map(|root| unheard(root, overview.contact(root)?, now)));
        let missing = record.sources.iter().flat_map(missing).collect();
        let clock = clock(record.latest_time, now).into_iter().collect();
        let mut alarms: Vec<AlarmLine> = record.ringing(now).map(AlarmLine::new).collect();
        alarms.sort_by_key(|alarm| Reverse(alarm.level));
        let off = gate::reminder_texts(overview.roots, now);
        Self { alarms, expiring, unpublished, waiting, held, missing, overdue, clock, off }
    }

    /// All of it, the worst of each kind first.
    pub(super) fn lines(&self) -> Vec<String> {
        let last = [&*self.missing, &self.overdue, &self.off];
        [
            self.alarms.iter().map(|alarm| alarm.text.clone()).collect(),
            self.clock.clone(),
            self.expiring.iter().map(|(_, text)| text.clone()).collect(),
            self.unpublished.clone(),
            self.waiting.clone(),
            last.concat(),
        ]
        .concat()
    }

    /// How well all of it stands together.
    pub(super) fn level(&self) -> Level {
        let expiring = self.expiring.iter().map(|(level, _)| *level);
        let leveled = self.alarms.iter().map(|alarm| alarm.level).chain(expiring);
        // Nothing can be accepted while the clock is behind; what waits for a person can wait for some hours.
        let clock = self.clock.iter().map(|_| Level::Critical);
        let waiting = [&self.unpublished, &self.waiting, &self.missing, &self.overdue, &self.off];
        let waiting = waiting.into_iter().flatten().map(|_| Level::Warn);
        leveled.chain(clock).chain(waiting).max().unwrap_or(Level::Ok)
    }

    /// Why it stands so, in a few words: how many alarms nobody has acknowledged, the worst of the rest, and how many more
    /// there are. Nothing if nothing calls for attention.
    pub(super) fn why(&self) -> Option<String> {
        let all = self.lines();
        let worst = all.get(self.alarms.len());
        let alarms = match self.alarms.len() {
            0 => None,
            1 => Some("1 alarm is not acknowledged".to_owned()),
            more => Some(format!("{more} alarms are not acknowledged")),
        };
        let said: Vec<String> = alarms.into_iter().chain(worst.cloned()).collect();
        let more = all.len().saturating_sub(self.alarms.len() + usize::from(worst.is_some()));
        let more = (more > 0).then(|| format!("{more} more below"));
        (!said.is_empty()).then(|| said.into_iter().chain(more).collect::<Vec<_>>().join("; "))
    }

    /// What is held and has not waited long, a line each.
    pub(super) fn held(&self) -> &[String] {
        &self.held
    }

    /// How many alarms nobody has acknowledged.
    pub(super) fn alarms(&self) -> usize {
        self.alarms.len()
    }

    /// The same as a diagnosis; nothing if nothing calls for attention.
    pub(super) fn diagnosis(&self) -> Option<Diagnosis> {
        self.diagnosis_of(self.lines())
    }

    /// The same for people who have just been shown each alarm: one line says what they are. It says enough for whoever
    /// reads standard error alone.
    pub(super) fn diagnosis_beside_alarms(&self) -> Option<Diagnosis> {
        let alarms = self.alarms.len() as u64;
        let alarms = (alarms > 0).then(|| format!("{}: {}", count(alarms, "alarm"), kinds_text(&self.alarms)));
        self.diagnosis_of(alarms.into_iter().chain(self.lines().into_iter().skip(self.alarms.len())).collect())
    }

    fn diagnosis_of(&self, lines: Vec<String>) -> Option<Diagnosis> {
        if lines.is_empty() {
            return None;
        }
        let what = match self.expiring.len() {
            0 => "A person must act.".to_owned(),
            1 => "1 item ends soon, or has ended.".to_owned(),
            more => format!("{} end soon, or have ended.", count(more as u64, "item")),
        };
        let what = match self.alarms.len() as u64 {
            0 => what,
            1 => format!("1 alarm is not acknowledged. {what}"),
            alarms => format!("{alarms} alarms are not acknowledged. {what}"),
        };
        let next: Vec<&str> = [
            (
                self.alarms.is_empty(),
                "Find out what raised the alarms, then acknowledge each: `rootcast-online alarm list` shows them.",
            ),
            (
                self.clock.is_empty(),
                "Correct the clock. If it is right now, it ran ahead once: rootcast-online explain CLOCK-BACK.",
            ),
            (
                self.waiting.is_empty(),
                "Decide soon about the held items: `rootcast-online held list` shows them and the reasons.",
            ),
            (self.unpublished.is_empty(), "Send and receive the root's CRL: every root needs one."),
            (
                self.expiring.is_empty(),
                "Plan the ceremony that issues the successor, then send and receive it. If an issuer is no longer used: \
                 rootcast-online retire",
            ),
            (
                self.missing.is_empty(),
                "Ask the offline side to send what is missing here: a signed manifest says that it has more.",
            ),
            (self.overdue.is_empty(), "Contact is overdue: telephone the offline side."),
            (
                self.off.is_empty(),
                "A rule that was switched off has a date: let the CA correct what it finds. To take note that it is on: \
                 trust --on RULE, on both sides.",
            ),
        ]
        .into_iter()
        .filter_map(|(is_well, remedy)| (!is_well).then_some(remedy))
        .collect();
        let what = format!("{what} The published items are unchanged.");
        Some(Diagnosis::new(Label::Attention, what, lines.join("\n"), next.join("\n")))
    }
}

/// What ends and needs a successor. What has one is history, and so is what is published of an issuer of which nothing is
/// accepted any more.
pub(super) fn expiries(overview: &Overview<'_>) -> Vec<Expiry> {
    let roots = overview.roots.iter().filter(|root| overview.successor(root).is_none());
    let roots = roots.map(|root| Expiry {
        what: format!("root {}", named(&root.issuer)),
        short: format!("root {}", root.issuer.subject()),
        label: label("root", &root.record.sha256),
        life: Life { begins: root.issuer.not_before().0, ends: root.issuer.not_after().0 },
        shown_for_s: i64::MAX,
    });
    let crls = overview.record.crls.iter().filter(|crl| overview.is_in_force(&crl.issuer));
    let crls = crls.map(|crl| Expiry {
        what: format!("CRL of {} (key {}), number {}", crl.issuer_name, crl.issuer, crl.number),
        short: format!("CRL of {}, number {}", crl.issuer_name, crl.number),
        label: label("crl", &crl.issuer),
        life: Life { begins: crl.this_update, ends: crl.next_update },
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
        short: format!("certificate of {}", certificate.subject),
        label: label("certificate", &certificate.sha256),
        life: Life { begins: certificate.not_before, ends: certificate.not_after },
        shown_for_s: CERTIFICATE_ENDED_MAX_S,
    });
    roots.chain(crls).chain(certificates).filter(|expiry| expiry.is_shown(overview.now)).collect()
}

/// A kind, and the first digits of what names one of it.
fn label(kind: &str, digits: &str) -> String {
    format!("{kind}_{}", digits.chars().take(LABEL_DIGITS).collect::<String>())
}

/// How bad it is that this was raised and nobody has acknowledged it. Somebody may attack, or the root's key may be misused.
/// A link that failed or a policy that an operator chose is for working hours.
const fn level_of(kind: AlarmKind) -> Level {
    match kind {
        AlarmKind::Rejected
        | AlarmKind::RolledBack
        | AlarmKind::SecondSignature
        | AlarmKind::Manifest
        | AlarmKind::More => Level::Critical,
        AlarmKind::FalseSymbols | AlarmKind::Clock | AlarmKind::LinkFailed | AlarmKind::WeakenedPolicy => Level::Warn,
    }
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

/// Whether an item has been held for some time.
fn has_waited(held: &HeldRecord, now: i64) -> bool {
    now.saturating_sub(held.since) > HELD_WAIT_MAX_S
}

/// A held item, with what it warns of.
fn held_text(held: &HeldRecord, stands: &HeldNow, now: i64) -> String {
    let (rules, id, since) = (held.rules.join(", "), held.id(), ago(held.since, now));
    let stands = stands.text().map(|text| format!("; {text}")).unwrap_or_default();
    format!("held {} {} {id} by {rules}, for {since}{stands}", held.kind, held.name)
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
    use super::{AlarmKind, AlarmLine, FIRST_CRL_WAIT_MAX_S, HELD_WAIT_MAX_S, HeldNow, HeldRecord, RELEASED, clock};
    use super::{AlarmRecord, has_waited, held_text, kinds_text, unpublished};

    /// "1 alarm: shown above" was all that came by mail from cron.
    #[test]
    fn the_line_about_alarms_says_what_kinds_they_are_by_itself() {
        let alarm = |kind, rules: &[&str]| {
            AlarmLine::new(&AlarmRecord {
                kind,
                about: String::new(),
                content: None,
                rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
                text: String::new(),
                first: 0,
                last: 0,
                acknowledged: None,
            })
        };
        let old = || alarm(AlarmKind::RolledBack, &["CRL-NUMBER-LOWER", "CRL-EXPIRED"]);
        assert_eq!(kinds_text(&[old()]), "rolled-back (CRL-NUMBER-LOWER)");
        let several = [old(), alarm(AlarmKind::LinkFailed, &[]), old()];
        assert_eq!(kinds_text(&several), "rolled-back (CRL-NUMBER-LOWER) 2 times, link-failed");
    }

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
        assert!(!has_waited(&held, held.since + HELD_WAIT_MAX_S));
        assert!(has_waited(&held, held.since + HELD_WAIT_MAX_S + 1));
        let warned = HeldNow { warnings: vec!["CRL-IN-USE: it revokes".to_owned()], ..HeldNow::default() };
        let told = held_text(&held, &warned, held.since + HELD_WAIT_MAX_S + 1);
        assert!(told.ends_with("for 1d 0h; CRL-IN-USE: it revokes"), "{told}");
        assert!(told.starts_with(&format!("held crl root.crl {} by CRL-NUMBER-JUMP, for 1d 0h", held.id())), "{told}");
    }
}

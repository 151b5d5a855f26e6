//! Entries of the previous CRL that the new one cannot carry over (REQ-CARRY), and what the request decides about them.
//! What is faulty is what a rule of the gate rejects; nothing here decides by itself.

use std::collections::{BTreeMap, BTreeSet};

use rootcast_pki::crl::{CertificateIssuer, InspectedCrl, RefusedEntry, refused_entries};
use rootcast_pki::difference::reason_name;
use rootcast_pki::finding::Severity;
use rootcast_pki::profile::Policy;
use rootcast_pki::rule::Rule;
use rootcast_pki::serial::SerialNumber;
use rootcast_pki::time::Timestamp;
use rootcast_protocol::hex;
use serde::Serialize;

use crate::ceremony::request::decision::{
    DecidedAction, DecisionFault, NoDate, NoReason, UndecidedEntry, WantedDecision,
};
use crate::ceremony::request::reason::Reason;

/// CRLReason certificateHold and removeFromCRL (RFC 5280 §5.3.1).
const ON_HOLD: u8 = 6;
const REMOVE_FROM_CRL: u8 = 8;

/// The reasons that say that a key is in other hands; the first takes the place of the second.
const COMPROMISES: [Reason; 2] = [Reason::KeyCompromise, Reason::CaCompromise];

/// The entries of one serial number, at least one of which a rule rejects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FaultyEntries {
    /// Contents octets of the serial number.
    pub(crate) serial: Vec<u8>,
    entries: Vec<FaultyEntry>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct FaultyEntry {
    number: u64,
    date: Option<Timestamp>,
    /// Whether the date is later than the new CRL.
    is_late: bool,
    /// Its reasons, the gravest first. A good entry has one, or none.
    reasons: Vec<u8>,
    faults: BTreeSet<EntryFault>,
    /// The rules that reject it, with their texts.
    rejects: Vec<(Rule, String)>,
    /// How many of them are of CRL-SERIAL: that it is doubled, and that it is none.
    serial_faults: usize,
    other_issuer: Option<String>,
    /// Whether its certificateIssuer leaves open whose certificate it is about.
    is_unclear: bool,
}

/// What makes a decision necessary, as far as it differs in what may be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum EntryFault {
    /// certificateHold.
    OnHold,
    /// removeFromCRL and no other reason: a hold that was lifted.
    Lifted,
    /// certificateIssuer that names another issuer, and only that.
    OtherIssuer,
    /// Another entry has the serial number too.
    Doubled,
    /// A serial number that the rules do not accept.
    Serial,
    /// A date that cannot stay as it is written.
    Date,
    /// A reason that cannot stay.
    Reason,
    /// Something else, which a new entry does not have.
    Content,
}

/// What the new CRL says in the place of the entries of one serial number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedEntry {
    /// Contents octets of the serial number.
    pub serial: Vec<u8>,
    /// What the previous CRL says, each entry with the ids of the rules that reject it; printable.
    pub before: String,
    /// The new entry.
    pub now: DecidedNow,
    /// Why, as the request says.
    pub because: String,
}

/// The new entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecidedNow {
    /// None: the certificate is not one that this issuer has revoked.
    Dropped,
    /// This one.
    Revoked {
        /// Since when.
        date: Timestamp,
        /// Why.
        reason: Reason,
    },
}

/// The same for JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct DecidedDocument<'d> {
    serial: String,
    action: &'static str,
    before: &'d str,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    because: &'d str,
}

impl DecidedEntry {
    /// For people: what the new CRL says, what the previous one says, and why. Each is short enough to be shown whole.
    #[must_use]
    pub(crate) fn lines(&self) -> [String; 3] {
        let serial = SerialNumber::from_contents(&self.serial);
        let now = match self.now {
            DecidedNow::Dropped => "no entry".to_owned(),
            DecidedNow::Revoked { date, reason } => format!("{reason} ({}), since {date}", reason.meaning()),
        };
        let (before, because) = (&self.before, &self.because);
        [format!("serial {serial}: {now}"), format!("until now: {before}"), format!("because: {because}")]
    }

    /// For JSON.
    #[must_use]
    pub(crate) fn document(&self) -> DecidedDocument<'_> {
        let (action, date, reason) = match self.now {
            DecidedNow::Dropped => ("drop", None, None),
            DecidedNow::Revoked { date, reason } => ("revoke", Some(date.to_string()), Some(reason)),
        };
        let (before, because) = (self.before.as_str(), self.because.as_str());
        DecidedDocument { serial: hex::encode(&self.serial), action, before, date, reason, because }
    }

    /// Whether there is an entry for it in the new CRL.
    #[must_use]
    pub(crate) fn is_dropped(&self) -> bool {
        self.now == DecidedNow::Dropped
    }
}

/// The entries of the previous CRL that the new one, issued then, cannot carry over under this policy: by serial number, in
/// the order of the CRL.
#[must_use]
pub(crate) fn faulty_entries(crl: &InspectedCrl<'_>, policy: &Policy, issued: Timestamp) -> Vec<FaultyEntries> {
    let mut all: Vec<FaultyEntries> = Vec::new();
    let mut places: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    // The clock may be another when the same is built again.
    for refused in refused_entries(crl, policy, issued, issued) {
        let serial = refused.entry.serial.to_vec();
        let place = *places.entry(serial.clone()).or_insert_with(|| {
            all.push(FaultyEntries { serial, entries: Vec::new() });
            all.len() - 1
        });
        if let Some(entries) = all.get_mut(place) {
            entries.entries.push(FaultyEntry::from_refused(&refused));
        }
    }
    for one in &mut all {
        let is_doubled = one.entries.len() > 1;
        for entry in &mut one.entries {
            // One entry in the place of several is no fault any more.
            if is_doubled && entry.serial_faults == 1 && entry.faults.remove(&EntryFault::Serial) {
                entry.faults.insert(EntryFault::Doubled);
            }
        }
    }
    all
}

impl FaultyEntry {
    fn from_refused(refused: &RefusedEntry<'_>) -> Self {
        let rejects = |rule| refused.is_refused_by(rule);
        let mut faults = BTreeSet::new();
        if rejects(Rule::CrlReason) {
            faults.insert(match refused.entry.reason {
                Some(ON_HOLD) => EntryFault::OnHold,
                Some(REMOVE_FROM_CRL) if refused.other_reasons.is_empty() => EntryFault::Lifted,
                _ => EntryFault::Reason,
            });
        }
        let mut other_issuer = None;
        if let Some(CertificateIssuer::Other(name)) = &refused.certificate_issuer {
            faults.insert(EntryFault::OtherIssuer);
            other_issuer = Some(name.clone());
        }
        let is_unclear = refused.certificate_issuer == Some(CertificateIssuer::Unclear);
        if rejects(Rule::CrlSerial) {
            faults.insert(EntryFault::Serial);
        }
        if rejects(Rule::CrlTimeEncoding) || rejects(Rule::CrlRevocationDate) {
            faults.insert(EntryFault::Date);
        }
        if faults.is_empty() {
            faults.insert(EntryFault::Content);
        }
        let rejected = refused.findings.iter().filter(|found| found.severity == Severity::Reject);
        let serial_faults = rejected.clone().filter(|found| found.rule == Rule::CrlSerial).count();
        let rejects_all = rejected.map(|found| (found.rule, found.text.clone())).collect();
        let (number, date) = (refused.number, refused.date());
        let reasons = refused.entry.reason.into_iter().chain(refused.other_reasons.iter().copied()).collect();
        let is_late = rejects(Rule::CrlRevocationDate);
        Self { number, date, is_late, reasons, faults, rejects: rejects_all, serial_faults, other_issuer, is_unclear }
    }

    /// With the rules that reject it, and their texts if wanted.
    fn text(&self, with_texts: bool) -> String {
        let date = self.date.map_or_else(|| "a date that cannot be read".to_owned(), |date| date.to_string());
        let issuer = match &self.other_issuer {
            Some(name) => format!(", of the issuer {name}"),
            None if self.is_unclear => ", with a certificateIssuer that names no other issuer clearly".to_owned(),
            None => String::new(),
        };
        let told =
            |(rule, text): &(Rule, String)| if with_texts { format!("{rule}: {text}") } else { rule.to_string() };
        let mut texts: Vec<String> = Vec::new();
        for text in self.rejects.iter().map(told) {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        let texts = texts.join("; ");
        format!("entry {}, {}, since {date}{issuer} ({texts})", self.number, reason_names(&self.reasons).join(" and "))
    }

    fn has(&self, fault: EntryFault) -> bool {
        self.faults.contains(&fault)
    }

    /// Whether it says, or may say, that this issuer has revoked a certificate.
    fn revokes(&self) -> bool {
        !self.has(EntryFault::OtherIssuer) && !self.has(EntryFault::Lifted)
    }

    /// Its reasons that can stay: more than one only where it has several.
    fn reasons_kept(&self) -> BTreeSet<u8> {
        self.reasons.iter().filter_map(|code| Reason::from_code(*code)).map(Reason::code).collect()
    }
}

impl FaultyEntries {
    /// Whether this is its serial number, as people write it: with or without a leading zero octet.
    fn is_named(&self, given: &[u8]) -> bool {
        self.serial == given || self.serial.split_first() == Some((&0, given))
    }

    fn has(&self, fault: EntryFault) -> bool {
        self.entries.iter().any(|entry| entry.has(fault))
    }

    /// The entries that say that this issuer has revoked the certificate.
    fn revoking(&self) -> impl Iterator<Item = &FaultyEntry> {
        self.entries.iter().filter(|entry| entry.revokes())
    }

    /// Those that are final.
    fn ended(&self) -> impl Iterator<Item = &FaultyEntry> {
        self.revoking().filter(|entry| !entry.has(EntryFault::OnHold))
    }

    /// The earliest date of a final entry that can be read: the new date is never later. None where a hold's date is all
    /// there is, or none can be read.
    fn date_kept(&self) -> Option<Timestamp> {
        self.ended().filter(|entry| !entry.is_late).filter_map(|entry| entry.date).min()
    }

    /// Whether an earlier date may be given than the one that can stay: another entry has a hold's date or a wrong one.
    fn date_may_be_earlier(&self) -> bool {
        self.revoking().any(|entry| entry.has(EntryFault::Date) || entry.has(EntryFault::OnHold))
    }

    /// The reasons that can stay. A compromise takes the place of all others.
    fn reasons_kept(&self) -> BTreeSet<u8> {
        let all: BTreeSet<u8> = self.ended().flat_map(FaultyEntry::reasons_kept).collect();
        let compromise = COMPROMISES.into_iter().map(Reason::code).find(|code| all.contains(code));
        compromise.map_or(all, |code| BTreeSet::from([code]))
    }

    /// The one reason that can stay: a compromise, or that of all final entries.
    fn reason_kept(&self) -> Option<Reason> {
        let kept = self.reasons_kept();
        let only = kept.first().copied().filter(|_| kept.len() == 1).and_then(Reason::from_code)?;
        let is_of_all = self.ended().all(|entry| !entry.reasons_kept().is_empty());
        (is_of_all || COMPROMISES.contains(&only)).then_some(only)
    }

    /// Whether a certificate that is given with `[[crl.revoke]]` makes a decision needless: it gives date and reason.
    pub(crate) fn is_settled_by_revoking(&self) -> bool {
        let is_single = self.entries.len() == 1 && self.entries.iter().all(|entry| entry.reasons.len() <= 1);
        is_single && !self.has(EntryFault::OtherIssuer) && !self.has(EntryFault::Serial)
    }

    /// What a decision about it has to say.
    fn wants(&self) -> WantedDecision {
        if self.has(EntryFault::Serial) {
            WantedDecision::None
        } else if self.revoking().next().is_none() {
            WantedDecision::Drop
        } else {
            WantedDecision::Revoke { date: self.date_kept().is_none(), reason: self.reason_kept().is_none() }
        }
    }

    fn text(&self, with_texts: bool) -> String {
        let count = self.entries.len();
        let shown: Vec<String> = self.entries.iter().take(2).map(|entry| entry.text(with_texts)).collect();
        let more = if count > shown.len() { format!(" and {} more", count - shown.len()) } else { String::new() };
        // First, so that a long text does not hide any of them.
        let reasons: BTreeSet<u8> = self.entries.iter().flat_map(|entry| entry.reasons.iter().copied()).collect();
        let reasons: Vec<u8> = reasons.into_iter().collect();
        let all = if reasons.len() > 1 { reason_names(&reasons).join(", ") + ": " } else { String::new() };
        all + &shown.join(" and ") + &more
    }

    /// For the text that asks for a decision.
    #[must_use]
    pub(crate) fn undecided(&self) -> UndecidedEntry {
        let serial = hex::encode(&self.serial);
        UndecidedEntry { serial, found: self.text(true), wants: self.wants() }
    }

    fn decide(&self, action: DecidedAction) -> Result<DecidedNow, DecisionFault> {
        let serial = || hex::encode(&self.serial);
        let revokes = self.revoking().next().is_some();
        let (date, reason) = match action {
            DecidedAction::Drop if revokes => return Err(DecisionFault::NeverDropped { serial: serial() }),
            DecidedAction::Drop => return Ok(DecidedNow::Dropped),
            DecidedAction::Revoke { date, reason } => (date, reason),
        };
        let named = self.entries.iter().find_map(|entry| entry.other_issuer.clone());
        if let Some(name) = named.filter(|_| !revokes) {
            return Err(DecisionFault::OtherIssuer { serial: serial(), name });
        }
        let date = match (date, self.date_kept()) {
            (Some(given), Some(kept)) if given > kept || !self.date_may_be_earlier() => {
                return Err(DecisionFault::DateStays { serial: serial(), date: kept });
            }
            (date, kept) => date.or(kept),
        };
        let kept = self.reasons_kept();
        let reason = match (reason, self.reason_kept()) {
            (Some(given), _) if !kept.is_empty() && given != Reason::KeyCompromise && !kept.contains(&given.code()) => {
                let reasons = kept.into_iter().filter_map(Reason::from_code).collect();
                return Err(DecisionFault::ReasonStays { serial: serial(), reasons });
            }
            (reason, kept) => reason.or(kept),
        };
        match (date, reason) {
            (Some(date), Some(reason)) => Ok(DecidedNow::Revoked { date, reason }),
            (date, reason) => {
                let on_hold = self.revoking().any(|entry| entry.has(EntryFault::OnHold));
                let no_date = if on_hold { NoDate::OnHold } else { NoDate::NoneStays };
                let only_held = on_hold && self.ended().next().is_none();
                let no_reason = if only_held { NoReason::OnHold } else { NoReason::NoneStays };
                Err(DecisionFault::Missing {
                    serial: serial(),
                    date: date.is_none().then_some(no_date),
                    reason: reason.is_none().then_some(no_reason),
                })
            }
        }
    }
}

/// What reasons are called, each once.
fn reason_names(reasons: &[u8]) -> Vec<String> {
    if reasons.is_empty() {
        return vec![reason_name(None)];
    }
    let mut names: Vec<String> = reasons.iter().map(|code| reason_name(Some(*code))).collect();
    names.dedup();
    names
}

/// What was decided about the entries with this serial number, as people write it.
///
/// # Errors
/// When nothing is to be decided about it, or not so.
pub(crate) fn decided(
    faulty: &[FaultyEntries],
    serial: &[u8],
    action: DecidedAction,
    because: &str,
) -> Result<DecidedEntry, DecisionFault> {
    let exact = faulty.iter().find(|entries| entries.serial == serial);
    let Some(entries) = exact.or_else(|| faulty.iter().find(|entries| entries.is_named(serial))) else {
        return Err(DecisionFault::NoSuchEntry { serial: hex::encode(serial) });
    };
    let now = entries.decide(action)?;
    let (serial, before) = (entries.serial.clone(), entries.text(false));
    Ok(DecidedEntry { serial, before, now, because: because.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHER: EntryFault = EntryFault::OtherIssuer;

    /// An entry with these reasons and faults, of this day.
    fn entry(reasons: &[u8], day: Option<i64>, faults: &[EntryFault]) -> FaultyEntry {
        FaultyEntry {
            number: 1,
            date: day.map(Timestamp),
            is_late: false,
            reasons: reasons.to_vec(),
            faults: faults.iter().copied().collect(),
            rejects: Vec::new(),
            serial_faults: 0,
            other_issuer: faults.contains(&OTHER).then(|| "CN=Other".to_owned()),
            is_unclear: false,
        }
    }

    fn faulty(entries: &[FaultyEntry]) -> FaultyEntries {
        FaultyEntries { serial: vec![0x21], entries: entries.to_vec() }
    }

    fn revoke(date: Option<i64>, reason: Option<Reason>) -> DecidedAction {
        DecidedAction::Revoke { date: date.map(Timestamp), reason }
    }

    fn revoked(date: i64, reason: Reason) -> Result<DecidedNow, DecisionFault> {
        Ok(DecidedNow::Revoked { date: Timestamp(date), reason })
    }

    /// Whatever else an entry says, it is dropped only where it is clear that this issuer did not revoke the certificate.
    #[test]
    fn only_what_surely_revokes_nothing_here_may_be_dropped() {
        use EntryFault::{Content, Doubled, Lifted, OnHold, Reason};
        let unclear = FaultyEntry { is_unclear: true, ..entry(&[1], Some(5), &[Content]) };
        for (entries, may) in [
            (vec![entry(&[8], Some(5), &[Lifted])], true),
            (vec![entry(&[1], Some(5), &[OTHER])], true),
            (vec![entry(&[8], Some(5), &[Lifted, Doubled]), entry(&[1], Some(5), &[OTHER, Doubled])], true),
            (vec![entry(&[8, 8], Some(5), &[Reason])], false),
            (vec![entry(&[6], Some(5), &[OnHold])], false),
            (vec![entry(&[1], Some(5), &[Doubled]), entry(&[8], Some(5), &[Lifted, Doubled])], false),
            (vec![unclear], false),
        ] {
            let decided = faulty(&entries).decide(DecidedAction::Drop);
            assert_eq!(decided.is_ok(), may, "{entries:?}: {decided:?}");
        }
    }

    /// A hold beside it, or a date beside it that cannot be read, makes no final date free.
    #[test]
    fn a_final_date_is_never_moved_to_a_later_one() {
        use EntryFault::{Date, Doubled, OnHold};
        let reason = Reason::KeyCompromise;
        let held = faulty(&[entry(&[1], Some(50), &[Doubled]), entry(&[6], Some(70), &[OnHold, Doubled])]);
        let unread = faulty(&[entry(&[1], None, &[Date, Doubled]), entry(&[1], Some(50), &[Doubled])]);
        let odd = faulty(&[entry(&[1], Some(50), &[Date])]);
        for one in [&held, &unread, &odd] {
            assert_eq!(one.wants(), WantedDecision::Revoke { date: false, reason: false });
            assert_eq!(one.decide(revoke(None, None)), revoked(50, reason));
            assert_eq!(one.decide(revoke(Some(40), None)), revoked(40, reason));
            let later = one.decide(revoke(Some(51), None));
            assert!(matches!(later, Err(DecisionFault::DateStays { date: Timestamp(50), .. })), "{later:?}");
        }
        let doubled = faulty(&[entry(&[1], Some(50), &[Doubled]), entry(&[1], Some(70), &[Doubled])]);
        assert!(doubled.decide(revoke(Some(40), None)).is_err());
        // Nothing but a hold: its final date is the one that the request gives.
        let hold = faulty(&[entry(&[6], Some(50), &[OnHold])]);
        assert_eq!(hold.decide(revoke(Some(60), Some(Reason::Superseded))), revoked(60, Reason::Superseded));
    }

    #[test]
    fn a_compromise_stays_one() {
        use EntryFault::{Content, Doubled};
        let key = faulty(&[entry(&[4], Some(5), &[Doubled]), entry(&[1], Some(6), &[Doubled])]);
        let ca = faulty(&[entry(&[2, 4], Some(5), &[Content])]);
        for (one, kept) in [(&key, Reason::KeyCompromise), (&ca, Reason::CaCompromise)] {
            assert_eq!(one.decide(revoke(None, None)), revoked(5, kept));
            assert_eq!(one.decide(revoke(None, Some(Reason::KeyCompromise))), revoked(5, Reason::KeyCompromise));
            let downgraded = one.decide(revoke(None, Some(Reason::Superseded)));
            assert_eq!(downgraded, Err(DecisionFault::ReasonStays { serial: "21".to_owned(), reasons: vec![kept] }));
        }
        let text = key.decide(revoke(None, Some(Reason::Superseded))).unwrap_err().to_string();
        assert!(text.ends_with("keeps the reason keyCompromise"), "{text}");
        // Two others: the request chooses one of them.
        let two = faulty(&[entry(&[4], Some(5), &[Doubled]), entry(&[3], Some(6), &[Doubled])]);
        assert!(matches!(
            two.decide(revoke(None, None)),
            Err(DecisionFault::Missing { date: None, reason: Some(_), .. })
        ));
        assert_eq!(two.decide(revoke(None, Some(Reason::Superseded))), revoked(5, Reason::Superseded));
        assert!(two.decide(revoke(None, Some(Reason::CessationOfOperation))).is_err());
    }

    /// People see all reasons first, however long the rest is.
    #[test]
    fn the_text_has_every_reason_of_every_entry() {
        use EntryFault::Doubled;
        let three = [&[1, 8][..], &[6], &[4]].map(|reasons| entry(reasons, Some(0), &[Doubled]));
        let text = faulty(&three).text(false);
        assert!(text.starts_with("keyCompromise, superseded, certificateHold, removeFromCRL: entry 1, "), "{text}");
        assert!(text.contains("entry 1, keyCompromise and removeFromCRL, since 1970"), "{text}");
        assert!(!faulty(&[entry(&[1], Some(0), &[Doubled])]).text(false).contains("keyCompromise: "));
        assert!(faulty(&[entry(&[], None, &[Doubled])]).text(false).contains("entry 1, no reason, since a date that"));
    }
}

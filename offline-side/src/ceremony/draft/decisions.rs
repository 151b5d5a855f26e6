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
use serde::Serialize;

use crate::ceremony::request::decision::{
    DecidedAction, DecisionFault, NoDate, NoReason, UndecidedEntry, WantedDecision,
};
use crate::ceremony::request::reason::Reason;
use crate::store::hex_text;

/// CRLReason certificateHold and removeFromCRL (RFC 5280 §5.3.1).
const ON_HOLD: u8 = 6;
const REMOVE_FROM_CRL: u8 = 8;

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
    reason: Option<u8>,
    faults: BTreeSet<EntryFault>,
    /// The rules that reject it, with their texts.
    rejects: Vec<(Rule, String)>,
    /// How many of them are of CRL-SERIAL: that it is doubled, and that it is none.
    serial_faults: usize,
    other_issuer: Option<String>,
}

/// What makes a decision necessary, as far as it differs in what may be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum EntryFault {
    /// certificateHold.
    OnHold,
    /// removeFromCRL: a hold that was lifted.
    Lifted,
    /// certificateIssuer that names another issuer, or cannot be read.
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
        DecidedDocument { serial: hex_text::encode(&self.serial), action, before, date, reason, because }
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
    for refused in refused_entries(crl, policy, issued) {
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
                Some(REMOVE_FROM_CRL) => EntryFault::Lifted,
                _ => EntryFault::Reason,
            });
        }
        let mut other_issuer = None;
        if let Some(CertificateIssuer::Other(name)) = &refused.certificate_issuer {
            faults.insert(EntryFault::OtherIssuer);
            other_issuer.clone_from(name);
        }
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
        let (number, date, reason) = (refused.number, refused.date(), refused.entry.reason);
        let is_late = rejects(Rule::CrlRevocationDate);
        Self { number, date, is_late, reason, faults, rejects: rejects_all, serial_faults, other_issuer }
    }

    /// With the rules that reject it, and their texts if wanted.
    fn text(&self, with_texts: bool) -> String {
        let date = self.date.map_or_else(|| "a date that cannot be read".to_owned(), |date| date.to_string());
        let issuer = match (&self.other_issuer, self.has(EntryFault::OtherIssuer)) {
            (Some(name), _) => format!(", of the issuer {name}"),
            (None, true) => ", of an issuer whose name cannot be read".to_owned(),
            (None, false) => String::new(),
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
        format!("entry {}, {}, since {date}{issuer} ({texts})", self.number, reason_name(self.reason))
    }

    fn has(&self, fault: EntryFault) -> bool {
        self.faults.contains(&fault)
    }

    /// Whether it says that this issuer has revoked a certificate.
    fn revokes(&self) -> bool {
        !self.has(EntryFault::OtherIssuer) && !self.has(EntryFault::Lifted)
    }

    /// Its reason, if it can stay.
    fn reason_kept(&self) -> Option<Reason> {
        self.reason.and_then(Reason::from_code)
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

    /// The earliest date that can stay: none where a hold's date is all there is, or none can be read.
    fn date_kept(&self) -> Option<Timestamp> {
        if self.revoking().any(|entry| entry.has(EntryFault::OnHold)) {
            return None;
        }
        self.revoking()
            .map(|entry| entry.date.filter(|_| !entry.is_late))
            .collect::<Option<Vec<_>>>()?
            .into_iter()
            .min()
    }

    /// Whether another date may be given.
    fn date_may_change(&self) -> bool {
        self.date_kept().is_none() || self.has(EntryFault::Date)
    }

    /// The reasons that can stay. A compromise is never made less: not the key's, and the CA's only becomes the key's.
    fn reasons_kept(&self) -> BTreeSet<u8> {
        let all: BTreeSet<u8> = self.ended().filter_map(FaultyEntry::reason_kept).map(Reason::code).collect();
        let worst =
            [Reason::KeyCompromise, Reason::CaCompromise].map(Reason::code).into_iter().find(|code| all.contains(code));
        worst.map_or(all, |code| BTreeSet::from([code]))
    }

    /// The one reason of all final entries, if it can stay.
    fn reason_kept(&self) -> Option<Reason> {
        let mut all = self.ended().map(FaultyEntry::reason_kept);
        let first = all.next()??;
        all.all(|other| other == Some(first)).then_some(first)
    }

    /// Whether a certificate that is given with `[[crl.revoke]]` makes a decision needless: it gives date and reason.
    pub(crate) fn is_settled_by_revoking(&self) -> bool {
        self.entries.len() == 1 && !self.has(EntryFault::OtherIssuer) && !self.has(EntryFault::Serial)
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
        shown.join(" and ") + &more
    }

    /// For the text that asks for a decision.
    #[must_use]
    pub(crate) fn undecided(&self) -> UndecidedEntry {
        let serial = hex_text::encode(&self.serial);
        UndecidedEntry { serial, found: self.text(true), wants: self.wants() }
    }

    fn decide(&self, action: DecidedAction) -> Result<DecidedNow, DecisionFault> {
        let serial = || hex_text::encode(&self.serial);
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
            (Some(_), Some(kept)) if !self.date_may_change() => {
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
        return Err(DecisionFault::NoSuchEntry { serial: hex_text::encode(serial) });
    };
    let now = entries.decide(action)?;
    let (serial, before) = (entries.serial.clone(), entries.text(false));
    Ok(DecidedEntry { serial, before, now, because: because.to_owned() })
}

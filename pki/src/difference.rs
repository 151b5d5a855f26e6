//! The changes from one CRL of an issuer to the next, in a form that a witness can read aloud. It judges nothing:
//! `continuity` decides whether a change is allowed.
//!
//! Counts are exact and lists are short. Beside the two CRLs it takes 2 MiB for 64 MiB of CRL, and an index of the new
//! one where their entries stand in different orders.
//!
//! ```
//! use rootcast_pki::difference::Difference;
//!
//! # let crl = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/root.crl"));
//! // The CRL after it: here the same with another number, and so without a signature that verifies.
//! let mut next = crl.to_vec();
//! let at = crl.windows(3).position(|octets| octets == [2, 1, 7]).expect("CRL number 7");
//! next[at + 2] = 8;
//! let difference = Difference::between(crl, &next).expect("two CRLs of one issuer");
//! assert!(difference.has_same_entries());
//! assert!(difference.to_string().starts_with("number      7 -> 8\n"));
//! // Nothing is compared with itself, or with what is no CRL.
//! assert_eq!(Difference::between(crl, crl), None);
//! assert_eq!(Difference::between(crl, b"no CRL"), None);
//! ```

use core::fmt;

use serde::{Serialize, Serializer};

use crate::crl::{Entry, InspectedCrl, Place};
use crate::crl_number::CrlNumber;
use crate::limits::DIFFERENCE_LISTED_MAX;
use crate::lookup::{Seen, find_each};
use crate::serial::SerialNumber;
use crate::time::Timestamp;

/// An entry as a witness reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListedEntry {
    /// Its serial number.
    pub serial: SerialNumber,
    /// When it was revoked: its revocationDate (RFC 5280 §5.1.2.6).
    pub revocation_date: Timestamp,
    /// CRLReason (RFC 5280 §5.3.1), if given. In JSON it is the name that [`reason_name`] gives.
    #[serde(serialize_with = "named_reason")]
    pub reason: Option<u8>,
}

impl ListedEntry {
    fn from_entry(entry: &Entry<'_>) -> Self {
        let (revocation_date, reason) = (entry.revocation_date, entry.reason);
        ListedEntry { serial: entry.serial_number(), revocation_date, reason }
    }
}

impl fmt::Display for ListedEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}  {}", self.serial, self.revocation_date, reason_name(self.reason))
    }
}

fn named_reason<S: Serializer>(reason: &Option<u8>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&reason_name(*reason))
}

/// The name of a CRLReason in RFC 5280 §5.3.1.
#[must_use]
pub fn reason_name(reason: Option<u8>) -> String {
    let name = match reason {
        None => "no reason",
        Some(0) => "unspecified",
        Some(1) => "keyCompromise",
        Some(2) => "cACompromise",
        Some(3) => "affiliationChanged",
        Some(4) => "superseded",
        Some(5) => "cessationOfOperation",
        Some(6) => "certificateHold",
        Some(8) => "removeFromCRL",
        Some(9) => "privilegeWithdrawn",
        Some(10) => "aACompromise",
        Some(u8::MAX) => "a reason that does not exist",
        Some(code) => return format!("reason {code}"),
    };
    name.to_owned()
}

/// How many there are, and the first of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed<T> {
    /// How many there are.
    pub count: u64,
    /// The first [`DIFFERENCE_LISTED_MAX`], in the order of their CRL.
    pub first: Vec<T>,
}

impl<T> Listed<T> {
    const fn none() -> Self {
        Listed { count: 0, first: Vec::new() }
    }

    fn add(&mut self, make: impl FnOnce() -> Option<T>) {
        self.count += 1;
        if self.first.len() < DIFFERENCE_LISTED_MAX {
            self.first.extend(make());
        }
    }
}

/// A value in one CRL and in the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Change<T> {
    /// In the CRL before.
    pub before: T,
    /// In this one.
    pub now: T,
}

/// The difference between two CRLs of one issuer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// CRLNumber (RFC 5280 §5.2.3), where there is one.
    pub number: Change<Option<CrlNumber>>,
    /// thisUpdate (RFC 5280 §5.1.2.4).
    pub this_update: Change<Timestamp>,
    /// nextUpdate (RFC 5280 §5.1.2.5), where there is one.
    pub next_update: Change<Option<Timestamp>>,
    /// How many entries there are.
    pub entries: Change<u64>,
    /// Entries that only this one has.
    pub added: Listed<ListedEntry>,
    /// Entries that only the one before has.
    pub gone: Listed<ListedEntry>,
    /// Entries whose date or reason differ.
    pub changed: Listed<Change<ListedEntry>>,
}

impl Difference {
    /// Compares the CRL `before` with the CRL `now`, both DER. Nothing if they are the same bytes, if one cannot be read,
    /// or if they are not of one issuer: by name, and by key identifier where both state one.
    #[must_use]
    pub fn between(before: &[u8], now: &[u8]) -> Option<Self> {
        if before == now {
            return None;
        }
        let (before, now) = (InspectedCrl::reread(before)?, InspectedCrl::reread(now)?);
        let key_id = |crl: &InspectedCrl<'_>| crl.aki().and_then(|aki| aki.key_id.clone());
        if !before.issuer().matches(now.issuer()) {
            return None;
        }
        if let (Some(one), Some(other)) = (key_id(&before), key_id(&now))
            && one != other
        {
            return None;
        }
        let mut difference = Difference {
            number: Change { before: before.number(), now: now.number() },
            this_update: Change { before: before.this_update(), now: now.this_update() },
            next_update: Change { before: before.next_update(), now: now.next_update() },
            entries: Change { before: 0, now: 0 },
            added: Listed::none(),
            gone: Listed::none(),
            changed: Listed::none(),
        };
        difference.compare(&before, &now);
        Some(difference)
    }

    /// Whether no entry was added, gone or changed.
    #[must_use]
    pub fn has_same_entries(&self) -> bool {
        self.added.count == 0 && self.gone.count == 0 && self.changed.count == 0
    }

    fn compare(&mut self, before: &InspectedCrl<'_>, now: &InspectedCrl<'_>) {
        let mut seen = Seen::new(now.der().len());
        find_each(before.places(), now, |old, new| {
            self.entries.before += 1;
            match new {
                None => self.gone.add(|| listed(&old)),
                Some(new) => {
                    seen.mark(new.offset);
                    self.compare_entry(&old, &new);
                }
            }
        });
        for new in now.places() {
            self.entries.now += 1;
            if !seen.is_marked(new.offset) {
                self.added.add(|| listed(&new));
            }
        }
    }

    fn compare_entry(&mut self, old: &Place<'_>, new: &Place<'_>) {
        if old.raw == new.raw {
            return;
        }
        if let (Some(before), Some(now)) = (listed(old), listed(new))
            && before != now
        {
            self.changed.add(|| Some(Change { before, now }));
        }
    }
}

fn listed(place: &Place<'_>) -> Option<ListedEntry> {
    place.entry().map(|entry| ListedEntry::from_entry(&entry))
}

/// Several lines for people, none of them indented; safe to print.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn or_none<T: fmt::Display>(value: Option<T>) -> String {
            value.map_or_else(|| "none".to_owned(), |value| value.to_string())
        }
        let mut row = |name: &str, before: String, now: String| {
            if before == now {
                writeln!(f, "{name:<10}  {now}, as before")
            } else {
                writeln!(f, "{name:<10}  {before} -> {now}")
            }
        };
        row("number", or_none(self.number.before), or_none(self.number.now))?;
        row("thisUpdate", self.this_update.before.to_string(), self.this_update.now.to_string())?;
        row("nextUpdate", or_none(self.next_update.before), or_none(self.next_update.now))?;
        row("entries", self.entries.before.to_string(), self.entries.now.to_string())?;
        let counts = [(self.added.count, "added"), (self.gone.count, "gone"), (self.changed.count, "changed")];
        let counts = counts.map(|(count, word)| format!("{count} {word}")).join(", ");
        write!(f, "            {counts}")?;
        let list = |f: &mut fmt::Formatter<'_>, mark: char, lines: Vec<String>, count: u64| {
            let shown = u64::try_from(lines.len()).unwrap_or(u64::MAX);
            for line in lines {
                write!(f, "\n{mark} {line}")?;
            }
            match count.saturating_sub(shown) {
                0 => Ok(()),
                more => write!(f, "\n{mark} … and {more} more"),
            }
        };
        list(f, '+', self.added.first.iter().map(ToString::to_string).collect(), self.added.count)?;
        list(f, '-', self.gone.first.iter().map(ToString::to_string).collect(), self.gone.count)?;
        let changes = self.changed.first.iter().map(|change| {
            let (before, now) = (&change.before, &change.now);
            format!("{before} -> {}  {}", now.revocation_date, reason_name(now.reason))
        });
        list(f, '~', changes.collect(), self.changed.count)
    }
}

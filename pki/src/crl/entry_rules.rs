//! The rules of CRL entries that need nothing but the CRL, in one walk; an index of their serial numbers is made
//! only where those are not in rising order.

use core::cmp::Ordering;

use super::body::Body;
use super::entry::{Entry, EntryFault};
use super::serial_index::SerialIndex;
use crate::finding::{Findings, Severity};
use crate::limits::INTEGER_OCTETS_MAX;
use crate::oid::Dotted;
use crate::profile::Policy;
use crate::rule::Rule;
use crate::serial::{Hex, is_not_positive};
use crate::time::Timestamp;

/// Applies them; gives how many entries can be read, and the index if one was made.
pub(super) fn check<'a>(body: &Body<'a>, policy: &Policy, findings: &mut Findings) -> (u64, Option<SerialIndex<'a>>) {
    let this_update = body.this_update.moment();
    let mut entries = body.entries.clone();
    let mut count = 0;
    let mut rising = true;
    let mut previous: &[u8] = &[];
    loop {
        let next = entries.next_strictly(|fault| add_fault(fault, count, policy, findings));
        let entry = match next {
            None => break,
            Some(Ok(entry)) => entry,
            Some(Err(error)) => {
                findings.add(Rule::CrlDer, Severity::Reject, format!("entry {} {error}", count + 1));
                break;
            }
        };
        count += 1;
        check_entry(&entry, this_update, policy, findings);
        rising &= by_value(previous, entry.serial) == Ordering::Less;
        previous = entry.serial;
    }
    if rising {
        return (count, None);
    }
    let index = SerialIndex::new(body.der, &body.entries, count);
    // CRL-SERIAL: none stands there twice
    for place in index.repeated() {
        let named = || format!("{} at byte {}", Hex(place.serial), place.offset);
        findings.add_at(Rule::CrlSerial, Severity::Reject, "a serial number stands there twice", named);
    }
    (count, Some(index))
}

/// Orders positive serial numbers by value; enough to see that none repeats.
fn by_value(left: &[u8], right: &[u8]) -> Ordering {
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

fn add_fault(fault: EntryFault<'_>, index: u64, policy: &Policy, findings: &mut Findings) {
    let strict = policy.profile.pick(Severity::Reject, Severity::Warn);
    let entry = || format!("entry {}", index + 1);
    match fault {
        EntryFault::Time(error) => {
            let text = "the revocation date of an entry is not encoded as it must be";
            findings.add_at(Rule::CrlTimeEncoding, Severity::Reject, text, || format!("entry {}: {error}", index + 1));
        }
        EntryFault::UnknownCritical(oid) => {
            let place = || format!("entry {}: {}", index + 1, Dotted(oid));
            findings.add_at(
                Rule::CrlExtCritical,
                Severity::Reject,
                "an entry has an unknown critical extension",
                place,
            );
        }
        EntryFault::Twice(oid) => {
            let place = || format!("entry {}: {}", index + 1, Dotted(oid));
            findings.add_at(Rule::CrlExtCritical, Severity::Reject, "an entry has an extension twice", place);
        }
        EntryFault::CertificateIssuer => {
            let text = "an entry names another certificate issuer, as in an indirect CRL";
            findings.add_at(Rule::CrlPartial, Severity::Reject, text, entry);
        }
        EntryFault::ReasonCritical => {
            findings.add_at(Rule::CrlReason, Severity::Reject, "the reason of an entry is critical", entry);
        }
        EntryFault::NoExtensions => {
            // Real CAs do this for "none"; it is DER, but not within the bounds of its type.
            findings.add_at(Rule::CrlDer, strict, "an entry has an empty list of extensions", entry);
        }
        EntryFault::Oddity(error) => {
            let text = "an entry extension is not DER";
            findings.add_at(Rule::CrlDer, Severity::Reject, text, || format!("entry {} {error}", index + 1));
        }
    }
}

/// CRL-SERIAL (one entry alone), CRL-REVOCATION-DATE and CRL-REASON
fn check_entry(entry: &Entry<'_>, this_update: Option<Timestamp>, policy: &Policy, findings: &mut Findings) {
    let strict = policy.profile.pick(Severity::Reject, Severity::Warn);
    let place = || format!("{} at byte {}", Hex(entry.serial), entry.offset);
    if is_not_positive(entry.serial) {
        findings.add_at(Rule::CrlSerial, strict, "an entry's serial number is not positive", place);
    } else if entry.serial.len() > INTEGER_OCTETS_MAX {
        findings.add_at(Rule::CrlSerial, strict, "an entry's serial number has more than 20 octets", place);
    }
    if this_update.is_some_and(|this_update| entry.revocation_date > this_update) {
        let text = "an entry's revocationDate is later than thisUpdate";
        findings.add_at(Rule::CrlRevocationDate, strict, text, place);
    }
    let (severity, text) = match entry.reason {
        Some(1 | 3 | 4 | 5 | 9) => return,
        None => (strict, "an entry has no reason"),
        Some(0) => (Severity::Warn, "an entry gives unspecified as its reason"),
        Some(2) if strict == Severity::Warn => return,
        Some(2) => (Severity::Warn, "an entry gives cACompromise as its reason"),
        Some(6) => (Severity::Reject, "an entry is only on hold (certificateHold)"),
        Some(8) => (Severity::Reject, "an entry is to be removed (removeFromCRL), as in a delta CRL"),
        Some(10) => (strict, "an entry gives aACompromise as its reason"),
        Some(_) => (Severity::Reject, "an entry's reason does not exist"),
    };
    findings.add_at(Rule::CrlReason, severity, text, place);
}

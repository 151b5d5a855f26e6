//! The rules of CRL entries that need nothing but the CRL, in one walk; an index of their serial numbers is made
//! only where those are not in rising order.

use core::cmp::Ordering;

use super::body::Body;
use super::certificate_issuer::CertificateIssuer;
use super::entry::{Entries, Entry, EntryFault, OUT_OF_RANGE, Place};
use super::serial_index::{SerialIndex, SerialKeys};
use crate::finding::{Findings, Severity};
use crate::limits::INTEGER_OCTETS_MAX;
use crate::name::Name;
use crate::oid::Named;
use crate::profile::{Policy, Profile};
use crate::rule::{Cause, Rule};
use crate::serial::{Hex, is_not_positive};
use crate::time::Timestamp;

/// Names of fields in RFC 5280.
const LIST: &str = "revokedCertificates";
const EXTENSIONS: &str = "crlEntryExtensions";

/// What a walk over all entries gave.
pub(super) struct Walked<'a> {
    /// How many entries can be read.
    pub(super) count: u64,
    /// The index, if one was made.
    pub(super) index: Option<SerialIndex<'a>>,
    /// Whether it ended at an entry that cannot be read.
    pub(super) is_cut: bool,
}

/// Applies them.
pub(super) fn check<'a>(body: &Body<'a>, policy: &Policy, findings: &mut Findings) -> Walked<'a> {
    let this_update = body.this_update.moment();
    let mut entries = body.entries.clone();
    let add_fault = |fault, offset, index, findings: &mut Findings| {
        add_fault(fault, offset, index, &body.issuer, policy, findings);
    };
    let mut count = 0;
    let mut is_cut = false;
    let mut previous: &[u8] = &[];
    // From the first entry on that does not follow the one before.
    let mut keys: Option<SerialKeys> = None;
    loop {
        let next = entries.next_strictly(|fault, offset| add_fault(fault, offset, count, findings));
        let entry = match next {
            None => break,
            Some(Ok(entry)) => entry,
            Some(Err(error)) => {
                let text = format!("entry {} {error}", count + 1);
                let finding = findings.add(Rule::CrlDer, Severity::Reject, text);
                finding.because(Cause::DerInside).at_told(LIST, error.offset);
                is_cut = true;
                break;
            }
        };
        check_entry(&entry, this_update, policy, findings);
        if keys.is_none() && by_value(previous, entry.serial) != Ordering::Less {
            let walked = usize::try_from(count).unwrap_or_default();
            keys = Some(SerialKeys::of(body.entries.places().take(walked)));
        }
        if let Some(keys) = &mut keys {
            keys.push(entry.serial, entry.offset);
        }
        previous = entry.serial;
        count += 1;
    }
    let Some(keys) = keys.filter(|_| !body.entries.is_stopped()) else {
        return Walked { count, index: None, is_cut };
    };
    let index = keys.sorted(body.der);
    // CRL-SERIAL: none stands there twice
    for place in index.repeated() {
        add_repeated(&place, findings);
    }
    Walked { count, index: Some(index), is_cut }
}

/// CRL-SERIAL of an entry whose serial number an earlier one has as well.
pub(super) fn add_repeated(place: &Place<'_>, findings: &mut Findings) {
    let named = || format!("{} at byte {}", Hex(place.serial), place.offset);
    findings
        .add_at(Rule::CrlSerial, Severity::Reject, "a serial number occurs twice", named)
        .at_told(LIST, place.offset);
}

/// The next entry of a CRL of this issuer, with what every rule about one entry alone finds of it under this policy;
/// `number` counts from 0.
pub(super) fn next_judged<'a>(
    entries: &mut Entries<'a>,
    number: u64,
    issuer: &Name,
    this_update: Option<Timestamp>,
    policy: &Policy,
    mut also: impl FnMut(&EntryFault<'a>),
) -> Option<(Entry<'a>, Findings)> {
    let mut findings = Findings::new();
    let next = entries.next_strictly(|fault, offset| {
        also(&fault);
        add_fault(fault, offset, number, issuer, policy, &mut findings);
    });
    let entry = next?.ok()?;
    check_entry(&entry, this_update, policy, &mut findings);
    Some((entry, findings))
}

/// Orders positive serial numbers by value; enough to see that none repeats.
fn by_value(left: &[u8], right: &[u8]) -> Ordering {
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

fn add_fault(
    fault: EntryFault<'_>,
    offset: usize,
    index: u64,
    issuer: &Name,
    policy: &Policy,
    findings: &mut Findings,
) {
    let strict = policy.profile.pick(Severity::Reject, Severity::Warn);
    let entry = || format!("entry {}", index + 1);
    let number = index + 1;
    let named = |oid| move || format!("entry {number}: {}", Named(oid));
    let (finding, cause, field) = match fault {
        EntryFault::Time(error) => {
            let text = "the revocation date of an entry has a wrong encoding";
            let place = || format!("entry {number}: {error}");
            (findings.add_at(Rule::CrlTimeEncoding, Severity::Reject, text, place), None, "revocationDate")
        }
        EntryFault::UnknownCritical(oid) => {
            let text = "an entry has an unknown critical extension";
            (findings.add_at(Rule::CrlExtCritical, Severity::Reject, text, named(oid)), None, EXTENSIONS)
        }
        EntryFault::KnownCritical(oid) => {
            let text = "an entry has a critical extension that RFC 5280 does not allow to be critical";
            let finding = findings.add_at(Rule::CrlExtCritical, Severity::Reject, text, named(oid));
            (finding, Some(Cause::CrlExtensionCritical), EXTENSIONS)
        }
        EntryFault::Unknown(_) if policy.profile == Profile::Private => return,
        EntryFault::Unknown(oid) => {
            let text = "an entry has an unknown extension";
            (findings.add_at(Rule::CrlExtUnknown, Severity::Warn, text, named(oid)), None, EXTENSIONS)
        }
        EntryFault::Twice(oid) => {
            let text = "an entry has an extension twice";
            let finding = findings.add_at(Rule::CrlExtCritical, Severity::Reject, text, named(oid));
            (finding, Some(Cause::CrlExtensionTwice), EXTENSIONS)
        }
        EntryFault::CertificateIssuer(extension) => {
            let (text, cause) = match CertificateIssuer::read(&extension, issuer) {
                CertificateIssuer::Own => {
                    let text = "an entry names the CRL's own issuer in certificateIssuer, as only an indirect CRL does";
                    (text, Cause::EntryOfOwnIssuer)
                }
                CertificateIssuer::Other(_) | CertificateIssuer::Unclear => {
                    let text = "an entry names another certificate issuer, as in an indirect CRL";
                    (text, Cause::EntryOfOtherIssuer)
                }
            };
            let finding = findings.add_at(Rule::CrlPartial, Severity::Reject, text, entry);
            (finding, Some(cause), "certificateIssuer")
        }
        EntryFault::ReasonCritical => {
            let text = "the reason of an entry is critical";
            let finding = findings.add_at(Rule::CrlReason, Severity::Reject, text, entry);
            (finding, Some(Cause::ReasonCritical), "reasonCode")
        }
        EntryFault::ReasonOutOfRange(contents) => {
            let place = || format!("entry {number} (reason {})", decimal(contents));
            let finding = findings.add_at(Rule::CrlReason, Severity::Reject, REASON_UNKNOWN, place);
            (finding, Some(Cause::ReasonUnknown), "reasonCode")
        }
        // That there are several is told as `Twice`.
        EntryFault::AnotherReason(_) => return,
        EntryFault::NoExtensions => {
            // Real CAs do this for "none"; it is DER, but not within the bounds of its type.
            let text = "an entry has an empty list of extensions";
            (findings.add_at(Rule::CrlDer, strict, text, entry), Some(Cause::EntryNoExtensions), EXTENSIONS)
        }
        EntryFault::Oddity(error) => {
            let place = || format!("entry {number} {error}");
            let text = "an entry extension is not DER";
            (findings.add_at(Rule::CrlDer, Severity::Reject, text, place), Some(Cause::DerInside), EXTENSIONS)
        }
        EntryFault::Malformed(name, error) => {
            let place = || format!("entry {number}, {name} {error}");
            // It decides nothing that another rule does not refuse; the entry still revokes.
            let text = "an entry extension has a wrong form";
            (findings.add_at(Rule::CrlDer, strict, text, place), Some(Cause::DerInside), name)
        }
    };
    let finding = finding.because_if(cause);
    match fault {
        EntryFault::Oddity(error) | EntryFault::Malformed(_, error) if error.offset == offset => {
            finding.at_told(field, offset);
        }
        _ => finding.at(field, offset),
    }
}

const REASON_UNKNOWN: &str = "an entry has a reason code that does not exist";

/// The number in the contents octets of an INTEGER or ENUMERATED; of a long one, how long it is.
fn decimal(contents: &[u8]) -> String {
    let Some(first) = contents.first().filter(|_| contents.len() <= size_of::<i64>()) else {
        return format!("of {} octets", contents.len());
    };
    let sign = if first & 0x80 == 0 { 0 } else { -1 };
    contents.iter().fold(sign, |sum: i64, octet| (sum << 8) | i64::from(*octet)).to_string()
}

/// CRL-SERIAL (one entry alone), CRL-REVOCATION-DATE and CRL-REASON
fn check_entry(entry: &Entry<'_>, this_update: Option<Timestamp>, policy: &Policy, findings: &mut Findings) {
    let strict = policy.profile.pick(Severity::Reject, Severity::Warn);
    let place = || format!("{} at byte {}", Hex(entry.serial), entry.offset);
    if is_not_positive(entry.serial) {
        findings
            .add_at(Rule::CrlSerial, strict, "an entry's serial number is not positive", place)
            .because(Cause::EntrySerialNotPositive)
            .at("userCertificate", entry.serial_offset);
    } else if entry.serial.len() > INTEGER_OCTETS_MAX {
        let place = || format!("{} ({} octets)", place(), entry.serial.len());
        findings
            .add_at(Rule::CrlSerial, strict, "an entry's serial number has more than 20 octets", place)
            .because(Cause::EntrySerialTooLong)
            .at("userCertificate", entry.serial_offset);
    }
    if this_update.is_some_and(|this_update| entry.revocation_date > this_update) {
        let text = "an entry's revocationDate is later than thisUpdate";
        let place = || format!("{} (revoked {})", place(), entry.revocation_date);
        let finding = findings.add_at(Rule::CrlRevocationDate, strict, text, place);
        finding.because(Cause::DateAhead).at("revocationDate", entry.date_offset);
    }
    let (severity, cause, text) = match entry.reason {
        Some(1 | 3 | 4 | 5 | 9) => return,
        None => (strict, Cause::ReasonAbsent, "an entry has no reason"),
        // Of a CA certificate it says no more than no reason does, so it weighs as much.
        Some(0) => (strict, Cause::ReasonUnspecified, "an entry has the reason unspecified"),
        Some(2) if strict == Severity::Warn => return,
        Some(2) => (Severity::Warn, Cause::ReasonCaCompromise, "an entry has the reason cACompromise"),
        Some(6) => (Severity::Reject, Cause::ReasonHold, "an entry is only on hold (certificateHold)"),
        Some(8) => {
            let text = "an entry is to be removed (removeFromCRL), as in a delta CRL";
            (Severity::Reject, Cause::ReasonRemove, text)
        }
        Some(10) => (strict, Cause::ReasonAaCompromise, "an entry has the reason aACompromise"),
        // Said with its number where it was read.
        Some(OUT_OF_RANGE) => return,
        Some(code) => {
            let place = || format!("{} (reason {code})", place());
            let finding = findings.add_at(Rule::CrlReason, Severity::Reject, REASON_UNKNOWN, place);
            finding.because(Cause::ReasonUnknown).at_told(LIST, entry.offset);
            return;
        }
    };
    findings.add_at(Rule::CrlReason, severity, text, place).because(cause).at_told(LIST, entry.offset);
}

//! The entries of a CRL that a rule rejects: what the CRL after it cannot carry over as it stands. It only tells of them;
//! people decide what the next CRL says of such a certificate.

use std::collections::BTreeSet;

use super::certificate_issuer::CertificateIssuer;
use super::entry::{Entry, EntryFault, Place};
use super::entry_rules;
use super::inspected::InspectedCrl;
use crate::finding::{Findings, Severity};
use crate::profile::Policy;
use crate::rule::Rule;
use crate::time::Timestamp;

/// An entry that a rule rejects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedEntry<'a> {
    /// The entry. Where its date cannot be read, that of the epoch stands there: see [`RefusedEntry::date`].
    pub entry: Entry<'a>,
    /// Its place among the entries, counted from 1.
    pub number: u64,
    /// What the rules found, at least one of them a reject.
    pub findings: Findings,
    /// The reasons that it has beside `entry.reason`, which is the gravest of them.
    pub other_reasons: Vec<u8>,
    /// certificateIssuer (RFC 5280 §5.3.3), if the entry has it.
    pub certificate_issuer: Option<CertificateIssuer>,
}

impl RefusedEntry<'_> {
    /// Its date, where that can be read, in whatever encoding.
    #[must_use]
    pub fn date(&self) -> Option<Timestamp> {
        let date = self.entry.revocation_date;
        (date != Timestamp(0) || !self.is_refused_by(Rule::CrlTimeEncoding)).then_some(date)
    }

    /// Whether this rule rejects it.
    #[must_use]
    pub fn is_refused_by(&self, rule: Rule) -> bool {
        self.findings.iter().any(|found| found.rule == rule && found.severity == Severity::Reject)
    }
}

/// The entries of a CRL that a rule rejects under this policy, in their order. It walks over all of them. `issued` is the
/// thisUpdate that revocation dates are compared with: of this CRL, or of the one that is to carry its entries over. A rule
/// that is switched off until a date counts by the clock, which is `now`.
pub fn refused_entries<'a>(
    crl: &InspectedCrl<'a>,
    policy: &Policy,
    issued: Timestamp,
    now: Timestamp,
) -> impl Iterator<Item = RefusedEntry<'a>> + use<'a> {
    let (this_update, policy) = (Some(issued), *policy);
    let (mut entries, issuer) = (crl.entries(), crl.issuer().clone());
    let repeated = repeated(crl);
    let mut number = 0;
    core::iter::from_fn(move || {
        loop {
            let (mut names, mut other_reasons) = (Vec::new(), Vec::new());
            let also = |fault: &EntryFault<'a>| match fault {
                EntryFault::CertificateIssuer(extension) => names.push(*extension),
                EntryFault::AnotherReason(code) => other_reasons.push(*code),
                _ => {}
            };
            let (entry, mut findings) =
                entry_rules::next_judged(&mut entries, number, &issuer, this_update, &policy, also)?;
            number += 1;
            if repeated.contains(entry.serial) {
                let place = Place { serial: entry.serial, raw: &[], offset: entry.offset };
                entry_rules::add_repeated(&place, &mut findings);
            }
            let certificate_issuer = match names.as_slice() {
                [] => None,
                [only] => Some(CertificateIssuer::read(only, &issuer)),
                _ => Some(CertificateIssuer::Unclear),
            };
            findings.switch_off(policy.switched_off, now);
            if findings.rejects() {
                return Some(RefusedEntry { entry, number, findings, other_reasons, certificate_issuer });
            }
        }
    })
}

/// The serial numbers that occur more than once.
fn repeated<'a>(crl: &InspectedCrl<'a>) -> BTreeSet<&'a [u8]> {
    let mut rising = true;
    let mut previous: &[u8] = &[];
    for place in crl.places() {
        rising &= (previous.len(), previous) < (place.serial.len(), place.serial);
        previous = place.serial;
    }
    match crl.index() {
        _ if rising => BTreeSet::new(),
        Some(index) => index.repeated().map(|place| place.serial).collect(),
        None => crl.make_index().repeated().map(|place| place.serial).collect(),
    }
}

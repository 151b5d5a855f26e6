//! The new entries of a CRL: which certificates they revoke, as far as that is known here. Without an inventory there
//! is no check, so a CRL of millions of entries costs nothing more.

use std::collections::{BTreeMap, BTreeSet};

use crate::crl::{InspectedCrl, Place};
use crate::finding::{Findings, Severity};
use crate::history::IssuedCertificate;
use crate::lookup::Seen;
use crate::profile::Policy;
use crate::rule::{Cause, Rule};
use crate::serial::Hex;

/// CRL-ENTRY-UNKNOWN and CRL-IN-USE. Many certificates in use hold the CRL where the policy says from how many on.
///
/// Without a CRL before, every entry is new and most certificates are older than the inventory: then only CRL-IN-USE
/// is asked. With an empty inventory neither is. `seen_before` are the entries that the CRL before had as well.
pub(crate) fn check(
    crl: &InspectedCrl<'_>,
    seen_before: Option<&Seen>,
    issued: &[IssuedCertificate],
    policy: &Policy,
    findings: &mut Findings,
) {
    if issued.is_empty() {
        return;
    }
    let inventory: BTreeMap<&[u8], &IssuedCertificate> =
        issued.iter().map(|certificate| (certificate.serial.as_bytes(), certificate)).collect();
    let mut in_use = BTreeSet::new();
    let see = |place: Place<'_>| match inventory.get(place.serial) {
        Some(certificate) if certificate.published => {
            if certificate.not_after >= crl.this_update() {
                in_use.insert(certificate.serial.as_bytes());
            }
            let text = "revokes a CA certificate that is published here: everything issued under it stops working \
                        wherever this CRL is used";
            let named = || format!("{} (serial number {})", certificate.subject, certificate.serial);
            findings.add_at(Rule::CrlInUse, Severity::Warn, text, named).at("revokedCertificates", place.offset);
        }
        Some(_) => {}
        None if seen_before.is_some() => {
            let text = "no certificate known here has the serial number of a new entry";
            let named = || Hex(place.serial).to_string();
            findings.add_at(Rule::CrlEntryUnknown, Severity::Warn, text, named).at("revokedCertificates", place.offset);
        }
        None => {}
    };
    crl.places().filter(|place| seen_before.is_none_or(|seen| !seen.is_marked(place.offset))).for_each(see);
    if let Some(most) = policy.mass_revocation_max
        && u64::try_from(in_use.len()).is_ok_and(|found| found > most)
    {
        let text = format!(
            "revokes {} CA certificates that are published here and have not ended; more than {most} need a decision",
            in_use.len()
        );
        let finding = findings.add(Rule::CrlInUse, Severity::Hold, text);
        finding.because(Cause::MassRevocation).at_if("revokedCertificates", crl.entries_offset());
    }
}

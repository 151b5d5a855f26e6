//! Entries that a CRL has and the one before had not: whose certificates they revoke, as far as that is known here.
//! Nothing is done where no inventory is kept, so that a CRL of millions of entries costs nothing more there.

use std::collections::BTreeMap;

use crate::crl::{InspectedCrl, Place};
use crate::finding::{Findings, Severity};
use crate::history::IssuedCertificate;
use crate::rule::Rule;
use crate::serial::Hex;

/// CRL-ENTRY-UNKNOWN and CRL-IN-USE.
///
/// Without a CRL before, every entry is new and most certificates are older than the inventory: then only CRL-IN-USE
/// is asked. With an empty inventory neither is.
pub(crate) fn check(
    crl: &InspectedCrl<'_>,
    previous: Option<&InspectedCrl<'_>>,
    issued: &[IssuedCertificate],
    findings: &mut Findings,
) {
    if issued.is_empty() {
        return;
    }
    let inventory: BTreeMap<&[u8], &IssuedCertificate> =
        issued.iter().map(|certificate| (certificate.serial.as_bytes(), certificate)).collect();
    let see = |place: Place<'_>| match inventory.get(place.serial) {
        Some(certificate) if certificate.published => {
            let text = "revokes a CA certificate that is published here: everything issued under it stops working \
                        wherever this CRL is used";
            let named = || format!("{} (serial number {})", certificate.subject, certificate.serial);
            findings.add_at(Rule::CrlInUse, Severity::Warn, text, named).at("revokedCertificates", place.offset);
        }
        Some(_) => {}
        None if previous.is_some() => {
            let text = "a new entry's serial number is in no certificate known here";
            let named = || Hex(place.serial).to_string();
            findings.add_at(Rule::CrlEntryUnknown, Severity::Warn, text, named).at("revokedCertificates", place.offset);
        }
        None => {}
    };
    each_new(crl, previous, see);
}

/// New entries that are remembered in one walk; of more there is a second walk. 40 bytes each.
const REMEMBERED_MAX: usize = 1024;

/// Calls `see` with every entry whose serial number is not in the CRL before.
fn each_new<'a>(crl: &InspectedCrl<'a>, previous: Option<&InspectedCrl<'_>>, mut see: impl FnMut(Place<'a>)) {
    let Some(previous) = previous else {
        crl.places().for_each(see);
        return;
    };
    let mut first = Vec::new();
    let mut count = 0;
    let in_order = each_between(crl, previous, |place| {
        if first.len() < REMEMBERED_MAX {
            first.push(place);
        }
        count += 1;
    });
    if !in_order {
        let index = previous.make_index();
        crl.places().filter(|place| index.find(place.serial).is_none()).for_each(see);
    } else if count > first.len() {
        each_between(crl, previous, &mut see);
    } else {
        first.into_iter().for_each(see);
    }
}

/// Calls `see` with what lies between the entries of the CRL before, and gives whether all of those came in their old
/// order. Then what lies between is new: no serial number stands in a good CRL twice.
fn each_between<'a>(crl: &InspectedCrl<'a>, previous: &InspectedCrl<'_>, mut see: impl FnMut(Place<'a>)) -> bool {
    let mut old = previous.places().peekable();
    for place in crl.places() {
        if old.next_if(|old| old.serial == place.serial).is_none() {
            see(place);
        }
    }
    old.peek().is_none()
}

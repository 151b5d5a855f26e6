//! The read-back of a CRL.

use std::collections::BTreeMap;

use der::Decode;
use rootcast_pki::crl::{self, Entry, InspectedCrl};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::rule::Rule;
use rootcast_pki::serial::SerialNumber;
use x509_cert::crl::RevokedCert;

use super::element::element_at;
use super::error::ReadBackError;
use super::field::{check_bytes, check_extensions, check_findings, check_time, policy};
use super::object_identifier::{AUTHORITY_KEY_IDENTIFIER, CRL_NUMBER, ISSUING_DISTRIBUTION_POINT, REASON_CODE};
use crate::ceremony::draft::expected::{ExpectedCrl, ExpectedEntry};

pub(super) fn check(signed: &[u8], expected: &ExpectedCrl, issuer: &Issuer) -> Result<(), ReadBackError> {
    let inspection = crl::inspect(signed, &policy());
    let Some(inspected) = inspection.value else {
        check_findings(&inspection.findings, &[])?;
        return Err(ReadBackError::NotSigned);
    };
    check_bytes("issuer", &expected.issuer, inspected.issuer().der())?;
    check_time("thisUpdate", expected.this_update, Some(inspected.this_update()))?;
    check_time("nextUpdate", expected.next_update, inspected.next_update())?;
    if inspected.number() != Some(expected.number) {
        return Err(ReadBackError::Number { wanted: expected.number, found: inspected.number() });
    }
    let mut extensions = vec![(AUTHORITY_KEY_IDENTIFIER, false), (CRL_NUMBER, false)];
    extensions.extend(expected.distribution_point.as_ref().map(|_| (ISSUING_DISTRIBUTION_POINT, true)));
    check_extensions(&extensions, inspected.extensions())?;
    if let Some(wanted) = &expected.distribution_point {
        let found = inspected.extensions().last().map_or(&[][..], |extension| extension.value);
        check_bytes("issuingDistributionPoint", wanted, found)?;
    }
    let key_id = inspected.aki().and_then(|aki| aki.key_id.as_deref()).unwrap_or_default();
    check_bytes("authorityKeyIdentifier", &expected.key_id, key_id)?;
    check_entries(&inspected, expected)?;
    // An entry carried over may lack its reason or have a serial number of old: that was judged at the rehearsal.
    let of_taste = [Rule::CrlReason, Rule::CrlSerial, Rule::CrlRevocationDate];
    check_findings(inspected.findings(), &of_taste)?;
    // Whether it is in force now is not asked: it may be signed for a later day.
    let as_of = inspected.this_update();
    let verified = crl::verify(inspected, issuer, &policy(), as_of);
    if verified.value.is_none() {
        let findings = verified.findings.iter().map(|found| format!("{}: {}", found.rule, found.text)).collect();
        return Err(ReadBackError::NotAuthentic { findings });
    }
    Ok(())
}

fn check_entries(crl: &InspectedCrl<'_>, expected: &ExpectedCrl) -> Result<(), ReadBackError> {
    let mut wanted: BTreeMap<&[u8], &ExpectedEntry> = BTreeMap::new();
    for entry in &expected.entries {
        wanted.insert(entry.serial(), entry);
    }
    for found in crl.entries() {
        let Some(meant) = wanted.remove(found.serial) else {
            return Err(ReadBackError::EntryUnexpected { serial: found.serial_number() });
        };
        check_entry(crl.der(), &found, meant)?;
    }
    match wanted.into_keys().next() {
        None => Ok(()),
        Some(serial) => Err(ReadBackError::EntryMissing { serial: SerialNumber::from_contents(serial) }),
    }
}

fn check_entry(crl: &[u8], found: &Entry<'_>, meant: &ExpectedEntry) -> Result<(), ReadBackError> {
    let serial = found.serial_number();
    let raw = element_at(crl, found.offset).unwrap_or_default();
    let wanted = match meant {
        ExpectedEntry::New { date, reason, .. } => (*date, Some(reason.code())),
        ExpectedEntry::Carried { der, .. } if der == raw => return Ok(()),
        ExpectedEntry::Carried { der, .. } => match RevokedCert::<x509_cert::certificate::Rfc5280>::from_der(der) {
            Ok(entry) => (date_of(&entry), reason_of(&entry)),
            Err(_) => return Err(ReadBackError::EntryContent { serial }),
        },
    };
    if found.reason != wanted.1 {
        return Err(ReadBackError::EntryReason { serial, wanted: wanted.1, found: found.reason });
    }
    if found.revocation_date != wanted.0 {
        return Err(ReadBackError::EntryDate { serial, wanted: wanted.0, found: found.revocation_date });
    }
    // A new entry has its reason and nothing else; a carried one would have been equal above.
    let extensions = RevokedCert::<x509_cert::certificate::Rfc5280>::from_der(raw)
        .ok()
        .and_then(|entry| entry.crl_entry_extensions)
        .map_or(0, |list| list.len());
    if matches!(meant, ExpectedEntry::Carried { .. }) || extensions != 1 {
        return Err(ReadBackError::EntryContent { serial });
    }
    Ok(())
}

fn date_of(entry: &RevokedCert) -> rootcast_pki::time::Timestamp {
    let seconds = entry.revocation_date.to_unix_duration().as_secs();
    rootcast_pki::time::Timestamp(i64::try_from(seconds).unwrap_or(i64::MAX))
}

fn reason_of(entry: &RevokedCert) -> Option<u8> {
    let found = entry.crl_entry_extensions.iter().flatten().find(|extension| extension.extn_id == REASON_CODE)?;
    found.extn_value.as_bytes().last().copied()
}

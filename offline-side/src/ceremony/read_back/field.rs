//! One field, compared with what was meant.

use der::asn1::ObjectIdentifier;
use rootcast_pki::extension::Extension;
use rootcast_pki::finding::{Findings, Severity};
use rootcast_pki::profile::Policy;
use rootcast_pki::rule::Rule;
use rootcast_pki::time::Timestamp;

use super::error::ReadBackError;

/// A time as meant.
pub(super) fn check_time(
    field: &'static str,
    wanted: Timestamp,
    found: Option<Timestamp>,
) -> Result<(), ReadBackError> {
    if found == Some(wanted) { Ok(()) } else { Err(ReadBackError::Time { field, wanted, found }) }
}

/// A field of bytes as meant.
pub(super) fn check_bytes(field: &'static str, wanted: &[u8], found: &[u8]) -> Result<(), ReadBackError> {
    if wanted == found {
        return Ok(());
    }
    Err(ReadBackError::Field { field, wanted: wanted.to_vec(), found: found.to_vec() })
}

/// The extensions are exactly these, in this order, with this criticality.
pub(super) fn check_extensions(
    wanted: &[(ObjectIdentifier, bool)],
    found: &[Extension<'_>],
) -> Result<(), ReadBackError> {
    let meant = wanted.iter().map(|(oid, critical)| (oid.as_bytes(), *critical));
    if meant.eq(found.iter().map(|extension| (extension.oid, extension.critical))) {
        return Ok(());
    }
    // One that is no identifier has no dots.
    let dotted = |oid: &[u8]| ObjectIdentifier::from_bytes(oid).map(|oid| oid.to_string()).unwrap_or_default();
    let found = found.iter().map(|extension| (dotted(extension.oid), extension.critical)).collect();
    let wanted = wanted.iter().map(|(oid, critical)| (oid.to_string(), *critical)).collect();
    Err(ReadBackError::Extensions { wanted, found })
}

/// What the rules themselves refuse, whatever was meant: the parsers' and the signature's findings.
pub(super) fn check_findings(findings: &Findings, ignored: &[Rule]) -> Result<(), ReadBackError> {
    let refused = findings.iter().filter(|found| found.severity == Severity::Reject && !ignored.contains(&found.rule));
    let refused: Vec<String> = refused.map(|found| format!("{}: {}", found.rule, found.text)).collect();
    if refused.is_empty() { Ok(()) } else { Err(ReadBackError::Refused { findings: refused }) }
}

/// Content rules do not depend on the profile where they are read here; those of taste were judged at the rehearsal.
pub(super) fn policy() -> Policy {
    Policy::default()
}

//! SIGN-READBACK: what came back from the key, read by a second parser (`pki`, which shares no code with the drafts),
//! verified in software under the pinned key, compared byte for byte with what people approved, and field by field with
//! what was meant. One difference, and the object is not released.
//!
//! The fields come first: they say in words what is wrong. The bytes come last: they say that nothing else is there.

mod certificate;
mod crl;
mod error;

use rootcast_pki::finding::{Findings, Severity};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::Policy;
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;

pub use error::ReadBackError;

use super::der_builder::children;
use super::draft::expected::Intent;

/// Reads back a signed object. `expected` are the approved to-be-signed bytes; `issuer` is whose key is pinned, and for a
/// root, which signs itself, it is absent: then the key in `intent` is the pinned one.
///
/// # Errors
/// [`ReadBackError`]: the first field that is not as meant, or what else is wrong.
pub fn read_back(
    signed: &[u8],
    expected: &[u8],
    intent: &Intent,
    issuer: Option<&Issuer>,
) -> Result<(), ReadBackError> {
    let parts = children(signed).unwrap_or_default();
    let [to_be_signed, algorithm, _] = parts.as_slice() else { return Err(ReadBackError::NotSigned) };
    match intent {
        Intent::Crl(intent) => {
            let issuer = issuer.ok_or(ReadBackError::NoIssuer)?;
            check_algorithm(&intent.algorithm, algorithm)?;
            crl::check(signed, intent, issuer)?;
        }
        Intent::Certificate(intent) => {
            check_algorithm(&intent.algorithm, algorithm)?;
            certificate::check(signed, intent, issuer)?;
        }
    }
    if *to_be_signed != expected {
        let (found, wanted) = (Digest::of(to_be_signed), Digest::of(expected));
        return Err(ReadBackError::ToBeSigned { found, wanted });
    }
    Ok(())
}

fn check_algorithm(wanted: &[u8], found: &[u8]) -> Result<(), ReadBackError> {
    if wanted == found {
        Ok(())
    } else {
        Err(ReadBackError::Algorithm { wanted: wanted.to_vec(), found: found.to_vec() })
    }
}

/// A time as meant.
fn check_time(field: &'static str, wanted: Timestamp, found: Option<Timestamp>) -> Result<(), ReadBackError> {
    if found == Some(wanted) { Ok(()) } else { Err(ReadBackError::Time { field, wanted, found }) }
}

/// A field of bytes as meant.
fn check_bytes(field: &'static str, wanted: &[u8], found: &[u8]) -> Result<(), ReadBackError> {
    if wanted == found {
        return Ok(());
    }
    Err(ReadBackError::Field { field, wanted: wanted.to_vec(), found: found.to_vec() })
}

/// The extensions are exactly these, in this order, with this criticality.
fn check_extensions(
    wanted: &[(&'static str, bool)],
    found: &[rootcast_pki::extension::Extension<'_>],
) -> Result<(), ReadBackError> {
    let dotted =
        |oid: &[u8]| der::asn1::ObjectIdentifier::from_bytes(oid).map(|oid| oid.to_string()).unwrap_or_default();
    let found: Vec<(String, bool)> =
        found.iter().map(|extension| (dotted(extension.oid), extension.critical)).collect();
    let wanted: Vec<(String, bool)> = wanted.iter().map(|(oid, critical)| ((*oid).to_owned(), *critical)).collect();
    if wanted == found { Ok(()) } else { Err(ReadBackError::Extensions { wanted, found }) }
}

/// What the rules themselves refuse, whatever was meant: the parsers' and the signature's findings.
fn check_findings(findings: &Findings, ignored: &[&str]) -> Result<(), ReadBackError> {
    let refused =
        findings.iter().filter(|found| found.severity == Severity::Reject && !ignored.contains(&found.rule.id()));
    let refused: Vec<String> = refused.map(|found| format!("{}: {}", found.rule, found.text)).collect();
    if refused.is_empty() { Ok(()) } else { Err(ReadBackError::Refused { findings: refused }) }
}

/// Content rules do not depend on the profile where they are read here; those of taste were judged at the rehearsal.
fn policy() -> Policy {
    Policy::default()
}

#[cfg(test)]
mod tests;

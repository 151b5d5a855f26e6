//! The read-back of a CA certificate, a root's too.

use der::asn1::ObjectIdentifier;
use rootcast_pki::certificate::{self, InspectedCertificate};
use rootcast_pki::extension::Extension;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::rule::Rule;
use rootcast_protocol::digest::Digest;

use super::element::contents_of;
use super::error::ReadBackError;
use super::field::{check_bytes, check_extensions, check_findings, check_time, policy};
use super::object_identifier as oid;
use crate::ceremony::draft::expected::ExpectedCertificate;

/// What a sub-CA certificate may be found to be without harm here: expiry and length of life were judged at the rehearsal.
const OF_TASTE: [Rule; 2] = [Rule::CertValidity, Rule::CertAnchor];

pub(super) fn check(
    signed: &[u8],
    expected: &ExpectedCertificate,
    issuer: Option<&Issuer>,
) -> Result<(), ReadBackError> {
    let inspection = certificate::inspect(signed, &policy());
    let Some(inspected) = inspection.value else {
        check_findings(&inspection.findings, &[])?;
        return Err(ReadBackError::NotSigned);
    };
    check_bytes("issuer", &expected.issuer, inspected.issuer().der())?;
    check_bytes("subject", &expected.subject, inspected.subject().der())?;
    check_bytes("serialNumber", &expected.serial, inspected.serial().as_bytes())?;
    check_time("notBefore", expected.not_before, Some(inspected.not_before()))?;
    check_time("notAfter", expected.not_after, Some(inspected.not_after()))?;
    check_bytes("subjectPublicKeyInfo", &expected.spki, inspected.spki())?;
    check_extensions(&wanted_extensions(expected), inspected.extensions())?;
    check_values(&inspected, expected)?;
    let ignored = if expected.is_root() { &OF_TASTE[..] } else { &OF_TASTE[..1] };
    check_findings(inspected.findings(), ignored)?;
    if expected.is_root() { check_root(signed, expected) } else { check_issued(inspected, issuer) }
}

fn wanted_extensions(expected: &ExpectedCertificate) -> Vec<(ObjectIdentifier, bool)> {
    let mut wanted = vec![(oid::BASIC_CONSTRAINTS, true), (oid::KEY_USAGE, true), (oid::SUBJECT_KEY_IDENTIFIER, false)];
    wanted.extend(expected.issuer_key_id.as_ref().map(|_| (oid::AUTHORITY_KEY_IDENTIFIER, false)));
    wanted.extend(expected.crl_url.as_ref().map(|_| (oid::CRL_DISTRIBUTION_POINTS, false)));
    wanted.extend(expected.issuer_url.as_ref().map(|_| (oid::AUTHORITY_INFO_ACCESS, false)));
    if expected.is_for_tls {
        wanted.extend([(oid::EXTENDED_KEY_USAGE, false), (oid::CERTIFICATE_POLICIES, false)]);
    }
    wanted
}

fn check_values(found: &InspectedCertificate<'_>, expected: &ExpectedCertificate) -> Result<(), ReadBackError> {
    let constraints = found.basic_constraints();
    let (wanted, length) = (expected.path_length.map(u32::from), constraints.and_then(|found| found.path_length));
    if wanted != length {
        return Err(ReadBackError::PathLength { wanted, found: length });
    }
    let value = |wanted: ObjectIdentifier| {
        let is = |extension: &&Extension<'_>| extension.oid == wanted.as_bytes();
        found.extensions().iter().find(is).map_or(&[][..], |extension| extension.value)
    };
    let is_ca = constraints.is_some_and(|found| found.is_ca);
    check_bytes("basicConstraints cA", &[1], &[u8::from(is_ca)])?;
    // keyCertSign and cRLSign: bits 5 and 6, one bit unused.
    check_bytes("keyUsage", &[0x03, 0x02, 0x01, 0x06], value(oid::KEY_USAGE))?;
    check_bytes("subjectKeyIdentifier", &expected.key_id, found.ski().unwrap_or_default())?;
    if let Some(key_id) = &expected.issuer_key_id {
        let named = found.aki().and_then(|aki| aki.key_id.as_deref()).unwrap_or_default();
        check_bytes("authorityKeyIdentifier", key_id, named)?;
    }
    if let Some(url) = &expected.crl_url
        && only_point(value(oid::CRL_DISTRIBUTION_POINTS)) != Some(url.as_bytes())
    {
        return Err(ReadBackError::Url { field: "cRLDistributionPoints", wanted: url.clone() });
    }
    if let Some(url) = &expected.issuer_url
        && only_access(value(oid::AUTHORITY_INFO_ACCESS)) != Some(url.as_bytes())
    {
        return Err(ReadBackError::Url { field: "authorityInfoAccess", wanted: url.clone() });
    }
    if expected.is_for_tls {
        let server_auth = b"\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01";
        check_bytes("extendedKeyUsage", server_auth, value(oid::EXTENDED_KEY_USAGE))?;
        let any_policy = b"\x30\x08\x30\x06\x06\x04\x55\x1d\x20\x00";
        check_bytes("certificatePolicies", any_policy, value(oid::CERTIFICATE_POLICIES))?;
    }
    Ok(())
}

/// The URL of cRLDistributionPoints, if it is all there is: one point with one full name.
fn only_point(value: &[u8]) -> Option<&[u8]> {
    let point = contents_of(0x30, contents_of(0x30, value)?)?;
    contents_of(0x86, contents_of(0xa0, contents_of(0xa0, point)?)?)
}

/// The URL of authorityInfoAccess, if it is all there is: one caIssuers.
fn only_access(value: &[u8]) -> Option<&[u8]> {
    let access = contents_of(0x30, contents_of(0x30, value)?)?;
    contents_of(0x86, access.strip_prefix(b"\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x02")?)
}

fn check_root(signed: &[u8], expected: &ExpectedCertificate) -> Result<(), ReadBackError> {
    let refused = |findings: &rootcast_pki::finding::Findings| {
        findings.iter().map(|found| format!("{}: {}", found.rule, found.text)).collect::<Vec<_>>()
    };
    let root = Issuer::from_certificate(signed, &policy())
        .map_err(|findings| ReadBackError::Refused { findings: refused(&findings) })?;
    if root.spki() != expected.spki {
        let (found, wanted) = (Digest(root.spki_sha256()), Digest::of(&expected.spki));
        return Err(ReadBackError::NotPinned { found, wanted });
    }
    if !root.is_self_signed() {
        return Err(ReadBackError::NotAuthentic { findings: refused(root.findings()) });
    }
    Ok(())
}

fn check_issued(inspected: InspectedCertificate<'_>, issuer: Option<&Issuer>) -> Result<(), ReadBackError> {
    let issuer = issuer.ok_or(ReadBackError::NoIssuer)?;
    let as_of = inspected.not_before();
    let verified = certificate::verify(inspected, issuer, &policy(), as_of);
    if verified.value.is_none() {
        let findings = verified.findings.iter().map(|found| format!("{}: {}", found.rule, found.text)).collect();
        return Err(ReadBackError::NotAuthentic { findings });
    }
    Ok(())
}

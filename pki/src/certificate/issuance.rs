//! The rules of a certificate that need its issuer or the time. They need nothing that was accepted before.

use super::inspected::InspectedCertificate;
use super::permitted_names;
use super::policy_rules;
use crate::finding::{Findings, Severity};
use crate::form;
use crate::issuer::Issuer;
use crate::key_identifier;
use crate::limits::CLOCK_SKEW_SECONDS;
use crate::oid;
use crate::profile::Policy;
use crate::rule::{Cause, Rule};
use crate::signature_algorithm::{self, SignatureAlgorithm};
use crate::time::{Span, Timestamp};

/// Eight years of 366 days would be 2928 days; eight calendar years never have more than 2922.
const LONG_VALIDITY_SECONDS: i64 = 2922 * 86_400;

/// Gives whether name, key identifier and signature are the issuer's, and the file is what it signed: the outer
/// algorithm is outside the signature, so anybody can exchange it.
pub(super) fn check(
    certificate: &InspectedCertificate<'_>,
    issuer: &Issuer,
    policy: &Policy,
    now: Timestamp,
    findings: &mut Findings,
) -> bool {
    let named = check_issuer(certificate, issuer, policy, findings);
    let aki = certificate.body.aki.as_ref();
    let aki_at = certificate.body.place_of(oid::AUTHORITY_KEY_IDENTIFIER, key_identifier::FIELD);
    let keyed = key_identifier::check(aki, aki_at, issuer, Rule::CertAki, policy, findings);
    let signed = check_signature(certificate, issuer, policy, findings);
    check_issuer_usage(certificate, issuer, now, findings);
    check_path_length(certificate, issuer, findings);
    check_validity(certificate, issuer, policy, now, findings);
    // Of what another key signed nothing is compared: that may be much.
    if named && signed {
        permitted_names::check(certificate, issuer, findings);
    }
    // A root's own policies limit nothing: path validation begins below the trust anchor (RFC 5280 §6.1.1(d)).
    if !issuer.is_root() {
        policy_rules::check_granted(&certificate.body, &certificate.known, issuer.granted(), findings);
    }
    named && keyed && signed && certificate.body.inner_algorithm == certificate.body.outer_algorithm
}

/// CERT-ISSUER
fn check_issuer(
    certificate: &InspectedCertificate<'_>,
    issuer: &Issuer,
    policy: &Policy,
    findings: &mut Findings,
) -> bool {
    let (found, wanted) = (certificate.issuer(), issuer.subject());
    if !found.matches(wanted) {
        let text = format!("issued by {found}, not by {wanted}");
        findings.add(Rule::CertIssuer, Severity::Reject, text).at("issuer", certificate.issuer_offset());
        return false;
    }
    if !found.is_identical(wanted) {
        let severity = policy.profile.pick(Severity::Reject, Severity::Warn);
        let text = "the issuer's name is equal, but not byte for byte";
        let finding = findings.add(Rule::CertIssuer, severity, text);
        finding.because(Cause::NameNotIdentical).at("issuer", certificate.issuer_offset());
    }
    true
}

/// CERT-SIGNATURE, and the half of CERT-ALGORITHM that needs the issuer's key
fn check_signature(
    certificate: &InspectedCertificate<'_>,
    issuer: &Issuer,
    policy: &Policy,
    findings: &mut Findings,
) -> bool {
    let body = &certificate.body;
    let Some(algorithm) = SignatureAlgorithm::from_der(body.inner_algorithm) else {
        return false;
    };
    if !signature_algorithm::check_fit(
        algorithm,
        body.offsets.inner_algorithm,
        issuer.key(),
        Rule::CertAlgorithm,
        policy,
        findings,
    ) {
        return false;
    }
    let verifies = certificate.is_signed_by(issuer);
    if !verifies {
        let (text, cause) = form::why_unverified(algorithm, body.signature, issuer.subject());
        let finding = findings.add(Rule::CertSignature, Severity::Reject, text);
        finding.because_if(cause).at("signatureValue", body.offsets.signature);
    }
    verifies
}

/// CERT-ISSUER-USAGE
fn check_issuer_usage(
    certificate: &InspectedCertificate<'_>,
    issuer: &Issuer,
    now: Timestamp,
    findings: &mut Findings,
) {
    let rule = Rule::CertIssuerUsage;
    match issuer.is_ca() {
        Some(true) => {}
        Some(false) => {
            let text = "the issuer's basicConstraints has cA FALSE";
            findings.add(rule, Severity::Reject, text).because(Cause::IssuerNotCa);
        }
        // An old root may be v1, without any extension; people chose it. Nobody chose a CA below it (§6.1.4(k)).
        None if issuer.is_root() => {}
        None => {
            let text = "the issuer is not a root, and its basicConstraints is absent";
            findings.add(rule, Severity::Reject, text).because(Cause::IssuerNotCa);
        }
    }
    if issuer.key_usage().is_some_and(|usage| !usage.signs_certificates()) {
        let text = "the issuer's keyUsage has no keyCertSign";
        findings.add(rule, Severity::Reject, text).because(Cause::IssuerNoCertSign);
    }
    if now < issuer.not_before() || now > issuer.not_after() {
        let text = format!(
            "the issuer's certificate is valid from {} to {}; now it is {now}",
            issuer.not_before(),
            issuer.not_after()
        );
        findings.add(rule, Severity::Reject, text).because(Cause::IssuerNotValidNow);
    }
    let self_issued = certificate.issuer().matches(certificate.subject());
    // Of an end-entity certificate, which a path length does not limit, CERT-NOT-CA speaks.
    let is_ca = certificate.basic_constraints().is_some_and(|constraints| constraints.is_ca);
    if issuer.path_length() == Some(0) && is_ca && !self_issued {
        let text = "the issuer must not have a CA below it: its path length, or one above it, is 0";
        findings.add(rule, Severity::Reject, text).because(Cause::IssuerPathLength);
    }
}

/// CERT-BASIC-CONSTRAINTS: the path length is below the issuer's.
fn check_path_length(certificate: &InspectedCertificate<'_>, issuer: &Issuer, findings: &mut Findings) {
    let own = certificate.basic_constraints().and_then(|constraints| constraints.path_length);
    if let (Some(own), Some(above)) = (own, issuer.path_length())
        && above > 0
        && own >= above
    {
        let text = format!("a path length of {own}, not below the issuer's {above}");
        let at = certificate.body.offset_of(oid::BASIC_CONSTRAINTS);
        let finding = findings.add(Rule::CertBasicConstraints, Severity::Reject, text);
        finding.because(Cause::PathLengthTooLong).at_if("basicConstraints", at);
    }
}

/// CERT-VALIDITY
fn check_validity(
    certificate: &InspectedCertificate<'_>,
    issuer: &Issuer,
    policy: &Policy,
    now: Timestamp,
    findings: &mut Findings,
) {
    let rule = Rule::CertValidity;
    let (begin, end) = (certificate.not_before(), certificate.not_after());
    let (begin_at, end_at) = (certificate.body.not_before.offset, certificate.body.not_after.offset);
    if end < begin {
        let text = format!("notAfter {end} is before notBefore {begin}");
        findings.add(rule, Severity::Reject, text).at("notAfter", end_at);
    }
    if end < now {
        let finding = findings.add(rule, Severity::Reject, format!("expired {end}; it is {now}"));
        finding.because(Cause::CertEnded).at("notAfter", end_at);
    }
    if begin > now.plus_seconds(CLOCK_SKEW_SECONDS) {
        // What is held is named by what was shown of it: the present would make that another each second.
        let text = format!("begins {begin}, which is more than 10 minutes in the future");
        findings.add(rule, Severity::Hold, text).because(Cause::NotYetValid).at("notBefore", begin_at);
    }
    if end > issuer.not_after() {
        let severity = policy.profile.pick(Severity::Reject, Severity::Warn);
        let text = format!("expires {end}, after its issuer ({})", issuer.not_after());
        findings.add(rule, severity, text).because(Cause::OutlivesIssuer).at("notAfter", end_at);
    }
    let seconds = end.0.saturating_sub(begin.0).saturating_add(1);
    if seconds > LONG_VALIDITY_SECONDS {
        let severity = policy.profile.pick(Severity::Hold, Severity::Warn);
        let text = match seconds - LONG_VALIDITY_SECONDS {
            // Shown in days the two would be the same.
            more @ ..86_400 => format!("valid for {} more than 8 years, its last second included", Span(more)),
            _ => format!("valid for {} days, more than 8 years", seconds / 86_400),
        };
        findings.add(rule, severity, text).because(Cause::LongValidity).at("notAfter", end_at);
    }
}

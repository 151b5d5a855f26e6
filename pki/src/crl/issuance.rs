//! The rules of a CRL that need its issuer or the time. They need nothing that was accepted before.

use super::inspected::InspectedCrl;
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

/// Gives whether name, key identifier and signature are the issuer's, and the file is what it signed: the outer
/// algorithm is outside the signature, so anybody can exchange it.
pub(super) fn check(
    crl: &InspectedCrl<'_>,
    issuer: &Issuer,
    policy: &Policy,
    now: Timestamp,
    findings: &mut Findings,
) -> bool {
    let named = check_issuer(crl, issuer, policy, findings);
    let aki_at = crl.body.place_of(oid::AUTHORITY_KEY_IDENTIFIER, key_identifier::FIELD);
    let keyed = key_identifier::check(crl.aki(), aki_at, issuer, Rule::CrlAki, policy, findings);
    let signed = check_signature(crl, issuer, policy, findings);
    check_issuer_usage(issuer, now, findings);
    check_time(crl, policy, now, findings);
    check_lifetime(crl, issuer, policy, now, findings);
    check_scope(crl, issuer, findings);
    check_self(crl, issuer, findings);
    named && keyed && signed && crl.body.inner_algorithm == crl.body.outer_algorithm
}

/// CRL-ISSUER
fn check_issuer(crl: &InspectedCrl<'_>, issuer: &Issuer, policy: &Policy, findings: &mut Findings) -> bool {
    let (found, wanted) = (crl.issuer(), issuer.subject());
    if !found.matches(wanted) {
        let text = format!("issued by {found}, not by {wanted}");
        findings.add(Rule::CrlIssuer, Severity::Reject, text).at("issuer", crl.body.offsets.issuer);
        return false;
    }
    if !found.is_identical(wanted) {
        let severity = policy.profile.pick(Severity::Reject, Severity::Warn);
        let text = "the issuer's name is equal, but not byte for byte";
        let finding = findings.add(Rule::CrlIssuer, severity, text);
        finding.because(Cause::NameNotIdentical).at("issuer", crl.body.offsets.issuer);
    }
    true
}

/// CRL-SIGNATURE, and the half of CRL-ALGORITHM that needs the issuer's key
fn check_signature(crl: &InspectedCrl<'_>, issuer: &Issuer, policy: &Policy, findings: &mut Findings) -> bool {
    let Some(algorithm) = SignatureAlgorithm::from_der(crl.body.inner_algorithm) else {
        return false;
    };
    if !signature_algorithm::check_fit(
        algorithm,
        crl.body.offsets.inner_algorithm,
        issuer.key(),
        Rule::CrlAlgorithm,
        policy,
        findings,
    ) {
        return false;
    }
    let verifies = crl.is_signed_by(issuer);
    if !verifies {
        let (text, cause) = form::why_unverified(algorithm, crl.body.signature, issuer.subject());
        let finding = findings.add(Rule::CrlSignature, Severity::Reject, text);
        finding.because_if(cause).at("signatureValue", crl.body.offsets.signature);
    }
    verifies
}

/// CRL-ISSUER-USAGE
fn check_issuer_usage(issuer: &Issuer, now: Timestamp, findings: &mut Findings) {
    let rule = Rule::CrlIssuerUsage;
    if issuer.is_ca() == Some(false) {
        let text = "the issuer's basicConstraints has cA FALSE";
        findings.add(rule, Severity::Reject, text).because(Cause::IssuerNotCa);
    }
    if issuer.key_usage().is_some_and(|usage| !usage.signs_crls()) {
        let text = "the issuer's keyUsage has no cRLSign";
        findings.add(rule, Severity::Reject, text).because(Cause::IssuerNoCrlSign);
    }
    if now < issuer.not_before() || now > issuer.not_after() {
        let text = format!(
            "the issuer's certificate is valid from {} to {}; now it is {now}",
            issuer.not_before(),
            issuer.not_after()
        );
        findings.add(rule, Severity::Reject, text).because(Cause::IssuerNotValidNow);
    }
}

/// CRL-FUTURE, CRL-EXPIRED and the half of CRL-SHORT-LIFE that asks for the policy's minimum
fn check_time(crl: &InspectedCrl<'_>, policy: &Policy, now: Timestamp, findings: &mut Findings) {
    let this = crl.this_update();
    if this > now.plus_seconds(CLOCK_SKEW_SECONDS) {
        let text = format!("thisUpdate {this} is more than 10 minutes ahead; it is {now}");
        findings.add(Rule::CrlFuture, Severity::Reject, text).at("thisUpdate", crl.body.this_update.offset);
    }
    let Some(next) = crl.next_update() else {
        return;
    };
    let least = policy.crl_life_min_s;
    if next <= now {
        let text = format!("nextUpdate {next} has passed; it is {now}");
        findings.add(Rule::CrlExpired, Severity::Reject, text).at_if("nextUpdate", crl.next_update_offset());
    } else if next < now.plus_seconds(least) {
        let (left, least) = (Span(next.0.saturating_sub(now.0)), Span(least));
        let text = format!("expires {next}, in {left}; the policy asks for at least {least}");
        findings.add(Rule::CrlShortLife, Severity::Warn, text).at_if("nextUpdate", crl.next_update_offset());
    }
}

/// CRL-OUTLIVES-ISSUER
fn check_lifetime(crl: &InspectedCrl<'_>, issuer: &Issuer, policy: &Policy, now: Timestamp, findings: &mut Findings) {
    // Of an issuer that has ended CRL-ISSUER-USAGE speaks.
    if let Some(next) = crl.next_update()
        && next > issuer.not_after()
        && now <= issuer.not_after()
    {
        let severity = policy.profile.pick(Severity::Hold, Severity::Warn);
        let text = format!("nextUpdate {next} is later than the issuer certificate's notAfter, {}", issuer.not_after());
        findings.add(Rule::CrlOutlivesIssuer, severity, text).at_if("nextUpdate", crl.next_update_offset());
    }
}

/// CRL-IDP: a CRL for end-entity certificates alone says nothing of the CA certificates an issuer may have issued, and a
/// root has issued no others
fn check_scope(crl: &InspectedCrl<'_>, issuer: &Issuer, findings: &mut Findings) {
    if crl.distribution_point.is_some_and(|point| point.only_user && !point.only_ca)
        && (issuer.is_root() || issuer.path_length() != Some(0))
    {
        let text = "a CRL for end-entity certificates only, but its issuer may issue CA certificates";
        let at = crl.body.offset_of(oid::ISSUING_DISTRIBUTION_POINT);
        let finding = findings.add(Rule::CrlIdp, Severity::Reject, text);
        finding.because(Cause::IdpUserOnly).at_if("issuingDistributionPoint", at);
    }
}

/// CRL-SELF: only a root's own serial number is one that it gave out itself
fn check_self(crl: &InspectedCrl<'_>, issuer: &Issuer, findings: &mut Findings) {
    if !issuer.is_root() {
        return;
    }
    let own = issuer.serial();
    if let Some(place) = crl.find(own.as_bytes()) {
        let text = format!("revokes its own issuer, certificate {own}, at byte {}", place.offset);
        findings.add(Rule::CrlSelf, Severity::Hold, text).at_told("revokedCertificates", place.offset);
    }
}

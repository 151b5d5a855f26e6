//! The rules on how a certificate speaks of policies: CERT-POLICIES, but for which identifiers a publicly trusted CA has,
//! and CERT-EXT-CRITICAL as far as the qualifiers of policies go. No policy tree is built.

use super::body::Body;
use super::known_extensions::KnownExtensions;
use crate::certificate_policies::{Granted, Mapping, Policies};
use crate::extension;
use crate::finding::{Findings, Severity};
use crate::oid::{self, Dotted, Named};
use crate::profile::{Policy, Profile};
use crate::rule::{Cause, Rule};

/// The name of the extension in RFC 5280.
const FIELD: &str = "certificatePolicies";

/// What needs no issuer.
pub(super) fn check(body: &Body<'_>, known: &KnownExtensions<'_>, policy: &Policy, findings: &mut Findings) {
    check_limits(body, policy, findings);
    check_mappings(body, &known.mappings, findings);
    let (Some(policies), Some(extension)) =
        (&known.policies, extension::find(&body.extensions, oid::CERTIFICATE_POLICIES))
    else {
        return;
    };
    let at = Some(extension.offset);
    // RFC 5280 §4.2.1.4 has relying parties reject a critical one that they cannot read whole.
    if let Some(unknown) = policies.unknown_qualifier.filter(|_| extension.critical) {
        let text = format!("certificatePolicies is critical and has the unknown qualifier {}", Dotted(unknown));
        let finding = findings.add(Rule::CertExtCritical, Severity::Reject, text);
        finding.because(Cause::QualifierUnknown).at_if(FIELD, at);
    }
    if let Some(twice) = policies.twice {
        let text = format!("certificatePolicies has {} twice", Dotted(twice));
        findings.add(Rule::CertPolicies, Severity::Reject, text).because(Cause::PolicyTwice).at_if(FIELD, at);
    }
    if policy.profile == Profile::Webpki {
        check_for_webpki(policies, extension.critical, at, findings);
    }
}

/// What BR 7.1.2.10.5 and 7.1.2.6.1 say of the form.
fn check_for_webpki(policies: &Policies<'_>, is_critical: bool, at: Option<usize>, findings: &mut Findings) {
    let mut wrong = |cause, text: &str| {
        findings.add(Rule::CertPolicies, Severity::Reject, text).because(cause).at_if(FIELD, at);
    };
    if is_critical {
        wrong(Cause::PoliciesCritical, "certificatePolicies is critical");
    }
    if policies.has_notice || policies.unknown_qualifier.is_some() {
        wrong(Cause::QualifierNoCps, "certificatePolicies has a qualifier that is no CPS pointer");
    }
    if policies.has_odd_pointer {
        wrong(Cause::QualifierNoCps, "certificatePolicies has a CPS pointer that is no http or https URL");
    }
}

/// policyConstraints and inhibitAnyPolicy are critical.
fn check_limits(body: &Body<'_>, policy: &Policy, findings: &mut Findings) {
    for identifier in [oid::POLICY_CONSTRAINTS, oid::INHIBIT_ANY_POLICY] {
        let Some(extension) = extension::find(&body.extensions, identifier).filter(|found| !found.critical) else {
            continue;
        };
        let severity = policy.profile.pick(Severity::Reject, Severity::Warn);
        let text = format!("extension {} is not critical, as RFC 5280 wants it", Named(identifier));
        let finding = findings.add(Rule::CertPolicies, severity, text);
        finding.because(Cause::PolicyLimitNotCritical).at("extensions", extension.offset);
    }
}

/// No mapping is from or to anyPolicy: path validation ends there (RFC 5280 §6.1.4(a)).
fn check_mappings(body: &Body<'_>, mappings: &[Mapping<'_>], findings: &mut Findings) {
    if mappings.iter().any(|(from, to)| [from, to].contains(&&oid::ANY_POLICY)) {
        let finding = findings.add(Rule::CertPolicies, Severity::Reject, "policyMappings has anyPolicy");
        finding.because(Cause::AnyPolicyMapped).at_if("policyMappings", body.offset_of(oid::POLICY_MAPPINGS));
    }
}

/// Every policy is one that the issuer's certificate leaves to it.
pub(super) fn check_granted(body: &Body<'_>, known: &KnownExtensions<'_>, granted: &Granted, findings: &mut Findings) {
    if let Some(beyond) = known.policies.as_ref().and_then(|policies| granted.first_beyond(policies)) {
        let text = format!(
            "certificatePolicies has {}, which the issuer's certificate does not have: relying parties that ask for a \
             policy do not accept this one below it",
            Dotted(beyond)
        );
        let finding = findings.add(Rule::CertPolicies, Severity::Warn, text);
        finding.because(Cause::PolicyBeyondIssuer).at_if(FIELD, body.offset_of(oid::CERTIFICATE_POLICIES));
    }
}

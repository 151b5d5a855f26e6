//! The rules on the uses and URLs in an issuing CA's certificate: CERT-SKI (its presence), CERT-EKU, CERT-POLICIES,
//! CERT-CDP, CERT-AIA and CERT-NAME-CONSTRAINTS. They do not know which URLs this host serves.

use super::body::Body;
use super::known_extensions::{KeyPurposes, KnownExtensions};
use super::policy_rules;
use crate::access_points::{AccessPoints, AuthorityAccess};
use crate::certificate_policies::Policies;
use crate::extension;
use crate::finding::{Findings, Severity};
use crate::oid::{self, Dotted};
use crate::profile::{Policy, Profile};
use crate::rule::{Cause, Rule};

pub(super) fn check(body: &Body<'_>, known: &KnownExtensions<'_>, policy: &Policy, findings: &mut Findings) {
    let strict = policy.profile.pick(Severity::Reject, Severity::Warn);
    if body.ski.is_none() {
        findings.add(Rule::CertSki, strict, "subjectKeyIdentifier is absent").because(Cause::SkiAbsent);
    }
    check_crl_points(body, known.crl_points.as_ref(), strict, findings);
    check_access(body, known.access.as_ref(), strict, findings);
    check_name_constraints(body, known.bounded_names, findings);
    policy_rules::check(body, known, policy, findings);
    // What a certificate may be used for is nobody's business but its owner's, unless its root is publicly trusted.
    if policy.profile == Profile::Webpki {
        check_purposes(body, known.purposes, findings);
        check_policies(body, known.policies.as_ref(), findings);
    }
}

/// Whether a URL is one of HTTP, with a host (RFC 3986 §3.2, RFC 9110 §4.2.1).
fn is_http(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_at_checked(7) else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let has_host = !host.is_empty() && !host.starts_with(':');
    scheme.eq_ignore_ascii_case("http://") && has_host && url.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether the extension stands there; it may be unreadable, which CERT-DER says.
fn stands(body: &Body<'_>, oid: &[u8]) -> bool {
    extension::find(&body.extensions, oid).is_some()
}

fn is_critical(body: &Body<'_>, oid: &[u8]) -> bool {
    extension::find(&body.extensions, oid).is_some_and(|extension| extension.critical)
}

/// CERT-CDP, but for what is served here
fn check_crl_points(body: &Body<'_>, points: Option<&AccessPoints<'_>>, severity: Severity, findings: &mut Findings) {
    const FIELD: &str = "cRLDistributionPoints";
    let at = body.offset_of(oid::CRL_DISTRIBUTION_POINTS);
    let mut wrong = |cause, text: &str| findings.add(Rule::CertCdp, severity, text).because(cause).at_if(FIELD, at);
    let Some(points) = points else {
        if at.is_none() {
            wrong(Cause::CdpAbsent, "cRLDistributionPoints is absent");
        }
        return;
    };
    if is_critical(body, oid::CRL_DISTRIBUTION_POINTS) {
        wrong(Cause::CdpCritical, "cRLDistributionPoints is critical");
    }
    if !points.urls.iter().any(|url| is_http(url)) {
        wrong(Cause::CdpAbsent, "cRLDistributionPoints has no http URL with a host");
    } else if points.others || !points.urls.iter().all(|url| is_http(url)) {
        wrong(Cause::CdpNotHttp, "cRLDistributionPoints has names besides http URLs with a host");
    }
    if points.partial {
        let text = "cRLDistributionPoints has a point for only some reasons, or for another CRL issuer";
        wrong(Cause::CdpPartial, text);
    }
}

/// CERT-AIA
fn check_access(body: &Body<'_>, access: Option<&AuthorityAccess<'_>>, strict: Severity, findings: &mut Findings) {
    const FIELD: &str = "authorityInfoAccess";
    let at = body.offset_of(oid::AUTHORITY_INFO_ACCESS);
    let Some(access) = access else {
        if at.is_none() {
            let text = "authorityInfoAccess is absent";
            findings.add(Rule::CertAia, Severity::Warn, text).because(Cause::AiaAbsent);
        }
        return;
    };
    let has_others = |points: &AccessPoints<'_>| points.others || !points.urls.iter().all(|url| is_http(url));
    if access.issuers.urls.is_empty() && !access.issuers.others {
        let text = "authorityInfoAccess has no caIssuers";
        findings.add(Rule::CertAia, Severity::Warn, text).because(Cause::AiaAbsent).at_if(FIELD, at);
    }
    let mut wrong = |text: &str| findings.add(Rule::CertAia, strict, text).at_if(FIELD, at);
    if has_others(&access.issuers) {
        wrong("authorityInfoAccess has caIssuers that are not http URLs with a host");
    }
    if has_others(&access.responders) {
        wrong("authorityInfoAccess has an OCSP responder that is not an http URL with a host");
    }
    if let Some(method) = access.other_method {
        let text = format!("authorityInfoAccess has the access method {}, which is neither", Dotted(method));
        wrong(&format!("{text} caIssuers nor OCSP"));
    }
}

/// CERT-NAME-CONSTRAINTS
fn check_name_constraints(body: &Body<'_>, bounded: Option<bool>, findings: &mut Findings) {
    const FIELD: &str = "nameConstraints";
    let at = body.offset_of(oid::NAME_CONSTRAINTS);
    if at.is_some() && !is_critical(body, oid::NAME_CONSTRAINTS) {
        let text = "nameConstraints is not critical";
        let finding = findings.add(Rule::CertNameConstraints, Severity::Warn, text);
        finding.because(Cause::NameConstraintsNotCritical).at_if(FIELD, at);
    }
    if bounded == Some(true) {
        let text = "nameConstraints has a minimum or maximum";
        findings.add(Rule::CertNameConstraints, Severity::Warn, text).at_if(FIELD, at);
    }
}

/// CERT-EKU
fn check_purposes(body: &Body<'_>, purposes: Option<KeyPurposes<'_>>, findings: &mut Findings) {
    const FIELD: &str = "extKeyUsage";
    let at = body.offset_of(oid::EXTENDED_KEY_USAGE);
    let mut say = |severity, text: String| findings.add(Rule::CertEku, severity, text).at_if(FIELD, at);
    let Some(purposes) = purposes else {
        if !stands(body, oid::EXTENDED_KEY_USAGE) {
            say(Severity::Reject, "extKeyUsage is absent".to_owned());
        }
        return;
    };
    if is_critical(body, oid::EXTENDED_KEY_USAGE) {
        say(Severity::Reject, "extKeyUsage is critical".to_owned());
    }
    if !purposes.server {
        say(Severity::Reject, "extKeyUsage has no serverAuth".to_owned());
    }
    if let Some(forbidden) = purposes.forbidden {
        say(Severity::Reject, format!("extKeyUsage has {}, which a CA for TLS must not have", Dotted(forbidden)));
    }
    if purposes.client {
        say(Severity::Warn, "extKeyUsage has clientAuth".to_owned());
    }
    if let Some(other) = purposes.other {
        say(Severity::Warn, format!("extKeyUsage has {}, which a CA for TLS should not have", Dotted(other)));
    }
}

/// CERT-POLICIES
fn check_policies(body: &Body<'_>, policies: Option<&Policies<'_>>, findings: &mut Findings) {
    const FIELD: &str = "certificatePolicies";
    let at = body.offset_of(oid::CERTIFICATE_POLICIES);
    let mut wrong = |text: String| findings.add(Rule::CertPolicies, Severity::Reject, text).at_if(FIELD, at);
    let Some(policies) = policies else {
        if !stands(body, oid::CERTIFICATE_POLICIES) {
            wrong("certificatePolicies is absent".to_owned());
        }
        return;
    };
    if policies.any && policies.reserved + policies.others > 0 {
        wrong("certificatePolicies has anyPolicy beside other policies".to_owned());
    } else if !policies.any && policies.reserved != 1 {
        let text = "certificatePolicies has neither anyPolicy nor exactly one reserved identifier, but";
        wrong(format!("{text} {} reserved and {} others", policies.reserved, policies.others));
    }
}

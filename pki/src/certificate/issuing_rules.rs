//! The rules on the uses and URLs in an issuing CA's certificate: CERT-SKI (its presence), CERT-EKU, CERT-POLICIES,
//! CERT-CDP, CERT-AIA and CERT-NAME-CONSTRAINTS. They do not know which URLs this host serves.

use super::body::Body;
use super::known_extensions::{KeyPurposes, KnownExtensions};
use super::policy_rules;
use super::role::{Kind, Role};
use crate::access_points::{AccessPoints, AuthorityAccess};
use crate::certificate_policies::Policies;
use crate::extension;
use crate::finding::{Finding, Findings, Severity};
use crate::name_constraints::ConstraintsForm;
use crate::oid::{self, Dotted};
use crate::profile::Policy;
use crate::rule::{Cause, Demand, Rule};

pub(super) fn check(body: &Body<'_>, known: &KnownExtensions<'_>, policy: &Policy, findings: &mut Findings) {
    let strict = policy.profile.pick(Severity::Reject, Severity::Warn);
    if body.ski.is_none() {
        let finding = findings.add(Rule::CertSki, strict, "subjectKeyIdentifier is absent");
        let at = body.place_of(oid::SUBJECT_KEY_IDENTIFIER, "subjectKeyIdentifier");
        finding.because(Cause::SkiAbsent).at_place(at);
    }
    check_crl_points(body, known.crl_points.as_ref(), strict, findings);
    check_access(body, known.access.as_ref(), strict, findings);
    check_name_constraints(body, known.constraints_form, findings);
    policy_rules::check(body, known, policy, findings);
}

/// CERT-EKU and CERT-POLICIES
pub(super) fn check_uses(body: &Body<'_>, known: &KnownExtensions<'_>, role: Role, findings: &mut Findings) {
    check_purposes(body, known.purposes, role, findings);
    // BR 7.1.2.2.5: a CA that issues no certificates for TLS.
    let is_for_tls = role.kind == Kind::Subordinate || known.purposes.is_none_or(|found| found.server || found.any);
    check_policies(body, known.policies.as_ref(), (role, is_for_tls), findings);
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
    let mut wrong = |cause, text: &str| {
        findings
            .add(Rule::CertCdp, severity, text)
            .because(cause)
            .at_place(body.place_of(oid::CRL_DISTRIBUTION_POINTS, FIELD))
    };
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
            let finding = findings.add(Rule::CertAia, Severity::Warn, text);
            finding.because(Cause::AiaAbsent).at_place(body.place_of(oid::AUTHORITY_INFO_ACCESS, FIELD));
        }
        return;
    };
    let has_others = |points: &AccessPoints<'_>| points.others || !points.urls.iter().all(|url| is_http(url));
    if access.issuers.urls.is_empty() && !access.issuers.others {
        let text = "authorityInfoAccess has no caIssuers";
        findings
            .add(Rule::CertAia, Severity::Warn, text)
            .because(Cause::AiaAbsent)
            .at_place(body.place_of(oid::AUTHORITY_INFO_ACCESS, FIELD));
    }
    let mut wrong = |text: &str| {
        findings.add(Rule::CertAia, strict, text).at_place(body.place_of(oid::AUTHORITY_INFO_ACCESS, FIELD))
    };
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
fn check_name_constraints(body: &Body<'_>, form: Option<ConstraintsForm>, findings: &mut Findings) {
    const FIELD: &str = "nameConstraints";
    let at = body.offset_of(oid::NAME_CONSTRAINTS);
    if at.is_some() && !is_critical(body, oid::NAME_CONSTRAINTS) {
        let text = "nameConstraints is not critical";
        let finding = findings.add(Rule::CertNameConstraints, Severity::Warn, text);
        finding.because(Cause::NameConstraintsNotCritical).at_place(body.place_of(oid::NAME_CONSTRAINTS, FIELD));
    }
    let ConstraintsForm { bounded, ill_formed } = form.unwrap_or_default();
    let mut warn = |text: &str| {
        findings
            .add(Rule::CertNameConstraints, Severity::Warn, text)
            .at_place(body.place_of(oid::NAME_CONSTRAINTS, FIELD))
    };
    if bounded {
        warn("nameConstraints has a minimum or maximum");
    }
    if let Some(wrong) = ill_formed {
        warn(&format!("nameConstraints has a subtree with a {wrong}: nobody can compare a name with it"));
    }
}

/// Adds a finding of a part of a rule that holds from a date on. On what was issued before, it is a warning.
fn add_dated<'f>(
    findings: &'f mut Findings,
    (demand, role): (Demand, Role),
    severity: Severity,
    text: &str,
) -> &'f mut Finding {
    if role.has_to(demand) {
        return findings.add(demand.rule(), severity, text);
    }
    let text = format!("{text}; it was issued before {}, when this rule began", demand.date());
    findings.add(demand.rule(), severity.min(Severity::Warn), text).because(Cause::IssuedBefore)
}

/// CERT-EKU
fn check_purposes(body: &Body<'_>, purposes: Option<KeyPurposes<'_>>, role: Role, findings: &mut Findings) {
    const FIELD: &str = "extKeyUsage";
    let at = body.place_of(oid::EXTENDED_KEY_USAGE, FIELD);
    let (demand, is_affiliated) = match role.kind {
        Kind::Subordinate => (Demand::EkuOfSubordinate, None),
        Kind::Cross { is_affiliated } => (Demand::EkuOfCross, Some(is_affiliated)),
    };
    let mut say = |severity, cause, text: String| {
        let finding = add_dated(findings, (demand, role), severity, &text);
        if finding.severity == severity {
            finding.because_if(cause);
        }
        finding.at_place(at);
    };
    let Some(purposes) = purposes else {
        match is_affiliated {
            _ if stands(body, oid::EXTENDED_KEY_USAGE) => {}
            None => say(Severity::Reject, None, "extKeyUsage is absent".to_owned()),
            Some(true) => {
                let text = "extKeyUsage is absent; a cross certificate for an affiliated CA should have it";
                say(Severity::Warn, Some(Cause::EkuOfAffiliated), text.to_owned());
            }
            Some(false) => {
                let text = "extKeyUsage is absent from a cross certificate".to_owned();
                say(Severity::Reject, Some(Cause::CrossNotAffiliated), text);
            }
        }
        return;
    };
    if is_critical(body, oid::EXTENDED_KEY_USAGE) {
        say(Severity::Reject, None, "extKeyUsage is critical".to_owned());
    }
    if purposes.any {
        match is_affiliated {
            None => {
                let any = Dotted(oid::ANY_EXTENDED_KEY_USAGE);
                say(Severity::Reject, None, format!("extKeyUsage has {any}, which a CA for TLS must not have"));
            }
            Some(true) if purposes.count == 1 => return,
            Some(true) => {
                let text = "extKeyUsage has anyExtendedKeyUsage beside other purposes".to_owned();
                return say(Severity::Reject, Some(Cause::AnyPurposeBesides), text);
            }
            Some(false) => {
                let text = "extKeyUsage has anyExtendedKeyUsage in a cross certificate for a CA that is not named as affiliated";
                return say(Severity::Reject, Some(Cause::CrossNotAffiliated), text.to_owned());
            }
        }
    }
    if !purposes.server && is_affiliated.is_some() {
        // BR 7.1.2.2.5: a CA that issues no certificates for TLS.
        let text = "extKeyUsage has no serverAuth: a cross certificate for a CA that is not for TLS".to_owned();
        return say(Severity::Warn, Some(Cause::CrossNotForTls), text);
    }
    if !purposes.server {
        say(Severity::Reject, None, "extKeyUsage has no serverAuth".to_owned());
    }
    let only_in_cross = purposes.only_in_cross.filter(|_| is_affiliated.is_none());
    if let Some(forbidden) = purposes.forbidden.or(only_in_cross) {
        let text = format!("extKeyUsage has {}, which a CA for TLS must not have", Dotted(forbidden));
        say(Severity::Reject, None, text);
    }
    if purposes.client {
        say(Severity::Warn, None, "extKeyUsage has clientAuth".to_owned());
    }
    if let Some(other) = purposes.other.or(purposes.only_in_cross.filter(|_| is_affiliated.is_some())) {
        let text = format!("extKeyUsage has {}, which a CA for TLS should not have", Dotted(other));
        say(Severity::Warn, None, text);
    }
}

/// CERT-POLICIES
fn check_policies(
    body: &Body<'_>,
    policies: Option<&Policies<'_>>,
    (role, is_for_tls): (Role, bool),
    findings: &mut Findings,
) {
    const FIELD: &str = "certificatePolicies";
    let at = body.place_of(oid::CERTIFICATE_POLICIES, FIELD);
    let Some(policies) = policies else {
        if !stands(body, oid::CERTIFICATE_POLICIES) {
            let text = "certificatePolicies is absent";
            findings.add(Rule::CertPolicies, Severity::Reject, text).at_place(at);
        }
        return;
    };
    let mut say = |severity, text: &str| {
        add_dated(findings, (Demand::OneReservedPolicy, role), severity, text).at_place(at);
    };
    if !is_for_tls {
        if policies.reserved > 0 {
            let text =
                "certificatePolicies has a reserved identifier in a cross certificate for a CA that is not for TLS";
            findings.add(Rule::CertPolicies, Severity::Reject, text).because(Cause::ReservedNotForTls).at_place(at);
        }
        return;
    }
    let is_cross = role.kind != Kind::Subordinate;
    let may_be_several = is_cross && role.has_to(Demand::PoliciesOfCross);
    if policies.any && policies.reserved + policies.others > 0 {
        say(Severity::Reject, "certificatePolicies has anyPolicy beside other policies");
    } else if policies.any {
        if role.kind == (Kind::Cross { is_affiliated: false }) {
            let text = "certificatePolicies has anyPolicy, which is for a CA that is affiliated with its issuer";
            let finding = findings.add(Rule::CertPolicies, Severity::Warn, text);
            finding.because(Cause::AnyPolicyOfCross).at_place(at);
        }
    } else if may_be_several && policies.reserved == 0 {
        say(Severity::Reject, "certificatePolicies has neither anyPolicy nor a reserved identifier");
    } else if !may_be_several && policies.reserved != 1 {
        let text = "certificatePolicies has neither anyPolicy nor exactly one reserved identifier, but";
        say(Severity::Reject, &format!("{text} {} reserved and {} others", policies.reserved, policies.others));
    }
}

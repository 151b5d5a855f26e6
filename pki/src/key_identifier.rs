//! authorityKeyIdentifier against the issuer: the rules CRL-AKI and CERT-AKI, which differ in nothing but their id.

use crate::extension::AuthorityKeyIdentifier;
use crate::finding::{Findings, Severity};
use crate::issuer::Issuer;
use crate::profile::Policy;
use crate::rule::Rule;
use crate::serial::Hex;

/// The name of the extension in RFC 5280.
const FIELD: &str = "authorityKeyIdentifier";

/// Gives whether the identifier, as far as there is one, names the issuer's key. `at` is where it stands.
pub(crate) fn check(
    aki: Option<&AuthorityKeyIdentifier>,
    at: Option<usize>,
    issuer: &Issuer,
    rule: Rule,
    policy: &Policy,
    findings: &mut Findings,
) -> bool {
    let Some(key_id) = aki.and_then(|aki| aki.key_id.as_deref()) else {
        return true;
    };
    if issuer.key_id() == key_id {
        return true;
    }
    let (found, wanted) = (Hex(key_id), Hex(issuer.key_id()));
    if issuer.has_key_id() {
        let text = format!("authorityKeyIdentifier names key {found}, the issuer's is {wanted}");
        findings.add(rule, Severity::Reject, text).at_if(FIELD, at);
        return false;
    }
    let severity = policy.profile.pick(Severity::Reject, Severity::Warn);
    let text =
        format!("authorityKeyIdentifier names key {found}; the issuer states none, and SHA-1 of its key is {wanted}");
    findings.add(rule, severity, text).at_if(FIELD, at);
    true
}

/// The half that needs no issuer: present, by key identifier alone, not critical.
/// `at` is where the extension stands.
pub(crate) fn inspect(
    aki: Option<&AuthorityKeyIdentifier>,
    at: Option<usize>,
    rule: Rule,
    policy: &Policy,
    findings: &mut Findings,
) {
    let severity = policy.profile.pick(Severity::Reject, Severity::Warn);
    let Some(aki) = aki else {
        findings.add(rule, severity, "authorityKeyIdentifier is absent");
        return;
    };
    if aki.key_id.is_none() {
        findings.add(rule, severity, "authorityKeyIdentifier gives no key identifier").at_if(FIELD, at);
    }
    if aki.other_forms {
        findings
            .add(rule, severity, "authorityKeyIdentifier gives the issuer's own issuer and serial number")
            .at_if(FIELD, at);
    }
    if aki.critical {
        findings.add(rule, severity, "authorityKeyIdentifier is critical").at_if(FIELD, at);
    }
}

//! authorityKeyIdentifier compared with the issuer: the rules CRL-AKI and CERT-AKI, which differ only in their id.

use crate::extension::AuthorityKeyIdentifier;
use crate::finding::{Findings, Location, Severity};
use crate::issuer::Issuer;
use crate::profile::Policy;
use crate::rule::{Cause, Rule};
use crate::serial::Hex;

/// The name of the extension in RFC 5280.
pub(crate) const FIELD: &str = "authorityKeyIdentifier";

/// Gives whether the identifier, as far as there is one, names the issuer's key. `at` is its place.
pub(crate) fn check(
    aki: Option<&AuthorityKeyIdentifier>,
    at: Location,
    issuer: &Issuer,
    rule: Rule,
    policy: &Policy,
    findings: &mut Findings,
) -> bool {
    let Some(aki) = aki else { return true };
    let other = other_certificate(aki, issuer);
    let Some(key_id) = aki.key_id.as_deref() else {
        // Nothing else names the issuer, so what is there must be right.
        let Some(text) = other else { return true };
        findings.add(rule, Severity::Reject, text).because(Cause::AkiOtherCertificate).at_place(at);
        return false;
    };
    if let Some(text) = other {
        let severity = policy.profile.pick(Severity::Reject, Severity::Warn);
        findings.add(rule, severity, text).because(Cause::AkiOtherCertificate).at_place(at);
    }
    if issuer.key_id() == key_id {
        return true;
    }
    let (found, wanted) = (Hex(key_id), Hex(issuer.key_id()));
    if issuer.has_key_id() {
        let text = format!("authorityKeyIdentifier names key {found}; the issuer's key is {wanted}");
        findings.add(rule, Severity::Reject, text).because(Cause::AkiOtherKey).at_place(at);
        return false;
    }
    let severity = policy.profile.pick(Severity::Reject, Severity::Warn);
    let text = format!(
        "authorityKeyIdentifier names key {found}; the issuer states none, and the SHA-1 of its key is {wanted}"
    );
    findings.add(rule, severity, text).because(Cause::AkiOtherKey).at_place(at);
    true
}

/// How issuer and serial number differ from those of the issuer's certificate, if they do. A root renewed under its key
/// has two certificates, and OpenSSL takes a CRL that names the other one for nobody's.
fn other_certificate(aki: &AuthorityKeyIdentifier, issuer: &Issuer) -> Option<String> {
    let named = aki.issued_by.as_ref().filter(|name| !name.matches(issuer.issued_by()));
    if let Some(named) = named {
        let wanted = issuer.issued_by();
        return Some(format!(
            "authorityKeyIdentifier names a certificate issued by {named}; the issuer's was issued by {wanted}"
        ));
    }
    let serial = aki.serial.as_deref().filter(|serial| *serial != issuer.serial().as_bytes())?;
    let (found, wanted) = (Hex(serial), issuer.serial());
    Some(format!("authorityKeyIdentifier names certificate {found}; the issuer's is {wanted}"))
}

/// The half that needs no issuer: present, by key identifier alone, not critical.
/// `at` is the extension's place, or that of what would hold it.
pub(crate) fn inspect(
    aki: Option<&AuthorityKeyIdentifier>,
    at: Location,
    rule: Rule,
    policy: &Policy,
    findings: &mut Findings,
) {
    let severity = policy.profile.pick(Severity::Reject, Severity::Warn);
    let Some(aki) = aki else {
        findings.add(rule, severity, "authorityKeyIdentifier is absent").because(Cause::AkiAbsent).at_place(at);
        return;
    };
    if aki.key_id.is_none() {
        let finding = findings.add(rule, severity, "authorityKeyIdentifier has no key identifier");
        finding.because(Cause::AkiNoKeyId).at_place(at);
    }
    if aki.other_forms {
        findings
            .add(rule, severity, "authorityKeyIdentifier has the issuer's own issuer and serial number")
            .because(Cause::AkiOtherForms)
            .at_place(at);
    }
    if aki.critical {
        // Of a certificate RFC 5280 4.2.1.1 does not allow it, and OpenSSL refuses it.
        let severity = if rule == Rule::CertAki { Severity::Reject } else { severity };
        let finding = findings.add(rule, severity, "authorityKeyIdentifier is critical");
        finding.because(Cause::AkiCritical).at_place(at);
    }
}

//! The rules on the content of a certificate alone. They need neither the issuer nor the time.

use super::body::{Body, ReadTime};
use super::issuing_rules;
use super::known_extensions::KnownExtensions;
use crate::finding::{Findings, Severity};
use crate::key_identifier;
use crate::limits::INTEGER_OCTETS_MAX;
use crate::oid::{self, Named};
use crate::profile::Policy;
use crate::public_key::KeyFault;
use crate::rule::{Cause, Rule};
use crate::serial::{Hex, is_not_positive};
use crate::signature_algorithm;

/// A serial number of fewer octets than this cannot hold 64 bits of randomness (BR 7.1).
const SERIAL_OCTETS_MIN: usize = 8;

pub(super) fn check<'a>(body: &Body<'a>, policy: &Policy, findings: &mut Findings) -> KnownExtensions<'a> {
    if let Some(oddity) = body.oddity {
        let finding = findings.add(Rule::CertDer, Severity::Reject, oddity.to_string());
        finding.because(Cause::DerInside).at_told(oddity.field, oddity.offset);
    }
    check_names(body, policy, findings);
    check_version(body, findings);
    check_algorithm(body, policy, findings);
    check_time(&body.not_before, "notBefore", findings);
    check_time(&body.not_after, "notAfter", findings);
    check_serial(body, findings);
    check_key(body, policy, findings);
    check_extensions(body, findings);
    let aki_at = body.place_of(oid::AUTHORITY_KEY_IDENTIFIER, key_identifier::FIELD);
    key_identifier::inspect(body.aki.as_ref(), aki_at, Rule::CertAki, policy, findings);
    let known = KnownExtensions::read(&body.extensions, findings);
    if check_ca(body, policy, findings) {
        issuing_rules::check(body, &known, policy, findings);
    }
    check_anchor(body, findings);
    known
}

/// CERT-DER, as far as characters go that everybody reads all the same
fn check_names(body: &Body<'_>, policy: &Policy, findings: &mut Findings) {
    let severity = policy.profile.pick(Severity::Reject, Severity::Warn);
    let names = [("issuer", &body.issuer, body.offsets.issuer), ("subject", &body.subject, body.offsets.subject)];
    for (field, name, at) in names {
        if let Some(text) = name.loose_text() {
            let finding = findings.add(Rule::CertDer, severity, format!("the {field} has {text}"));
            finding.because(Cause::LooseText).at(field, at);
        }
    }
}

/// CERT-VERSION
fn check_version(body: &Body<'_>, findings: &mut Findings) {
    if body.version != Some(2) {
        let found = body.version.map_or(1, |version| u64::from(version) + 1);
        let text = format!("version v{found}, not v3");
        let field = if body.version.is_some() { "version" } else { "tbsCertificate" };
        findings.add(Rule::CertVersion, Severity::Reject, text).at(field, body.offsets.version);
    }
    let unique_ids = [
        ("issuerUniqueID", "has an issuerUniqueID", body.offsets.issuer_unique_id),
        ("subjectUniqueID", "has a subjectUniqueID", body.offsets.subject_unique_id),
    ];
    for (field, text, at) in unique_ids {
        if let Some(at) = at {
            findings.add(Rule::CertVersion, Severity::Reject, text).because(Cause::UniqueIds).at(field, at);
        }
    }
}

/// CERT-ALGORITHM-MATCH and the content half of CERT-ALGORITHM
fn check_algorithm(body: &Body<'_>, policy: &Policy, findings: &mut Findings) {
    if body.inner_algorithm != body.outer_algorithm {
        let text = format!(
            "signed algorithm {} and outer algorithm {} differ",
            Hex(body.inner_algorithm),
            Hex(body.outer_algorithm)
        );
        let at = body.offsets.outer_algorithm;
        findings.add(Rule::CertAlgorithmMatch, Severity::Reject, text).at("signatureAlgorithm", at);
    }
    let at = body.offsets.inner_algorithm;
    signature_algorithm::inspect(body.inner_algorithm, at, Rule::CertAlgorithm, policy, findings);
}

/// CERT-TIME-ENCODING
fn check_time(time: &ReadTime, field: &'static str, findings: &mut Findings) {
    if let Err(error) = time.read {
        let text = format!("{field} at byte {}: {error}", time.offset);
        findings.add(Rule::CertTimeEncoding, Severity::Reject, text).at_told(field, time.offset);
    }
}

/// CERT-SERIAL, as far as the number itself goes
fn check_serial(body: &Body<'_>, findings: &mut Findings) {
    let (serial, octets) = (Hex(body.serial), body.serial.len());
    let (severity, cause, text) = if is_not_positive(body.serial) {
        (Severity::Reject, None, format!("serial number {serial} is not positive"))
    } else if octets > INTEGER_OCTETS_MAX {
        let text = format!("serial number {serial} has {octets} octets; at most 20 are allowed");
        (Severity::Reject, None, text)
    } else if octets < SERIAL_OCTETS_MIN {
        let text = format!("serial number {serial} has {octets} octets; fewer than 8 cannot hold 64 random bits");
        (Severity::Warn, Some(Cause::SerialShort), text)
    } else {
        return;
    };
    findings.add(Rule::CertSerial, severity, text).because_if(cause).at("serialNumber", body.offsets.serial);
}

/// CERT-KEY
fn check_key(body: &Body<'_>, policy: &Policy, findings: &mut Findings) {
    for fault in body.key.faults() {
        // Of a key of no known kind nothing else is said.
        let unknown = body.key.kind.is_none().then_some(Cause::CertKeyKind);
        let (severity, text, cause) = match fault {
            KeyFault::Unfit(text) => (Severity::Reject, text, unknown),
            KeyFault::NotForWebpki(text) => {
                (policy.profile.pick(Severity::Reject, Severity::Warn), text, Some(Cause::ModulusBits))
            }
            KeyFault::Unusual(text) => (Severity::Warn, text, unknown),
        };
        findings.add(Rule::CertKey, severity, text).because_if(cause).at("subjectPublicKeyInfo", body.offsets.key);
    }
}

/// CERT-EXT-CRITICAL and CERT-EXT-TWICE
fn check_extensions(body: &Body<'_>, findings: &mut Findings) {
    for (index, extension) in body.extensions.iter().enumerate() {
        let (named, offset) = (Named(extension.oid), extension.offset);
        if extension.critical && !oid::CERTIFICATE_EXTENSIONS.contains(&extension.oid) {
            let text = format!("unknown critical extension {named} at byte {offset}");
            findings.add(Rule::CertExtCritical, Severity::Reject, text).at_told("extensions", offset);
        }
        if extension.critical && oid::NOT_CRITICAL_IN_CERTIFICATES.contains(&extension.oid) {
            let text = format!("extension {named} at byte {offset} is critical, and RFC 5280 asks that it is not");
            let finding = findings.add(Rule::CertExtCritical, Severity::Reject, text);
            finding.because(Cause::CertExtensionCritical).at_told("extensions", offset);
        }
        if body.extensions.iter().take(index).any(|earlier| earlier.oid == extension.oid) {
            let text = format!("extension {named} occurs again at byte {offset}");
            findings.add(Rule::CertExtTwice, Severity::Reject, text).at_told("extensions", offset);
        }
    }
}

/// Whether anything in it says that it is a CA's.
pub(super) fn says_ca(body: &Body<'_>) -> bool {
    let signs = body.key_usage.is_some_and(|usage| usage.signs_certificates());
    body.basic_constraints.is_some_and(|constraints| constraints.is_ca) || signs
}

/// CERT-NOT-CA, CERT-BASIC-CONSTRAINTS and CERT-KEY-USAGE, as far as they need no issuer; gives whether it is a CA's
fn check_ca(body: &Body<'_>, policy: &Policy, findings: &mut Findings) -> bool {
    let constraints_at = body.place_of(oid::BASIC_CONSTRAINTS, "basicConstraints");
    let usage_at = body.place_of(oid::KEY_USAGE, "keyUsage");
    let strict = policy.profile.pick(Severity::Reject, Severity::Warn);
    if !says_ca(body) {
        let text = "an end-entity certificate, without cA and keyCertSign: only CA certificates are carried";
        let at = if body.basic_constraints.is_none() && body.key_usage.is_some() { usage_at } else { constraints_at };
        findings.add(Rule::CertNotCa, Severity::Reject, text).at_place(at);
        return false;
    }
    if body.subject.is_empty() {
        let text = "the subject is empty: a CA must have a name (RFC 5280 4.1.2.6)";
        findings.add(Rule::CertNotCa, Severity::Reject, text).at("subject", body.offsets.subject);
    }
    match body.basic_constraints {
        None => {
            let text = "basicConstraints is absent";
            findings.add(Rule::CertBasicConstraints, Severity::Reject, text).at_place(constraints_at);
        }
        Some(constraints) => {
            let mut say = |severity, cause, text| {
                let finding = findings.add(Rule::CertBasicConstraints, severity, text);
                finding.because_if(cause).at_place(constraints_at);
            };
            if !constraints.is_ca {
                say(Severity::Reject, None, "basicConstraints has cA FALSE");
            }
            if !constraints.critical {
                say(strict, Some(Cause::BasicConstraintsNotCritical), "basicConstraints is not critical");
            }
            if constraints.path_length.is_none() {
                let severity = policy.profile.pick(Severity::Hold, Severity::Warn);
                say(severity, Some(Cause::PathLengthAbsent), "basicConstraints has no path length");
            }
        }
    }
    match body.key_usage {
        None => {
            findings.add(Rule::CertKeyUsage, Severity::Reject, "keyUsage is absent").at_place(usage_at);
        }
        Some(usage) => {
            let mut say = |severity, cause, text| {
                findings.add(Rule::CertKeyUsage, severity, text).because_if(cause).at_place(usage_at);
            };
            if !usage.signs_certificates() {
                say(Severity::Reject, None, "keyUsage has no keyCertSign");
            }
            if !usage.critical {
                say(strict, Some(Cause::KeyUsageNotCritical), "keyUsage is not critical");
            }
            if !usage.signs_crls() {
                say(strict, Some(Cause::KeyUsageNoCrlSign), "keyUsage has no cRLSign");
            }
            if usage.has_other_uses() {
                let text = "keyUsage has more than keyCertSign, cRLSign and digitalSignature";
                say(strict, Some(Cause::KeyUsageMore), text);
            }
        }
    }
    true
}

/// CERT-ANCHOR
fn check_anchor(body: &Body<'_>, findings: &mut Findings) {
    let algorithm = signature_algorithm::SignatureAlgorithm::from_der(body.outer_algorithm);
    let own = algorithm.is_some_and(|algorithm| algorithm.verifies(&body.key, body.tbs, body.signature));
    // A self-issued certificate of an algorithm not known here is one as well, as far as anybody can tell.
    if own || (algorithm.is_none() && body.issuer.matches(&body.subject)) {
        let text = "self-signed: people trust a root by hand; a trust anchor never arrives over a link";
        findings.add(Rule::CertAnchor, Severity::Reject, text).at("signatureValue", body.offsets.signature);
    }
}

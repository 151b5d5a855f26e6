//! The rules on the content of a CRL alone, without its entries. They need neither the issuer nor the time.

use super::body::Body;
use super::distribution_point::IssuingDistributionPoint;
use crate::access_points;
use crate::crl_number::{CrlNumber, CrlNumberError};
use crate::extension::{self, Extension};
use crate::finding::{Findings, Severity};
use crate::general_name;
use crate::key_identifier;
use crate::oid;
use crate::profile::{Policy, Profile};
use crate::rule::{Cause, Rule};
use crate::serial::Hex;
use crate::signature_algorithm;
use crate::strict_der::{DerError, INTEGER, SEQUENCE, check_integer};

/// The name of the extension in RFC 5280.
const IDP: &str = "issuingDistributionPoint";

/// What the content rules read on their way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Content {
    pub(super) number: Option<CrlNumber>,
    pub(super) distribution_point: Option<IssuingDistributionPoint>,
}

pub(super) fn check(body: &Body<'_>, policy: &Policy, findings: &mut Findings) -> Content {
    if let Some(oddity) = body.oddity {
        let finding = findings.add(Rule::CrlDer, Severity::Reject, oddity.to_string());
        finding.because(Cause::DerInside).at_told(oddity.field, oddity.offset);
    }
    if let Some(text) = body.issuer.loose_text() {
        let severity = policy.profile.pick(Severity::Reject, Severity::Warn);
        let finding = findings.add(Rule::CrlDer, severity, format!("the issuer has {text}"));
        finding.because(Cause::LooseText).at("issuer", body.offsets.issuer);
    }
    check_version(body, findings);
    check_algorithm(body, policy, findings);
    check_times(body, policy, findings);
    let aki_at = body.place_of(oid::AUTHORITY_KEY_IDENTIFIER, key_identifier::FIELD);
    key_identifier::inspect(body.aki.as_ref(), aki_at, Rule::CrlAki, policy, findings);
    check_extensions(body, policy, findings);
    check_forms(body, policy, findings);
    let number = check_number(body, findings);
    let distribution_point = check_completeness(body, policy, findings);
    Content { number, distribution_point }
}

/// CRL-VERSION
fn check_version(body: &Body<'_>, findings: &mut Findings) {
    if body.version != Some(1) {
        let found = body.version.map_or(1, |version| u64::from(version) + 1);
        let text = format!("version v{found}, not v2");
        let field = if body.version.is_some() { "version" } else { "tbsCertList" };
        findings.add(Rule::CrlVersion, Severity::Reject, text).at(field, body.offsets.version);
    }
}

/// CRL-ALGORITHM-MATCH and the content half of CRL-ALGORITHM
fn check_algorithm(body: &Body<'_>, policy: &Policy, findings: &mut Findings) {
    if body.inner_algorithm != body.outer_algorithm {
        let text = format!(
            "signed algorithm {} and outer algorithm {} differ",
            Hex(body.inner_algorithm),
            Hex(body.outer_algorithm)
        );
        let at = body.offsets.outer_algorithm;
        findings.add(Rule::CrlAlgorithmMatch, Severity::Reject, text).at("signatureAlgorithm", at);
    }
    let at = body.offsets.inner_algorithm;
    signature_algorithm::inspect(body.inner_algorithm, at, Rule::CrlAlgorithm, policy, findings);
}

/// CRL-TIME-ENCODING of the two updates, CRL-NEXTUPDATE-MISSING and CRL-VALIDITY
fn check_times(body: &Body<'_>, policy: &Policy, findings: &mut Findings) {
    let mut encoding = |field: &'static str, offset, error| {
        let text = format!("{field} at byte {offset}: {error}");
        findings.add(Rule::CrlTimeEncoding, Severity::Reject, text).at_told(field, offset);
    };
    if let Err(error) = body.this_update.read {
        encoding("thisUpdate", body.this_update.offset, error);
    }
    let Some(next) = body.next_update else {
        let finding = findings.add(Rule::CrlNextUpdateMissing, Severity::Reject, "nextUpdate is missing");
        finding.because(Cause::NextUpdateAbsent).at("tbsCertList", body.offsets.tbs);
        return;
    };
    if let Err(error) = next.read {
        encoding("nextUpdate", next.offset, error);
    }
    let (Some(this), Some(until)) = (body.this_update.moment(), next.moment()) else {
        return;
    };
    if until <= this {
        let text = format!("nextUpdate {until} is not later than thisUpdate {this}");
        findings.add(Rule::CrlNextUpdateMissing, Severity::Reject, text).at("nextUpdate", next.offset);
    }
    let latest = this.twelve_months_later();
    if until > latest {
        let severity = policy.profile.pick(Severity::Reject, Severity::Warn);
        let text = format!("valid from {this} to {until}, which is more than twelve months: they end {latest}");
        findings.add(Rule::CrlValidity, severity, text).at("nextUpdate", next.offset);
    }
}

/// CRL-EXT-CRITICAL and CRL-EXT-UNKNOWN of the CRL's own extensions
fn check_extensions(body: &Body<'_>, policy: &Policy, findings: &mut Findings) {
    let rule = Rule::CrlExtCritical;
    for (index, extension) in body.extensions.iter().enumerate() {
        let (named, offset) = (oid::Named(extension.oid), extension.offset);
        let unknown = !oid::CRL_EXTENSIONS.contains(&extension.oid);
        if unknown && extension.critical {
            let text = format!("unknown critical extension {named} at byte {offset}");
            findings.add(rule, Severity::Reject, text).at_told("crlExtensions", offset);
        } else if unknown && policy.profile == Profile::Webpki {
            let text = format!("unknown extension {named} at byte {offset}");
            findings.add(Rule::CrlExtUnknown, Severity::Warn, text).at_told("crlExtensions", offset);
        }
        if extension.critical && oid::NOT_CRITICAL_IN_CRLS.contains(&extension.oid) {
            let text = format!("extension {named} at byte {offset} is critical, and RFC 5280 asks that it is not");
            let finding = findings.add(rule, Severity::Reject, text);
            finding.because(Cause::CrlExtensionCritical).at_told("crlExtensions", offset);
        }
        if body.extensions.iter().take(index).any(|earlier| earlier.oid == extension.oid) {
            let text = format!("extension {named} occurs again at byte {offset}");
            let finding = findings.add(rule, Severity::Reject, text);
            finding.because(Cause::CrlExtensionTwice).at_told("crlExtensions", offset);
        }
    }
}

/// Whether BR 7.2.2 does not recommend it, and no other rule speaks of it.
fn is_idle(extension: &Extension<'_>) -> bool {
    !extension.critical && oid::NOT_RECOMMENDED_IN_CRLS.contains(&extension.oid)
}

/// CRL-DER of the known extensions that decide nothing here: what revokes must not wait for them in a private root. And
/// CRL-EXT-UNKNOWN of those that TLS needs not
fn check_forms(body: &Body<'_>, policy: &Policy, findings: &mut Findings) {
    let strict = policy.profile.pick(Severity::Reject, Severity::Warn);
    for extension in &body.extensions {
        let read = match extension.oid {
            oid::ISSUER_ALT_NAME => extension.only(SEQUENCE).and_then(|names| general_name::read_all(&names, |_| {})),
            oid::DELTA_CRL_INDICATOR => extension.only(INTEGER).and_then(|number| check_integer(&number)),
            oid::FRESHEST_CRL => access_points::read_points(extension).map(|_| ()),
            oid::AUTHORITY_INFO_ACCESS => access_points::read_access(extension).map(|_| ()),
            _ => continue,
        };
        let field = oid::extension_name(extension.oid).unwrap_or("crlExtensions");
        if let Err(error) = read {
            let finding = findings.add(Rule::CrlDer, strict, format!("{field} {error}"));
            finding.because(Cause::DerInside).at_told(field, error.offset);
        } else if policy.profile == Profile::Webpki && is_idle(extension) {
            let text = format!("{field} at byte {}, which BR 7.2.2 does not recommend in a CRL", extension.offset);
            let finding = findings.add(Rule::CrlExtUnknown, Severity::Warn, text);
            finding.because(Cause::CrlExtensionIdle).at_told(field, extension.offset);
        }
    }
}

/// CRL-NUMBER-MISSING
fn check_number(body: &Body<'_>, findings: &mut Findings) -> Option<CrlNumber> {
    let rule = Rule::CrlNumberMissing;
    let Some(extension) = extension::find(&body.extensions, oid::CRL_NUMBER) else {
        let finding = findings.add(rule, Severity::Reject, "CRLNumber is missing");
        finding.because(Cause::NumberAbsent).at_place(body.place_of(oid::CRL_NUMBER, "cRLNumber"));
        return None;
    };
    if extension.critical {
        let finding = findings.add(rule, Severity::Reject, "CRLNumber is critical");
        finding.because(Cause::NumberCritical).at("cRLNumber", extension.offset);
    }
    let read = extension.only(INTEGER).and_then(|element| check_integer(&element).map(|()| element));
    let element = match read {
        Ok(element) => element,
        Err(error) => {
            let finding = findings.add(Rule::CrlDer, Severity::Reject, format!("CRLNumber {error}"));
            finding.because(Cause::DerInside).at_told("cRLNumber", error.offset);
            return None;
        }
    };
    match CrlNumber::from_contents(element.value) {
        Ok(number) => Some(number),
        Err(error) => {
            let text = format!("CRLNumber 0x{} at byte {}: {error}", Hex(element.value), element.offset);
            let cause = match error {
                CrlNumberError::Negative => Some(Cause::NumberNegative),
                CrlNumberError::TooLarge { .. } => Some(Cause::NumberTooLong),
                CrlNumberError::NotANumber => None,
            };
            findings.add(rule, Severity::Reject, text).because_if(cause).at("cRLNumber", extension.offset);
            None
        }
    }
}

/// CRL-PARTIAL, CRL-IDP and CRL-EMPTY-LIST
fn check_completeness(body: &Body<'_>, policy: &Policy, findings: &mut Findings) -> Option<IssuingDistributionPoint> {
    let strict = policy.profile.pick(Severity::Reject, Severity::Warn);
    if let Some(offset) = body.offset_of(oid::DELTA_CRL_INDICATOR) {
        let text = "a delta CRL (deltaCRLIndicator)";
        let finding = findings.add(Rule::CrlPartial, Severity::Reject, text);
        finding.because(Cause::DeltaCrl).at("deltaCRLIndicator", offset);
    }
    if let Some(offset) = body.offset_of(oid::FRESHEST_CRL) {
        let finding = findings.add(Rule::CrlPartial, strict, "points to delta CRLs (freshestCRL)");
        finding.because(Cause::FreshestCrl).at("freshestCRL", offset);
    }
    if let Some(offset) = body.list_offset
        && body.entries.clone().next_strictly(|_, _| {}).is_none()
    {
        let text = format!("revokedCertificates at byte {offset} is empty rather than absent");
        findings.add(Rule::CrlEmptyList, strict, text).at_told("revokedCertificates", offset);
    }
    let extension = extension::find(&body.extensions, oid::ISSUING_DISTRIBUTION_POINT)?;
    let mut odd = None;
    let read = IssuingDistributionPoint::read(extension, &mut odd);
    let fault: Option<DerError> = read.as_ref().err().copied().or(odd);
    if let Some(error) = fault {
        let finding = findings.add(Rule::CrlDer, Severity::Reject, format!("{IDP} {error}"));
        finding.because(Cause::DerInside).at_told(IDP, error.offset);
    }
    let point = read.ok()?;
    let parts = [
        (point.indirect, Cause::IndirectCrl, "an indirect CRL: it covers other issuers too"),
        (point.only_some_reasons, Cause::SomeReasonsOnly, "covers only some revocation reasons"),
        (point.only_attribute, Cause::AttributeCertificatesOnly, "covers only attribute certificates"),
        (
            point.only_user && point.only_ca,
            Cause::UserAndCaOnly,
            "limited to end-entity certificates and to CA certificates at once, so it covers none",
        ),
    ];
    for (_, cause, text) in parts.iter().filter(|(set, ..)| *set) {
        findings.add(Rule::CrlPartial, Severity::Reject, *text).because(*cause).at(IDP, extension.offset);
    }
    if !extension.critical {
        let severity = policy.profile.pick(Severity::Reject, Severity::Hold);
        let finding = findings.add(Rule::CrlIdp, severity, "issuingDistributionPoint is not critical");
        finding.because(Cause::IdpNotCritical).at(IDP, extension.offset);
    }
    if parts.iter().any(|(set, ..)| *set) {
        return Some(point);
    }
    let (severity, shape, cause) = match (point.has_name, point.name_is_relative, point.has_other_names) {
        (false, ..) => {
            let text = "issuingDistributionPoint is present without a name, which some relying parties refuse";
            (Severity::Warn, text, Some(Cause::IdpNoName))
        }
        // BR 7.2.2.1 wants a fullName of URLs alone.
        (true, true, _) => {
            let text = "issuingDistributionPoint is present, with a name relative to the issuer";
            (strict, text, Some(Cause::IdpRelativeName))
        }
        (true, false, true) => {
            (strict, "issuingDistributionPoint is present, with a name that is no URL", Some(Cause::IdpOtherName))
        }
        (true, false, false) => {
            (Severity::Warn, "issuingDistributionPoint is present; by default a CRL has none", None)
        }
    };
    findings.add(Rule::CrlIdp, severity, shape).because_if(cause).at(IDP, extension.offset);
    Some(point)
}

//! The rules a CRL keeps or breaks by its content alone, its entries aside. They know neither the issuer nor the time.

use super::body::Body;
use super::distribution_point::IssuingDistributionPoint;
use crate::crl_number::CrlNumber;
use crate::extension;
use crate::finding::{Findings, Severity};
use crate::key_identifier;
use crate::oid::{self, Dotted};
use crate::profile::Policy;
use crate::rule::Rule;
use crate::serial::Hex;
use crate::signature_algorithm;
use crate::strict_der::{DerError, INTEGER};

/// What the content rules read on their way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Content {
    pub(super) number: Option<CrlNumber>,
    pub(super) distribution_point: Option<IssuingDistributionPoint>,
}

pub(super) fn check(body: &Body<'_>, policy: &Policy, findings: &mut Findings) -> Content {
    if let Some(oddity) = body.oddity {
        findings.add(Rule::CrlDer, Severity::Reject, oddity.to_string()).at("CertificateList", oddity.offset);
    }
    check_version(body, findings);
    check_algorithm(body, policy, findings);
    check_times(body, findings);
    key_identifier::inspect(body.aki.as_ref(), Rule::CrlAki, policy, findings);
    check_extensions(body, findings);
    let number = check_number(body, findings);
    let distribution_point = check_completeness(body, policy, findings);
    Content { number, distribution_point }
}

/// CRL-VERSION
fn check_version(body: &Body<'_>, findings: &mut Findings) {
    if body.version != Some(1) {
        let found = body.version.map_or(1, |version| u64::from(version) + 1);
        findings.add(Rule::CrlVersion, Severity::Reject, format!("version v{found}, not v2"));
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
        findings.add(Rule::CrlAlgorithmMatch, Severity::Reject, text);
    }
    signature_algorithm::inspect(body.inner_algorithm, Rule::CrlAlgorithm, policy, findings);
}

/// CRL-TIME-ENCODING of the two updates, and CRL-NEXTUPDATE-MISSING
fn check_times(body: &Body<'_>, findings: &mut Findings) {
    let mut encoding = |field: &str, offset, error| {
        let text = format!("{field} at byte {offset}: {error}");
        findings.add(Rule::CrlTimeEncoding, Severity::Reject, text);
    };
    if let Err(error) = body.this_update.read {
        encoding("thisUpdate", body.this_update.offset, error);
    }
    let Some(next) = body.next_update else {
        findings.add(Rule::CrlNextUpdateMissing, Severity::Reject, "nextUpdate is missing");
        return;
    };
    if let Err(error) = next.read {
        encoding("nextUpdate", next.offset, error);
    }
    if let (Some(this), Some(next)) = (body.this_update.moment(), next.moment())
        && next <= this
    {
        let text = format!("nextUpdate {next} is not later than thisUpdate {this}");
        findings.add(Rule::CrlNextUpdateMissing, Severity::Reject, text);
    }
}

/// CRL-EXT-CRITICAL of the CRL's own extensions
fn check_extensions(body: &Body<'_>, findings: &mut Findings) {
    let rule = Rule::CrlExtCritical;
    for (index, extension) in body.extensions.iter().enumerate() {
        let dotted = Dotted(extension.oid);
        if extension.critical && !oid::CRL_EXTENSIONS.contains(&extension.oid) {
            let text = format!("unknown critical extension {dotted} at byte {}", extension.offset);
            findings.add(rule, Severity::Reject, text);
        }
        if body.extensions.iter().take(index).any(|earlier| earlier.oid == extension.oid) {
            let text = format!("extension {dotted} stands there again at byte {}", extension.offset);
            findings.add(rule, Severity::Reject, text);
        }
    }
}

/// CRL-NUMBER-MISSING
fn check_number(body: &Body<'_>, findings: &mut Findings) -> Option<CrlNumber> {
    let rule = Rule::CrlNumberMissing;
    let Some(extension) = extension::find(&body.extensions, oid::CRL_NUMBER) else {
        findings.add(rule, Severity::Reject, "CRLNumber is missing");
        return None;
    };
    if extension.critical {
        findings.add(rule, Severity::Reject, "CRLNumber is critical");
    }
    let mut reader = extension.reader();
    let element = match reader.expect(INTEGER).and_then(|element| {
        crate::strict_der::check_integer(&element)?;
        reader.finish()?;
        Ok(element)
    }) {
        Ok(element) => element,
        Err(error) => {
            findings.add(Rule::CrlDer, Severity::Reject, format!("CRLNumber {error}"));
            return None;
        }
    };
    match CrlNumber::from_contents(element.value) {
        Ok(number) => Some(number),
        Err(error) => {
            let text = format!("CRLNumber 0x{} at byte {}: {error}", Hex(element.value), element.offset);
            findings.add(rule, Severity::Reject, text);
            None
        }
    }
}

/// CRL-PARTIAL, CRL-IDP and CRL-EMPTY-LIST
fn check_completeness(body: &Body<'_>, policy: &Policy, findings: &mut Findings) -> Option<IssuingDistributionPoint> {
    let strict = policy.profile.pick(Severity::Reject, Severity::Warn);
    if extension::find(&body.extensions, oid::DELTA_CRL_INDICATOR).is_some() {
        findings.add(Rule::CrlPartial, Severity::Reject, "a delta CRL (deltaCRLIndicator)");
    }
    if extension::find(&body.extensions, oid::FRESHEST_CRL).is_some() {
        findings.add(Rule::CrlPartial, strict, "points to delta CRLs (freshestCRL)");
    }
    if let Some(offset) = body.list_offset
        && body.entries.clone().next_strictly(|_| {}).is_none()
    {
        let text = format!("revokedCertificates at byte {offset} is empty rather than absent");
        findings.add(Rule::CrlEmptyList, strict, text);
    }
    let extension = extension::find(&body.extensions, oid::ISSUING_DISTRIBUTION_POINT)?;
    let mut odd = None;
    let read = IssuingDistributionPoint::read(extension, &mut odd);
    let fault: Option<DerError> = read.as_ref().err().copied().or(odd);
    if let Some(error) = fault {
        findings.add(Rule::CrlDer, Severity::Reject, format!("issuingDistributionPoint {error}"));
    }
    let point = read.ok()?;
    let parts = [
        (point.indirect, "an indirect CRL: it speaks for other issuers as well"),
        (point.only_some_reasons, "speaks for some revocation reasons only"),
        (point.only_attribute, "speaks for attribute certificates only"),
    ];
    for (_, text) in parts.iter().filter(|(set, _)| *set) {
        findings.add(Rule::CrlPartial, Severity::Reject, *text);
    }
    if !extension.critical {
        let severity = policy.profile.pick(Severity::Reject, Severity::Hold);
        findings.add(Rule::CrlIdp, severity, "issuingDistributionPoint is not critical");
    }
    let shape = match (point.has_name, point.name_is_relative) {
        (false, _) => "issuingDistributionPoint is there, without a name, which some relying parties refuse",
        (true, true) => "issuingDistributionPoint is there, with a name relative to the issuer",
        (true, false) => "issuingDistributionPoint is there; the default is none",
    };
    findings.add(Rule::CrlIdp, Severity::Warn, shape);
    Some(point)
}

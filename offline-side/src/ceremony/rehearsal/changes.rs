//! What a certificate states otherwise than the one that it replaces. A renewal that allows more needs a reason.

use der::asn1::ObjectIdentifier;
use rootcast_pki::certificate::{self, InspectedCertificate};
use rootcast_pki::extension::Extension;
use rootcast_pki::profile::Policy;

use super::given::Given;
use crate::ceremony::der_reader;
use crate::ceremony::draft::inputs::Inputs;
use crate::ceremony::draft::named_file::ReplacedCertificate;
use crate::ceremony::request::{RequestError, RequestFault};

const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 14];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 19];
const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 30];

/// [6] uniformResourceIdentifier of a GeneralName (RFC 5280 §4.2.1.6).
const URL: u8 = 0x86;

/// Most levels of an extension's value that are searched for URLs, and most URLs that are shown.
const DEPTH_MAX: usize = 8;
const URLS_SHOWN_MAX: usize = 8;

/// REQ-CSR: nothing that is renewed may allow more than before, unless the request says why.
///
/// # Errors
/// [`RequestFault::Wider`], with the line that names the key.
pub(super) fn check_wider(given: &Given<'_>, inputs: &Inputs) -> Result<(), RequestError> {
    let request = given.request;
    let root = request.root.as_ref().zip(inputs.renewed.as_ref());
    // A ceremony gives no root a path length.
    let root = root.map(|(root, before)| (before, None, root.wider.is_some(), root.line()));
    let below = request.certificates.iter().zip(&inputs.certified);
    let below = below.filter_map(|(asked, key)| {
        let before = key.replaced.as_ref()?;
        Some((before, asked.path_length, asked.wider.is_some(), asked.replaces.as_ref()?.line))
    });
    for (before, path_length, may_be_wider, line) in root.into_iter().chain(below) {
        let what = wider(before, path_length.map(u32::from));
        if !may_be_wider && !what.is_empty() {
            let fault = RequestFault::Wider { file: before.file.clone(), what };
            return Err(RequestError { file: request.file.clone(), line, fault });
        }
    }
    Ok(())
}

/// What a certificate with this path length, and without name constraints, would allow beyond `before`.
fn wider(before: &ReplacedCertificate, path_length: Option<u32>) -> Vec<String> {
    let Some(before) = inspected(before.issuer.certificate_der()) else {
        return vec!["what it states cannot be read".to_owned()];
    };
    let mut what = Vec::new();
    let length = before.basic_constraints().and_then(|found| found.path_length);
    if length.is_some_and(|length| path_length.is_none_or(|new| new > length)) {
        what.push(lengths(length, path_length));
    }
    if before.extensions().iter().any(|extension| extension.oid == NAME_CONSTRAINTS) {
        what.push("nameConstraints: REMOVED".to_owned());
    }
    what
}

/// Every difference from the certificate that is replaced, a line each. Name and key identifier are not among them:
/// identity has lines of its own.
pub(super) fn lines(before: &ReplacedCertificate, sample: &[u8]) -> Vec<String> {
    let (Some(old), Some(new)) = (inspected(before.issuer.certificate_der()), inspected(sample)) else {
        return vec!["what it states cannot be compared".to_owned()];
    };
    let length = |found: &InspectedCertificate<'_>| found.basic_constraints().and_then(|found| found.path_length);
    let mut lines = Vec::new();
    if length(&old) != length(&new) {
        lines.push(lengths(length(&old), length(&new)));
    }
    let is_compared = |extension: &&Extension<'_>| extension.oid != SUBJECT_KEY_IDENTIFIER;
    for was in old.extensions().iter().filter(is_compared) {
        let name = name(was.oid);
        let Some(is) = new.extensions().iter().find(|new| new.oid == was.oid) else {
            lines.push(format!("{name}: REMOVED{}", urls_text(was)));
            continue;
        };
        if was.critical != is.critical {
            let text = |critical| if critical { "critical" } else { "not critical" };
            lines.push(format!("{name}: {} -> {}", text(was.critical), text(is.critical)));
        }
        // Its path length has a line already.
        if was.value == is.value || was.oid == BASIC_CONSTRAINTS {
            continue;
        }
        match (urls(was.value), urls(is.value)) {
            (old, new) if !old.is_empty() && !new.is_empty() && old != new => {
                lines.push(format!("{name}: {} -> {}", old.join(" "), new.join(" ")));
            }
            _ => lines.push(format!("{name}: CHANGED")),
        }
    }
    let known = |extension: &&Extension<'_>| old.extensions().iter().any(|old| old.oid == extension.oid);
    for is in new.extensions().iter().filter(is_compared).filter(|extension| !known(extension)) {
        lines.push(format!("{}: ADDED{}", name(is.oid), urls_text(is)));
    }
    lines
}

fn inspected(der: &[u8]) -> Option<InspectedCertificate<'_>> {
    certificate::inspect(der, &Policy::default()).value
}

fn lengths(old: Option<u32>, new: Option<u32>) -> String {
    let text = |length: Option<u32>| length.map_or_else(|| "none".to_owned(), |length| length.to_string());
    format!("path length {} -> {}", text(old), text(new))
}

fn urls_text(extension: &Extension<'_>) -> String {
    let urls = urls(extension.value);
    if urls.is_empty() { String::new() } else { format!(" ({})", urls.join(" ")) }
}

/// The first URLs in the value of an extension.
fn urls(value: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    collect_urls(value, DEPTH_MAX, &mut found);
    found
}

fn collect_urls(der: &[u8], depth: usize, found: &mut Vec<String>) {
    if found.len() >= URLS_SHOWN_MAX || depth == 0 {
        return;
    }
    if let Some(url) = der_reader::contents_of(URL, der) {
        found.push(String::from_utf8_lossy(url).into_owned());
    } else if der.first().is_some_and(|tag| tag & 0x20 != 0) {
        for part in der_reader::children(der).unwrap_or_default() {
            collect_urls(part, depth - 1, found);
        }
    }
}

/// The name that RFC 5280 gives an extension, or its number.
fn name(oid: &[u8]) -> String {
    let known = match oid {
        [0x55, 0x1d, 9] => "subjectDirectoryAttributes",
        [0x55, 0x1d, 15] => "keyUsage",
        [0x55, 0x1d, 16] => "privateKeyUsagePeriod",
        [0x55, 0x1d, 17] => "subjectAltName",
        [0x55, 0x1d, 18] => "issuerAltName",
        BASIC_CONSTRAINTS => "basicConstraints",
        NAME_CONSTRAINTS => "nameConstraints",
        [0x55, 0x1d, 31] => "cRLDistributionPoints",
        [0x55, 0x1d, 32] => "certificatePolicies",
        [0x55, 0x1d, 33] => "policyMappings",
        [0x55, 0x1d, 35] => "authorityKeyIdentifier",
        [0x55, 0x1d, 36] => "policyConstraints",
        [0x55, 0x1d, 37] => "extKeyUsage",
        [0x55, 0x1d, 46] => "freshestCRL",
        [0x55, 0x1d, 54] => "inhibitAnyPolicy",
        [0x2b, 6, 1, 5, 5, 7, 1, 1] => "authorityInfoAccess",
        [0x2b, 6, 1, 5, 5, 7, 1, 11] => "subjectInfoAccess",
        _ => "",
    };
    if known.is_empty() {
        let number = ObjectIdentifier::from_bytes(oid).map(|oid| oid.to_string());
        return format!("extension {}", number.unwrap_or_else(|_| "without a readable number".to_owned()));
    }
    known.to_owned()
}

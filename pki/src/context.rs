//! Does a certificate agree with what is known here: the keys of other CAs, the registered requests, the URLs of this
//! host, the status of its issuer? It reads no state; all of that is an argument.

use std::collections::BTreeMap;

use crate::certificate::{InspectedCertificate, IssuerMark};
use crate::crl::revocation;
use crate::finding::{Findings, Severity};
use crate::history::{CertificateHistory, CertifiedUse, KnownKey};
use crate::key_purposes::Shown as Purposes;
use crate::limits::SHOWN_CHARACTERS_MAX;
use crate::name::{self, Name};
use crate::profile::{Policy, Profile};
use crate::rule::{Cause, Rule};
use crate::serial::Hex;
use crate::text::Escaped;

pub(crate) fn check(
    certificate: &InspectedCertificate<'_>,
    issuer: &IssuerMark,
    history: &CertificateHistory<'_>,
    policy: &Policy,
    findings: &mut Findings,
) {
    check_issuer_status(issuer, history, findings);
    check_begin(certificate, issuer, history.known_keys, policy, findings);
    check_clash(certificate, history.known_keys.iter().chain([&issuer.key]), findings);
    check_continuity(certificate, history.known_keys, findings);
    check_purposes(certificate, issuer, history.known_keys, policy, findings);
    check_subject(certificate, history.known_keys, policy, findings);
    check_ended(certificate, history.known_keys, findings);
    check_request(certificate, history.requests, findings);
    check_served(certificate, history.served, findings);
    certificate.check_uses(issuer, history, policy, findings);
}

/// CERT-ISSUER-USAGE: the issuer, if not a root, is not revoked on its parent's accepted CRL
fn check_issuer_status(issuer: &IssuerMark, history: &CertificateHistory<'_>, findings: &mut Findings) {
    let Some(serial) = &issuer.serial else {
        return;
    };
    if let Some(at) = history.parent_crl.and_then(|parent| revocation(parent, serial, findings)) {
        let text = format!("the issuer's own certificate {serial} was revoked {at}");
        findings.add(Rule::CertIssuerUsage, Severity::Reject, text).because(Cause::IssuerRevoked);
    }
}

/// CERT-ISSUER-USAGE: it begins while the issuer's certificate is valid. An older one is as good: its issuer was renewed
/// since. In a cross certificate the date is the certified CA's.
fn check_begin(
    certificate: &InspectedCertificate<'_>,
    issuer: &IssuerMark,
    known: &[KnownKey],
    policy: &Policy,
    findings: &mut Findings,
) {
    let (at, (begin, end)) = (certificate.not_before(), issuer.validity);
    if begin <= at && at <= end {
        return;
    }
    if at > end {
        let text = format!("begins {at}, after the end of the issuer's certificate, {end}");
        let finding = findings.add(Rule::CertIssuerUsage, Severity::Reject, text);
        finding.because(Cause::BeginsAfterIssuer).at("notBefore", certificate.not_before_offset());
        return;
    }
    let is_cross = known.iter().any(|known| known.spki == certificate.spki());
    let strict = if is_cross { Severity::Warn } else { Severity::Hold };
    let severity = policy.profile.pick(strict, Severity::Warn);
    let text = format!("begins {at}, when the issuer's certificate ({begin} to {end}) was not valid");
    let finding = findings.add(Rule::CertIssuerUsage, severity, text);
    finding.because(Cause::IssuerNotValidThen).at("notBefore", certificate.not_before_offset());
}

/// CERT-SKI: no other key is known under this identifier or this subject. Each is said once, however many such keys are
/// known: a decision is about what was found, and stays right when one more key becomes known.
fn check_clash<'k>(
    certificate: &InspectedCertificate<'_>,
    known: impl Iterator<Item = &'k KnownKey>,
    findings: &mut Findings,
) {
    let (mut same_identifier, mut same_subject) = (false, false);
    for known in known.filter(|known| known.spki != certificate.spki()) {
        same_identifier |= certificate.ski().is_some_and(|key_id| key_id == known.key_id);
        same_subject = same_subject
            || Name::from_der(&known.subject).is_some_and(|subject| subject.matches(certificate.subject()));
    }
    if let Some(key_id) = certificate.ski().filter(|_| same_identifier) {
        let text = format!("another key known here has the subjectKeyIdentifier {}", Hex(key_id));
        let finding = findings.add(Rule::CertSki, Severity::Hold, text);
        finding.because(Cause::SkiOfOtherKey).at_if("subjectKeyIdentifier", certificate.ski_offset());
    }
    if same_subject {
        let text = "the subject is known here with another key: a rekey of a CA needs a decision";
        let finding = findings.add(Rule::CertSki, Severity::Hold, text);
        finding.because(Cause::SubjectOfOtherKey).at("subject", certificate.subject_offset());
    }
}

/// The other keys known here that CERT-SKI is about, for people, at most [`OTHERS_MAX`]: those under the certificate's
/// subject, and those under its key identifier with their names. No finding names them: one more must not make what was
/// decided another.
pub(crate) fn other_keys<'k>(
    certificate: &InspectedCertificate<'_>,
    known: impl Iterator<Item = &'k KnownKey>,
) -> Vec<String> {
    let mut others: Vec<String> = Vec::new();
    for known in known.filter(|known| known.spki != certificate.spki()) {
        let Some(subject) = Name::from_der(&known.subject) else { continue };
        let text = if subject.matches(certificate.subject()) {
            format!("the name is known here with key {}", Hex(&known.key_id))
        } else if certificate.ski().is_some_and(|key_id| key_id == known.key_id) {
            format!("the identifier is known here of {subject}")
        } else {
            continue;
        };
        if others.len() < OTHERS_MAX && !others.contains(&text) {
            others.push(text);
        }
    }
    others
}

/// How many other keys are shown with a certificate.
const OTHERS_MAX: usize = 2;

/// CERT-CONTINUITY: a known key keeps its identifier, and its name the encoding
fn check_continuity(certificate: &InspectedCertificate<'_>, known: &[KnownKey], findings: &mut Findings) {
    let of_key: Vec<&KnownKey> = known.iter().filter(|known| known.spki == certificate.spki()).collect();
    let is_named = |known: &&&KnownKey| {
        Name::from_der(&known.subject).is_some_and(|subject| subject.matches(certificate.subject()))
    };
    let of_name: Vec<&KnownKey> = of_key.iter().filter(is_named).copied().collect();
    if !of_name.is_empty() && of_name.iter().all(|known| known.subject != certificate.subject().der()) {
        let text = "the key is known here with this subject in another encoding: NSS and GnuTLS do not find the issuer \
                    of what this CA issued before";
        findings.add(Rule::CertContinuity, Severity::Hold, text).at("subject", certificate.subject_offset());
    }
    // Under another name a key is another issuer, but its identifier names the key.
    let compared = if of_name.is_empty() { &of_key } else { &of_name };
    let Some(key_id) = certificate.ski() else { return };
    if let Some(last) = compared.last()
        && compared.iter().all(|known| known.key_id != key_id)
    {
        let text = format!(
            "the key is known here with the subjectKeyIdentifier {}, not {}: older certificates lose their issuer, and \
             CRL-AKI refuses its CRLs",
            Hex(&last.key_id),
            Hex(key_id)
        );
        findings
            .add(Rule::CertContinuity, Severity::Hold, text)
            .at_if("subjectKeyIdentifier", certificate.ski_offset());
    }
}

/// CERT-KEY-EKU-MIXED: no other certificate of its key that is valid, of whatever issuer, is for other purposes
fn check_purposes(
    certificate: &InspectedCertificate<'_>,
    issuer: &IssuerMark,
    known: &[KnownKey],
    policy: &Policy,
    findings: &mut Findings,
) {
    let own = certificate.certified_use(false);
    let of_key = known.iter().filter(|known| known.spki == certificate.spki());
    let of_key: Vec<&CertifiedUse> = of_key.filter_map(|known| known.certified.as_ref()).collect();
    // One certificate may be known in several places, and its revocation in one of them.
    let is_revoked =
        |one: &CertifiedUse| of_key.iter().any(|other| other.certificate == one.certificate && other.is_revoked);
    let others: BTreeMap<[u8; 32], &CertifiedUse> = of_key
        .iter()
        .copied()
        .filter(|other| other.certificate != own.certificate && !is_revoked(other))
        .filter(|other| other.not_after >= issuer.now && !(other.is_root && other.purposes.is_none()))
        .filter(|other| other.purposes != own.purposes)
        .map(|other| (other.certificate, other))
        .collect();
    let severity = policy.profile.pick(Severity::Reject, Severity::Warn);
    let text = format!(
        "this certificate is for {}; another one of the same key, which has not ended and is not revoked, is for others",
        Purposes(own.purposes.as_ref())
    );
    for other in others.values() {
        let place = || format!("{}, until {}", Purposes(other.purposes.as_ref()), other.not_after);
        let finding = findings.add_at(Rule::CertKeyEkuMixed, severity, &text, place);
        finding.at_if("extKeyUsage", certificate.purposes_offset());
    }
}

/// CERT-SUBJECT. A key that is known here under this name keeps it, as CERT-CONTINUITY and BR 7.1.2.2.2 want it, so of that
/// only a warning is given.
fn check_subject(certificate: &InspectedCertificate<'_>, known: &[KnownKey], policy: &Policy, findings: &mut Findings) {
    let has_name =
        |known: &KnownKey| Name::from_der(&known.subject).is_some_and(|name| name.matches(certificate.subject()));
    let is_known = known.iter().any(|known| known.spki == certificate.spki() && has_name(known));
    let strict = if is_known { Severity::Warn } else { Severity::Reject };
    let severity = policy.profile.pick(strict, Severity::Warn);
    let subject = certificate.subject();
    let mut say = |cause, text: String| {
        let finding = findings.add(Rule::CertSubject, severity, text);
        finding.because(cause).at("subject", certificate.subject_offset());
    };
    for size in subject.ill_sized() {
        say(Cause::SubjectSize, size.to_string());
    }
    if policy.profile == Profile::Private || subject.is_empty() {
        return;
    }
    for (identifier, label) in
        [(name::COUNTRY, "countryName"), (name::ORGANIZATION, "organizationName"), (name::COMMON_NAME, "commonName")]
    {
        if !subject.has(identifier) {
            say(Cause::SubjectAbsent, format!("the subject has no {label}"));
        }
    }
    if subject.has(name::ORGANIZATIONAL_UNIT) {
        say(Cause::SubjectUnit, "the subject has an organizationalUnitName".to_owned());
    }
}

/// CERT-REVOKED: no certificate for its key was revoked as compromised
fn check_ended(certificate: &InspectedCertificate<'_>, known: &[KnownKey], findings: &mut Findings) {
    let of_key = known.iter().filter(|known| known.spki == certificate.spki());
    if let Some(since) = of_key.filter_map(|known| known.ended).min() {
        let text = format!("a certificate for the same key was revoked {since} as compromised: that ended the key");
        let finding = findings.add(Rule::CertRevoked, Severity::Reject, text);
        finding.because(Cause::KeyCompromised).at("subjectPublicKeyInfo", certificate.key_offset());
    }
}

/// CERT-REQUEST
fn check_request(certificate: &InspectedCertificate<'_>, requests: &[Vec<u8>], findings: &mut Findings) {
    let (severity, text) = match requests.len() {
        0 => (Severity::Warn, "no request is registered here, so the public key was compared with none".to_owned()),
        _ if requests.iter().any(|request| request == certificate.spki()) => return,
        1 => (Severity::Hold, "the public key differs from that of the one registered request".to_owned()),
        count => (Severity::Hold, format!("the public key differs from those of the {count} registered requests")),
    };
    let cause = requests.is_empty().then_some(Cause::NoRequestRegistered);
    let finding = findings.add(Rule::CertRequest, severity, text);
    finding.because_if(cause).at("subjectPublicKeyInfo", certificate.key_offset());
}

/// CERT-CDP: its URLs are served here
fn check_served(certificate: &InspectedCertificate<'_>, served: &[String], findings: &mut Findings) {
    if served.is_empty() {
        return;
    }
    for url in certificate.crl_urls().iter().filter(|url| !served.iter().any(|served| is_below(url, served))) {
        let text = "cRLDistributionPoints has a URL that this host does not serve";
        let shown = || Escaped(url.get(..SHOWN_CHARACTERS_MAX).unwrap_or(url)).to_string();
        let finding = findings.add_at(Rule::CertCdp, Severity::Warn, text, shown);
        finding.because(Cause::CdpNotServed).at_if("cRLDistributionPoints", certificate.crl_points_offset());
    }
}

/// Whether a URL is this one or stands below it: `http://a/crl` holds `http://a/crl/x`, but not `http://a/crlx`.
fn is_below(url: &str, served: &str) -> bool {
    url.strip_prefix(served)
        .is_some_and(|rest| rest.is_empty() || served.ends_with('/') || rest.starts_with('/') || rest.starts_with('?'))
}

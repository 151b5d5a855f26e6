//! One file that a request names, read and verified: the issuer, the CRL before this one (REQ-PREVIOUS), a certificate to
//! revoke (REQ-CARRY) or to replace. Nothing of a file is used before its signature held. One exception is said to the
//! people: a certificate to replace that another CA signed.

use rootcast_pki::certificate;
use rootcast_pki::crl::{self, Entry, InspectedCrl};
use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::difference::reason_name;
use rootcast_pki::finding::{Finding, Findings, Severity};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::{self, Item, ItemKind};
use rootcast_pki::profile::Policy;
use rootcast_pki::request::CertificationRequest;
use rootcast_pki::rule::Rule;
use rootcast_pki::serial::SerialNumber;
use rootcast_pki::time::Timestamp;

use super::identity::Identity;
use crate::ceremony::request::reason::Reason;
use crate::ceremony::request::{Lined, RequestFault, RevocationRequest};

/// The CRL before this one, verified under the issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviousCrl {
    /// Its bytes.
    pub der: Vec<u8>,
    /// Its number, where it has one.
    pub number: Option<CrlNumber>,
    /// When it was issued.
    pub this_update: Timestamp,
    /// The value of its issuingDistributionPoint, where it has one: the next CRL states the same.
    pub distribution_point: Option<Vec<u8>>,
}

/// A certificate that the new CRL revokes, or whose reason it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRevocation {
    /// Contents octets of its serial number.
    pub serial: Vec<u8>,
    /// The key that it certifies, SubjectPublicKeyInfo.
    pub spki: Vec<u8>,
    /// Whose key it certifies; safe to print.
    pub subject: String,
    /// Why.
    pub reason: Reason,
    /// Since when: as the request says, or the date of the CRL before this one where that is final and earlier.
    pub date: Timestamp,
    /// What the CRL before this one says of it, where it is revoked already: its date and reason.
    pub before: Option<(Timestamp, Option<u8>)>,
}

impl NewRevocation {
    /// What it is, for a table: a new revocation, or one whose reason or date changes; and which, in words.
    #[must_use]
    pub(crate) fn named(&self) -> (&'static str, String) {
        let (serial, reason) = (SerialNumber::from_contents(&self.serial), self.reason.name());
        let told = format!("serial number {serial}, {reason}, since {}", self.date);
        match self.before {
            None => ("newly revokes", format!("{told}: {}", self.subject)),
            Some((since, before)) => {
                let before = reason_name(before);
                ("changed", format!("{told} (before: {before}, since {since}): {}", self.subject))
            }
        }
    }
}

/// An existing certificate of a key that gets another.
#[derive(Debug, Clone)]
pub struct ReplacedCertificate {
    /// Its path, as it is written in the request.
    pub file: String,
    /// Itself, as an issuer.
    pub issuer: Issuer,
    /// Whether its signature held: under the key that signs, or under its own.
    pub is_verified: bool,
    /// Whether the key that signs now signed it.
    pub is_by_signer: bool,
}

impl ReplacedCertificate {
    /// Its name and key identifier, which the new certificate keeps.
    #[must_use]
    pub(crate) fn identity(&self) -> Identity {
        Identity::from(&self.issuer)
    }
}

impl NewRevocation {
    /// One line for people.
    #[must_use]
    pub fn text(&self) -> String {
        let serial = SerialNumber::from_contents(&self.serial);
        let (reason, meaning) = (self.reason, self.reason.meaning());
        let before = self
            .before
            .map_or_else(String::new, |(date, before)| format!(", until now {} since {date}", reason_name(before)));
        format!("serial {serial}, {}: {reason} ({meaning}), since {}{before}", self.subject, self.date)
    }
}

/// The issuer.
pub(super) fn issuer(bytes: &[u8]) -> Result<Issuer, String> {
    let item = item_of(bytes, ItemKind::Certificate)?;
    Issuer::from_certificate(&item.der, &Policy::default()).map_err(|findings| findings.to_string())
}

fn item_of(bytes: &[u8], kind: ItemKind) -> Result<Item<'_>, String> {
    let item = item::read(bytes).map_err(|findings| findings.to_string())?;
    match kind {
        _ if item.kind == kind => Ok(item),
        ItemKind::Crl => Err("it is a certificate, not a CRL".to_owned()),
        ItemKind::Certificate => Err("it is a CRL, not a certificate".to_owned()),
    }
}

/// A CRL that was read before.
pub(super) fn inspect_crl(der: &[u8]) -> Option<InspectedCrl<'_>> {
    crl::inspect(der, &Policy::default()).value
}

/// The certificate that another one replaces: of the same key. Without a certification request it is a root's, whose own
/// signature proves that somebody has the key.
pub(super) fn replaced(
    bytes: &[u8],
    path: &Lined<String>,
    csr: Option<&CertificationRequest>,
    signer: Option<&Issuer>,
) -> Result<ReplacedCertificate, String> {
    let item = item_of(bytes, ItemKind::Certificate)?;
    let issuer = Issuer::from_certificate(&item.der, &Policy::default()).map_err(|findings| findings.to_string())?;
    match csr {
        Some(csr) if csr.spki() != issuer.spki() => {
            return Err("it has another key than the csr. A renewal keeps the key; for a new key, leave replaces out"
                .to_owned());
        }
        None if !issuer.is_self_signed() => {
            return Err(
                "its own key did not sign it, so nothing proves that somebody has that key: give a csr too".to_owned()
            );
        }
        _ => {}
    }
    let is_by_signer = signer.is_some_and(|signer| is_signed_by(&item.der, signer));
    let is_verified = issuer.is_self_signed() || is_by_signer;
    Ok(ReplacedCertificate { file: path.value.clone(), issuer, is_verified, is_by_signer })
}

/// Whether this issuer signed the certificate.
fn is_signed_by(der: &[u8], issuer: &Issuer) -> bool {
    let policy = Policy::default();
    let inspected = certificate::inspect(der, &policy).value;
    inspected.is_some_and(|inspected| {
        let at = inspected.not_before();
        certificate::verify(inspected, issuer, &policy, at).value.is_some()
    })
}

/// What a previous CRL may not break as a whole: it is strict DER, and complete as far as anybody can tell.
const UNUSABLE: [Rule; 4] = [Rule::CrlDer, Rule::CrlPartial, Rule::CrlIdp, Rule::CrlExtCritical];

/// REQ-PREVIOUS: this issuer's, authentic and complete. Its age does not matter here.
pub(super) fn previous_crl(bytes: &[u8], issuer: &Issuer) -> Result<PreviousCrl, String> {
    let item = item_of(bytes, ItemKind::Crl)?;
    let policy = Policy::default();
    let inspection = crl::inspect(&item.der, &policy);
    let Some(inspected) = inspection.value else { return Err(reasons(&inspection.findings, &[])) };
    let distribution_point = distribution_point(&inspected);
    let (number, this_update) = (inspected.number(), inspected.this_update());
    let whole = inspected.findings_of_whole().clone();
    let verified = crl::verify(inspected, issuer, &policy, this_update);
    if verified.value.is_none() {
        let names = [Rule::CrlIssuer, Rule::CrlAki, Rule::CrlSignature, Rule::CrlAlgorithm, Rule::CrlAlgorithmMatch];
        return Err(format!("it is not a CRL of {}: {}", issuer.subject(), reasons(&verified.findings, &names)));
    }
    // It is read strictly and covers everything: then its entries can be carried over, one by one or by decision. A warning
    // is none of this, and what a single entry has wrong with it can be decided about.
    let breaks = |findings: &Findings, rules: &[Rule]| {
        findings.iter().any(|found| found.severity == Severity::Reject && rules.contains(&found.rule))
    };
    for (findings, rules) in [(&whole, &UNUSABLE[..]), (&verified.findings, &[Rule::CrlIdp])] {
        if breaks(findings, rules) {
            return Err(format!("the new CRL cannot continue it: {}", reasons(findings, rules)));
        }
    }
    Ok(PreviousCrl { der: item.der.into_owned(), number, this_update, distribution_point })
}

fn distribution_point(crl: &InspectedCrl<'_>) -> Option<Vec<u8>> {
    let known = crl.extensions().iter().find(|extension| extension.oid == [0x55, 0x1d, 28]);
    known.map(|extension| extension.value.to_vec())
}

/// CRLReason certificateHold and removeFromCRL.
const CERTIFICATE_HOLD: u8 = 6;
const REMOVE_FROM_CRL: u8 = 8;

/// REQ-CARRY: a certificate of this issuer, not revoked yet, on hold, or revoked for less than keyCompromise.
pub(super) fn revocation(
    asked: &RevocationRequest,
    bytes: &[u8],
    issuer: &Issuer,
    previous: Option<&PreviousCrl>,
) -> Result<NewRevocation, RequestFault> {
    let file = asked.certificate.value.clone();
    let refused = |why: String| RequestFault::Revoke { file: file.clone(), why };
    let item = item_of(bytes, ItemKind::Certificate).map_err(refused)?;
    let policy = Policy::default();
    let inspection = certificate::inspect(&item.der, &policy);
    let Some(inspected) = inspection.value else { return Err(refused(reasons(&inspection.findings, &[]))) };
    let (serial, subject) = (inspected.serial(), inspected.subject().to_string());
    let spki = inspected.spki().to_vec();
    let verified = certificate::verify(inspected, issuer, &policy, asked.date);
    if verified.value.is_none() {
        let names =
            [Rule::CertIssuer, Rule::CertAki, Rule::CertSignature, Rule::CertAlgorithm, Rule::CertAlgorithmMatch];
        let why = reasons(&verified.findings, &names);
        return Err(refused(format!("{} did not issue this certificate: {why}", issuer.subject())));
    }
    let known = previous.and_then(|previous| inspect_crl(&previous.der));
    let of_it = || known.iter().flat_map(InspectedCrl::entries).filter(|entry| entry.serial == serial.as_bytes());
    // A hold becomes final (RFC 5280 §5.3.1), and what was lifted revokes nothing.
    let ended = || of_it().filter(|entry| !matches!(entry.reason, Some(CERTIFICATE_HOLD | REMOVE_FROM_CRL)));
    let may_not_change =
        |entry: &Entry<'_>| asked.reason != Reason::KeyCompromise || entry.reason == Some(Reason::KeyCompromise.code());
    if let Some(entry) = ended().find(may_not_change) {
        let (date, reason) = (entry.revocation_date, entry.reason);
        return Err(RequestFault::RevokedAlready { serial: serial.to_string(), date, reason });
    }
    // Another reason moves no final date to a later one. The epoch stands for a date that cannot be read.
    let earliest = ended().map(|entry| entry.revocation_date).filter(|date| *date != Timestamp(0)).min();
    let date = earliest.map_or(asked.date, |earliest| earliest.min(asked.date));
    Ok(NewRevocation {
        serial: serial.as_bytes().to_vec(),
        spki,
        subject,
        reason: asked.reason,
        date,
        before: of_it().next().map(|entry| (entry.revocation_date, entry.reason)),
    })
}

/// Why something is refused, in words and never empty: what these rules reject, else what any rule rejects, else everything
/// that was found.
fn reasons(findings: &Findings, rules: &[Rule]) -> String {
    let texts = |wanted: &dyn Fn(&&Finding) -> bool| {
        findings.iter().filter(wanted).map(|found| format!("{}: {}", found.rule, found.text)).collect::<Vec<_>>()
    };
    let rejected = |found: &&Finding| found.severity == Severity::Reject;
    let preferred = texts(&|found| rejected(found) && rules.contains(&found.rule));
    let all = [preferred, texts(&rejected), texts(&|_| true)];
    let told = all.into_iter().find(|texts| !texts.is_empty()).map(|texts| texts.join("; "));
    told.unwrap_or_else(|| "no rule found a fault, but the signature could not be verified".to_owned())
}

#[cfg(test)]
mod tests {
    use rootcast_pki::finding::{Findings, Severity};
    use rootcast_pki::rule::Rule;
    use rootcast_pki::time::Timestamp;

    use super::{NewRevocation, UNUSABLE, reasons};
    use crate::ceremony::request::reason::Reason;

    /// Whatever was found, and whichever rules are asked for: people read why.
    #[test]
    fn no_refusal_has_an_empty_reason() {
        for rule in Rule::ALL {
            for severity in [Severity::Warn, Severity::Hold, Severity::Reject] {
                let mut findings = Findings::new();
                findings.add(*rule, severity, "what was found");
                for asked in [&[][..], &UNUSABLE, &[Rule::CrlSignature], &[*rule]] {
                    let text = reasons(&findings, asked);
                    assert!(text.contains(rule.id()) && text.contains("what was found"), "{text}");
                }
            }
        }
        assert!(!reasons(&Findings::new(), &[]).is_empty());
    }

    /// What these rules reject comes alone, if they do.
    #[test]
    fn a_refusal_names_the_rules_that_matter() {
        let mut findings = Findings::new();
        findings.add(Rule::CrlExpired, Severity::Reject, "ended");
        findings.add(Rule::CrlDer, Severity::Warn, "odd");
        findings.add(Rule::CrlPartial, Severity::Reject, "a delta");
        assert_eq!(reasons(&findings, &UNUSABLE), "CRL-PARTIAL: a delta");
        assert_eq!(reasons(&findings, &[Rule::CrlDer]), "CRL-EXPIRED: ended; CRL-PARTIAL: a delta");
    }

    #[test]
    fn a_revocation_whose_reason_changes_is_not_called_a_new_one() {
        let revocation = |before| NewRevocation {
            serial: vec![1],
            spki: Vec::new(),
            subject: "CN=Issuing".to_owned(),
            reason: Reason::KeyCompromise,
            date: Timestamp(86_400),
            before,
        };
        let (name, text) = revocation(None).named();
        assert_eq!(name, "newly revokes");
        assert_eq!(text, "serial number 01, keyCompromise, since 1970-01-02T00:00:00Z: CN=Issuing");
        let (name, text) = revocation(Some((Timestamp(0), Some(4)))).named();
        assert_eq!(name, "changed");
        assert!(text.contains("02T00:00:00Z (before: superseded, since 1970-01-01T00:00:00Z)"), "{text}");
    }
}

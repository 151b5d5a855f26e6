//! The files a request names, verified: the issuer, the CRL before this one (REQ-PREVIOUS), what is revoked (REQ-CARRY)
//! and whose keys are certified (REQ-CSR). Nothing of a file is used before its signature held. One exception is said to
//! the people: a certificate to replace that another CA signed.

use std::collections::{BTreeMap, BTreeSet};

use rootcast_pki::certificate;
use rootcast_pki::crl::{self, Entry, InspectedCrl};
use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::difference::reason_name;
use rootcast_pki::finding::{Finding, Findings, Severity};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::{self, Item, ItemKind};
use rootcast_pki::limits::DECIDED_COUNT_MAX;
use rootcast_pki::profile::{Policy, Profile};
use rootcast_pki::request::CertificationRequest;
use rootcast_pki::rule::Rule;
use rootcast_pki::serial::SerialNumber;
use rootcast_pki::time::Timestamp;

use super::certificate::key_identifier;
use super::decisions::{DecidedEntry, DecidedNow, FaultyEntries, decided, faulty_entries};
use super::identity::{Asked, Identity};
use crate::ceremony::der_builder::element_at;
use crate::ceremony::request::decision::DecisionFault;
use crate::ceremony::request::reason::Reason;
use crate::ceremony::request::{
    AskedSubject, Lined, Request, RequestError, RequestFault, RequestFiles, RevocationRequest,
};

/// Whose key signs, as far as drafts need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// Its Name, DER.
    pub name: Vec<u8>,
    /// For people.
    pub subject: String,
    /// The identifier of its key.
    pub key_id: Vec<u8>,
    /// Its SubjectPublicKeyInfo, DER.
    pub spki: Vec<u8>,
    /// The first second of its certificate's validity.
    pub not_before: Timestamp,
    /// The last.
    pub not_after: Timestamp,
}

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

/// Everything a request refers to, verified.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// Whose key signs.
    pub signer: Signer,
    /// The issuer, or the root that is renewed; absent with a new root.
    pub issuer: Option<Issuer>,
    /// The CRL before this one.
    pub previous: Option<PreviousCrl>,
    /// What the new CRL revokes besides.
    pub revocations: Vec<NewRevocation>,
    /// What it says in the place of entries that it cannot carry over.
    pub decided: Vec<DecidedEntry>,
    /// Whose keys are certified, in the order of `[[certificate]]`.
    pub certified: Vec<CertifiedKey>,
    /// The root that `[root]` renews.
    pub renewed: Option<ReplacedCertificate>,
}

/// A key that gets a certificate.
#[derive(Debug, Clone)]
pub struct CertifiedKey {
    /// Its SubjectPublicKeyInfo, DER.
    pub spki: Vec<u8>,
    /// The certification request; absent where the key comes from a root's certificate.
    pub csr: Option<CertificationRequest>,
    /// The existing certificate of the key that the request names.
    pub replaced: Option<ReplacedCertificate>,
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

impl Inputs {
    /// The name and identifier of each certificate asked for, in order. `known` has those that the state knows, by the name
    /// of the certificate.
    ///
    /// # Errors
    /// The first that would differ from what its key has already, with the line that names the key.
    pub(crate) fn identities(
        &self,
        request: &Request,
        known: &BTreeMap<String, Identity>,
    ) -> Result<Vec<Identity>, RequestError> {
        let each = request.certificates.iter().zip(&self.certified).map(|(asked, key)| {
            let replaced = key.replaced.as_ref().map(ReplacedCertificate::identity);
            let decided = Asked {
                subject: &asked.subject,
                csr: key.csr.as_ref().map(|csr| csr.subject().der()),
                spki: &key.spki,
                existing: replaced.as_ref().or_else(|| known.get(&asked.name)),
                may_differ: asked.new_identifier.is_some(),
            };
            let refuse = |fault| RequestError { file: request.file.clone(), line: asked.line, fault };
            decided.decide().map_err(refuse)
        });
        each.collect()
    }
}

/// Verifies everything `request` refers to. `root_spki` is the public key of a new root, DER.
///
/// # Errors
/// The first file that cannot be used, with the line that names it.
pub(crate) fn verify(
    request: &Request,
    files: &RequestFiles,
    root_spki: Option<&[u8]>,
) -> Result<Inputs, RequestError> {
    let refuse = |line, fault| RequestError { file: request.file.clone(), line, fault };
    let bytes_of = |path: &Lined<String>| files.get(&path.value).unwrap_or_default();
    let issuer = match request.signing_root() {
        None => None,
        Some(path) => Some(issuer(bytes_of(path)).map_err(|why| refuse(path.line, RequestFault::Issuer { why }))?),
    };
    let mut renewed = None;
    let signer = match (&issuer, &request.root) {
        (Some(issuer), None) => Signer {
            name: issuer.subject().der().to_vec(),
            subject: issuer.subject().to_string(),
            key_id: issuer.key_id().to_vec(),
            spki: issuer.spki().to_vec(),
            not_before: issuer.not_before(),
            not_after: issuer.not_after(),
        },
        (Some(issuer), Some(root)) => {
            let file = root.replaces().map(|path| path.value.clone()).unwrap_or_default();
            if !issuer.is_root() {
                let why =
                    "only a root can be renewed with [root]; a CA below it is renewed with [[certificate]]".to_owned();
                return Err(refuse(root.line(), RequestFault::Replaces { file, why }));
            }
            let asked = Asked {
                subject: &root.subject.clone().map_or(AskedSubject::Kept, AskedSubject::Written),
                csr: None,
                spki: issuer.spki(),
                existing: Some(&Identity::from(issuer)),
                may_differ: root.new_identifier.is_some(),
            };
            let identity = asked.decide().map_err(|fault| refuse(root.line(), fault))?;
            let is_verified = issuer.is_self_signed();
            let before = issuer.clone();
            renewed = Some(ReplacedCertificate { file, issuer: before, is_verified, is_by_signer: is_verified });
            Signer {
                subject: identity.subject_text(),
                name: identity.subject,
                key_id: identity.key_id,
                spki: issuer.spki().to_vec(),
                not_before: root.not_before.value,
                not_after: root.not_after,
            }
        }
        (None, Some(root)) => {
            let missing = || {
                RequestFault::SigningKey {
                why: "the site file does not pin the public key of the new root yet. The request can stay as it is: `ceremony \
                      keygen` makes the key and prints the line for [key] of the site file"
                    .to_owned(),
            }
            };
            let spki = root_spki.ok_or_else(|| refuse(root.line(), missing()))?;
            let subject = root.subject.as_ref().ok_or_else(|| refuse(root.line(), RequestFault::SubjectMissing))?;
            Signer {
                name: subject.der().to_vec(),
                subject: subject.to_string(),
                key_id: key_identifier(spki).map_err(|error| refuse(root.line(), RequestFault::Draft(error)))?,
                spki: spki.to_vec(),
                not_before: root.not_before.value,
                not_after: root.not_after,
            }
        }
        // The reader of requests lets none of these through.
        (None, None) => return Err(refuse(0, RequestFault::NothingAsked)),
    };
    let previous = match (&request.previous_crl, &issuer) {
        (Some(path), Some(issuer)) => {
            let read = previous_crl(bytes_of(path), issuer);
            Some(read.map_err(|why| refuse(path.line, RequestFault::Previous { why }))?)
        }
        _ => None,
    };
    let mut revocations: Vec<NewRevocation> = Vec::new();
    for asked in request.crl.iter().flat_map(|crl| &crl.revocations) {
        let Some(issuer) = &issuer else { break };
        let found = revocation(asked, bytes_of(&asked.certificate), issuer, previous.as_ref());
        let found = found.map_err(|fault| refuse(asked.certificate.line, fault))?;
        if revocations.iter().any(|earlier| earlier.serial == found.serial) {
            let serial = SerialNumber::from_contents(&found.serial).to_string();
            return Err(refuse(asked.certificate.line, RequestFault::RevokedTwice { serial }));
        }
        revocations.push(found);
    }
    let decided = match &previous {
        Some(previous) => decisions(request, previous, &revocations)?,
        None => Vec::new(),
    };
    let mut certified = Vec::new();
    for asked in &request.certificates {
        let csr = match &asked.csr {
            None => None,
            Some(path) => {
                let read = CertificationRequest::read(bytes_of(path));
                Some(read.map_err(|error| {
                    let (file, why) = (path.value.clone(), error.to_string());
                    refuse(path.line, RequestFault::Csr { file, why })
                })?)
            }
        };
        let replaced = match &asked.replaces {
            None => None,
            Some(path) => {
                let read = replaced(bytes_of(path), path, csr.as_ref(), issuer.as_ref());
                let (file, line) = (path.value.clone(), path.line);
                Some(read.map_err(|why| refuse(line, RequestFault::Replaces { file, why }))?)
            }
        };
        let spki = match (&csr, &replaced) {
            (Some(csr), _) => csr.spki().to_vec(),
            (None, Some(replaced)) => replaced.issuer.spki().to_vec(),
            // The reader of requests lets none of these through.
            (None, None) => return Err(refuse(asked.line, RequestFault::SubjectMissing)),
        };
        if spki == signer.spki {
            return Err(refuse(asked.line, RequestFault::CertifiesItself { file: asked.key_file().to_owned() }));
        }
        certified.push(CertifiedKey { spki, csr, replaced });
    }
    Ok(Inputs { signer, issuer, previous, revocations, decided, certified, renewed })
}

/// The certificate that another one replaces: of the same key. Without a certification request it is a root's, whose own
/// signature proves that somebody has the key.
fn replaced(
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

/// REQ-CARRY: the decisions of the request, each about entries of the previous CRL that need one. What is faulty in the
/// stricter profile may be decided in both.
fn decisions(
    request: &Request,
    previous: &PreviousCrl,
    revocations: &[NewRevocation],
) -> Result<Vec<DecidedEntry>, RequestError> {
    let refuse = |line, fault| {
        let fault = RequestFault::Decision(fault);
        Err(RequestError { file: request.file.clone(), line, fault })
    };
    let asked = request.crl.iter().flat_map(|crl| &crl.decisions);
    let this_update = request.crl.as_ref().map_or(Timestamp(i64::MAX), |crl| crl.this_update.value);
    let strict = Policy { profile: Profile::Webpki, ..Policy::default() };
    let crl = inspect_crl(&previous.der).filter(|_| asked.clone().next().is_some());
    let faulty = crl.map(|crl| faulty_entries(&crl, &strict, this_update)).unwrap_or_default();
    let mut all: Vec<DecidedEntry> = Vec::new();
    let mut known: BTreeSet<Vec<u8>> = revocations.iter().map(|revocation| revocation.serial.clone()).collect();
    for decision in asked {
        for serial in &decision.serials {
            match decided(&faulty, &serial.value, decision.action, &decision.because) {
                Ok(DecidedEntry { now: DecidedNow::Revoked { date, .. }, .. }) if date > this_update => {
                    let fault = RequestFault::RevokedLater { date, this_update };
                    return Err(RequestError { file: request.file.clone(), line: serial.line, fault });
                }
                Ok(decided) if known.insert(decided.serial.clone()) => all.push(decided),
                Ok(decided) => {
                    let serial_text = SerialNumber::from_contents(&decided.serial).to_string();
                    return refuse(serial.line, DecisionFault::Twice { serial: serial_text });
                }
                Err(fault) => return refuse(serial.line, fault),
            }
        }
    }
    Ok(all)
}

/// REQ-CARRY: every entry of the previous CRL that the gate would reject under this policy has its decision.
///
/// # Errors
/// [`RequestFault::Undecided`].
pub(crate) fn check_decided(request: &Request, inputs: &Inputs, policy: &Policy) -> Result<(), RequestError> {
    let Some(previous) = inputs.previous.as_ref().filter(|_| request.crl.is_some()) else { return Ok(()) };
    let Some(crl) = inspect_crl(&previous.der) else { return Ok(()) };
    let decided: BTreeSet<&[u8]> = inputs.decided.iter().map(|decided| decided.serial.as_slice()).collect();
    let revoked: BTreeSet<&[u8]> = inputs.revocations.iter().map(|new| new.serial.as_slice()).collect();
    let this_update = request.crl.as_ref().map_or(previous.this_update, |crl| crl.this_update.value);
    let mut open = faulty_entries(&crl, policy, this_update);
    open.retain(|faulty| {
        let is_revoked = revoked.contains(faulty.serial.as_slice()) && faulty.is_settled_by_revoking();
        !is_revoked && !decided.contains(faulty.serial.as_slice())
    });
    if open.is_empty() {
        return Ok(());
    }
    let line = request.previous_crl.as_ref().map_or(0, |path| path.line);
    let entries = open.iter().take(DECIDED_COUNT_MAX).map(FaultyEntries::undecided).collect();
    let to_decide = open.len().saturating_add(inputs.decided.len());
    let fault = RequestFault::Undecided { entries, count: open.len(), to_decide };
    Err(RequestError { file: request.file.clone(), line, fault })
}

/// What the previous CRL says, entry by entry, each with its bytes.
#[must_use]
pub(crate) fn carried(previous: &PreviousCrl) -> Vec<(Vec<u8>, Vec<u8>)> {
    let Some(crl) = inspect_crl(&previous.der) else { return Vec::new() };
    let raw = |offset| element_at(&previous.der, offset).unwrap_or_default().to_vec();
    crl.entries().map(|entry| (entry.serial.to_vec(), raw(entry.offset))).collect()
}

fn issuer(bytes: &[u8]) -> Result<Issuer, String> {
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

fn inspect_crl(der: &[u8]) -> Option<InspectedCrl<'_>> {
    crl::inspect(der, &Policy::default()).value
}

/// What a previous CRL may not break as a whole: it is strict DER, and complete as far as anybody can tell.
const UNUSABLE: [Rule; 4] = [Rule::CrlDer, Rule::CrlPartial, Rule::CrlIdp, Rule::CrlExtCritical];

/// REQ-PREVIOUS: this issuer's, authentic and complete. Its age does not matter here.
fn previous_crl(bytes: &[u8], issuer: &Issuer) -> Result<PreviousCrl, String> {
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
fn revocation(
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

#[cfg(test)]
mod tests {
    use rootcast_pki::finding::{Findings, Severity};
    use rootcast_pki::rule::Rule;

    use super::{UNUSABLE, reasons};

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
}

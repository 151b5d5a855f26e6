//! Everything a request refers to, verified: its files ([`super::named_file`]), whose keys are certified (REQ-CSR), and its
//! decisions about entries of the previous CRL (REQ-CARRY).

use std::collections::{BTreeMap, BTreeSet};

use rootcast_pki::issuer::Issuer;
use rootcast_pki::limits::DECIDED_COUNT_MAX;
use rootcast_pki::profile::{Policy, Profile};
use rootcast_pki::request::CertificationRequest;
use rootcast_pki::serial::SerialNumber;
use rootcast_pki::time::Timestamp;

use super::certificate::key_identifier;
use super::decisions::{DecidedEntry, DecidedNow, FaultyEntries, decided, faulty_entries};
use super::identity::{Asked, Identity, subject_text};
use super::named_file::{
    NewRevocation, PreviousCrl, ReplacedCertificate, inspect_crl, issuer, previous_crl, replaced, revocation,
};
use crate::ceremony::der_reader::element_at;
use crate::ceremony::request::decision::DecisionFault;
use crate::ceremony::request::{AskedSubject, Lined, Request, RequestError, RequestFault, RequestFiles};

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
                subject: subject_text(subject.der()),
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
                    let is_certificate = error.is_certificate();
                    refuse(path.line, RequestFault::Csr { file, why, is_certificate })
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

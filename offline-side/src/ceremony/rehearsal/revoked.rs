//! CERT-REVOKED before anything is signed: certificates of a key that gets another one, and what the CRL in use says of
//! them, with the changes of the request itself.

use std::collections::{BTreeMap, BTreeSet};

use rootcast_pki::crl;
use rootcast_pki::difference::reason_name;
use rootcast_pki::profile::Policy;
use rootcast_pki::serial::SerialNumber;
use rootcast_pki::time::Timestamp;

use super::given::Given;
use crate::ceremony::draft::decisions::DecidedNow;
use crate::ceremony::draft::inputs::Inputs;
use crate::ceremony::draft::named_file::{PreviousCrl, ReplacedCertificate};
use crate::ceremony::request::reason::Reason;
use crate::ceremony::request::{RequestError, RequestFault, RootRequest};

/// CRLReason removeFromCRL: a hold that was lifted.
const REMOVE_FROM_CRL: u8 = 8;

/// What a CRL says of a certificate.
#[derive(Debug, Clone, Copy)]
struct Revocation {
    since: Timestamp,
    reason: Option<u8>,
    /// Whether only this request makes it a compromise.
    is_asked: bool,
}

/// A revoked certificate of a key that gets another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RevokedCertificate {
    /// The place of the new certificate among `[[certificate]]`; `None` for `[root]`.
    pub(super) place: Option<usize>,
    /// Which certificate it is.
    existing: String,
    since: Timestamp,
    reason: Option<u8>,
    is_asked: bool,
}

impl RevokedCertificate {
    /// For people.
    pub(super) fn text(&self) -> String {
        format!("{} is REVOKED ({}), since {}", self.existing, reason_name(self.reason), self.since)
    }
}

/// The revoked certificates of every key that gets another one. `last` is the newest CRL known here: it counts where the
/// request names none.
pub(super) fn revoked_certificates(
    given: &Given<'_>,
    inputs: &Inputs,
    last: Option<&PreviousCrl>,
) -> Vec<RevokedCertificate> {
    let revocations = revocations(inputs, last);
    let root = inputs.renewed.as_ref().map(|before| (None, before.issuer.spki(), Some(before)));
    let below = inputs.certified.iter().enumerate();
    let below = below.map(|(place, key)| (Some(place), &*key.spki, key.replaced.as_ref()));
    let mut found = Vec::new();
    for (place, spki, replaced) in root.into_iter().chain(below) {
        for (serial, existing) in existing(given, inputs, spki, replaced) {
            let Some(Revocation { since, reason, is_asked }) = revocations.get(&serial).copied() else { continue };
            found.push(RevokedCertificate { place, existing, since, reason, is_asked });
        }
    }
    found
}

/// CERT-REVOKED: no certificate of a key that gets another one is revoked as compromised.
///
/// # Errors
/// [`RequestFault::KeyRevoked`], with the line that names the key.
pub(super) fn check(given: &Given<'_>, revoked: &[RevokedCertificate]) -> Result<(), RequestError> {
    let ended = revoked.iter().find(|one| is_compromise(one.reason));
    let Some(RevokedCertificate { place, existing, since, reason, is_asked }) = ended else { return Ok(()) };
    let line = match place {
        None => given.request.root.as_ref().map(RootRequest::line),
        Some(place) => {
            let asked = given.request.certificates.get(*place);
            asked.map(|asked| asked.replaces.as_ref().map_or(asked.line, |path| path.line))
        }
    };
    let (existing, line) = (existing.clone(), line.unwrap_or_default());
    let fault = RequestFault::KeyRevoked { existing, since: *since, reason: *reason, is_asked: *is_asked };
    Err(RequestError { file: given.request.file.clone(), line, fault })
}

/// keyCompromise or cACompromise.
fn is_compromise(reason: Option<u8>) -> bool {
    [Reason::KeyCompromise, Reason::CaCompromise].into_iter().any(|ends| Some(ends.code()) == reason)
}

/// The certificates of this key that the signing issuer issued, by serial number: the one that is replaced, those that the
/// state knows, and those that the request revokes.
fn existing(
    given: &Given<'_>,
    inputs: &Inputs,
    spki: &[u8],
    replaced: Option<&ReplacedCertificate>,
) -> BTreeMap<Vec<u8>, String> {
    let mut all = BTreeMap::new();
    // One whose signature cannot be verified here, such as an old one with SHA-1, counts if it names the issuer.
    let is_named = |before: &ReplacedCertificate| {
        let signer = inputs.issuer.as_ref().filter(|_| !before.is_verified);
        signer.is_some_and(|signer| before.issuer.issued_by().matches(signer.subject()))
    };
    if let Some(before) = replaced.filter(|before| before.is_by_signer || is_named(before)) {
        all.insert(before.issuer.serial().as_bytes().to_vec(), format!("the existing {}", before.file));
    }
    let known = given.known.issued_keys.iter().filter(|(known, _)| known == spki);
    let known = known.map(|(_, serial)| serial.as_bytes().to_vec());
    let asked = inputs.revocations.iter().filter(|new| new.spki == spki).map(|new| new.serial.clone());
    for serial in known.chain(asked) {
        let text = format!("the existing certificate with serial number {}", SerialNumber::from_contents(&serial));
        all.entry(serial).or_insert(text);
    }
    all
}

/// What the CRL in use says, with what the request changes in it.
fn revocations(inputs: &Inputs, last: Option<&PreviousCrl>) -> BTreeMap<Vec<u8>, Revocation> {
    let mut all: BTreeMap<Vec<u8>, Revocation> = BTreeMap::new();
    let in_use = inputs.previous.as_ref().or(last);
    let in_use = in_use.and_then(|previous| crl::inspect(&previous.der, &Policy::default()).value);
    for entry in in_use.iter().flat_map(|crl| crl.entries()).filter(|entry| entry.reason != Some(REMOVE_FROM_CRL)) {
        let (since, reason) = (entry.revocation_date, entry.reason);
        // Of several entries for one certificate, a compromise counts.
        if !all.get(entry.serial).is_some_and(|earlier| is_compromise(earlier.reason)) {
            all.insert(entry.serial.to_vec(), Revocation { since, reason, is_asked: false });
        }
    }
    let ended: BTreeSet<Vec<u8>> =
        all.iter().filter(|(_, said)| is_compromise(said.reason)).map(|(serial, _)| serial.clone()).collect();
    let revoked = inputs.revocations.iter().map(|new| (&new.serial, Some((new.date, new.reason))));
    let decided = inputs.decided.iter().map(|decided| match decided.now {
        DecidedNow::Dropped => (&decided.serial, None),
        DecidedNow::Revoked { date, reason } => (&decided.serial, Some((date, reason))),
    });
    for (serial, now) in revoked.chain(decided) {
        match now {
            None => all.remove(serial),
            Some((since, reason)) => {
                let is_asked = !ended.contains(serial);
                all.insert(serial.clone(), Revocation { since, reason: Some(reason.code()), is_asked })
            }
        };
    }
    all
}

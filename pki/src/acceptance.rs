//! The last step: may a verified item be published, given what was accepted before? Only this module can make the
//! accepted types, so nothing else can be published. The online side does the publishing.
//!
//! ```
//! use rootcast_pki::acceptance::judge_crl;
//! use rootcast_pki::crl::{inspect, verify};
//! use rootcast_pki::crl_number::CrlNumber;
//! use rootcast_pki::history::CrlHistory;
//! use rootcast_pki::issuer::Issuer;
//! use rootcast_pki::item;
//! use rootcast_pki::profile::Policy;
//! use rootcast_pki::rule::Rule;
//! use rootcast_pki::stage::Outcome;
//!
//! # let pem = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/root.crt"));
//! # let crl = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/root.crl"));
//! let policy = Policy::default();
//! let issuer = Issuer::from_certificate(&item::read(pem)?.der, &policy)?;
//! let verdict_over = |floor: u64| {
//!     let inspected = inspect(crl, &policy).value.expect("it can be read");
//!     let now = inspected.this_update();
//!     let verified = verify(inspected, &issuer, &policy, now).value.expect("the root signed it");
//!     let history = CrlHistory { floor: Some(CrlNumber::from(floor)), ..CrlHistory::default() };
//!     judge_crl(verified, &issuer, &history, &policy)
//! };
//! let verdict = verdict_over(6);
//! let Outcome::Accepted(accepted) = verdict.outcome else { panic!("{}", verdict.findings) };
//! assert_eq!((accepted.der(), accepted.number()), (&crl[..], CrlNumber::from(7)));
//!
//! let verdict = verdict_over(8);
//! assert!(verdict.findings.has(Rule::CrlNumberLower));
//! assert!(matches!(verdict.outcome, Outcome::Rejected));
//! # Ok::<(), rootcast_pki::finding::Findings>(())
//! ```

use std::collections::BTreeSet;

use crate::certificate::{InspectedCertificate, VerifiedCertificate};
use crate::context;
use crate::continuity;
use crate::crl::{InspectedCrl, VerifiedCrl, revocation};
use crate::crl_number::CrlNumber;
use crate::finding::{Findings, Severity};
use crate::history::{CertificateHistory, CrlHistory};
use crate::issuer::Issuer;
use crate::name::Name;
use crate::profile::Policy;
use crate::rule::{Cause, Rule};
use crate::second_signature;
use crate::serial::SerialNumber;
use crate::stage::Verdict;
use crate::time::Timestamp;

/// A CRL that may be published. Only [`judge_crl`] makes one.
#[derive(Debug)]
pub struct AcceptedCrl<'a> {
    inspected: InspectedCrl<'a>,
    number: CrlNumber,
    next_update: Timestamp,
}

impl<'a> AcceptedCrl<'a> {
    /// The CRL as received, DER.
    #[must_use]
    pub fn der(&self) -> &'a [u8] {
        self.inspected.der()
    }

    /// SHA-256 of the CRL, with its signature.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        self.inspected.sha256()
    }

    /// Its issuer's name (RFC 5280 §5.1.2.3).
    #[must_use]
    pub fn issuer(&self) -> &Name {
        self.inspected.issuer()
    }

    /// Its CRL number (RFC 5280 §5.2.3).
    #[must_use]
    pub fn number(&self) -> CrlNumber {
        self.number
    }

    /// thisUpdate: when it was issued (RFC 5280 §5.1.2.4).
    #[must_use]
    pub fn this_update(&self) -> Timestamp {
        self.inspected.this_update()
    }

    /// nextUpdate: when the next CRL is issued at the latest (RFC 5280 §5.1.2.5).
    #[must_use]
    pub fn next_update(&self) -> Timestamp {
        self.next_update
    }

    /// How many entries it has: one for each certificate that it revokes.
    #[must_use]
    pub fn entry_count(&self) -> u64 {
        self.inspected.entry_count()
    }

    /// Everything else it says.
    #[must_use]
    pub fn inspected(&self) -> &InspectedCrl<'a> {
        &self.inspected
    }
}

/// A CA certificate that may be published. Only [`judge_certificate`] makes one.
#[derive(Debug)]
pub struct AcceptedCertificate<'a> {
    inspected: InspectedCertificate<'a>,
}

impl<'a> AcceptedCertificate<'a> {
    /// The certificate as received, DER.
    #[must_use]
    pub fn der(&self) -> &'a [u8] {
        self.inspected.der()
    }

    /// SHA-256 of the certificate, with its signature.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        self.inspected.sha256()
    }

    /// Its serial number (RFC 5280 §4.1.2.2).
    #[must_use]
    pub fn serial(&self) -> SerialNumber {
        self.inspected.serial()
    }

    /// Whose key it certifies (RFC 5280 §4.1.2.6).
    #[must_use]
    pub fn subject(&self) -> &Name {
        self.inspected.subject()
    }

    /// notBefore: the first second of its validity (RFC 5280 §4.1.2.5).
    #[must_use]
    pub fn not_before(&self) -> Timestamp {
        self.inspected.not_before()
    }

    /// notAfter: the last second of its validity (RFC 5280 §4.1.2.5).
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.inspected.not_after()
    }

    /// Everything else it says.
    #[must_use]
    pub fn inspected(&self) -> &InspectedCertificate<'a> {
        &self.inspected
    }
}

/// The verdict on a CRL. One whose content is already published, under whatever valid signature, is a no-op, whatever
/// the time is.
pub fn judge_crl<'a>(
    verified: VerifiedCrl<'a>,
    issuer: &Issuer,
    history: &CrlHistory<'_>,
    policy: &Policy,
) -> Verdict<AcceptedCrl<'a>> {
    let (crl, mut findings, now) = verified.into_parts();
    let same = history.previous == Some(crl.der());
    if same && history.previous_published {
        findings.switch_off(policy.switched_off, now);
        return Verdict::no_op(findings);
    }
    let mut previous = match history.previous {
        // The CRL given with `trust`, now received: there is no other to compare it with.
        Some(_) if same => None,
        Some(der) => match InspectedCrl::reread(der) {
            Some(previous) => Some(previous.beside(&crl)),
            None => {
                // STATE-LOST
                let text = format!("the previous CRL ({} bytes) can no longer be read", der.len());
                findings.add(Rule::StateLost, Severity::Reject, text);
                return Verdict::rejected(findings);
            }
        },
        None => None,
    };
    // Another signature over the same content: the same CRL in another file.
    let copy_of = previous.take_if(|previous| previous.tbs() == crl.tbs());
    if let Some(known) = &copy_of {
        second_signature::note((&known.sha256(), known.signature()), crl.der(), Severity::Warn, &mut findings);
        if history.previous_published {
            findings.switch_off(policy.switched_off, now);
            return Verdict::no_op(findings);
        }
    }
    let same = same || copy_of.is_some();
    let floor = if same { None } else { history.floor };
    let first_contact_allowed = same || history.first_contact_allowed;
    let effective = CrlHistory { floor, first_contact_allowed, ..*history };
    continuity::check(&crl, previous.as_ref(), &effective, policy, &mut findings);
    check_issuer_status(issuer, history, &mut findings);
    continuity::check_held(&crl, history, &mut findings);
    settle(&mut findings, (policy, now), history.decision);
    match (crl.number(), crl.next_update()) {
        (Some(number), Some(next_update)) => {
            Verdict::decide(findings, || AcceptedCrl { inspected: crl.unstoppable(), number, next_update })
        }
        _ => Verdict::rejected(findings),
    }
}

/// The last words on findings before they lead to an outcome: what is switched off, what a human has decided, and
/// which is read first.
fn settle(findings: &mut Findings, (policy, now): (&Policy, Timestamp), decision: Option<&BTreeSet<Rule>>) {
    findings.switch_off(policy.switched_off, now);
    if let Some(decision) = decision {
        findings.decide(decision);
    }
    findings.put_first(Rule::CrlInUse);
}

/// CRL-ISSUER-STATUS
fn check_issuer_status(issuer: &Issuer, history: &CrlHistory<'_>, findings: &mut Findings) {
    let Some(parent) = history.parent_crl else {
        return;
    };
    match revocation(parent, issuer.serial(), findings) {
        Some(at) if !issuer.is_root() => {
            let text = format!("the issuer's own certificate {} was revoked {at}", issuer.serial());
            findings.add(Rule::CrlIssuerStatus, Severity::Reject, text);
        }
        _ => {}
    }
}

/// The verdict on a CA certificate. One whose content is already published, under whatever valid signature, is a no-op,
/// even after revocation or expiry.
pub fn judge_certificate<'a>(
    verified: VerifiedCertificate<'a>,
    history: &CertificateHistory<'_>,
    policy: &Policy,
) -> Verdict<AcceptedCertificate<'a>> {
    let (certificate, issuer, mut findings) = verified.into_parts();
    let (serial, signed) = (certificate.serial(), certificate.tbs_sha256());
    // CERT-SERIAL: not used before by this issuer
    for other in history.issued.iter().filter(|other| other.serial == serial && other.tbs_sha256 != signed) {
        let text = format!(
            "this issuer already used serial number {serial}, for the certificate that expires {}",
            other.not_after
        );
        let finding = findings.add(Rule::CertSerial, Severity::Reject, text);
        finding.because(Cause::SerialReused).at("serialNumber", certificate.serial_offset());
    }
    // Of the root itself CERT-ANCHOR speaks.
    if issuer.own_serial.as_ref() == Some(&serial) && certificate.spki() != issuer.key.spki {
        let text = format!("serial number {serial} is the root's own: a revocation of one would revoke the other");
        let finding = findings.add(Rule::CertSerial, Severity::Reject, text);
        finding.because(Cause::SerialReused).at("serialNumber", certificate.serial_offset());
    }
    // CERT-REVOKED
    if let Some(at) = history.crl.and_then(|crl| revocation(crl, &serial, &mut findings)) {
        let text = format!("certificate {serial} was revoked {at} according to the newest CRL known here");
        findings.add(Rule::CertRevoked, Severity::Reject, text).at("serialNumber", certificate.serial_offset());
    }
    context::check(&certificate, &issuer, history, policy, &mut findings);
    let digest = certificate.sha256();
    let issued = history.issued.iter().filter(|known| known.tbs_sha256 == signed);
    let held = history.held.iter().filter(|held| held.tbs_sha256 == signed);
    let files = issued.clone().map(|known| (&known.sha256, &*known.signature));
    let files = files.chain(held.map(|held| (&held.sha256, &*held.signature)));
    second_signature::note_among(files, (&digest, certificate.der()), &mut findings);
    if issued.clone().any(|known| known.published) {
        findings.switch_off(policy.switched_off, issuer.now);
        return Verdict::no_op(findings);
    }
    settle(&mut findings, (policy, issuer.now), history.decision);
    Verdict::decide(findings, || AcceptedCertificate { inspected: certificate })
}

//! The second step of a certificate: did this issuer sign it? It needs nothing that was accepted before.

use super::inspected::InspectedCertificate;
use super::issuance;
use crate::finding::Findings;
use crate::history::KnownKey;
use crate::issuer::Issuer;
use crate::profile::Policy;
use crate::serial::SerialNumber;
use crate::stage::Stage;
use crate::time::Timestamp;

/// A certificate whose signature verifies under the key of its issuer. Only [`verify`] makes one.
#[derive(Debug)]
pub struct VerifiedCertificate<'a> {
    inspected: InspectedCertificate<'a>,
    issuer: IssuerMark,
    pub(crate) findings: Findings,
}

/// Who verified a certificate, as far as the verdict asks.
#[derive(Debug)]
pub(crate) struct IssuerMark {
    /// The serial number its own issuer gave it; absent for a root.
    pub(crate) serial: Option<SerialNumber>,
    /// The serial number a root gave itself, which it cannot give again.
    pub(crate) own_serial: Option<SerialNumber>,
    pub(crate) key: KnownKey,
    /// The first and the last moment at which its certificate is valid.
    pub(crate) validity: (Timestamp, Timestamp),
    /// The clock of the judgement.
    pub(crate) now: Timestamp,
}

impl IssuerMark {
    fn new(issuer: &Issuer, now: Timestamp) -> Self {
        IssuerMark {
            serial: (!issuer.is_root()).then(|| issuer.serial().clone()),
            own_serial: issuer.is_root().then(|| issuer.serial().clone()),
            key: KnownKey::from(issuer),
            validity: (issuer.not_before(), issuer.not_after()),
            now,
        }
    }
}

impl<'a> VerifiedCertificate<'a> {
    /// The certificate itself.
    #[must_use]
    pub fn inspected(&self) -> &InspectedCertificate<'a> {
        &self.inspected
    }

    /// Everything found so far.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    pub(crate) fn into_parts(self) -> (InspectedCertificate<'a>, IssuerMark, Findings) {
        (self.inspected, self.issuer, self.findings)
    }
}

/// Checks that the certificate is this issuer's and authentic (RFC 5280 §6.1.3), and everything else that needs the issuer
/// or the time.
///
/// The value is absent unless name, key identifier and signature are the issuer's.
pub fn verify<'a>(
    inspected: InspectedCertificate<'a>,
    issuer: &Issuer,
    policy: &Policy,
    now: Timestamp,
) -> Stage<VerifiedCertificate<'a>> {
    let mut findings = inspected.findings().clone();
    let authentic = issuance::check(&inspected, issuer, policy, now, &mut findings);
    let value = authentic.then(|| VerifiedCertificate {
        inspected,
        issuer: IssuerMark::new(issuer, now),
        findings: findings.clone(),
    });
    Stage { value, findings }
}

//! The second step of a CRL: did this issuer sign it, and is it valid now? It needs nothing that was accepted before.

use super::inspected::InspectedCrl;
use super::issuance;
use crate::finding::Findings;
use crate::issuer::Issuer;
use crate::profile::Policy;
use crate::stage::Stage;
use crate::time::Timestamp;

/// A CRL whose signature verifies under the key of its issuer. Only [`verify`] makes one.
#[derive(Debug)]
pub struct VerifiedCrl<'a> {
    inspected: InspectedCrl<'a>,
    pub(crate) findings: Findings,
    now: Timestamp,
}

impl<'a> VerifiedCrl<'a> {
    /// The CRL itself.
    #[must_use]
    pub fn inspected(&self) -> &InspectedCrl<'a> {
        &self.inspected
    }

    /// Everything found so far.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// The CRL, what was found, and the clock of the judgement.
    pub(crate) fn into_parts(self) -> (InspectedCrl<'a>, Findings, Timestamp) {
        (self.inspected, self.findings, self.now)
    }
}

/// Whether a CRL can be compared with although it may not be published: it is this issuer's and authentic, and nothing but
/// single entries of it is rejected. Holds are not asked.
///
/// # Errors
/// Everything that was found about the CRL as a whole, at least one of it a reject.
pub fn verify_whole(
    inspected: &InspectedCrl<'_>,
    issuer: &Issuer,
    policy: &Policy,
    now: Timestamp,
) -> Result<(), Findings> {
    let mut findings = inspected.findings_of_whole().clone();
    let authentic = issuance::check(inspected, issuer, policy, now, &mut findings);
    if authentic && !findings.rejects() { Ok(()) } else { Err(findings) }
}

/// Checks that the CRL is this issuer's and authentic (RFC 5280 §6.3.3), and everything else that needs the issuer or the
/// time.
///
/// The value is absent unless name, key identifier and signature are the issuer's.
pub fn verify<'a>(
    inspected: InspectedCrl<'a>,
    issuer: &Issuer,
    policy: &Policy,
    now: Timestamp,
) -> Stage<VerifiedCrl<'a>> {
    let mut findings = inspected.findings().clone();
    let authentic = issuance::check(&inspected, issuer, policy, now, &mut findings);
    let value = authentic.then(|| VerifiedCrl { inspected, findings: findings.clone(), now });
    Stage { value, findings }
}

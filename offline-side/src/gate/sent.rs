//! What was sent of one issuer, as the rules of continuity need it.

use std::sync::Arc;

use rootcast_pki::certificate;
use rootcast_pki::history::IssuedCertificate;
use rootcast_pki::profile::Policy;

/// What was sent of one issuer, as the rules of continuity need it.
#[derive(Debug, Default)]
pub(super) struct Sent {
    pub(super) crl: Option<Arc<Vec<u8>>>,
    pub(super) certificates: Vec<IssuedCertificate>,
}

/// The certificate as CERT-SERIAL and CRL-ENTRY-VANISHED compare with it, where it can be read.
pub(super) fn issued_of(der: &[u8], policy: &Policy) -> Option<IssuedCertificate> {
    certificate::inspect(der, policy).value.map(|certificate| certificate.as_issued(true))
}

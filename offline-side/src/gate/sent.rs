//! What was sent of one issuer, as the rules of continuity need it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rootcast_pki::authority::Revocation;
use rootcast_pki::certificate;
use rootcast_pki::crl;
use rootcast_pki::history::IssuedCertificate;
use rootcast_pki::profile::Policy;
use rootcast_protocol::digest::Digest;

/// What was sent of one issuer, as the rules of continuity need it.
#[derive(Debug, Default)]
pub(super) struct Sent {
    pub(super) crl: Option<Arc<Vec<u8>>>,
    pub(super) certificates: Vec<IssuedCertificate>,
}

/// The certificate as CERT-SERIAL and CRL-ENTRY-VANISHED compare with it, where it can be read.
pub(crate) fn issued_of(der: &[u8], policy: &Policy) -> Option<IssuedCertificate> {
    certificate::inspect(der, policy).value.map(|certificate| certificate.as_issued(true))
}

/// What a CRL says of certificates of its issuer, by the SHA-256 of the certificate: revoked, or no longer. A CRL drops the
/// entry of a certificate that has ended. That takes nothing back, so of such a certificate it says nothing.
pub(crate) fn revocations(crl: &[u8], certificates: &[IssuedCertificate]) -> Vec<(Digest, Option<Revocation>)> {
    if certificates.is_empty() {
        return Vec::new();
    }
    let Some(crl) = crl::inspect(crl, &Policy::default()).value else { return Vec::new() };
    let serials: BTreeSet<&[u8]> = certificates.iter().map(|known| known.serial.as_bytes()).collect();
    let revoked: BTreeMap<&[u8], Revocation> = crl
        .entries()
        .filter(|entry| serials.contains(entry.serial))
        .map(|entry| (entry.serial, Revocation { since: entry.revocation_date, ends_key: entry.is_compromise() }))
        .collect();
    let said = |known: &IssuedCertificate| {
        let revocation = revoked.get(known.serial.as_bytes()).copied();
        (revocation.is_some() || known.not_after >= crl.this_update()).then_some((Digest(known.sha256), revocation))
    };
    certificates.iter().filter_map(said).collect()
}

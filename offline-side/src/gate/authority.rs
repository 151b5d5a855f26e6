//! The issuers whose items may be sent: the trusted roots, and the offline issuers below them whose certificates were
//! sent.
//!
//! The online side judges an offline issuer's items after it published the issuer's certificate. This side does so
//! after the certificate was sent, or if it comes before them in the bundle.

use std::collections::BTreeMap;

use rootcast_pki::authority;
use rootcast_pki::authority::Revocation;
use rootcast_pki::history::KnownKey;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::policy_record::{PolicyRecordError, StoredPolicy};
use rootcast_pki::profile::Policy;
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;

use crate::store::state::RootRecord;

/// A trusted root with the policy its items are judged by.
#[derive(Debug, Clone)]
pub struct EnrolledRoot {
    /// The root.
    pub issuer: Issuer,
    /// Its policy.
    pub policy: Policy,
    /// The issuers below it that policy names, as their certificates were given.
    pub named: Vec<Issuer>,
    /// The CAs that policy names as affiliated: the SHA-256 of the SubjectPublicKeyInfo or the key identifier of each,
    /// hexadecimal.
    pub affiliated: Vec<String>,
}

/// The policy that a root's record amounts to.
pub(super) fn policy_of(root: &RootRecord, allow_sha1: bool) -> Result<Policy, PolicyRecordError> {
    let RootRecord { profile, numbers, switched_off, off_until, .. } = root;
    StoredPolicy { profile, numbers, switched_off, off_until, allow_sha1, crl_life_min_s: 0 }.policy()
}

/// A certificate that was sent, for a key that some root's policy names.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    /// SHA-256 of its issuer's public key.
    pub(super) parent: Digest,
    /// Itself.
    pub(super) issuer: Issuer,
}

/// An issuer whose items are judged now: its root by its place among the roots, the issuers above it by the SHA-256 of
/// their public keys.
pub(super) type Authority = authority::Authority<usize, Digest>;

/// The roots, then the offline issuers, by each certificate that counts at `now`. `own` has since when its own CRL revokes
/// the certificate of a root, in the order of `roots`; `revoked` has what CRLs said of certificates, by the SHA-256 of the
/// certificate.
pub(super) fn authorities(
    roots: &[EnrolledRoot],
    own: &[Option<Timestamp>],
    candidates: &[Candidate],
    revoked: &BTreeMap<Digest, Revocation>,
    now: Timestamp,
) -> Vec<Authority> {
    let trusted = roots.iter().enumerate().map(|(root, EnrolledRoot { issuer, named, .. })| {
        let revoked = own.get(root).copied().flatten();
        authority::TrustedRoot { root, issuer, revoked, named }
    });
    let trusted: Vec<_> = trusted.collect();
    let candidates = candidates.iter().map(|candidate| authority::Candidate {
        parent: candidate.parent,
        issuer: &candidate.issuer,
        revoked: revoked.get(&Digest(candidate.issuer.certificate_sha256())).copied(),
    });
    let candidates: Vec<_> = candidates.collect();
    authority::authorities(&trusted, &candidates, |issuer| Digest(issuer.spki_sha256()), Issuer::is_same, now)
}

/// The key that a CA certificate certifies, where it can be read.
pub(crate) fn key_of_certificate(der: &[u8], policy: &Policy) -> Option<KnownKey> {
    Issuer::from_certificate(der, policy).ok().map(|certified| KnownKey::from(&certified))
}

//! Whose items may leave: the enrolled roots, and the offline issuers below them whose certificates were sent.
//!
//! The online side judges an offline issuer's items once its certificate is published there; here, once it was sent or
//! stands before them in the bundle.

use std::cmp::Reverse;

use rootcast_pki::crl;
use rootcast_pki::disabled_rules::SwitchedOff;
use rootcast_pki::history::KnownKey;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::policy_options::Numbering;
use rootcast_pki::profile::Policy;
use rootcast_pki::rule::Rule;
use rootcast_protocol::digest::Digest;

use crate::store::state::RootRecord;

/// An enrolled root with the policy its items are judged by.
#[derive(Debug, Clone)]
pub struct EnrolledRoot {
    /// The root.
    pub issuer: Issuer,
    /// Its policy.
    pub policy: Policy,
    /// The issuers below it that policy names, as their certificates were given.
    pub named: Vec<Issuer>,
}

/// The policy that a root's record amounts to.
///
/// # Errors
/// In words, when it holds something this program does not know.
pub(super) fn policy_of(root: &RootRecord, allow_sha1: bool) -> Result<Policy, String> {
    let numbering = match root.numbers.as_str() {
        "" => Numbering::default(),
        word => word.parse().map_err(|_| format!("no numbering {word}"))?,
    };
    let mut off = Vec::new();
    for id in &root.switched_off {
        off.push(id.parse::<Rule>().map_err(|_| format!("no rule {id}"))?);
    }
    Ok(Policy {
        profile: root.profile.parse().map_err(|_| format!("no profile {}", root.profile))?,
        allow_sha1,
        number_jump_max: numbering.jump_max(),
        switched_off: SwitchedOff::new(off.into_iter().collect())
            .map_err(|rule| format!("{rule} may not be switched off"))?,
        ..Policy::default()
    })
}

/// A certificate that was sent and whose key some root's policy names.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    /// SHA-256 of its issuer's public key.
    pub(super) parent: Digest,
    /// Itself.
    pub(super) issuer: Issuer,
}

/// An issuer whose items are judged now.
#[derive(Debug, Clone)]
pub(super) struct Authority {
    /// The issuer.
    pub(super) issuer: Issuer,
    /// Its root's policy.
    pub(super) policy: Policy,
    /// SHA-256 of the public key of the root it is, or stands below.
    pub(super) root: Digest,
    /// The same of the issuers above it, the nearest first; empty for a root.
    pub(super) above: Vec<Digest>,
    /// An issuer above the one that issued its certificate is revoked: which.
    pub(super) cut_off: Option<String>,
    revoked: bool,
}

/// The roots, then the offline issuers, each after its own issuer. `last_crl` finds the CRL sent last by the digest of
/// its issuer's public key. Of several certificates for one key the one counts that is not revoked, then the one that
/// ends last.
pub(super) fn authorities<'c>(
    roots: &[EnrolledRoot],
    candidates: &[Candidate],
    last_crl: impl Fn(&Digest) -> Option<&'c [u8]>,
) -> Vec<Authority> {
    let key = |issuer: &Issuer| Digest(issuer.spki_sha256());
    let mut found: Vec<Authority> = roots
        .iter()
        .map(|root| Authority {
            issuer: root.issuer.clone(),
            policy: root.policy,
            root: key(&root.issuer),
            above: Vec::new(),
            cut_off: None,
            revoked: false,
        })
        .collect();
    let is_revoked = |candidate: &Candidate| {
        let crl = last_crl(&candidate.parent).and_then(|der| crl::inspect(der, &Policy::default()).value);
        crl.is_some_and(|crl| crl.entries().any(|entry| entry.serial == candidate.issuer.serial().as_bytes()))
    };
    let mut sent: Vec<(bool, &Candidate)> =
        candidates.iter().map(|candidate| (is_revoked(candidate), candidate)).collect();
    sent.sort_by_key(|(revoked, candidate)| (*revoked, Reverse(candidate.issuer.not_after())));
    loop {
        let next = sent.iter().find_map(|(revoked, candidate)| {
            let parent = found.iter().find(|authority| key(&authority.issuer) == candidate.parent)?;
            let root = roots.iter().find(|root| key(&root.issuer) == parent.root)?;
            let is_named = root.named.iter().any(|named| is_the_same(named, &candidate.issuer));
            let is_new = !found.iter().any(|known| known.issuer.is_same(&candidate.issuer));
            (is_named && is_new).then(|| {
                let mut above = vec![candidate.parent];
                above.extend(&parent.above);
                let cut_off =
                    if parent.revoked { Some(parent.issuer.subject().to_string()) } else { parent.cut_off.clone() };
                let (policy, root) = (parent.policy, parent.root);
                Authority {
                    issuer: candidate.issuer.clone().below(&parent.issuer),
                    policy,
                    root,
                    above,
                    cut_off,
                    revoked: *revoked,
                }
            })
        });
        match next {
            Some(authority) => found.push(authority),
            None => return found,
        }
    }
}

/// Same subject, same key, and published under the same name on the online side.
fn is_the_same(one: &Issuer, other: &Issuer) -> bool {
    one.is_same(other) && one.file_name() == other.file_name()
}

/// What CERT-SKI compares with.
pub(crate) fn key_of(issuer: &Issuer) -> KnownKey {
    KnownKey {
        subject: issuer.subject().der().to_vec(),
        spki: issuer.spki().to_vec(),
        key_id: issuer.key_id().to_vec(),
    }
}

/// The key that a CA certificate certifies, where it can be read.
pub(crate) fn key_of_certificate(der: &[u8], policy: &Policy) -> Option<KnownKey> {
    Issuer::from_certificate(der, policy).ok().map(|certified| key_of(&certified))
}

//! What `status` knows. Must not: judge whether it is well, or print.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rootcast_host::clock::duration_text;
use rootcast_pki::authority::CutOff;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;

use crate::gate::{self, Root};
use crate::publication::{Draft, ManifestSeen, Record, Snapshot, StateError};
use crate::reception::last_contact::{Contact, SourceContact};

/// A state at one time.
pub(super) struct Overview<'s> {
    pub(super) roots: &'s [Root],
    pub(super) record: &'s Record,
    /// When: Unix seconds.
    pub(super) now: i64,
    /// How many receipts were verified, if that was asked for.
    pub(super) receipts: Option<u64>,
    standings: BTreeMap<[u8; 32], Standing>,
    contact: Contact,
}

/// How an offline issuer that a policy names stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// Its certificate is not published, so its items are not accepted.
    Unpublished,
    /// Its items are accepted.
    InForce,
    /// Its certificate is revoked, since this time.
    Revoked(Timestamp),
    /// Its certificate is not revoked, and another revocation ends it.
    CutOff(CutOff),
}

/// How the named issuers stand whose certificates are published, by the SHA-256 of these.
///
/// # Errors
/// When a published certificate cannot be read.
pub(super) fn standings(
    snapshot: &Snapshot,
    roots: &[Root],
    now: i64,
) -> Result<BTreeMap<[u8; 32], Standing>, StateError> {
    let draft = Draft::from_snapshot(snapshot.clone());
    let authorities = gate::authorities(roots, &draft, now)?;
    let mut standings = BTreeMap::new();
    for named in roots.iter().flat_map(|root| &root.named) {
        let Some(authority) = authorities.iter().find(|authority| authority.issuer.is_same(named)) else { continue };
        let standing = match (authority.revoked, &authority.cut_off) {
            (Some(since), _) => Standing::Revoked(since),
            (None, Some(cut_off)) => Standing::CutOff(cut_off.clone()),
            (None, None) => Standing::InForce,
        };
        standings.insert(named.certificate_sha256(), standing);
    }
    Ok(standings)
}

impl<'s> Overview<'s> {
    pub(super) fn new(
        dir: &Path,
        snapshot: &'s Snapshot,
        roots: &'s [Root],
        standings: BTreeMap<[u8; 32], Standing>,
        receipts: Option<u64>,
        now: i64,
    ) -> Self {
        Self { roots, record: snapshot.record(), now, receipts, standings, contact: Contact::read(dir) }
    }

    /// How an offline issuer that a policy names stands.
    pub(super) fn standing(&self, named: &Issuer) -> &Standing {
        self.standings.get(&named.certificate_sha256()).unwrap_or(&Standing::Unpublished)
    }

    /// Whether a CRL of this issuer is published.
    pub(super) fn has_crl(&self, issuer: &Issuer) -> bool {
        self.record.crls.iter().any(|crl| crl.issuer == issuer.file_name())
    }

    /// The newest signed manifest seen of a root.
    pub(super) fn newest_manifest(&self, root: &Root) -> Option<&ManifestSeen> {
        let source = Digest(root.issuer.spki_sha256()).to_string();
        self.record.sources.iter().find(|known| known.source == source)?.seen.last()
    }

    /// The last beacon heard of a root.
    pub(super) fn contact(&self, root: &Root) -> Option<&SourceContact> {
        self.contact.last_of(&Digest(root.issuer.spki_sha256()))
    }

    /// How long until this time, or how long ago it passed, for people.
    pub(super) fn until(&self, ends: i64) -> String {
        let left = ends.saturating_sub(self.now);
        let text = duration_text(Duration::from_secs(left.unsigned_abs()));
        if left >= 0 { format!("{text} left") } else { format!("EXPIRED {text} ago") }
    }

    /// How long ago this time was, for people.
    pub(super) fn ago(&self, time: i64) -> String {
        ago(time, self.now)
    }
}

/// How long before `now` this time was, for people.
pub(super) fn ago(time: i64, now: i64) -> String {
    duration_text(Duration::from_secs(now.saturating_sub(time).unsigned_abs()))
}

//! What `status` knows. Must not: judge whether it is well, or print.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use rootcast_host::clock::duration_text;
use rootcast_pki::authority::CutOff;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::Policy;
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;

use crate::gate::{self, HeldNow, Root};
use crate::publication::{CertificateRecord, Draft, ManifestSeen, Record, Snapshot, StateError};
use crate::reception::last_contact::{Contact, SourceContact};

/// A state at one time.
pub(super) struct Overview<'s> {
    /// The state directory.
    pub(super) dir: &'s Path,
    pub(super) roots: &'s [Root],
    pub(super) record: &'s Record,
    /// When: Unix seconds.
    pub(super) now: i64,
    /// How many receipts were verified, if that was asked for.
    pub(super) receipts: Option<u64>,
    /// How the held items stand now, in the order of the record.
    pub(super) held_now: Vec<HeldNow>,
    issuers: Issuers,
    contact: Contact,
}

/// The issuers of a state: how they stand, and which certificates there are of each.
pub(super) struct Issuers {
    standings: BTreeMap<[u8; 32], Standing>,
    /// The file names of the issuers whose items are accepted.
    in_force: BTreeSet<String>,
    /// What was published, by SHA-256: the CA certificates, as far as they can be read.
    published: BTreeMap<String, Issuer>,
    /// The retired roots.
    retired: Vec<Root>,
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

/// The issuers of a generation.
///
/// # Errors
/// When a published certificate cannot be read.
pub(super) fn issuers(snapshot: &Snapshot, roots: &[Root], now: i64) -> Result<Issuers, StateError> {
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
    let in_force = authorities.iter().filter(|authority| authority.cut_off.is_none());
    let in_force = in_force.map(|authority| authority.issuer.file_name()).collect();
    let mut published = BTreeMap::new();
    for record in &snapshot.record().certificates {
        let der = draft.file(&format!("published/ca/{}.crt", record.sha256))?;
        if let Ok(issuer) = Issuer::from_certificate(&der, &Policy::default()) {
            published.insert(record.sha256.clone(), issuer);
        }
    }
    Ok(Issuers { standings, in_force, published, retired: gate::retired_roots(snapshot)? })
}

impl<'s> Overview<'s> {
    pub(super) fn new(
        dir: &'s Path,
        snapshot: &'s Snapshot,
        roots: &'s [Root],
        (issuers, held_now): (Issuers, Vec<HeldNow>),
        receipts: Option<u64>,
        now: i64,
    ) -> Self {
        let (record, contact) = (snapshot.record(), Contact::read(dir));
        Self { dir, roots, record, now, receipts, held_now, issuers, contact }
    }

    /// The certificate that follows this one of a trusted root: the one that ends last. The older one is history.
    pub(super) fn successor(&self, root: &Root) -> Option<&Issuer> {
        let all = self.roots.iter().map(|other| &other.issuer);
        all.filter(|other| root.issuer.is_succeeded_by(other, Timestamp(self.now)))
            .max_by_key(|other| other.not_after())
    }

    /// The same of a published certificate: one that is published, not revoked and of an issuer in force.
    pub(super) fn published_successor(&self, certificate: &CertificateRecord) -> Option<&Issuer> {
        let own = self.published(certificate)?;
        let others =
            self.record.certificates.iter().filter(|other| other.revoked.is_none() && self.is_in_force(&other.issuer));
        let others = others.filter_map(|other| self.published(other));
        others.filter(|other| own.is_succeeded_by(other, Timestamp(self.now))).max_by_key(|other| other.not_after())
    }

    /// A published certificate as it was read.
    pub(super) fn published(&self, certificate: &CertificateRecord) -> Option<&Issuer> {
        self.issuers.published.get(&certificate.sha256)
    }

    /// Whether items of the issuer with this file name are accepted. Otherwise it was retired or is revoked, and what is
    /// published of it has no successor.
    pub(super) fn is_in_force(&self, file_name: &str) -> bool {
        self.issuers.in_force.contains(file_name)
    }

    /// The roots that were retired, one for each certificate, with when.
    pub(super) fn retired(&self) -> impl Iterator<Item = (&Root, i64)> {
        self.issuers.retired.iter().zip(self.record.retired.iter().map(|retired| retired.since))
    }

    /// How an offline issuer that a policy names stands.
    pub(super) fn standing(&self, named: &Issuer) -> &Standing {
        self.issuers.standings.get(&named.certificate_sha256()).unwrap_or(&Standing::Unpublished)
    }

    /// Whether a CRL of this issuer is published.
    pub(super) fn has_crl(&self, issuer: &Issuer) -> bool {
        self.record.crls.iter().any(|crl| crl.issuer == issuer.file_name())
    }

    /// The roots in use of which no CRL is published.
    pub(super) fn without_crl(&self) -> impl Iterator<Item = &Root> {
        self.roots.iter().filter(|root| !self.has_crl(&root.issuer) && self.successor(root).is_none())
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

//! What `status` knows. Must not: judge whether it is well, or print.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use rootcast_host::clock::duration_text;
use rootcast_pki::issuer::Issuer;
use rootcast_protocol::digest::Digest;

use crate::gate::{self, Root};
use crate::publication::{Draft, Record, Snapshot, StateError};
use crate::reception::last_contact::{Contact, SourceContact};

/// A state at one time.
pub(super) struct Overview<'s> {
    pub(super) roots: &'s [Root],
    pub(super) record: &'s Record,
    /// When: Unix seconds.
    pub(super) now: i64,
    /// How many receipts were verified, if that was asked for.
    pub(super) receipts: Option<u64>,
    /// SHA-256 of the certificates of the issuers in force.
    active: BTreeSet<[u8; 32]>,
    contact: Contact,
}

/// SHA-256 of the certificates of the named issuers that are in force: their items are accepted.
///
/// # Errors
/// When a published certificate cannot be read.
pub(super) fn active(snapshot: &Snapshot, roots: &[Root], now: i64) -> Result<BTreeSet<[u8; 32]>, StateError> {
    let draft = Draft::from_snapshot(snapshot.clone());
    let authorities = gate::authorities(roots, &draft, now)?;
    let named = roots.iter().flat_map(|root| &root.named);
    let in_force = named.filter(|named| authorities.iter().any(|authority| authority.issuer.is_same(named)));
    Ok(in_force.map(Issuer::certificate_sha256).collect())
}

impl<'s> Overview<'s> {
    pub(super) fn new(
        dir: &Path,
        snapshot: &'s Snapshot,
        roots: &'s [Root],
        active: BTreeSet<[u8; 32]>,
        receipts: Option<u64>,
        now: i64,
    ) -> Self {
        Self { roots, record: snapshot.record(), now, receipts, active, contact: Contact::read(dir) }
    }

    /// Whether items of an offline issuer are accepted: its certificate is published and in force.
    pub(super) fn is_active(&self, named: &Issuer) -> bool {
        self.active.contains(&named.certificate_sha256())
    }

    /// Whether a CRL of this issuer is published.
    pub(super) fn has_crl(&self, issuer: &Issuer) -> bool {
        self.record.crls.iter().any(|crl| crl.issuer == issuer.file_name())
    }

    /// The number of the newest signed manifest seen of a root.
    pub(super) fn newest_manifest(&self, root: &Root) -> Option<u64> {
        let source = Digest(root.issuer.spki_sha256()).to_string();
        let known = self.record.sources.iter().find(|known| known.source == source)?;
        known.seen.last().map(|seen| seen.number)
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

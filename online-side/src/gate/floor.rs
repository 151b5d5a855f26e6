//! A CRL of an issuer that may not be published because of single entries, and that the next one has to continue: the last
//! CRL of an old CA program, given with `trust --crl`.

use std::collections::BTreeSet;

use rootcast_pki::crl::{self, refused_entries};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::{self, ItemKind};
use rootcast_pki::limits::DECIDED_COUNT_MAX;
use rootcast_pki::profile::Policy;
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;

use crate::publication::{Draft, FloorRecord};

/// A floor, and whether the state did not have it yet.
#[derive(Debug)]
pub(crate) struct Floor {
    /// As the state has it.
    pub(crate) record: FloorRecord,
    /// Whether it is new.
    pub(crate) is_new: bool,
    /// About how many certificates the rejected entries are, where these are more than one ceremony can decide about.
    pub(crate) undecidable: Option<usize>,
}

/// Keeps a rejected CRL as the floor of its issuer, where nothing but single entries of it is rejected, it has a number, and
/// no CRL of this issuer was accepted here before.
pub(crate) fn keep_floor(draft: &mut Draft, issuer: &Issuer, policy: &Policy, bytes: &[u8], now: i64) -> Option<Floor> {
    let item = item::read(bytes).ok().filter(|item| item.kind == ItemKind::Crl)?;
    let name = issuer.file_name();
    if draft.record().crls.iter().any(|crl| crl.issuer == name) {
        return None;
    }
    let inspected = crl::inspect(&item.der, policy).value?;
    crl::verify_whole(&inspected, issuer, policy, Timestamp(now)).ok()?;
    let refused = || refused_entries(&inspected, policy, inspected.this_update(), Timestamp(now));
    let faulty = refused().count() as u64;
    let certificates = if faulty > DECIDED_COUNT_MAX as u64 {
        refused().map(|refused| refused.entry.serial).collect::<BTreeSet<_>>().len()
    } else {
        0
    };
    let record = FloorRecord {
        issuer: name,
        issuer_name: issuer.subject().to_string(),
        sha256: Digest::of(&item.der).to_string(),
        number: inspected.number()?.to_string(),
        this_update: inspected.this_update().0,
        entries: inspected.entry_count(),
        faulty,
        given: now,
    };
    let is_new = faulty > 0 && draft.set_floor(record.clone(), &item.der);
    let undecidable = Some(certificates).filter(|count| *count > DECIDED_COUNT_MAX);
    (faulty > 0).then_some(Floor { record, is_new, undecidable })
}

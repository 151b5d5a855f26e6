//! The record of a transmission in state and journal, written before the first frame.

use rootcast_pki::item::ItemKind;
use rootcast_pki::profile::Policy;
use rootcast_protocol::digest::Digest;

use crate::gate::item_text::item_record;
use crate::gate::{JudgedItem, issued_of, revocations};
use crate::sending::bundle::MadeBundle;
use crate::store::journal::{Event, ItemRecord};
use crate::store::state::{CertificateRecord, CrlRecord, RevokedRecord, State, StateError};

/// A bundle and its items, all of them fit to be sent.
pub(crate) struct Source {
    pub(crate) bundle: MadeBundle,
    pub(crate) items: Vec<JudgedItem>,
    /// The announcements: what configuration switches off or weakens.
    pub(crate) switched_off: Vec<String>,
    /// The public half of the key that signed the manifest in this run.
    pub(crate) export_key: Option<String>,
}

/// The items as the journal names them.
pub(crate) fn item_records(source: &Source) -> Vec<ItemRecord> {
    let name_of = |item: &JudgedItem| {
        let stated = source.bundle.manifest.items.iter().find(|stated| stated.sha256 == item.sha256);
        stated.map_or_else(|| item.name.clone(), |stated| stated.name.clone())
    };
    source.items.iter().map(|item| item_record(item, &name_of(item))).collect()
}

/// The journal's entry for a new manifest.
pub(crate) fn bundle_event(source: &Source) -> Event {
    let bundle = &source.bundle;
    Event::Bundle {
        object: bundle.object.id,
        length: bundle.object.length.get(),
        source: bundle.manifest.source,
        manifest_number: bundle.manifest.number,
        manifest: bundle.manifest.digest(),
        items: item_records(source),
        export_key: source.export_key.clone(),
        switched_off: source.switched_off.clone(),
    }
}

/// Adds the bundle to the state's record, and stores its bytes.
pub(crate) fn remember_bundle(state: &mut State<'_>, bundle: &MadeBundle) -> Result<(), StateError> {
    if bundle.is_new {
        state.keep_bundle(&bundle.object.id, &bundle.bytes)?;
        state.record.sources.retain(|known| known.source != bundle.manifest.source);
        state.record.sources.push(bundle.record());
    }
    Ok(())
}

/// Adds the items to the state's record as sent, and stores their bytes.
pub(crate) fn remember_items(state: &mut State<'_>, items: &[JudgedItem]) -> Result<(), StateError> {
    for item in items {
        let (Some(issuer), sha256) = (item.issuer, item.sha256) else { continue };
        state.keep_item(&item.der)?;
        match item.kind {
            Some(ItemKind::Crl) => {
                state.record.crls.retain(|known| known.issuer != issuer);
                state.record.crls.push(CrlRecord { issuer, sha256 });
                note_revocations(state, &issuer, &item.der)?;
            }
            Some(ItemKind::Certificate) => {
                state.record.certificates.retain(|known| known.sha256 != sha256);
                state.record.certificates.push(CertificateRecord { issuer, sha256 });
            }
            None => {}
        }
    }
    Ok(())
}

/// Notes which certificates of `issuer` its new CRL revokes. What is noted stays when the CRL drops the entry because the
/// certificate has ended; it goes when the CRL takes a hold back.
fn note_revocations(state: &mut State<'_>, issuer: &Digest, der: &[u8]) -> Result<(), StateError> {
    let mut issued = Vec::new();
    for known in state.record.certificates.iter().filter(|known| known.issuer == *issuer) {
        issued.extend(issued_of(&state.item(&known.sha256)?, &Policy::default()));
    }
    for (certificate, revocation) in revocations(der, &issued) {
        state.record.revoked.retain(|known| known.certificate != certificate);
        state.record.revoked.extend(revocation.map(|revocation| RevokedRecord {
            certificate,
            since: revocation.since.0,
            compromised: revocation.ends_key,
        }));
    }
    Ok(())
}

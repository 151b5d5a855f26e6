//! Whether state and journal record what was released.

use rootcast_pki::crl;
use rootcast_pki::profile::Policy;
use rootcast_protocol::digest::Digest;

use crate::ceremony::draft::expected::Expected;
use crate::ceremony::folder::layout::SIGNED;
use crate::ceremony::folder::{RehearsalFolder, read_added};
use crate::store::journal::Chain;
use crate::store::state::{State, StateError};

/// Whether the state has every object in `signed/`, and the journal has the entry of a new root.
pub(super) fn is_remembered(state: &State<'_>, chain: &Chain, opened: &RehearsalFolder) -> bool {
    let record = &state.record;
    let issuer = Digest::of(&opened.inputs.signer.spki);
    opened.objects.iter().all(|object| {
        let Ok(der) = read_added(&opened.folder.join(SIGNED).join(&object.file)) else { return false };
        let sha256 = Digest::of(&der);
        match &object.expected {
            Expected::Certificate(certificate) if certificate.is_root() => {
                record.retired.iter().any(|root| root.sha256 == sha256)
                    || record.roots.iter().any(|root| root.sha256 == sha256) && chain.has_enrolled(&sha256)
            }
            Expected::Certificate(_) => record.signed_certificates.iter().any(|known| known.sha256 == sha256),
            Expected::Crl(_) => {
                record.signed_crls.iter().any(|known| known.sha256 == sha256)
                    || is_abandoned(state, chain, &sha256)
                    || is_followed(state, &issuer, &der).unwrap_or(false)
            }
        }
    })
}

/// Whether state or journal has the CRL with this SHA-256 as abandoned.
pub(super) fn is_abandoned(state: &State<'_>, chain: &Chain, sha256: &Digest) -> bool {
    state.record.abandoned.iter().any(|abandoned| abandoned.crl.sha256 == *sha256)
        || chain.abandoned_crls().any(|(_, crl)| crl.sha256 == *sha256)
}

/// Whether the state has a CRL of this issuer that was signed after this one.
pub(super) fn is_followed(state: &State<'_>, issuer: &Digest, der: &[u8]) -> Result<bool, StateError> {
    let number = |der: &[u8]| crl::inspect(der, &Policy::default()).value.and_then(|crl| crl.number());
    let Some(known) = state.record.signed_crls.iter().find(|known| known.issuer == *issuer) else {
        return Ok(false);
    };
    Ok(number(&state.item(&known.sha256)?) > number(der))
}

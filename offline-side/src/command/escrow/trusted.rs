//! The roots that a state trusts, by their keys.

use rootcast_pki::certificate;
use rootcast_pki::profile::Policy;

use crate::ceremony::key::public_key::PublicKey;
use crate::store::state::State;

/// The public keys of the roots that this state trusts.
pub(super) fn trusted_keys(state: &State<'_>) -> Vec<PublicKey> {
    let key = |sha256| {
        let der = state.item(sha256).ok()?;
        PublicKey::from_spki(certificate::inspect(&der, &Policy::default()).value?.spki())
    };
    state.record.roots.iter().filter_map(|root| key(&root.sha256)).collect()
}

//! What is known from before, as state and journal have it: what was signed, burned and sent, and whose keys there are.

use std::sync::Arc;

use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::history::{IssuedCertificate, KnownKey};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::profile::Policy;
use rootcast_protocol::digest::Digest;

use crate::gate::Gate;
use crate::store::journal::Chain;
use crate::store::state::Record;

/// What is known from before.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// How strict the rules are for this root.
    pub policy: Policy,
    /// The CRL that was signed or sent last, DER.
    pub last_crl: Option<Arc<Vec<u8>>>,
    /// The certificates that were signed or sent.
    pub issued: Vec<IssuedCertificate>,
    /// The highest CRL number that a signing burned.
    pub burned: Option<CrlNumber>,
    /// The highest CRL number that the journal says was released; the state may not have that CRL.
    pub released: Option<CrlNumber>,
    /// CRL numbers that were signed and read back, and of which it is not known whether they were released.
    pub doubtful: Vec<CrlNumber>,
    /// The trusted roots.
    pub roots: Vec<Issuer>,
    /// The keys of the CAs whose certificates were signed or sent, and of the roots.
    pub known_keys: Vec<KnownKey>,
}

impl Known {
    /// What `gate`, of the state with `record`, and the journal have about the issuer with this public key. A journal that
    /// is newer than a restored state, or a state that is newer than the journal, lowers no number.
    #[must_use]
    pub(crate) fn from_records(gate: &Gate, record: &Record, chain: &Chain, public_key: &Digest) -> Self {
        let root = gate.roots().iter().find(|root| Digest(root.issuer.spki_sha256()) == *public_key);
        let (last_crl, issued) = gate.ceremony_history(public_key);
        Self {
            policy: root.map(|root| root.policy).unwrap_or_default(),
            last_crl,
            issued,
            burned: record.burned_number(public_key).max(chain.burned_number(public_key)),
            released: chain.released_number(public_key),
            doubtful: chain.doubtful_numbers(public_key),
            roots: gate.roots().iter().map(|root| root.issuer.clone()).collect(),
            known_keys: gate.keys_signed_or_known(),
        }
    }
}

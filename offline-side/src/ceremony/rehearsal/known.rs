//! What is known from before, as state and journal have it: what was signed, burned, sent and abandoned, and whose keys
//! there are.

use std::collections::BTreeSet;
use std::sync::Arc;

use rootcast_pki::crl;
use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::history::{IssuedCertificate, KnownKey};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item;
use rootcast_pki::profile::Policy;
use rootcast_pki::serial::SerialNumber;
use rootcast_protocol::digest::Digest;

use crate::gate::Gate;
use crate::store::journal::Chain;
use crate::store::journal::ceremony::ReleasedCrl;
use crate::store::state::State;

/// What is known from before.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// How strict the rules are for this root.
    pub policy: Policy,
    /// The CRL that was sent last, DER.
    pub sent: Option<Arc<Vec<u8>>>,
    /// The CRLs that were signed and released here and are newer than the one that was sent last, without those abandoned.
    pub signed: Vec<SignedCrl>,
    /// The numbers of the CRLs that were abandoned.
    pub abandoned: BTreeSet<CrlNumber>,
    /// The certificates that were signed or sent.
    pub issued: Vec<IssuedCertificate>,
    /// The highest CRL number that a signing burned.
    pub burned: Option<CrlNumber>,
    /// CRL numbers that were signed and read back, and of which it is not known whether they were released.
    pub doubtful: Vec<CrlNumber>,
    /// The trusted roots.
    pub roots: Vec<Issuer>,
    /// The roots that were retired.
    pub retired: Vec<Issuer>,
    /// The keys of the CAs whose certificates were signed or sent, and of the roots, the retired ones too.
    pub known_keys: Vec<KnownKey>,
    /// The CAs that policy names as affiliated: the SHA-256 of the SubjectPublicKeyInfo or the key identifier of each.
    pub affiliated: Vec<String>,
    /// The keys, SubjectPublicKeyInfo, and serial numbers of the certificates in `issued`, as far as the state has them.
    pub issued_keys: Vec<(Vec<u8>, SerialNumber)>,
}

/// A CRL that was signed and released here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCrl {
    /// Its number.
    pub number: CrlNumber,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// The name of its file.
    pub file: String,
    /// Its bytes, where the state has them: one restored since may not.
    pub der: Option<Arc<Vec<u8>>>,
    /// Whether the journal has it in a bundle or transmission: then it may have left this host.
    pub has_left: bool,
}

impl Known {
    /// The trusted roots, then those that were retired, each with whether it was.
    pub(super) fn all_roots(&self) -> impl Iterator<Item = (&Issuer, bool)> {
        self.roots.iter().map(|root| (root, false)).chain(self.retired.iter().map(|root| (root, true)))
    }

    /// What `gate`, of `state`, and the journal have about the issuer with this public key. A journal that is newer than a
    /// restored state, or a state that is newer than the journal, lowers no number.
    #[must_use]
    pub(crate) fn from_records(gate: &Gate, state: &State<'_>, chain: &Chain, public_key: &Digest) -> Self {
        let record = &state.record;
        let root = gate.roots().iter().find(|root| Digest(root.issuer.spki_sha256()) == *public_key);
        let [signed_last, sent] = gate.last_crls(public_key);
        let (_, issued) = gate.ceremony_history(public_key);
        let in_state = record.abandoned.iter().filter(|one| one.issuer == *public_key).map(|one| &one.crl);
        let in_journal = chain.abandoned_crls().filter(|(issuer, _)| *issuer == Some(public_key)).map(|(_, crl)| crl);
        let abandoned: BTreeSet<CrlNumber> = in_state.chain(in_journal).map(|crl| crl.number).collect();
        let mut released = chain.released_crls(public_key);
        // What the journal says of a release may be lost, or not written yet.
        if let Some(der) = &signed_last
            && let Some(number) = number_of(der)
        {
            let sha256 = Digest::of(der);
            if !released.iter().any(|known| known.sha256 == sha256) {
                let tbs_sha256 = item::tbs(der).map(Digest::of);
                released.push(ReleasedCrl { number, sha256, tbs_sha256, file: "root.crl".to_owned() });
            }
        }
        let sent_number = sent.as_deref().and_then(|der| number_of(der));
        let signed =
            released.into_iter().filter(|crl| Some(crl.number) > sent_number && !abandoned.contains(&crl.number));
        let signed = signed.map(|ReleasedCrl { number, sha256, tbs_sha256, file }| {
            let der = state.item(&sha256).ok().map(Arc::new);
            let tbs_sha256 = der.as_ref().and_then(|der| item::tbs(der)).map(Digest::of).or(tbs_sha256);
            SignedCrl { number, sha256, file, der, has_left: chain.has_left(&sha256, tbs_sha256.as_ref()) }
        });
        Self {
            policy: root.map(|root| gate.policy_for(&root.issuer)).unwrap_or_default(),
            signed: signed.collect(),
            sent,
            abandoned,
            issued,
            burned: record.burned_number(public_key).max(chain.burned_number(public_key)),
            doubtful: chain.doubtful_numbers(public_key),
            roots: gate.roots().iter().map(|root| root.issuer.clone()).collect(),
            retired: gate.retired().iter().map(|root| root.issuer.clone()).collect(),
            known_keys: gate.keys_signed_or_known(),
            affiliated: root.map(|root| root.affiliated.clone()).unwrap_or_default(),
            issued_keys: gate.ceremony_keys(public_key),
        }
    }
}

fn number_of(der: &[u8]) -> Option<CrlNumber> {
    crl::inspect(der, &Policy::default()).value.and_then(|crl| crl.number())
}

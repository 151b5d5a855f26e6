//! The gate: the rules that an item must pass before it is sent. The online side applies the same rules.
//!
//! The gate refuses what the online side would refuse, under the same rule id, while the item can still be corrected.
//! Two holds of the online side are only warnings here: a first CRL (CRL-FIRST), and a new key of a known CA
//! (CERT-SKI). Any other hold needs a recorded decision about that rule here; the online side then asks for its own
//! decision. `check`, `plan` and `send` show what the online side will hold. An item that was sent before may not have
//! arrived. It is sent again only if the online side would accept it now.
//! Must not: transmit, or change the state.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rootcast_pki::authority::Revocation;
use rootcast_pki::crl;
use rootcast_pki::history::{IssuedCertificate, KnownKey};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::{self, ItemKind};
use rootcast_pki::policy_options::{announcements, reminders};
use rootcast_pki::profile::{Policy, Profile};
use rootcast_pki::rule::Rule;
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;

use crate::store::journal::Chain;
use crate::store::state::{State, StateError};

mod authority;
mod history;
mod inspected_item;
mod inspecting;
pub mod item_summary;
pub(crate) mod item_text;
mod judged_item;
mod judging;
mod released;
mod sent;

pub use authority::EnrolledRoot;
pub(crate) use authority::key_of_certificate;
pub(crate) use inspected_item::InspectedItem;
pub use judged_item::JudgedItem;
pub(crate) use judged_item::severity;
pub(crate) use sent::{issued_of, revocations};

use authority::{Authority, Candidate, authorities, policy_of};
use released::{Released, ReleasedFiles};
use sent::Sent;

/// Holds of the online side that are only warnings here: a first CRL, and a new key of a known CA.
pub(crate) const EXPECTED_HOLDS: [Rule; 2] = [Rule::CrlFirst, Rule::CertSki];

/// The gate, with what it compares with.
#[derive(Debug, Default)]
pub struct Gate {
    roots: Vec<EnrolledRoot>,
    /// The roots that were retired, in the order in which that happened.
    retired: Vec<EnrolledRoot>,
    /// The roots, and the offline issuers whose certificates were sent, one certificate of each: whose an item is does not
    /// depend on the time.
    authorities: Vec<Authority>,
    /// Counts how often they were made anew.
    authorities_version: u64,
    /// Certificates sent whose keys policy names as offline issuers'.
    candidates: Vec<Candidate>,
    /// What CRLs sent from here said of certificates sent from here, by the SHA-256 of the certificate.
    noted: BTreeMap<Digest, Revocation>,
    /// The SubjectPublicKeyInfos of the certificates sent from here or signed here, by the SHA-256 of the certificate.
    keys_of: BTreeMap<Digest, Vec<u8>>,
    known_keys: Vec<KnownKey>,
    /// The same of the certificates signed here, sent or not.
    signed_keys: Vec<KnownKey>,
    /// The public keys of requests that were given for this run.
    requests: Vec<Vec<u8>>,
    /// By the digest of the issuer's public key.
    sent: BTreeMap<Digest, Sent>,
    /// The same of what was signed here, sent or not.
    signed: BTreeMap<Digest, Sent>,
    /// What the journal says of everything that was signed here.
    released: ReleasedFiles,
    /// Rules whose holds are decided: [`EXPECTED_HOLDS`] always, others by a person.
    decided: BTreeSet<Rule>,
    policy: Policy,
}

impl Gate {
    /// The gate as `state` has it. `allow_sha1` lets old signatures pass, with a finding each.
    ///
    /// # Errors
    /// When the state is broken.
    pub fn from_state(state: &State<'_>, allow_sha1: bool) -> Result<Self, StateError> {
        let mut gate = Self::without_state(allow_sha1);
        let roots = state.record.roots.iter().map(|root| (root, false));
        for (root, is_retired) in roots.chain(state.record.retired.iter().map(|root| (root, true))) {
            let der = state.item(&root.sha256)?;
            let broken = |why: String| StateError::Broken { path: state.folder().join("items"), why };
            let policy = policy_of(root, allow_sha1).map_err(|error| broken(error.to_string()))?;
            let usable = |der: &[u8], sha256: &Digest| {
                let unusable = |findings| broken(format!("the certificate {sha256} of an issuer: {findings}"));
                Issuer::from_certificate(der, &policy).map_err(unusable)
            };
            let issuer = usable(&der, &root.sha256)?;
            let mut named = Vec::new();
            for sha256 in &root.offline_issuers {
                named.push(usable(&state.item(sha256)?, sha256)?);
            }
            let root = EnrolledRoot { issuer, policy, named, affiliated: root.affiliated.clone() };
            if is_retired {
                gate.retired.push(root);
            } else {
                gate.known_keys.push(KnownKey::from(&root.issuer));
                gate.roots.push(root);
            }
        }
        for record in &state.record.crls {
            let der = state.item(&record.sha256)?;
            gate.sent.entry(record.issuer).or_default().crl = Some(Arc::new(der));
        }
        for record in &state.record.revoked {
            let revocation = Revocation { since: Timestamp(record.since), ends_key: record.compromised };
            gate.noted.insert(record.certificate, revocation);
        }
        for record in &state.record.certificates {
            let der = state.item(&record.sha256)?;
            gate.admit_certificate(record.issuer, &der);
        }
        for record in &state.record.signed_crls {
            gate.signed.entry(record.issuer).or_default().crl = Some(Arc::new(state.item(&record.sha256)?));
        }
        for record in &state.record.signed_certificates {
            let der = state.item(&record.sha256)?;
            if let Some(key) = key_of_certificate(&der, &gate.policy) {
                gate.keys_of.insert(Digest::of(&der), key.spki.clone());
                gate.signed_keys.push(key);
            }
            let known = issued_of(&der, &gate.policy);
            gate.signed.entry(record.issuer).or_default().certificates.extend(known);
        }
        let issuers: Vec<Digest> = gate.sent.keys().copied().collect();
        issuers.iter().for_each(|issuer| gate.note_revocations(issuer));
        gate.unify_policies();
        gate.authorities = gate.authorities_at(Timestamp(i64::MAX));
        Ok(gate)
    }

    /// The same with what `chain`, the journal of `state`, says of everything that was signed here: such an item leaves as
    /// it was released, or not at all.
    ///
    /// # Errors
    /// When the state is broken.
    pub(crate) fn from_records(state: &State<'_>, chain: &Chain, allow_sha1: bool) -> Result<Self, StateError> {
        let released = ReleasedFiles::new(state, chain);
        Ok(Self { released, ..Self::from_state(state, allow_sha1)? })
    }

    /// A gate that knows no issuer: content rules only, and ITEM-ISSUER-UNKNOWN for everything.
    #[must_use]
    pub(crate) fn without_state(allow_sha1: bool) -> Self {
        Self {
            decided: BTreeSet::from(EXPECTED_HOLDS),
            policy: Policy { allow_sha1, ..Policy::default() },
            ..Self::default()
        }
    }

    /// Judges by this profile instead of the stored one, for `check`.
    pub(crate) fn set_profile(&mut self, profile: Profile) {
        self.policy.profile = profile;
        self.roots.iter_mut().for_each(|root| root.policy.profile = profile);
    }

    /// Compares the public key of every certificate with these, of the requests that were given (CERT-REQUEST).
    pub(crate) fn compare_with_requests(&mut self, requests: Vec<Vec<u8>>) {
        self.requests = requests;
    }

    /// Takes the holds of these rules as decided by a person. What is rejected stays rejected.
    pub(crate) fn decide(&mut self, rules: &[Rule]) {
        self.decided.extend(rules);
    }

    /// The trusted roots.
    #[must_use]
    pub fn roots(&self) -> &[EnrolledRoot] {
        &self.roots
    }

    /// The roots that were retired, the last one last.
    pub(crate) fn retired(&self) -> &[EnrolledRoot] {
        &self.retired
    }

    /// How strict the rules are for the items of this issuer: the strictest policy of all roots that are it or name it,
    /// whichever of its certificates were sent.
    pub(crate) fn policy_for(&self, issuer: &Issuer) -> Policy {
        let is_it = |root: &&EnrolledRoot| [&root.issuer].into_iter().chain(&root.named).any(|one| one.is_same(issuer));
        let policies = self.roots.iter().filter(is_it).map(|root| root.policy);
        policies.reduce(Policy::stricter).unwrap_or(self.policy)
    }

    /// SHA-256 of each trusted certificate of this root, in their order: it may have been renewed under its key.
    pub(crate) fn certificates_of(&self, issuer: &Issuer) -> impl Iterator<Item = Digest> {
        let own = self.roots.iter().filter(|root| root.issuer.is_same(issuer));
        own.map(|root| Digest(root.issuer.certificate_sha256()))
    }

    /// The CAs that policy names as affiliated with this issuer.
    pub(crate) fn affiliated(&self, issuer: &Issuer) -> &[String] {
        let is_it = |root: &&EnrolledRoot| [&root.issuer].into_iter().chain(&root.named).any(|one| one.is_same(issuer));
        self.roots.iter().find(is_it).map_or(&[], |root| &root.affiliated)
    }

    /// The announcements of every run: each rule that configuration switches off or weakens at `now`, with its root.
    #[must_use]
    pub(crate) fn switched_off_texts(&self, now: i64) -> Vec<String> {
        self.with_root(|policy| announcements(policy, Timestamp(now)))
    }

    /// The rules that are on again soon, and those that were off until a date that has passed, with their root.
    #[must_use]
    pub(crate) fn reminder_texts(&self, now: i64) -> Vec<String> {
        self.with_root(|policy| reminders(policy, Timestamp(now)))
    }

    /// What is said of each policy, with its root, and once.
    fn with_root(&self, said: impl Fn(&Policy) -> Vec<String>) -> Vec<String> {
        let of = |root: &EnrolledRoot| {
            let (subject, key) = (root.issuer.subject().to_string(), root.issuer.file_name());
            said(&root.policy).into_iter().map(move |text| format!("{text} ({subject}, key {key})"))
        };
        let mut texts: Vec<String> = Vec::new();
        for text in self.roots.iter().flat_map(of) {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        texts
    }

    /// SHA-256 of the public key of the root that this issuer is, or stands below.
    fn root_key(&self, authority: &Authority) -> Option<Digest> {
        self.roots.get(authority.root).map(|root| Digest(root.issuer.spki_sha256()))
    }

    /// The CRL sent last of the issuer whose public key has this SHA-256.
    fn last_crl(&self, issuer: &Digest) -> Option<&[u8]> {
        self.sent.get(issuer)?.crl.as_ref().map(|der| der.as_slice())
    }

    /// The file that was released here in the place of this one, the one with this SHA-256: it has the same content, whose
    /// SHA-256 is `tbs_sha256`, signed with the key of `issuer`, and other bytes.
    fn released_instead(&self, issuer: &Digest, tbs_sha256: &Digest, sha256: &Digest) -> Option<Released> {
        if let Some(known) = self.released.of_content(tbs_sha256, sha256) {
            return known;
        }
        // A journal that was begun anew does not have what the state has.
        let signed = self.signed.get(issuer)?;
        let crl = signed.crl.as_ref().filter(|der| item::tbs(der).map(Digest::of) == Some(*tbs_sha256));
        let crl = crl.map(|der| Released::new(Digest::of(der), item::signature(der)));
        let released = crl.or_else(|| {
            let known = signed.certificates.iter().find(|known| known.tbs_sha256 == tbs_sha256.0)?;
            Some(Released::new(Digest(known.sha256), Some(&known.signature)))
        });
        released.filter(|released| released.sha256 != *sha256)
    }

    /// Records that `item` will be sent, so that later items of the same bundle are compared with it.
    pub(crate) fn admit(&mut self, item: &JudgedItem) {
        match (item.kind, item.issuer) {
            (Some(ItemKind::Crl), Some(issuer)) => {
                self.sent.entry(issuer).or_default().crl = Some(Arc::clone(&item.der));
                self.note_revocations(&issuer);
            }
            (Some(ItemKind::Certificate), Some(issuer)) => self.admit_certificate(issuer, &item.der),
            _ => {}
        }
        if !self.candidates.is_empty() {
            self.authorities = self.authorities_at(Timestamp(i64::MAX));
            self.authorities_version += 1;
        }
    }

    /// The certificates by which items are judged at this time.
    fn authorities_at(&self, now: Timestamp) -> Vec<Authority> {
        let own: Vec<Option<Timestamp>> = self.roots.iter().map(|root| self.own_revocation(&root.issuer)).collect();
        authorities(&self.roots, &own, &self.candidates, &self.noted, now)
    }

    /// Since when the root's own last CRL revokes this certificate of it. It matters only where it has another one.
    fn own_revocation(&self, issuer: &Issuer) -> Option<Timestamp> {
        if !issuer.is_root() || self.certificates_of(issuer).count() < 2 {
            return None;
        }
        let crl = crl::inspect(self.last_crl(&Digest(issuer.spki_sha256()))?, &Policy::default()).value?;
        let own = issuer.serial().as_bytes();
        crl.entries().find(|entry| entry.serial == own).map(|entry| entry.revocation_date)
    }

    /// One issuer has one policy. Earlier versions kept one with each certificate, and the first one decided.
    fn unify_policies(&mut self) {
        for index in 0..self.roots.len() {
            let Some(root) = self.roots.get(index) else { return };
            let first = self.roots.iter().find(|other| other.issuer.is_same(&root.issuer));
            let Some((policy, named)) = first.map(|first| (first.policy, first.named.clone())) else { return };
            if let Some(root) = self.roots.get_mut(index) {
                (root.policy, root.named) = (policy, named);
            }
        }
    }

    /// The certificates of this issuer, and of those that stand only below it, that were sent from here or signed here, have
    /// not ended and are not revoked: they need its CRLs.
    pub(crate) fn needing(&self, issuer: &Issuer, now: i64) -> Vec<IssuedCertificate> {
        let own = Digest(issuer.spki_sha256());
        let is_below = |authority: &&Authority| authority.above.contains(&own);
        let below = self.authorities.iter().filter(is_below).map(|authority| Digest(authority.issuer.spki_sha256()));
        let issuers: BTreeSet<Digest> = below.chain([own]).collect();
        issuers.iter().flat_map(|issuer| self.in_force_of(issuer, Timestamp(now))).collect()
    }

    fn admit_certificate(&mut self, issuer: Digest, der: &[u8]) {
        let Some(issued) = issued_of(der, &self.policy) else { return };
        let known = &mut self.sent.entry(issuer).or_default().certificates;
        if !known.iter().any(|known| known.sha256 == issued.sha256) {
            known.push(issued);
        }
        if let Ok(certified) = Issuer::from_certificate(der, &self.policy) {
            self.keys_of.insert(Digest::of(der), certified.spki().to_vec());
            self.known_keys.push(KnownKey::from(&certified));
            // Whatever its name: a revocation may end the key.
            if self.roots.iter().flat_map(|root| &root.named).any(|named| named.spki() == certified.spki()) {
                self.candidates.push(Candidate { parent: issuer, issuer: certified });
            }
        }
    }

    /// Notes which certificates of `issuer` its last CRL revokes, and which keys that ends.
    fn note_revocations(&mut self, issuer: &Digest) {
        let Some(Sent { crl: Some(crl), certificates }) = self.sent.get(issuer) else { return };
        for (certificate, revocation) in revocations(crl, certificates) {
            match revocation {
                Some(revocation) => self.noted.insert(certificate, revocation),
                None => self.noted.remove(&certificate),
            };
        }
        let noted = self.noted.iter().map(|(certificate, revocation)| (*certificate, *revocation));
        let ended = ended_keys(&self.keys_of, noted);
        for key in self.known_keys.iter_mut().chain(&mut self.signed_keys) {
            key.ended = ended.get(&*key.spki).copied();
            if let Some(certified) = &mut key.certified {
                certified.is_revoked = self.noted.contains_key(&Digest(certified.certificate));
            }
        }
    }
}

/// The keys that these revocations end, each with the first date, by the SubjectPublicKeyInfo.
fn ended_keys(
    keys_of: &BTreeMap<Digest, Vec<u8>>,
    revocations: impl Iterator<Item = (Digest, Revocation)>,
) -> BTreeMap<&[u8], Timestamp> {
    let mut ended: BTreeMap<&[u8], Timestamp> = BTreeMap::new();
    for (certificate, revocation) in revocations.filter(|(_, revocation)| revocation.ends_key) {
        if let Some(key) = keys_of.get(&certificate) {
            let since = ended.entry(key).or_insert(revocation.since);
            *since = revocation.since.min(*since);
        }
    }
    ended
}

//! The issuers whose items are judged here: the trusted roots, and the published CA certificates below them that policy
//! names as offline issuers.
//!
//! A name alone is not enough: this same gate must first accept and publish the issuer's certificate.

use rootcast_pki::authority;
use rootcast_pki::authority::Revocation;
use rootcast_pki::crl;
use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::policy_options::{announcements, reminders};
use rootcast_pki::policy_record::{PolicyRecordError, StoredPolicy};
use rootcast_pki::profile::Policy;
use rootcast_pki::serial::SerialNumber;
use rootcast_pki::time::Timestamp;

use crate::gate::export_key::{ExportKey, ExportKeyError};
use crate::publication::{CertificateRecord, Draft, RootRecord, Snapshot, StateError, issuer_file, root_file};

/// A trusted root, ready for judging.
#[derive(Debug)]
pub struct Root {
    /// Its record in the state.
    pub record: RootRecord,
    /// The root itself.
    pub issuer: Issuer,
    /// How strictly its items are judged.
    pub policy: Policy,
    /// The issuers below it that policy names, as their certificates were given.
    pub named: Vec<Issuer>,
    /// The keys that sign its manifests: those pinned, at most two.
    pub export_keys: Vec<ExportKey>,
}

impl Root {
    /// Whether a key is pinned that signs its manifests.
    #[must_use]
    pub(crate) fn has_export_key(&self) -> bool {
        !self.export_keys.is_empty()
    }
}

/// The roots pinned in a generation, one for each certificate. Those of one issuer have one policy.
///
/// # Errors
/// When a root's file is missing, changed or unreadable.
pub fn roots(snapshot: &Snapshot) -> Result<Vec<Root>, StateError> {
    let own: Vec<Root> =
        snapshot.record().roots.iter().map(|record| root_of(record, snapshot)).collect::<Result<_, _>>()?;
    let records: Vec<RootRecord> = own.iter().map(|root| record_of_issuer(root, &own)).collect();
    let with_policy = |(root, record): (Root, RootRecord)| match root.record == record {
        true => Ok(root),
        false => root_of(&record, snapshot),
    };
    own.into_iter().zip(records).map(with_policy).collect()
}

/// The roots that were retired, one for each certificate.
///
/// # Errors
/// When a root's file is missing, changed or unreadable.
pub(crate) fn retired_roots(snapshot: &Snapshot) -> Result<Vec<Root>, StateError> {
    snapshot.record().retired.iter().map(|retired| root_of(&retired.root, snapshot)).collect()
}

/// The record of a certificate with the policy of its issuer. Earlier versions kept a policy with each certificate, and the
/// one that was trusted first decided.
fn record_of_issuer(root: &Root, all: &[Root]) -> RootRecord {
    let of_issuer = || all.iter().filter(|other| other.issuer.is_same(&root.issuer)).map(|other| &other.record);
    let first = of_issuer().min_by_key(|record| record.enrolled).unwrap_or(&root.record);
    let numbers = of_issuer().filter_map(|record| record.first_number.as_ref()?.parse::<CrlNumber>().ok());
    RootRecord {
        sha256: root.record.sha256.clone(),
        enrolled: root.record.enrolled,
        first_number: numbers.max().map(|number| number.to_string()),
        ..first.clone()
    }
}

fn root_of(record: &RootRecord, snapshot: &Snapshot) -> Result<Root, StateError> {
    let path = root_file(&record.sha256);
    let broken = |why: String| StateError::Broken { path: path.clone().into(), why };
    let policy = policy_of(record).map_err(|error| broken(error.to_string()))?;
    let issuer_in = |path: &str| {
        let unusable = |_| StateError::Broken { path: path.into(), why: "it cannot be used as an issuer".to_owned() };
        Issuer::from_certificate(&snapshot.file(path)?, &policy).map_err(unusable)
    };
    let issuer = issuer_in(&path)?;
    let named =
        record.policy.offline_issuers.iter().map(|sha256| issuer_in(&issuer_file(sha256))).collect::<Result<_, _>>()?;
    let export_keys = record.policy.export_keys.iter().map(|key| key.parse()).collect::<Result<_, _>>();
    let export_keys = export_keys.map_err(|error: ExportKeyError| broken(error.to_string()))?;
    Ok(Root { record: record.clone(), issuer, policy, named, export_keys })
}

/// The policy that a root's record amounts to.
///
/// # Errors
/// When it holds something this program does not know.
pub(crate) fn policy_of(record: &RootRecord) -> Result<Policy, PolicyRecordError> {
    StoredPolicy {
        profile: &record.profile,
        numbers: &record.policy.numbers,
        switched_off: &record.policy.switched_off,
        off_until: &record.policy.off_until,
        allow_sha1: record.allow_sha1,
        crl_life_min_s: record.policy.crl_life_min_s,
    }
    .policy()
}

/// How strict the rules are for the items of this issuer: the strictest policy of all roots that are it or name it, whichever
/// of its certificates have arrived.
pub(super) fn policy_for(issuer: &Issuer, roots: &[Root]) -> Policy {
    let is_it = |root: &&Root| [&root.issuer].into_iter().chain(&root.named).any(|one| one.is_same(issuer));
    let policies = roots.iter().filter(is_it).map(|root| root.policy);
    policies.reduce(Policy::stricter).unwrap_or_default()
}

/// The announcements of every run: each rule that configuration switches off or weakens now, with its root.
#[must_use]
pub(crate) fn switched_off_texts(roots: &[Root], now: i64) -> Vec<String> {
    with_root(roots, |policy| announcements(policy, Timestamp(now)))
}

/// The rules that are on again soon, and those that were off until a date that has passed, with their root.
#[must_use]
pub(crate) fn reminder_texts(roots: &[Root], now: i64) -> Vec<String> {
    with_root(roots, |policy| reminders(policy, Timestamp(now)))
}

/// What is said of each policy, with its root, and once.
fn with_root(roots: &[Root], said: impl Fn(&Policy) -> Vec<String>) -> Vec<String> {
    let of = |root: &Root| {
        let (subject, key) = (root.issuer.subject().to_string(), root.issuer.file_name());
        said(&root.policy).into_iter().map(move |text| format!("{text} ({subject}, key {key})"))
    };
    let mut texts: Vec<String> = Vec::new();
    for text in roots.iter().flat_map(of) {
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts
}

/// An issuer whose items are judged now; the issuers above it by their file names.
pub(crate) type Authority<'r> = authority::Authority<&'r Root, String>;

/// Every issuer whose items are judged now, by each certificate that counts: the roots, then the offline issuers that are
/// published.
///
/// # Errors
/// When a published file cannot be read.
pub(crate) fn authorities<'r>(roots: &'r [Root], draft: &Draft, now: i64) -> Result<Vec<Authority<'r>>, StateError> {
    let mut published = Vec::new();
    if has_offline_issuers(roots) {
        for record in &draft.record().certificates {
            let der = draft.file(&format!("published/ca/{}.crt", record.sha256))?;
            if let Ok(issuer) = Issuer::from_certificate(&der, &Policy::default()) {
                published.push((record, issuer, revocation(record, draft)?));
            }
        }
    }
    let candidates = published.iter().map(|(record, issuer, revoked)| authority::Candidate {
        parent: record.issuer.clone(),
        issuer,
        revoked: *revoked,
    });
    let candidates: Vec<_> = candidates.collect();
    let mut trusted = Vec::with_capacity(roots.len());
    for root in roots {
        let Root { issuer, named, .. } = root;
        trusted.push(authority::TrustedRoot { root, issuer, revoked: own_revocation(root, roots, draft)?, named });
    }
    let now = Timestamp(now);
    Ok(authority::authorities(&trusted, &candidates, Issuer::file_name, Issuer::is_published_as, now))
}

/// Since when the root's own accepted CRL revokes this certificate of it. It matters only where it has another one.
///
/// # Errors
/// When the CRL cannot be read.
fn own_revocation(root: &Root, roots: &[Root], draft: &Draft) -> Result<Option<Timestamp>, StateError> {
    let name = root.issuer.file_name();
    if !root.issuer.is_root() || !is_renewed(root, roots) || !draft.record().crls.iter().any(|crl| crl.issuer == name) {
        return Ok(None);
    }
    let crl = draft.file(&format!("published/crl/{name}.crl"))?;
    let crl = crl::inspect(&crl, &Policy::default()).value;
    let own = root.issuer.serial().as_bytes();
    let revoking = crl.iter().flat_map(|crl| crl.entries()).find(|entry| entry.serial == own);
    Ok(revoking.map(|entry| entry.revocation_date))
}

/// Whether this root has several certificates.
fn is_renewed(root: &Root, roots: &[Root]) -> bool {
    roots.iter().filter(|other| other.issuer.is_published_as(&root.issuer)).count() > 1
}

/// What the CRL of its issuer says of a published certificate.
///
/// # Errors
/// When an earlier version did not note the reason, and the CRL that has it cannot be read.
pub(super) fn revocation(record: &CertificateRecord, draft: &Draft) -> Result<Option<Revocation>, StateError> {
    let Some(since) = record.revoked.map(Timestamp) else { return Ok(None) };
    let ends_key = match record.compromised {
        Some(is_compromised) => is_compromised,
        None => {
            let crl = draft.file(&format!("published/crl/{}.crl", record.issuer))?;
            let crl = crl::inspect(&crl, &Policy::default()).value;
            crl.iter().flat_map(|crl| crl.entries()).any(|entry| {
                entry.is_compromise() && SerialNumber::from_contents(entry.serial).to_string() == record.serial
            })
        }
    };
    Ok(Some(Revocation { since, ends_key }))
}

/// Whether the policy of any of these roots names an offline issuer.
fn has_offline_issuers(roots: &[Root]) -> bool {
    roots.iter().any(|root| !root.named.is_empty())
}

/// The authorities of one judgement: read when they are first asked for, and again after a change.
pub(super) struct Authorities<'r> {
    roots: &'r [Root],
    now: i64,
    known: Option<Known<'r>>,
}

/// The authorities, and their issuers alone.
pub(super) struct Known<'r> {
    pub(super) roots: &'r [Root],
    pub(super) authorities: Vec<Authority<'r>>,
    pub(super) issuers: Vec<Issuer>,
}

impl<'r> Authorities<'r> {
    /// Those below these roots, as of this time.
    pub(super) fn new(roots: &'r [Root], now: i64) -> Self {
        Self { roots, now, known: None }
    }

    /// The authorities that the draft gives.
    ///
    /// # Errors
    /// When a published certificate cannot be read.
    pub(super) fn get(&mut self, draft: &Draft) -> Result<&Known<'r>, StateError> {
        let known = match self.known.take() {
            Some(known) => known,
            None => {
                let authorities = authorities(self.roots, draft, self.now)?;
                let issuers = authorities.iter().map(|authority| authority.issuer.clone()).collect();
                Known { roots: self.roots, authorities, issuers }
            }
        };
        Ok(self.known.insert(known))
    }

    /// Takes note that the draft changed. Roots with one certificate each do not change with it.
    pub(super) fn changed(&mut self) {
        if has_offline_issuers(self.roots) || self.roots.iter().any(|root| is_renewed(root, self.roots)) {
            self.known = None;
        }
    }
}

//! The gate: the rules that an item passes before it may leave, the same that the online side applies.
//!
//! What the online side would refuse is refused here, under the same rule id, while it can still be put right. One rule
//! is milder: this side knows its own root, so a first CRL (CRL-FIRST) is only warned about. Anything else that would be
//! held there is not sent from here.
//! Must not: transmit, or change the state.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rootcast_pki::certificate;
use rootcast_pki::crl;
use rootcast_pki::finding::{Findings, Severity};
use rootcast_pki::history::{CertificateHistory, CrlHistory, History, IssuedCertificate, NoState};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::{self, Item, ItemKind};
use rootcast_pki::judgement::{choose_for_certificate, choose_for_crl, judge, judge_under};
use rootcast_pki::profile::Policy;
use rootcast_pki::rule::Rule;
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;

use crate::facts::Facts;
use crate::state::{State, StateError};

/// An enrolled root with the policy its items are judged by.
#[derive(Debug, Clone)]
pub struct EnrolledRoot {
    /// The root.
    pub issuer: Issuer,
    /// Its policy.
    pub policy: Policy,
}

/// What was sent of one issuer, as the rules of continuity need it.
#[derive(Debug, Default)]
struct Sent {
    crl: Option<Arc<Vec<u8>>>,
    certificates: Vec<IssuedCertificate>,
}

/// The gate, with what it compares with.
#[derive(Debug, Default)]
pub struct Gate {
    roots: Vec<EnrolledRoot>,
    /// By the digest of the issuer's public key.
    sent: BTreeMap<Digest, Sent>,
    first_contact: BTreeSet<Rule>,
    policy: Policy,
}

/// An item that was read, with what the gate needs to know of it.
#[derive(Debug)]
pub struct JudgedItem {
    /// Its name for people: the file's.
    pub name: String,
    /// Which kind it is; nothing where it is neither.
    pub kind: Option<ItemKind>,
    /// What it says of itself; nothing where it cannot be read.
    pub facts: Option<Facts>,
    /// Its bytes, DER. Shared, because they may be large.
    pub der: Arc<Vec<u8>>,
    /// SHA-256 of those bytes.
    pub sha256: Digest,
    /// SHA-256 of its issuer's public key; nothing where no enrolled root is its issuer.
    pub issuer: Option<Digest>,
    /// The name in its issuer field and, of a certificate, in its subject field, DER.
    pub(crate) names: (Vec<u8>, Option<Vec<u8>>),
    /// `accepted`, `no-op`, `held` or `rejected`.
    pub verdict: &'static str,
    /// Everything that was found.
    pub findings: Findings,
}

impl JudgedItem {
    /// Whether it may leave.
    #[must_use]
    pub fn may_leave(&self) -> bool {
        matches!(self.verdict, "accepted" | "no-op")
    }
}

impl Gate {
    /// The gate as `state` has it. `allow_sha1` lets old signatures pass, with a finding each.
    ///
    /// # Errors
    /// When the state is broken.
    pub fn of(state: &State<'_>, allow_sha1: bool) -> Result<Self, StateError> {
        let mut gate = Self::without_state(allow_sha1);
        for root in &state.record.roots {
            let der = state.item(&root.sha256)?;
            let broken = |why: String| StateError::Broken { path: state.folder().join("items"), why };
            let profile = root.profile.parse().map_err(|_| broken(format!("no profile {}", root.profile)))?;
            let policy = Policy { profile, ..gate.policy };
            let issuer = Issuer::from_certificate(&der, &policy)
                .map_err(|findings| broken(format!("the enrolled root {}: {findings}", root.sha256)))?;
            gate.roots.push(EnrolledRoot { issuer, policy });
        }
        for record in &state.record.crls {
            let der = state.item(&record.sha256)?;
            gate.sent.entry(record.issuer).or_default().crl = Some(Arc::new(der));
        }
        for record in &state.record.certificates {
            let der = state.item(&record.sha256)?;
            gate.admit_certificate(record.issuer, &der);
        }
        Ok(gate)
    }

    /// A gate that knows no issuer: content rules only, and ITEM-ISSUER-UNKNOWN for everything.
    #[must_use]
    pub fn without_state(allow_sha1: bool) -> Self {
        Self {
            first_contact: BTreeSet::from([Rule::CrlFirst]),
            policy: Policy { allow_sha1, ..Policy::default() },
            ..Self::default()
        }
    }

    /// The enrolled roots.
    #[must_use]
    pub fn roots(&self) -> &[EnrolledRoot] {
        &self.roots
    }

    /// Judges the file `bytes` named `name`, DER or PEM.
    #[must_use]
    pub fn judge(&self, name: &str, bytes: Arc<Vec<u8>>, now: i64) -> JudgedItem {
        let now = Timestamp(now);
        let item = match item::read(&bytes) {
            Ok(item) => item,
            Err(findings) => {
                return JudgedItem {
                    name: name.to_owned(),
                    kind: None,
                    facts: None,
                    der: Arc::default(),
                    sha256: Digest::of(&bytes),
                    issuer: None,
                    names: (Vec::new(), None),
                    verdict: "rejected",
                    findings,
                };
            }
        };
        let look = self.look(&item);
        let root = look.issuer.and_then(|index| self.roots.get(index));
        let judgement = match root {
            Some(root) => judge_under(&item, &root.issuer, self, &root.policy, now),
            None => judge(&item, &[], &NoState::default(), &self.policy, now),
        };
        let verdict = judgement.verdict.outcome.word();
        let findings = judgement.verdict.findings;
        let (kind, sha256) = (item.kind, Digest::of(&item.der));
        let der = match item.der {
            Cow::Owned(der) => Arc::new(der),
            // The file is the item: its bytes are not copied.
            Cow::Borrowed(_) => Arc::clone(&bytes),
        };
        JudgedItem {
            name: name.to_owned(),
            kind: Some(kind),
            facts: look.facts,
            sha256,
            issuer: root.map(|root| Digest(root.issuer.spki_sha256())),
            names: look.names,
            verdict,
            findings,
            der,
        }
    }

    /// Takes note that `item` leaves, so that what comes after it in the same bundle is compared with it.
    pub fn admit(&mut self, item: &JudgedItem) {
        match (item.kind, item.issuer) {
            (Some(ItemKind::Crl), Some(issuer)) => {
                self.sent.entry(issuer).or_default().crl = Some(Arc::clone(&item.der));
            }
            (Some(ItemKind::Certificate), Some(issuer)) => self.admit_certificate(issuer, &item.der),
            _ => {}
        }
    }

    /// The SHA-256 of every item of `source` that is valid at `now`: its last CRL until nextUpdate, its certificates
    /// until they end or are on that CRL.
    #[must_use]
    pub fn valid_items(&self, source: &Digest, now: i64) -> Vec<Digest> {
        let Some(sent) = self.sent.get(source) else { return Vec::new() };
        let now = Timestamp(now);
        let crl = sent.crl.as_ref().and_then(|der| crl::inspect(der, &self.policy).value);
        let revoked: BTreeSet<Vec<u8>> =
            crl.iter().flat_map(|crl| crl.entries()).map(|entry| entry.serial.to_vec()).collect();
        let certificates = sent.certificates.iter();
        let mut valid: Vec<Digest> = certificates
            .filter(|known| known.not_after >= now && !revoked.contains(known.serial.as_bytes()))
            .map(|known| Digest(known.sha256))
            .collect();
        valid
            .extend(crl.filter(|crl| crl.next_update().is_some_and(|next| next > now)).map(|crl| Digest(crl.sha256())));
        valid
    }

    fn admit_certificate(&mut self, issuer: Digest, der: &[u8]) {
        let Some(certificate) = certificate::inspect(der, &self.policy).value else { return };
        let sha256 = certificate.sha256();
        let known = &mut self.sent.entry(issuer).or_default().certificates;
        if !known.iter().any(|known| known.sha256 == sha256) {
            let (serial, not_after) = (certificate.serial(), certificate.not_after());
            let subject = certificate.subject().to_string();
            known.push(IssuedCertificate { serial, subject, not_after, sha256, published: true });
        }
    }

    fn look(&self, item: &Item<'_>) -> Look {
        let issuers: Vec<Issuer> = self.roots.iter().map(|root| root.issuer.clone()).collect();
        match item.kind {
            ItemKind::Crl => crl::inspect(&item.der, &self.policy).value.map(|crl| Look {
                issuer: choose_for_crl(&crl, &issuers),
                names: (crl.issuer().der().to_vec(), None),
                facts: Some(Facts::of_crl(&crl)),
            }),
            ItemKind::Certificate => certificate::inspect(&item.der, &self.policy).value.map(|certificate| Look {
                issuer: choose_for_certificate(&certificate, &issuers),
                names: (certificate.issuer().der().to_vec(), Some(certificate.subject().der().to_vec())),
                facts: Some(Facts::of_certificate(&certificate)),
            }),
        }
        .unwrap_or_default()
    }
}

#[derive(Default)]
struct Look {
    issuer: Option<usize>,
    names: (Vec<u8>, Option<Vec<u8>>),
    facts: Option<Facts>,
}

impl History for Gate {
    fn crl_history(&self, issuer: &Issuer) -> CrlHistory<'_> {
        let sent = self.sent.get(&Digest(issuer.spki_sha256()));
        let previous = sent.and_then(|sent| sent.crl.as_ref()).map(|der| der.as_slice());
        CrlHistory {
            previous,
            previous_published: previous.is_some(),
            issued: sent.map_or(&[], |sent| sent.certificates.as_slice()),
            decision: Some(&self.first_contact),
            ..CrlHistory::default()
        }
    }

    fn certificate_history(&self, issuer: &Issuer) -> CertificateHistory<'_> {
        let sent = self.sent.get(&Digest(issuer.spki_sha256()));
        CertificateHistory {
            issued: sent.map_or(&[], |sent| sent.certificates.as_slice()),
            crl: sent.and_then(|sent| sent.crl.as_ref()).map(|der| der.as_slice()),
            ..CertificateHistory::default()
        }
    }
}

/// The severity a finding has here: a hold that this side has decided is a warning.
#[must_use]
pub fn severity(finding: &rootcast_pki::finding::Finding) -> Severity {
    if finding.decided { Severity::Warn } else { finding.severity }
}

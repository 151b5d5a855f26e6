//! The gate: the rules that an item passes before it may leave, the same that the online side applies.
//!
//! What the online side would refuse is refused here, under the same rule id, while it can still be put right. Two rules
//! are milder, which hold an item over there for what a person is then asked: a first CRL (CRL-FIRST), and a new key of a
//! known CA (CERT-SKI). Here they are warnings. Anything else that would be held there is not sent from here without a
//! recorded decision about that rule; the online side asks for its own.
//! What was sent before is not known to have arrived, so it leaves again only where it would be accepted there now.
//! Must not: transmit, or change the state.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rootcast_pki::certificate;
use rootcast_pki::crl;
use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::finding::{Findings, Severity};
use rootcast_pki::history::{CertificateHistory, CrlHistory, History, IssuedCertificate, KnownKey, NoState};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::{self, Item, ItemKind};
use rootcast_pki::judgement::{choose_for_certificate, choose_for_crl, judge, judge_under};
use rootcast_pki::policy_options::announcements;
use rootcast_pki::profile::{Policy, Profile};
use rootcast_pki::rule::Rule;
use rootcast_pki::stage::Outcome;
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;

use crate::gate::item_summary::Facts;
use crate::store::state::{State, StateError};

mod authority;
pub mod item_summary;

pub use authority::EnrolledRoot;
pub(crate) use authority::key_of_certificate;
use authority::{Authority, Candidate, authorities, policy_of};

/// What is held over there for a person and leaves from here with a warning all the same: a first CRL, and a new key of a
/// known CA.
pub(crate) const EXPECTED_HOLDS: [Rule; 2] = [Rule::CrlFirst, Rule::CertSki];

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
    /// The roots, and the offline issuers whose certificates were sent.
    authorities: Vec<Authority>,
    /// Certificates sent whose keys policy names as offline issuers'.
    candidates: Vec<Candidate>,
    known_keys: Vec<KnownKey>,
    /// The same of the certificates signed here, sent or not.
    signed_keys: Vec<KnownKey>,
    /// The public keys of requests that were given for this run.
    requests: Vec<Vec<u8>>,
    /// By the digest of the issuer's public key.
    sent: BTreeMap<Digest, Sent>,
    /// The same of what was signed here, sent or not.
    signed: BTreeMap<Digest, Sent>,
    /// Rules whose holds are decided: [`EXPECTED_HOLDS`] always, others by a person.
    decided: BTreeSet<Rule>,
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
    /// SHA-256 of its issuer's public key; nothing where its issuer is not known.
    pub issuer: Option<Digest>,
    /// SHA-256 of the public key of the root its issuer is, or stands below: whose manifest it belongs into.
    pub root: Option<Digest>,
    /// How many issuers stand above its own.
    pub(crate) tier: usize,
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
            let policy = policy_of(root, allow_sha1).map_err(broken)?;
            let usable = |der: &[u8], sha256: &Digest| {
                let unusable = |findings| broken(format!("the certificate {sha256} of an issuer: {findings}"));
                Issuer::from_certificate(der, &policy).map_err(unusable)
            };
            let issuer = usable(&der, &root.sha256)?;
            let mut named = Vec::new();
            for sha256 in &root.offline_issuers {
                named.push(usable(&state.item(sha256)?, sha256)?);
            }
            gate.known_keys.push(authority::key_of(&issuer));
            gate.roots.push(EnrolledRoot { issuer, policy, named });
        }
        for record in &state.record.crls {
            let der = state.item(&record.sha256)?;
            gate.sent.entry(record.issuer).or_default().crl = Some(Arc::new(der));
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
            gate.signed_keys.extend(key_of_certificate(&der, &gate.policy));
            let known = issued_of(&der, &gate.policy);
            gate.signed.entry(record.issuer).or_default().certificates.extend(known);
        }
        gate.authorities = authorities(&gate.roots, &gate.candidates, |issuer| gate.last_crl(issuer));
        Ok(gate)
    }

    /// A gate that knows no issuer: content rules only, and ITEM-ISSUER-UNKNOWN for everything.
    #[must_use]
    pub fn without_state(allow_sha1: bool) -> Self {
        Self {
            decided: BTreeSet::from(EXPECTED_HOLDS),
            policy: Policy { allow_sha1, ..Policy::default() },
            ..Self::default()
        }
    }

    /// Judges by this profile, whatever was enrolled: for `check`.
    pub fn set_profile(&mut self, profile: Profile) {
        self.policy.profile = profile;
        self.roots.iter_mut().for_each(|root| root.policy.profile = profile);
        self.authorities.iter_mut().for_each(|authority| authority.policy.profile = profile);
    }

    /// Compares the public key of every certificate with these, of the requests that were given (CERT-REQUEST).
    pub fn compare_with_requests(&mut self, requests: Vec<Vec<u8>>) {
        self.requests = requests;
    }

    /// Takes the holds of these rules as decided by a person. What is rejected stays rejected.
    pub fn decide(&mut self, rules: &[Rule]) {
        self.decided.extend(rules);
    }

    /// The enrolled roots.
    #[must_use]
    pub fn roots(&self) -> &[EnrolledRoot] {
        &self.roots
    }

    /// What to say aloud on every run: each rule that configuration switches off or weakens, and for which root.
    #[must_use]
    pub fn switched_off_texts(&self) -> Vec<String> {
        let of = |root: &EnrolledRoot| {
            let subject = root.issuer.subject().to_string();
            announcements(&root.policy).into_iter().map(move |text| format!("{text} ({subject})"))
        };
        self.roots.iter().flat_map(of).collect()
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
                    root: None,
                    tier: 0,
                    names: (Vec::new(), None),
                    verdict: "rejected",
                    findings,
                };
            }
        };
        let look = self.look(&item);
        let authority = look.issuer.and_then(|index| self.authorities.get(index));
        let mut judgement = match authority {
            Some(Authority { issuer, policy, .. }) => {
                let judgement = judge_under(&item, issuer, self, policy, now);
                let again = matches!(judgement.verdict.outcome, Outcome::NoOp)
                    .then(|| judge_under(&item, issuer, &Unsent::of(self, issuer), policy, now));
                again.filter(|again| matches!(again.verdict.outcome, Outcome::Rejected)).unwrap_or(judgement)
            }
            None => judge(&item, &[], &NoState::default(), &self.policy, now),
        };
        if let Some(above) = authority.and_then(|authority| authority.cut_off.as_ref()) {
            let rule = match item.kind {
                ItemKind::Crl => Rule::CrlIssuerStatus,
                ItemKind::Certificate => Rule::CertIssuerUsage,
            };
            let text = format!("the certificate of {above}, above the issuer, was revoked");
            judgement.verdict.findings.add(rule, Severity::Reject, text);
            judgement.verdict.outcome = Outcome::Rejected;
        }
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
            issuer: authority.map(|authority| Digest(authority.issuer.spki_sha256())),
            root: authority.map(|authority| authority.root),
            tier: authority.map_or(0, |authority| authority.above.len()),
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
        if !self.candidates.is_empty() {
            self.authorities = authorities(&self.roots, &self.candidates, |issuer| self.last_crl(issuer));
        }
    }

    fn last_crl(&self, issuer: &Digest) -> Option<&[u8]> {
        self.sent.get(issuer)?.crl.as_ref().map(|der| der.as_slice())
    }

    /// The SHA-256 of every item of the root `source` and its offline issuers that is valid at `now`: the last CRL of
    /// each until nextUpdate, its certificates until they end or are on that CRL.
    #[must_use]
    pub fn valid_items(&self, source: &Digest, now: i64) -> Vec<Digest> {
        let issuers: BTreeSet<Digest> = self
            .authorities
            .iter()
            .filter(|authority| authority.root == *source)
            .map(|authority| Digest(authority.issuer.spki_sha256()))
            .collect();
        issuers.iter().flat_map(|issuer| self.valid_items_of(issuer, Timestamp(now))).collect()
    }

    /// What a ceremony has to know of the issuer with this public key: the newest CRL signed here or sent from here, and
    /// every certificate of either kind.
    #[must_use]
    pub fn ceremony_history(&self, issuer: &Digest) -> (Option<Arc<Vec<u8>>>, Vec<IssuedCertificate>) {
        let (sent, signed) = (self.sent.get(issuer), self.signed.get(issuer));
        // Of two with one number the last is taken: the one that leaves.
        let crls = [signed, sent].into_iter().flatten().filter_map(|known| known.crl.clone());
        let newest = crls.max_by_key(|der| self.crl_number(der));
        let mut issued = sent.map(|known| known.certificates.clone()).unwrap_or_default();
        let further = signed.iter().flat_map(|known| &known.certificates);
        for certificate in further {
            if !issued.iter().any(|known| known.sha256 == certificate.sha256) {
                issued.push(certificate.clone());
            }
        }
        (newest, issued)
    }

    /// The keys of the roots and of every CA whose certificate was sent from here or signed here.
    #[must_use]
    pub fn keys_signed_or_known(&self) -> Vec<KnownKey> {
        self.known_keys.iter().chain(&self.signed_keys).cloned().collect()
    }

    fn crl_number(&self, der: &[u8]) -> Option<CrlNumber> {
        crl::inspect(der, &self.policy).value.and_then(|crl| crl.number())
    }

    /// Items signed here count from their signing, sent or not: one that never arrives is missed over there
    /// (MAN-WITHHELD). All of them are judged by the one CRL that is newest, whichever way it came: an older one is
    /// superseded, and what the newest revokes is not valid.
    fn valid_items_of(&self, issuer: &Digest, now: Timestamp) -> Vec<Digest> {
        let (crl, certificates) = self.ceremony_history(issuer);
        self.valid_items_among(&Sent { crl, certificates }, now)
    }

    fn valid_items_among(&self, sent: &Sent, now: Timestamp) -> Vec<Digest> {
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
        let Some(issued) = issued_of(der, &self.policy) else { return };
        let known = &mut self.sent.entry(issuer).or_default().certificates;
        if !known.iter().any(|known| known.sha256 == issued.sha256) {
            known.push(issued);
        }
        if let Ok(certified) = Issuer::from_certificate(der, &self.policy) {
            self.known_keys.push(authority::key_of(&certified));
            if self.roots.iter().flat_map(|root| &root.named).any(|named| named.is_same(&certified)) {
                self.candidates.push(Candidate { parent: issuer, issuer: certified });
            }
        }
    }

    fn look(&self, item: &Item<'_>) -> Look {
        let issuers: Vec<Issuer> = self.authorities.iter().map(|authority| authority.issuer.clone()).collect();
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

fn issued_of(der: &[u8], policy: &Policy) -> Option<IssuedCertificate> {
    let certificate = certificate::inspect(der, policy).value?;
    let (serial, not_after) = (certificate.serial(), certificate.not_after());
    let subject = certificate.subject().to_string();
    Some(IssuedCertificate { serial, subject, not_after, sha256: certificate.sha256(), published: true })
}

#[derive(Default)]
struct Look {
    issuer: Option<usize>,
    names: (Vec<u8>, Option<Vec<u8>>),
    facts: Option<Facts>,
}

impl Gate {
    fn parent_crl(&self, issuer: &Issuer) -> Option<&[u8]> {
        let authority = self.authorities.iter().find(|authority| authority.issuer.is_same(issuer))?;
        self.last_crl(authority.above.first()?)
    }
}

impl History for Gate {
    fn crl_history(&self, issuer: &Issuer) -> CrlHistory<'_> {
        let sent = self.sent.get(&Digest(issuer.spki_sha256()));
        let previous = sent.and_then(|sent| sent.crl.as_ref()).map(|der| der.as_slice());
        CrlHistory {
            previous,
            previous_published: previous.is_some(),
            issued: sent.map_or(&[], |sent| sent.certificates.as_slice()),
            parent_crl: self.parent_crl(issuer),
            decision: Some(&self.decided),
            ..CrlHistory::default()
        }
    }

    fn certificate_history(&self, issuer: &Issuer) -> CertificateHistory<'_> {
        let sent = self.sent.get(&Digest(issuer.spki_sha256()));
        CertificateHistory {
            issued: sent.map_or(&[], |sent| sent.certificates.as_slice()),
            crl: sent.and_then(|sent| sent.crl.as_ref()).map(|der| der.as_slice()),
            parent_crl: self.parent_crl(issuer),
            known_keys: &self.known_keys,
            requests: &self.requests,
            decision: Some(&self.decided),
            ..CertificateHistory::default()
        }
    }
}

/// The same history, with nothing of it taken as published: what a receiver that missed it would say.
struct Unsent<'g> {
    gate: &'g Gate,
    issued: Vec<IssuedCertificate>,
}

impl<'g> Unsent<'g> {
    fn of(gate: &'g Gate, issuer: &Issuer) -> Self {
        let issued = gate.sent.get(&Digest(issuer.spki_sha256())).map(|sent| sent.certificates.clone());
        let mut issued = issued.unwrap_or_default();
        issued.iter_mut().for_each(|certificate| certificate.published = false);
        Self { gate, issued }
    }
}

impl History for Unsent<'_> {
    fn crl_history(&self, issuer: &Issuer) -> CrlHistory<'_> {
        CrlHistory { previous_published: false, issued: &self.issued, ..self.gate.crl_history(issuer) }
    }

    fn certificate_history(&self, issuer: &Issuer) -> CertificateHistory<'_> {
        CertificateHistory { issued: &self.issued, ..self.gate.certificate_history(issuer) }
    }
}

/// The severity a finding has here: a hold that this side has decided is a warning.
#[must_use]
pub fn severity(finding: &rootcast_pki::finding::Finding) -> Severity {
    if finding.decided { Severity::Warn } else { finding.severity }
}

//! The history of each issuer from the state, for the rules.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use rootcast_pki::certificate;
use rootcast_pki::crl;
use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::history::{CertificateHistory, CrlHistory, HeldItem, History, IssuedCertificate, KnownKey};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::FileKind;
use rootcast_pki::judgement::{choose_for_certificate, choose_for_crl};
use rootcast_pki::profile::Policy;
use rootcast_pki::rule::Rule;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::hex;

use super::authority::{Authority, revocation};
use crate::publication::{Draft, HeldContent, StateError, floor_file};

/// The memory of every issuer. It is read when a rule first asks, which is only after a signature held: what is held may be
/// large, and an item of nobody must not cost the reading of it.
pub(super) struct Memory<'d> {
    authorities: &'d [Authority<'d>],
    issuers: &'d [Issuer],
    draft: &'d Draft,
    decision: Option<BTreeSet<Rule>>,
    /// See [`Memory::check`].
    known: OnceCell<Result<Known, StateError>>,
}

/// What was read.
struct Known {
    /// By an issuer's file name.
    of: BTreeMap<String, Remembered>,
    keys: Vec<KnownKey>,
}

/// Which CRL the next one of an issuer is compared with.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Before {
    #[default]
    None,
    /// One that is not published: `trust` was given it only as a floor.
    Floor,
    /// The accepted one.
    Accepted,
}

#[derive(Default)]
struct Remembered {
    /// Read when it is asked for, since it may be large. See [`Memory::check`].
    crl: OnceCell<Result<Vec<u8>, StateError>>,
    before: Before,
    floor: Option<CrlNumber>,
    first_contact_allowed: bool,
    issued: Vec<IssuedCertificate>,
    held: Vec<HeldItem>,
    requests: Vec<Vec<u8>>,
    served: Vec<String>,
    affiliated: Vec<String>,
}

impl<'d> Memory<'d> {
    pub(super) fn new(
        authorities: &'d [Authority<'d>],
        issuers: &'d [Issuer],
        draft: &'d Draft,
        decision: Option<BTreeSet<Rule>>,
    ) -> Self {
        Self { authorities, issuers, draft, decision, known: OnceCell::new() }
    }

    fn known(&self) -> Option<&Known> {
        self.known.get_or_init(|| Known::read(self.authorities, self.issuers, self.draft)).as_ref().ok()
    }

    /// The accepted CRL of the issuer with this file name, or the one that is its floor.
    fn crl(&self, name: &str) -> Option<&[u8]> {
        let remembered = self.known()?.of.get(name)?;
        let file = match remembered.before {
            Before::None => return None,
            Before::Floor => floor_file(name),
            Before::Accepted => format!("published/crl/{name}.crl"),
        };
        let read = || self.draft.file(&file);
        remembered.crl.get_or_init(read).as_deref().ok()
    }

    /// The accepted CRL of the issuer that gave this certificate of an offline issuer.
    fn parent_crl(&self, issuer: &Issuer) -> Option<&[u8]> {
        let is_it = |authority: &&Authority<'_>| authority.issuer.certificate_der() == issuer.certificate_der();
        self.crl(self.authorities.iter().find(is_it)?.above.first()?)
    }

    /// Whether everything that was asked for could be read. A verdict made before counts only if this is so.
    ///
    /// # Errors
    /// The first failure.
    pub(super) fn check(self) -> Result<(), StateError> {
        let Some(known) = self.known.into_inner() else { return Ok(()) };
        known?.of.into_values().filter_map(|remembered| remembered.crl.into_inner()).try_for_each(|read| read.map(drop))
    }
}

impl Known {
    fn read(authorities: &[Authority<'_>], issuers: &[Issuer], draft: &Draft) -> Result<Self, StateError> {
        let mut of: BTreeMap<String, Remembered> = BTreeMap::new();
        for authority in authorities {
            let (name, record) = (authority.issuer.file_name(), &authority.root.record);
            let remembered = of.entry(name.clone()).or_default();
            remembered.before = if draft.record().crls.iter().any(|crl| crl.issuer == name) {
                Before::Accepted
            } else if draft.record().floors.iter().any(|floor| floor.issuer == name) {
                Before::Floor
            } else {
                Before::None
            };
            // Certificates of one issuer have one policy.
            add_new(&mut remembered.affiliated, record.policy.affiliated.iter().cloned());
            add_new(&mut remembered.served, record.policy.serves.iter().cloned());
            let requested = record.policy.requests.iter().filter_map(|known| hex::decode(&known.spki));
            add_new(&mut remembered.requests, requested);
            if let Some(first) = &record.first_number
                && authority.above.is_empty()
            {
                // The first number is itself accepted; the rule asks for more than the floor.
                let floor = first.parse().ok().and_then(|first: CrlNumber| predecessor(&first));
                remembered.floor = remembered.floor.max(floor);
                remembered.first_contact_allowed = remembered.floor.is_none();
            }
        }
        let mut known_keys: Vec<KnownKey> =
            authorities.iter().map(|authority| KnownKey::from(&authority.issuer)).collect();
        for record in &draft.record().certificates {
            let der = draft.file(&format!("published/ca/{}.crt", record.sha256))?;
            let Some(certificate) = certificate::inspect(&der, &Policy::default()).value else { continue };
            let ended = revocation(record, draft)?.filter(|revocation| revocation.ends_key).map(|ending| ending.since);
            let certified = Some(certificate.certified_use(record.revoked.is_some()));
            let subject = certificate.subject();
            match certificate.ski() {
                Some(ski) => known_keys.push(KnownKey {
                    subject: subject.der().to_vec(),
                    spki: certificate.spki().to_vec(),
                    key_id: ski.to_vec(),
                    ended,
                    issuer: certificate.issuer().der().to_vec(),
                    issuer_key_id: certificate.aki().and_then(|aki| aki.key_id.clone()),
                    not_before: certificate.not_before(),
                    certified,
                }),
                None => {
                    let issuer = Issuer::from_certificate(&der, &Policy::default());
                    known_keys.extend(issuer.iter().map(|issuer| KnownKey {
                        ended,
                        certified: certified.clone(),
                        ..KnownKey::from(issuer)
                    }));
                }
            }
            if let Some(remembered) = of.get_mut(&record.issuer) {
                remembered.issued.push(certificate.as_issued(true));
            }
        }
        for record in &draft.record().held {
            let found = draft.held_content(&record.sha256, |der| held_content(record.kind, der, issuers))?;
            if let Some(HeldContent { issuer, number, tbs_sha256, signature }) = found
                && let (Some(remembered), Ok(Digest(sha256))) = (of.get_mut(&issuer), record.sha256.parse())
            {
                remembered.held.push(HeldItem { number, sha256, tbs_sha256, signature });
            }
        }
        Ok(Self { of, keys: known_keys })
    }
}

fn add_new<T: PartialEq>(list: &mut Vec<T>, more: impl Iterator<Item = T>) {
    for one in more {
        if !list.contains(&one) {
            list.push(one);
        }
    }
}

/// What the rules ask of a held item, where it can be read and names one of these issuers.
fn held_content(kind: FileKind, der: &[u8], issuers: &[Issuer]) -> Option<HeldContent> {
    let name = |index: Option<usize>| index.and_then(|index| issuers.get(index)).map(Issuer::file_name);
    match kind {
        FileKind::Crl => {
            let crl = crl::inspect(der, &Policy::default()).value?;
            Some(HeldContent {
                issuer: name(choose_for_crl(&crl, issuers))?,
                number: Some(crl.number()?),
                tbs_sha256: crl.tbs_sha256(),
                signature: crl.signature().to_vec(),
            })
        }
        FileKind::Certificate => {
            let certificate = certificate::inspect(der, &Policy::default()).value?;
            Some(HeldContent {
                issuer: name(choose_for_certificate(&certificate, issuers))?,
                number: None,
                tbs_sha256: certificate.tbs_sha256(),
                signature: certificate.signature().to_vec(),
            })
        }
        FileKind::Unknown => None,
    }
}

/// The number before; none before zero.
fn predecessor(number: &CrlNumber) -> Option<CrlNumber> {
    let mut bytes = number.to_be_bytes();
    let last = bytes.iter().rposition(|byte| *byte > 0)?;
    for (at, byte) in bytes.iter_mut().enumerate() {
        if at == last {
            *byte -= 1;
        } else if at > last {
            *byte = u8::MAX;
        }
    }
    CrlNumber::from_contents(&bytes).ok()
}

impl History for Memory<'_> {
    fn crl_history(&self, issuer: &Issuer) -> CrlHistory<'_> {
        let name = issuer.file_name();
        let Some(remembered) = self.known().and_then(|known| known.of.get(&name)) else { return CrlHistory::default() };
        CrlHistory {
            previous: self.crl(&name),
            previous_published: remembered.before != Before::Floor,
            floor: remembered.floor,
            first_contact_allowed: remembered.first_contact_allowed,
            held: &remembered.held,
            issued: &remembered.issued,
            parent_crl: self.parent_crl(issuer),
            decision: self.decision.as_ref(),
        }
    }

    fn certificate_history(&self, issuer: &Issuer) -> CertificateHistory<'_> {
        let name = issuer.file_name();
        let Some((known, remembered)) = self.known().and_then(|known| Some((known, known.of.get(&name)?))) else {
            return CertificateHistory::default();
        };
        CertificateHistory {
            issued: &remembered.issued,
            crl: self.crl(&name),
            parent_crl: self.parent_crl(issuer),
            held: &remembered.held,
            known_keys: &known.keys,
            requests: &remembered.requests,
            served: &remembered.served,
            affiliated: &remembered.affiliated,
            issued_now: false,
            decision: self.decision.as_ref(),
        }
    }
}

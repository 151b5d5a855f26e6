//! The history for the rules of continuity: what was sent from here and signed here.

use std::collections::BTreeSet;
use std::sync::Arc;

use rootcast_pki::crl;
use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::history::{CertificateHistory, CrlHistory, History, IssuedCertificate, KnownKey};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::serial::SerialNumber;
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;

use super::authority::Candidate;
use super::sent::{Sent, revocations};
use super::{Gate, ended_keys};

impl Gate {
    /// The SHA-256 of every item of the root `source` and its offline issuers that is valid at `now`: the last CRL of
    /// each until nextUpdate, its certificates until they end or are on that CRL.
    #[must_use]
    pub fn valid_items(&self, source: &Digest, now: i64) -> Vec<Digest> {
        let issuers: BTreeSet<Digest> = self
            .authorities
            .iter()
            .filter(|authority| self.root_key(authority) == Some(*source))
            .map(|authority| Digest(authority.issuer.spki_sha256()))
            .collect();
        issuers.iter().flat_map(|issuer| self.valid_items_of(issuer, Timestamp(now))).collect()
    }

    /// The CRL of the issuer with this public key that was signed here last, and the one that was sent last.
    #[must_use]
    pub(crate) fn last_crls(&self, issuer: &Digest) -> [Option<Arc<Vec<u8>>>; 2] {
        [&self.signed, &self.sent].map(|known| known.get(issuer).and_then(|known| known.crl.clone()))
    }

    /// What the issuer with this public key issued here: the newest CRL signed here or sent from here, and every
    /// certificate of either kind.
    #[must_use]
    pub(crate) fn ceremony_history(&self, issuer: &Digest) -> (Option<Arc<Vec<u8>>>, Vec<IssuedCertificate>) {
        let (sent, signed) = (self.sent.get(issuer), self.signed.get(issuer));
        // Of two with the same number, the last is taken: the one that will be sent.
        let newest = self.last_crls(issuer).into_iter().flatten().max_by_key(|der| self.crl_number(der));
        let mut issued = sent.map(|known| known.certificates.clone()).unwrap_or_default();
        let further = signed.iter().flat_map(|known| &known.certificates);
        for certificate in further {
            if !issued.iter().any(|known| known.sha256 == certificate.sha256) {
                issued.push(certificate.clone());
            }
        }
        (newest, issued)
    }

    /// Every certificate that the issuer with this public key issued here, as the SubjectPublicKeyInfo that it certifies
    /// and its serial number.
    #[must_use]
    pub(crate) fn ceremony_keys(&self, issuer: &Digest) -> Vec<(Vec<u8>, SerialNumber)> {
        let (_, issued) = self.ceremony_history(issuer);
        let key = |known: IssuedCertificate| Some((self.keys_of.get(&Digest(known.sha256))?.clone(), known.serial));
        issued.into_iter().filter_map(key).collect()
    }

    /// The keys of the roots, the retired ones too, and of every CA whose certificate was sent from here or signed here. A
    /// CRL that was signed here
    /// ends keys, whether it was sent or not.
    #[must_use]
    pub(crate) fn keys_signed_or_known(&self) -> Vec<KnownKey> {
        let of_signed = self.signed.iter().filter_map(|(issuer, signed)| {
            let (_, issued) = self.ceremony_history(issuer);
            Some(revocations(signed.crl.as_ref()?, &issued))
        });
        let of_signed = of_signed.flatten().filter_map(|(certificate, said)| Some((certificate, said?)));
        let of_signed: Vec<_> = of_signed.collect();
        let revoked: BTreeSet<Digest> = of_signed.iter().map(|(certificate, _)| *certificate).collect();
        let ended = ended_keys(&self.keys_of, of_signed.into_iter());
        let keys = self.known_keys.iter().chain(&self.signed_keys).cloned();
        let keys = keys.chain(self.retired.iter().map(|root| KnownKey::from(&root.issuer)));
        let now_known = |mut key: KnownKey| {
            key.ended = key.ended.or_else(|| ended.get(&*key.spki).copied());
            if let Some(certified) = &mut key.certified {
                certified.is_revoked |= revoked.contains(&Digest(certified.certificate));
            }
            key
        };
        keys.map(now_known).collect()
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

    /// The certificates of this issuer that have not ended and are not on its newest CRL.
    pub(super) fn in_force_of(&self, issuer: &Digest, now: Timestamp) -> Vec<IssuedCertificate> {
        let (crl, certificates) = self.ceremony_history(issuer);
        let crl = crl.as_ref().and_then(|der| crl::inspect(der, &self.policy).value);
        let revoked: BTreeSet<Vec<u8>> =
            crl.iter().flat_map(|crl| crl.entries()).map(|entry| entry.serial.to_vec()).collect();
        let in_force = |known: &IssuedCertificate| known.not_after >= now && !revoked.contains(known.serial.as_bytes());
        certificates.into_iter().filter(in_force).collect()
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

    fn parent_crl(&self, issuer: &Issuer) -> Option<&[u8]> {
        let is_it = |candidate: &&Candidate| candidate.issuer.certificate_der() == issuer.certificate_der();
        self.last_crl(&self.candidates.iter().find(is_it)?.parent)
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
            affiliated: self.affiliated(issuer),
            requests: &self.requests,
            decision: Some(&self.decided),
            ..CertificateHistory::default()
        }
    }
}

/// The same history with no item published: the view of a receiver that missed it.
pub(super) struct Unsent<'g> {
    gate: &'g Gate,
    issued: Vec<IssuedCertificate>,
}

impl<'g> Unsent<'g> {
    pub(super) fn new(gate: &'g Gate, issuer: &Issuer) -> Self {
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

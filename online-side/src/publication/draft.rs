//! A state being changed: what `pki` accepted goes in here, and becomes the state with [`super::State::commit`].

use std::cell::RefCell;
use std::collections::BTreeMap;

use rootcast_pki::acceptance::{AcceptedCertificate, AcceptedCrl};
use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::{self, ItemKind};
use rootcast_pki::serial::SerialNumber;
use rootcast_protocol::digest::Digest;

use super::alarm::{self, Acknowledgement, Alarm};
use super::error::StateError;
use super::inventory;
use super::layout::{floor_file, held_file, issuer_file, root_file};
use super::receipt::AlarmReceipt;
use super::record::{
    CertificateRecord, CrlRecord, FloorRecord, HeldRecord, Record, RetiredRecord, RootRecord, SourceRecord,
};
use super::snapshot::Snapshot;

/// A copy of the state, to be changed and committed as a whole.
#[derive(Debug)]
pub struct Draft {
    record: Record,
    fresh: BTreeMap<String, Vec<u8>>,
    base: Option<Snapshot>,
    /// Of held items that were read, by SHA-256.
    held_read: RefCell<BTreeMap<String, Option<HeldContent>>>,
}

/// What the rules ask of a held item.
#[derive(Debug, Clone)]
pub(crate) struct HeldContent {
    /// The file name of its issuer.
    pub(crate) issuer: String,
    /// Of a CRL.
    pub(crate) number: Option<CrlNumber>,
    /// SHA-256 of what is signed.
    pub(crate) tbs_sha256: [u8; 32],
    pub(crate) signature: Vec<u8>,
}

impl Draft {
    pub(super) fn new(record: Record, base: Option<Snapshot>) -> Self {
        Self { record, fresh: BTreeMap::new(), base, held_read: RefCell::default() }
    }

    /// A copy of a generation to judge against; it can be committed by nobody.
    #[must_use]
    pub(crate) fn from_snapshot(snapshot: Snapshot) -> Self {
        Self::new(snapshot.record().clone(), Some(snapshot))
    }

    /// What it says now.
    #[must_use]
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// The bytes of a file as it will be.
    ///
    /// # Errors
    /// When it is missing or was changed since it was committed.
    pub fn file(&self, name: &str) -> Result<Vec<u8>, StateError> {
        match (self.fresh.get(name), &self.base) {
            (Some(bytes), _) => Ok(bytes.clone()),
            (None, Some(base)) => base.file(name),
            (None, None) => Err(StateError::Lost { path: name.into() }),
        }
    }

    /// What the rules ask of a held item, as `read` tells from its bytes. It is read once: held CRLs may be large, and every
    /// item of a bundle is judged beside them.
    ///
    /// # Errors
    /// When it is missing or was changed since it was committed.
    pub(crate) fn held_content(
        &self,
        sha256: &str,
        read: impl FnOnce(&[u8]) -> Option<HeldContent>,
    ) -> Result<Option<HeldContent>, StateError> {
        if let Some(known) = self.held_read.borrow().get(sha256) {
            return Ok(known.clone());
        }
        let found = read(&self.file(&held_file(sha256))?);
        self.held_read.borrow_mut().insert(sha256.to_owned(), found.clone());
        Ok(found)
    }

    fn put(&mut self, name: String, bytes: Vec<u8>) {
        self.record.files.insert(name.clone(), Digest::of(&bytes).to_string());
        self.fresh.insert(name, bytes);
    }

    /// Pins a root, or changes how it is judged.
    pub fn enrol(&mut self, root: RootRecord, certificate: &[u8]) {
        self.put(root_file(&root.sha256), certificate.to_vec());
        self.record.roots.retain(|known| known.sha256 != root.sha256);
        self.record.retired.retain(|known| known.root.sha256 != root.sha256);
        self.record.roots.push(root);
    }

    /// Takes a certificate of a root out of those that are trusted, and keeps this record of it: that of its issuer. Its
    /// file stays, and so does what is published.
    pub(crate) fn retire(&mut self, root: RootRecord, now: i64) {
        self.record.roots.retain(|known| known.sha256 != root.sha256);
        self.record.retired.push(RetiredRecord { root, since: now });
    }

    /// Gives a retired certificate of a root the policy that its issuer had last.
    pub(crate) fn update_retired(&mut self, root: &RootRecord) {
        let same = self.record.retired.iter_mut().filter(|known| known.root.sha256 == root.sha256);
        same.for_each(|known| known.root.clone_from(root));
    }

    /// Takes the certificate of an offline issuer out of the policies that name it, those of retired roots too.
    pub(crate) fn unname_issuer(&mut self, sha256: &str) {
        let retired = self.record.retired.iter_mut().map(|retired| &mut retired.root);
        for root in self.record.roots.iter_mut().chain(retired) {
            root.policy.offline_issuers.retain(|named| named != sha256);
        }
    }

    /// Keeps the certificate that names an offline issuer; the root's record says whose it is.
    pub(crate) fn name_issuer(&mut self, sha256: &str, certificate: &[u8]) {
        self.put(issuer_file(sha256), certificate.to_vec());
    }

    /// Publishes a CRL in the place of its issuer's last one; returns its path below `published`.
    pub(crate) fn publish_crl(&mut self, crl: &AcceptedCrl<'_>, issuer: &Issuer, now: i64) -> String {
        let name = issuer.file_name();
        let signed = Digest(crl.inspected().tbs_sha256());
        let sha256 = Digest(crl.sha256()).to_string();
        let path = format!("crl/{name}.crl");
        self.put(format!("published/{path}"), crl.der().to_vec());
        self.put(format!("published/{path}.pem"), item::to_pem(ItemKind::Crl, crl.der()).into_bytes());
        let mut mine: Vec<&mut CertificateRecord> =
            self.record.certificates.iter_mut().filter(|certificate| certificate.issuer == name).collect();
        // A CRL drops the entry of a certificate that has ended. That takes nothing back.
        for certificate in &mut mine {
            if certificate.not_after >= crl.this_update().0 {
                (certificate.revoked, certificate.compromised) = (None, None);
            }
        }
        if !mine.is_empty() {
            // Of millions of entries only those are spelled out that can be one of these.
            let last_octet = |text: &str| u8::from_str_radix(text.get(text.len().checked_sub(2)?..)?, 16).ok();
            let last: Vec<Option<u8>> = mine.iter().map(|certificate| last_octet(&certificate.serial)).collect();
            let can_be = |serial: &[u8]| last.iter().any(|last| last.is_none() || *last == serial.last().copied());
            for entry in crl.inspected().entries().filter(|entry| can_be(entry.serial)) {
                let serial = SerialNumber::from_contents(entry.serial).to_string();
                if let Some(certificate) = mine.iter_mut().find(|certificate| certificate.serial == serial) {
                    certificate.revoked = Some(entry.revocation_date.0);
                    certificate.compromised = Some(entry.is_compromise());
                }
            }
        }
        // What it had to continue has done its work.
        if self.record.floors.iter().any(|floor| floor.issuer == name) {
            self.record.floors.retain(|floor| floor.issuer != name);
            self.record.files.remove(&floor_file(&name));
            self.fresh.remove(&floor_file(&name));
        }
        self.record.crls.retain(|known| known.issuer != name);
        self.record.crls.push(CrlRecord {
            issuer: name,
            issuer_name: issuer.subject().to_string(),
            named_sha256: self.named_while_held(&signed, &sha256),
            sha256,
            tbs_sha256: Some(signed.to_string()),
            number: crl.number().to_string(),
            this_update: crl.this_update().0,
            next_update: crl.next_update().0,
            entries: crl.entry_count(),
            accepted: now,
        });
        path
    }

    /// Keeps a CRL that the next one of its issuer has to continue, and publishes nothing. Gives whether that is new.
    pub(crate) fn set_floor(&mut self, floor: FloorRecord, der: &[u8]) -> bool {
        if self.record.floors.iter().any(|known| (&known.issuer, &known.sha256) == (&floor.issuer, &floor.sha256)) {
            return false;
        }
        self.put(floor_file(&floor.issuer), der.to_vec());
        self.record.floors.retain(|known| known.issuer != floor.issuer);
        self.record.floors.push(floor);
        true
    }

    /// Publishes a CA certificate; returns its path below `published`.
    pub(crate) fn publish_certificate(
        &mut self,
        certificate: &AcceptedCertificate<'_>,
        issuer: &Issuer,
        now: i64,
    ) -> String {
        // It may be the certificate of an issuer, and what is held may be its.
        self.held_read.borrow_mut().clear();
        let sha256 = Digest(certificate.sha256()).to_string();
        let signed = Digest(certificate.inspected().tbs_sha256());
        let named_sha256 = self.named_while_held(&signed, &sha256);
        let path = format!("ca/{sha256}.crt");
        let pem = item::to_pem(ItemKind::Certificate, certificate.der()).into_bytes();
        self.put(format!("published/{path}"), certificate.der().to_vec());
        self.put(format!("published/{path}.pem"), pem);
        self.record.certificates.retain(|known| known.sha256 != sha256);
        self.record.certificates.push(CertificateRecord {
            sha256,
            tbs_sha256: Some(signed.to_string()),
            named_sha256,
            issuer: issuer.file_name(),
            issuer_name: issuer.subject().to_string(),
            subject: certificate.subject().to_string(),
            serial: certificate.serial().to_string(),
            not_before: certificate.not_before().0,
            not_after: certificate.not_after().0,
            revoked: None,
            compromised: None,
            accepted: now,
        });
        path
    }

    /// Keeps an item for a human decision, in the place of the same bytes held before.
    pub(crate) fn hold(&mut self, mut held: HeldRecord, der: &[u8]) {
        self.put(held_file(&held.sha256), der.to_vec());
        let before = self.record.held.iter_mut().find(|known| known.sha256 == held.sha256);
        held.named_sha256 = before.and_then(|before| before.named_sha256.take());
        self.record.held.retain(|known| known.sha256 != held.sha256);
        self.record.held.push(held);
    }

    /// The held item with this content, if there is one.
    pub(crate) fn held_of(&self, tbs_sha256: &Digest) -> Option<&HeldRecord> {
        let identity = tbs_sha256.to_string();
        self.record.held.iter().find(|held| held.tbs_sha256.as_deref() == Some(&*identity))
    }

    /// Removes a held item, if it is one.
    pub(crate) fn remove_held(&mut self, sha256: &str) {
        self.record.held.retain(|known| known.sha256 != sha256);
        self.record.files.remove(&held_file(sha256));
        self.fresh.remove(&held_file(sha256));
    }

    /// Notes that a signed manifest named this file: for the same content that is published or held as another file. Gives
    /// whether that was new. Only the newest manifest takes the place of what was noted before: so one that is played again
    /// notes no more than once.
    pub(crate) fn note_named(&mut self, tbs_sha256: &Digest, sha256: &Digest, is_newest: bool) -> bool {
        let (tbs_sha256, sha256) = (tbs_sha256.to_string(), sha256.to_string());
        let Record { crls, certificates, held, .. } = &mut self.record;
        let of_crls = crls.iter_mut().map(|crl| (&crl.tbs_sha256, &crl.sha256, &mut crl.named_sha256));
        let of_certificates = certificates.iter_mut().map(|one| (&one.tbs_sha256, &one.sha256, &mut one.named_sha256));
        let of_held = held.iter_mut().map(|held| (&held.tbs_sha256, &held.sha256, &mut held.named_sha256));
        let mut is_new = false;
        for (signed, here, named) in of_crls.chain(of_certificates).chain(of_held) {
            let now_named = Some(&sha256).filter(|sha256| *sha256 != here).cloned();
            if signed.as_deref() == Some(&*tbs_sha256) && *named != now_named && (is_newest || named.is_none()) {
                *named = now_named;
                is_new = true;
            }
        }
        is_new
    }

    /// The other file of a content that a signed manifest named while it was held.
    fn named_while_held(&self, tbs_sha256: &Digest, sha256: &str) -> Option<String> {
        self.held_of(tbs_sha256).and_then(|held| held.named_sha256.clone()).filter(|named| named != sha256)
    }

    /// Notes the signed manifests seen of a source, in the place of those noted before.
    pub(crate) fn note_source(&mut self, source: SourceRecord) {
        self.record.sources.retain(|known| known.source != source.source);
        self.record.sources.push(source);
    }

    /// Keeps something that rings. Gives the alarm, unless that it rang was noted just now.
    pub(crate) fn ring(&mut self, alarm: Alarm, now: i64) -> Option<AlarmReceipt> {
        alarm::ring(&mut self.record.alarms, alarm, now).as_ref().map(AlarmReceipt::from)
    }

    /// Acknowledges an alarm: until the time given, or for good.
    pub(crate) fn acknowledge(&mut self, id: &str, acknowledgement: Option<Acknowledgement>) {
        match acknowledgement {
            None => self.record.alarms.retain(|alarm| alarm.id() != id),
            Some(acknowledgement) => {
                let named = self.record.alarms.iter_mut().filter(|alarm| alarm.id() == id);
                named.for_each(|alarm| alarm.acknowledged = Some(acknowledgement.clone()));
            }
        }
    }

    /// Notes that an object was judged that counts as contact.
    pub(crate) fn contact(&mut self, now: i64) {
        self.record.last_object = Some(now);
    }

    /// The record and the bytes of the files that are new in it.
    pub(super) fn finish(mut self) -> (Record, BTreeMap<String, Vec<u8>>) {
        let inventory = inventory::bytes_of(&self.record);
        let name = "published/inventory.json".to_owned();
        if self.record.files.get(&name) != Some(&Digest::of(&inventory).to_string()) {
            self.put(name, inventory);
        }
        (self.record, self.fresh)
    }
}

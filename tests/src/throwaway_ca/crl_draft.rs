//! CRLs before they are signed: every field open to a test.

use std::sync::Arc;

use super::DAY;
use super::certificate_draft::{RawTime, set_extension};
use super::der_writer::{bits, integer, integer_octets, sequence, tlv};
use super::extension_draft::ExtensionDraft;
use super::signing_key::{Scheme, SigningKey};

/// One entry before it is encoded.
#[derive(Clone, Debug)]
pub struct EntryDraft {
    /// Contents octets of the serial number.
    pub serial: Vec<u8>,
    /// When it was revoked.
    pub date: RawTime,
    /// Its extensions, in order.
    pub extensions: Vec<ExtensionDraft>,
    /// Writes the list of extensions even if it is empty.
    pub writes_empty_list: bool,
}

impl EntryDraft {
    /// An entry with the reason superseded.
    #[must_use]
    pub fn new(serial: u64, date: i64) -> Self {
        Self::of(&integer_octets(serial), date, Some(4))
    }

    /// An entry for any serial number, with or without a reason.
    #[must_use]
    pub fn of(serial: &[u8], date: i64, reason: Option<u8>) -> Self {
        EntryDraft {
            serial: serial.to_vec(),
            date: RawTime::At(date),
            extensions: reason.map(ExtensionDraft::reason).into_iter().collect(),
            writes_empty_list: false,
        }
    }

    /// Its DER.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut parts = vec![tlv(2, &self.serial), self.date.encode()];
        if !self.extensions.is_empty() || self.writes_empty_list {
            parts.push(ExtensionDraft::encode_all(&self.extensions));
        }
        sequence(&parts)
    }
}

/// A CRL that can still be changed.
#[derive(Clone, Debug)]
pub struct CrlDraft {
    /// As encoded: 1 is v2; `None` leaves it out.
    pub version: Option<u64>,
    /// The signed AlgorithmIdentifier.
    pub inner_algorithm: Vec<u8>,
    /// The unsigned AlgorithmIdentifier.
    pub outer_algorithm: Vec<u8>,
    /// Name of the issuer, DER.
    pub issuer: Vec<u8>,
    /// When it is issued.
    pub this_update: RawTime,
    /// When the next one is there.
    pub next_update: Option<RawTime>,
    /// The entries, in order.
    pub entries: Vec<EntryDraft>,
    /// Writes the list of entries even if it is empty.
    pub writes_empty_list: bool,
    /// The extensions, in order.
    pub extensions: Vec<ExtensionDraft>,
    /// Who signs.
    pub signer: Arc<SigningKey>,
    /// How.
    pub scheme: Scheme,
}

impl CrlDraft {
    /// A good, empty CRL: issued a day ago, for another 180 days.
    #[must_use]
    pub fn new(issuer: &[u8], signer: &Arc<SigningKey>, number: u64, now: i64) -> Self {
        let algorithm = signer.algorithm(Scheme::Usual);
        CrlDraft {
            version: Some(1),
            inner_algorithm: algorithm.clone(),
            outer_algorithm: algorithm,
            issuer: issuer.to_vec(),
            this_update: RawTime::At(now - DAY),
            next_update: Some(RawTime::At(now + 180 * DAY)),
            entries: Vec::new(),
            writes_empty_list: false,
            extensions: vec![
                ExtensionDraft::authority_key_identifier(&signer.key_id()),
                ExtensionDraft::crl_number(&integer_octets(number)),
            ],
            signer: Arc::clone(signer),
            scheme: Scheme::Usual,
        }
    }

    /// Revokes a serial number as superseded.
    pub fn revoke(&mut self, serial: u64, date: i64) {
        self.entries.push(EntryDraft::new(serial, date));
    }

    /// Moves the time between thisUpdate and nextUpdate, in seconds since 1970.
    pub fn issued_at(&mut self, this_update: i64, next_update: i64) {
        self.this_update = RawTime::At(this_update);
        self.next_update = Some(RawTime::At(next_update));
    }

    /// Takes the place of the extension with the same identifier, or is added.
    pub fn set_extension(&mut self, extension: ExtensionDraft) {
        set_extension(&mut self.extensions, extension);
    }

    /// Leaves an extension out.
    pub fn remove_extension(&mut self, oid: &[u64]) {
        self.extensions.retain(|extension| extension.oid != oid);
    }

    /// The extension with this identifier, to change.
    pub fn extension_mut(&mut self, oid: &[u64]) -> Option<&mut ExtensionDraft> {
        self.extensions.iter_mut().find(|extension| extension.oid == oid)
    }

    /// Signs with another scheme of the same key.
    pub fn use_scheme(&mut self, scheme: Scheme) {
        self.scheme = scheme;
        self.inner_algorithm = self.signer.algorithm(scheme);
        self.outer_algorithm = self.inner_algorithm.clone();
    }

    /// The part that is signed.
    #[must_use]
    pub fn to_be_signed(&self) -> Vec<u8> {
        let mut parts = Vec::new();
        parts.extend(self.version.map(integer));
        parts.push(self.inner_algorithm.clone());
        parts.push(self.issuer.clone());
        parts.push(self.this_update.encode());
        parts.extend(self.next_update.as_ref().map(RawTime::encode));
        if !self.entries.is_empty() || self.writes_empty_list {
            let entries: Vec<u8> = self.entries.iter().flat_map(EntryDraft::encode).collect();
            parts.push(tlv(0x30, &entries));
        }
        if !self.extensions.is_empty() {
            parts.push(tlv(0xa0, &ExtensionDraft::encode_all(&self.extensions)));
        }
        sequence(&parts)
    }

    /// The CRL, DER.
    #[must_use]
    pub fn sign(&self) -> Vec<u8> {
        let body = self.to_be_signed();
        let signature = self.signer.sign(self.scheme, &body);
        sequence(&[body, self.outer_algorithm.clone(), bits(&signature)])
    }
}

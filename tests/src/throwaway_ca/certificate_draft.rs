//! Certificates before they are signed: every field open to a test.

use std::sync::Arc;

use super::der_writer::{bits, integer, sequence, time, tlv};
use super::extension_draft::ExtensionDraft;
use super::signing_key::{Scheme, SigningKey};
use super::{DAY, name};

/// A Time: as RFC 5280 wants it, or bytes of a test's own.
#[derive(Clone, Debug)]
pub enum RawTime {
    /// Seconds since 1970, encoded as it must be.
    At(i64),
    /// The whole element.
    Raw(Vec<u8>),
}

impl RawTime {
    /// Its DER.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            RawTime::At(seconds) => time(*seconds),
            RawTime::Raw(bytes) => bytes.clone(),
        }
    }
}

impl From<i64> for RawTime {
    fn from(seconds: i64) -> Self {
        RawTime::At(seconds)
    }
}

/// A certificate that can still be changed.
#[derive(Clone, Debug)]
pub struct CertificateDraft {
    /// As encoded: 2 is v3; `None` leaves it out.
    pub version: Option<u64>,
    /// Contents octets of the serial number.
    pub serial: Vec<u8>,
    /// The signed AlgorithmIdentifier.
    pub inner_algorithm: Vec<u8>,
    /// The unsigned AlgorithmIdentifier.
    pub outer_algorithm: Vec<u8>,
    /// Name of the issuer, DER.
    pub issuer: Vec<u8>,
    /// Begin of the validity.
    pub not_before: RawTime,
    /// End of the validity.
    pub not_after: RawTime,
    /// Name of the subject, DER.
    pub subject: Vec<u8>,
    /// SubjectPublicKeyInfo, DER.
    pub spki: Vec<u8>,
    /// Elements between the key and the extensions: unique identifiers.
    pub unique_ids: Vec<u8>,
    /// The extensions, in order.
    pub extensions: Vec<ExtensionDraft>,
    /// Who signs.
    pub signer: Arc<SigningKey>,
    /// How.
    pub scheme: Scheme,
}

impl CertificateDraft {
    /// A good self-signed root, begun ten years ago, for thirty.
    #[must_use]
    pub fn root(common_name: &str, key: &Arc<SigningKey>, now: i64) -> Self {
        let own = name(common_name);
        let mut draft = Self::intermediate(&own, key, common_name, key, now);
        draft.not_before = RawTime::At(now - 3650 * DAY);
        draft.not_after = RawTime::At(now + 7300 * DAY);
        draft.extensions = vec![
            ExtensionDraft::basic_constraints(true, None),
            ExtensionDraft::key_usage(&[5, 6]),
            ExtensionDraft::subject_key_identifier(&key.key_id()),
        ];
        draft
    }

    /// A good intermediate of path length 0, begun a day ago, for five years. The serial number follows from its key.
    #[must_use]
    pub fn intermediate(
        issuer: &[u8],
        signer: &Arc<SigningKey>,
        common_name: &str,
        key: &SigningKey,
        now: i64,
    ) -> Self {
        let mut serial = key.key_id();
        serial.truncate(15);
        serial.insert(0, 0x4a);
        let algorithm = signer.algorithm(Scheme::Usual);
        CertificateDraft {
            version: Some(2),
            serial,
            inner_algorithm: algorithm.clone(),
            outer_algorithm: algorithm,
            issuer: issuer.to_vec(),
            not_before: RawTime::At(now - DAY),
            not_after: RawTime::At(now + 1825 * DAY),
            subject: name(common_name),
            spki: key.spki(),
            unique_ids: Vec::new(),
            extensions: vec![
                ExtensionDraft::basic_constraints(true, Some(0)),
                ExtensionDraft::key_usage(&[5, 6]),
                ExtensionDraft::subject_key_identifier(&key.key_id()),
                ExtensionDraft::authority_key_identifier(&signer.key_id()),
                ExtensionDraft::key_purposes(&[&[1, 3, 6, 1, 5, 5, 7, 3, 1]]),
                ExtensionDraft::policies(&[&[2, 5, 29, 32, 0]]),
                ExtensionDraft::crl_distribution_points(&["http://crl.example.com/root.crl"]),
                ExtensionDraft::ca_issuers("http://ca.example.com/root.crt"),
            ],
            signer: Arc::clone(signer),
            scheme: Scheme::Usual,
        }
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
        parts.extend(self.version.map(|version| tlv(0xa0, &integer(version))));
        parts.push(tlv(2, &self.serial));
        parts.push(self.inner_algorithm.clone());
        parts.push(self.issuer.clone());
        parts.push(sequence(&[self.not_before.encode(), self.not_after.encode()]));
        parts.push(self.subject.clone());
        parts.push(self.spki.clone());
        parts.push(self.unique_ids.clone());
        if !self.extensions.is_empty() {
            parts.push(tlv(0xa3, &ExtensionDraft::encode_all(&self.extensions)));
        }
        sequence(&parts)
    }

    /// The certificate, DER.
    #[must_use]
    pub fn sign(&self) -> Vec<u8> {
        let body = self.to_be_signed();
        let signature = self.signer.sign(self.scheme, &body);
        sequence(&[body, self.outer_algorithm.clone(), bits(&signature)])
    }
}

pub(super) fn set_extension(extensions: &mut Vec<ExtensionDraft>, extension: ExtensionDraft) {
    match extensions.iter_mut().find(|known| known.oid == extension.oid) {
        Some(known) => *known = extension,
        None => extensions.push(extension),
    }
}

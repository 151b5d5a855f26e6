//! The expected content as `rehearsal.json` has it: every field, names and keys by their digest. At the signing, what is
//! drafted again is compared with it by value.
//!
//! The members of the file stand in the order of their names.

use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::time::{Timestamp, parse_rfc3339};
use rootcast_protocol::digest::Digest;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::expected::{Expected, ExpectedCertificate, ExpectedCrl, ExpectedEntry};
use super::objects::DraftedObject;
use crate::ceremony::request::reason::Reason;
use crate::store::hex_text;

/// One object that was rehearsed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ObjectRecord {
    /// The name of its file once it is signed.
    file: String,
    /// What it is meant to say.
    intent: ExpectedRecord,
    /// SHA-256 of the bytes to be signed.
    #[serde(with = "hex_text")]
    sha256: Digest,
}

/// The expected content of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum ExpectedRecord {
    /// Of a CRL.
    Crl(CrlRecord),
    /// Of a certificate.
    Certificate(CertificateRecord),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CrlRecord {
    /// An AlgorithmIdentifier.
    #[serde(with = "hex_text::bytes")]
    algorithm: Vec<u8>,
    /// How many entries are carried over.
    carried: usize,
    /// SHA-256 of these entries, one behind the other.
    #[serde(with = "hex_text")]
    carried_sha256: Digest,
    /// The value of issuingDistributionPoint.
    #[serde(with = "hex_text::optional_bytes")]
    distribution_point: Option<Vec<u8>>,
    /// How many entries there are.
    entries: usize,
    #[serde(with = "hex_text")]
    issuer_sha256: Digest,
    #[serde(with = "hex_text::bytes")]
    key_id: Vec<u8>,
    /// The entries that are new.
    new: Vec<EntryRecord>,
    #[serde(deserialize_with = "time")]
    next_update: Timestamp,
    #[serde(with = "hex_text")]
    number: CrlNumber,
    #[serde(deserialize_with = "time")]
    this_update: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryRecord {
    #[serde(deserialize_with = "time")]
    date: Timestamp,
    reason: Reason,
    #[serde(with = "hex_text::bytes")]
    serial: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CertificateRecord {
    /// An AlgorithmIdentifier.
    #[serde(with = "hex_text::bytes")]
    algorithm: Vec<u8>,
    crl_url: Option<String>,
    is_for_tls: bool,
    #[serde(with = "hex_text::optional_bytes")]
    issuer_key_id: Option<Vec<u8>>,
    #[serde(with = "hex_text")]
    issuer_sha256: Digest,
    issuer_url: Option<String>,
    #[serde(with = "hex_text::bytes")]
    key_id: Vec<u8>,
    #[serde(deserialize_with = "time")]
    not_after: Timestamp,
    #[serde(deserialize_with = "time")]
    not_before: Timestamp,
    path_length: Option<u8>,
    #[serde(with = "hex_text::bytes")]
    serial: Vec<u8>,
    #[serde(with = "hex_text")]
    spki_sha256: Digest,
    #[serde(with = "hex_text")]
    subject_sha256: Digest,
}

/// A time as it is shown, RFC 3339.
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_rfc3339(&text).map_err(|_| D::Error::custom("not a time in UTC, like 2026-11-21T09:00:00Z"))
}

impl From<&DraftedObject> for ObjectRecord {
    fn from(object: &DraftedObject) -> Self {
        let intent = match &object.expected {
            Expected::Crl(crl) => ExpectedRecord::Crl(CrlRecord::from(crl)),
            Expected::Certificate(certificate) => ExpectedRecord::Certificate(CertificateRecord::from(certificate)),
        };
        Self { file: object.file.clone(), intent, sha256: Digest::of(&object.to_be_signed) }
    }
}

impl From<&ExpectedCrl> for CrlRecord {
    fn from(crl: &ExpectedCrl) -> Self {
        let (mut carried, mut new): (Vec<&[u8]>, Vec<EntryRecord>) = (Vec::new(), Vec::new());
        for entry in &crl.entries {
            match entry {
                ExpectedEntry::Carried { der, .. } => carried.push(der),
                ExpectedEntry::New { serial, date, reason } => {
                    new.push(EntryRecord { date: *date, reason: *reason, serial: serial.clone() });
                }
            }
        }
        Self {
            algorithm: crl.algorithm.clone(),
            carried: carried.len(),
            carried_sha256: Digest::of_parts(&carried),
            distribution_point: crl.distribution_point.clone(),
            entries: crl.entries.len(),
            issuer_sha256: Digest::of(&crl.issuer),
            key_id: crl.key_id.clone(),
            new,
            next_update: crl.next_update,
            number: crl.number,
            this_update: crl.this_update,
        }
    }
}

impl From<&ExpectedCertificate> for CertificateRecord {
    fn from(certificate: &ExpectedCertificate) -> Self {
        Self {
            algorithm: certificate.algorithm.clone(),
            crl_url: certificate.crl_url.clone(),
            is_for_tls: certificate.is_for_tls,
            issuer_key_id: certificate.issuer_key_id.clone(),
            issuer_sha256: Digest::of(&certificate.issuer),
            issuer_url: certificate.issuer_url.clone(),
            key_id: certificate.key_id.clone(),
            not_after: certificate.not_after,
            not_before: certificate.not_before,
            path_length: certificate.path_length,
            serial: certificate.serial.clone(),
            spki_sha256: Digest::of(&certificate.spki),
            subject_sha256: Digest::of(&certificate.subject),
        }
    }
}

#[cfg(test)]
mod tests;

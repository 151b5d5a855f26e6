//! The expected content, field by field, from the request and its inputs and not from a draft. The read-back compares
//! with it.

use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::item::ItemKind;
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;
use serde_json::{Value, json};

use crate::store::hex_text;

/// The expected content of a signed object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// A CRL.
    Crl(ExpectedCrl),
    /// A CA certificate.
    Certificate(ExpectedCertificate),
}

/// The expected content of a CRL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedCrl {
    /// How it is signed, an AlgorithmIdentifier.
    pub algorithm: Vec<u8>,
    /// The issuer's Name, DER.
    pub issuer: Vec<u8>,
    /// When it is issued.
    pub this_update: Timestamp,
    /// When the next one is there at the latest.
    pub next_update: Timestamp,
    /// Its number.
    pub number: CrlNumber,
    /// The identifier of the issuer's key.
    pub key_id: Vec<u8>,
    /// The value of the previous CRL's issuingDistributionPoint, where it has one.
    pub distribution_point: Option<Vec<u8>>,
    /// Every entry.
    pub entries: Vec<ExpectedEntry>,
}

/// The expected content of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedEntry {
    /// What the CRL before this one said, byte for byte.
    Carried {
        /// Contents octets of the serial number.
        serial: Vec<u8>,
        /// The whole entry.
        der: Vec<u8>,
    },
    /// These fields and no others.
    New {
        /// Contents octets of the serial number.
        serial: Vec<u8>,
        /// Since when.
        date: Timestamp,
        /// Why, by number.
        reason: u8,
    },
}

impl ExpectedEntry {
    /// Contents octets of its serial number.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        match self {
            Self::Carried { serial, .. } | Self::New { serial, .. } => serial,
        }
    }
}

/// The expected content of a CA certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedCertificate {
    /// How it is signed, an AlgorithmIdentifier.
    pub algorithm: Vec<u8>,
    /// The issuer's Name, DER.
    pub issuer: Vec<u8>,
    /// The subject's Name, DER.
    pub subject: Vec<u8>,
    /// Contents octets of its serial number.
    pub serial: Vec<u8>,
    /// The first second of its validity.
    pub not_before: Timestamp,
    /// The last.
    pub not_after: Timestamp,
    /// Whose key, SubjectPublicKeyInfo.
    pub spki: Vec<u8>,
    /// Its subjectKeyIdentifier.
    pub key_id: Vec<u8>,
    /// The identifier of the issuer's key; absent for a root, which signs itself.
    pub issuer_key_id: Option<Vec<u8>>,
    /// How many CA certificates may follow below it.
    pub path_length: Option<u8>,
    /// Where the issuer's CRL is served.
    pub crl_url: Option<String>,
    /// Where the issuer's certificate is served.
    pub issuer_url: Option<String>,
    /// Whether it carries serverAuth and anyPolicy.
    pub is_for_tls: bool,
}

impl ExpectedCertificate {
    /// Whether it is a root, which signs itself.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.issuer_key_id.is_none()
    }
}

impl Expected {
    /// Which kind of item it is.
    #[must_use]
    pub fn kind(&self) -> ItemKind {
        match self {
            Self::Crl(_) => ItemKind::Crl,
            Self::Certificate(_) => ItemKind::Certificate,
        }
    }

    /// Whether it is a root, which signs itself and is never sent.
    #[must_use]
    pub fn is_root(&self) -> bool {
        matches!(self, Self::Certificate(certificate) if certificate.is_root())
    }

    /// For the record: every field, names and keys by their digest.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let hex = hex_text::encode;
        let digest = |bytes: &[u8]| Digest::of(bytes).to_string();
        match self {
            Self::Crl(crl) => {
                let new = crl.entries.iter().filter_map(|entry| match entry {
                    ExpectedEntry::New { serial, date, reason } => {
                        let reason = rootcast_pki::difference::reason_name(Some(*reason));
                        Some(json!({"serial": hex(serial), "date": date.to_string(), "reason": reason}))
                    }
                    ExpectedEntry::Carried { .. } => None,
                });
                let new: Vec<Value> = new.collect();
                let carried: Vec<&[u8]> = crl.entries.iter().filter_map(carried_der).collect();
                json!({
                    "algorithm": hex(&crl.algorithm), "issuer_sha256": digest(&crl.issuer),
                    "this_update": crl.this_update.to_string(), "next_update": crl.next_update.to_string(),
                    "number": crl.number.to_string(), "key_id": hex(&crl.key_id),
                    "distribution_point": crl.distribution_point.as_deref().map(hex), "entries": crl.entries.len(),
                    "carried": carried.len(), "carried_sha256": Digest::of_parts(&carried).to_string(), "new": new,
                })
            }
            Self::Certificate(certificate) => json!({
                "algorithm": hex(&certificate.algorithm), "issuer_sha256": digest(&certificate.issuer),
                "subject_sha256": digest(&certificate.subject), "serial": hex(&certificate.serial),
                "not_before": certificate.not_before.to_string(), "not_after": certificate.not_after.to_string(),
                "spki_sha256": digest(&certificate.spki), "key_id": hex(&certificate.key_id),
                "issuer_key_id": certificate.issuer_key_id.as_deref().map(hex), "path_length": certificate.path_length,
                "crl_url": certificate.crl_url, "issuer_url": certificate.issuer_url,
                "is_for_tls": certificate.is_for_tls,
            }),
        }
    }
}

fn carried_der(entry: &ExpectedEntry) -> Option<&[u8]> {
    match entry {
        ExpectedEntry::Carried { der, .. } => Some(der),
        ExpectedEntry::New { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use rootcast_pki::time::Timestamp;

    use super::{Expected, ExpectedCrl};

    /// An AlgorithmIdentifier of RSA-PSS has 67 bytes, and most issuingDistributionPoints have more than 64: cut there, two
    /// that differ in what follows were the same.
    #[test]
    fn every_field_stands_in_the_record_whole() {
        let crl = |last: u8| {
            let long = [vec![0x30; 66], vec![last]].concat();
            Expected::Crl(ExpectedCrl {
                algorithm: long.clone(),
                issuer: Vec::new(),
                this_update: Timestamp(0),
                next_update: Timestamp(1),
                number: 1_u64.into(),
                key_id: vec![0, 0xab],
                distribution_point: Some(long),
                entries: Vec::new(),
            })
            .to_json()
        };
        for field in ["algorithm", "distribution_point"] {
            assert_eq!(crl(9)[field], format!("{}09", "30".repeat(66)), "{field}");
        }
        assert_eq!(crl(9)["key_id"], "00ab");
        assert_ne!(crl(9), crl(10));
    }
}

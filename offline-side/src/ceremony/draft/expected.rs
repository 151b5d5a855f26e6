//! The expected content, field by field, from the request and its inputs and not from a draft. The read-back compares
//! with it.

use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::item::ItemKind;
use rootcast_pki::time::Timestamp;

use crate::ceremony::request::reason::Reason;

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
        /// Why.
        reason: Reason,
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
}

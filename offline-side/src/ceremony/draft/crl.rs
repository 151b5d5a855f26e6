//! A CRL before it is signed (RFC 5280 §5.1): v2 and complete. A request cannot ask for an issuingDistributionPoint; one
//! that the CRL before states stays as it is, because relying parties were told so.

use der::Tag;
use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::time::Timestamp;

use super::extension;
use crate::ceremony::der_builder;
use crate::ceremony::der_builder::DraftError;

/// One entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EntryDraft {
    /// An entry of the CRL before it, byte for byte (REQ-CARRY).
    Carried(Vec<u8>),
    /// A new entry, or one whose reason changes.
    New {
        /// Contents octets of the serial number.
        serial: Vec<u8>,
        /// When it was revoked.
        date: Timestamp,
        /// The number of its reason.
        reason: u8,
    },
}

impl EntryDraft {
    fn encode(&self) -> Result<Vec<u8>, DraftError> {
        match self {
            Self::Carried(der) => Ok(der.clone()),
            Self::New { serial, date, reason } => der_builder::sequence(&[
                der_builder::tlv(Tag::Integer, serial)?,
                der_builder::time(*date)?,
                extension::list(&[extension::reason_code(*reason)?])?,
            ]),
        }
    }
}

/// A CRL that can still be changed.
#[derive(Debug, Clone)]
pub(crate) struct CrlDraft<'a> {
    /// How it will be signed, an AlgorithmIdentifier.
    pub algorithm: &'a [u8],
    /// The issuer's Name, byte for byte as in its certificate.
    pub issuer: &'a [u8],
    /// When it is issued.
    pub this_update: Timestamp,
    /// When the next one is there at the latest.
    pub next_update: Timestamp,
    /// The entries: those carried over in their order, then the new ones.
    pub entries: Vec<EntryDraft>,
    /// The identifier of the issuer's key.
    pub key_id: &'a [u8],
    /// Its number.
    pub number: CrlNumber,
    /// The value of the previous CRL's issuingDistributionPoint, where it has one.
    pub distribution_point: Option<&'a [u8]>,
}

impl CrlDraft<'_> {
    /// The TBSCertList, DER.
    ///
    /// # Errors
    /// The encoder's error.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, DraftError> {
        let mut parts = vec![
            der_builder::tlv(Tag::Integer, &[1])?,
            self.algorithm.to_vec(),
            self.issuer.to_vec(),
            der_builder::time(self.this_update)?,
            der_builder::time(self.next_update)?,
        ];
        // Absent rather than empty (RFC 5280 §5.1.2.6).
        if !self.entries.is_empty() {
            let entries: Result<Vec<_>, _> = self.entries.iter().map(EntryDraft::encode).collect();
            parts.push(der_builder::sequence(&entries?)?);
        }
        let mut extensions =
            vec![extension::authority_key_identifier(self.key_id)?, extension::crl_number(&self.number)?];
        if let Some(value) = self.distribution_point {
            extensions.push(extension::issuing_distribution_point(value)?);
        }
        parts.push(der_builder::explicit(0, &extension::list(&extensions)?)?);
        der_builder::sequence(&parts)
    }
}

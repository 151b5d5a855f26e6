//! A CA certificate before it is signed (RFC 5280 §4.1): v3, no unique identifiers.

use der::Tag;
use rootcast_pki::time::Timestamp;
use x509_cert::ext::Extension;

use super::extension;
use crate::ceremony::der_builder;
use crate::ceremony::der_builder::DraftError;
use crate::ceremony::der_reader;

/// A certificate that can still be changed.
#[derive(Debug, Clone)]
pub(crate) struct CertificateDraft<'a> {
    /// Contents octets of the serial number.
    pub serial: &'a [u8],
    /// How it will be signed, an AlgorithmIdentifier.
    pub algorithm: &'a [u8],
    /// The issuer's Name, byte for byte as in its certificate.
    pub issuer: &'a [u8],
    /// The first second of its validity.
    pub not_before: Timestamp,
    /// The last.
    pub not_after: Timestamp,
    /// The subject's Name.
    pub subject: &'a [u8],
    /// SubjectPublicKeyInfo.
    pub spki: &'a [u8],
    /// In order.
    pub extensions: Vec<Extension>,
}

impl CertificateDraft<'_> {
    /// The TBSCertificate, DER.
    ///
    /// # Errors
    /// The encoder's error.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, DraftError> {
        der_builder::sequence(&[
            der_builder::explicit(0, &der_builder::tlv(Tag::Integer, &[2])?)?,
            der_builder::tlv(Tag::Integer, self.serial)?,
            self.algorithm.to_vec(),
            self.issuer.to_vec(),
            der_builder::sequence(&[der_builder::time(self.not_before)?, der_builder::time(self.not_after)?])?,
            self.subject.to_vec(),
            self.spki.to_vec(),
            der_builder::explicit(3, &extension::list(&self.extensions)?)?,
        ])
    }
}

/// The usual identifier of a key: SHA-1 of its bits, without tag, length and unused bits (RFC 5280 §4.2.1.2, method 1).
///
/// Not RFC 7093's: a cross certificate has to state the identifier that the subject's own certificates state, and all
/// common CA software makes this one. It names a key; nothing rests on its strength.
///
/// # Errors
/// When `spki` is not a SubjectPublicKeyInfo.
pub(crate) fn key_identifier(spki: &[u8]) -> Result<Vec<u8>, DraftError> {
    let bits = der_reader::children(spki).and_then(|parts| match parts.as_slice() {
        [_, bits] => der_reader::contents_of(3, bits)?.strip_prefix(&[0]),
        _ => None,
    });
    let bits = bits.ok_or(DraftError::OutOfRange { what: "a public key that is no SubjectPublicKeyInfo" })?;
    let sha1 = &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY;
    Ok(aws_lc_rs::digest::digest(sha1, bits).as_ref().to_vec())
}

//! The first step of a certificate: is it well-formed, and does its content satisfy the rules? It needs neither issuer
//! nor time.

use core::fmt;

use super::body::Body;
use super::content;
use super::known_extensions::KnownExtensions;
use crate::digest::{sha1_name, sha256};
use crate::extension::{AuthorityKeyIdentifier, BasicConstraints, Extension, KeyUsage};
use crate::finding::{Findings, Severity};
use crate::form;
use crate::history::{CertifiedUse, IssuedCertificate};
use crate::issuer::Issuer;
use crate::key_purposes;
use crate::name::Name;
use crate::oid;
use crate::profile::Policy;
use crate::rule::Rule;
use crate::serial::{Hex, SerialNumber};
use crate::signature_algorithm::SignatureAlgorithm;
use crate::stage::{Inspection, Stage};
use crate::time::Timestamp;

/// A readable certificate. It may break any rule; its findings show which.
#[derive(Debug)]
pub struct InspectedCertificate<'a> {
    pub(super) body: Body<'a>,
    not_before: Timestamp,
    not_after: Timestamp,
    pub(super) known: Box<KnownExtensions<'a>>,
    findings: Findings,
}

/// Reads a certificate and applies the rules that need nothing but its content.
///
/// The value is absent if its structure or its validity cannot be read.
///
/// ```
/// use rootcast_pki::profile::Policy;
/// use rootcast_pki::{certificate, item};
///
/// # let pem = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/root.crt"));
/// let item = item::read(pem)?;
/// let certificate = certificate::inspect(&item.der, &Policy::default()).value.expect("it can be read");
/// assert_eq!(certificate.subject().to_string(), certificate.issuer().to_string());
/// assert!(certificate::inspect(b"no DER", &Policy::default()).value.is_none());
/// # Ok::<(), rootcast_pki::finding::Findings>(())
/// ```
pub fn inspect<'a>(der: &'a [u8], policy: &Policy) -> Inspection<InspectedCertificate<'a>> {
    let mut findings = Findings::new();
    let body = match Body::read(der) {
        Ok(body) => body,
        Err(error) => {
            let finding = findings.add(Rule::CertDer, Severity::Reject, error.to_string());
            finding.because_if(form::cause_of(&error.error, der.len())).at_told(error.field, error.offset);
            return Stage { value: None, findings };
        }
    };
    let known = content::check(&body, policy, &mut findings);
    let (Some(not_before), Some(not_after)) = (body.not_before.moment(), body.not_after.moment()) else {
        return Stage { value: None, findings };
    };
    let value =
        InspectedCertificate { body, not_before, not_after, known: Box::new(known), findings: findings.clone() };
    Stage { value: Some(value), findings }
}

impl<'a> InspectedCertificate<'a> {
    /// The certificate as received, DER.
    #[must_use]
    pub fn der(&self) -> &'a [u8] {
        self.body.der
    }

    /// The certificate as a line of its issuer's inventory.
    #[must_use]
    pub fn as_issued(&self, published: bool) -> IssuedCertificate {
        IssuedCertificate {
            serial: self.serial(),
            subject: self.subject().to_string(),
            not_after: self.not_after,
            sha256: self.sha256(),
            tbs_sha256: self.tbs_sha256(),
            signature: self.body.signature.to_vec(),
            published,
        }
    }

    /// What it says that its key is for. `is_revoked` is whether a CRL known here revokes it.
    #[must_use]
    pub fn certified_use(&self, is_revoked: bool) -> CertifiedUse {
        CertifiedUse {
            certificate: self.sha256(),
            not_after: self.not_after,
            is_revoked,
            is_root: false,
            purposes: key_purposes::of_extensions(&self.body.extensions),
        }
    }

    /// SHA-256 of the certificate, with its signature.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        sha256(self.body.der)
    }

    /// The TBSCertificate as received, DER: what is signed (RFC 5280 §4.1.1.1).
    #[must_use]
    pub fn tbs(&self) -> &'a [u8] {
        self.body.tbs
    }

    /// SHA-256 of the TBSCertificate. With the issuer it is the identity of a certificate, under whatever signature.
    #[must_use]
    pub fn tbs_sha256(&self) -> [u8; 32] {
        sha256(self.body.tbs)
    }

    /// The signature: the contents of the BIT STRING (RFC 5280 §4.1.1.3).
    #[must_use]
    pub fn signature(&self) -> &'a [u8] {
        self.body.signature
    }

    /// Its serial number (RFC 5280 §4.1.2.2).
    #[must_use]
    pub fn serial(&self) -> SerialNumber {
        SerialNumber::from_contents(self.body.serial)
    }

    /// Its issuer field (RFC 5280 §4.1.2.4).
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.body.issuer
    }

    /// Whose key it certifies (RFC 5280 §4.1.2.6).
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.body.subject
    }

    /// notBefore: the first second of its validity (RFC 5280 §4.1.2.5).
    #[must_use]
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// notAfter: the last second of its validity (RFC 5280 §4.1.2.5).
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// The whole SubjectPublicKeyInfo, DER (RFC 5280 §4.1.2.7).
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.body.key.spki
    }

    /// What kind of key it certifies, for people: `RSA 4096`, `P-384`.
    #[must_use]
    pub fn key_description(&self) -> String {
        self.body.key.describe()
    }

    /// The octets of subjectKeyIdentifier (RFC 5280 §4.2.1.2), if present.
    #[must_use]
    pub fn ski(&self) -> Option<&[u8]> {
        self.body.ski.as_deref()
    }

    /// authorityKeyIdentifier (RFC 5280 §4.2.1.1), if present.
    #[must_use]
    pub fn aki(&self) -> Option<&AuthorityKeyIdentifier> {
        self.body.aki.as_ref()
    }

    /// basicConstraints (RFC 5280 §4.2.1.9), if present.
    #[must_use]
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.body.basic_constraints
    }

    /// keyUsage (RFC 5280 §4.2.1.3), if present.
    #[must_use]
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.body.key_usage
    }

    /// All extensions, in order.
    #[must_use]
    pub fn extensions(&self) -> &[Extension<'a>] {
        &self.body.extensions
    }

    /// What inspecting found.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// Whether it says that it is a CA's; of an end-entity certificate CERT-NOT-CA speaks, and nothing else.
    pub(super) fn is_for_ca(&self) -> bool {
        content::says_ca(&self.body)
    }

    /// The URLs of cRLDistributionPoints, as encoded.
    pub(crate) fn crl_urls(&self) -> &[&'a str] {
        self.known.crl_points.as_ref().map_or(&[], |points| &points.urls)
    }

    /// Where cRLDistributionPoints stands, if it does.
    pub(crate) fn crl_points_offset(&self) -> Option<usize> {
        self.body.offset_of(oid::CRL_DISTRIBUTION_POINTS)
    }

    /// Where subjectKeyIdentifier stands, if it does.
    pub(crate) fn ski_offset(&self) -> Option<usize> {
        self.body.offset_of(oid::SUBJECT_KEY_IDENTIFIER)
    }

    /// Where extKeyUsage stands, if it does.
    pub(crate) fn purposes_offset(&self) -> Option<usize> {
        self.body.offset_of(oid::EXTENDED_KEY_USAGE)
    }

    /// Where the serial number stands.
    pub(crate) fn serial_offset(&self) -> usize {
        self.body.offsets.serial
    }

    /// Where the issuer's name stands.
    pub(crate) fn issuer_offset(&self) -> usize {
        self.body.offsets.issuer
    }

    /// Where the subject stands.
    pub(crate) fn not_before_offset(&self) -> usize {
        self.body.not_before.offset
    }

    /// Where the subject stands.
    pub(crate) fn subject_offset(&self) -> usize {
        self.body.offsets.subject
    }

    /// Where the public key stands.
    pub(crate) fn key_offset(&self) -> usize {
        self.body.offsets.key
    }

    /// Whether the signature verifies under this issuer's key.
    pub(crate) fn is_signed_by(&self, issuer: &Issuer) -> bool {
        let algorithm = SignatureAlgorithm::from_der(self.body.inner_algorithm);
        algorithm.is_some_and(|algorithm| algorithm.verifies(issuer.key(), self.body.tbs, self.body.signature))
    }
}

/// One line for people: what this certificate is.
impl fmt::Display for InspectedCertificate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.described(""))
    }
}

impl InspectedCertificate<'_> {
    /// The same line, with this text beside the identifier of the certified key. That stands early in it: a long line
    /// is cut where it is shown.
    pub(crate) fn described(&self, beside: &str) -> String {
        let own = self.body.ski.clone().unwrap_or_else(|| sha1_name(&self.body.key.bits).to_vec());
        format!(
            "certificate {} for {} (key {}{beside}), issued by {}, valid {} to {}",
            self.serial(),
            self.body.subject,
            Hex(&own),
            self.body.issuer,
            self.not_before,
            self.not_after
        )
    }
}

//! Issuers: who may sign items, as (subject, public key). A renewed certificate of the same key is the same issuer.
//! This module reads a certificate that people already trust; it never decides that trust.
//!
//! ```
//! use rootcast_pki::issuer::Issuer;
//! use rootcast_pki::item;
//! use rootcast_pki::profile::Policy;
//! use rootcast_pki::rule::Rule;
//!
//! # let pem = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/root.crt"));
//! let issuer = Issuer::from_certificate(&item::read(pem)?.der, &Policy::default())?;
//! assert!(issuer.is_root() && issuer.findings().is_empty());
//! assert_eq!((issuer.key_description(), issuer.path_length()), ("P-256".to_owned(), None));
//! assert_eq!(issuer.file_name(), "9dba5acd3c73d2ba40c115beea352358d51adaa2");
//! let findings = Issuer::from_certificate(b"no certificate", &Policy::default()).expect_err("it is none");
//! assert!(findings.has(Rule::RootName));
//! # Ok::<(), rootcast_pki::finding::Findings>(())
//! ```

use core::fmt;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::certificate::body::Body;
use crate::certificate_policies::Granted;
use crate::digest::{sha1_name, sha256};
use crate::extension::{BasicConstraints, KeyUsage};
use crate::finding::{Findings, Severity};
use crate::item::{self, ItemKind};
use crate::key_purposes;
use crate::name::Name;
use crate::name_constraints::NameConstraints;
use crate::oid::{self, Dotted};
use crate::profile::{Policy, Profile};
use crate::public_key::{KeyFault, PublicKey};
use crate::rule::{Cause, Rule};
use crate::serial::{Hex, SerialNumber, is_not_positive};
use crate::signature_algorithm::{self, SignatureAlgorithm};
use crate::strict_der::DerError;
use crate::time::Timestamp;

/// A CA whose items are judged: a trusted root, or a CA whose certificate was accepted below one.
#[derive(Clone, Debug)]
pub struct Issuer {
    certificate: Vec<u8>,
    subject: Name,
    serial: SerialNumber,
    key: PublicKey,
    key_id: Vec<u8>,
    has_key_id: bool,
    not_before: Timestamp,
    not_after: Timestamp,
    basic_constraints: Option<BasicConstraints>,
    path_length_above: Option<u32>,
    /// Its own, then those of the issuers above it.
    name_constraints: Vec<Arc<IssuerConstraints>>,
    key_usage: Option<KeyUsage>,
    purposes: Option<BTreeSet<Vec<u8>>>,
    granted: Granted,
    self_signed: bool,
    is_root: bool,
    issued_by: Name,
    issuer_key_id: Option<Vec<u8>>,
    findings: Findings,
}

/// One nameConstraints that everything below an issuer has to keep to.
#[derive(Debug)]
pub(crate) struct IssuerConstraints {
    /// The subject of the certificate that has it.
    pub(crate) by: Name,
    /// What it says, or why it cannot be read.
    pub(crate) read: Result<NameConstraints, DerError>,
}

impl Issuer {
    /// Reads the certificate of an issuer, DER.
    ///
    /// # Errors
    /// ROOT-NAME and ROOT-KEY refuse it. ROOT-SHAPE only warns: see [`Issuer::findings`].
    pub fn from_certificate(der: &[u8], policy: &Policy) -> Result<Issuer, Findings> {
        let mut findings = Findings::new();
        let body = match Body::read(der) {
            Ok(body) => body,
            Err(error) => {
                let text = format!("the certificate cannot be parsed: {error}");
                findings.add(Rule::RootName, Severity::Reject, text);
                return Err(findings);
            }
        };
        let (Some(not_before), Some(not_after)) = (body.not_before.moment(), body.not_after.moment()) else {
            let text = format!("the validity at byte {} cannot be read", body.not_before.offset);
            findings.add(Rule::RootName, Severity::Reject, text);
            return Err(findings);
        };
        // ROOT-NAME
        if body.subject.is_empty() {
            findings.add(Rule::RootName, Severity::Reject, "the subject is empty");
        }
        // ROOT-KEY
        for fault in body.key.faults() {
            match fault {
                KeyFault::Unfit(text) => {
                    let cause = body.key.kind.is_none().then_some(Cause::RootKeyKind);
                    findings.add(Rule::RootKey, Severity::Reject, text).because_if(cause)
                }
                KeyFault::NotForWebpki(text) => {
                    findings.add(Rule::RootKey, Severity::Warn, text).because(Cause::RootModulusBits)
                }
                KeyFault::Unusual(text) => findings.add(Rule::RootKey, Severity::Warn, text),
            };
        }
        if findings.rejects() {
            return Err(findings);
        }
        let name_constraints = own_constraints(&body);
        let self_signed = check_shape(&body, &name_constraints, policy, &mut findings);
        let is_root = self_signed || names_itself(&body);
        Ok(Issuer {
            certificate: der.to_vec(),
            serial: SerialNumber::from_contents(body.serial),
            has_key_id: body.ski.is_some(),
            key_id: body.ski.unwrap_or_else(|| sha1_name(&body.key.bits).to_vec()),
            subject: body.subject,
            key: body.key,
            not_before,
            not_after,
            basic_constraints: body.basic_constraints,
            path_length_above: None,
            name_constraints,
            key_usage: body.key_usage,
            purposes: key_purposes::of_extensions(&body.extensions),
            granted: Granted::by(&body.extensions),
            self_signed,
            is_root,
            issued_by: body.issuer,
            issuer_key_id: body.aki.and_then(|aki| aki.key_id),
            findings,
        })
    }

    /// Reads the certificate of a CA below a root, DER or PEM, that an operator names as an offline issuer.
    ///
    /// # Errors
    /// What it is instead, in words that are safe to print.
    pub fn named_below_a_root(file: &[u8], policy: &Policy) -> Result<Issuer, String> {
        let item = item::read(file).map_err(|findings| findings.to_string())?;
        if item.kind != ItemKind::Certificate {
            return Err("it is a CRL".to_owned());
        }
        let issuer = Issuer::from_certificate(&item.der, policy).map_err(|findings| findings.to_string())?;
        if issuer.is_root() {
            return Err("it is a root".to_owned());
        }
        if issuer.is_ca() != Some(true) {
            return Err("it is not a CA certificate".to_owned());
        }
        Ok(issuer)
    }

    /// Its name (RFC 5280 §4.1.2.6).
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.subject
    }

    /// The serial number of its certificate (RFC 5280 §4.1.2.2).
    #[must_use]
    pub fn serial(&self) -> &SerialNumber {
        &self.serial
    }

    /// The whole SubjectPublicKeyInfo, DER (RFC 5280 §4.1.2.7).
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.key.spki
    }

    /// SHA-256 of the SubjectPublicKeyInfo: the source id of its manifests.
    #[must_use]
    pub fn spki_sha256(&self) -> [u8; 32] {
        sha256(&self.key.spki)
    }

    /// What kind of key it is, for people: `RSA 4096`, `P-384`.
    #[must_use]
    pub fn key_description(&self) -> String {
        self.key.describe()
    }

    /// The certificate it was read from, DER.
    #[must_use]
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate
    }

    /// SHA-256 of that certificate.
    #[must_use]
    pub fn certificate_sha256(&self) -> [u8; 32] {
        sha256(&self.certificate)
    }

    /// notBefore: the first second of its certificate's validity (RFC 5280 §4.1.2.5).
    #[must_use]
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// notAfter: the last second of its certificate's validity (RFC 5280 §4.1.2.5).
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// The identifier of its key: the octets of subjectKeyIdentifier, or SHA-1 of the key bits if there is none
    /// (RFC 5280 §4.2.1.2, method 1).
    #[must_use]
    pub fn key_id(&self) -> &[u8] {
        &self.key_id
    }

    /// Whether its certificate states a subjectKeyIdentifier.
    #[must_use]
    pub fn has_key_id(&self) -> bool {
        self.has_key_id
    }

    /// The stem of the file its CRL is published under: [`Issuer::key_id`] in lower hex.
    /// A hostile identifier can make it long; more than 64 bytes are cut to their SHA-256.
    #[must_use]
    pub fn file_name(&self) -> String {
        if self.key_id.is_empty() || self.key_id.len() > 64 {
            return Hex(&sha256(&self.key_id)).to_string();
        }
        Hex(&self.key_id).to_string()
    }

    /// Whether both are the same issuer: same subject (RFC 5280 §7.1), same key.
    #[must_use]
    pub fn is_same(&self, other: &Issuer) -> bool {
        self.subject.matches(&other.subject) && self.key.spki == other.key.spki
    }

    /// Whether both are the same issuer under the same file name: otherwise one issuer's CRLs would stand under two.
    #[must_use]
    pub fn is_published_as(&self, other: &Issuer) -> bool {
        self.is_same(other) && self.file_name() == other.file_name()
    }

    /// ROOT-CLASH: whether another of these issuers publishes under the same file name.
    #[must_use]
    pub fn clash(&self, enrolled: &[Issuer]) -> Findings {
        let mut findings = Findings::new();
        for other in enrolled {
            if !self.is_same(other) && self.file_name() == other.file_name() {
                let text = format!("{} already publishes under the file name {}", other.subject, other.file_name());
                findings.add(Rule::RootClash, Severity::Reject, text);
            }
        }
        findings
    }

    /// Whether its certificate verifies under its own key.
    #[must_use]
    pub fn is_self_signed(&self) -> bool {
        self.self_signed
    }

    /// Whether it is a root: its certificate verifies under its own key, or is self-issued, names no other key, and is
    /// signed in a way that cannot be verified here, as with MD5. Nothing rests on a root's own signature.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.is_root
    }

    /// Who issued its certificate; for a root itself.
    #[must_use]
    pub fn issued_by(&self) -> &Name {
        &self.issued_by
    }

    /// The key identifier of whoever issued its certificate, as that names it; for a root its own.
    pub(crate) fn issuer_key_id(&self) -> Option<&[u8]> {
        if self.is_root { Some(&self.key_id) } else { self.issuer_key_id.as_deref() }
    }

    /// Whether basicConstraints (RFC 5280 §4.2.1.9) says that it is a CA; `None` if there is no such extension.
    #[must_use]
    pub fn is_ca(&self) -> Option<bool> {
        self.basic_constraints.map(|constraints| constraints.is_ca)
    }

    /// How many CA certificates may follow below it (RFC 5280 §4.2.1.9), if its certificate or one above it says so.
    #[must_use]
    pub fn path_length(&self) -> Option<u32> {
        let own = self.basic_constraints.and_then(|constraints| constraints.path_length);
        own.into_iter().chain(self.path_length_above).min()
    }

    /// The same issuer as it stands below `parent`: a path length applies to everything below, so that of a CA is at most
    /// its parent's less one, whatever its own certificate says. Self-issued certificates are not counted
    /// (RFC 5280 §6.1.4(l) and (m)). The nameConstraints of its parent, and of those above that, hold below it too.
    #[must_use]
    pub fn below(mut self, parent: &Issuer) -> Issuer {
        let step = u32::from(!self.subject.matches(&parent.subject));
        self.path_length_above = parent.path_length().map(|above| above.saturating_sub(step));
        self.name_constraints.extend(parent.name_constraints.iter().cloned());
        self
    }

    /// Every nameConstraints that holds for what it issues, its own first.
    pub(crate) fn name_constraints(&self) -> &[Arc<IssuerConstraints>] {
        &self.name_constraints
    }

    /// Whether the same nameConstraints hold below both, each taken from the same certificate.
    pub(crate) fn is_constrained_as(&self, other: &Issuer) -> bool {
        let same = |(one, other): (&Arc<_>, &Arc<_>)| Arc::ptr_eq(one, other);
        self.name_constraints.len() == other.name_constraints.len()
            && self.name_constraints.iter().zip(&other.name_constraints).all(same)
    }

    /// What tells it apart from others of its name, for people: its key's identifier, the serial number of its
    /// certificate, and when that ends.
    #[must_use]
    pub fn mark(&self) -> String {
        format!("{}, until {}", self.key_and_serial(), self.not_after)
    }

    /// The same without its end, where that stands beside it.
    #[must_use]
    pub fn key_and_serial(&self) -> String {
        format!("key {}, serial {}", Hex(&self.key_id), self.serial)
    }

    /// Whether this certificate has a successor in `other`: of the same issuer, with a later end, and valid now or before
    /// this one ends. Another key is never a successor.
    #[must_use]
    pub fn is_succeeded_by(&self, other: &Issuer, now: Timestamp) -> bool {
        let has_begun = other.not_before <= now.max(self.not_after);
        self.is_same(other) && other.not_after > self.not_after && has_begun
    }

    /// The same, with what is odd about it as a root at this time (ROOT-SHAPE): another CA issued it, it has ended, or it
    /// has not begun.
    #[must_use]
    pub fn as_root_at(mut self, now: Timestamp) -> Issuer {
        if !self.is_self_issued() {
            let text =
                format!("it is not self-issued: {} issued it, so it is no root's own certificate", self.issued_by);
            self.findings.add(Rule::RootShape, Severity::Warn, text).because(Cause::RootNotSelfIssued);
        }
        let (cause, text) = if now > self.not_after {
            let ended = self.not_after;
            let text = format!("it ended {ended}; it is {now}: nothing is accepted under a certificate that has ended");
            (Cause::RootEnded, text)
        } else if now < self.not_before {
            let text = format!("it begins {}; it is {now}: nothing is accepted under it before", self.not_before);
            (Cause::RootNotBegun, text)
        } else {
            return self;
        };
        self.findings.add(Rule::RootShape, Severity::Warn, text).because(cause);
        self
    }

    /// Whether its certificate names itself as its issuer, as every root's own does.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.issued_by.matches(&self.subject)
    }

    /// keyUsage (RFC 5280 §4.2.1.3), if present.
    #[must_use]
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.key_usage
    }

    /// Warnings about its shape (ROOT-SHAPE) and key.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// The purposes of extKeyUsage, if present: each the contents octets of its identifier.
    pub(crate) fn purposes(&self) -> Option<&BTreeSet<Vec<u8>>> {
        self.purposes.as_ref()
    }

    /// The policies that its certificate leaves to the CAs below it.
    pub(crate) fn granted(&self) -> &Granted {
        &self.granted
    }

    pub(crate) fn key(&self) -> &PublicKey {
        &self.key
    }
}

/// One line for people: who this is.
impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, key {})", self.subject, self.key.describe(), Hex(&self.key_id))
    }
}

/// The nameConstraints that a certificate has itself.
fn own_constraints(body: &Body<'_>) -> Vec<Arc<IssuerConstraints>> {
    let own = body.extensions.iter().filter(|extension| extension.oid == oid::NAME_CONSTRAINTS);
    let read = own.map(NameConstraints::read);
    read.map(|read| Arc::new(IssuerConstraints { by: body.subject.clone(), read })).collect()
}

/// ROOT-SHAPE; gives whether the certificate verifies under its own key.
fn check_shape(
    body: &Body<'_>,
    constraints: &[Arc<IssuerConstraints>],
    policy: &Policy,
    findings: &mut Findings,
) -> bool {
    let mut odd = |cause: Option<Cause>, text: &str| {
        findings.add(Rule::RootShape, Severity::Warn, text).because_if(cause);
    };
    if let Some(oddity) = body.oddity {
        odd(None, &format!("not strict DER: {oddity}"));
    }
    if body.version != Some(2) {
        odd(None, "not a v3 certificate");
    }
    // A CA copies the name into its CRLs, as CRL-ISSUER wants it.
    if let Some(text) = body.subject.loose_text().filter(|_| policy.profile == Profile::Webpki) {
        let text =
            format!("its name has {text}: every CRL and certificate of it is refused in webpki (CRL-DER, CERT-DER)");
        odd(Some(Cause::RootLooseName), &text);
    }
    match body.basic_constraints {
        None => odd(None, "basicConstraints is absent"),
        Some(constraints) if !constraints.is_ca => {
            odd(
                Some(Cause::RootNotCa),
                "basicConstraints has cA FALSE: every CRL and certificate of it is refused (CRL-ISSUER-USAGE, CERT-ISSUER-USAGE)",
            );
        }
        Some(constraints) if !constraints.critical => odd(None, "basicConstraints is not critical"),
        Some(_) => {}
    }
    match body.key_usage {
        None => odd(Some(Cause::RootKeyUsageAbsent), "keyUsage is absent: nothing is refused for it"),
        Some(usage) => {
            if !usage.signs_crls() {
                let text = "keyUsage has no cRLSign: every CRL of it is refused (CRL-ISSUER-USAGE)";
                odd(Some(Cause::IssuerNoCrlSign), text);
            }
            if !usage.signs_certificates() {
                let text = "keyUsage has no keyCertSign: every certificate of it is refused (CERT-ISSUER-USAGE)";
                odd(Some(Cause::IssuerNoCertSign), text);
            }
        }
    }
    if let Some(unknown) = body.extensions.iter().find(|one| one.critical && !is_known_when_critical(one.oid)) {
        let named = Dotted(unknown.oid);
        let text = format!("the extension {named} is critical and not known here: relying parties may refuse it");
        odd(Some(Cause::RootCriticalExtension), &text);
    }
    if constraints.iter().any(|constraints| constraints.read.is_err()) {
        let text = "nameConstraints cannot be read: every certificate of it is refused (CERT-NAME-PERMITTED)";
        odd(Some(Cause::RootNameConstraints), text);
    }
    if body.ski.is_none() {
        odd(None, "subjectKeyIdentifier is absent, so the SHA-1 of the key names its files");
    }
    if is_not_positive(body.serial) {
        odd(None, "the serial number is not positive");
    }
    let algorithm = SignatureAlgorithm::from_der(body.outer_algorithm);
    let is_self_issued = body.issuer.matches(&body.subject);
    if algorithm == Some(SignatureAlgorithm::RsaSha1) && !policy.accepts_sha1() {
        odd(
            Some(Cause::RootAlgorithm),
            "signed with SHA-1; nothing depends on a root's own signature, but a CRL signed so is refused (CRL-ALGORITHM)",
        );
    } else if is_self_issued && let Some(why) = signature_algorithm::refusal(body.outer_algorithm, &body.key, policy) {
        let text = format!("a CRL signed as this certificate is would be refused (CRL-ALGORITHM): {why}");
        odd(Some(Cause::RootAlgorithm), &text);
    }
    let self_signed = algorithm.is_some_and(|algorithm| algorithm.verifies(&body.key, body.tbs, body.signature));
    // Of an algorithm that is not known here the finding above speaks.
    if !self_signed && is_self_issued && algorithm.is_some() {
        odd(Some(Cause::RootSignature), "self-issued, but its signature does not verify under its own key");
    }
    self_signed
}

/// Whether an extension may be critical in a CA certificate: one that this program reads, or whose meaning does not change
/// what is published.
fn is_known_when_critical(oid: &[u8]) -> bool {
    [
        oid::BASIC_CONSTRAINTS,
        oid::KEY_USAGE,
        oid::SUBJECT_KEY_IDENTIFIER,
        oid::AUTHORITY_KEY_IDENTIFIER,
        oid::NAME_CONSTRAINTS,
        oid::CERTIFICATE_POLICIES,
        oid::EXTENDED_KEY_USAGE,
        oid::CRL_DISTRIBUTION_POINTS,
    ]
    .contains(&oid)
}

/// Whether a certificate that cannot be verified here says itself that it is of its own key.
fn names_itself(body: &Body<'_>) -> bool {
    let own = body.ski.clone().unwrap_or_else(|| sha1_name(&body.key.bits).to_vec());
    let named = body.aki.as_ref().and_then(|aki| aki.key_id.as_ref());
    SignatureAlgorithm::from_der(body.outer_algorithm).is_none()
        && body.issuer.matches(&body.subject)
        && named.is_none_or(|named| *named == own)
}

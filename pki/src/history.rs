//! What was accepted before, for the rules of continuity. The caller provides it; nothing here stores it.
//!
//! ```
//! use rootcast_pki::history::{CertificateHistory, CrlHistory, History};
//! use rootcast_pki::issuer::Issuer;
//! use rootcast_pki::profile::Policy;
//! use rootcast_pki::stage::Ruling;
//! use rootcast_pki::{item, judge_under};
//!
//! /// What a program published last: here it has one issuer.
//! struct Published {
//!     crl: Vec<u8>,
//! }
//!
//! impl History for Published {
//!     fn crl_history(&self, _: &Issuer) -> CrlHistory<'_> {
//!         CrlHistory { previous: Some(&self.crl), previous_published: true, ..CrlHistory::default() }
//!     }
//!
//!     fn certificate_history(&self, _: &Issuer) -> CertificateHistory<'_> {
//!         CertificateHistory { crl: Some(&self.crl), ..CertificateHistory::default() }
//!     }
//! }
//!
//! # let pem = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/root.crt"));
//! # let crl = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/root.crl"));
//! let policy = Policy::default();
//! let issuer = Issuer::from_certificate(&item::read(pem)?.der, &policy)?;
//! let (item, now) = (item::read(crl)?, issuer.not_before());
//! let mut published = Published { crl: crl.to_vec() };
//! let judge = |history: &Published| {
//!     judge_under(&item, &issuer, history, &policy, now).verdict.outcome.ruling()
//! };
//! assert_eq!(judge(&published), Ruling::NoOp);
//! // Number 9 was published, and this is number 7.
//! let at = crl.windows(3).position(|octets| octets == [2, 1, 7]).expect("CRL number 7");
//! published.crl[at + 2] = 9;
//! assert_eq!(judge(&published), Ruling::Rejected);
//! # Ok::<(), rootcast_pki::finding::Findings>(())
//! ```

use std::collections::BTreeSet;

use crate::crl_number::CrlNumber;
use crate::issuer::Issuer;
use crate::rule::Rule;
use crate::serial::SerialNumber;
use crate::time::Timestamp;

/// A certificate this issuer is known to have issued: one line of the inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedCertificate {
    /// Its serial number.
    pub serial: SerialNumber,
    /// Whose key it certifies, for people; safe to print.
    pub subject: String,
    /// The last second of its validity.
    pub not_after: Timestamp,
    /// SHA-256 of the certificate.
    pub sha256: [u8; 32],
    /// SHA-256 of its TBSCertificate: of what is signed.
    pub tbs_sha256: [u8; 32],
    /// Its signature: the contents of the BIT STRING.
    pub signature: Vec<u8>,
    /// Whether it is published here now.
    pub published: bool,
}

/// A genuine CRL or certificate of this issuer that waits for a human decision here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldItem {
    /// Its number (RFC 5280 §5.2.3), if it is a CRL.
    pub number: Option<CrlNumber>,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// SHA-256 of what is signed.
    pub tbs_sha256: [u8; 32],
    /// Its signature: the contents of the BIT STRING.
    pub signature: Vec<u8>,
}

/// What a CRL must continue.
#[derive(Clone, Copy, Debug, Default)]
pub struct CrlHistory<'h> {
    /// The CRL accepted last for this issuer, DER.
    pub previous: Option<&'h [u8]>,
    /// Whether that CRL is published here: then the same bytes again are a no-op. Otherwise they are judged.
    pub previous_published: bool,
    /// The floor: every CRL number must be higher. It comes from `trust` or from the state.
    pub floor: Option<CrlNumber>,
    /// The items of this issuer that are held here.
    pub held: &'h [HeldItem],
    /// Says nothing about a first contact (CRL-FIRST): for looking at a file without any state.
    pub first_contact_allowed: bool,
    /// The inventory of certificates this issuer issued.
    pub issued: &'h [IssuedCertificate],
    /// The CRL accepted last for the issuer's own issuer, DER, if the issuer is not a root.
    pub parent_crl: Option<&'h [u8]>,
    /// The rules a human accepted for this very item while it was held.
    pub decision: Option<&'h BTreeSet<Rule>>,
}

/// What one certificate of a known key says that the key is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertifiedUse {
    /// SHA-256 of the certificate.
    pub certificate: [u8; 32],
    /// The last second of its validity.
    pub not_after: Timestamp,
    /// Whether a CRL known here revokes it.
    pub is_revoked: bool,
    /// Whether it is a root's own certificate. Such a one has no extKeyUsage (BR 7.1.2.1), which then says nothing.
    pub is_root: bool,
    /// The purposes of its extKeyUsage, each the contents octets of its identifier; nothing where it has none.
    pub purposes: Option<BTreeSet<Vec<u8>>>,
}

/// The key of a CA that is known here: of an issuer, or of a certificate in the inventory of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownKey {
    /// Its subject, DER (RFC 5280 §4.1.2.6).
    pub subject: Vec<u8>,
    /// Its SubjectPublicKeyInfo, DER (RFC 5280 §4.1.2.7).
    pub spki: Vec<u8>,
    /// The octets of subjectKeyIdentifier, or what stands for it: [`Issuer::key_id`].
    pub key_id: Vec<u8>,
    /// Since when a certificate for it is revoked as compromised: the key is ended for every certificate (CERT-REVOKED).
    pub ended: Option<Timestamp>,
    /// The issuer of the certificate it is known from, DER.
    pub issuer: Vec<u8>,
    /// The key identifier of that issuer, as the certificate names it; a root's own.
    pub issuer_key_id: Option<Vec<u8>>,
    /// When that certificate begins.
    pub not_before: Timestamp,
    /// What the certificate says that it is for (CERT-KEY-EKU-MIXED). Nothing where only the key is known.
    pub certified: Option<CertifiedUse>,
}

/// The key of an issuer that is judged here.
impl From<&Issuer> for KnownKey {
    fn from(issuer: &Issuer) -> Self {
        KnownKey {
            subject: issuer.subject().der().to_vec(),
            spki: issuer.spki().to_vec(),
            key_id: issuer.key_id().to_vec(),
            ended: None,
            issuer: issuer.issued_by().der().to_vec(),
            issuer_key_id: issuer.issuer_key_id().map(<[u8]>::to_vec),
            not_before: issuer.not_before(),
            certified: Some(CertifiedUse {
                certificate: issuer.certificate_sha256(),
                not_after: issuer.not_after(),
                is_revoked: false,
                is_root: issuer.is_root(),
                purposes: issuer.purposes().cloned(),
            }),
        }
    }
}

/// What a certificate must agree with.
#[derive(Clone, Copy, Debug, Default)]
pub struct CertificateHistory<'h> {
    /// The inventory of certificates this issuer issued.
    pub issued: &'h [IssuedCertificate],
    /// The CRL accepted last for this issuer, DER.
    pub crl: Option<&'h [u8]>,
    /// The CRL accepted last for the issuer's own issuer, DER, if the issuer is not a root.
    pub parent_crl: Option<&'h [u8]>,
    /// The items of this issuer that are held here.
    pub held: &'h [HeldItem],
    /// The CA keys known here, of whatever issuer (CERT-SKI, CERT-CONTINUITY, CERT-KEY-EKU-MIXED, CERT-REVOKED).
    pub known_keys: &'h [KnownKey],
    /// The SubjectPublicKeyInfos of the requests registered here (CERT-REQUEST); empty if none is.
    pub requests: &'h [Vec<u8>],
    /// The URLs this host serves, each the beginning of those below it (CERT-CDP); empty if none is configured.
    pub served: &'h [String],
    /// The CAs that are of the organisation of the issuer or affiliated with it: the SHA-256 of the SubjectPublicKeyInfo or
    /// the key identifier of each, lower hexadecimal (CERT-EKU, CERT-POLICIES).
    pub affiliated: &'h [String],
    /// Whether the certificate is being issued now, whatever its notBefore says: what holds since a date holds for it.
    pub issued_now: bool,
    /// The rules a human accepted for this very item while it was held.
    pub decision: Option<&'h BTreeSet<Rule>>,
}

/// Where the history of each issuer is found.
pub trait History {
    /// What this issuer's next CRL must continue.
    fn crl_history(&self, issuer: &Issuer) -> CrlHistory<'_>;

    /// What this issuer's next certificate must agree with.
    fn certificate_history(&self, issuer: &Issuer) -> CertificateHistory<'_>;
}

/// No state at all: for looking at a file by itself, perhaps with the CRL before it.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoState<'h> {
    /// The CRL to compare with, DER.
    pub previous: Option<&'h [u8]>,
    /// The SubjectPublicKeyInfos of the requests that were given (CERT-REQUEST).
    pub requests: &'h [Vec<u8>],
}

impl History for NoState<'_> {
    fn crl_history(&self, _: &Issuer) -> CrlHistory<'_> {
        CrlHistory { previous: self.previous, first_contact_allowed: true, ..CrlHistory::default() }
    }

    fn certificate_history(&self, _: &Issuer) -> CertificateHistory<'_> {
        CertificateHistory { crl: self.previous, requests: self.requests, ..CertificateHistory::default() }
    }
}

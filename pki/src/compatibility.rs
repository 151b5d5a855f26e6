//! Which relying parties would not process a CRL, and why. The data comes from their sources and from test runs.
//! `docs/compatibility.md` has the same table; a test keeps the two equal, and another runs OpenSSL and GnuTLS.
//!
//! It decides nothing. If a relying party is not listed for a feature, that is no promise.
//!
//! ```
//! use rootcast_pki::compatibility::{RelyingParty, obstacles};
//! use rootcast_pki::rule::RuleSet;
//!
//! # let crl = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/root.crl"));
//! assert!(obstacles(crl, RuleSet::NONE).is_empty());
//!
//! // The same without a number: cRLNumber (2.5.29.20) is made 2.5.29.127, which nobody knows.
//! let mut unnumbered = crl.to_vec();
//! let at = crl.windows(3).position(|octets| octets == [0x55, 0x1d, 20]).expect("cRLNumber");
//! unnumbered[at + 2] = 127;
//! let found = obstacles(&unnumbered, RuleSet::NONE);
//! assert_eq!((found.len(), found[0].party, found[0].why), (1, RelyingParty::Webpki, "MissingCrlNumber"));
//! ```

use core::fmt;

use serde::{Serialize, Serializer};

use crate::crl::{Feature, InspectedCrl};
use crate::rule::RuleSet;

/// Software that checks revocation by CRLs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RelyingParty {
    /// OpenSSL, with `X509_V_FLAG_CRL_CHECK`.
    OpenSsl,
    /// GnuTLS, with a CRL in its trust list.
    GnuTls,
    /// NSS, with a CRL in its cache: Firefox's library.
    Nss,
    /// rustls-webpki, which rustls verifies with.
    Webpki,
    /// Go's `crypto/x509`. It parses CRLs and verifies their signatures; the rest is the caller's.
    Go,
    /// Java's PKIX `CertPathValidator`.
    Java,
    /// Windows, by its CryptoAPI.
    Windows,
}

impl fmt::Display for RelyingParty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RelyingParty::OpenSsl => "OpenSSL",
            RelyingParty::GnuTls => "GnuTLS",
            RelyingParty::Nss => "NSS",
            RelyingParty::Webpki => "webpki",
            RelyingParty::Go => "Go",
            RelyingParty::Java => "Java",
            RelyingParty::Windows => "Windows",
        })
    }
}

/// Its name.
impl Serialize for RelyingParty {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One line of the table: this relying party does not process a CRL with this feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Obstacle {
    /// Whose software it is.
    pub party: RelyingParty,
    /// The feature that it does not process.
    #[serde(serialize_with = "feature_name")]
    pub feature: Feature,
    /// What it does then.
    pub why: &'static str,
    /// Where that was read, and the version with which it was seen.
    pub reference: &'static str,
}

fn feature_name<S: Serializer>(feature: &Feature, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(feature.name())
}

/// Where each claim comes from: sources by file, function and commit; programs by the version that was run.
mod source {
    pub(super) const OPENSSL_LOAD: &str = "crypto/x509/x_crl.c, crl_cb (00e85a2); run: 3.0.19";
    pub(super) const OPENSSL_ENTRY: &str = "crypto/x509/x_crl.c, crl_set_issuers (00e85a2); run: 3.0.19";
    pub(super) const OPENSSL_SCORE: &str = "crypto/x509/x509_vfy.c, get_crl_score (00207e8); run: 3.0.19";
    pub(super) const OPENSSL_SCOPE: &str = "crypto/x509/x509_vfy.c, crl_crldp_check (00207e8); run: 3.0.19";
    pub(super) const OPENSSL_ML_DSA: &str = "release notes of 3.5.0; run: 3.0.19";
    pub(super) const GNUTLS_RUN: &str = "run: 3.7.9";
    pub(super) const NSS_LIST: &str = "lib/certdb/crl.c, cert_check_crl_version (227d461); run: 3.87.1";
    pub(super) const NSS_ENTRY: &str = "lib/certdb/crl.c, cert_check_crl_entries (227d461); run: 3.87.1";
    pub(super) const NSS_RUN: &str = "run: 3.87.1";
    pub(super) const WEBPKI_LIST: &str =
        "src/crl/types.rs, BorrowedCertRevocationList::from_der (1bff41a, 0.104.0-alpha.7)";
    pub(super) const WEBPKI_POINT: &str =
        "src/crl/types.rs, IssuingDistributionPoint::from_der (1bff41a, 0.104.0-alpha.7)";
    pub(super) const WEBPKI_SCOPE: &str = "src/crl/types.rs, authoritative_for (1bff41a, 0.104.0-alpha.7)";
    pub(super) const WEBPKI_ENTRY: &str = "src/crl/types.rs, BorrowedRevokedCert (1bff41a, 0.104.0-alpha.7)";
    pub(super) const GO: &str = "src/crypto/x509/parser.go, ParseRevocationList (01f40d3)";
    pub(super) const JAVA_VERIFY: &str = "DistributionPointFetcher.java, verifyCRL (0336d8f); run: 17.0.15";
    pub(super) const JAVA_RUN: &str = "run: 17.0.15";
    pub(super) const JAVA_ML_DSA: &str = "JDK-8342282; run: 17.0.15";
    pub(super) const WINDOWS_ISSUER: &str =
        "blogs.technet.com/b/instan, 2013-06-13, ADCS and dedicated CRL signing certificates";
}

/// A line of the table.
const fn line(party: RelyingParty, feature: Feature, why: &'static str, reference: &'static str) -> Obstacle {
    Obstacle { party, feature, why, reference }
}

/// The table, in the order of the relying parties.
pub const OBSTACLES: &[Obstacle] = {
    use Feature as F;
    use RelyingParty::{GnuTls, Go, Java, Nss, OpenSsl, Webpki, Windows};
    &[
        line(OpenSsl, F::NumberCritical, "unhandled critical CRL extension", source::OPENSSL_LOAD),
        line(OpenSsl, F::OtherCritical, "unhandled critical CRL extension", source::OPENSSL_LOAD),
        line(
            OpenSsl,
            F::IdpRelative,
            "different CRL scope, where cRLDistributionPoints gives a URL",
            source::OPENSSL_SCOPE,
        ),
        line(OpenSsl, F::UserOnly, "different CRL scope, for CA certificates", source::OPENSSL_SCOPE),
        line(OpenSsl, F::AttributeOnly, "different CRL scope", source::OPENSSL_SCOPE),
        line(OpenSsl, F::SomeReasons, "not taken without extended CRL support", source::OPENSSL_SCORE),
        line(OpenSsl, F::Indirect, "not taken without extended CRL support", source::OPENSSL_SCORE),
        line(OpenSsl, F::EntryReasonCritical, "unhandled critical CRL extension", source::OPENSSL_ENTRY),
        line(OpenSsl, F::EntryOtherCritical, "unhandled critical CRL extension", source::OPENSSL_ENTRY),
        line(OpenSsl, F::MlDsa, "unknown algorithm, before 3.5", source::OPENSSL_ML_DSA),
        line(GnuTls, F::MlDsa, "unknown algorithm", source::GNUTLS_RUN),
        line(Nss, F::OtherCritical, "SEC_ERROR_CRL_UNKNOWN_CRITICAL_EXTENSION", source::NSS_LIST),
        line(Nss, F::Delta, "SEC_ERROR_CRL_UNKNOWN_CRITICAL_EXTENSION", source::NSS_LIST),
        line(Nss, F::IdpCritical, "SEC_ERROR_CRL_UNKNOWN_CRITICAL_EXTENSION", source::NSS_LIST),
        line(Nss, F::EntryIssuer, "its entries are not read, for the critical extension", source::NSS_ENTRY),
        line(Nss, F::EntryOtherCritical, "its entries are not read, for the critical extension", source::NSS_ENTRY),
        line(Nss, F::Ed25519, "SEC_ERROR_BAD_SIGNATURE", source::NSS_RUN),
        line(Nss, F::MlDsa, "SEC_ERROR_BAD_SIGNATURE", source::NSS_RUN),
        line(Webpki, F::Version1, "UnsupportedCrlVersion", source::WEBPKI_LIST),
        line(Webpki, F::AlgorithmsDiffer, "SignatureAlgorithmMismatch", source::WEBPKI_LIST),
        line(Webpki, F::NoNextUpdate, "does not parse", source::WEBPKI_LIST),
        line(Webpki, F::NoNumber, "MissingCrlNumber", source::WEBPKI_LIST),
        line(Webpki, F::NumberOutOfBounds, "InvalidCrlNumber", source::WEBPKI_LIST),
        line(Webpki, F::OtherCritical, "UnsupportedCriticalExtension", source::WEBPKI_LIST),
        line(Webpki, F::Delta, "UnsupportedDeltaCrl", source::WEBPKI_LIST),
        line(Webpki, F::IdpUnnamed, "UnsupportedCrlIssuingDistributionPoint", source::WEBPKI_POINT),
        line(Webpki, F::IdpRelative, "UnsupportedCrlIssuingDistributionPoint", source::WEBPKI_POINT),
        line(Webpki, F::UserOnly, "not authoritative, for CA certificates", source::WEBPKI_SCOPE),
        line(Webpki, F::AttributeOnly, "MalformedExtensions", source::WEBPKI_POINT),
        line(Webpki, F::SomeReasons, "UnsupportedRevocationReasonsPartitioning", source::WEBPKI_POINT),
        line(Webpki, F::Indirect, "UnsupportedIndirectCrl", source::WEBPKI_POINT),
        line(Webpki, F::EntryIssuer, "UnsupportedIndirectCrl", source::WEBPKI_ENTRY),
        line(Webpki, F::EntryReasonUnassigned, "UnsupportedRevocationReason", source::WEBPKI_ENTRY),
        line(Webpki, F::EntryOtherCritical, "UnsupportedCriticalExtension", source::WEBPKI_ENTRY),
        line(Go, F::Version1, "unsupported crl version", source::GO),
        line(Go, F::AlgorithmsDiffer, "inner and outer signature algorithm identifiers don't match", source::GO),
        line(Go, F::AkiCritical, "authority key identifier incorrectly marked critical", source::GO),
        line(Java, F::AlgorithmsDiffer, "CRLException: Signature algorithm mismatch", source::JAVA_RUN),
        line(Java, F::NoNextUpdate, "could not determine revocation status", source::JAVA_RUN),
        line(Java, F::NumberCritical, "unrecognized critical extension", source::JAVA_VERIFY),
        line(Java, F::AkiCritical, "unrecognized critical extension", source::JAVA_VERIFY),
        line(Java, F::OtherCritical, "unrecognized critical extension", source::JAVA_VERIFY),
        line(Java, F::Delta, "unrecognized critical extension", source::JAVA_VERIFY),
        line(Java, F::IdpRelative, "no name in common, where cRLDistributionPoints gives a URL", source::JAVA_VERIFY),
        line(Java, F::UserOnly, "not taken for CA certificates", source::JAVA_VERIFY),
        line(Java, F::AttributeOnly, "not taken", source::JAVA_VERIFY),
        line(Java, F::SomeReasons, "status undetermined: other reasons are not covered", source::JAVA_VERIFY),
        line(Java, F::MlDsa, "unknown algorithm, before 24", source::JAVA_ML_DSA),
        line(
            Windows,
            F::Indirect,
            "takes a CRL only from the issuer of the certificate itself",
            source::WINDOWS_ISSUER,
        ),
    ]
};

/// What stands in the way of relying parties in the CRL `der`, in the order of the table; nothing for a CRL that cannot
/// be read. `found` are the rules that found something in it: entries are walked again only where one did.
#[must_use]
pub fn obstacles(der: &[u8], found: RuleSet) -> Vec<&'static Obstacle> {
    let Some(crl) = InspectedCrl::reread(der) else { return Vec::new() };
    let features = crl.features(found);
    OBSTACLES.iter().filter(|obstacle| features.contains(&obstacle.feature)).collect()
}

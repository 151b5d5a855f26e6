//! What a request asks for, read and checked.

use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::time::Timestamp;

use super::decision::DecisionRequest;
use super::distinguished_name::DistinguishedName;
use super::lined::Lined;
use super::profile::CertificateProfile;
use super::reason::Reason;
use crate::ceremony::key::kind::NewKey;

/// What the root of a first ceremony is called: its file without `.crt`, and its serial number among the others.
pub(crate) const ROOT_NAME: &str = "root";

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The file's name, for texts.
    pub file: String,
    /// Path of the issuer's certificate; absent with `[root]`.
    pub issuer: Option<Lined<String>>,
    /// Path of the CRL before this one.
    pub previous_crl: Option<Lined<String>>,
    /// Whether there is no CRL before this one.
    pub first: bool,
    /// `[crl]`
    pub crl: Option<CrlRequest>,
    /// `[[certificate]]`
    pub certificates: Vec<CertificateRequest>,
    /// `[root]`
    pub root: Option<RootRequest>,
    /// `[approvals]`
    pub approvals: Option<ApprovalsRequest>,
}

/// A change of the rule for approvals: the site file and its lists say what it becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalsRequest {
    /// How many people have to approve from then on, as the site file says.
    pub required: Lined<u32>,
    /// Why, in plain characters.
    pub because: String,
}

/// A CRL that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrlRequest {
    /// When it is issued.
    pub this_update: Lined<Timestamp>,
    /// When the next one is there at the latest.
    pub next_update: Timestamp,
    /// What it revokes besides what the CRL before it revoked.
    pub revocations: Vec<RevocationRequest>,
    /// What it says of entries that cannot be carried over.
    pub decisions: Vec<DecisionRequest>,
    /// The CRL that was signed here last, if this one takes its place before it was ever sent.
    pub abandon: Option<AbandonRequest>,
}

/// A CRL that was signed here and is never to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbandonRequest {
    /// Its number.
    pub number: Lined<CrlNumber>,
    /// Why, in plain characters.
    pub because: String,
}

/// A certificate to revoke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationRequest {
    /// Path of the certificate.
    pub certificate: Lined<String>,
    /// Why.
    pub reason: Reason,
    /// Since when.
    pub date: Timestamp,
}

/// A subordinate or cross certificate that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateRequest {
    /// The name of its file without `.crt`: the request's file name without its extension.
    pub name: String,
    /// Path of the certification request (PKCS#10).
    pub csr: Lined<String>,
    /// What it will be fit for.
    pub profile: CertificateProfile,
    /// Its subject.
    pub subject: DistinguishedName,
    /// The first second of its validity.
    pub not_before: Lined<Timestamp>,
    /// The last.
    pub not_after: Timestamp,
    /// How many CA certificates may follow below it.
    pub path_length: Option<u8>,
    /// Where the issuer's CRL is served.
    pub crl_url: Option<String>,
    /// Where the issuer's certificate is served.
    pub issuer_url: Option<String>,
}

/// A root that is asked for: the first ceremony.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootRequest {
    /// The kind of its key.
    pub key: Lined<NewKey>,
    /// Its subject and issuer.
    pub subject: DistinguishedName,
    /// The first second of its validity.
    pub not_before: Lined<Timestamp>,
    /// The last.
    pub not_after: Timestamp,
}

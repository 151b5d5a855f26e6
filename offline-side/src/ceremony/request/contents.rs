//! What a request asks for, read and checked.

use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::time::Timestamp;

use super::decision::DecisionRequest;
use super::distinguished_name::DistinguishedName;
use super::escrow_groups::EscrowGroups;
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
    /// `[escrow]`: with a new root only. The key is made so that it can be put on paper, and it is.
    pub escrow: Option<Lined<EscrowGroups>>,
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
    /// Path of the certification request (PKCS#10); absent where the key is taken from the certificate that it replaces.
    pub csr: Option<Lined<String>>,
    /// Path of an existing certificate of the same key, whose name and key identifier stay.
    pub replaces: Option<Lined<String>>,
    /// What it will be fit for.
    pub profile: CertificateProfile,
    /// Its subject.
    pub subject: AskedSubject,
    /// The line that names its key: of `csr`, or else of `replaces`.
    pub line: usize,
    /// Why it may differ from what relying parties know of its key.
    pub new_identifier: Option<String>,
    /// Why it may allow more than the certificate that it replaces.
    pub wider: Option<String>,
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

impl CertificateRequest {
    /// The path that names its key: of `csr`, or else of `replaces`.
    #[must_use]
    pub(crate) fn key_file(&self) -> &str {
        self.csr.as_ref().or(self.replaces.as_ref()).map_or("", |path| path.value.as_str())
    }
}

/// Where the subject of a certificate comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AskedSubject {
    /// The request names it. A known key keeps its name byte for byte, and this text only has to be the same name.
    Written(DistinguishedName),
    /// `subject = "as in the csr"`: byte for byte that of the certification request.
    AsInCsr,
    /// Not named: that of the certificate that is replaced, or that the state knows.
    Kept,
}

/// A root that is asked for: the first ceremony, or a renewal with the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootRequest {
    /// Where its key comes from.
    pub key: RootKey,
    /// Its subject and issuer; `None` where the certificate that it replaces names it.
    pub subject: Option<DistinguishedName>,
    /// Why it may differ from what relying parties know of its key.
    pub new_identifier: Option<String>,
    /// Why it may allow more than the certificate that it replaces.
    pub wider: Option<String>,
    /// The first second of its validity.
    pub not_before: Lined<Timestamp>,
    /// The last.
    pub not_after: Timestamp,
}

/// Where the key of a root comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootKey {
    /// A key of this kind, which no root has yet.
    New(Lined<NewKey>),
    /// The key of the root in this file, which is renewed.
    Kept(Lined<String>),
}

impl RootRequest {
    /// The path of the root's certificate that is renewed.
    #[must_use]
    pub fn replaces(&self) -> Option<&Lined<String>> {
        match &self.key {
            RootKey::Kept(path) => Some(path),
            RootKey::New(_) => None,
        }
    }

    /// The line that names its key.
    #[must_use]
    pub fn line(&self) -> usize {
        match &self.key {
            RootKey::Kept(path) => path.line,
            RootKey::New(kind) => kind.line,
        }
    }
}

impl Request {
    /// Path of the certificate of the root that signs, where it exists already: the issuer, or the root that is renewed.
    #[must_use]
    pub fn signing_root(&self) -> Option<&Lined<String>> {
        self.issuer.as_ref().or_else(|| self.root.as_ref()?.replaces())
    }

    /// Whether it makes a root with a new key.
    #[must_use]
    pub fn is_new_root(&self) -> bool {
        self.root.as_ref().is_some_and(|root| root.replaces().is_none())
    }
}

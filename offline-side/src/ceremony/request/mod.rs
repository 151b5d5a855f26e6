//! The request: one file that people review, and the whole input of a ceremony (REQ-STRICT).
//!
//! It is read strictly: an unknown key, a wrong date or a bad name is refused with its line. It names no PIN, module,
//! slot or token: those belong to the site or to people. Paths are relative to its folder.
//! Must not: read a file it names (see [`super::draft::inputs`]).

mod document;
mod error;
mod files;
mod kinds;
mod reading;

use rootcast_pki::time::Timestamp;

pub use error::{RequestError, RequestFault};
pub use files::{KeptInput, RequestFiles};
pub use kinds::CertificateProfile;

use super::request::distinguished_name::DistinguishedName;
use super::request::reason::Reason;
use document::Document;
use reading::Reading;

/// Largest request file, in bytes: some 300 certificates and revocations.
pub const REQUEST_SIZE_MAX: u64 = 256 * 1024;

/// Most certificates of one ceremony; each is one deliberate use of the key.
const CERTIFICATE_COUNT_MAX: usize = 32;

/// Most new revocations of one ceremony.
const REVOKE_COUNT_MAX: usize = 256;

/// A value, and the line it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lined<T> {
    /// The value.
    pub value: T,
    /// The line, counted from 1.
    pub line: usize,
}

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
}

/// A CRL that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrlRequest {
    /// When it is issued.
    pub this_update: Timestamp,
    /// When the next one is there at the latest.
    pub next_update: Timestamp,
    /// What it revokes besides what the CRL before it revoked.
    pub revocations: Vec<RevocationRequest>,
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
    pub not_before: Timestamp,
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
    pub key: Lined<crate::ceremony::key::kind::NewKey>,
    /// Its subject and issuer.
    pub subject: DistinguishedName,
    /// The first second of its validity.
    pub not_before: Timestamp,
    /// The last.
    pub not_after: Timestamp,
}

/// Reads the request in `bytes`; `file` is its name.
///
/// # Errors
/// The first thing that is wrong, with its line.
pub fn read(bytes: &[u8], file: &str) -> Result<Request, RequestError> {
    let whole = |fault| RequestError { file: file.to_owned(), line: 0, fault };
    let text = std::str::from_utf8(bytes).map_err(|error| {
        whole(RequestFault::Form { why: format!("byte {} is not UTF-8 text", error.valid_up_to()) })
    })?;
    let reading = Reading { file, text };
    let document: Document = toml::from_str(text).map_err(|error| reading.form(&error))?;
    reading.request(document)
}

pub mod distinguished_name;
pub mod reason;
pub mod template;
#[cfg(test)]
mod tests;

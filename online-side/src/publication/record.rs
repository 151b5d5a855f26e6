//! `state.json`: what one generation accepted. `docs/json.md` shows an example.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The version of the layout; a newer program reads older ones.
pub(super) const VERSION: u32 = 1;

/// Everything the online side remembers between runs, but the bytes of the files it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// [`VERSION`].
    pub version: u32,
    /// Counts commits, from 1.
    pub generation: u64,
    /// The latest time any verdict was made at, Unix seconds.
    pub latest_time: i64,
    /// The pinned roots.
    pub roots: Vec<RootRecord>,
    /// The accepted CRL of each issuer.
    pub crls: Vec<CrlRecord>,
    /// Every CA certificate published here.
    pub certificates: Vec<CertificateRecord>,
    /// Items that wait for a human decision.
    pub held: Vec<HeldRecord>,
    /// When the last object holding an item of an enrolled issuer was judged, Unix seconds.
    pub last_object: Option<i64>,
    /// SHA-256 of this generation's receipt, hexadecimal.
    pub receipt: String,
    /// SHA-256 (hexadecimal) of every other file of the generation, by its path below the generation's folder.
    pub files: BTreeMap<String, String>,
}

impl Record {
    /// A record before anything was enrolled.
    pub(super) fn empty() -> Self {
        Self {
            version: VERSION,
            generation: 0,
            latest_time: i64::MIN,
            roots: Vec::new(),
            crls: Vec::new(),
            certificates: Vec::new(),
            held: Vec::new(),
            last_object: None,
            receipt: String::new(),
            files: BTreeMap::new(),
        }
    }
}

/// A pinned root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RootRecord {
    /// SHA-256 of its certificate, hexadecimal; the bytes are in `roots/<sha256>.crt`.
    pub sha256: String,
    /// `private` or `webpki`.
    pub profile: String,
    /// Whether signatures with SHA-1 are let through (history only).
    pub allow_sha1: bool,
    /// The least CRL number accepted, decimal, where one was given.
    pub first_number: Option<String>,
    /// When it was enrolled, Unix seconds.
    pub enrolled: i64,
}

/// The accepted CRL of an issuer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrlRecord {
    /// The issuer's file name: `published/crl/<issuer>.crl`.
    pub issuer: String,
    /// The issuer's name for people.
    pub issuer_name: String,
    /// SHA-256 of the CRL, hexadecimal.
    pub sha256: String,
    /// CRL number, decimal.
    pub number: String,
    /// thisUpdate, Unix seconds.
    pub this_update: i64,
    /// nextUpdate, Unix seconds.
    pub next_update: i64,
    /// How many certificates it revokes.
    pub entries: u64,
    /// When it was accepted, Unix seconds.
    pub accepted: i64,
}

/// A published CA certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateRecord {
    /// SHA-256 of the certificate, hexadecimal: `published/ca/<sha256>.crt`.
    pub sha256: String,
    /// The issuer's file name.
    pub issuer: String,
    /// The issuer's name for people.
    pub issuer_name: String,
    /// The subject for people.
    pub subject: String,
    /// Serial number, hexadecimal.
    pub serial: String,
    /// notBefore, Unix seconds.
    pub not_before: i64,
    /// notAfter, Unix seconds.
    pub not_after: i64,
    /// Where the issuer's accepted CRL revokes it: since when, Unix seconds.
    pub revoked: Option<i64>,
    /// When it was accepted, Unix seconds.
    pub accepted: i64,
}

/// An item that waits for a human decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldRecord {
    /// SHA-256 of the item, hexadecimal; the bytes are in `held/<sha256>.der`. The id is its first 12 digits.
    pub sha256: String,
    /// `crl` or `certificate`.
    pub kind: String,
    /// The name it travelled under.
    pub name: String,
    /// The object it came in.
    pub object: String,
    /// When it was held, Unix seconds.
    pub since: i64,
    /// Ids of the rules that hold it: what a decision covers.
    pub rules: Vec<String>,
    /// The same in words, as they were shown.
    pub texts: Vec<String>,
}

impl HeldRecord {
    /// What people type to name it.
    #[must_use]
    pub fn id(&self) -> &str {
        self.sha256.get(..12).unwrap_or(&self.sha256)
    }
}

//! The record of a state: what `state.json` says, one sealed line.

use std::fs;
use std::path::Path;

use rootcast_host::disk::DiskError;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::object::ObjectId;
use serde::{Deserialize, Serialize};

use super::{FILE_NAME, StateError};
use crate::hex_text;
use crate::sealed_line::{SealError, unseal};

const FORMAT: u32 = 1;

/// What `state.json` holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    format: u32,
    /// The enrolled roots, in the order they were enrolled.
    pub roots: Vec<RootRecord>,
    /// The last CRL sent of each issuer.
    pub crls: Vec<CrlRecord>,
    /// The certificates sent.
    pub certificates: Vec<CertificateRecord>,
    /// The last manifest of each source.
    pub sources: Vec<SourceRecord>,
}

impl Default for Record {
    fn default() -> Self {
        Self { format: FORMAT, roots: Vec::new(), crls: Vec::new(), certificates: Vec::new(), sources: Vec::new() }
    }
}

/// An enrolled root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootRecord {
    /// SHA-256 of its certificate.
    #[serde(with = "hex_text")]
    pub sha256: Digest,
    /// `private` or `webpki`.
    pub profile: String,
}

/// The last CRL sent of an issuer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrlRecord {
    /// SHA-256 of the issuer's public key.
    #[serde(with = "hex_text")]
    pub issuer: Digest,
    /// SHA-256 of the CRL.
    #[serde(with = "hex_text")]
    pub sha256: Digest,
}

/// A certificate that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateRecord {
    /// SHA-256 of the issuer's public key.
    #[serde(with = "hex_text")]
    pub issuer: Digest,
    /// SHA-256 of the certificate.
    #[serde(with = "hex_text")]
    pub sha256: Digest,
}

/// The last manifest of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRecord {
    /// SHA-256 of the root's public key.
    #[serde(with = "hex_text")]
    pub source: Digest,
    /// The manifest's number.
    pub manifest_number: u64,
    /// The manifest's digest.
    #[serde(with = "hex_text")]
    pub manifest: Digest,
    /// The object it went into.
    #[serde(with = "hex_text")]
    pub object: ObjectId,
}

/// Reads the record in the state directory `folder`.
pub(super) fn read_record(folder: &Path) -> Result<Record, StateError> {
    let path = folder.join(FILE_NAME);
    let bytes = fs::read(&path).map_err(|error| DiskError::new("read", &path, error))?;
    let broken = |why: String| StateError::Broken { path: path.clone(), why };
    let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let (_, body) = unseal(line).map_err(|error: SealError| broken(error.to_string()))?;
    let record: Record = serde_json::from_str(&body).map_err(|error| broken(error.to_string()))?;
    if record.format != FORMAT {
        return Err(broken(format!("its format is {}; this program knows {FORMAT}", record.format)));
    }
    Ok(record)
}

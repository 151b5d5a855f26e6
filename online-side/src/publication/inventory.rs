//! `published/inventory.json`: the content of the published tree, for its readers. `docs/json.md` shows an example.
//!
//! It changes only when an item is published: nothing in it depends on the time it is written at.

use rootcast_host::clock::rfc3339;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::words;
use serde::Serialize;

use super::record::{CertificateRecord, CrlRecord, Record};

/// The file. Its members stand in alphabetical order, here as in what was published before.
#[derive(Serialize)]
struct Inventory<'r> {
    certificates: Vec<CertificateEntry<'r>>,
    crls: Vec<CrlEntry<'r>>,
    version: u32,
}

/// A certificate of the inventory.
#[derive(Serialize)]
struct CertificateEntry<'r> {
    file: String,
    issuer: &'r str,
    not_after: String,
    not_before: String,
    revoked: Option<String>,
    serial: &'r str,
    sha256: &'r str,
    subject: &'r str,
    tbs_sha256: Option<&'r str>,
    words: String,
}

/// A CRL of the inventory.
#[derive(Serialize)]
struct CrlEntry<'r> {
    entries: u64,
    file: String,
    issuer: &'r str,
    next_update: String,
    number: &'r str,
    sha256: &'r str,
    tbs_sha256: Option<&'r str>,
    this_update: String,
    words: String,
}

impl<'r> From<&'r CertificateRecord> for CertificateEntry<'r> {
    fn from(certificate: &'r CertificateRecord) -> Self {
        Self {
            file: format!("ca/{}.crt", certificate.sha256),
            issuer: &certificate.issuer_name,
            not_after: rfc3339(certificate.not_after),
            not_before: rfc3339(certificate.not_before),
            revoked: certificate.revoked.map(rfc3339),
            serial: &certificate.serial,
            sha256: &certificate.sha256,
            subject: &certificate.subject,
            tbs_sha256: certificate.tbs_sha256.as_deref(),
            words: words_of(&certificate.sha256),
        }
    }
}

impl<'r> From<&'r CrlRecord> for CrlEntry<'r> {
    fn from(crl: &'r CrlRecord) -> Self {
        Self {
            entries: crl.entries,
            file: format!("crl/{}.crl", crl.issuer),
            issuer: &crl.issuer_name,
            next_update: rfc3339(crl.next_update),
            number: &crl.number,
            sha256: &crl.sha256,
            tbs_sha256: crl.tbs_sha256.as_deref(),
            this_update: rfc3339(crl.this_update),
            words: words_of(&crl.sha256),
        }
    }
}

/// The inventory of a record, as the file's bytes.
pub(super) fn bytes_of(record: &Record) -> Vec<u8> {
    let inventory = Inventory {
        certificates: record.certificates.iter().map(CertificateEntry::from).collect(),
        crls: record.crls.iter().map(CrlEntry::from).collect(),
        version: 1,
    };
    // Texts, numbers and lists of them can always be written as JSON.
    let mut text = serde_json::to_vec_pretty(&inventory).unwrap_or_default();
    text.push(b'\n');
    text
}

/// The first eight words of a SHA-256 given in hexadecimal; empty where it is none.
pub(crate) fn words_of(sha256: &str) -> String {
    words_to_compare(sha256, false)
}

/// The words of a SHA-256, given in hexadecimal, that people compare: eight, and 16 of a root's certificate; empty where it
/// is no SHA-256.
pub(crate) fn words_to_compare(sha256: &str, is_root: bool) -> String {
    let many = if is_root { words::LONG } else { words::SHORT };
    sha256.parse::<Digest>().map(|digest| words::spell(digest.as_bytes(), many)).unwrap_or_default()
}

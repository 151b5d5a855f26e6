//! `published/inventory.json`: what the published tree holds, for those who read it. `docs/json.md` shows an example.
//!
//! It changes only when an item is published: nothing in it depends on the time it is written at.

use rootcast_host::clock::rfc3339;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::words;
use serde_json::{Value, json};

use super::record::Record;

/// The inventory of a record, as the file's bytes.
pub(super) fn bytes_of(record: &Record) -> Vec<u8> {
    let inventory = json!({
        "version": 1,
        "crls": record.crls.iter().map(|crl| json!({
            "file": format!("crl/{}.crl", crl.issuer),
            "issuer": crl.issuer_name,
            "number": crl.number,
            "this_update": rfc3339(crl.this_update),
            "next_update": rfc3339(crl.next_update),
            "entries": crl.entries,
            "sha256": crl.sha256,
            "words": words_of(&crl.sha256),
        })).collect::<Vec<Value>>(),
        "certificates": record.certificates.iter().map(|certificate| json!({
            "file": format!("ca/{}.crt", certificate.sha256),
            "subject": certificate.subject,
            "issuer": certificate.issuer_name,
            "serial": certificate.serial,
            "not_before": rfc3339(certificate.not_before),
            "not_after": rfc3339(certificate.not_after),
            "revoked": certificate.revoked.map(rfc3339),
            "sha256": certificate.sha256,
            "words": words_of(&certificate.sha256),
        })).collect::<Vec<Value>>(),
    });
    let mut text = format!("{inventory:#}").into_bytes();
    text.push(b'\n');
    text
}

/// The first eight words of a SHA-256 given in hexadecimal; empty where it is none.
pub(crate) fn words_of(sha256: &str) -> String {
    sha256.parse::<Digest>().map(|digest| words::spell(digest.as_bytes(), words::SHORT)).unwrap_or_default()
}

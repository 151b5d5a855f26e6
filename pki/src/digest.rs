//! Digests of received bytes. SHA-256 identifies items; SHA-1 only ever names a key in a file name
//! or a key identifier (RFC 5280 §4.2.1.2), where nothing depends on its strength.
//!
//! ```
//! use rootcast_pki::digest::{sha256, sha256_of_both};
//! use rootcast_pki::item;
//!
//! # let crl = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/root.crl"));
//! let signed = item::tbs(crl).expect("a TBSCertList");
//! assert_eq!(sha256_of_both(crl, signed), (sha256(crl), sha256(signed)));
//! assert_ne!(sha256(crl), sha256(signed));
//! assert_eq!(sha256(b"abc")[..4], [0xba, 0x78, 0x16, 0xbf]);
//! ```

use std::thread;

use aws_lc_rs::digest;

/// SHA-256 of the bytes (FIPS 180-4): 32 bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    for (place, byte) in out.iter_mut().zip(digest::digest(&digest::SHA256, bytes).as_ref()) {
        *place = *byte;
    }
    out
}

/// Bytes from which on two digests are made at once: a few milliseconds each, far more than a thread costs.
const LARGE: usize = 1 << 20;

/// SHA-256 of an item and of what is signed of it ([`crate::item::tbs`]). Of a large one both are made at once; if no
/// thread can start, one after the other.
#[must_use]
pub fn sha256_of_both(item: &[u8], signed: &[u8]) -> ([u8; 32], [u8; 32]) {
    if item.len() < LARGE {
        return (sha256(item), sha256(signed));
    }
    thread::scope(|scope| {
        let beside = thread::Builder::new().spawn_scoped(scope, || sha256(signed));
        let of_item = sha256(item);
        (of_item, beside.ok().and_then(|beside| beside.join().ok()).unwrap_or_else(|| sha256(signed)))
    })
}

/// SHA-1 of the bytes, to name a key, never to trust anything.
pub(crate) fn sha1_name(bytes: &[u8]) -> [u8; 20] {
    let mut out = [0; 20];
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
    for (place, byte) in out.iter_mut().zip(digest.as_ref()) {
        *place = *byte;
    }
    out
}

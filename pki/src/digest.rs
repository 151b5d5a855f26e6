//! Digests of received bytes. SHA-256 identifies items; SHA-1 only ever names a key in a file name
//! or a key identifier (RFC 5280 §4.2.1.2), where nothing depends on its strength.

use aws_lc_rs::digest;

/// SHA-256 of the bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    for (place, byte) in out.iter_mut().zip(digest::digest(&digest::SHA256, bytes).as_ref()) {
        *place = *byte;
    }
    out
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

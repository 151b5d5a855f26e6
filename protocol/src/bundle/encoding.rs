//! How a bundle becomes an object: as it is, or as zlib (RFC 1950) where that is smaller.
//!
//! zlib, because any system will still read it in thirty years. Inflation has a hard limit, so that a small object
//! cannot ask for much memory.

use std::borrow::Cow;

use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_COMPUTE_ADLER32, TINFL_FLAG_PARSE_ZLIB_HEADER, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use super::BundleError;
use crate::limits::{BUNDLE_SIZE_MAX, OBJECT_SIZE_MAX};

/// First byte of an object: the bundle follows as it is.
pub const ENCODING_PLAIN: u8 = 0;

/// First byte of an object: the bundle follows as zlib.
pub const ENCODING_ZLIB: u8 = 1;

/// A compromise: level 9 takes three times as long for 2 % less.
const LEVEL: u8 = 6;

pub(super) fn encode(bundle: &[u8]) -> Result<Vec<u8>, BundleError> {
    let compressed = compress_to_vec_zlib(bundle, LEVEL);
    let (encoding, body) =
        if compressed.len() < bundle.len() { (ENCODING_ZLIB, compressed.as_slice()) } else { (ENCODING_PLAIN, bundle) };
    let length = body.len() + 1;
    if length > OBJECT_SIZE_MAX as usize {
        return Err(BundleError::TooLong { length, length_max: OBJECT_SIZE_MAX as usize });
    }
    let mut object = Vec::with_capacity(length);
    object.push(encoding);
    object.extend_from_slice(body);
    Ok(object)
}

pub(super) fn decode(object: &[u8]) -> Result<Cow<'_, [u8]>, BundleError> {
    if object.len() > OBJECT_SIZE_MAX as usize {
        return Err(BundleError::TooLong { length: object.len(), length_max: OBJECT_SIZE_MAX as usize });
    }
    match object.split_first() {
        None => Err(BundleError::Cut { offset: 0 }),
        Some((&ENCODING_PLAIN, body)) => Ok(Cow::Borrowed(body)),
        Some((&ENCODING_ZLIB, body)) => inflate(body, BUNDLE_SIZE_MAX).map(Cow::Owned),
        Some((&found, _)) => Err(BundleError::Encoding { found }),
    }
}

/// Inflates zlib bytes that end where `body` ends and gives at most `length_max` bytes.
fn inflate(body: &[u8], length_max: usize) -> Result<Vec<u8>, BundleError> {
    let flags = TINFL_FLAG_PARSE_ZLIB_HEADER | TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF | TINFL_FLAG_COMPUTE_ADLER32;
    let mut state = Box::<DecompressorOxide>::default();
    // The extra byte shows whether the limit was reached or passed.
    let room_max = length_max.saturating_add(1);
    let mut bytes = vec![0; body.len().saturating_mul(2).max(64).min(room_max)];
    let (mut read, mut written) = (0, 0);
    loop {
        let rest = body.get(read..).unwrap_or_default();
        let (status, consumed, produced) = decompress(&mut state, rest, &mut bytes, written, flags);
        read += consumed;
        written += produced;
        match status {
            TINFLStatus::Done => break,
            TINFLStatus::HasMoreOutput if bytes.len() < room_max => {
                let room = bytes.len().saturating_mul(2).min(room_max);
                bytes.resize(room, 0);
            }
            TINFLStatus::HasMoreOutput => {
                return Err(BundleError::TooLong { length: bytes.len(), length_max });
            }
            TINFLStatus::Adler32Mismatch => return Err(BundleError::InflateSum),
            _ => return Err(BundleError::Inflate { offset: read }),
        }
    }
    if written > length_max {
        return Err(BundleError::TooLong { length: written, length_max });
    }
    if read != body.len() {
        return Err(BundleError::Trailing { count: body.len().saturating_sub(read) });
    }
    bytes.truncate(written);
    bytes.shrink_to_fit();
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflation_stops_at_the_limit() {
        let body = compress_to_vec_zlib(&vec![0; 100_000], 9);
        assert!(body.len() < 200);
        assert_eq!(inflate(&body, 100_000).map(|bytes| bytes.len()), Ok(100_000));
        assert_eq!(inflate(&body, 99_999), Err(BundleError::TooLong { length: 100_000, length_max: 99_999 }));
        assert_eq!(inflate(&body, 10), Err(BundleError::TooLong { length: 11, length_max: 10 }));
    }

    #[test]
    fn every_cut_of_zlib_bytes_is_refused() {
        let body = compress_to_vec_zlib(b"one two three one two three one two three", 6);
        for end in 0..body.len() {
            assert!(inflate(&body[..end], 1000).is_err(), "cut after {end} bytes");
        }
        assert!(inflate(&body, 1000).is_ok());
    }

    #[test]
    fn what_follows_the_zlib_bytes_is_refused() {
        let mut body = compress_to_vec_zlib(b"bundle", 6);
        body.push(0);
        assert_eq!(inflate(&body, 1000), Err(BundleError::Trailing { count: 1 }));
    }
}

//! Bundles: a manifest and its items, and the object they are carried in.
//!
//! ```text
//! object = encoding (1) │ bundle, plain or as zlib
//! bundle = manifest │ signature: 00, or 01 and 64 bytes │ item count │ (length │ bytes) for each item
//! ```
//!
//! A bundle is read whole or not at all: there are no trailing bytes, every number has its shortest encoding, and every
//! item has the length and SHA-256 that the manifest states. Other code judges the items.
//!
//! ```
//! use rootcast_protocol::bundle::{Bundle, BundleError};
//! use rootcast_protocol::cobs::Piece;
//! use rootcast_protocol::digest::Digest;
//! use rootcast_protocol::frame::Frame;
//! use rootcast_protocol::recording::Splitter;
//!
//! # let recording = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/recording.bin"));
//! let mut object = Vec::new();
//! Splitter::new().push(recording, &mut |piece| {
//!     // This object is so small that each frame has all of it.
//!     if let Piece::Frame(bytes) = piece
//!         && let Ok(frame) = Frame::parse(bytes)
//!     {
//!         object = frame.whole_object().expect("the whole object").to_vec();
//!     }
//! });
//! let bundle = Bundle::parse(&object)?;
//! assert_eq!((bundle.items.len(), &*bundle.manifest.items[0].name), (1, "Example-Root-CA-7.crl"));
//!
//! // One byte of its item is another.
//! *object.last_mut().expect("a byte") ^= 1;
//! let found = Digest::of(&object[object.len() - 291..]);
//! let expected = bundle.manifest.items[0].sha256;
//! assert_eq!(Bundle::parse(&object), Err(BundleError::ItemDigest { index: 0, expected, found }));
//! # Ok::<(), BundleError>(())
//! ```

use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::Range;

use crate::digest::Digest;
use crate::limits::BUNDLE_SIZE_MAX;
use crate::manifest::Manifest;

mod encoding;
mod error;

pub use encoding::{ENCODING_PLAIN, ENCODING_ZLIB};
pub use error::BundleError;

/// A manifest with its items. A bundle that is read owns its items' bytes; one that is made may borrow them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bundle<B = Vec<u8>> {
    /// What the bundle holds and stands for.
    pub manifest: Manifest,
    /// An Ed25519 signature (RFC 8032 §5.1.6: R and S, 64 bytes) over [`Manifest::encode`]. Not checked here.
    pub signature: Option<[u8; 64]>,
    /// The items' bytes, in the manifest's order.
    pub items: Vec<B>,
}

impl<B: AsRef<[u8]>> Bundle<B> {
    /// The bytes of the object that carries this bundle: compressed where that is smaller.
    ///
    /// # Errors
    /// [`BundleError`]: what [`Bundle::parse`] would refuse.
    pub fn encode(&self) -> Result<Vec<u8>, BundleError> {
        self.manifest.check()?;
        check_count(&self.manifest, self.items.len())?;
        let size = self.items.iter().map(|item| item.as_ref().len()).fold(0usize, usize::saturating_add);
        if size > BUNDLE_SIZE_MAX {
            return Err(BundleError::TooLong { length: size, length_max: BUNDLE_SIZE_MAX });
        }
        let mut bytes = self.manifest.encode();
        match &self.signature {
            None => bytes.push(0),
            Some(signature) => {
                bytes.push(1);
                bytes.extend_from_slice(signature);
            }
        }
        bytes.reserve(size + 16);
        push_number(&mut bytes, self.items.len())?;
        for (index, item) in self.items.iter().map(AsRef::as_ref).enumerate() {
            check_item(&self.manifest, index, item)?;
            push_number(&mut bytes, item.len())?;
            bytes.extend_from_slice(item);
        }
        if bytes.len() > BUNDLE_SIZE_MAX {
            return Err(BundleError::TooLong { length: bytes.len(), length_max: BUNDLE_SIZE_MAX });
        }
        encoding::encode(&bytes)
    }
}

impl Bundle {
    /// Reads the bundle out of an object's bytes.
    ///
    /// # Errors
    /// [`BundleError`]: the bytes are not one whole bundle, or an item is not what the manifest states.
    pub fn parse(object: &[u8]) -> Result<Self, BundleError> {
        let bytes = encoding::decode(object)?;
        let (manifest, rest) = Manifest::take(&bytes)?;
        let at = |rest: &[u8]| BundleError::Cut { offset: bytes.len().saturating_sub(rest.len()) };
        let (signature, rest) = match rest.split_first() {
            Some((0, rest)) => (None, rest),
            Some((1, after)) => {
                let (signature, rest) = after.split_first_chunk::<64>().ok_or_else(|| at(after))?;
                (Some(*signature), rest)
            }
            _ => return Err(at(rest)),
        };
        let (count, mut rest) = take_number(rest).ok_or_else(|| at(rest))?;
        check_count(&manifest, count)?;
        let mut places = Vec::with_capacity(count);
        for index in 0..count {
            let (length, after) = take_number(rest).ok_or_else(|| at(rest))?;
            let (item, next) = after.split_at_checked(length).ok_or_else(|| at(rest))?;
            check_item(&manifest, index, item)?;
            let start = bytes.len() - after.len();
            places.push(start..start + length);
            rest = next;
        }
        if !rest.is_empty() {
            return Err(BundleError::Trailing { count: rest.len() });
        }
        let items = match bytes {
            Cow::Borrowed(bytes) => {
                places.into_iter().map(|place| bytes.get(place).unwrap_or_default().to_vec()).collect()
            }
            Cow::Owned(bytes) => taken_apart(bytes, places),
        };
        Ok(Self { manifest, signature, items })
    }

    /// The SHA-256 of the manifest's bytes.
    #[must_use]
    pub fn manifest_digest(&self) -> Digest {
        self.manifest.digest()
    }
}

/// The parts of `bytes` at these places, which do not overlap and rise. Each is given back as it is taken, so that no more
/// than one stands twice in memory.
fn taken_apart(mut bytes: Vec<u8>, places: Vec<Range<usize>>) -> Vec<Vec<u8>> {
    let mut items = VecDeque::with_capacity(places.len());
    for (index, place) in places.into_iter().enumerate().rev() {
        bytes.truncate(place.end);
        if index == 0 {
            bytes.drain(..place.start.min(bytes.len()));
            items.push_front(std::mem::take(&mut bytes));
        } else {
            items.push_front(bytes.split_off(place.start.min(bytes.len())));
        }
        bytes.shrink_to_fit();
    }
    items.into()
}

fn check_count(manifest: &Manifest, found: usize) -> Result<(), BundleError> {
    let expected = manifest.items.len();
    if found == expected { Ok(()) } else { Err(BundleError::ItemCount { expected, found }) }
}

fn check_item(manifest: &Manifest, index: usize, item: &[u8]) -> Result<(), BundleError> {
    let Some(stated) = manifest.items.get(index) else {
        return Err(BundleError::ItemCount { expected: manifest.items.len(), found: index + 1 });
    };
    if stated.length as usize != item.len() {
        return Err(BundleError::ItemLength { index, expected: stated.length as usize, found: item.len() });
    }
    let found = Digest::of(item);
    if stated.sha256 != found {
        return Err(BundleError::ItemDigest { index, expected: stated.sha256, found });
    }
    Ok(())
}

/// Appends a number as postcard's varint.
fn push_number(bytes: &mut Vec<u8>, number: usize) -> Result<(), BundleError> {
    let number =
        u32::try_from(number).map_err(|_| BundleError::TooLong { length: number, length_max: BUNDLE_SIZE_MAX })?;
    // Serialising one number into memory has no way to fail.
    bytes.extend_from_slice(&postcard::to_allocvec(&number).unwrap_or_default());
    Ok(())
}

/// Takes a number of at most 32 bits in its shortest spelling.
fn take_number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (number, rest) = postcard::take_from_bytes::<u32>(bytes).ok()?;
    let shortest = postcard::to_allocvec(&number).ok()?;
    (bytes.len() - rest.len() == shortest.len()).then_some((number as usize, rest))
}

#[cfg(test)]
mod tests {
    use super::taken_apart;

    #[test]
    fn parts_of_bytes_are_taken_whole_and_in_order() {
        let bytes: Vec<u8> = (0..100).collect();
        for places in [&[][..], &[(3, 10)], &[(0, 100)], &[(3, 10), (10, 10), (12, 40), (90, 99)]] {
            let places: Vec<_> = places.iter().map(|(start, end)| *start..*end).collect();
            let expected: Vec<Vec<u8>> = places.iter().cloned().map(|place| bytes[place].to_vec()).collect();
            assert_eq!(taken_apart(bytes.clone(), places), expected);
        }
    }
}

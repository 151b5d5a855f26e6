//! The wrapped key, the *blob*: the root's key under the first group's key (by the token), and that under the second
//! group's key (here). Both times RFC 5649, AES key wrap with padding, which `openssl enc` undoes.
//!
//! ```text
//! token:   inner = C_WrapKey(CKM_AES_KEY_WRAP_PAD, key of BOARD, root's key)      PKCS#8, never in clear on this host
//! here:    blob  = AES-256 key wrap with padding(key of OPERATIONS, inner)
//! ```
//!
//! Each wrap notices a wrong key and a changed blob: it has 64 bits to do so.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrapPadded as _};
use zeroize::Zeroizing;

use super::line::{BLOB_LINES_MAX, LINE_WORDS, LineId};
use super::piece::{DIGEST_BYTES, first_bytes};
use super::scanned::Part;
use super::secret::{Secret, scrub_stack};
use crate::ceremony::key::wrap_way::WRAPPED_BYTES_MAX;

/// Bytes of a blob at most.
pub(crate) const BLOB_BYTES_MAX: usize = WRAPPED_BYTES_MAX + 16;

/// Blobs up to this length are printed in words too; longer ones in base64.
pub(crate) const WORDS_BYTES_MAX: usize = 300;

/// Wraps what the token gave under the second group's key. `None` when it is empty or too long.
#[must_use]
pub(crate) fn wrap(key: &Secret, inner: &[u8]) -> Option<Vec<u8>> {
    if inner.is_empty() || inner.len() > WRAPPED_BYTES_MAX {
        return None;
    }
    let mut out = vec![0; inner.len() + 15];
    let length = AesKek::new(&AES_256, key.bytes()).ok()?.wrap_with_padding(inner, &mut out).ok()?.len();
    scrub_stack();
    out.truncate(length);
    Some(out)
}

/// What the token gave, taken out of the blob again. `None` when the key is not its key, or the blob was changed.
#[must_use]
pub(crate) fn unwrap(key: &Secret, blob: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if blob.len() > BLOB_BYTES_MAX {
        return None;
    }
    let mut out = Zeroizing::new(vec![0; blob.len()]);
    let length = AesKek::new(&AES_256, key.bytes()).ok()?.unwrap_with_padding(blob, &mut out).ok().map(|out| out.len());
    scrub_stack();
    out.truncate(length?);
    Some(out)
}

/// The bytes of its lines of words: the blob and four bytes of its SHA-256.
#[must_use]
pub(crate) fn with_digest(blob: &[u8]) -> Vec<u8> {
    [blob, &digest_of(blob)].concat()
}

fn digest_of(blob: &[u8]) -> [u8; DIGEST_BYTES] {
    first_bytes(digest(&SHA256, blob).as_ref())
}

/// Whether a blob of this length is printed in words.
#[must_use]
pub(crate) fn has_words(length: usize) -> bool {
    length <= WORDS_BYTES_MAX
}

/// The lines of a blob of this length: each with how many bytes it carries.
pub(crate) fn lines(length: usize) -> impl Iterator<Item = (LineId, usize)> {
    let mut left = if has_words(length) { length + DIGEST_BYTES } else { 0 };
    let mut number = 0;
    std::iter::from_fn(move || {
        let carried = left.min(LINE_WORDS);
        left -= carried;
        number += 1;
        (carried > 0).then_some((LineId::Blob(number), carried))
    })
}

/// Parts of a blob as they come in, in any order.
#[derive(Debug, Default)]
pub(crate) struct Parts(Vec<Part>);

impl Parts {
    /// Takes a part. `false`: another blob's, because it counts other parts or was given with other bytes.
    #[must_use]
    pub(crate) fn take(&mut self, part: Part) -> bool {
        let fits = |known: &Part| known.count == part.count && (known.number != part.number || *known == part);
        if !self.0.iter().all(fits) {
            return false;
        }
        if !self.0.contains(&part) {
            self.0.push(part);
        }
        true
    }

    /// The numbers of the parts that are missing; nothing before the first part came.
    #[must_use]
    pub(crate) fn missing(&self) -> Vec<u8> {
        let count = self.0.first().map_or(0, |part| part.count);
        (1..=count).filter(|number| !self.0.iter().any(|part| part.number == *number)).collect()
    }

    /// Whether every part is there.
    #[must_use]
    pub(crate) fn is_whole(&self) -> bool {
        !self.0.is_empty() && self.missing().is_empty()
    }
}

const _: () = assert!((WORDS_BYTES_MAX + DIGEST_BYTES).div_ceil(LINE_WORDS) <= BLOB_LINES_MAX as usize);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escrow::scanned::{Scanned, blob_texts, read};
    use crate::escrow::set_id::SetId;

    fn key(with: u8) -> Secret {
        let mut key = Secret::zero();
        key.bytes_mut().fill(with);
        key
    }

    #[test]
    fn only_its_key_takes_a_key_out_again_and_every_changed_bit_is_noticed() {
        let inner: Vec<u8> = (0..88).collect();
        let blob = wrap(&key(1), &inner).unwrap();
        assert_eq!(blob.len(), 96);
        assert_eq!(unwrap(&key(1), &blob).as_deref(), Some(&inner));
        assert!(unwrap(&key(2), &blob).is_none());
        for bit in 0..8 * blob.len() {
            let mut changed = blob.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(unwrap(&key(1), &changed).is_none(), "{bit}");
        }
        for length in 0..blob.len() {
            assert!(unwrap(&key(1), &blob[..length]).is_none(), "{length}");
        }
        assert!(unwrap(&key(1), &[&blob[..], &[0; 8]].concat()).is_none());
        assert!(wrap(&key(1), &[]).is_none() && wrap(&key(1), &[0; WRAPPED_BYTES_MAX + 1]).is_none());
    }

    #[test]
    fn a_blob_is_read_back_from_its_lines() {
        let set = SetId::new([7; 7]);
        for length in [96, 200, 264, WORDS_BYTES_MAX] {
            let blob: Vec<u8> = (0..length).map(|at| u8::try_from(at % 253).unwrap()).collect();
            let bytes = with_digest(&blob);
            let (mut typed, mut at) = (Vec::new(), 0);
            for (line, count) in lines(length) {
                let carried = &bytes[at..at + count];
                let words: Vec<&str> = line.words(&set, carried).collect();
                let mut read = vec![0; count];
                line.read(&set, &words.join(" "), &mut read).unwrap();
                typed.extend(read);
                at += count;
            }
            assert_eq!(typed, bytes);
        }
        assert_eq!(lines(WORDS_BYTES_MAX + 1).count(), 0);
    }

    #[test]
    fn parts_come_in_any_order_and_those_of_another_blob_do_not_join() {
        let set = SetId::new([7; 7]);
        let blob: Vec<u8> = (0..1_000).map(|at: u32| u8::try_from(at % 253).unwrap()).collect();
        let part = |blob: &[u8], at: usize| match read(std::str::from_utf8(&blob_texts(&set, blob)[at]).unwrap()) {
            Ok(Scanned::Part(_, part)) => part,
            other => panic!("{other:?}"),
        };
        let mut parts = Parts::default();
        assert!(!parts.is_whole() && parts.missing().is_empty());
        for at in [2, 0, 0] {
            assert!(parts.take(part(&blob, at)));
        }
        assert_eq!(parts.missing(), [2, 4]);
        assert!(!parts.is_whole());
        assert!(!parts.take(part(&blob[..500], 1)), "it counts two parts");
        let mut other = blob.clone();
        other[0] ^= 1;
        assert!(!parts.take(part(&other, 0)));
        assert!(parts.take(part(&blob, 3)) && parts.take(part(&blob, 1)));
        assert!(parts.is_whole());
    }
}

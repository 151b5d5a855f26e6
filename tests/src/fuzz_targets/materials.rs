//! What targets begin with: a root with a fixed key, its items, objects. The same bytes in every process, so that an input
//! found on one machine fails on another.

use std::sync::{Arc, LazyLock};

use rootcast_protocol::manifest::ItemKind;
use rootcast_protocol::object::{Object, ObjectId, ObjectLength};

use crate::forged;
use crate::seeds::Chance;
use crate::throwaway_ca::{CertificateDraft, CrlDraft, DAY, DEFAULT_NOW, SigningKey, ThrowAwayCa};

/// The time of every target.
pub(super) const NOW: i64 = DEFAULT_NOW;

/// Bytes that do not compress, the same for every length.
pub(super) fn bytes(length: usize) -> Vec<u8> {
    Chance::new(length as u64).bytes(length)
}

/// An object of this length that nobody has.
pub(super) fn object_named(length: u32) -> Object {
    Object { id: ObjectId([0xab; 16]), length: ObjectLength::new(length).expect("a length") }
}

static ROOT: LazyLock<ThrowAwayCa> =
    LazyLock::new(|| ThrowAwayCa::with_key("Fuzz Root", Arc::new(SigningKey::ed25519_of([0x52; 32])), NOW));

static STRANGER: LazyLock<ThrowAwayCa> =
    LazyLock::new(|| ThrowAwayCa::with_key("Fuzz Root", Arc::new(SigningKey::ed25519_of([0x53; 32])), NOW));

/// The root. Its Ed25519 key is fixed, and so are all its signatures.
pub(super) fn root() -> &'static ThrowAwayCa {
    &ROOT
}

/// Another root of the same name.
pub(super) fn stranger() -> &'static ThrowAwayCa {
    &STRANGER
}

/// The draft of CRL `number`, issued an hour after the one before it, with entries that stay.
pub(super) fn crl(number: u32) -> CrlDraft {
    let mut draft = root().crl(number.into());
    draft.issued_at(NOW - 30 * DAY + i64::from(number) * 3600, NOW + 180 * DAY);
    for serial in [0x1001, 0x7fff_ffff_1002, 0x1003] {
        draft.revoke(serial, NOW - 60 * DAY);
    }
    draft
}

/// The draft of an intermediate certificate.
pub(super) fn intermediate() -> CertificateDraft {
    root().intermediate_with_key("Fuzz Issuing CA", &SigningKey::ed25519_of([0x54; 32]))
}

/// The encoded bundle of these items, made at a fixed time.
pub(super) fn object_of(items: &[(ItemKind, &str, &[u8])], signature: Option<[u8; 64]>) -> Vec<u8> {
    forged::object_with(items, |manifest| manifest.created = NOW, |_| signature)
}

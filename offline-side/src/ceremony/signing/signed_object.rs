//! One signed object, read back.

use rootcast_pki::item::{self, ItemKind};
use rootcast_protocol::digest::Digest;
use rootcast_protocol::words;

use crate::ceremony::draft::DraftedObject;
use crate::store::journal::ItemRecord;

/// One signed object, read back.
#[derive(Debug, Clone)]
pub struct SignedObject {
    /// The name of its file.
    pub file: String,
    /// Which kind it is.
    pub kind: ItemKind,
    /// Its bytes.
    pub der: Vec<u8>,
    /// Whether it is the root itself, which is never sent.
    pub is_root: bool,
}

impl SignedObject {
    /// What `object` became.
    pub(super) fn new(object: &DraftedObject, der: Vec<u8>) -> Self {
        let (kind, is_root) = (object.expected.kind(), object.expected.is_root());
        Self { file: object.file.clone(), kind, der, is_root }
    }

    /// SHA-256 of its bytes.
    #[must_use]
    pub fn sha256(&self) -> Digest {
        Digest::of(&self.der)
    }

    /// The first 8 words of that.
    #[must_use]
    pub fn words(&self) -> String {
        words::spell(self.sha256().as_bytes(), words::SHORT)
    }

    pub(super) fn record(&self) -> ItemRecord {
        ItemRecord {
            kind: self.kind.into(),
            name: self.file.clone(),
            sha256: self.sha256(),
            tbs_sha256: item::tbs(&self.der).map(Digest::of),
            words: self.words(),
            length: self.der.len() as u64,
        }
    }
}

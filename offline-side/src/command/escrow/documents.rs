//! What the documents of several commands of escrow have in common. None has a word of a piece, or another secret.

use rootcast_host::text::printable;
use serde::Serialize;

use crate::ceremony::key::generation::GeneratedKey;
use crate::ceremony::key::key_object::KeyFlags;
use crate::escrow::set_id::SetId;

/// Which set it is.
#[derive(Debug, Clone, Serialize)]
pub(super) struct SetDocument {
    set: String,
    set_words: String,
}

impl From<&SetId> for SetDocument {
    fn from(set: &SetId) -> Self {
        Self { set: set.to_string(), set_words: set.words() }
    }
}

/// A key in a token, as the token tells it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct KeyDocument {
    pub(super) public_key_sha256: String,
    pub(super) token_serial: String,
    pub(super) flags: Vec<String>,
}

impl From<&GeneratedKey> for KeyDocument {
    fn from(key: &GeneratedKey) -> Self {
        Self {
            public_key_sha256: key.public.sha256().to_string(),
            token_serial: printable(&key.token.serial),
            flags: flag_lines(&key.flags),
        }
    }
}

/// What a token says of a key, a line each: `sensitive yes`.
pub(in crate::command) fn flag_lines(flags: &KeyFlags) -> Vec<String> {
    flags.lines().iter().map(|(name, said)| format!("{name} {said}")).collect()
}

/// An envelope and its bag.
#[derive(Debug, Clone, Serialize)]
pub(super) struct BagDocument {
    pub(super) envelope: String,
    pub(super) bag: String,
}

impl From<&(String, String)> for BagDocument {
    fn from((envelope, bag): &(String, String)) -> Self {
        Self { envelope: envelope.clone(), bag: bag.clone() }
    }
}

/// A text of several lines, safe to print.
pub(in crate::command) fn printable_lines(text: &str) -> String {
    text.lines().map(printable).collect::<Vec<_>>().join("\n")
}

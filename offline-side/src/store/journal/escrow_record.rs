//! What an entry of the journal says of a set of escrow pages.

use rootcast_protocol::digest::Digest;
use serde::{Deserialize, Serialize};

use crate::store::hex_text;

/// One step of a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscrowRecord {
    /// The set, 14 hexadecimal digits.
    pub set: String,
    /// What happened.
    #[serde(flatten)]
    pub step: EscrowStep,
}

/// What happened to a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum EscrowStep {
    /// A key is about to be made, and put on paper.
    Begun {
        /// The names of the groups, the first one first.
        groups: Vec<String>,
        /// The key's label.
        key: String,
        /// What kind of key it is, as the request names it.
        key_kind: String,
        /// The serial number of its token.
        token_serial: String,
        /// CKA_ID of everything that is made for it on the token, hexadecimal.
        object_id: String,
        /// Where the key comes from.
        #[serde(default, skip_serializing_if = "KeyOrigin::is_made")]
        origin: KeyOrigin,
        /// Where its pages go: a device, or a folder in memory.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pages: Option<String>,
    },
    /// The key was made and wrapped. It is in no token.
    Wrapped {
        /// SHA-256 of its public key.
        #[serde(with = "hex_text")]
        public_key: Digest,
        /// Its SubjectPublicKeyInfo, DER, hexadecimal.
        spki: String,
        /// How the token wrapped it.
        mechanism: String,
        /// The wrapped key, hexadecimal.
        blob: String,
        /// A SHA-256 for each of the six pieces, hexadecimal, in order: whether a piece is the one that was printed. A piece has
        /// 256 random bits, so nobody finds it by its SHA-256.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pieces: Vec<String>,
    },
    /// The pages of an envelope were printed, and somebody confirmed that they are right.
    Printed {
        /// Which one: `BOARD envelope 2`.
        envelope: String,
        /// The number of its bag.
        bag: String,
    },
    /// An envelope was opened, and its pages are in a new bag.
    Rebagged {
        /// Which one.
        envelope: String,
        /// The number of the new bag.
        bag: String,
    },
    /// Somebody looked at the bag of an envelope. No envelope was opened.
    SealChecked {
        /// Which one.
        envelope: String,
        /// The number that the journal has for its bag.
        bag: String,
        /// What was typed: the number on the bag, `broken` or `missing`.
        typed: String,
        /// What that means.
        seal: Seal,
    },
    /// A drill was walked to its end, with a twin. The key of this set was not used.
    Drilled {
        /// The set of the twin.
        twin: String,
        /// SHA-256 of the twin's public key.
        #[serde(with = "hex_text")]
        public_key: Digest,
        /// The serial number of the twin's token.
        token_serial: String,
        /// SHA-256 of the CRL that the twin's restored key signed.
        #[serde(with = "hex_text")]
        crl: Digest,
        /// From the first question for a piece to the signed CRL.
        seconds: u64,
    },
    /// The key is about to be put into a token from its pages.
    Restoring {
        /// The serial number of the token.
        token_serial: String,
        /// CKA_ID of everything that is made for it on the token, hexadecimal.
        object_id: String,
    },
    /// Putting the key into a token ended before it signed a proof.
    RestoreEnded {
        /// The serial number of the token.
        token_serial: String,
        /// The label of the failure.
        label: String,
        /// Why.
        why: String,
        /// Whether something of it may still be on the token.
        #[serde(default, skip_serializing_if = "is_false")]
        left: bool,
    },
    /// The key was restored and signed a proof; this is a use of the key.
    Proved {
        /// From what.
        from: ProofSource,
        /// The serial number of the token it was restored into.
        token_serial: String,
        /// The random bytes in the proof, hexadecimal.
        nonce: String,
        /// The signature, hexadecimal.
        signature: String,
        /// Whether the key stays in that token.
        stays: bool,
    },
    /// Its pages were destroyed, because a later set of the same key replaces them.
    Destroyed {
        /// Who saw it; typed, not authenticated.
        witness: String,
    },
    /// It ended early. A key that was made for it must never sign.
    Stopped {
        /// The label of the failure.
        label: String,
        /// Why.
        why: String,
        /// Whether something of it may still be on the token.
        #[serde(default, skip_serializing_if = "is_false")]
        left: bool,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Where the key of a set comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyOrigin {
    /// The token made it for this set: no key was there before.
    #[default]
    Made,
    /// It was in a file.
    File,
    /// It came from the pages of another set.
    Paper,
}

impl KeyOrigin {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
    fn is_made(&self) -> bool {
        *self == Self::Made
    }
}

/// What a key was restored from, for a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProofSource {
    /// From the memory of the run that made it.
    Generation,
    /// From pieces that people typed or scanned: the end of a key generation.
    Verification,
    /// From pieces that people typed or scanned, after a disaster.
    Restoration,
}

/// How the bag of an envelope was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seal {
    /// Closed, with the number in the journal.
    Right,
    /// It has another number.
    Wrong,
    /// It was opened.
    Broken,
    /// It is not there.
    Missing,
}

impl Seal {
    /// For people: `right`.
    #[must_use]
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "WRONG",
            Self::Broken => "BROKEN",
            Self::Missing => "MISSING",
        }
    }
}

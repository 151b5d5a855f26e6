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
    },
    /// The pages of an envelope were printed, and somebody confirmed that they are right.
    Printed {
        /// Which one: `BOARD envelope 2`.
        envelope: String,
        /// The number of its bag.
        bag: String,
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
    /// It ended early. Its key must never sign.
    Stopped {
        /// The label of the failure.
        label: String,
        /// Why.
        why: String,
    },
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

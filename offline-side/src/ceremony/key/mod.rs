//! The signing key: the interface that a ceremony uses, wherever the key is kept.
//!
//! ```text
//! SigningKey ─┬─ TokenKey      token:     module ─► token by label and serial ─► PIN ─► key by its public key
//!             └─ RehearsalKey  rehearsal_key: an unencrypted file, marked as no HSM
//! ```
//!
//! | where | what |
//! |---|---|
//! | [`kind`], [`scheme`], [`hash`] | which keys, and how each signs |
//! | [`public_key`], [`ecdsa_signature`] | SubjectPublicKeyInfo and signatures, rebuilt from a token's parts |
//! | [`module`], [`choice`], [`login`], [`key_object`], [`mechanism`], [`token`], [`generation`], [`token_list`], [`token_name`] | PKCS#11, through the crate `cryptoki` |
//! | [`wrapping`], [`wrap_way`], [`session_object`] | a key taken out of a token under another key, and put in again |
//! | [`left_over`] | what a run that ended early left on a token |
//! | [`inquiry`] | what a rehearsal asks a token, without a login |
//! | [`pin`], [`keystroke`] | asked on the terminal, never kept; keys one by one |
//! | [`post_quantum`] | keys in files that this program cannot use, by name |
//! | [`rehearsal_key`], [`site_key`] | the demo's key, and whichever of the two a site has |
//! | [`error`] | why a key does not sign |
//!
//! Every signature is verified in software under the pinned public key before it is handed out. Nothing here tries
//! twice: one call of [`SigningKey::sign`] is one use of the key.

pub(crate) mod choice;
pub(crate) mod ecdsa_signature;
pub mod error;
pub(crate) mod generation;
pub(crate) mod hash;
pub(crate) mod inquiry;
pub(crate) mod key_object;
pub(crate) mod keystroke;
pub mod kind;
pub(crate) mod left_over;
pub(crate) mod login;
pub(crate) mod mechanism;
pub(crate) mod module;
pub mod pin;
mod post_quantum;
pub(crate) mod public_key;
pub mod rehearsal_key;
pub(crate) mod scheme;
mod session_object;
pub mod site_key;
pub(crate) mod token;
pub(crate) mod token_list;
pub(crate) mod token_name;
pub(crate) mod wrap_way;
pub(crate) mod wrapping;

pub use scheme::SignatureScheme;

/// Said where a key is made on a token, and on every record: it is made as not extractable.
pub(crate) const NO_LATER_BACKUP: &str =
    "this key cannot be backed up later by this program; escrow is decided at generation";

/// A private key that signs to-be-signed bytes, one deliberate use at a time. Over PKCS#11 a use is two calls of
/// `C_Sign`, as the standard has it (§5.2): one asks for the length and gives no signature, one signs.
pub trait SigningKey {
    /// The error.
    type Error: std::error::Error;

    /// Its SubjectPublicKeyInfo, DER.
    fn spki(&self) -> &[u8];

    /// What people are shown and records name: where the key is kept, token label and serial.
    fn description(&self) -> String;

    /// Whether it is no HSM: then everything it signs is marked so.
    fn is_rehearsal(&self) -> bool;

    /// The signature over `to_be_signed` as an X.509 signatureValue holds it (ECDSA: DER, RFC 3279 §2.2.3).
    ///
    /// # Errors
    /// Of the token or the library; nothing is known to be signed then, and nothing known not to be.
    fn sign(&mut self, to_be_signed: &[u8], scheme: SignatureScheme) -> Result<Vec<u8>, Self::Error>;
}

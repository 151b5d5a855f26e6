//! The key that signs: what a ceremony asks of it, wherever it is kept.
//!
//! ```text
//! SigningKey ─┬─ TokenKey      token:     module ─► token by label and serial ─► PIN ─► key by its public key
//!             └─ RehearsalKey  rehearsal_key: an unencrypted file, marked as no HSM
//! ```
//!
//! | where | what |
//! |---|---|
//! | [`kind`], [`scheme`] | which keys, and how each signs |
//! | [`public_key`], [`ecdsa_signature`] | SubjectPublicKeyInfo and signatures, rebuilt from a token's parts |
//! | [`module`], [`key_object`], [`mechanism`], [`token`], [`token_list`] | PKCS#11, through the crate `cryptoki` |
//! | [`pin`] | asked on the terminal, never kept |
//! | [`rehearsal_key`], [`site_key`] | the demo's key, and whichever of the two a site has |
//! | [`error`] | why a key does not sign |
//!
//! Every signature is verified in software under the pinned public key before it is handed out. Nothing here tries
//! twice: one call of [`SigningKey::sign`] is one use of the key.

pub mod ecdsa_signature;
pub mod error;
pub mod key_object;
pub mod kind;
pub mod mechanism;
pub mod module;
pub mod pin;
pub mod public_key;
pub mod rehearsal_key;
pub mod scheme;
pub mod site_key;
pub mod token;
pub mod token_list;

/// How a signature is made, hash included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureScheme {
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2).
    RsaPkcs1Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaPkcs1Sha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaPkcs1Sha512,
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256, 32 octets of salt (RFC 4055 §3.1).
    RsaPssSha256,
    /// RSASSA-PSS with SHA-384, MGF1 with SHA-384, 48 octets of salt.
    RsaPssSha384,
    /// RSASSA-PSS with SHA-512, MGF1 with SHA-512, 64 octets of salt.
    RsaPssSha512,
    /// ECDSA on P-256 with SHA-256 (RFC 5758 §3.2).
    EcdsaP256Sha256,
    /// ECDSA on P-384 with SHA-384.
    EcdsaP384Sha384,
    /// ECDSA on P-521 with SHA-512.
    EcdsaP521Sha512,
    /// Ed25519 (RFC 8410).
    Ed25519,
}

/// A private key that signs to-be-signed bytes, one deliberate use at a time. Over PKCS#11 a use is two calls of
/// `C_Sign`, as the standard has it (§5.2): one asks for the length and gives no signature, one signs.
pub trait SigningKey {
    /// Why it does not.
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

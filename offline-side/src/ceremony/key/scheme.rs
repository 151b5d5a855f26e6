//! Signature schemes: their names, which key each belongs to, and the AlgorithmIdentifier a signed object carries.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
    RSA_PSS_2048_8192_SHA512, VerificationAlgorithm,
};

use super::hash::Hash;
use super::kind::KeyKind;

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

/// RSASSA-PSS parameters with one hash throughout and a salt of its length (RFC 4055 §3.1, BR 7.1.3.2.1).
macro_rules! pss {
    ($hash:literal, $salt:literal) => {
        &[
            0x30, 0x41, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a, 0x30, 0x34, 0xa0, 0x0f, 0x30,
            0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, $hash, 0x05, 0x00, 0xa1, 0x1c, 0x30,
            0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86,
            0x48, 0x01, 0x65, 0x03, 0x04, 0x02, $hash, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, $salt,
        ]
    };
}

/// RSA PKCS#1 v1.5 with NULL parameters (RFC 4055 §5).
macro_rules! pkcs1 {
    ($arc:literal) => {
        &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, $arc, 0x05, 0x00]
    };
}

/// ECDSA without parameters (RFC 5758 §3.2).
macro_rules! ecdsa {
    ($arc:literal) => {
        &[0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, $arc]
    };
}

impl SignatureScheme {
    /// Every scheme.
    pub const ALL: [Self; 10] = [
        Self::RsaPkcs1Sha256,
        Self::RsaPkcs1Sha384,
        Self::RsaPkcs1Sha512,
        Self::RsaPssSha256,
        Self::RsaPssSha384,
        Self::RsaPssSha512,
        Self::EcdsaP256Sha256,
        Self::EcdsaP384Sha384,
        Self::EcdsaP521Sha512,
        Self::Ed25519,
    ];

    /// What a key of this kind signs with unless the site says otherwise: the curve's own hash; RSA PKCS#1 with SHA-256.
    #[must_use]
    pub fn usual_for(kind: KeyKind) -> Self {
        match kind {
            KeyKind::Rsa => Self::RsaPkcs1Sha256,
            KeyKind::EcdsaP256 => Self::EcdsaP256Sha256,
            KeyKind::EcdsaP384 => Self::EcdsaP384Sha384,
            KeyKind::EcdsaP521 => Self::EcdsaP521Sha512,
            KeyKind::Ed25519 => Self::Ed25519,
        }
    }

    /// The kind of key that makes such signatures; a curve has one matching hash.
    #[must_use]
    pub fn key_kind(self) -> KeyKind {
        match self {
            Self::RsaPkcs1Sha256
            | Self::RsaPkcs1Sha384
            | Self::RsaPkcs1Sha512
            | Self::RsaPssSha256
            | Self::RsaPssSha384
            | Self::RsaPssSha512 => KeyKind::Rsa,
            Self::EcdsaP256Sha256 => KeyKind::EcdsaP256,
            Self::EcdsaP384Sha384 => KeyKind::EcdsaP384,
            Self::EcdsaP521Sha512 => KeyKind::EcdsaP521,
            Self::Ed25519 => KeyKind::Ed25519,
        }
    }

    /// Its name in `SITE.toml` and in records.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RsaPkcs1Sha256 => "rsa-pkcs1-sha256",
            Self::RsaPkcs1Sha384 => "rsa-pkcs1-sha384",
            Self::RsaPkcs1Sha512 => "rsa-pkcs1-sha512",
            Self::RsaPssSha256 => "rsa-pss-sha256",
            Self::RsaPssSha384 => "rsa-pss-sha384",
            Self::RsaPssSha512 => "rsa-pss-sha512",
            Self::EcdsaP256Sha256 => "ecdsa-p256-sha256",
            Self::EcdsaP384Sha384 => "ecdsa-p384-sha384",
            Self::EcdsaP521Sha512 => "ecdsa-p521-sha512",
            Self::Ed25519 => "ed25519",
        }
    }

    /// What is hashed before it is signed; Ed25519 signs the message itself.
    #[must_use]
    pub(crate) fn hash(self) -> Option<Hash> {
        match self {
            Self::RsaPkcs1Sha256 | Self::RsaPssSha256 | Self::EcdsaP256Sha256 => Some(Hash::Sha256),
            Self::RsaPkcs1Sha384 | Self::RsaPssSha384 | Self::EcdsaP384Sha384 => Some(Hash::Sha384),
            Self::RsaPkcs1Sha512 | Self::RsaPssSha512 | Self::EcdsaP521Sha512 => Some(Hash::Sha512),
            Self::Ed25519 => None,
        }
    }

    /// The whole AlgorithmIdentifier, DER, as `signature` and `signatureAlgorithm` of a signed object hold it.
    /// The rule CRL-ALGORITHM accepts exactly these bytes.
    #[must_use]
    pub(crate) fn algorithm_identifier(self) -> &'static [u8] {
        match self {
            Self::RsaPkcs1Sha256 => pkcs1!(11),
            Self::RsaPkcs1Sha384 => pkcs1!(12),
            Self::RsaPkcs1Sha512 => pkcs1!(13),
            Self::RsaPssSha256 => pss!(1, 32),
            Self::RsaPssSha384 => pss!(2, 48),
            Self::RsaPssSha512 => pss!(3, 64),
            Self::EcdsaP256Sha256 => ecdsa!(2),
            Self::EcdsaP384Sha384 => ecdsa!(3),
            Self::EcdsaP521Sha512 => ecdsa!(4),
            Self::Ed25519 => &[0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 112],
        }
    }

    pub(crate) fn verification(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::RsaPkcs1Sha256 => &RSA_PKCS1_2048_8192_SHA256,
            Self::RsaPkcs1Sha384 => &RSA_PKCS1_2048_8192_SHA384,
            Self::RsaPkcs1Sha512 => &RSA_PKCS1_2048_8192_SHA512,
            Self::RsaPssSha256 => &RSA_PSS_2048_8192_SHA256,
            Self::RsaPssSha384 => &RSA_PSS_2048_8192_SHA384,
            Self::RsaPssSha512 => &RSA_PSS_2048_8192_SHA512,
            Self::EcdsaP256Sha256 => &ECDSA_P256_SHA256_ASN1,
            Self::EcdsaP384Sha384 => &ECDSA_P384_SHA384_ASN1,
            Self::EcdsaP521Sha512 => &ECDSA_P521_SHA512_ASN1,
            Self::Ed25519 => &ED25519,
        }
    }
}

impl fmt::Display for SignatureScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no signature scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoSuchScheme(String);

impl fmt::Display for NoSuchScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = SignatureScheme::ALL.map(SignatureScheme::name).join(", ");
        write!(f, "{:?} is not a signature scheme; the schemes are {names}", self.0)
    }
}

impl std::error::Error for NoSuchScheme {}

impl FromStr for SignatureScheme {
    type Err = NoSuchScheme;

    fn from_str(text: &str) -> Result<Self, NoSuchScheme> {
        Self::ALL.into_iter().find(|scheme| scheme.name() == text).ok_or_else(|| NoSuchScheme(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyKind, SignatureScheme};

    #[test]
    fn every_scheme_is_read_by_its_name_and_fits_its_key() {
        for scheme in SignatureScheme::ALL {
            assert_eq!(scheme.name().parse(), Ok(scheme));
            let identifier = scheme.algorithm_identifier();
            assert_eq!(usize::from(identifier[1]) + 2, identifier.len(), "{scheme}");
        }
        for kind in KeyKind::ALL {
            assert_eq!(SignatureScheme::usual_for(kind).key_kind(), kind);
        }
        assert!("sha1".parse::<SignatureScheme>().unwrap_err().to_string().contains("rsa-pss-sha384"));
    }
}
